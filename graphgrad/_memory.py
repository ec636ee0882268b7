"""Memory that begins where a line of the cache does."""

import numpy as np

__all__ = ["aligned"]


def aligned(count: int, dtype: np.dtype) -> np.ndarray:
    """Return ``count`` zeros that begin where a line of the cache does."""
    size = count * np.dtype(dtype).itemsize
    lines = np.zeros(size + 64, np.uint8)
    start = -lines.__array_interface__["data"][0] % 64
    return lines[start : start + size].view(dtype)
