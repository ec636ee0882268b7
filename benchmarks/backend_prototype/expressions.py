"""Expressions: the C for one element of each elementwise primitive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg
from benchmarks.backend_prototype.places import C_TYPES

__all__ = ["expression", "literal", "local_type", "refuse"]

SIMPLE = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negative": "-{0}",
    "square": "{0} * {0}",
    "abs": "fabs{f}({0})",
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "logical_and": "{0} & {1}",
    "logical_not": "!{0}",
    "isfinite": "__builtin_isfinite({0})",
    "where": "{0} ? {1} : {2}",
    "chosen": "{1} ? {0} : {zero}",
    "relu": "{0} < {zero} ? {zero} : {0}",
    "maximum": "({0} < {1} || {1} != {1}) ? {1} : {0}",
    "minimum": "({0} > {1} || {1} != {1}) ? {1} : {0}",
    "sqrt": "sqrt{f}({0})",
    "log": "log{f}({0})",
    "power": "pow{f}({0}, {1})",
    "exp": "exp_{f}({0})",
    "sigmoid": "{one} / ({one} + exp_{f}(-{0}))",
    "sigmoid_cross_entropy": (
        "({0} < {zero} ? {zero} : {0}) - {0} * {1} + log1p{f}(exp_{f}(-fabs{f}({0})))"
    ),
}
# What is written for floats alone.
FLOATS = {
    "abs",
    "chosen",
    "exp",
    "log",
    "power",
    "relu",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sqrt",
}


def expression(node: gg.Node, operands: Sequence[str]) -> str:
    """Write one element of the node over those of its inputs, or refuse the node."""
    name = node.op.name
    if name == "cast":
        return f"({local_type(node)}){operands[0]}"
    if name == "add_n":
        return " + ".join(operands)
    if name not in SIMPLE or (name in FLOATS and node.dtype.kind != "f"):
        refuse(node)
    single = node.dtype == np.float32
    return SIMPLE[name].format(
        *operands,
        f="f" if single else "",
        zero="0.0f" if single else "0.0",
        one="1.0f" if single else "1.0",
    )


def refuse(node: gg.Node) -> NoReturn:
    """Refuse a node, and name its primitive."""
    raise gg.UnsupportedError(
        f"no C for the primitive {node.op.name!r} of {node.dtype} (node {node.name}): "
        "run this graph by gg.Program"
    )


def local_type(node: gg.Node) -> str:
    """Return the type of one element while it is computed: compilers like int masks."""
    return "int" if node.dtype.kind == "b" else C_TYPES[node.dtype.name]


def literal(value: NDArray[np.generic]) -> str:
    """Write a number exactly."""
    number = value.reshape(-1)[0]
    if value.dtype.kind in "bi":
        return (
            f"INT64_C({int(number)})" if value.dtype.kind == "i" else str(int(number))
        )
    suffix = "f" if value.dtype == np.float32 else ""
    if np.isnan(number):
        return f"(({C_TYPES[value.dtype.name]})NAN)"
    if np.isinf(number):
        return f"({'-' if number < 0 else ''}({C_TYPES[value.dtype.name]})INFINITY)"
    return f"({float(number).hex()}{suffix})"
