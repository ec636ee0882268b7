"""Ten digits at once: softmax, and a cross-entropy that takes the digits as labels."""

from __future__ import annotations

import numpy as np

import graphgrad as keras
from graphgrad import layers
from graphgrad.datasets import digits


def main() -> None:
    """Train on 1,500 images, and tell which of 297 others are taken for which digit."""
    keras.utils.set_random_seed(0)
    (images, y), (new_images, y_new) = digits.load_data()

    model = keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Rescaling(1 / 16),
            layers.Flatten(),
            layers.Dense(64, "relu"),
            layers.Dropout(0.2),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    model.summary()
    model.fit(images, y, epochs=10, validation_data=(new_images, y_new), verbose=2)

    said = model.predict(new_images, verbose=0).argmax(axis=1)
    print(f"\n{np.mean(said == y_new):.1%} of {len(y_new)} new images are told right.")
    confused = np.zeros((10, 10), int)
    np.add.at(confused, (y_new, said), 1)
    print("Rows: the digit. Columns: what the model says.")
    print(confused)


if __name__ == "__main__":
    main()
