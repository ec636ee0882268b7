"""`check_grads`: whether derivatives of a function are those of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._types import Array
from graphgrad.testing._arguments import Arguments
from graphgrad.testing._asked import (
    as_tuple,
    check_functions,
    check_options,
    check_whole,
    float_dtype,
)
from graphgrad.testing._checked import checked
from graphgrad.testing._coverage import note_checked
from graphgrad.testing._examine import Settings
from graphgrad.testing._report import GradientReport
from graphgrad.testing._subject import Subject, flat, rounding, size_of

__all__ = ["check_grads"]

__tracebackhide__ = True  # pytest shows the line of the test

MODES = ("rev", "fwd")
Function = Callable[..., Any]


def check_grads(
    f: Function,
    args: Sequence[Any],
    *,
    order: int = 2,
    modes: Sequence[str] = MODES,
    argnums: int | Sequence[int] | None = None,
    dtype: Any = np.float64,
    rtol: float = 0.0,
    atol: float = 0.0,
    directions: int | None = None,
    seed: int = 0,
) -> GradientReport:
    """Check that the derivatives of ``f`` at ``args`` are those of its values.

    ``f`` takes and gives tensors, or nests of tuples, lists and dicts of them; ``args``
    are what it is called with, floats as tensors, all else as it is; the float arrays
    (those of ``argnums``, or all) are differentiated. Reverse mode (``"rev"``) and
    forward mode (``"fwd"``) are compared with differences of the values, element by
    element for few elements and along random directions for many; with each other (the
    adjoint identity ``<u, J v> = <J^T u, v>``); and up to ``order`` the derivative of
    the derivative in the same way, which must be symmetric.

    ``directions`` random ones replace the elements, which takes less time.

    There is no tolerance to choose: each difference tells its own error, and a claim
    may be off by ten times that and by its own rounding; ``rtol`` and ``atol`` allow
    more. Differences are taken in float64; ``dtype`` is that of the derivatives. At a
    kink any number between the slopes of the two sides is right, and is reported.

    A wrong derivative raises `GradientMismatch`. Where one that is wrong by one in a
    thousand could not have been told, for all the noise of the values, `NoPowerError`
    is raised.

    >>> import graphgrad as gg
    >>> report = gg.testing.check_grads(lambda x: gg.sum(x * x), ([1.0, -2.0],))
    >>> [(row.what, row.compared) for row in report.rows][:2]
    [('gradient', 2), ('gradient, forward', 2)]
    >>> max(row.finest for row in report.rows) < 1e-9
    True
    """
    check_functions("check_grads", f=f)
    given = as_tuple("args", args, "check_grads(f, (x,))")
    wanted = _modes(modes)
    check_whole("order", order, 1)
    check_options(rtol, atol, seed, directions)
    arguments = Arguments.of(f, given, argnums, float_dtype(dtype))
    settings = Settings(rtol, atol, seed, directions)
    note_checked(arguments.closed(f), arguments.leaves, order)
    return checked(
        lambda arguments: _subjects(f, arguments, order, wanted),
        (arguments, settings),
        {"f": f},
    )


def _modes(modes: Sequence[str]) -> tuple[str, ...]:
    several = isinstance(modes, tuple | list | set | frozenset)
    wanted: tuple[Any, ...] = tuple(modes) if several else (modes,)
    unknown = [each for each in wanted if each not in MODES]
    if unknown or not wanted:
        raise ValueError(f"modes may name 'rev', 'fwd' or both: got {modes!r}")
    return wanted


def _subjects(
    f: Function, arguments: Arguments, order: int, modes: Sequence[str]
) -> Iterator[Subject]:
    """Yield the function, then its gradient, and so on up to the order."""
    function, what = arguments.closed(f), "gradient"
    values = [each.numpy() for each in function(*arguments.points)]
    scale = size_of([*values, *arguments.points])
    for _ in range(order):
        yield _subject(function, arguments, what, modes, scale)
        function, what = _gradient(function, arguments), f"gradient of the {what}"


def _subject(
    function: Function,
    arguments: Arguments,
    what: str,
    modes: Sequence[str],
    scale: float,
) -> Subject:
    """Return the subject; ``function`` takes arrays and gives a list of tensors."""

    def values(arrays: Sequence[Array]) -> Array:
        return flat([each.numpy() for each in function(*arrays)])

    def pull(u: Array, arrays: Sequence[Array]) -> list[Any]:
        results, pullback = gg.vjp(function, *arrays)
        parts, start = [], 0
        for each in results:
            part = u[start : start + each.size].reshape(each.shape)
            parts.append(part.astype(each.dtype))
            start += each.size
        return [each.numpy() for each in pullback(parts)]

    def push(tangents: Sequence[Array], arrays: Sequence[Array]) -> Array:
        _, moved = gg.jvp(function, arrays, tangents)
        return flat([each.numpy() for each in moved])

    return Subject(
        what,
        arguments.names,
        arguments.leaves,
        arguments.points,
        values,
        pull if "rev" in modes else None,
        push if "fwd" in modes else None,
        rounding([*arguments.leaves, *function(*arguments.leaves)]),
        scale,
    )


def _gradient(function: Function, arguments: Arguments) -> Function:
    """Return the gradient of all results, each weighted, as a function like it."""
    random = np.random.default_rng(1)
    weights = [
        random.uniform(0.5, 1.5, each.shape) for each in function(*arguments.points)
    ]

    def gradient(*arrays: Any) -> list[Any]:
        results, pullback = gg.vjp(function, *arrays)
        pairs = zip(results, weights, strict=True)
        return list(pullback([w.astype(y.dtype) for y, w in pairs]))

    return gradient
