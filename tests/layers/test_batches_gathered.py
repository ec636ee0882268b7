"""Batches: in which order samples come, and how they get into a program's input."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers._data import gather, is_modest
from graphgrad.layers._fit import Dice
from graphgrad.layers._samples import Samples
from graphgrad.layers._sources import ArraySource

Array = np.ndarray[Any, Any]

words = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=4), st.integers(1, 99))
def test_dice_that_are_thrown_again_are_like_new_ones(
    keys: list[tuple[int, int]], count: int
) -> None:
    """Whatever was drawn before: the order of an epoch follows from its key alone."""
    dice = Dice()
    for each in keys:
        key = np.array(each, np.uint64)
        new = np.random.Generator(np.random.Philox(key=key))
        thrown = dice.thrown(key)
        # What is left of a number of 64 bits must not go into the next throw.
        assert thrown.integers(2**32) == new.integers(2**32)
        assert np.array_equal(thrown.permutation(count), new.permutation(count))


def test_each_epoch_has_an_order_that_follows_from_seed_and_number() -> None:
    """A training that is repeated, or goes on elsewhere, sees the same batches."""
    x = np.arange(10.0, dtype=np.float32)[:, None]
    gg.set_random_seed(3)
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    order = model._order
    assert order is not None
    seed, begun = order.numpy().tolist()
    seen: list[list[float]] = []

    def keep(*_: Any) -> None:
        seen.append(model.program("fit").inputs[0][:, 0].tolist())

    watch = gg.callbacks.LambdaCallback(on_train_batch_end=keep)
    model.fit(x, x, batch_size=5, epochs=3, verbose=0, callbacks=[watch])
    for epoch in range(3):
        key = np.array([seed, begun + epoch], np.uint64)
        drawn = np.random.Generator(np.random.Philox(key=key)).permutation(10)
        first, second = seen[2 * epoch : 2 * epoch + 2]
        assert first + second == x[drawn, 0].tolist()


@given(
    st.integers(1, 90),
    st.integers(1, 40),
    st.sampled_from([1, 1000]),
    st.lists(st.integers(0, 9), max_size=4),
)
def test_a_pass_takes_each_row_once_in_its_order(
    rows: int, batch: int, width: int, limits: list[int]
) -> None:
    """Many small batches are gathered together, also where a pass goes on later."""
    x, y = np.arange(rows * width).reshape(rows, width), np.arange(rows)

    def program(size: int, *_: Any) -> Any:
        x, y = gg.Spec((size, width)), gg.Spec((size,))
        return gg.Program(gg.trace(lambda x, y: x[:, 0] + y, x, y))

    model = object()
    source = ArraySource(Samples(x, y), batch, program, lambda: model)
    order = np.random.default_rng(rows).permutation(rows)
    for at in {0, source.steps // 2}:
        source.begin(order, at)
        seen: list[Any] = []

        def take(loaded: Any) -> None:
            taken, label = loaded.inputs
            assert len(taken) == source.size
            assert (taken == x[label.astype(int)]).all()
            seen.extend(label)  # noqa: B023 -- called in this round alone

        for limit in limits:
            for loaded in itertools.islice(source.rest(), limit):
                take(loaded)
        if source.more():
            take(source.load())
        # Other programs, as after a layer was frozen.
        model = object()
        source.renew()
        for loaded in source.rest():
            take(loaded)
        assert not source.more()
        assert seen == order[at * source.batch :].tolist()


def backwards(x: Array) -> Array:
    """Return the rows from the last to the first, without a copy."""
    return x[::-1]


def twice_as_wide(x: Array) -> Array:
    """Return the same numbers with gaps between them."""
    return np.repeat(x, 2, axis=1)[:, ::2]


LAYOUTS = [np.ascontiguousarray, np.asfortranarray, backwards, twice_as_wide]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "u1", "i8", "?"])
def test_gathered_rows_are_the_rows_of_the_index(layout: Any, dtype: str) -> None:
    """In any layout and kind of numbers, in the program's kind."""
    data = layout((np.arange(60).reshape(12, 5) % 7).astype(dtype))
    target = np.empty((3, 5), np.float32)
    take = gather(data, target)
    for index in ([0, 11, 5], [2, 2, 1]):
        take(np.array(index))
        np.testing.assert_array_equal(target, data[index].astype(np.float32))


def test_rows_on_a_disk_come_in_the_order_of_the_index(tmp_path: Path) -> None:
    """Although they are read in their own."""
    disk = np.memmap(tmp_path / "x", np.float64, "w+", shape=(12, 5))
    disk[:] = np.arange(60).reshape(12, 5)
    target = np.empty((3, 5), np.float32)
    gather(disk, target)(np.array([7, 0, 4]))
    np.testing.assert_array_equal(target, disk[[7, 0, 4]])


@given(st.lists(st.floats(width=32), min_size=1, max_size=6), st.booleans())
def test_modest_numbers_are_finite(values: list[float], single: bool) -> None:
    """NaN, Inf and what is beyond float32 are never among them."""
    x = np.array(values, np.float32 if single else np.float64)
    with np.errstate(all="raise"):
        modest = is_modest(x)
    assert not modest or bool(np.isfinite(x).all())
    assert modest or float(np.abs(x).max()) > 1e18 or bool(np.isnan(x).any())


@pytest.mark.parametrize("at", [1, 3])
def test_a_training_that_nobody_watches_can_be_stopped(
    at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another thread; the step that is under way is the last."""
    x = np.ones((8, 1), np.float32)
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    run, steps = gg.Program.run, itertools.count(1)

    def stopping(program: gg.Program) -> None:
        run(program)
        model.stop_training = next(steps) == at

    monkeypatch.setattr(gg.Program, "run", stopping)
    model.fit(x, x, batch_size=2, epochs=8, verbose=0)
    assert at == model.program("fit").runs
