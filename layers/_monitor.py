"""Monitor: a callback that watches one of the logs; the base of those that do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from graphgrad.layers._arguments import ArgumentError, check_choice, check_number
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._names import nearest
from graphgrad.layers._warning import warn

__all__ = ["Monitor", "MonitorError"]

_MODES = ["auto", "min", "max"]


class MonitorError(ArgumentError):
    """A log is watched that there is not, or that cannot be compared."""


class Monitor(Callback):
    """Watches one log, and knows when it has become better.

    With ``mode`` auto, less is better for the loss; a metric says itself which way is
    better. NaN is never better.

    >>> monitor = Monitor("val_loss", min_delta=0.1)
    >>> monitor.is_better(0.5, 1.0), monitor.is_better(0.95, 1.0)
    (True, False)
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0
    ) -> None:
        """Check the arguments; that the log exists is checked when training begins."""
        owner = type(self).__name__
        if not isinstance(monitor, str) or not monitor:
            raise ArgumentError(
                f"{owner}'s monitor is the name of a log, such as 'val_loss', "
                f"got {monitor!r}"
            )
        self.monitor = monitor
        self.mode = check_choice(f"{owner}'s mode", mode, _MODES)
        self.min_delta = abs(check_number(f"{owner}'s min_delta", min_delta))
        self._checked = False

    @property
    def watches(self) -> bool:
        """Whether the log is needed at all."""
        return True

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise if the log will not exist, or its direction is not known."""
        self._checked = names is not None
        if not self.watches:
            return
        if names is not None:
            self._require(names)
            self._sign()
        elif self.mode != "auto" or self.monitor.removeprefix("val_") == "loss":
            self._sign()

    def is_better(self, value: float, than: float | None) -> bool:
        """Return whether ``value`` is better than another by more than min_delta."""
        if math.isnan(value):
            return False
        sign = self._sign()
        if than is None:
            return True
        return sign * (value - sign * self.min_delta) > sign * than

    def value(self, logs: Logs | None) -> float | None:
        """Return the log as a number, or None if an epoch does not have it."""
        found = (logs or {}).get(self.monitor)
        if found is None:
            return None
        if np.ndim(found):
            raise MonitorError(
                f"{type(self).__name__} monitors {self.monitor!r}, which is "
                f"{np.size(found)} numbers: make it one, as with the metric's "
                "average='macro', or monitor another"
            )
        return float(found)

    def warn_if_missing(self, logs: Logs | None) -> None:
        """Warn of a log that an epoch does not have, unless it is known to be rare."""
        if not self._checked:
            warn(self._missing(list(logs or {})))

    def _missing(self, names: Sequence[str]) -> str:
        near = [repr(each) for each in nearest(self.monitor, names)]
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        return (
            f"{type(self).__name__} monitors {self.monitor!r}, which is not among the "
            f"logs: {meant}They are: {', '.join(names) or 'none'}"
        )

    def _require(self, names: Sequence[str]) -> None:
        if self.monitor in names:
            return
        validates = any(each.startswith("val_") for each in names)
        bare = self.monitor.removeprefix("val_")
        if self.monitor != bare and not validates:
            instead = f", or monitor={bare!r}" if bare in names else ""
            raise MonitorError(
                f"{type(self).__name__} monitors {self.monitor!r}, but fit has no "
                "validation data: pass validation_data=(x, y) or validation_split=0.2"
                f"{instead}"
            )
        raise MonitorError(self._missing(names))

    # 1 if more is better, -1 if less is.
    def _sign(self) -> int:
        if self.mode != "auto":
            return 1 if self.mode == "max" else -1
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return -1
        for metric in getattr(self.model, "metrics", None) or ():
            direction = getattr(metric, "direction", None)
            if metric.name == name and direction in ("up", "down"):
                return 1 if direction == "up" else -1
        raise MonitorError(
            f"{type(self).__name__} cannot tell whether {self.monitor!r} should become "
            "more or less: pass mode='max' if more is better, mode='min' if less is"
        )
