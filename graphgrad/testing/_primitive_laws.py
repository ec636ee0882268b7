"""The laws of primitives but for derivatives: values, code, manners, flags."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._errors import GraphgradError
from graphgrad._node import Constant, Node, Place
from graphgrad._primitive import OUT, Operand, Primitive
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Spec
from graphgrad.testing._laws import FoundError, close, same
from graphgrad.testing._report import GradientMismatch

__all__ = [
    "check_code",
    "check_flags",
    "check_manners",
    "check_reads",
    "check_value",
    "emitted",
    "namespace",
    "rule_without",
    "run_emitted",
    "scratch_of",
]

__tracebackhide__ = True  # pytest shows the line of the test

# What an array holds that is still to be computed.
RUBBISH = 77


def specs(inputs: Sequence[Array]) -> list[Spec]:
    """Return shape and dtype of arrays.

    >>> specs([np.zeros(2)])
    [Spec(shape=(2,), dtype=dtype('float64'))]
    """
    return [Spec(each.shape, each.dtype) for each in inputs]


def check_value(op: Primitive, inputs: tuple[Array, ...]) -> None:
    """Check that shape and dtype are those inferred, and the inputs as they were."""
    before = [np.array(each) for each in inputs]
    result = op.evaluate(*inputs)
    spec = op.infer(*specs(inputs))
    if (spec.shape, spec.dtype) != (result.shape, result.dtype):
        raise FoundError(
            f"infer says {spec.dtype} {spec.shape}, evaluate gave {result.dtype} "
            f"{result.shape}"
        )
    for i, (old, new) in enumerate(zip(before, inputs, strict=True)):
        same(old, new, f"evaluate changed input {i} to")


# ---- code ----------------------------------------------------------------------------


def scratch_of(op: Primitive, inputs: Sequence[Array]) -> list[Array]:
    """Make the arrays that the emitted code needs: working ones, full of rubbish."""
    spec = op.infer(*specs(inputs))
    shape, dtype = spec.shape, spec.dtype
    lent = [np.full(spec.shape, RUBBISH, spec.dtype) for spec in op.scratch(*inputs)]
    lent += [np.array(number, dtype) for number in op.numbers]
    return lent + [np.full(shape, number, dtype) for number in op.filled]


def namespace(op: Primitive, arrays: Sequence[Array], out: Array) -> dict[str, Any]:
    """Return what the emitted code may name."""
    names = {f"x{i}": each for i, each in enumerate(arrays)}
    helpers = {helper.__name__: helper for helper in op.helpers}
    return {"np": np, "math": math, "out": out, **names, **helpers}


def emitted(op: Primitive, arrays: Sequence[Array], out: Array) -> str:
    """Return the code of a primitive over arrays named x0, x1, ..."""
    operands = [Operand(f"x{i}", each) for i, each in enumerate(arrays)]
    return "\n".join(op.emit(Operand("out", out), *operands))


def run_emitted(op: Primitive, inputs: Sequence[Array], out: Array) -> None:
    """Run the code of a primitive as a program does."""
    arrays = [*inputs, *scratch_of(op, inputs)]
    scope = namespace(op, arrays, out)
    code = emitted(op, arrays, out)
    with np.errstate(all="ignore"):
        exec(code, scope)  # noqa: S102  # what programs do, too
    if scope["out"] is not out:
        raise FoundError(f"the code binds out anew, expected it to be filled: {code}")


def check_code(op: Primitive, inputs: tuple[Array, ...]) -> None:
    """Check that the code gives the same bits, also in place, and the same view."""
    expected = np.asarray(op.evaluate(*inputs))
    before = [np.array(each) for each in inputs]
    out = np.full(expected.shape, RUBBISH, expected.dtype)
    run_emitted(op, inputs, out)
    same(expected, out, "the code of emit gave")
    for i, (old, new) in enumerate(zip(before, inputs, strict=True)):
        same(old, new, f"the code of emit changed input {i} to")
    like = (expected.shape, expected.dtype)
    for i in op.inplace:
        if i < len(inputs) and (before[i].shape, before[i].dtype) == like:
            copies = [np.array(each) for each in inputs]
            run_emitted(op, copies, copies[i])
            same(expected, copies[i], f"in place of input {i} the code of emit gave")
    if op.view:
        x = np.asarray(inputs[0])
        seen = eval(op.view_code("x"), {"np": np, "x": x})  # noqa: S307
        same(expected, seen, "the expression of view_code gave")


# ---- the rest ------------------------------------------------------------------------


def check_manners(op: Primitive, inputs: tuple[Array, ...]) -> None:
    """Check equality, hash, pickle, cost and notation."""
    again = pickle.loads(pickle.dumps(op))  # noqa: S301  # pickled a moment ago
    if (op, hash(op)) != (again, hash(again)):
        raise FoundError("a pickled copy is not equal to it, or has another hash")
    if op.name not in repr(op):
        raise FoundError(f"its repr, {op!r}, does not have its name")
    (out,) = specs([np.asarray(op.evaluate(*inputs))])
    flops = op.flops(out, *inputs)
    if type(flops) is not int or flops < 0:
        raise FoundError(f"flops gave {flops!r}, expected a whole number from 0 on")
    equation = op.equation(*[f"input{i}" for i in range(len(inputs))])
    if not equation or "{" in equation:
        raise FoundError(f"its notation leaves braces or nothing: {equation!r}")


def check_flags(op: Primitive, inputs: tuple[Array, ...]) -> None:
    """Check that an elementwise primitive treats each element as if it were alone."""
    result = np.asarray(op.evaluate(*inputs))
    if op.elementwise and result.size:
        whole = [np.broadcast_to(each, result.shape).reshape(-1) for each in inputs]
        one = np.asarray(op.evaluate(*[each[-1:] for each in whole]))
        what = "it is said to be elementwise; the last element alone gave"
        close(result.reshape(-1)[-1:], one, what, 1e-12)


# ---- what rules read -----------------------------------------------------------------


def check_reads(op: Primitive, inputs: Sequence[Array]) -> None:
    """Check that each rule reads no values but those that `reads` names.

    >>> import graphgrad as gg
    >>> check_reads(gg.OPS["exp"](), [np.ones(2)])
    """
    known = range(OUT, len(inputs))
    declared: Any = op.reads  # as it was written: nobody has looked at it
    if not isinstance(declared, tuple | list) or not all(
        isinstance(each, tuple | list) and all(k in known for k in each)
        for each in declared or [None]
    ):
        raise TypeError(
            f"reads of {op.name} must be a tuple with, for each input, the tuple of "
            "what its VJP reads, inputs by number and the result as -1, such as "
            f"((0, -1),): got {declared!r}"
        )
    for i, each in enumerate(inputs):
        hidden = set(known) - set(op.reads_of(i))
        if each.dtype.kind != "f" or _does_without(op, inputs, i, hidden):
            continue
        rule_without(op, inputs, i, set())  # what it raises anyhow is no reading
        for k in sorted(hidden):
            if not _does_without(op, inputs, i, {k}):
                read = "the result" if k == OUT else f"input {k}"
                raise GradientMismatch(
                    f"the VJP of {op.name} for input {i} reads {read}, which is not in "
                    f"reads[{i}] = {op.reads_of(i)}, so that no program keeps its "
                    f"value: add {k}",
                    argument=op.name,
                    looks_like="reads",
                )


def _does_without(
    op: Primitive, inputs: Sequence[Array], i: int, hidden: set[int]
) -> bool:
    try:
        rule_without(op, inputs, i, hidden)
    except GraphgradError:
        return False
    return True


def rule_without(
    op: Primitive,
    inputs: Sequence[Array],
    i: int,
    hidden: set[int],
    cotangent: Array | None = None,
) -> Array | None:
    """Apply the VJP for input ``i`` while some values have only shape and dtype.

    A rule that reads one of these raises `TraceError`.

    >>> import graphgrad as gg
    >>> rule_without(gg.OPS["exp"](), [np.zeros(1)], 0, hidden={0}).shape
    (1,)
    """
    result = np.asarray(op.evaluate(*inputs))
    if cotangent is None:
        cotangent = np.random.default_rng(0).normal(size=result.shape)
    values = {OUT: result, **dict(enumerate(inputs))}
    given = {
        k: Tensor(None, Node(Constant(None), (), v.shape, v.dtype, Place()))
        if k in hidden
        else Tensor(v)
        for k, v in values.items()
    }
    y, xs = given.pop(OUT), [given[k] for k in range(len(inputs))]
    found = op.vjp(i, Tensor(cotangent), y, *xs)
    return None if found is None else found.numpy()
