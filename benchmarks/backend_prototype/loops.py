"""Loops: one for all elementwise nodes that share it, in registers between them."""

from __future__ import annotations

import graphgrad as gg
from benchmarks.backend_prototype.expressions import expression, literal, local_type
from benchmarks.backend_prototype.places import C_TYPES, Shape, flat_strides
from benchmarks.backend_prototype.schedule import Item
from benchmarks.backend_prototype.text import Memory, index, is_number, nest

__all__ = ["loop"]

# Elements from which a loop is divided among threads, where there are several.
MANY = 65_536


def loop(memory: Memory, item: Item) -> list[str]:
    """Write a loop."""
    return _Loop(memory, item).lines()


class _Loop:
    def __init__(self, memory: Memory, item: Item) -> None:
        self.memory = memory
        self.item = item
        self.names = {node: f"v{i}" for i, node in enumerate(item.nodes)}
        # What is read from memory: which array, where, with which strides.
        self.reads: dict[tuple[str, int, Shape], tuple[str, gg.Node]] = {}
        self.operands = {
            node: [self._operand(node, each) for each in node.inputs]
            for node in item.nodes
        }
        flat = flat_strides(item.axes)
        seen = [strides for _, _, strides in self.reads]
        self.is_flat = all(strides == flat or not any(strides) for strides in seen)

    def _operand(self, node: gg.Node, each: gg.Node) -> str:
        schedule = self.memory.schedule
        same = schedule.same[each]
        if same in self.names:
            return self.names[same]
        if is_number(each):
            op = each.op
            assert isinstance(op, gg.nodes.Constant), "others have memory"
            assert op.value is not None, "a graph that runs has its constants"
            return literal(op.value)
        place = self.memory.places[each]
        key = (self.memory.of(place), place.offset, place.as_seen(node.shape))
        return self.reads.setdefault(key, (f"x{len(self.reads)}", each))[0]

    def lines(self) -> list[str]:
        """Return the loop: numbers first, then all reads, sums and writes."""
        axes, names = self.item.axes, [f"i{k}" for k in range(len(self.item.axes))]
        size = 1
        for side in axes:
            size *= side
        if self.is_flat and axes:
            axes, names = (size,), ["i"]
        ahead, within = self._loads(names)
        body = [*within, *self._values(), *self._stores(names)]
        heads = nest(axes, names)
        titles = [f"    {self.memory.title(node)}" for node in self.item.nodes]
        if not heads:
            return [*titles, "    {", *ahead, *body, "    }"]
        heads.insert(-1, "#pragma GCC ivdep")
        if size >= MANY and len(axes) == 1:
            heads[0] = "LARGE_LOOP"
        return [*titles, "    {", *ahead, *heads, "    {", *body, "    }", "    }"]

    # Numbers are read before the loop.
    def _loads(self, names: list[str]) -> tuple[list[str], list[str]]:
        ahead: list[str] = []
        within: list[str] = []
        for (array, offset, strides), (name, node) in self.reads.items():
            if not any(strides):
                where, into = str(offset), ahead
            elif self.is_flat:
                where, into = index(offset, (1,), names), within
            else:
                where, into = index(offset, strides, names), within
            into.append(f"        const {local_type(node)} {name} = {array}[{where}];")
        return ahead, within

    def _values(self) -> list[str]:
        return [
            f"        const {local_type(node)} {name} = "
            f"{expression(node, self.operands[node])};"
            for node, name in self.names.items()
        ]

    def _stores(self, names: list[str]) -> list[str]:
        schedule, lines = self.memory.schedule, []
        flat = (1,) if self.is_flat else flat_strides(self.item.axes)
        strides = flat if self.item.axes else ()
        for node, name in self.names.items():
            if node in schedule.stored:
                place = self.memory.places[node]
                where = index(place.offset, strides, names)
                kind = C_TYPES[node.dtype.name]
                array = self.memory.of(place)
                lines.append(f"        {array}[{where}] = ({kind}){name};")
        return lines
