"""Loops over blocks of rows, within programs."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._types import Dim


def large(rows: int = 1100) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return an array that is computed by blocks."""
    values = np.linspace(-1, 1, rows * 1100, dtype=np.float32)
    return values.reshape(rows, 1100)


def test_names_of_loops_are_free() -> None:
    """Whatever arguments are called, a loop takes other names."""
    a = large()
    for name in ("i", "x_rows", "range", "blocks"):
        scope: dict[str, Any] = {"gg": gg}
        body = f"def f(x, {name}): return gg.exp(x) * 2.0 + gg.exp({name})"
        exec(body, scope)  # noqa: S102  # an argument of this name
        found = gg.jit(scope["f"])(a, a).numpy()
        np.testing.assert_allclose(found, np.exp(a) * 3, rtol=1e-6)


def test_an_input_may_be_called_float() -> None:
    """Programs call Python's function of this name."""

    def shifted(float: gg.Tensor) -> gg.Tensor:  # noqa: A002
        return gg.cast(float * 2.0, "float32")

    assert gg.jit(shifted)(np.float64(1.5)).numpy() == 3.0


def test_a_named_length_may_be_that_of_a_loop() -> None:
    """It is a number there."""
    batch = Dim(1100, "batch")
    graph = gg.trace(lambda x: gg.exp(x) * 2.0, gg.Spec((batch, 1100)))
    program = gg.Program(graph)
    program.inputs[0][...] = large()
    program.run()
    np.testing.assert_allclose(program.outputs[0], np.exp(large()) * 2, rtol=1e-6)


def test_a_view_of_what_a_loop_writes_is_read_whole_after_it() -> None:
    """A transposed result of a block cannot be read by rows in the same block."""
    w, v = (gg.Variable(large(), name=name) for name in "wv")
    gg.passes.pack_variables([w, v], "weights")

    def step(x: gg.Tensor) -> None:
        g = gg.tanh(x)
        gg.assign(w, w - g)
        gg.assign(v, v - gg.exp(gg.transpose(g)))

    gg.jit(step)(large())
    np.testing.assert_allclose(w.numpy(), large() - np.tanh(large()), atol=1e-6)
    np.testing.assert_allclose(
        v.numpy(), large() - np.exp(np.tanh(large()).T), atol=1e-6
    )
