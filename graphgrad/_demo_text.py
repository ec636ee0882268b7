"""Small images drawn as text: blocks where the stream can show them, else ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["can_show", "draw_images", "side_by_side"]

Images = NDArray[np.floating[Any]]

BLOCKS = " ░▒▓█"
ASCII = " .:*#"

# A character is about twice as high as wide. Small images get two characters a pixel;
# those of more rows than this get one character for two rows instead.
SMALL = 12
GAP = "    "


def can_show(encoding: str | None, text: str = BLOCKS) -> bool:
    """Return whether a stream of this encoding can show ``text``.

    >>> can_show("utf-8"), can_show("ascii"), can_show(None)
    (True, False, False)
    """
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def draw_images(images: Images, encoding: str | None) -> list[list[str]]:
    """Draw each image, of values 0 to 1, as lines of text; margins that all share go.

    >>> draw_images(np.array([[[0.0, 1.0], [0.5, 0.0]]]), "ascii")
    [['  ##', '::  ']]
    """
    shades = np.array(list(BLOCKS if can_show(encoding) else ASCII))
    cut = _without_margin(images)
    if cut.shape[1] > SMALL:
        rows = cut.shape[1] // 2
        cut = cut[:, : 2 * rows].reshape(len(cut), rows, 2, -1).mean(axis=2)
    else:
        cut = cut.repeat(2, axis=2)
    levels = np.rint(cut.clip(0, 1) * (len(shades) - 1)).astype(np.intp)
    return [["".join(row) for row in shades[image]] for image in levels]


def side_by_side(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Put blocks of lines beside each other.

    >>> side_by_side([["ab", "c"], ["d"]])
    ['ab    d', 'c']
    """
    widths = [max(map(len, block), default=0) for block in blocks]
    lines = []
    for i in range(max(map(len, blocks), default=0)):
        cells = [block[i] if i < len(block) else "" for block in blocks]
        padded = (f"{cell:<{w}}" for cell, w in zip(cells, widths, strict=True))
        lines.append(GAP.join(padded).rstrip())
    return lines


def _without_margin(images: Images) -> Images:
    inked = images.max(axis=0, initial=0) > 0
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    if not rows.size:
        return images
    return images[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
