"""Callbacks that change the learning rate between epochs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_count, check_number
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._monitor import Monitor
from graphgrad.layers._names import refuse_type, refuse_unknown
from graphgrad.layers._progress import announce

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch, and logs it at the end.

    ``schedule(epoch, rate)``, or ``schedule(epoch)``, returns the new rate; epochs
    count from 0. For a rate that changes from step to step give the optimizer a
    schedule.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> halve = LearningRateScheduler(lambda epoch, rate: 0.5 ** epoch)
    >>> history = model.fit([[1.0]], [1.0], epochs=3, verbose=0, callbacks=[halve])
    >>> history.history["learning_rate"]
    [1.0, 0.5, 0.25]
    """

    adds = ("learning_rate",)

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        """Check the arguments."""
        if not callable(schedule):
            refuse_type(
                "LearningRateScheduler's schedule",
                schedule,
                "a function of the epoch, or of the epoch and the learning rate",
            )
        self.schedule = schedule
        self.verbose = check_count(
            "LearningRateScheduler's verbose", verbose, flag=True
        )
        self._takes_rate = _takes_two(schedule)

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise if the learning rate cannot be set."""
        _require_settable(self)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Ask for the rate and set it."""
        optimizer = self.model.optimizer
        if self._takes_rate:
            found = self.schedule(epoch, float(optimizer.learning_rate))
        else:
            found = self.schedule(epoch)
        rate = self._checked(found, epoch)
        optimizer.learning_rate = rate
        if self.verbose > 0:
            announce(
                f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                f"{rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Log the rate."""
        _log_rate(self.model, logs)

    def _checked(self, found: Any, epoch: int) -> float:
        if isinstance(found, gg.Tensor | np.ndarray) and not found.shape:
            found = float(found)
        return check_number(
            f"the rate that the schedule of LearningRateScheduler returned for epoch "
            f"{epoch}",
            found,
            at_least=0,
        )


class ReduceLROnPlateau(Monitor):
    """Makes the learning rate smaller when a log has stopped to become better.

    After ``patience`` epochs without ``monitor`` becoming better by more than
    ``min_delta`` the rate is multiplied by ``factor``, down to ``min_lr``; then
    ``cooldown`` epochs pass before waiting begins anew. The rate of each epoch is
    logged.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> slow = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9)
    >>> history = model.fit([[1.0]], [1.0], epochs=3, verbose=0, callbacks=[slow])
    >>> history.history["learning_rate"]
    [0.01, 0.01, 0.005]
    """

    adds = ("learning_rate",)

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **unknown: Any,
    ) -> None:
        """Check the arguments."""
        refuse_unknown("ReduceLROnPlateau", unknown, _ARGUMENTS, _RENAMED)
        super().__init__(monitor, mode, min_delta)
        owner = "ReduceLROnPlateau's"
        self.factor = check_number(f"{owner} factor", factor, above=0, below=1)
        self.patience = check_count(f"{owner} patience", patience)
        self.verbose = check_count(f"{owner} verbose", verbose, flag=True)
        self.cooldown = check_count(f"{owner} cooldown", cooldown)
        self.min_lr = check_number(f"{owner} min_lr", min_lr, at_least=0)
        self._start()

    def _start(self) -> None:
        self.best: float | None = None
        self.cooldown_counter = 0
        self.wait = 0

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise if the log will not exist, or the learning rate cannot be set."""
        super().check_fit(names)
        _require_settable(self)

    def in_cooldown(self) -> bool:
        """Return whether epochs pass without waiting."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget what an earlier training left."""
        self._start()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Log the rate, compare the epoch with the best, and reduce if it is time."""
        _log_rate(self.model, logs)
        value = self.value(logs)
        if value is None:
            self.warn_if_missing(logs)
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def get_state(self) -> dict[str, Any]:
        """Return the best value, and how long ago it was."""
        names = ("best", "cooldown_counter", "wait")
        return {name: getattr(self, name) for name in names}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on waiting."""
        vars(self).update(state)

    def _reduce(self, epoch: int) -> bool:
        optimizer = self.model.optimizer
        old = float(optimizer.learning_rate)
        if old <= self.min_lr:
            return False
        new = max(old * self.factor, self.min_lr)
        optimizer.learning_rate = new
        if self.verbose > 0:
            announce(
                f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}."
            )
        return True


_ARGUMENTS = [
    name
    for name in inspect.signature(ReduceLROnPlateau.__init__).parameters
    if name not in ("self", "unknown")
]
_RENAMED = {"epsilon": "min_delta"}


def _log_rate(model: Any, logs: Logs | None) -> None:
    if logs is not None:
        logs["learning_rate"] = float(model.optimizer.learning_rate)


# Setting it to what it is changes nothing, and tells whether it can be set.
def _require_settable(callback: Callback) -> None:
    optimizer = callback.model.optimizer
    try:
        optimizer.learning_rate = float(optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError) as error:
        raise ArgumentError(
            f"{type(callback).__name__} sets the learning rate, which {optimizer!r} "
            f"does not let it: {error}. Give the optimizer a number as learning_rate, "
            "or leave the callback out"
        ) from error


# Whether a schedule takes the epoch and the rate; where that cannot be seen, it does.
def _takes_two(schedule: Callable[..., Any]) -> bool:
    try:
        inspect.signature(schedule).bind(0, 0.1)
    except TypeError:
        return False
    except ValueError:
        return True
    return True
