"""Functions of `jit`: programs by shape and dtype, in threads, and errors."""

from __future__ import annotations

import threading
import traceback

import numpy as np
import pytest

import graphgrad as gg


def test_programs_of_one_function_run_in_threads() -> None:
    """Threads that call one compiled function get the values of a serial run."""
    fast = gg.jit(lambda x: gg.sum(gg.tanh(x) * x))
    inputs = np.random.default_rng(0).normal(size=(200, 32))
    expected = [fast(x).item() for x in inputs]
    found: dict[int, float] = {}

    def work(part: int) -> None:
        for i in range(part, len(inputs), 4):
            found[i] = fast(inputs[i]).item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(len(inputs))] == expected


def test_jit_compiles_once_per_shape_and_dtype() -> None:
    """Calls with known shapes do not trace again."""
    traced = []

    def f(x: gg.Tensor) -> gg.Tensor:
        traced.append(x.shape)
        return x * 2.0

    fast = gg.jit(f)
    for x in ([1.0], [2.0], [1.0, 2.0]):
        fast(x)
    fast(np.ones(1, np.float32))
    assert traced == [(1,), (2,), (1,)]
    assert len(fast.programs) == 3  # type: ignore[attr-defined]


def test_threads_share_what_jit_has_compiled() -> None:
    """Programs are kept by their backend, which is one for all threads."""
    double = gg.jit(lambda x: x * 2.0)
    threads = [threading.Thread(target=double, args=([1.0],)) for _ in range(3)]
    for each in threads:
        each.start()
        each.join()
    assert len(double.programs) == 1  # type: ignore[attr-defined]


def test_jit_keeps_nests_of_arguments_and_results() -> None:
    """Dicts and tuples go in and come out."""
    fast = gg.jit(lambda p: {"sum": p["a"] + p["b"][0], "pair": (p["a"], p["b"][1])})
    out = fast({"a": np.ones(2), "b": [np.ones(2), np.zeros(3)]})
    assert out["sum"].tolist() == [2.0, 2.0]
    assert out["pair"][1].tolist() == [0.0, 0.0, 0.0]


def test_jit_refuses_to_lose_a_gradient() -> None:
    """A compiled call records nothing, and says so."""
    fast = gg.jit(lambda x: x * 2.0)
    with pytest.raises(gg.TraceError, match=r"gg\.jit\(gg\.grad"):
        fast(gg.tensor(1.0, requires_grad=True))


def test_a_value_is_refused_while_tracing() -> None:
    """Branching on a value names the way out."""
    with pytest.raises(gg.TraceError, match=r"gg\.where"):
        gg.trace(lambda x: x if x > 0 else -x, gg.Spec(()))


def test_a_program_refuses_arrays_that_do_not_fit() -> None:
    """Shapes and dtypes are fixed when a program is made."""
    program = gg.Program(gg.trace(lambda x: x * 2.0, gg.Spec((3,))))
    with pytest.raises(gg.ShapeError, match=r"takes f32 \(3,\); got f32 \(4,\)"):
        program(np.zeros(4, np.float32))


def test_a_traceback_shows_the_line_of_the_program() -> None:
    """The statement that failed, as of any module.

    Python's cache of lines is not ours to empty: it may be walked at that moment.
    """
    x, index = gg.Spec((3,)), gg.Spec((1,), "int64")
    program = gg.Program(gg.trace(gg.take, x, index))
    with pytest.raises(IndexError) as failed:
        program(np.zeros(3, np.float32), np.array([9]))
    last = traceback.extract_tb(failed.value.__traceback__)[-1]
    assert last.line
    assert last.line in program.source
