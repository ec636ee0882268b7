"""What `LearningMonitor` measures in a training step, and keeps over an epoch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._activations import name_of
from graphgrad.layers._layer import Layer
from graphgrad.layers._probe import LayerView, StepView

__all__ = ["CAN_DIE", "CLOSE", "LIMITS", "LearningProbe", "measures"]

# What is 0 for all that is below a threshold: a unit that always is 0 cannot learn.
CAN_DIE = frozenset({"relu", "relu6", "ReLU", "Relu"})

# Between which limits an output lies, where its derivative is 0.
LIMITS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
CLOSE = 0.01

_SERIAL = itertools.count()


def measures(layer: Layer, weights: Sequence[gg.Variable]) -> list[str]:
    """Return what there is to measure of a layer, of whose weights these are trained.

    >>> import graphgrad as gg
    >>> measures(gg.Activation("tanh"), [])
    ['saturation']
    """
    found = ["gradient_norm", "update_ratio"] if weights else []
    activation = _activation(layer)
    if activation in CAN_DIE:
        found.append("dead_units")
    if activation in LIMITS:
        found.append("saturation")
    return found


class LearningProbe:
    """Sums over the steps of an epoch, in the program; a mean or share of each is read.

    >>> import graphgrad as gg
    >>> probe = LearningProbe()
    >>> tanh, y = gg.Activation("tanh", name="tanh"), gg.tensor([[0.5, 0.999]])
    >>> probe.record(StepView(1, [LayerView("tanh", tanh, y)], {}, {}, {}))
    >>> probe.values()
    {'saturation/tanh': 0.5}
    """

    name = "learning_monitor"

    def __init__(self) -> None:
        """Start without state: that depends on the layers of the first step."""
        self.key: Hashable = (self.name, next(_SERIAL))
        self._states: dict[str, gg.Variable] = {}
        # Of an epoch that goes on after a break: for states that are not made yet.
        self._earlier: dict[str, Any] = {}
        # The names of the layers in their order: the last one's output is the model's.
        self.layers: list[str] = []

    @property
    def variables(self) -> list[gg.Variable]:
        """The sums, and the largest output of each unit that can die."""
        return list(self._states.values())

    def reset_state(self) -> None:
        """Forget all steps."""
        self._earlier = {}
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def sums(self) -> dict[str, Any]:
        """Return the state as arrays."""
        return {key: state.numpy() for key, state in self._states.items()}

    def go_on(self, sums: Mapping[str, Any]) -> None:
        """Go on from the state that `sums` returned."""
        self._earlier = dict(sums)
        for key, state in self._states.items():
            if key in sums:
                state.assign(np.asarray(sums[key], state.dtype))

    def record(self, step: StepView) -> None:
        """Record how a step changes the sums."""
        self._add("steps", 1.0)
        named = _by_name(step.layers)
        self.layers = [*named]
        for name, views in named.items():
            trained = [w for w in views[0].layer.weights if w in step.gradients]
            # The loss may not depend on a weight: then that has no gradient.
            weights = [w for w in trained if step.gradients[w] is not None]
            kinds = measures(views[0].layer, weights)
            if weights:
                self._record_weights(name, weights, step)
            if "dead_units" in kinds:
                self._record_units(name, views)
            if "saturation" in kinds:
                self._record_saturation(name, views)

    # ---- recording -------------------------------------------------------------------

    def _record_weights(
        self, name: str, weights: Sequence[gg.Variable], step: StepView
    ) -> None:
        gradient = _norm([step.gradients[each] for each in weights])
        change = _norm([step.after[each] - step.before[each] for each in weights])
        size = _norm([step.before[each] for each in weights])
        # Weights that are all 0 have no size to compare with.
        ratio = gg.where(size > 0, change / gg.where(size > 0, size, 1.0), 0.0)
        self._add(f"gradient_norm/{name}", gradient)
        self._add(f"update_ratio/{name}", ratio)

    def _record_units(self, name: str, views: Sequence[LayerView]) -> None:
        for view in views:
            output = view.output
            others = tuple(range(output.ndim - 1))
            largest = gg.max(output, axis=others) if others else output
            zero = np.zeros(largest.shape, output.dtype)
            state = self._state(f"dead_units/{name}", zero)
            state.assign(gg.maximum(state, largest))

    def _record_saturation(self, name: str, views: Sequence[LayerView]) -> None:
        for view in views:
            output = view.output
            low, high = LIMITS[_activation(view.layer)]
            close = gg.logical_or(
                gg.less(output, low + CLOSE), gg.greater(output, high - CLOSE)
            )
            count = float(np.prod([int(side) for side in output.shape]))
            self._add(f"saturation/{name}", gg.sum(gg.cast(close, "float64")))
            self._add(f"outputs/{name}", count)

    def _add(self, key: str, value: Any) -> None:
        state = self._state(key, np.zeros((), np.float64))
        state.assign(state + gg.cast(value, "float64"))

    # One state for programs of all batch sizes.
    def _state(self, key: str, start: np.ndarray[Any, Any]) -> gg.Variable:
        known = self._states.get(key)
        if known is None or known.shape != start.shape:
            earlier = np.asarray(self._earlier.get(key, start), start.dtype)
            self._states[key] = gg.Variable(
                earlier if earlier.shape == start.shape else start,
                name=f"{self.name}/{key}",
                trainable=False,
                kind="monitor",
            )
        return self._states[key]

    # ---- reading ---------------------------------------------------------------------

    def values(self, names: Collection[str] | None = None) -> dict[str, float]:
        """Return what was measured since the last reset, by measure and layer.

        ``names`` are those that count, where not all do: a layer may have been frozen
        or taken off the model since it was recorded.
        """
        if not self._states or not float(self._states["steps"]):
            return {}
        readings: dict[str, Callable[[str], float]] = {
            "gradient_norm": self._mean,
            "update_ratio": self._mean,
            "dead_units": self._dead,
            "saturation": self._saturated,
        }
        return {
            key: reading(key)
            for kind, reading in readings.items()
            for key in self._states
            if key.startswith(f"{kind}/") and (names is None or key in names)
        }

    def _mean(self, key: str) -> float:
        return float(self._states[key]) / float(self._states["steps"])

    def _dead(self, key: str) -> float:
        return float(np.mean(self._states[key].numpy() == 0))

    def _saturated(self, key: str) -> float:
        outputs = self._states[f"outputs/{key.partition('/')[2]}"]
        return float(self._states[key]) / float(outputs)


# The length of all tensors taken as one vector; a product needs no memory for squares.
def _norm(tensors: Sequence[gg.Tensor]) -> gg.Tensor:
    flat = [gg.ravel(each) for each in tensors]
    return gg.sqrt(gg.add_n([gg.dot(each, each) for each in flat]))


def _by_name(views: Sequence[LayerView]) -> dict[str, list[LayerView]]:
    found: dict[str, list[LayerView]] = {}
    for view in views:
        found.setdefault(view.name, []).append(view)
    return found


def _activation(layer: Layer) -> str:
    if type(layer).__name__ in CAN_DIE:
        slope = getattr(layer, "negative_slope", 0)
        return "relu" if not slope and not getattr(layer, "threshold", 0) else ""
    function = getattr(layer, "activation", None)
    return "" if function is None else name_of(function)
