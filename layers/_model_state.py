"""The state of a model as arrays by name, and back: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

import graphgrad as gg
from graphgrad.layers._registry import SavingError
from graphgrad.layers._text import Names
from graphgrad.layers._training import Trainer

__all__ = [
    "State",
    "assign_all",
    "compare",
    "endings",
    "own_state",
    "refuse",
    "state_of",
]

Array = np.ndarray[Any, Any]
Misfits = dict[str, str]
State = dict[str, gg.Variable]

# The parts of a file, and what the names of their arrays begin with.
PARTS = {"model": "", "optimizer": "optimizer/", "metrics": "metrics/"}


def own_state(model: Trainer) -> State:
    """Return the state of a model without optimizer and metrics, by its names in it.

    >>> import graphgrad as gg
    >>> list(own_state(gg.Sequential([gg.Input((2,)), gg.Dense(1)])))
    ['dense/kernel', 'dense/bias']
    """
    return _by_name(model.named_variables())


# One whose name comes again gets a number.
def _by_name(
    names: Mapping[gg.Variable, str], prefix: str = "", taken: Iterable[str] = ()
) -> State:
    known = Names(taken)
    return {known.free(prefix + own): variable for variable, own in names.items()}


def endings(name: str) -> list[str]:
    """Return what a name ends with: a slot's name ends with that of its weight.

    >>> endings("optimizer/adam/momentum/kernel")
    ['adam/momentum/kernel', 'momentum/kernel', 'kernel']
    """
    parts = name.split("/")
    return ["/".join(parts[i:]) for i in range(1, len(parts))]


def state_of(model: Trainer) -> dict[str, State]:
    """Return all state by part and name: of model, optimizer and metrics.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> {part: list(state) for part, state in state_of(model).items()}["model"]
    ['order', 'dense/kernel', 'dense/bias']
    """
    found = {"model": own_state(model)}
    if model.optimizer is None:
        return found
    weights = {variable: name for name, variable in found["model"].items()}
    metrics = [model.loss_tracker, *model.metrics, *model.weighted_metrics]
    others = {
        "optimizer": model.optimizer.named_variables(weights),
        "metrics": {v: v.name for m in metrics for v in m.variables},
    }
    for part, names in others.items():
        taken = [name for state in found.values() for name in state]
        found[part] = _by_name(names, PARTS[part], taken)
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
