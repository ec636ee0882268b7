"""`check_vjp`: whether a gradient that was written by hand is the right one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphgrad._errors import GraphgradError
from graphgrad._tree import leaves, rebuild
from graphgrad._types import Array
from graphgrad.testing._arguments import Arguments
from graphgrad.testing._examine import Fault, Settings, examine
from graphgrad.testing._report import GradientReport, Row
from graphgrad.testing._subject import Subject, flat, rounding
from graphgrad.testing._told import check_power, check_shapes, mismatch

__all__ = ["check_vjp"]

Function = Callable[..., Any]


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
    arguments = Arguments.of(f, args, argnums, np.dtype(dtype))
    settings = Settings(rtol, atol, seed)
    try:
        rows = _checked(_subject(f, vjp, arguments), settings)
    except Fault as fault:

        def fails(arrays: Sequence[Array]) -> bool:
            other = replace(arguments, leaves=list(arrays))
            try:
                _checked(_subject(f, vjp, other), settings)
            except Fault:
                return True
            return False

        raise mismatch(fault, f, (arguments, fails), vjp) from None
    return GradientReport(tuple(rows))


def _checked(subject: Subject, settings: Settings) -> list[Row]:
    check_shapes(subject)
    rows = examine(subject, settings)
    check_power(rows)
    return rows


def _subject(f: Function, vjp: Function, arguments: Arguments) -> Subject:
    result = f(*arguments.filled(arguments.leaves))
    shapes = [np.asarray(each).shape for each in leaves(result)]
    dtypes = [np.asarray(each).dtype for each in leaves(result)]
    if not any(each.kind == "f" for each in dtypes):
        raise GraphgradError(
            "f gives no floats, which alone have derivatives: got "
            f"{', '.join(map(str, dtypes)) or 'nothing'}"
        )

    def values(arrays: Sequence[Array]) -> Array:
        found = leaves(f(*arguments.filled(arrays)))
        return flat(
            [each for each, d in zip(found, dtypes, strict=True) if d.kind == "f"]
        )

    def pull(u: Array, arrays: Sequence[Array]) -> list[Any]:
        parts, start = [], 0
        for shape, dtype in zip(shapes, dtypes, strict=True):
            size = int(np.prod(shape)) if dtype.kind == "f" else 0
            part = u[start : start + size] if size else np.zeros(int(np.prod(shape)))
            parts.append(np.asarray(part.reshape(shape), dtype)[()])
            start += size
        cotangent = rebuild(result, iter(parts))
        return _gradients(vjp(cotangent, *arguments.filled(arrays)), arguments.names)

    args = arguments.leaves
    names, points = arguments.names, arguments.points
    floats = [np.zeros(0, dtype) for dtype in dtypes if dtype.kind == "f"]
    eps = rounding([*args, *floats])
    return Subject("gradient", names, args, points, values, pull, None, eps)


def _gradients(found: Any, names: Sequence[str]) -> list[Any]:
    gradients = leaves(found)
    if len(gradients) != len(names):
        raise GraphgradError(
            f"vjp must give a gradient for each of {', '.join(names)}: it gave "
            f"{len(gradients)}; say with argnums which arguments have one"
        )
    return gradients
