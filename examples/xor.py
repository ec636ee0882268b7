"""What one neuron cannot learn, and a hidden layer can: exclusive or."""

from __future__ import annotations

import numpy as np

import graphgrad as keras
from graphgrad import layers

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([0, 1, 1, 0], np.float32)


def train(name: str, *hidden: layers.Layer) -> None:
    """Fit a model with these hidden layers, and say what it makes of the four cases."""
    model = keras.Sequential(
        [keras.Input((2,)), *hidden, layers.Dense(1, "sigmoid")], name=name
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=["accuracy"],
    )
    model.fit(X, Y, batch_size=4, epochs=300, verbose=0)
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    answers = ", ".join(f"{p:.2f}" for p in model.predict(X, verbose=0)[:, 0])
    print(f"{name:<8} {answers}   loss {loss:.3f}, {accuracy:.0%} right")


def main() -> None:
    """Train both: one line cannot part the corners of a square, two can."""
    keras.utils.set_random_seed(0)
    print(f"{'truth':<8} {', '.join(f'{y:.2f}' for y in Y)}")
    train("neuron")
    train("hidden", layers.Dense(8, "tanh"))


if __name__ == "__main__":
    main()
