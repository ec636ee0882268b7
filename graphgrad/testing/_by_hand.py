"""`check_vjp`, `check_jvp`: whether derivatives written by hand are the right ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphgrad._errors import DTypeError, GraphgradError
from graphgrad._tree import leaves, rebuild
from graphgrad._types import Array
from graphgrad.testing._arguments import Arguments
from graphgrad.testing._asked import (
    as_tuple,
    called,
    check_floats,
    check_functions,
    check_options,
    float_dtype,
)
from graphgrad.testing._checked import checked
from graphgrad.testing._diagnosis import looks_like_shape
from graphgrad.testing._examine import Settings
from graphgrad.testing._report import GradientMismatch, GradientReport
from graphgrad.testing._subject import Subject, flat, rounding, size_of
from graphgrad.testing._told import check_linear

__all__ = ["check_jvp", "check_vjp"]

__tracebackhide__ = True  # pytest shows the line of the test

Function = Callable[..., Any]

# In what derivatives may be checked that graphgrad does not compute.
FLOATS = "float64 or float32, or another dtype of floats"


def check_vjp(
    f: Function,
    vjp: Function,
    args: Sequence[Any],
    *,
    argnums: int | Sequence[int] | None = None,
    dtype: Any = np.float64,
    rtol: float = 0.0,
    atol: float = 0.0,
    seed: int = 0,
) -> GradientReport:
    """Check a gradient that was written by hand, for whatever library.

    ``f`` takes and gives arrays, or what NumPy can make arrays of, or nests of them.
    ``vjp(cotangent, *args)`` gives the gradients of ``sum(cotangent * f(*args))``: one
    for each argument that is, or holds, floats (or each of ``argnums``), in a tuple if
    there are several; ``cotangent`` looks like what ``f`` gives. All else is as for
    `check_grads`, except that a function that takes complex numbers is differentiated
    by a complex step, which is exact.

    >>> import numpy as np
    >>> import graphgrad as gg
    >>> report = gg.testing.check_vjp(
    ...     lambda x, w: x @ w,
    ...     lambda g, x, w: (g @ w.T, x.T @ g),
    ...     (np.ones((2, 3)), np.arange(6.0).reshape(3, 2)),
    ... )
    >>> [row.argument for row in report.rows]
    ['x', 'w']
    """
    check_functions("check_vjp", f=f, vjp=vjp)
    given = as_tuple("args", args, "check_vjp(f, vjp, (x,))")
    check_options(rtol, atol, seed)
    arguments = Arguments.of(f, given, argnums, float_dtype(dtype, FLOATS))
    return checked(
        lambda arguments: [_reverse(f, vjp, arguments)],
        (arguments, Settings(rtol, atol, seed)),
        {"f": f, "vjp": vjp},
    )


def check_jvp(
    f: Function,
    jvp: Function,
    args: Sequence[Any],
    *,
    argnums: int | Sequence[int] | None = None,
    dtype: Any = np.float64,
    rtol: float = 0.0,
    atol: float = 0.0,
    seed: int = 0,
) -> GradientReport:
    """Check a forward derivative that was written by hand, for whatever library.

    ``jvp(tangents, *args)`` gives how the result of ``f(*args)`` moves, as what looks
    like it, if the arguments move by ``tangents``: one for each argument that is, or
    holds, floats (or each of ``argnums``), in a tuple if there are several; in a nest,
    None stands for what is no array of floats. All else is as for `check_vjp`.

    >>> import numpy as np
    >>> import graphgrad as gg
    >>> report = gg.testing.check_jvp(
    ...     lambda x, w: x @ w,
    ...     lambda tangents, x, w: tangents[0] @ w + x @ tangents[1],
    ...     (np.ones((2, 3)), np.arange(6.0).reshape(3, 2)),
    ... )
    >>> [(row.what, row.argument) for row in report.rows]
    [('gradient, forward', 'x'), ('gradient, forward', 'w')]
    """
    check_functions("check_jvp", f=f, jvp=jvp)
    given = as_tuple("args", args, "check_jvp(f, jvp, (x,))")
    check_options(rtol, atol, seed)
    arguments = Arguments.of(f, given, argnums, float_dtype(dtype, FLOATS))
    return checked(
        lambda arguments: [_forward(f, jvp, arguments)],
        (arguments, Settings(rtol, atol, seed)),
        {"f": f, "jvp": jvp},
    )


class _Result:
    """What ``f`` gives: the shapes and dtypes of its leaves, of which floats count."""

    def __init__(self, f: Function, arguments: Arguments) -> None:
        """Call it once."""
        self.f, self.arguments = f, arguments
        given = [x.copy() for x in arguments.leaves]
        self.tree = called(f, arguments.filled(given), "f(*args)")
        for name, x, now in zip(arguments.names, arguments.leaves, given, strict=True):
            _check_kept("f", name, x, now)
        check_floats("f", self.tree)
        arrays = [np.asarray(each) for each in leaves(self.tree)]
        self.shapes = [each.shape for each in arrays]
        self.dtypes = [each.dtype for each in arrays]
        self.floats = [each.kind == "f" for each in self.dtypes]

    def values(self, arrays: Sequence[Array]) -> Array:
        """Return all floats of the result as one row."""
        return self.row(leaves(self.f(*self.arguments.filled(arrays))))

    def row(self, found: Sequence[Any]) -> Array:
        """Return the floats among leaves as one row."""
        pairs = zip(found, self.floats, strict=True)
        return flat([each for each, is_float in pairs if is_float])

    def cotangent(self, u: Array) -> Any:
        """Return a row as what looks like the result, with 0 for what is no float."""
        parts, start = [], 0
        kinds = zip(self.shapes, self.dtypes, self.floats, strict=True)
        for shape, dtype, is_float in kinds:
            size = int(np.prod(shape))
            part = u[start : start + size] if is_float else np.zeros(size)
            parts.append(np.asarray(part.reshape(shape), dtype)[()])
            start += size if is_float else 0
        return rebuild(self.tree, iter(parts))

    def subject(self, pull: Any, push: Any) -> Subject:
        """Return the subject with these derivatives."""
        args = self.arguments.leaves
        kinds = zip(self.dtypes, self.floats, strict=True)
        floats = [np.zeros(0, dtype) for dtype, is_float in kinds if is_float]
        return Subject(
            "gradient",
            self.arguments.names,
            args,
            self.arguments.points,
            self.values,
            pull,
            push,
            rounding([*args, *floats]),
            size_of([*args, self.row(leaves(self.tree))]),
        )


def _reverse(f: Function, vjp: Function, arguments: Arguments) -> Subject:
    result = _Result(f, arguments)

    def pull(u: Array, arrays: Sequence[Array]) -> list[Any]:
        cotangent, given = result.cotangent(u.copy()), [x.copy() for x in arrays]
        kept = flat(leaves(cotangent)).copy()
        asked = [cotangent, *arguments.filled(given)]
        found = _gradients(called(vjp, asked, "vjp(cotangent, *args)"), arguments.names)
        _check_kept("vjp", "cotangent", kept, flat(leaves(cotangent)))
        for name, before, after in zip(arguments.names, arrays, given, strict=True):
            _check_kept("vjp", name, before, after)
        return found

    subject = result.subject(pull, None)
    check_linear(subject)
    return subject


def _check_kept(who: str, name: str, before: Array, after: Array) -> None:
    if not np.array_equal(before, after, equal_nan=True):
        raise GradientMismatch(
            f"{who} changed its {name} in place, which others still read: compute into "
            "a new array",
            argument=name,
            looks_like="in place",
        )


def _forward(f: Function, jvp: Function, arguments: Arguments) -> Subject:
    result = _Result(f, arguments)

    def push(tangents: Sequence[Array], arrays: Sequence[Array]) -> Array:
        each = arguments.tangents(tangents)
        asked = [each[0] if len(each) == 1 else each, *arguments.filled(arrays)]
        moved = called(jvp, asked, "jvp(tangents, *args)")
        found = leaves(moved)
        if moved is None:
            raise GraphgradError("jvp gave None: it must return how the result moves")
        _check_moved([np.asarray(x) for x in found], result)
        return result.row(found)

    return result.subject(None, push)


def _check_moved(found: Sequence[Array], result: _Result) -> None:
    """Raise unless what `jvp` gives looks like the result."""
    if len(found) != len(result.shapes):
        raise GraphgradError(
            "jvp must give an array for each that f gives: f gave "
            f"{len(result.shapes)}, jvp {len(found)}"
        )
    kinds = zip(result.shapes, result.dtypes, result.floats, strict=True)
    for array, (shape, dtype, is_float) in zip(found, kinds, strict=True):
        if not is_float:
            continue
        _check_real("jvp", array, "")
        looks = told = ""
        if array.shape != shape:
            looks, told = looks_like_shape(array.shape, shape)
            told = f"the shape {array.shape}, and the result has {shape}{told}"
        elif array.dtype.kind == "f" and array.dtype.itemsize < dtype.itemsize:
            looks = "dtype"
            told = (
                f"the dtype {array.dtype}, and the result has {dtype}: something on "
                "the way rounds"
            )
        if looks:
            names = ", ".join(result.arguments.names)
            raise GradientMismatch(
                f"the derivative in forward mode has {told}",
                argument=names,
                looks_like=looks,
            )


def _gradients(found: Any, names: Sequence[str]) -> list[Array]:
    if found is None:
        raise GraphgradError(
            f"vjp gave None: it must return a gradient for each of {', '.join(names)}"
        )
    gradients = leaves(found)
    if len(gradients) != len(names) == 1:
        raise GraphgradError(
            f"vjp must give one gradient, that by {names[0]}, and it gave "
            f"{len(gradients)}: if that is one for each result of f, add them"
        )
    if len(gradients) != len(names):
        raise GraphgradError(
            f"vjp must give a gradient for each of {', '.join(names)}: it gave "
            f"{len(gradients)}; say with argnums which arguments have one"
        )
    arrays = [np.array(each) for each in gradients]
    for name, array in zip(names, arrays, strict=True):
        _check_real("vjp", array, f" by {name}")
    return arrays


def _check_real(who: str, array: Array, by: str) -> None:
    if array.dtype.kind in "cOSU":
        raise DTypeError(
            f"{who} must give floats: the derivative{by} got {array.dtype}"
        )
