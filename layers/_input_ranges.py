"""InputRanges: remembers what inputs a model was trained on, and compares others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._data import Array
from graphgrad.layers._drift import DriftMeter, DriftWarning, known_ranges
from graphgrad.layers._ranges import Meter, Ranges
from graphgrad.layers._warning import warn

__all__ = ["InputRanges"]


class InputRanges(Callback):
    """Records the ranges of the inputs of `fit`; warns of others that lie outside.

    Given to `fit`, it measures the least, the largest, mean and deviation of each
    feature, which lie along the last axis. They are ``model.contract.seen`` when an
    epoch has ended, and are saved with the model. Of a stream, a batch counts as often
    as it comes; of arrays, all rows count once, also if ``steps_per_epoch`` leaves
    some out. A second `fit` with it begins anew, one without leaves the ranges.

    Given to `predict` or `evaluate`, it gives a `DriftWarning` if inputs lie outside;
    several of them measure the same, and the first one tells it.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, ranges = [[0.0], [1.0]], gg.callbacks.InputRanges()
    >>> history = model.fit(x, [1, 2], verbose=0, callbacks=[ranges])
    >>> model.contract.seen.high
    (1.0,)
    """

    def __init__(self) -> None:
        """Begin."""
        self._trained = Meter()
        self._compared: DriftMeter | None = None

    def set_model(self, model: Any) -> None:
        """Begin anew."""
        super().set_model(model)
        self._trained, self._compared = Meter(), None

    def look_at_inputs(self, x: Array, stage: str) -> None:
        """Measure or compare a part of the inputs."""
        if stage == "fit":
            self._trained.add(x)
            return
        if self._compared is None:
            known = known_ranges(self.model._ranges)
            self._compared = DriftMeter(known, self.model._columns)
        self._compared.add(x)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Keep with the model what was measured."""
        self.model._ranges = self._trained.ranges()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Warn of what lies outside."""
        self._warn()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Warn of what lies outside; of a validation within `fit` nothing is said."""
        self._warn()

    def _warn(self) -> None:
        compared, self._compared = self._compared, None
        found = None if compared is None else compared.drift()
        if found:
            # Another one has compared the same.
            for each in self.others:
                if isinstance(each, InputRanges):
                    each._compared = None
            warn(str(found), DriftWarning)

    def get_state(self) -> dict[str, Any]:
        """Return what was measured."""
        found = self._trained.ranges()
        return {} if found is None else found.to_dict()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what was measured before a break."""
        if state:
            self._trained = Meter(Ranges.from_dict(state))
