"""Draw the pictures of README and docs again: python docs/images/draw.py [FOLDER]."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import graphgrad as gg
from graphgrad.profiling import Profile

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 1]


def neuron() -> gg.Sequential:
    """Return a neuron that has learned `or`, in 100 steps."""
    gg.set_random_seed(0)
    model = gg.Sequential([gg.Dense(1, "sigmoid")], name="neuron")
    model.compile(optimizer="sgd", loss="binary_crossentropy")
    model.fit(X, Y, epochs=100, verbose=0)
    return model


def digits() -> gg.Sequential:
    """Return a classifier of digits that has learned for an epoch."""
    gg.set_random_seed(0)
    (x, y), _ = gg.datasets.digits.load_data()
    layers = [gg.Input((64,)), *(gg.Dense(units, "sigmoid") for units in (25, 15, 1))]
    model = gg.Sequential(layers, name="digits")
    model.compile(gg.optimizers.SGD(0.5), "binary_crossentropy")
    model.fit(x.reshape(-1, 64) / 16, y == 0, verbose=0)
    return model


def profile() -> Profile:
    """Return what a step of a network for images of 28x28 pixels takes."""
    gg.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = gg.Sequential(
        [gg.Input((784,)), gg.Dense(25, "sigmoid"), gg.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    return model.profile(rng.random((320, 784)), rng.integers(2, size=320))


def main(folder: Path) -> None:
    """Draw the stages of two models, and a profile, into ``folder``."""
    small, large = neuron(), digits()
    for stage in ("build", "compile", "fit"):
        print(gg.viz.render(small, folder / f"neuron-{stage}.svg", stage=stage))
        path = folder / f"digits-{stage}.svg"
        print(gg.viz.render(large, path, stage=stage, collapse=stage != "build"))
    path = folder / "profile.svg"
    print(gg.viz.render(profile(), path, collapse="update"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent)
