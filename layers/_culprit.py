"""Culprit: the operation of a recorded step that was the first to be not finite."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import graphgrad as gg
from graphgrad.nodes import Node, State
from graphgrad.recording import Recording
from graphgrad.sites import Site, behind, in_words

__all__ = ["culprit", "is_part", "sentence"]

TOO_LARGE = (
    "the step was too large, or the numbers are; try a smaller learning_rate, and "
    "scale x to -1 to 1"
)
_OF_ZERO = "add a small number to its input, such as 1e-7, or clip it with gg.maximum"
_WAYS_OUT = {
    "log": f"a logarithm is finite above 0 alone: {_OF_ZERO}",
    "xlogy": f"a logarithm is finite above 0 alone: {_OF_ZERO}",
    "log1p": "log1p is finite above -1 alone: clip its input with gg.maximum",
    "divide": f"it divides by 0, or two numbers that are not finite: {_OF_ZERO}",
    "reciprocal": f"it divides by 0: {_OF_ZERO}",
    "sqrt": "a root is real from 0 on: clip its input with gg.maximum(x, 0)",
    "rsqrt": f"it divides by 0: {_OF_ZERO}",
    "exp": "exp overflows above 88: subtract the largest first, or clip its input",
    "expm1": "exp overflows above 88: clip its input",
    "arccos": "its input lies between -1 and 1: clip it",
    "arcsin": "its input lies between -1 and 1: clip it",
}

# Beyond this size it is the numbers that have grown, whatever computes with them.
_HUGE = 1e15


def culprit(recording: Recording) -> Site | None:
    """Return where a recorded step first computed what is not finite; None if nowhere.

    Of what is not finite, only that counts which the loss is made of, or where that is
    finite, the new state.
    """
    values = {
        name: value
        for name, value in recording.items()
        if value.dtype.kind == "f" and not np.isfinite(value).all()
    }
    tainted = _tainted(recording.graph, values)
    place = {name: i for i, name in enumerate(recording.order)}
    first = min(tainted, key=lambda node: place.get(node.name, 0), default=None)
    return None if first is None else _site(recording, first)


# Nodes that are not finite, though all that they read is, on the way to an end.
def _tainted(graph: gg.Graph, values: Mapping[str, object]) -> list[Node]:
    ends = [node for node in graph.outputs if node.name in values]
    weights = [e for e in graph.effects if _kind_written(e) == "parameter"]
    for others in (weights, graph.effects):
        ends = ends or [node for node in others if node.name in values]
    stack, seen, found = list(ends), set(ends), []
    while stack:
        node = stack.pop()
        read = [each for each in node.inputs if each.name in values]
        # What is assigned is what was computed; the old value was there before.
        if node.op.has_effect:
            read = [each for each in node.inputs[1:] if each.name in values]
        # Of what lies with others in one array, the part has a name.
        if not read or is_part(node):
            found.append(node)
            continue
        stack += [each for each in read if each not in seen]
        seen.update(read)
    return found


def is_part(node: Node) -> bool:
    """Return whether a node is a look at one of the weights that lie in one array."""
    return node.op.name == "unpack" and isinstance(node.inputs[0].op, State)


def _kind_written(effect: Node) -> str:
    op = effect.inputs[0].op
    return op.cell.kind if isinstance(op, State) else ""


def _site(recording: Recording, node: Node) -> Site:
    given = node.is_leaf or is_part(node)
    read = () if given else node.inputs
    numbers = {
        gg.short_name(each): recording.statistics(each.name)
        for each in (*read, node)
        if each.name in recording
    }
    found = numbers[gg.short_name(node)]
    return Site(
        kind="NaN" if found.nan else "Inf",
        operation=node.name if given else node.op.name,
        node=node.name,
        graph=behind(node),
        equation="" if given else gg.equation(node),
        inputs={gg.short_name(each): gg.describe(each) for each in read},
        layer=node.scope,
        phase=node.phase,
        expected="finite numbers",
        actual=in_words(found),
        fix=_way_out(node, recording),
        numbers=numbers,
    )


def _way_out(node: Node, recording: Recording) -> str:
    if node.is_leaf or is_part(node):
        return "give it other values, with set_weights, or make the model anew"
    sizes = [
        max(abs(found.min or 0), abs(found.max or 0))
        for found in map(recording.statistics, _read(node, recording))
    ]
    if max(sizes, default=0) > _HUGE:
        return TOO_LARGE
    return _WAYS_OUT.get(node.op.name, TOO_LARGE)


def _read(node: Node, recording: Recording) -> list[str]:
    return [each.name for each in node.inputs if each.name in recording]


def sentence(site: Site) -> str:
    """Write in a sentence where a step went wrong, from what, and the way out.

    >>> import graphgrad as gg
    >>> recording = gg.recording.record(gg.jit(gg.log), [0.0, 1.0])
    >>> print(sentence(culprit(recording)).partition(";")[0])
    log = log(x) (forward) gave the first Inf: 0 to 0, 1 of 2 Inf, 1 zero, from x: 0 \
to 1, 1 zero
    """
    where = ", ".join(filter(None, [site.layer and f"{site.layer!r}", site.phase]))
    what = f"{site.node} = {site.equation}" if site.equation else site.node
    read = [
        f"{name}: {in_words(found)}"
        for name, found in site.numbers.items()
        if name in site.inputs
    ]
    source = f", from {'; '.join(read)}" if read else ""
    if not site.equation:
        return f"{what} held {site.actual} before the step; {site.fix}"
    gave = f"gave the first {site.kind}: {site.actual}"
    return f"{what} ({where}) {gave}{source}; {site.fix}"
