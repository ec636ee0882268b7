"""jit: a function traced and compiled once per shape, then run as a program."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from graphgrad._backend import in_use
from graphgrad._context import CONTEXT
from graphgrad._errors import TraceError
from graphgrad._forks import fresh_in_forks
from graphgrad._graph import Graph
from graphgrad._nest import nest
from graphgrad._passes import joint_forms, optimize
from graphgrad._primitive import as_tensor
from graphgrad._program import Program
from graphgrad._tensor import Tensor
from graphgrad._trace import trace
from graphgrad._tree import leaves, map_tree, rebuild, structure
from graphgrad._types import Array

__all__ = ["jit"]


def jit(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs ``f`` as a program, traced once per shape.

    Arguments and results are arrays, tensors, or nests of them; a number counts as an
    array of float64, int64 or bool. Python code in ``f`` runs while it is traced and is
    frozen then; each `Variable` is read anew in each call, and assigned when it ends.
    The programs made so far, by backend and shapes, are the values of ``.programs``.

    >>> import graphgrad as gg
    >>> fast = gg.jit(lambda x: gg.sum(gg.tanh(x) ** 2))
    >>> fast([0.0, 0.0])
    tensor(0.)
    """
    programs: dict[Any, Program] = {}
    lock = fresh_in_forks(threading.Lock())

    def prepare(*args: Any) -> tuple[Program, list[Array]]:
        nests = [map_tree(functools.partial(_bare, f), nest(arg)) for arg in args]
        flat = [leaf for each in nests for leaf in leaves(each)]
        shapes = [(each.shape, each.dtype) for each in flat]
        key = (in_use(), structure(nests), *shapes)
        if key not in programs:
            programs[key] = Program(_compiled(trace(f, *nests)))
        return programs[key], flat

    @functools.wraps(f)
    def call(*args: Any) -> Any:
        if CONTEXT.tape is not None:
            return f(*args)
        # Programs of several shapes may share state: one call at a time.
        with lock:
            program, flat = prepare(*args)
            values = map(Tensor, program(*flat))
        return rebuild(program.graph.structure, values)

    call.programs = programs  # type: ignore[attr-defined]
    # The program for such arguments, and their arrays: what looks into it asks for it.
    call.prepare = prepare  # type: ignore[attr-defined]
    return call


def _compiled(graph: Graph) -> Graph:
    return optimize(joint_forms(graph))


def _bare(f: Callable[..., Any], leaf: Any) -> Array:
    tensor = as_tensor(leaf)
    if tensor.requires_grad and CONTEXT.recording:
        name = getattr(f, "__name__", "the function")
        raise TraceError(
            f"{name} is compiled, and a compiled call records nothing to "
            "differentiate: take the gradient inside, as in gg.jit(gg.grad(f)), or "
            ".detach() the argument"
        )
    return np.asarray(tensor._value)
