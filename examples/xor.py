"""What one neuron cannot learn, and a hidden layer can: exclusive or."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphgrad as gg

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([0, 1, 1, 0], np.float32)


def train(layers: Sequence[gg.Layer], name: str) -> gg.Sequential:
    """Fit these layers to exclusive or, and say what they make of it."""
    model = gg.Sequential(layers, name=name)
    model.compile(
        optimizer=gg.optimizers.Adam(0.05),
        loss=gg.losses.BinaryCrossentropy(),
        metrics=["accuracy"],
    )
    model.fit(X, Y, epochs=300, verbose=0)
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    answers = ", ".join(f"{p:.2f}" for p in model.predict(X, verbose=0)[:, 0])
    print(f"{name:<8} {answers}   loss {loss:.3f}, {accuracy:.0%} right")
    return model


def main() -> None:
    """Train both, and draw the one that learned."""
    gg.set_random_seed(0)
    print(f"{'truth':<8} {', '.join(f'{y:.2f}' for y in Y)}")
    train([gg.Dense(1, "sigmoid")], "neuron")
    model = train([gg.Dense(4, "tanh"), gg.Dense(1, "sigmoid")], "hidden")
    try:
        print(f"The step that trained it: {gg.viz.render(model, 'xor.svg')}")
    except gg.viz.RenderError as error:
        print(error)


if __name__ == "__main__":
    main()
