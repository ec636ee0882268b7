"""Numbers instead of classes: normalized inputs, and the best of many epochs kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import graphgrad as keras
from graphgrad import layers

Array = NDArray[np.float32]


def flats(count: int) -> tuple[Array, Array]:
    """Return made-up flats: area, rooms, year and distance; and their rents."""
    rng = np.random.default_rng(0)
    area = rng.uniform(20, 150, count)
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, count)), 1, 6)
    year = rng.uniform(1900, 2020, count)
    distance = rng.exponential(4, count)
    old = np.abs(year - 1960) / 60
    rent = area * (9 + 3 * old) * np.exp(-distance / 20) + 40 * rooms
    x = np.stack([area, rooms, year, distance], axis=1)
    return x.astype("float32"), (rent + rng.normal(0, 40, count)).astype("float32")


def main() -> None:
    """Fit rents, stop when new flats get no better, and compare with plain guesses."""
    keras.utils.set_random_seed(0)
    x, y = flats(1500)
    (x_train, x_new), (y_train, y_new) = np.split(x, [1200]), np.split(y, [1200])

    # Years around 1960 beside one to six rooms: the layer learns means and variances.
    normalize = layers.Normalization()
    normalize.adapt(x_train)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            normalize,
            layers.Dense(32, "relu"),
            layers.Dense(32, "relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    stopping = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        epochs=200,
        validation_split=0.2,
        callbacks=[stopping],
        verbose=0,
    )

    _, error = model.evaluate(x_new, y_new, verbose=0)
    guess = np.abs(y_new - y_train.mean()).mean()
    epochs = len(history.history["loss"])
    print(f"Stopped after {epochs} epochs; epoch {stopping.best_epoch + 1} was best.")
    print(f"The mean of all rents is off by {guess:.0f}, the model by {error:.0f};")
    print("32 of that is noise, which nothing can foresee.")
    for rent, told in zip(y_new[:3], model.predict(x_new[:3], verbose=0), strict=True):
        print(f"  a rent of {rent:4.0f} was told as {told[0]:4.0f}")


if __name__ == "__main__":
    main()
