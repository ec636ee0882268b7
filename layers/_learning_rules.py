"""The rules that say of numbers about a layer whether it learns as it should."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from graphgrad.layers._arguments import check_number

__all__ = ["Rules"]

Complaints = list[tuple[str, str]]


@dataclass(frozen=True)
class Rules:
    """Limits, each of which None turns off; ``owner`` is whose they are, for errors.

    >>> rules = Rules("LearningMonitor", 1e-4, 1e3, 0.1, 0.5, 0.5)
    >>> [wrong for wrong, _ in rules.of_dead_units(0.75)]
    ['dead']
    """

    owner: str
    vanishing: float | None
    exploding: float | None
    large_step: float | None
    dead: float | None
    saturated: float | None

    def __post_init__(self) -> None:
        """Check the limits."""
        for name, most in _MOST.items():
            value = getattr(self, name)
            if value is not None:
                what = f"{self.owner}'s {name}"
                value = check_number(what, value, at_least=0, at_most=most)
                object.__setattr__(self, name, value)

    def of_gradient(
        self,
        layer: str,
        norms: Mapping[str, float],
        layers: Sequence[str],
        *,
        dead: Mapping[str, float],
        squashing: Container[str],
    ) -> Complaints:
        """Say what is wrong with the gradient of ``layer``, given the lengths of all.

        It has come through ``layers`` from the last one on. Where one of these is dead,
        of whose units this share is, that is why it is short; ``squashing`` are those
        with a sigmoid or tanh.

        >>> rules = Rules("LearningMonitor", 1e-4, 1e3, 0.1, 0.5, 0.5)
        >>> norms = {"one": 1e-6, "two": 1.0}
        >>> found = rules.of_gradient("one", norms, [*norms], dead={}, squashing=())
        >>> [wrong for wrong, _ in found]
        ['vanishing']
        >>> rules.of_gradient("one", norms, [*norms], dead={"two": 0.9}, squashing=())
        []
        """
        norm = norms[layer]
        if not math.isfinite(norm) or _above(norm, self.exploding):
            shown = self.exploding is not None
            return [("exploding", _EXPLODING.format(norm))] if shown else []
        largest = max((x for x in norms.values() if math.isfinite(x)), default=0.0)
        if self.vanishing is None or norm >= self.vanishing * largest:
            return []
        passed = layers[layers.index(layer) if layer in layers else 0 :]
        if any(self.of_dead_units(dead.get(each, 0.0)) for each in passed):
            return []
        squashed = any(each in squashing for each in passed)
        relu = "relu instead of sigmoid or tanh, " if squashed else ""
        return [("vanishing", _VANISHING.format(norm, largest, relu))]

    def of_update(self, ratio: float) -> Complaints:
        """Say what is wrong with a step that is so long, the weights being 1.

        >>> Rules("LearningMonitor", None, None, None, None, None).of_update(2.0)
        []
        """
        wrong = _above(ratio, self.large_step)
        return [("large_step", _LARGE_STEP.format(ratio))] if wrong else []

    def of_dead_units(self, share: float) -> Complaints:
        """Say what is wrong if this share of units was 0 for every sample.

        >>> Rules("LearningMonitor", 1e-4, 1e3, 0.1, 0.5, 0.5).of_dead_units(0.25)
        []
        """
        wrong = _above(share, self.dead)
        return [("dead", _DEAD.format(share))] if wrong else []

    def of_saturation(self, share: float) -> Complaints:
        """Say what is wrong if this share of outputs is at a limit.

        >>> Rules("LearningMonitor", 1e-4, 1e3, 0.1, 0.5, 0.5).of_saturation(0.25)
        []
        """
        wrong = _above(share, self.saturated)
        return [("saturated", _SATURATED.format(share))] if wrong else []

    def texts(self) -> dict[str, str]:
        """Return each rule that is on as a sentence.

        >>> Rules("LearningMonitor", None, None, None, 0.5, None).texts()
        {'dead': 'more than 50% of the units of a relu are 0 for every sample'}
        """
        limits = {name: getattr(self, name) for name in _MOST}
        return {
            name: _RULES[name].format(limit)
            for name, limit in limits.items()
            if limit is not None
        }


# The limits, and how large each may be.
_MOST = {
    "vanishing": 1.0,
    "exploding": math.inf,
    "large_step": math.inf,
    "dead": 1.0,
    "saturated": 1.0,
}

_RULES = {
    "vanishing": "a layer's gradient is less than {:g} times the longest of all layers",
    "exploding": "a layer's gradient is longer than {:g}, or not finite",
    "large_step": "a step is longer than {:g} times the layer's weights",
    "dead": "more than {:.0%} of the units of a relu are 0 for every sample",
    "saturated": (
        "more than {:.0%} of the outputs of a sigmoid or tanh, but for the last layer, "
        "are within 0.01 of their limits"
    ),
}
_VANISHING = (
    "hardly learns: its gradient has length {:.2g}, and the longest of all layers "
    "{:.2g}; take {}another initializer (he_normal), or fewer layers"
)
_EXPLODING = (
    "has a gradient of length {:.3g}; scale the data to about -1 to 1, take a smaller "
    "learning_rate, or limit it: gg.optimizers.Adam(clipnorm=1.0)"
)
_LARGE_STEP = (
    "changes by {:.0%} of its weights' size in each step, so that it may jump over "
    "what it should find; take a smaller learning_rate"
)
_DEAD = (
    "has {:.0%} dead units, which were 0 for every sample and learn nothing any more; "
    "take a smaller learning_rate, leaky_relu, or the initializer he_normal"
)
_SATURATED = (
    "has {:.0%} of its outputs at their limits, where they hardly have a derivative; "
    "scale its inputs, take smaller initial weights, or relu"
)


def _above(value: float, limit: float | None) -> bool:
    return limit is not None and not value <= limit
