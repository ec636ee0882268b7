"""The interactive pages that the site embeds: python docs/live/pages.py FOLDER."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import graphgrad as gg

# The classifier of `docs/learn/workflow.md`, after an epoch, is that of its pictures.
_PICTURES = runpy.run_path(str(Path(__file__).parents[1] / "images" / "draw.py"))


def fitted() -> gg.viz.Page:
    """Return the program of a training step."""
    return gg.viz.to_html(_PICTURES["digits"](), stage="fit")


def recorded() -> gg.viz.Page:
    """Return a training step on the first images, with its values."""
    (x, y), _ = gg.datasets.digits.load_data()
    batch = x[:32].reshape(-1, 64) / 16, y[:32] == 0
    return gg.viz.to_html(_PICTURES["digits"](), record=batch)


# Of each page the title, and what makes it.
PAGES: dict[str, tuple[str, Callable[[], gg.viz.Page]]] = {
    "digits-fit": ("The program of one training step", fitted),
    "digits-run": ("One training step with its numbers", recorded),
}


if __name__ == "__main__":
    for name, (_, make) in PAGES.items():
        print(make().save(Path(sys.argv[1], f"{name}.html")))
