"""Arrays begin with a line of the cache; what is computed stays the same."""

from __future__ import annotations

from pathlib import Path
from subprocess import run
from sys import executable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._memory import aligned


def offset(array: Any) -> int:
    """Return how far an array begins behind the beginning of a line."""
    return int(array.__array_interface__["data"][0] % 64)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
@pytest.mark.parametrize("size", [0, 1, 13, 5000])
def test_an_aligned_array_is_like_any_other(size: int, dtype: str) -> None:
    """It is flat, of the size and dtype, and may be written."""
    array = aligned(size, np.dtype(dtype))
    assert (array.shape, array.dtype) == ((size,), np.dtype(dtype))
    array[...] = 1
    assert array.flags.c_contiguous
    assert array.all()
    assert offset(array) == 0 or not size


def test_weights_side_by_side_are_aligned() -> None:
    """So are the results of a step."""
    many, few = gg.Variable(np.ones(5000)), gg.Variable(np.zeros(3))
    gg.passes.pack_variables([many, few], "weights")
    home = many.cell.home
    assert home is not None
    assert offset(home.array) == 0
    np.testing.assert_array_equal(home.array, [1.0] * 5000 + [0.0] * 3)
    program = gg.Program(gg.trace(gg.exp, gg.Spec((64, 64))))
    assert offset(program.outputs[0]) == 0
    assert program(np.zeros((64, 64), np.float32))[0].all()


def test_the_text_of_a_program_carries_what_aligns(tmp_path: Path) -> None:
    """It runs by itself."""
    path = tmp_path / "program.py"
    program = gg.Program(gg.trace(gg.exp, gg.Spec((64, 64))))
    path.write_text(program.source, encoding="utf-8")
    done = run([executable, path], capture_output=True, check=True, text=True)
    assert done.stdout.startswith("exp [[")
    assert "aligned(" in program.source
