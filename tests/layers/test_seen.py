"""What a program depends on: no change of a model goes unnoticed, nor is made up."""

from __future__ import annotations

import functools
import itertools
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import constraints, metrics, regularizers
from graphgrad.layers._seen import Seen
from graphgrad.optimizers import schedules

X = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)


class Cubes(regularizers.Regularizer):
    """A regularizer of the user's own, with an array."""

    def __init__(self) -> None:
        self.factors = np.ones(2, np.float32)

    def __call__(self, x: gg.Tensor) -> gg.Tensor:
        """Return the sum of the cubes."""
        return gg.sum(abs(x) ** 3) * float(self.factors[0])


def squares(x: gg.Tensor) -> gg.Tensor:
    """Return the sum of the squares, times an attribute if there is one."""
    return gg.sum(x * x) * getattr(squares, "factor", 1.0)


class Block(gg.Layer):
    """A layer that keeps others in all kinds of places."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.listed: list[Any] = [gg.Dense(2)]
        self.named: dict[str, Any] = {"first": gg.Dense(2)}
        self.nested: tuple[list[Any], int] = ([gg.Dense(2)], 1)
        self.one = gg.Dense(2)
        self.times = 1.0

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Compute one part after the other."""
        for part in [*self.listed, *self.named.values(), *self.nested[0], self.one]:
            x = part(x)
        return x * self.times


class Weighed(gg.losses.Loss):
    """A loss of the user's own, with a list."""

    def __init__(self) -> None:
        super().__init__()
        self.factors = [1.0]

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return the squares, times a factor."""
        return gg.mean(gg.square(y_true - y_pred), axis=-1) * self.factors[0]


def made() -> gg.Sequential:
    """Return a compiled model of everything that can be changed."""
    vars(squares).clear()
    layers: list[Any] = [
        gg.Input((2,)),
        gg.Dense(
            2,
            kernel_regularizer=regularizers.L2(0.5),
            kernel_constraint=constraints.MaxNorm(1.0),
            bias_regularizer=Cubes(),
            activity_regularizer=regularizers.L1(0.5),
        ),
        gg.Dense(2, kernel_regularizer=squares),
        gg.layers.Lambda(lambda x, times: x * times, arguments={"times": [1.0]}),
        Block(),
        gg.Sequential([gg.Dropout(0.5), gg.Dense(2)]),
        gg.Dense(1, "sigmoid"),
    ]
    model = gg.Sequential(layers)
    rate = schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    measured = [metrics.BinaryAccuracy(), metrics.Precision()]
    model.compile(gg.optimizers.SGD(rate), Weighed(), metrics=measured)
    return model


# A number that has not come before.
new = itertools.count(2).__next__


def put(thing: Any, **values: Any) -> None:
    """Set attributes, if there is such a thing."""
    for name, value in values.items() if thing else ():
        setattr(thing, name, value)


def penalise(model: Any, at: int, which: int = 0) -> Any:
    """Return a regularizer of a layer; None of a layer that has lost its weights."""
    found = [*model.layers[at]._regularizers.values()]
    return found[which] if found else None


def scribble(model: Any) -> None:
    """Change what a regularizer has in an array, and what has no name in it."""
    own = penalise(model, 0, 1)
    if own:
        own.factors[0] = new()
        vars(own).update(more=new())


def limit(model: Any) -> Any:
    """Return the constraint of the first kernel."""
    return next(iter(model.layers[0]._constraints.values()), None)


def flip(thing: Any) -> None:
    """Freeze what is not frozen, and the reverse."""
    thing.trainable = not thing.trainable


def dense() -> gg.Dense:
    """Return a layer."""
    return gg.Dense(2)


def hide(model: Any) -> None:
    """Keep a layer in an attribute, without setting that."""
    vars(model.layers[3])["one"] = dense()


def drop(model: Any) -> None:
    """Delete an attribute that holds a layer."""
    model.layers[3].last = dense()
    model.seen()
    del model.layers[3].last


CHANGES: dict[str, Callable[[Any], Any]] = {
    "a layer's flag": lambda m: flip(m.layers[0]),
    "the model's flag": flip,
    "an inner layer's flag": lambda m: flip(m.layers[4].layers[0]),
    "a weight's flag": lambda m: flip(m.layers[5].weights[0]),
    "a regularizer": lambda m: put(penalise(m, 0), l2=float(new())),
    "a regularizer's inside": scribble,
    "a function's attribute": lambda _: put(squares, factor=new()),
    "a constraint": lambda m: put(limit(m), max_value=float(new())),
    "an activity": lambda m: put(m.layers[0].activity_regularizer, l2=float(new())),
    "another": lambda m: put(m.layers[0], activity_regularizer=regularizers.L2(0.5)),
    "an activation": lambda m: put(m.layers[0], activation="relu"),
    "an argument": lambda m: m.layers[2].arguments.update(times=[float(new())]),
    "an argument's list": lambda m: m.layers[2].arguments["times"].append(new()),
    "a layer in a list": lambda m: m.layers[3].listed.append(dense()),
    "a layer out of a list": lambda m: m.layers[3].listed.clear(),
    "a layer in a dict": lambda m: m.layers[3].named.update(first=dense()),
    "a layer in a nest": lambda m: m.layers[3].nested[0].append(dense()),
    "a layer in an attribute": lambda m: put(m.layers[3], one=dense()),
    "a layer out of sight": hide,
    "a layer that is gone": drop,
    "a number": lambda m: put(m.layers[3], times=float(new())),
    "a list of one of ours": lambda m: put(m.layers[0], own=[dense()]),
    "a rate": lambda m: put(m.layers[4].layers[0], rate=1 / new()),
    "an inner layer more": lambda m: m.layers[4].add(dense()),
    "an inner layer less": lambda m: len(m.layers[4]) > 1 and m.layers[4].pop(),
    "a layer without weights": lambda m: m.layers[0].forget(),
    "a name": lambda m: m.layers[0].rename(f"name_{new()}"),
    "a loss's list": lambda m: m.loss and m.loss.factors.append(new()),
    "a metric": lambda m: put(m.metrics and m.metrics[0], threshold=1 / new()),
    "a schedule": lambda m: put(
        m.optimizer and m.optimizer.schedule, decay_rate=1 / new()
    ),
    "another layer": lambda m: m.add(gg.Dense(1)),
    "a layer less": lambda m: len(m) > 6 and m.pop(),
    "a layer behind its back": lambda m: m._layers.append(gg.Dense(1)),
}

# These are no changes of a model that has no such thing, or not yet.
REPEATED = ("an inner layer less", "a layer less")


@pytest.mark.parametrize("kind", [each for each in CHANGES if each not in REPEATED])
def test_each_change_makes_a_program_stale(kind: str) -> None:
    """What was remembered of the model holds no more, and a walk finds the change."""
    model = made()
    before = model.seen()
    assert before is model.seen()
    CHANGES[kind](model)
    now = model.seen()
    assert now is not before
    assert now == Seen(model)
    assert kind == "a layer that is gone" or before != now


@given(st.lists(st.sampled_from([*CHANGES]), max_size=6))
def test_what_is_remembered_is_what_a_walk_finds(kinds: list[str]) -> None:
    """After any changes, one after the other."""
    model = made()
    for kind in kinds:
        model.seen()
        CHANGES[kind](model)
        assert model.seen() == Seen(model)


def test_what_is_no_change_is_not_looked_for_again() -> None:
    """Training, evaluation and prediction leave what is known of a model as it is."""
    layers: list[Any] = [gg.Input((2,)), gg.Dense(2), gg.layers.BatchNormalization()]
    model = gg.Sequential([*layers, gg.Dropout(0.5), gg.Dense(1, "sigmoid")])
    model.compile("adam", "mse", metrics=["mae", "accuracy"])
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    before = model.seen()
    optimizer: Any = model.optimizer
    optimizer.learning_rate = 0.125
    model.fit(X, Y, epochs=2, validation_data=(X, Y), verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert before is model.seen()


def test_another_model_may_change_meanwhile() -> None:
    """Its changes are none of this one, which keeps its programs."""
    model, other = made(), made()
    model.predict(X, verbose=0)
    program = model.program("predict")
    flip(other)
    model.predict(X, verbose=0)
    assert program is model.program("predict")
    assert 2 == program.runs


# ---- a few samples -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64])
@pytest.mark.parametrize("rows", [1, 3, 32, 33])
def test_a_repeated_prediction_is_the_first_one(rows: int, dtype: Any) -> None:
    """The program that is there computes the same bits, into an array of its own."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(3, "tanh"), gg.Dense(1)])
    x = (np.random.default_rng(1).normal(size=(rows, 2)) * 4).astype(dtype)
    first = model.predict(x, verbose=0)
    kept = first.copy()
    second = model.predict(x[::-1], verbose=0)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(second, model.predict(x[::-1].copy(), verbose=0))
    listed = model.predict(x.tolist(), verbose=0)
    np.testing.assert_array_equal(listed, kept)
    third = model.predict(x, verbose=0)
    np.testing.assert_array_equal(third, kept)
    assert np.float32 == third.dtype


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_refused_at_first_is_refused_again(bad: float, dtype: Any) -> None:
    """A program that is there changes nothing about it."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    model.predict(X[:1], verbose=0), model.predict(X[:1], verbose=0)
    with np.errstate(over="ignore"):
        x = np.array([[1.0, bad]]).astype(dtype)
    with pytest.raises(ValueError, match=r"x\[0, 1\] is"):
        model.predict(x, verbose=0)
    with pytest.raises(ValueError, match=r"x\[0, 1\] is"):
        model.predict(x.tolist(), verbose=0)
    wrong = np.ones((1, 3), np.float32)
    others: list[Any] = [wrong[0], [], [[]], [["a", "b"]], wrong[:, :1]]
    for each in [wrong, wrong.tolist(), *others]:
        with pytest.raises((gg.GraphgradError, ValueError)) as first:
            gg.Sequential([gg.Input((2,)), gg.Dense(1)]).predict(each, verbose=0)
        with pytest.raises(type(first.value)) as second:
            model.predict(each, verbose=0)
        assert str(first.value) == str(second.value)
    refused: list[Any] = [None, "", 3]
    for verbose in refused:
        with pytest.raises(ValueError, match="verbose must be"):
            model.predict(X[:1], verbose=verbose)


@pytest.mark.parametrize("large", [1e20, 1e30, 3e38])
def test_large_numbers_are_no_fault(large: float) -> None:
    """Their squares are beyond float32, they are not."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1, kernel_initializer="ones")])
    model.predict(X[:1, :1], verbose=0), model.predict(X[:1, :1], verbose=0)
    x = np.array([[large]], np.float32)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)


def test_ids_are_checked_also_where_a_program_is_there() -> None:
    """An id that does not exist would read another one's row."""
    model = gg.Sequential([gg.layers.Embedding(4, 2), gg.layers.Flatten()])
    x = np.array([[1.0, 3.0]], np.float32)
    model.predict(x, verbose=0), model.predict(x, verbose=0)
    with pytest.raises(ValueError, match="whole numbers from 0 to 3"):
        model.predict(x + 0.5, verbose=0)


def test_a_few_samples_go_through_the_backend_in_use_also_in_another_thread() -> None:
    """A prediction that is kept is asked for only where its backend is in use."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    predict = partial(model.predict, X[:1], verbose=0)
    predict(), predict()
    ours = model.program("predict")
    other = gg.backend.NumPy()
    for _ in range(3):
        with gg.backend.using(other):
            predict()
    assert ours.runs == 2
    assert [p.runs for p in model._stages.programs.values()] == [2, 3]
    thread = threading.Thread(target=predict)
    thread.start()
    thread.join()
    assert ours.runs == 3


# ---- what a call costs ---------------------------------------------------------------


def calls_of(function: Callable[[], Any]) -> int:
    """Count the functions of Python that a call runs, `errstate` left out.

    Up to NumPy 1 it is eight functions of Python, which are not ours.
    """
    count = 0

    def note(frame: FrameType, event: str, __: Any) -> None:
        nonlocal count
        code = frame.f_code
        place = PurePath(code.co_filename).name, code.co_name
        count += event == "call" and not (
            place[0] == "_ufunc_config.py"
            or place in [("contextlib.py", "inner"), ("contextlib.py", "_recreate_cm")]
        )

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def deep(layers: int) -> gg.Sequential:
    """Return a compiled model of so many layers."""
    inner = [gg.Dense(2, "tanh") for _ in range(layers - 1)]
    model = gg.Sequential([gg.Input((2,)), *inner, gg.Dense(1, "sigmoid")])
    model.compile("sgd", "mse")
    return model


def test_a_prediction_calls_as_little_for_many_layers() -> None:
    """Whether the model has changed is found out without a walk over its layers."""
    counts = []
    for layers in (2, 40):
        model = deep(layers)
        predict = partial(model.predict, X[:1], verbose=0)
        predict(), predict()
        counts.append(calls_of(predict))
    assert counts[0] == counts[1] <= 8


def test_an_epoch_calls_as_little_for_many_layers() -> None:
    """Also of a model with a metric, and a step calls next to nothing."""
    counts = []
    for layers, rows, epochs in [(2, 8, 2), (2, 8, 3), (20, 8, 2), (20, 8, 3)]:
        model = deep(layers)
        model.fit(X[:rows], Y[:rows], verbose=0)
        fit = functools.partial(
            model.fit, X[:rows], Y[:rows], batch_size=4, epochs=epochs, verbose=0
        )
        fit()
        counts.append(calls_of(fit))
    assert counts[1] - counts[0] == counts[3] - counts[2] <= 74


def test_a_step_that_nobody_watches_calls_little() -> None:
    """The rows come with others; the program, and what keeps it whole."""
    model = deep(2)
    fit = functools.partial(model.fit, verbose=0, shuffle=True)
    x, y = np.zeros((64, 2), np.float32), np.zeros(64, np.float32)
    few, many = (functools.partial(fit, x, y, batch_size=size) for size in (16, 8))
    few(), many()
    assert calls_of(many) - calls_of(few) <= 4 * 7
