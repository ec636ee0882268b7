"""Blocks: elementwise operations on large arrays, run over a few rows at a time.

A chain that goes through memory once per operation waits for memory; over blocks that
stay in the cache, it goes through memory once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphgrad._graph import Graph
from graphgrad._node import Node
from graphgrad._primitive import Primitive

__all__ = ["Block", "find_blocks"]

# Results of more bytes than LARGE are computed by blocks of about BLOCK bytes. Measured
# with Adam's twelve operations: above, two fifths of the time go, below it nothing.
LARGE = 1 << 22
BLOCK = 1 << 18


@dataclass(eq=False)
class Block:
    """Operations that one loop runs, over ``step`` of ``rows`` rows at once.

    ``local`` results are read in the loop alone, so that they need ``step`` rows only.
    What is ``fixed`` is read otherwise than row by row: the loop must not write there.
    """

    rows: int
    step: int = 0
    nodes: list[Node] = field(default_factory=list)
    local: set[Node] = field(default_factory=set)
    fixed: set[Node] = field(default_factory=set)

    def takes_rows(self, source: Node, node: Node) -> bool:
        """Tell whether ``node`` reads ``source`` row by row, and not as a whole."""
        same = len(source.shape) == len(node.shape)
        return same and bool(source.shape) and source.shape[0] == self.rows


def find_blocks(
    graph: Graph,
    users: Mapping[Node, list[Node]],
    kind: Mapping[Node, str],
    root: Mapping[Node, Node],
) -> list[Block]:
    """Return the blocks of ``graph``: runs of calls without another between them."""
    kept = set(graph.outputs)
    blocks: list[Block] = []
    block: Block | None = None
    for node in graph.nodes:
        if kind[node] != "call":
            continue
        if not _is_large(node):
            block = None
        elif block is None or not _joins(node, block, kind, root):
            block = Block(int(node.shape[0]))
            if _joins(node, block, kind, root):
                blocks.append(block)
            else:
                block = None
    for block in blocks:
        _finish(block, users, kept)
    return blocks


def _is_large(node: Node) -> bool:
    op = node.op
    if not isinstance(op, Primitive) or not op.elementwise or op.has_effect:
        return False
    return node.nbytes > LARGE and node.shape[0] > 1


# What is not read row by row must have been computed before the loop, and stay.
def _joins(
    node: Node, block: Block, kind: Mapping[Node, str], root: Mapping[Node, Node]
) -> bool:
    if block.rows != node.shape[0]:
        return False
    fixed = {
        each
        for each in node.inputs
        if kind[each] == "view" or not block.takes_rows(each, node)
    }
    written = {root[each] for each in block.nodes} | {root[node]}
    if any(root[each] in written for each in fixed | block.fixed):
        return False
    block.fixed |= fixed
    block.nodes.append(node)
    return True


def _finish(block: Block, users: Mapping[Node, list[Node]], kept: set[Node]) -> None:
    members = set(block.nodes)
    fitting = BLOCK * block.rows // max(node.nbytes for node in block.nodes)
    block.step = min(max(1, fitting), block.rows)
    block.local = {
        node
        for node in block.nodes
        if node not in kept and users[node] and members.issuperset(users[node])
    }
