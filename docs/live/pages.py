"""The interactive pages that the site embeds: python docs/live/pages.py FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import graphgrad as gg


def digits() -> gg.Sequential:
    """Return the classifier of `docs/learn/workflow.md`, after an epoch."""
    gg.set_random_seed(0)
    (x, y), _ = gg.datasets.digits.load_data()
    layers = [gg.Input((64,)), *(gg.Dense(units, "sigmoid") for units in (25, 15, 1))]
    model = gg.Sequential(layers, name="digits")
    model.compile(gg.optimizers.SGD(0.5), "binary_crossentropy")
    model.fit(x.reshape(-1, 64) / 16, y == 0, verbose=0)
    return model


# Of each page the title, and what makes it.
PAGES: dict[str, tuple[str, Callable[[], gg.viz.Page]]] = {
    "digits-fit": (
        "The program of one training step",
        lambda: gg.viz.to_html(digits(), stage="fit"),
    ),
}


if __name__ == "__main__":
    for name, (_, make) in PAGES.items():
        print(make().save(Path(sys.argv[1], f"{name}.html")))
