"""Arguments as users write them: lists of numbers are arrays, others are nests."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._primitive import as_tensor

__all__ = ["nest"]


def nest(tree: Any) -> Any:
    """Turn numbers and lists of numbers into tensors; leave everything else."""
    return as_tensor(tree) if _is_numbers(tree) else tree


def _is_numbers(tree: Any) -> bool:
    if isinstance(tree, tuple | list):
        return not hasattr(tree, "_fields") and all(map(_is_numbers, tree))
    return isinstance(tree, bool | int | float | np.number)
