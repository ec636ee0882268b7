"""The state of a model as arrays by name, and back: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

import graphgrad as gg
from graphgrad.layers._registry import SavingError
from graphgrad.layers._text import unique_name
from graphgrad.layers._training import Trainer

__all__ = ["State", "assign_all", "compare", "named", "refuse", "state_of"]

Array = np.ndarray[Any, Any]
Misfits = dict[str, str]
State = dict[str, gg.Variable]

# The parts of a file, and what the names of their arrays begin with.
PARTS = {"model": "", "optimizer": "optimizer/", "metrics": "metrics/"}


def named(
    variables: Iterable[gg.Variable], prefix: str = "", taken: Iterable[str] = ()
) -> State:
    """Return variables by their names; one that comes again gets a number.

    >>> import graphgrad as gg
    >>> list(named([gg.Variable(1.0, name="w"), gg.Variable(2.0, name="w")]))
    ['w', 'w_1']
    """
    known = set(taken)
    found: State = {}
    for variable in variables:
        name = unique_name(prefix + variable.name, known)
        known.add(name)
        found[name] = variable
    return found


def state_of(model: Trainer) -> dict[str, State]:
    """Return all state by part and name: of model, optimizer and metrics.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> {part: list(state) for part, state in state_of(model).items()}["model"]
    ['order', 'dense/kernel', 'dense/bias']
    """
    parts: dict[str, Iterable[gg.Variable]] = {"model": model.variables}
    if model.optimizer is not None:
        parts["optimizer"] = model.optimizer.variables
        metrics = [model.loss_tracker, *model.metrics, *model.weighted_metrics]
        parts["metrics"] = dict.fromkeys(v for m in metrics for v in m.variables)
    found: dict[str, State] = {}
    for part, variables in parts.items():
        taken = [name for state in found.values() for name in state]
        found[part] = named(variables, PARTS[part], taken)
    return found


def compare(
    state: Mapping[str, gg.Variable],
    arrays: Mapping[str, Array],
    casting: Literal["no", "same_kind"] = "no",
) -> Misfits:
    """Return what does not fit, by name: missing, unknown, or of another shape.

    >>> import graphgrad as gg
    >>> import numpy as np
    >>> compare({"w": gg.Variable([1.0, 2.0])}, {"w": np.zeros(3), "b": np.zeros(1)})
    {'w': 'has shape (2,), the file (3,)', 'b': 'is in the file alone'}
    """
    found: Misfits = {}
    for name, variable in state.items():
        array = arrays.get(name)
        if array is None:
            found[name] = "is missing in the file"
        elif array.shape != variable.shape:
            found[name] = f"has shape {variable.shape}, the file {array.shape}"
        elif not np.can_cast(array.dtype, variable.dtype, casting):
            found[name] = f"has dtype {variable.dtype}, the file {array.dtype}"
    return found | {
        name: "is in the file alone" for name in arrays if name not in state
    }


def refuse(misfits: Misfits, whose: str, way_out: str) -> None:
    """Raise for all that does not fit, together; do nothing if there is nothing.

    >>> refuse({}, "model 'net'", "")
    """
    if misfits:
        listed = "; ".join(f"{name!r} {why}" for name, why in misfits.items())
        raise SavingError(f"the file does not fit {whose}: {listed}. {way_out}")


def assign_all(state: Mapping[str, gg.Variable], arrays: Mapping[str, Array]) -> None:
    """Assign the arrays that there are, which have been compared.

    >>> import graphgrad as gg
    >>> import numpy as np
    >>> assign_all({"w": (weight := gg.Variable([1.0, 2.0]))}, {"w": np.ones(2)})
    >>> weight.numpy()
    array([1., 1.])
    """
    for name, variable in state.items():
        if name in arrays:
            with np.errstate(over="ignore"):
                variable.assign(arrays[name].astype(variable.dtype))
