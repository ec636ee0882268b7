"""Where in a picture a node belongs: its row (the layer) and its lane (the phase)."""

from __future__ import annotations

from typing import NamedTuple

from graphgrad import Graph
from graphgrad.nodes import Constant, Input, Node, State

__all__ = ["Home", "homes", "is_part", "state_kind", "update_lane", "written_cell"]

# An update operation that serves more than one parameter.
MANY = "many"


class Home(NamedTuple):
    """A row and a lane; both empty for what stands beside the rows."""

    row: str = ""
    lane: str = ""


def is_part(node: Node) -> bool:
    """Return whether a node is a variable that lies with others in one state.

    The program looks at it there; to a reader, it is the variable itself.
    """
    is_look = node.op.name == "unpack" and len(node.origins) < 2
    return is_look and isinstance(node.inputs[0].op, State)


def state_kind(node: Node) -> str:
    """Return the kind of a state, or of a part of one: parameter, slot and so on."""
    leaf = node.inputs[0] if is_part(node) else node
    return leaf.op.cell.kind if isinstance(leaf.op, State) else ""


def homes(graph: Graph) -> dict[Node, Home]:
    """Return the home of every node.

    Operations live in the row of their scope and the lane of their phase. The update of
    a parameter lives with the layer that owns the parameter, not with the optimizer,
    in a lane of its own; that of many at once, with the optimizer, and so do the
    parameters as one array. Other leaves live where they are first read.
    """
    users = graph.users()
    owners = _owners(graph, users)
    served = _served(graph, users, owners)
    found = {
        node: _operation_home(node, served.get(node), owners)
        for node in graph.operations
    }
    for node in graph.nodes:
        if node.is_leaf:
            found[node] = _leaf_home(node, users[node], owners, found)
    return found


def written_cell(node: Node) -> Node:
    """Return the leaf of the state that an assignment, or a chain of them, writes."""
    while node.op.has_effect:
        node = node.inputs[0]
    return node


# The layer that first reads a parameter on the way forward owns it.
def _owners(graph: Graph, users: dict[Node, list[Node]]) -> dict[Node, str]:
    owners = {}
    for node in graph.nodes:
        if state_kind(node) == "parameter":
            forward = [u for u in users[node] if u.phase in ("forward", "loss")]
            readers = [user for user in forward if not is_part(user)]
            if readers:
                owners[node] = readers[0].scope
    return owners


def _served(
    graph: Graph, users: dict[Node, list[Node]], owners: dict[Node, str]
) -> dict[Node, Node | str]:
    updates = [node for node in graph.operations if node.phase == "update"]
    served: dict[Node, Node | str] = {}
    for node in reversed(updates):
        targets = [served[user] for user in users[node] if user in served]
        if node.op.has_effect and written_cell(node) in owners:
            targets.append(written_cell(node))
        _join(served, node, targets)
    # What ends in an optimizer slot serves the parameter that its inputs serve.
    for node in updates:
        if node not in served:
            _join(served, node, [served[i] for i in node.inputs if i in served])
    return served


def _join(
    served: dict[Node, Node | str], node: Node, targets: list[Node | str]
) -> None:
    kinds = set(targets)
    if kinds:
        served[node] = kinds.pop() if len(kinds) == 1 else MANY


def _operation_home(
    node: Node, target: Node | str | None, owners: dict[Node, str]
) -> Home:
    if isinstance(target, Node):
        return Home(owners[target], update_lane(target))
    if node in owners:
        return Home(owners[node], node.phase)
    return Home(node.scope, node.phase)


def update_lane(parameter: Node) -> str:
    """Return the name of the lane in which a parameter is updated."""
    return f"update {parameter.name.rsplit('/', 1)[-1]}"


def _leaf_home(
    node: Node,
    users: list[Node],
    owners: dict[Node, str],
    found: dict[Node, Home],
) -> Home:
    if not users:
        return Home()
    if isinstance(node.op, Input):
        first = found[users[0]]
        return Home() if first.row else first
    if node in owners:
        lane = update_lane(node)
        has_lane = any(found[user] == Home(owners[node], lane) for user in users)
        return Home(owners[node], lane if has_lane else "parameters")
    if isinstance(node.op, Constant):
        return found[users[0]]
    effects = [user for user in users if user.op.has_effect]
    return found[(effects or users)[0]]
