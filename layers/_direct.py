"""Direct: the short way of a few samples through a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._data import MODEST, Array

__all__ = ["Direct", "direct"]

Direct = Callable[[Array], Array | None]


def direct(program: gg.Program, check: Callable[[Array], Any] | None) -> Direct:
    """Return what runs ``program``, of one input and one output, for an array.

    It returns None, and has run nothing, for arrays of another shape or of no numbers,
    and for numbers of which one look does not tell that they are finite. ``check``
    raises for what the first layer does not take; None is for one that takes all.

    >>> program = gg.Program(gg.trace(gg.tanh, gg.Spec((2,))))
    >>> run = direct(program, None)
    >>> run(np.zeros(2)), run(np.zeros(3)), run(np.array([np.nan, 1.0]))
    (array([0., 0.], dtype=float32), None, None)
    """
    (given,), (output,) = program.inputs, program.outputs
    shape, flat, run = given.shape, given.reshape(-1), program.run

    # One for each program, whose model lets one thread in: up to NumPy 1 it remembers
    # the state that it found.
    @np.errstate(all="ignore")
    def predict(x: Array) -> Array | None:
        if x.shape != shape or x.dtype.kind not in "fiub":
            return None
        given[...] = x
        if not flat.dot(flat) < MODEST:
            return None
        if check is not None:
            check(x)
        run()
        return output.astype(np.float32)

    return predict
