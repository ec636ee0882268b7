"""Probes: what looks at a training step from inside, as part of its program."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import graphgrad as gg

__all__ = ["LayerView", "Probe", "StepView"]


@dataclass(frozen=True)
class LayerView:
    """A layer and the tensor that it gave in this step.

    >>> import graphgrad as gg
    >>> LayerView("dense", gg.Dense(1), gg.tensor([[0.5]])).output.shape
    (1, 1)
    """

    name: str
    layer: Any
    output: gg.Tensor


@dataclass(frozen=True)
class StepView:
    """What a probe sees of a training step: tensors of the trace that is going on.

    Gradients are as they came, before any clipping; ``before`` and ``after`` are the
    weights' values around the update.

    >>> StepView(32, [], {}, {}, {}).batch
    32
    """

    batch: int
    layers: Sequence[LayerView]
    gradients: Mapping[gg.Variable, gg.Tensor]
    before: Mapping[gg.Variable, gg.Tensor]
    after: Mapping[gg.Variable, gg.Tensor]


class Probe(Protocol):
    """What records something about every step into state of its own.

    >>> import graphgrad as gg
    >>> class CountSamples:
    ...     name, key = "samples", "count_samples"
    ...     def __init__(self):
    ...         self.seen = gg.Variable(0.0, name="samples/seen", trainable=False)
    ...     def record(self, step):
    ...         self.seen.assign(self.seen + step.batch)
    >>> probe = CountSamples()
    >>> probe.record(StepView(32, [], {}, {}, {}))
    >>> float(probe.seen)
    32.0
    """

    @property
    def name(self) -> str:
        """The scope of the probe's nodes."""
        ...

    @property
    def key(self) -> Hashable:
        """What the probe's nodes depend on: another key makes another program."""
        ...

    def record(self, step: StepView) -> None:
        """Record what the step changes in the probe's state."""
        ...
