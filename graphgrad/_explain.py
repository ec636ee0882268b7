"""explain: whatever has a graph, as the equations of what it computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphgrad._explanation import Explanation
from graphgrad._graph import Graph, graph_of
from graphgrad._node import Constant, State
from graphgrad._primitive import Primitive
from graphgrad._program import Program
from graphgrad._roles import About, Naming
from graphgrad._tensor import Tensor
from graphgrad._types import Array
from graphgrad.stages import RUNNING, checked_stage

__all__ = ["explain", "naming_of"]

# What a function that has been given to nobody yet lacks.
_FUNCTION = ": a function has a graph after gg.trace(f, gg.Spec(shape)) or gg.jit(f)"


def explain(
    thing: Any, stage: str | None = None, *, example: Any = None
) -> Explanation:
    """Return what a model, a graph, a program or a function of `jit` computes.

    Of a `Recording`, a `Profile` or a `GraphRecorder` it is the step that ran.

    ``stage`` is a model's: build, compile, fit, evaluate or predict; without it, the
    furthest of build, compile and fit that it has reached. Each equation is made of
    the notations of the primitives, and names the nodes that it stands for.

    ``example``, an array or a tuple of arrays for the graph's inputs, puts numbers into
    the equations, where they are few. Nothing is trained or counted by that.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
    >>> print(str(gg.explain(model)).partition("where")[0].strip())
    sequential · build
    <BLANKLINE>
    Forward · dense · Dense(1, sigmoid)
      (1)  a₁ = σ(X·W₁ + b₁)  F1–F3
    """
    graph, (about, recorded) = _subject(thing, stage, example)
    values = None if example is None else values_of(graph, example)
    return Explanation(graph, about, recorded, values)


def naming_of(model: Any, stage: str, graph: Graph) -> Naming:
    """Return what the equations of a model's ``graph`` of a stage get their names from.

    ``graph`` is one that runs: what ran is called by the names it was recorded under.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> _ = model.predict([[0.0, 1.0]], verbose=0)
    >>> naming = gg.equations.naming_of(model, "predict", model.graph("predict"))
    >>> naming.about.title, naming.recorded.inputs[0].shape
    ('sequential · predict', (1, 2))
    """
    rows, weighted = graph.inputs[0].shape[0], len(graph.inputs) > 2
    recorded = model.recorded(stage, rows, weighted=weighted)
    return Naming(_about(model, stage), recorded)


def _subject(thing: Any, stage: str | None, example: Any) -> tuple[Graph, Naming]:
    if callable(getattr(thing, "graph", None)) and hasattr(thing, "layers"):
        return _of_model(thing, checked_stage(thing, stage), example)
    if stage is not None:
        raise TypeError(
            f"only a model has stages, got stage={stage!r} for a {type(thing).__name__}"
        )
    if hasattr(thing, "programs") and hasattr(thing, "prepare"):
        return _program_of(thing, example).graph, Naming()
    if isinstance(thing, Program):
        return thing.graph, Naming()
    if isinstance(thing, Graph):
        return thing, Naming()
    if isinstance(thing, Tensor):
        return graph_of(thing), Naming()
    if isinstance(getattr(thing, "naming", None), Naming):
        return thing.graph, thing.naming
    raise TypeError(
        "equations are made of a model, a Graph, a Program, a function of gg.jit, a "
        "Tensor, a Recording, a Profile or a GraphRecorder, got a "
        f"{type(thing).__name__}{_FUNCTION if callable(thing) else ''}"
    )


def _program_of(call: Any, example: Any) -> Program:
    if example is not None:
        program: Program = call.prepare(*_several(example))[0]
        return program
    if not call.programs:
        name = getattr(call, "__name__", "the function")
        raise TypeError(
            f"{name} has not been called, so that there is no program to explain: call "
            "it, or pass example=(arrays...)"
        )
    last: Program = [*call.programs.values()][-1]
    return last


# ---- models --------------------------------------------------------------------------


def _of_model(model: Any, stage: str, example: Any) -> tuple[Graph, Naming]:
    graph: Graph = model.graph(stage)
    if stage in RUNNING and stage in model.stages:
        return graph, naming_of(model, stage, graph)
    if example is not None:
        given = _several(example)
        graph = model.recorded(stage, len(given[0]), weighted=len(given) > 2)
    return graph, Naming(_about(model, stage))


def _about(model: Any, stage: str) -> About:
    parts = [layer for layer in model.flattened() if not layer.is_model]
    numbers: dict[str, int] = {}
    for layer in parts:
        numbers.setdefault(layer.path, len(numbers) + 1)
    optimizer = getattr(model, "optimizer", None)
    return About(
        title=f"{model.name} · {stage}",
        layers={layer.path: layer.title() for layer in parts},
        numbers=numbers,
        activated=frozenset(layer.path for layer in parts if _is_activated(layer)),
        optimizer=getattr(optimizer, "name", ""),
        settings=_settings(optimizer),
        is_model=True,
    )


def _is_activated(layer: Any) -> bool:
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", "linear") != "linear"


# The averages' momentum is a setting of every optimizer, used or not.
def _settings(optimizer: Any) -> dict[str, float]:
    if optimizer is None:
        return {}
    config: Mapping[str, Any] = optimizer.get_config()
    unused = set() if config.get("use_ema") else {"ema_momentum"}
    return {
        name: float(value)
        for name, value in config.items()
        if isinstance(value, float) and name not in {"learning_rate", *unused}
    }


# ---- numbers -------------------------------------------------------------------------


def _several(example: Any) -> Sequence[Any]:
    return example if isinstance(example, tuple) else (example,)


# Labels of one column may come as one row; other numbers in another place are others.
def _without_ones(shape: Sequence[int]) -> list[int]:
    return [n for n in shape if n != 1]


def values_of(graph: Graph, example: Any) -> dict[str, Array]:
    """Return the value of every node for these inputs and the state as it is."""
    given = [np.asarray(each) for each in _several(example)]
    if len(given) != len(graph.inputs):
        names = ", ".join(node.name for node in graph.inputs)
        raise ValueError(
            f"the equations are of {len(graph.inputs)} inputs, {names}: the example is "
            f"an array for each, got {len(given)}"
        )
    values: dict[str, Array] = {}
    for node, array in zip(graph.inputs, given, strict=True):
        if _without_ones(array.shape) != _without_ones(node.shape):
            raise ValueError(
                f"{node.name} has the shape {node.shape} here, the example for it "
                f"{array.shape}"
            )
        values[node.name] = array.astype(node.dtype).reshape(node.shape)
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            op = node.op
            if isinstance(op, State):
                values[node.name] = op.cell.array.copy()
            elif isinstance(op, Constant):
                values[node.name] = np.asarray(op.value)
            elif isinstance(op, Primitive):
                inputs = [values[each.name] for each in node.inputs]
                values[node.name] = np.asarray(op.evaluate(*inputs))
    return values
