"""LearningMonitor: watches how each layer learns, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._layer import Layer
from graphgrad.layers._learning_probe import LearningProbe, measures
from graphgrad.layers._learning_rules import Rules
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
        self._rules = Rules(
            "LearningMonitor", vanishing, exploding, large_step, dead, saturated
        )
        self._probe = LearningProbe()
        self._warned: set[tuple[str, str]] = set()
        # Whether an epoch is under way, and what was measured of it before a break.
        self._within = False
        self._earlier: Mapping[str, Any] | None = None

    @property
    def vanishing(self) -> float | None:
        """The share of the longest gradient below which a layer hardly learns."""
        return self._rules.vanishing

    @property
    def exploding(self) -> float | None:
        """The length of a gradient above which a layer is warned of."""
        return self._rules.exploding

    @property
    def large_step(self) -> float | None:
        """The length of a step, by that of the weights, above which it is too long."""
        return self._rules.large_step

    @property
    def dead(self) -> float | None:
        """The share of dead units above which a layer is warned of."""
        return self._rules.dead

    @property
    def saturated(self) -> float | None:
        """The share of saturated outputs above which a layer is warned of."""
        return self._rules.saturated

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
            return self._rules.of_gradient(
                layer,
                _of_kind(kind, values),
                self._probe.layers,
                dead=_of_kind("dead_units", values),
                squashing=_of_kind("saturation", values),
            )
        if kind == "update_ratio":
            return self._rules.of_update(value)
        if kind == "dead_units":
            return self._rules.of_dead_units(value)
        # The last layer's outputs may well be close to 0 or 1.
        is_last = [layer] == self._probe.layers[-1:]
        return [] if is_last else self._rules.of_saturation(value)

    def _warn(self, wrong: str, layer: str, message: str) -> None:
        if (wrong, layer) not in self._warned:
            self._warned.add((wrong, layer))
            warning = LearningWarning(message)
            if self.model is not None:
                warning.site = layer_site(self.model, layer, wrong, message)
            warn(warning)


# One measure, by layer.
def _of_kind(kind: str, values: Mapping[str, float]) -> dict[str, float]:
    parts = [(*name.partition("/"), value) for name, value in values.items()]
    return {layer: value for measure, _, layer, value in parts if measure == kind}


# The layers that have no others in them: those that a step shows.
def _innermost(layer: Any) -> Iterator[Layer]:
    children = getattr(layer, "children", ())
    for child in children:
        yield from _innermost(child)
    if layer is not None and not children:
        yield layer
