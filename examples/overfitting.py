"""Learned by heart, or understood? Dropout and L2 against overfitting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import graphgrad as keras
from graphgrad import layers

Array = NDArray[np.float32]


def moons(count: int, seed: int) -> tuple[Array, Array]:
    """Return points on two crescents that blur into each other, and which is which."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    angle = rng.uniform(0, np.pi, count)
    x = np.stack([np.cos(angle) + y - 0.5, np.sin(angle) - 0.25], axis=1)
    x[:, 1] *= 1 - 2 * y
    x += rng.normal(0, 0.35, x.shape)
    return x.astype("float32"), y[:, None].astype("float32")


def network(rate: float, l2: float) -> keras.Sequential:
    """Return a network that is far too large for the points that it will see."""
    model = keras.Sequential([keras.Input((2,))])
    for _ in range(2):
        penalty = keras.regularizers.L2(l2)
        model.add(layers.Dense(128, "relu", kernel_regularizer=penalty))
        model.add(layers.Dropout(rate))
    model.add(layers.Dense(1, "sigmoid"))
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="binary_crossentropy",
        # The loss has the penalties in it; this is the cross-entropy alone.
        metrics=["binary_crossentropy", "accuracy"],
    )
    return model


def main() -> None:
    """Train on 60 points, and look at 2,000 others."""
    x, y = moons(60, seed=0)
    x_new, y_new = moons(2000, seed=1)
    print("                 cross-entropy of       accuracy of")
    print("                 seen     new           seen    new")
    for name, rate, l2 in (
        ("neither", 0.0, 0.0),
        ("dropout 0.5", 0.5, 0.0),
        ("L2 0.01", 0.0, 0.01),
    ):
        keras.utils.set_random_seed(0)
        model = network(rate, l2)
        model.fit(x, y, epochs=200, verbose=0)
        _, seen, right = model.evaluate(x, y, verbose=0)
        _, new, right_new = model.evaluate(x_new, y_new, verbose=0)
        print(
            f"{name:<14} {seen:6.3f}  {new:6.3f}        {right:6.1%} {right_new:6.1%}"
        )


if __name__ == "__main__":
    main()
