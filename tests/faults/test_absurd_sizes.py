"""Sizes that no machine has are refused before any memory is taken, with the bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import _room

HUGE = 10**12


def stack(*layers: Any, width: Any = 3) -> gg.Sequential:
    """Return a model of these layers, for samples of ``width`` numbers."""
    shape = width if isinstance(width, tuple) else (width,)
    return gg.Sequential([gg.Input(shape), *layers])


def data() -> tuple[Any, Any]:
    """Return a few samples and labels."""
    return np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


def trained(model: gg.Sequential) -> None:
    """Compile a model and train it."""
    model.compile("adam", "mse")
    model.fit(*data(), verbose=0)


def refused(call: Callable[[], object], bytes_needed: int | None) -> str:
    """Return the error of a call, which says the bytes; none of them were taken."""
    with pytest.raises(MemoryError) as caught:
        call()
    message = str(caught.value)
    assert bytes_needed is None or f"{bytes_needed:,} bytes" in message
    return message


L = gg.layers
MODELS: dict[str, tuple[Callable[[], object], int]] = {
    "dense": (lambda: stack(gg.Dense(HUGE)), 12 * HUGE),
    "beyond 64 bits": (lambda: stack(gg.Dense(10**30)), 12 * 10**30),
    "at the first call": (lambda: gg.Dense(HUGE)(data()[0]), 12 * HUGE),
    "at the first data": (
        lambda: gg.Sequential([gg.Dense(HUGE)]).predict(data()[0], verbose=0),
        12 * HUGE,
    ),
    "dense on a wide input": (
        lambda: stack(gg.Flatten(), gg.Dense(1), width=(10**9, 10**9)),
        4 * 10**18,
    ),
    "embedding": (lambda: stack(L.Embedding(10**6, 10**9)), 4 * 10**15),
    "normalization": (lambda: stack(L.BatchNormalization(), width=HUGE), 4 * HUGE),
    "slopes": (lambda: stack(L.PReLU(), width=HUGE), 4 * HUGE),
    "thresholds": (lambda: gg.metrics.AUC(HUGE), 8 * HUGE),
    "classes": (lambda: gg.metrics.MeanIoU(3 * 10**5), 72 * 10**10),
    "what a layer gives": (
        lambda: stack(L.RepeatVector(HUGE)).predict(data()[0], verbose=0),
        4 * 3 * 4 * HUGE,
    ),
    "what a step computes": (
        lambda: trained(
            stack(L.RepeatVector(HUGE), L.GlobalMaxPooling1D(), gg.Dense(1))
        ),
        4 * 3 * 4 * HUGE,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_refused_before_it_takes_memory(name: str) -> None:
    """The error tells what needs how many bytes, and how many there are."""
    call, bytes_needed = MODELS[name]
    tracemalloc.start()
    try:
        message = refused(call, bytes_needed)
        assert tracemalloc.get_traced_memory()[1] < 1e8
    finally:
        tracemalloc.stop()
    assert re.search(r"needs [\d,]+ bytes .* and [\d,]+ .* are available: ", message)


def test_an_input_alone_takes_nothing() -> None:
    """Graphs know sizes, and have none: they can be made, and looked at."""
    model = stack(gg.Flatten(), width=(10**9, 10**9))
    model.compile("sgd", "mse")
    assert (None, 10**18) == model.output_shape
    assert [] == model.weights


def test_a_batch_is_as_large_as_the_data() -> None:
    """Whatever size was asked for."""
    x, y = data()
    model = stack(gg.Dense(1))
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=HUGE, verbose=0)
    assert (4, 1) == model.predict(x, batch_size=HUGE, verbose=0).shape


def wide() -> gg.Tensor:
    """Return a tensor of one number, seen as many."""
    return gg.broadcast_to(1.0, (HUGE,))


OPERATIONS: dict[str, Callable[[], object]] = {
    "add": lambda: wide() + 1,
    "exp": lambda: gg.exp(wide()),
    "beyond 64 bits": lambda: gg.broadcast_to(1.0, (10**18,)) * 2,
    "pad": lambda: gg.pad([1.0], (0, HUGE)),
    "one_hot": lambda: gg.one_hot([1], HUGE),
    "zeros_like": lambda: gg.zeros_like(wide()),
    "zeros": lambda: gg.ops.zeros((HUGE,)),
    "derivative": lambda: gg.grad(lambda x: gg.sum(x * wide()))(np.ones(1)),
    "initializer": lambda: gg.initializers.GlorotUniform()((HUGE,)),
    "variable": lambda: gg.Variable(np.broadcast_to(np.float32(1), (HUGE,))),
    "program": lambda: gg.jit(lambda x: gg.broadcast_to(x, (HUGE,)) * 2)(np.ones(1)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_refused_with_its_size(name: str) -> None:
    """By NumPy where it makes the array, which the system has not got."""
    message = refused(OPERATIONS[name], None)
    assert re.search(r"[\d,.]+ ([TE]iB|bytes)", message)


def test_an_error_leaves_the_model_and_its_optimizer_as_they_were() -> None:
    """What was asked for in vain is asked for again with other sizes."""
    model = gg.Sequential([gg.Dense(2), gg.Dense(HUGE)])
    refused(lambda: model.predict(data()[0], verbose=0), None)
    assert not model.built
    model.pop()
    trained(gg.Sequential([model, gg.Dense(1)]))


def test_slots_are_refused_all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An optimizer that got no memory for its slots takes them later."""
    model = stack(gg.Dense(3000), gg.Dense(3000), gg.Dense(1))
    optimizer = gg.optimizers.Adam()
    free = [*_room._free()]
    # As much as the first slots need, and not the second ones.
    monkeypatch.setattr(_room, "_free", lambda: [10**8])
    refused(lambda: model.compile(optimizer, "mse"), None)
    assert 0 == len(optimizer._state)
    assert model.optimizer is None
    monkeypatch.setattr(_room, "_free", lambda: free)
    model.compile(optimizer, "mse")
    model.fit(*data(), verbose=0)


LIMITED = """
import resource
import graphgrad as gg
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
for units in (10**8, 10**9):
    try:
        gg.Sequential([gg.Input((3,)), gg.Dense(units)])
    except gg.OutOfMemoryError as error:
        assert "3,221,225,472" in str(error), error
    else:
        raise AssertionError(units)
gg.Sequential([gg.Input((3,)), gg.Dense(1000)])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no limits of this kind")
def test_the_limit_of_a_process_counts() -> None:
    """What the machine has and the process may not take is not there."""
    subprocess.run([sys.executable, "-c", LIMITED], check=True, timeout=60)


@pytest.mark.parametrize("nbytes", [0, 1, _room.SMALL - 1])
def test_little_memory_is_not_asked_for(
    nbytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at the system takes as long as a step of a small model."""
    monkeypatch.setattr(_room, "_free", lambda: [0])
    gg.backend.require_memory(nbytes, "an array")
    with pytest.raises(gg.OutOfMemoryError, match="and 1 "):
        gg.backend.require_memory(_room.SMALL, "an array")


def test_a_system_that_says_nothing_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There, the error is that of the system, when it comes to it."""
    monkeypatch.setattr(_room, "_free", list)
    monkeypatch.setattr(_room, "_allowed", list)
    assert _room.available_memory() is None
    gg.backend.require_memory(10**30, "an array")
