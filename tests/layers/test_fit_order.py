"""The order of samples: another in each epoch, and part of the state."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases.fits import X, Y, network

import graphgrad as gg


class Order(gg.Layer):
    """Passes numbers on, and is 0 with a gradient of its own."""

    def build(self, input_shape: Any) -> None:
        """Make a weight that does not matter."""
        self.w = self.add_weight("w", (1,), "ones")

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Let them be."""
        return x * self.w


def orders(shuffle: Any, epochs: int = 3, batch: int = 4) -> list[list[int]]:
    """Return the order of the samples in each epoch, read off the program's input."""
    gg.set_random_seed(2)
    model = gg.Sequential([gg.Input((1,)), Order()])
    model.compile(gg.optimizers.SGD(0.0), "mse")
    seen: list[list[int]] = []

    class Read(gg.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            seen.append([])

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            size = min(4, 10 - 4 * batch)
            program = model._stages.program("fit", size)
            seen[-1] += [int(number) for number in program.inputs[0][:, 0]]

    numbers = np.arange(10.0)[:, None]
    model.fit(
        numbers, numbers, batch, epochs, shuffle=shuffle, verbose=0, callbacks=[Read()]
    )
    return seen


def test_every_epoch_has_an_order_of_its_own() -> None:
    """A permutation each; the same seed gives the same ones."""
    found = orders(True)
    assert all(list(range(10)) == sorted(order) for order in found)
    assert 3 == len({tuple(order) for order in found})
    assert found == orders(True)


def test_without_shuffle_samples_come_in_order() -> None:
    """Each epoch alike."""
    assert [list(range(10))] * 3 == orders(False)


def test_shuffled_batches_keep_their_samples() -> None:
    """As in Keras, shuffle="batch" is about the order within each batch."""
    found = orders("batch")
    for order in found:
        parts = [sorted(order[i : i + 4]) for i in (0, 4, 8)]
        assert [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] == parts
    assert 1 < len({tuple(order) for order in found})


def test_the_order_is_part_of_the_state() -> None:
    """It is a variable of the model: a seed, and how many passes have begun."""
    model = network()
    (order,) = (v for v in model.variables if v.name == "order")
    assert 0 == order.numpy()[1]
    model.fit(X, Y, epochs=3, verbose=0)
    assert 3 == order.numpy()[1]
    assert all(weight is not order for weight in model.weights)


def test_the_same_seed_gives_the_same_training_of_one_model() -> None:
    """To seed, compile and fit again is to do the same again."""
    model = network()
    weights, found = model.get_weights(), []
    for _ in range(2):
        gg.set_random_seed(3)
        model.set_weights(weights)
        model.layers[1].state.assign([1, 0])  # type: ignore[attr-defined]
        model.compile("adam", "binary_crossentropy")
        found.append(model.fit(X, Y, 3, 2, verbose=0).history)
    assert found[0] == found[1]
