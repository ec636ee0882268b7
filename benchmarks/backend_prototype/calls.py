"""Calls: products of matrices, reductions and copies, one node each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

import graphgrad as gg
from benchmarks.backend_prototype.expressions import refuse
from benchmarks.backend_prototype.places import C_TYPES, Shape, flat_strides
from benchmarks.backend_prototype.schedule import Item
from benchmarks.backend_prototype.text import Memory, index, nest

__all__ = ["call"]

T = TypeVar("T")

# How a reduction begins, and how it takes another element x.
RULES = {
    "sum": ("0", "{total} + x"),
    "max": ("-INFINITY", "(x > {total} || x != x) ? x : {total}"),
}


def call(memory: Memory, item: Item) -> list[str]:
    """Write what is no loop over elements."""
    (node,) = item.nodes
    write = {"copy": _copies, "product": _product, "reduction": _reduction}[item.kind]
    return [f"    {memory.title(node)}", *write(memory, item)]


def _copies(memory: Memory, item: Item) -> list[str]:
    lines = []
    for each, into in item.copies:
        place = memory.places[each]
        if not place.is_flat:
            raise gg.UnsupportedError(f"no C to copy {each.name}, which is not flat")
        ends = f"{memory.pointer(into)}, {memory.pointer(place)}"
        lines.append(f"    memcpy({ends}, {each.nbytes});")
    return lines


# A vector is one row on the left, one column on the right.
def _product(memory: Memory, item: Item) -> list[str]:
    (node,) = item.nodes
    a, b = (memory.places[each] for each in node.inputs)
    if max(len(a.shape), len(b.shape)) > 2 or node.dtype.kind != "f":
        raise gg.UnsupportedError(
            f"no C for {node.name}, a product of {a.shape} and {b.shape}"
        )
    m, row = (a.shape[0], a.strides[0]) if len(a.shape) == 2 else (1, 0)
    n, column = (b.shape[1], b.strides[1]) if len(b.shape) == 2 else (1, 1)
    sizes = f"{m}, {n}, {a.shape[-1]}"
    left = f"{memory.pointer(a)}, {row}, {a.strides[-1]}"
    right = f"{memory.pointer(b)}, {b.strides[0]}, {column}"
    place = memory.places[node]
    if len(place.shape) == 2 and place.strides != flat_strides(place.shape):
        # What lies column by column is the transposed product, row by row.
        sizes = f"{n}, {m}, {a.shape[-1]}"
        left = f"{memory.pointer(b)}, {column}, {b.strides[0]}"
        right = f"{memory.pointer(a)}, {a.strides[-1]}, {row}"
    kind = "f32" if node.dtype == np.float32 else "f64"
    into = memory.pointer(place)
    return [f"    product_{kind}({sizes}, {left}, {right}, {into});"]


def _reduction(memory: Memory, item: Item) -> list[str]:
    (node,) = item.nodes
    if node.op.name not in RULES or node.dtype.kind != "f":
        refuse(node)
    assert isinstance(node.op, gg.Primitive), "leaves are not computed"
    place, into = memory.places[node.inputs[0]], memory.places[node]
    gone: Shape = node.op.params()["axes"]
    kept = tuple(i for i in range(len(place.shape)) if i not in gone)
    names = [f"i{axis}" for axis in range(len(place.shape))]
    element = f"{memory.of(place)}[{index(place.offset, place.strides, names)}]"
    strides = flat_strides(_of(kept, place.shape))
    out = f"{memory.of(into)}[{index(into.offset, strides, _of(kept, names))}]"
    begin, rule = RULES[node.op.name]
    kind = C_TYPES[node.dtype.name]
    over_kept = nest(_of(kept, place.shape), _of(kept, names))
    over_gone = nest(_of(gone, place.shape), _of(gone, names))
    if kept and kept[-1] == len(place.shape) - 1:
        # Row by row, so that neighbours are added at once.
        step = f"{{ const {kind} x = {element}; {out} = {rule.format(total=out)}; }}"
        first = [*over_kept, f"        {out} = {begin};"]
        return [*first, *over_gone, *over_kept, f"        {step}"]
    add = f"total = {rule.format(total='total')};"
    # In double, for the order of additions is another than NumPy's.
    return [
        *over_kept,
        "    {",
        f"        double total = {begin};",
        *over_gone,
        f"        {{ const {kind} x = {element}; {add} }}",
        f"        {out} = ({kind})total;",
        "    }",
    ]


def _of(axes: Shape, values: Sequence[T]) -> tuple[T, ...]:
    return tuple(values[axis] for axis in axes)
