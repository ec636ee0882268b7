"""Streams of batches: they train what arrays train, and are checked as arrays are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.layers._batches import PyDataset

Array = np.ndarray[Any, Any]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)
W = RNG.uniform(size=10).astype(np.float32)

SIZE = 4


def network(*, built: bool = False, dropout: float = 0.0) -> gg.Sequential:
    """Return a small compiled model, the same each time."""
    gg.set_random_seed(5)
    model = gg.Sequential(
        [gg.Dense(3, "tanh"), gg.Dropout(dropout), gg.Dense(1, "sigmoid")]
    )
    if built:
        model.build((None, 4))
    model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy"])
    return model


def batches(*arrays: Array) -> list[tuple[Array, ...]]:
    """Return the batches of arrays in order, the last of them smaller."""
    return [
        tuple(array[start : start + SIZE] for array in arrays)
        for start in range(0, len(X), SIZE)
    ]


class Batches(PyDataset):
    """Batches by number, with notes of what is called."""

    def __init__(self, *arrays: Array) -> None:
        super().__init__()
        self.batches = batches(*arrays)
        self.asked: list[Any] = []

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        return self.batches[index]

    def on_epoch_end(self) -> None:
        """Note it."""
        self.asked.append("end")


class Loader:
    """Batches that can be gone through again, as lists of arrays."""

    def __init__(self, *arrays: Array) -> None:
        self.batches = batches(*arrays)

    def __iter__(self) -> Iterator[list[Array]]:
        return (list(batch) for batch in self.batches)


def endless(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Yield the batches again and again."""
    while True:
        yield from batches(*arrays)


STREAMS = {
    "generator": (endless, 3),
    "data set": (Batches, None),
    "data set with steps": (Batches, 3),
    "loader": (Loader, None),
    "loader with steps": (Loader, 3),
    "cycle": (lambda *arrays: itertools.cycle(batches(*arrays)), 3),
}


def outcome(model: gg.Sequential, x: Any, y: Any = None, **options: Any) -> Any:
    """Return history and weights after three epochs without a shuffle."""
    history = model.fit(x, y, epochs=3, verbose=0, shuffle=False, **options)
    return history.history, [w.tolist() for w in model.get_weights()]


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("weighted", [False, True])
def test_streams_train_the_bits_that_arrays_train(kind: str, weighted: bool) -> None:
    """The same batches are the same training, weights and dropout included."""
    make, steps = STREAMS[kind]
    arrays = (X, Y, W) if weighted else (X, Y)
    weight = W if weighted else None
    held_out: Any = (X, Y, W) if weighted else (X, Y)
    expected = outcome(
        network(dropout=0.3),
        X,
        Y,
        batch_size=SIZE,
        sample_weight=weight,
        validation_data=held_out,
    )
    found = outcome(
        network(dropout=0.3),
        make(*arrays),
        steps_per_epoch=steps,
        validation_data=make(*arrays),
        validation_steps=steps,
    )
    assert expected == found


@pytest.mark.parametrize("kind", STREAMS)
def test_streams_are_evaluated_and_predicted_as_arrays(kind: str) -> None:
    """Results do not depend on how data come."""
    make, steps = STREAMS[kind]
    model = network()
    expected = model.evaluate(X, Y, batch_size=SIZE, sample_weight=W, verbose=0)
    assert expected == model.evaluate(make(X, Y, W), steps=steps, verbose=0)
    outputs = model.predict(X, batch_size=SIZE, verbose=0)
    for arrays in ((X,), (X, Y), (X, Y, W)):
        found = model.predict(make(*arrays), steps=steps, verbose=0)
        np.testing.assert_array_equal(outputs, found)


def test_a_stream_may_give_bare_inputs_to_predict() -> None:
    """A batch that is an array, or a list of rows, is inputs alone."""
    model = network()
    expected = model.predict(X, batch_size=SIZE, verbose=0)
    for given in ((x for (x,) in batches(X)), (x.tolist() for (x,) in batches(X))):
        np.testing.assert_array_equal(expected, model.predict(given, verbose=0))


def test_a_generator_is_read_no_further_than_asked() -> None:
    """What comes after the last step is there for the next call."""
    source = endless(X, Y)
    once, twice = network(built=True), network(built=True)
    once.fit(endless(X, Y), epochs=4, steps_per_epoch=2, verbose=0)
    for _ in range(2):
        twice.fit(source, epochs=2, steps_per_epoch=2, verbose=0)
    assert all(map(np.array_equal, once.get_weights(), twice.get_weights()))


def test_a_data_set_is_shuffled_by_batches_and_told_of_epochs() -> None:
    """Each epoch asks for every batch once, in an order of its own."""
    data = Batches(X, Y)
    network().fit(data, epochs=20, verbose=0)
    first, asked = data.asked[0], data.asked[1:]
    assert 0 == first, "the first batch is looked at before training"
    epochs = [asked[i : i + 4] for i in range(0, len(asked), 4)]
    assert 20 == len(epochs)
    assert all([0, 1, 2] == sorted(epoch[:3]) and "end" == epoch[3] for epoch in epochs)
    assert 1 < len({tuple(epoch) for epoch in epochs})


def test_an_epoch_is_as_long_as_the_steps_say() -> None:
    """What can be gone through again goes on where the epoch ended, as arrays do."""
    found = []
    for data in ((X, Y), (Loader(X, Y),), (Batches(X, Y),)):
        size = SIZE if len(data) == 2 else None
        with pytest.warns(UserWarning, match="the rest of a pass makes a shorter"):
            found.append(outcome(network(), *data, batch_size=size, steps_per_epoch=2))
    assert found[0] == found[1] == found[2]


def test_a_generator_that_ends_early_ends_the_training() -> None:
    """Keras goes on with epochs of no batch, whose loss is 0."""
    model = network()
    with pytest.warns(UserWarning, match="ran out after 1 batches.*should have 2"):
        history = model.fit(iter(batches(X, Y)), epochs=4, steps_per_epoch=2, verbose=0)
    assert [0, 1] == history.epoch
    assert all(loss > 0 for loss in history.history["loss"])


def test_a_generator_that_ends_with_an_epoch_ends_the_training() -> None:
    """No epoch begins without a batch."""
    with pytest.warns(UserWarning, match="ran out after 0 batches"):
        history = network().fit(
            iter(batches(X, Y)), epochs=4, steps_per_epoch=3, verbose=0
        )
    assert [0] == history.epoch


def test_fewer_batches_than_steps_are_told() -> None:
    """Evaluate and predict take what there is."""
    model = network()
    expected = model.evaluate(X, Y, verbose=0)
    with pytest.warns(UserWarning, match="steps=9 were asked for"):
        found = model.evaluate(iter(batches(X, Y)), steps=9, verbose=0)
    assert expected == pytest.approx(found, rel=1e-6)


def test_class_weights_count_in_streams() -> None:
    """A class weight is the sample weight of its samples, batch by batch."""
    weight = np.where(Y == 1, 3.0, 0.5)
    expected = outcome(network(), Batches(X, Y, weight))
    assert expected == outcome(network(), Batches(X, Y), class_weight={0: 0.5, 1: 3})


def bad(number: int, batch: Any) -> Iterator[Any]:
    """Yield good batches, and another one at a place."""
    for at, good in enumerate(endless(X, Y)):
        yield batch if at == number else good


NAN = np.where(np.arange(4) == 2, np.nan, X[:4])

WRONG: dict[str, tuple[Any, str]] = {
    "NaN": ((NAN, Y[:4]), r"x\[0, 2\] of batch {0} is nan"),
    "width": ((X[:, :3], Y), r"x of batch {0} of shape \(10, 3\)"),
    "labels": ((X[:4], Y[:4] + 1), "2"),
    "lengths": ((X[:4], Y[:3]), "x of batch {0} has 4 samples and y of .* has 3"),
    "weights": ((X[:4], Y[:4], -W[:4]), r"sample_weight\[\d\] of batch {0} is -"),
    "no labels": ((X[:4],), "batch {0} of x has no labels"),
    "array": (X[:4], "batch {0} of x has no labels"),
    "four": ((X, Y, W, W), "batch {0} of x is a tuple of 4"),
    "dict": ({"x": X, "y": Y}, "batch {0} of x is a dict"),
    "empty": ((X[:0], Y[:0]), "x of batch {0} is empty"),
    "text": ((X[:4], list("abcd")), r"y of batch {0} holds .*np\.unique"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_first_batch_is_checked_before_anything_changes(kind: str) -> None:
    """The model is not even built."""
    batch, message = WRONG[kind]
    model = network()
    if kind == "width":
        model.build((None, 4))
    built = model.built
    with pytest.raises(ValueError, match=message.format(0)):
        model.fit(bad(0, batch), steps_per_epoch=2, verbose=0)
    assert built == model.built


@pytest.mark.parametrize("kind", WRONG)
def test_every_batch_is_checked_before_its_step(kind: str) -> None:
    """Training stops at the weights of the batch before."""
    batch, message = WRONG[kind]
    model, other = network(built=True), network(built=True)
    with pytest.raises(ValueError, match=message.format(2)):
        model.fit(bad(2, batch), steps_per_epoch=4, verbose=0)
    other.fit(endless(X, Y), steps_per_epoch=2, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"x": endless(X, Y), "y": Y, "steps_per_epoch": 2}, "y is given as well"),
    (
        {"x": endless(X, Y), "sample_weight": W, "steps_per_epoch": 2},
        "sample_weight is given as well",
    ),
    ({"x": endless(X, Y), "epochs": 2}, "gives its batches once.*steps_per_epoch"),
    ({"x": itertools.cycle(batches(X, Y))}, "never ends: say steps_per_epoch"),
    ({"x": Batches(X, Y), "batch_size": 4}, "batch_size=4 has no meaning"),
    ({"x": Batches(X, Y), "validation_split": 0.2}, "cannot be taken from"),
    ({"x": Batches(X, Y), "class_weight": "balanced"}, "needs all labels at once"),
    ({"x": iter(())}, "gives no batch"),
    (
        {"x": X, "y": Y, "epochs": 2, "validation_data": iter(batches(X, Y))},
        "validation_steps",
    ),
    ({"x": {"a": X}, "y": Y}, "one input and one output"),
    ({"x": X}, "y is missing"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_cannot_be_meant_is_refused(options: Any, message: str) -> None:
    """Each message has the way out, and nothing was built."""
    model = network()
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(**options, verbose=0)
    assert not model.built


def test_an_endless_stream_is_not_evaluated_for_ever() -> None:
    """Where it can be known, the number of steps is asked for."""
    model = network()
    with pytest.raises(ValueError, match="never ends: say steps"):
        model.evaluate(itertools.repeat((X, Y)), verbose=0)
    with pytest.raises(ValueError, match="never ends: say steps"):
        model.predict(itertools.repeat(X), verbose=0)


def test_a_data_set_makes_its_batches_in_one_thread() -> None:
    """Keras' options for more are refused, with the reason."""
    cases: list[dict[str, Any]] = [{"workers": 4}, {"use_multiprocessing": True}]
    for options in cases:
        with pytest.raises(ValueError, match="would be ignored"):
            PyDataset(**options)
    with pytest.raises(TypeError, match="workers"):
        PyDataset(worker=1)
    assert 3 == Batches(X, Y).num_batches
    with pytest.raises(NotImplementedError, match="__len__"):
        len(PyDataset())
