"""Places: in whose memory each value of a graph lies, and how it is laid out there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg
from graphgrad._ops._packing import lying

__all__ = ["Place", "Places", "squeezed"]

Shape = tuple[int, ...]
C_TYPES = {"float32": "float", "float64": "double", "int64": "int64_t", "bool": "bits"}


@dataclass(frozen=True)
class Place:
    """An array's layout in the memory of ``root``: a node that has memory of its own.

    Offset and strides count elements.
    """

    root: gg.Node
    offset: int
    shape: Shape
    strides: Shape

    @property
    def is_flat(self) -> bool:
        """Whether the elements lie side by side, in the order of their indices."""
        return squeezed(self.shape, self.strides) == squeezed(
            self.shape, flat_strides(self.shape)
        )

    def as_seen(self, shape: Shape) -> Shape:
        """Return the strides for a loop over ``shape``, to which this broadcasts."""
        missing = len(shape) - len(self.shape)
        own = [
            0 if side == 1 else stride
            for side, stride in zip(self.shape, self.strides, strict=True)
        ]
        return squeezed(shape, (*[0] * missing, *own))


def flat_strides(shape: Shape) -> Shape:
    """Return the strides, in elements, of an array in C's order."""
    return tuple(
        int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape))
    )


def squeezed(shape: Shape, values: Shape) -> Shape:
    """Return the values that belong to axes longer than one."""
    return tuple(v for side, v in zip(shape, values, strict=True) if side != 1)


class Places:
    """The places of all values of a graph.

    Views lie where their input lies, what is packed lies in its pack, and everything
    else has memory of its own. No memory is written: arrays stand in for it.
    """

    def __init__(self, graph: gg.Graph) -> None:
        """Place every node, or refuse one by name."""
        self.graph = graph
        self.packs: dict[gg.Node, tuple[gg.Node, ...]] = {}
        self._looks: dict[gg.Node, NDArray[Any]] = {}
        self._hosts: dict[gg.Node, NDArray[Any]] = {}
        self._roots: dict[gg.Node, gg.Node] = {}
        for node in graph.nodes:
            if node.dtype.name not in C_TYPES or 0 in node.shape:
                raise gg.UnsupportedError(
                    f"no C for {node.name}, {node.dtype} {node.shape}"
                )
            if node.op.name == "pack":
                self._host_inputs(node)
        for node in graph.nodes:
            self._place(node)
        self.of = {node: self._measured(node) for node in graph.nodes}

    # What is computed for a pack is computed right into it.
    def _host_inputs(self, pack: gg.Node) -> None:
        room = np.empty(pack.shape, pack.dtype)
        start, copied = 0, []
        for each in pack.inputs:
            stop = start + int(np.prod(each.shape, dtype=np.int64))
            if is_computed(each) and each not in self._hosts:
                self._hosts[each] = lying(room[start:stop], each.shape)
                self._roots[each] = pack
            else:
                copied.append(each)
            start = stop
        if len(copied) < len(pack.inputs):
            self._looks[pack], self._roots[pack] = room, pack
        self.packs[pack] = tuple(copied)

    def _place(self, node: gg.Node) -> None:
        if node in self._hosts:
            self._looks[node] = self._hosts[node]
        elif node in self._looks:
            return
        elif node in self.packs:
            self._place_pack(node)
        elif is_view(node):
            source = node.inputs[0]
            assert isinstance(node.op, gg.Primitive), "only primitives make views"
            self._looks[node] = node.op.evaluate(self._looks[source])
            self._roots[node] = self._roots[source]
            if not np.may_share_memory(self._looks[node], self._looks[source]):
                raise gg.UnsupportedError(
                    f"no C for a copying {node.op.name}, {node.name}"
                )
        else:
            self._looks[node] = np.empty(node.shape, node.dtype)
            self._roots[node] = node

    # A pack of neighbours is a look at the memory in which they lie.
    def _place_pack(self, pack: gg.Node) -> None:
        looks = [self._looks[each] for each in pack.inputs]
        roots = {self._roots[each] for each in pack.inputs}
        starts = [address(look) for look in looks]
        ends = [address(look) + look.nbytes for look in looks]
        flat = all(look.flags.c_contiguous for look in looks)
        if len(roots) == 1 and flat and starts[1:] == ends[:-1]:
            (root,) = roots
            memory = self._looks[root].reshape(-1)
            start = (starts[0] - address(memory)) // memory.itemsize
            self._looks[pack] = memory[start : start + pack.shape[0]]
            self._roots[pack] = root
            self.packs[pack] = ()
        else:
            self._looks[pack] = np.empty(pack.shape, pack.dtype)
            self._roots[pack] = pack

    def _measured(self, node: gg.Node) -> Place:
        look, root = self._looks[node], self._roots[node]
        offset = (address(look) - address(self._looks[root])) // look.itemsize
        strides = tuple(stride // look.itemsize for stride in look.strides)
        return Place(root, offset, look.shape, strides)


def is_view(node: gg.Node) -> bool:
    """Tell whether a node is another look at its input."""
    return isinstance(node.op, gg.Primitive) and node.op.view


def is_computed(node: gg.Node) -> bool:
    """Tell whether a node's elements are new numbers."""
    is_pack = node.op.name == "pack"
    return not (node.is_leaf or node.op.has_effect or is_pack or is_view(node))


def address(array: NDArray[Any]) -> int:
    """Return where an array's memory begins."""
    return int(array.__array_interface__["data"][0])
