"""trace: run a function on tensors without values, and keep the graph it recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from graphgrad._collector import collector_paused
from graphgrad._context import CONTEXT, Tape, end_search, placed
from graphgrad._errors import GraphgradError, TraceError
from graphgrad._graph import Graph
from graphgrad._nest import nest
from graphgrad._node import Constant, Input, Node, Place, State
from graphgrad._ops._structure import identity, recorded_effects
from graphgrad._primitive import as_tensor
from graphgrad._reverse import reachable
from graphgrad._tensor import Tensor
from graphgrad._tree import leaves, rebuild
from graphgrad._types import Spec, check_dtype

__all__ = ["trace"]


@collector_paused()
def trace(f: Callable[..., Any], *examples: Any) -> Graph:
    """Return the graph of ``f`` for arguments like ``examples``, computing nothing.

    Each example is an array, a tensor, a number, a `Spec`, or a nest of them. Python
    code in ``f`` runs once; what depends on values raises `TraceError`.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x, w: gg.sum(x @ w), gg.Spec((4, 3)), gg.Spec((3, 2)))
    >>> [node.name for node in graph.nodes]
    ['x', 'w', 'matmul', 'sum']
    """
    names = _names(f, examples)
    inputs: list[Node] = []
    arguments = []
    for name, given in zip(names, examples, strict=True):
        example = nest(given)
        flat = leaves(example)
        nodes = [_input(f"{name}_{i}" if len(flat) > 1 else name, leaf)
                 for i, leaf in enumerate(flat)]  # fmt: skip
        inputs += nodes
        tensors = (Tensor(None, node) for node in nodes)
        arguments.append(rebuild(example, tensors))
    with tracing() as tape, placed(Place()):
        tape.lines = True
        end_search()
        try:
            result = f(*arguments)
        except GraphgradError as error:
            _note_site(error)
            raise
        tape.lines = False
        outputs = [_output(f, leaf) for leaf in leaves(result)]
        effects = recorded_effects(tape)
    _check_inputs(inputs, [*outputs, *effects])
    name = getattr(f, "__name__", "").replace("<lambda>", "")
    return Graph(inputs, outputs, effects, name=name, structure=_shape_of(result))


@contextmanager
def tracing() -> Iterator[Tape]:
    """Record everything in the block on a new tape."""
    tape, ended = Tape(), True
    before, CONTEXT.tape = CONTEXT.tape, tape
    recording, CONTEXT.recording = CONTEXT.recording, True
    try:
        yield tape
    except GeneratorExit:
        # As in `placed`: others may be under way.
        ended = CONTEXT.tape is tape
        raise
    finally:
        if ended:
            CONTEXT.tape = before
            CONTEXT.recording = recording


# Those who meet no error need no site.
def _note_site(error: GraphgradError) -> None:
    from graphgrad._site_notes import note_function

    note_function(error, CONTEXT.place)


def _names(f: Callable[..., Any], examples: Sequence[Any]) -> list[str]:
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    known = [each.name for each in parameters if each.kind in kinds]
    return known[: len(examples)] + [
        f"input_{i}" for i in range(len(known), len(examples))
    ]


def _input(name: str, example: Any) -> Node:
    like = example if isinstance(example, Spec) else as_tensor(example)
    dtype = check_dtype(like.dtype, f"argument {name!r}")
    return Node(Input(name), (), tuple(like.shape), dtype, Place())


# A tensor of another trace has no value in this one.
def _check_inputs(inputs: Sequence[Node], roots: Sequence[Node]) -> None:
    for node in reachable(roots):
        if isinstance(node.op, Input) and node not in inputs:
            raise TraceError(
                f"the traced function uses {node.op.name!r}, an argument of another "
                "trace, which has no value here: pass it as an argument"
            )


def _output(f: Callable[..., Any], leaf: Any) -> Node:
    if not isinstance(leaf, Tensor | np.ndarray | np.generic | int | float | bool):
        name = getattr(f, "__name__", "the function")
        raise TraceError(f"{name} returned a {type(leaf).__name__}; return tensors")
    tensor = as_tensor(leaf)
    if tensor._value is not None:
        value = np.array(tensor._value)
        return Node(Constant(value), (), value.shape, value.dtype, Place())
    assert tensor.node is not None, "a traced tensor has a node"
    # What is returned is the value now, whatever is assigned later.
    is_state = isinstance(tensor.node.op, State)
    returned = identity(tensor).node if is_state else tensor.node
    assert returned is not None, "a traced result has a node"
    return returned


def _shape_of(result: Any) -> Any:
    return rebuild(result, iter(range(len(leaves(result)))))
