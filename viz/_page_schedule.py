"""What a page knows of the schedule: memory over it, and what belongs to what."""

from __future__ import annotations

from typing import Any

from graphgrad.nodes import Node, State
from graphgrad.recording import live_ranges, memory_over
from graphgrad.viz._homes import state_kind, written_cell
from graphgrad.viz._page_material import Material
from graphgrad.viz._weights import gradients

__all__ = ["buffers", "pairs"]


def buffers(material: Material) -> dict[str, Any]:
    """Return what lies in which buffer from which operation to which, and the sums.

    ``from`` and ``to`` are positions in the schedule; ``memory`` has the bytes in use
    at each, and the bytes of all buffers.
    """
    program = material.program
    if program is None or program.plan is None:
        return {}
    ranges = live_ranges(program.graph, program.plan)
    entries = []
    for each in ranges:
        entry: dict[str, Any] = {
            "name": each.buffer,
            "bytes": each.nbytes,
            "from": each.start,
            "to": each.stop,
            "nodes": [material.index[n] for n in each.nodes if n in material.index],
        }
        if each.scratch:
            entry["scratch"] = True
        entries.append(entry)
    used = memory_over(len(program.graph.operations), ranges)
    return {"buffers": entries, "memory": {"used": used, "planned": program.nbytes}}


def pairs(material: Material) -> dict[str, Any]:
    """Return for operations and parameters what they cause later in the step.

    Each is ``of`` a node: ``gradients`` are the operations of its derivative rule, or
    the gradient of a parameter; ``saved`` the values that these read from before;
    ``updates`` what changes the parameters that it reads.
    """
    found = _Pairs(material)
    return {"pairs": found.entries} if found.entries else {}


class _Pairs:
    def __init__(self, material: Material) -> None:
        graph = material.graph
        self.index = material.index
        # By the names under which nodes were recorded: passes give new ones.
        self.recorded = {name: node for node in graph.nodes for name in node.origins}
        self.rules: dict[Node, list[Node]] = {}
        for node in graph.operations:
            source = self.recorded.get(node.derivative_of)
            if source is not None and node.phase == "backward":
                self.rules.setdefault(source, []).append(node)
        self.grads: dict[Node, list[Node]] = {}
        for gradient, parameters in gradients(graph).items():
            for each in parameters:
                self.grads.setdefault(each, []).append(gradient)
        self.updates = {
            written_cell(effect): _update_of(effect)
            for effect in graph.effects
            if effect.phase == "update"
        }
        early = [each for each in graph.nodes if _is_early(each)]
        entries = (self._entry(each) for each in early if each.name in self.index)
        self.entries = [each for each in entries if len(each) > 1]

    def _entry(self, node: Node) -> dict[str, Any]:
        is_parameter = state_kind(node) == "parameter"
        caused = self.grads.get(node, []) if is_parameter else self.rules.get(node, [])
        saved = [
            each
            for rule in caused
            for each in rule.inputs
            if not is_parameter and _is_early(each)
        ]
        reads = [node] if is_parameter else node.inputs
        states = [state for each in reads for state in _states_of(each)]
        updates = [each for state in states for each in self.updates.get(state, ())]
        parts = {"gradients": caused, "saved": saved, "updates": updates}
        return {"of": self.index[node.name]} | {
            key: [self.index[each.name] for each in dict.fromkeys(nodes)]
            for key, nodes in parts.items()
            if nodes
        }


# The new value and what puts it into the state.
def _update_of(effect: Node) -> list[Node]:
    value = effect.inputs[1]
    has_step = value.phase == "update" and not value.is_leaf
    return [*([value] if has_step else []), effect]


# A value from before the backward pass, other than a number that was there anyway.
def _is_early(node: Node) -> bool:
    if node.is_leaf:
        return node.op.name != "constant"
    return node.phase in ("forward", "loss")


# The parameters' state that a value is, or a look at.
def _states_of(node: Node) -> list[Node]:
    while not node.is_leaf and getattr(node.op, "view", False):
        node = node.inputs[0]
    is_parameter = isinstance(node.op, State) and node.op.cell.kind == "parameter"
    return [node] if is_parameter else []
