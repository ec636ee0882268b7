"""Ctrl-C at any moment: the steps are whole, the file is whole, and things go on."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._context import CONTEXT
from graphgrad._node import Place
from graphgrad.layers._forward import current_forward

# Python cannot raise while it throws a generator away: it tells of it, and goes on.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals"),
]

ROWS, BATCH, EPOCHS = 10, 4, 2


# ---- the fault -----------------------------------------------------------------------


def interrupted(call: Callable[[], object], moment: int | None) -> int:
    """Send SIGINT to this process at a moment of a call; return how many there are.

    The moments are those at which Python looks for signals: when a function of Python
    begins, and when one of C has returned. KeyboardInterrupt is what is due then.
    """
    count = 0

    def look(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        if event in {"call", "c_return"}:
            count += 1
            if count == moment:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

    try:
        sys.setprofile(look)
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.setprofile(None)
    return count


def moments(count: int, seed: int, wanted: int) -> list[int]:
    """Choose moments of a call that has so many: half of them near its ends.

    There the call takes over what is around it, and gives it back.
    """
    chance = np.random.default_rng(seed)
    near = min(count, 80)
    inner = chance.integers(1, count + 1, wanted)
    outer = np.concatenate([np.arange(near), count - np.arange(near)])
    some = chance.permutation(outer)[:wanted]
    chosen = {*inner.tolist(), *some.tolist()}
    return sorted(each for each in chosen if each)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt, whatever pytest makes of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def check_surroundings(*models: gg.Sequential) -> None:
    """Everything around is as if nothing had been called."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert gc.isenabled()
    assert (True, Place(), None) == (CONTEXT.recording, CONTEXT.place, CONTEXT.tape)
    assert current_forward() is None
    for model in models:
        assert not model._training
        with ThreadPoolExecutor(1) as others:
            assert others.submit(_is_free, model).result()


def _is_free(model: gg.Sequential) -> bool:
    taken: bool = model.lock.acquire(blocking=False)
    if taken:
        model.lock.release()
    return taken


# ---- what is interrupted -------------------------------------------------------------


def data() -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 3)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def made() -> gg.Sequential:
    """Return a compiled model with dropout, the same each time."""
    gg.set_random_seed(0)
    model = gg.Sequential(
        [gg.Input((3,)), gg.Dense(4, "tanh"), gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def fit(model: gg.Sequential, **options: Any) -> Any:
    """Train in shuffled batches, the last one smaller."""
    x, y = data()
    return model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, verbose=0, **options)


def state(model: gg.Sequential) -> bytes:
    """Return the bits of weights and slots, and of what dropout draws from."""
    assert model.optimizer is not None
    variables = [*model.variables, *model.optimizer.variables]
    # The order of the samples is chosen by epoch, before its first step.
    kept = [v for v in variables if v is not model._order]
    return b"".join(v.numpy().tobytes() for v in kept)


def used() -> gg.Sequential:
    """Return a model that has all its programs."""
    x, y = data()
    model = made()
    fit(model)
    model.predict(x, verbose=0)
    model.evaluate(x, y, verbose=0)
    return model


def states_after_each_step(model: gg.Sequential) -> list[bytes]:
    """Return what training makes of the state, step by step."""
    found = [state(model)]
    note = gg.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_: found.append(state(model))
    )
    fit(model, callbacks=[note])
    return found


def goes_on(model: gg.Sequential) -> None:
    """Use the model, and train it: it does what its state says."""
    x, _ = data()
    other = made()
    assert model.optimizer is not None
    assert other.optimizer is not None
    pairs = [
        *zip(other.variables, model.variables, strict=True),
        *zip(other.optimizer.variables, model.optimizer.variables, strict=True),
    ]
    for to, of in pairs:
        to.assign(of.numpy())
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), other.predict(x, verbose=0)
    )
    fit(model)
    fit(other)
    assert state(model) == state(other)


# ---- the laws ------------------------------------------------------------------------


@pytest.mark.parametrize("start", [made, used])
def test_fit_ends_after_a_whole_step(
    start: Callable[[], gg.Sequential], seed: int, often: int
) -> None:
    """Also while its program is made; and from there, training goes on as ever."""
    known = states_after_each_step(start())
    first = start()
    count = interrupted(lambda: fit(first), None)
    for moment in moments(count, seed, 15 * often):
        model = start()
        interrupted(partial(fit, model), moment)
        check_surroundings(model)
        assert state(model) in known, moment
        goes_on(model)


def compile_(model: gg.Sequential) -> None:
    """Compile a model anew."""
    model.compile("sgd", "mse")


def predict(model: gg.Sequential) -> None:
    """Predict all samples."""
    model.predict(data()[0], verbose=0)


def evaluate(model: gg.Sequential) -> None:
    """Evaluate on all samples."""
    model.evaluate(*data(), verbose=0)


def load(model: gg.Sequential) -> None:
    """Make the model anew from its description."""
    gg.Sequential.from_config(model.get_config())


@pytest.mark.parametrize("start", [made, used])
@pytest.mark.parametrize("call", [predict, evaluate, load])
def test_what_only_reads_changes_nothing(
    start: Callable[[], gg.Sequential],
    call: Callable[[gg.Sequential], None],
    seed: int,
    often: int,
) -> None:
    """The model stays as it was, and works."""
    model = start()
    before = state(model)
    first = start()
    count = interrupted(lambda: call(first), None)
    for moment in moments(count, seed, 10 * often):
        interrupted(lambda: call(model), moment)
        check_surroundings(model)
        assert before == state(model), moment
    goes_on(model)


def test_compile_is_done_or_not(seed: int, often: int) -> None:
    """A model has the old optimizer and loss, or the new ones, with all they need."""
    first = used()
    count = interrupted(lambda: compile_(first), None)
    for moment in moments(count, seed, 10 * often):
        model = used()
        old = (model.optimizer, model.loss)
        before = state(model)
        interrupted(partial(compile_, model), moment)
        check_surroundings(model)
        if model.optimizer is old[0]:
            assert model.loss is old[1]
            assert before == state(model)
            goes_on(model)
        else:
            assert ("SGD", "MeanSquaredError") == (
                type(model.optimizer).__name__,
                type(model.loss).__name__,
            )
            fit(model)


def test_a_file_is_whole(seed: int, often: int, tmp_path: Path) -> None:
    """It is the old one or the new one, and nothing lies beside it."""
    path = tmp_path / "model.safetensors"
    old, new = made(), used()
    old.save(path)
    known = {state(old), state(new)}
    count = interrupted(lambda: new.save(path), None)
    for moment in moments(count, seed, 30 * often):
        old.save(path)
        interrupted(lambda: new.save(path), moment)
        check_surroundings(new)
        assert [path] == list(tmp_path.iterdir())
        assert state(gg.load_model(path)) in known, moment


def test_functions_of_tensors_go_on(seed: int, often: int) -> None:
    """A derivative is traced, made a program and run, the next time as ever."""

    def f(x: Any) -> Any:
        with gg.scope("inner"):
            return gg.sum(gg.tanh(x) * x)

    def call() -> Any:
        return gg.jit(gg.grad(f))(np.ones(3))

    due = call().numpy()
    for moment in moments(interrupted(call, None), seed, 50 * often):
        interrupted(call, moment)
        check_surroundings()
    np.testing.assert_array_equal(due, call().numpy())


class After(gg.callbacks.Callback):
    """Ends a training after so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count, and stop."""
        self.left -= 1
        self.model.stop_training = not self.left


def test_signals_of_a_clock_end_fit_after_a_whole_step(seed: int, often: int) -> None:
    """In real time: the signal comes whenever it comes, also within a call of C."""
    x, y = data()
    chance = np.random.default_rng(seed)
    for _ in range(4 * often):
        model, other = made(), made()
        before = signal.signal(
            signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT)
        )
        # Once more, should it come as a weak reference dies: Python cannot raise then.
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.001, 0.1), 5)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                model.fit(x, y, BATCH, 10**6, verbose=0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        check_surroundings(model)
        assert model.optimizer is not None
        steps = int(model.optimizer.iterations)
        if steps:
            other.fit(x, y, BATCH, 10**6, verbose=0, callbacks=[After(steps)])
        assert state(other) == state(model)
        goes_on(model)


def test_a_callback_may_swallow_ctrl_c() -> None:
    """Then training goes on, and the steps that follow are whole as well."""
    taken: list[Any] = []

    def swallow(*_: Any) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            taken.append(signal.getsignal(signal.SIGINT))

    model = made()
    during: list[Any] = []
    fit(
        model,
        callbacks=[
            gg.callbacks.LambdaCallback(
                on_epoch_begin=swallow,
                on_train_batch_end=lambda *_: during.append(
                    signal.getsignal(signal.SIGINT)
                ),
            )
        ],
    )
    assert EPOCHS == len(taken)
    assert signal.default_int_handler not in during
    check_surroundings(model)
