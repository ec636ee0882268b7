"""Memory for large arrays, which begin where the processor reads most quickly."""

from __future__ import annotations

import numpy as np

__all__ = ["LARGE", "aligned"]

# Arrays of fewer bytes stay in the nearest cache, where it makes no difference.
LARGE = 1 << 14


# Programs carry its text.
def aligned(size: int, dtype: np.dtype) -> np.ndarray:
    """Return a flat array that begins with a line of the processor's caches."""
    nbytes = size * np.dtype(dtype).itemsize
    memory = np.empty(nbytes + 64, np.uint8)
    start = -memory.__array_interface__["data"][0] % 64
    return memory[start : start + nbytes].view(dtype)
