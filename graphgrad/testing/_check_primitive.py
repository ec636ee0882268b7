"""`check_primitive`: the whole law of derivatives, for one primitive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._errors import GraphgradError
from graphgrad._primitive import Primitive
from graphgrad._types import Array
from graphgrad.testing._asked import (
    as_array,
    as_tuple,
    check_finite,
    kinds_of,
    tuple_of_one,
)
from graphgrad.testing._check_grads import check_grads
from graphgrad.testing._coverage import note_checked
from graphgrad.testing._diagnosis import looks_like_shape
from graphgrad.testing._primitive_laws import check_reads, rule_without
from graphgrad.testing._report import GradientMismatch, GradientReport
from graphgrad.testing._subject import Subject, flat, rounding, size_of
from graphgrad.testing._told import check_linear

__all__ = ["check_primitive"]

__tracebackhide__ = True  # pytest shows the line of the test

# How the rule of a primitive is called.
RULE_USE = (
    "a rule vjp(i, g, y, *inputs) takes it as g, and gives the gradient by input i of "
    "sum(g * y)"
)


def check_primitive(
    op: Primitive,
    inputs: Sequence[Any],
    *,
    order: int = 2,
    directions: int | None = None,
    seed: int = 0,
) -> GradientReport:
    """Check the VJP that a primitive declares, at ``inputs``.

    Besides `check_grads`, in both modes and to second order: with float32 inputs, all
    of the derivative is float32, with no float64 in between; and if the primitive says
    that it is linear, its derivative is the same at another point.

    >>> import graphgrad as gg
    >>> from graphgrad._primitive import OPS
    >>> report = gg.testing.check_primitive(OPS["exp"](), ([0.5, -1.0],))
    >>> report.rows[-1].what
    'gradient of the gradient, forward'
    """
    if not isinstance(op, Primitive):
        raise TypeError(
            "check_primitive takes a primitive, an object such as gg.OPS['exp'](), got "
            f"{op!r}"
        )
    arrays = _arrays(op, as_tuple("inputs", inputs, "check_primitive(op, (x,))"))
    note_checked(op, arrays, order)
    check_reads(op, arrays)
    rules = _rules(op, arrays)
    try:
        with np.errstate(all="ignore"):
            check_linear(rules, RULE_USE)
        report = check_grads(op, arrays, order=order, directions=directions, seed=seed)
    except GradientMismatch as error:
        _check_shapes(op, rules)
        raise error from None
    narrow = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in arrays]
    _check_float32(op, narrow)
    if op.linear:
        _check_linear(op, arrays)
    return report


def _arrays(op: Primitive, inputs: Sequence[Any]) -> list[Array]:
    """Return the inputs as arrays that the primitive takes, or raise."""
    arrays = [as_array(f"input {i}", each) for i, each in enumerate(inputs)]
    for i, each in enumerate(arrays):
        if each.dtype.kind == "f":
            check_finite(f"inputs[{i}]", each)
    if not any(each.dtype.kind == "f" for each in arrays):
        raise GraphgradError(
            "there is nothing to differentiate: none of the inputs is a float array: "
            f"got {kinds_of(arrays)}; write 2.0 for 2"
        )
    try:
        result = op(*arrays)
    except (TypeError, ValueError) as error:
        if isinstance(error, GraphgradError):
            raise
        count = f"{len(arrays)} input" + "s" * (len(arrays) != 1)
        shapes = ", ".join(str(each.shape) for each in arrays)
        raise TypeError(
            f"{op.name} does not take {count} of shape {shapes}: {error}"
            f"{tuple_of_one(arrays)}"
        ) from error
    if result.dtype.kind != "f":
        raise GraphgradError(
            f"{op.name} gives {result.dtype} here, and floats alone have derivatives"
        )
    return arrays


def _rules(op: Primitive, arrays: Sequence[Array]) -> Subject:
    """Return the primitive with what its VJP gives, as it comes."""
    places = [i for i, each in enumerate(arrays) if each.dtype.kind == "f"]
    result = np.asarray(op.evaluate(*arrays))

    def pull(u: Array, args: Sequence[Array]) -> list[Any]:
        g = u.reshape(result.shape).astype(result.dtype)
        found = [rule_without(op, args, i, set(), g) for i in places]
        return [np.zeros(result.shape) if each is None else each for each in found]

    return Subject(
        f"VJP of {op.name}",
        [f"input {i}" for i in places],
        arrays,
        arrays,
        lambda args: flat([op.evaluate(*args)]),
        pull,
        None,
        rounding([arrays[i] for i in places]),
        size_of([*arrays, result]),
    )


# The driver sums over axes that were broadcast, and broadcasts what has fewer: that
# may be meant, so it is the cause of a mistake only where there is one.
def _check_shapes(op: Primitive, rules: Subject) -> None:
    assert rules.pull is not None
    found = rules.pull(np.ones(rules.row.size), rules.args)
    floats = [x for x in rules.args if x.dtype.kind == "f"]
    for name, g, x in zip(rules.names, found, floats, strict=True):
        if np.broadcast_shapes(g.shape, x.shape) != g.shape:
            raise GradientMismatch(
                f"the VJP of {op.name} for {name} gives the shape {g.shape}, and "
                f"{name} has {x.shape}{looks_like_shape(g.shape, x.shape)[1]}",
                argument=name,
                looks_like="shape",
            )


def _of_floats(op: Primitive, arrays: Sequence[Array]) -> tuple[Any, list[Array]]:
    """Return the primitive as a function of its float inputs, and these."""

    def result(*given: Any) -> Any:
        rest = iter(given)
        return op(*[next(rest) if x.dtype.kind == "f" else x for x in arrays])

    return result, [x for x in arrays if x.dtype.kind == "f"]


def _check_float32(op: Primitive, arrays: Sequence[Array]) -> None:
    result, floats = _of_floats(op, arrays)
    argnums = tuple(range(len(floats)))
    gradients = gg.grad(lambda *xs: gg.sum(gg.square(result(*xs))), argnums=argnums)
    graph = gg.trace(gradients, *floats)
    wide = [node.name for node in graph.nodes if node.dtype == np.float64]
    if wide and not hasattr(op, "dtype"):
        raise GradientMismatch(
            f"the derivative of {op.name} computes {', '.join(wide)} in float64, where "
            "all inputs are float32: its rule makes an array of its own",
            argument=op.name,
            looks_like="dtype",
        )


def _check_linear(op: Primitive, arrays: Sequence[Array]) -> None:
    result, floats = _of_floats(op, arrays)

    def pulled(shift: float) -> list[Any]:
        y, pullback = gg.vjp(result, *[x * 0.5 + shift for x in floats])
        return list(pullback(np.ones(y.shape, y.dtype)))

    for here, there in zip(pulled(0.0), pulled(1.0), strict=True):
        if not np.array_equal(here.numpy(), there.numpy()):
            raise GradientMismatch(
                f"{op.name} says that it is linear, and its derivative is not the same "
                "everywhere",
                argument=op.name,
                looks_like="not linear",
            )
