"""Ten digits at once: softmax, and a cross-entropy that takes the digits as labels."""

from __future__ import annotations

import numpy as np

import graphgrad as gg


def main() -> None:
    """Train on 1,500 images, and tell which of 297 others are taken for which digit."""
    gg.set_random_seed(0)
    (images, y), (new_images, y_new) = gg.datasets.digits.load_data()
    x, x_new = images.reshape(-1, 64) / 16, new_images.reshape(-1, 64) / 16

    model = gg.Sequential(
        [
            gg.Input((64,)),
            gg.Dense(64, "relu"),
            gg.Dropout(0.2),
            gg.Dense(10, "softmax"),
        ]
    )
    model.compile(
        optimizer=gg.optimizers.Adam(0.005),
        loss=gg.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    model.summary()
    model.fit(x, y, epochs=10, validation_data=(x_new, y_new), verbose=2)

    said = model.predict(x_new, verbose=0).argmax(axis=1)
    print(f"\n{np.mean(said == y_new):.1%} of {len(y_new)} new images are told right.")
    confused = np.zeros((10, 10), int)
    np.add.at(confused, (y_new, said), 1)
    print("Rows: the digit. Columns: what the model says.")
    print(confused)


if __name__ == "__main__":
    main()
