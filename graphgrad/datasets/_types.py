"""The types that every ``load_data`` returns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pair", "Split"]

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
Split = tuple[Pair, Pair]
