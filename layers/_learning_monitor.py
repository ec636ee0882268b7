"""LearningMonitor: watches how each layer learns, and says in words what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._layer import Layer
from graphgrad.layers._learning_probe import LearningProbe, measures
from graphgrad.layers._probe import Probe
from graphgrad.layers._sites import layer_site
from graphgrad.layers._warning import warn

__all__ = ["LearningMonitor", "LearningWarning"]


class LearningWarning(UserWarning):
    """A layer does not learn as it should; ``site`` shows it on the model's graph."""

    site: gg.sites.Site | None = None


class LearningMonitor(Callback):
    """Measures, within the training program, how each layer learns; warns in words.

    Per layer and epoch the history gets

    - ``gradient_norm/dense``: the length of the gradient of its weights, on average;
    - ``update_ratio/dense``: the length of a step over that of the weights, on average;
      about 0.001 is usual;
    - ``dead_units/dense``: of units with relu, the share that were 0 for all samples;
    - ``saturation/dense``: of outputs of sigmoid or tanh, the share within 0.01 of the
      limits, where they hardly have a derivative.

    A `LearningWarning` is given, once per layer and kind, if a layer's gradient norm is
    less than ``vanishing`` times the largest of all layers, or above ``exploding``; if
    its update ratio is above ``large_step``; if more than a share ``dead`` of its units
    is dead; or, but for the last layer, if more than ``saturated`` of its outputs are
    saturated. None turns a warning off.

    >>> monitor = LearningMonitor(exploding=None)
    >>> monitor.exploding, monitor.vanishing
    (None, 0.0001)
    """

    def __init__(
        self,
        vanishing: float | None = 1e-4,
        exploding: float | None = 1e3,
        large_step: float | None = 0.1,
        dead: float | None = 0.5,
        saturated: float | None = 0.5,
    ) -> None:
        """Check the limits."""
        self.vanishing = _limit("vanishing", vanishing, at_most=1)
        self.exploding = _limit("exploding", exploding)
        self.large_step = _limit("large_step", large_step)
        self.dead = _limit("dead", dead, at_most=1)
        self.saturated = _limit("saturated", saturated, at_most=1)
        self._probe = LearningProbe()
        self._warned: set[tuple[str, str]] = set()
        # Whether an epoch is under way, and what was measured of it before a break.
        self._within = False
        self._earlier: Mapping[str, Any] | None = None

    @property
    def adds(self) -> Sequence[str]:  # type: ignore[override]  # it depends on the model
        """What it puts into the logs of an epoch."""
        return [
            f"{kind}/{layer.path}"
            for layer in dict.fromkeys(_innermost(self.model))
            for kind in measures(layer, layer.trainable_weights)
        ]

    def set_model(self, model: Any) -> None:
        """Remember the model; another one is measured anew."""
        if model is not self.model:
            self._probe = LearningProbe()
        super().set_model(model)

    def probes(self) -> Sequence[Probe]:
        """Return what is recorded into the training program."""
        return [self._probe]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Be ready to warn again."""
        self._earlier = None
        self._warned.clear()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Begin to measure."""
        self._probe.reset_state()
        if self._earlier is not None:
            self._probe.go_on(self._earlier)
        self._earlier, self._within = None, True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put what was measured into the logs, and warn of what is wrong."""
        self._within = False
        values = self._probe.values(None if self.model is None else self.adds)
        if logs is not None:
            logs.update(values)
        for name, value in values.items():
            kind, _, layer = name.partition("/")
            for wrong, message in self._complaints(kind, layer, value, values):
                self._warn(
                    wrong, layer, f"epoch {epoch + 1}: layer {layer!r} {message}"
                )

    def get_state(self) -> dict[str, Any]:
        """Return what was said already, and within an epoch what was measured."""
        said = [list(each) for each in sorted(self._warned)]
        return {"warned": said, "sums": self._probe.sums() if self._within else None}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Do not say it again, and go on measuring."""
        self._earlier = state["sums"]
        self._warned = {(wrong, layer) for wrong, layer in state["warned"]}

    # ---- what is wrong ---------------------------------------------------------------

    def _complaints(
        self, kind: str, layer: str, value: float, values: Mapping[str, float]
    ) -> list[tuple[str, str]]:
        if kind == "gradient_norm":
            return self._about_gradient(value, values)
        if kind == "update_ratio" and _above(value, self.large_step):
            return [("large_step", _LARGE_STEP.format(value))]
        if kind == "dead_units" and _above(value, self.dead):
            return [("dead", _DEAD.format(value))]
        inner = layer != self._probe.last
        if kind == "saturation" and inner and _above(value, self.saturated):
            return [("saturated", _SATURATED.format(value))]
        return []

    def _about_gradient(
        self, value: float, values: Mapping[str, float]
    ) -> list[tuple[str, str]]:
        if not math.isfinite(value) or _above(value, self.exploding):
            shown = self.exploding is not None
            return [("exploding", _EXPLODING.format(value))] if shown else []
        norms = [v for k, v in values.items() if k.startswith("gradient_norm/")]
        largest = max((v for v in norms if math.isfinite(v)), default=0.0)
        if self.vanishing is not None and value < self.vanishing * largest:
            return [("vanishing", _VANISHING.format(value, largest))]
        return []

    def _warn(self, wrong: str, layer: str, message: str) -> None:
        if (wrong, layer) not in self._warned:
            self._warned.add((wrong, layer))
            warning = LearningWarning(message)
            if self.model is not None:
                warning.site = layer_site(self.model, layer, wrong, message)
            warn(warning)


_VANISHING = (
    "hardly learns: its gradient is {:.2g} long, the longest of all layers {:.2g}. "
    "Use relu instead of sigmoid or tanh below, another initializer (he_normal), or "
    "fewer layers"
)
_EXPLODING = (
    "has a gradient of length {:.3g}. Scale the data to about -1 to 1, take a smaller "
    "learning_rate, or limit it: gg.optimizers.Adam(clipnorm=1.0)"
)
_LARGE_STEP = (
    "changes by {:.0%} of its weights' size in each step, so that it may jump over "
    "what it should find: take a smaller learning_rate"
)
_DEAD = (
    "has {:.0%} dead units, which were 0 for every sample and learn nothing any more: "
    "take a smaller learning_rate, leaky_relu, or the initializer he_normal"
)
_SATURATED = (
    "has {:.0%} of its outputs at their limits, where they hardly have a derivative: "
    "scale its inputs, take smaller initial weights, or relu"
)


def _limit(name: str, value: Any, at_most: float = math.inf) -> float | None:
    if value is None:
        return None
    what = f"LearningMonitor's {name}"
    return check_number(what, value, at_least=0, at_most=at_most)


# The layers that have no others in them: those that a step shows.
def _innermost(layer: Any) -> Iterator[Layer]:
    children = getattr(layer, "children", ())
    for child in children:
        yield from _innermost(child)
    if layer is not None and not children:
        yield layer


def _above(value: float, limit: float | None) -> bool:
    return limit is not None and not value <= limit
