"""EarlyStopping: ends the training when a log has stopped to become better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphgrad.layers._arguments import check_count, check_flag, check_number
from graphgrad.layers._callback import Logs
from graphgrad.layers._monitor import Monitor
from graphgrad.layers._progress import announce
from graphgrad.layers._warning import warn

__all__ = ["EarlyStopping"]

_STATE = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")


class EarlyStopping(Monitor):
    """Ends training once ``monitor`` has not become better for ``patience`` epochs.

    Better means by more than ``min_delta``. With a ``baseline``, only what is better
    than that as well lets it wait anew. Epochs before ``start_from_epoch`` do not
    count. A patience of 0 means the same as 1, and the first epoch is never the last.

    With ``restore_best_weights`` the model has, after `fit`, the weights of its best
    epoch, also if training went on to its planned end. NaN counts as not better, in
    the weights to restore as well.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> stop = EarlyStopping("loss", patience=2, min_delta=1e9)
    >>> history = model.fit([[1.0]], [1.0], epochs=50, verbose=0, callbacks=[stop])
    >>> history.epoch, stop.best_epoch, stop.stopped_epoch
    ([0, 1, 2], 0, 2)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        """Check the arguments."""
        super().__init__(monitor, mode, min_delta)
        self.patience = check_count("EarlyStopping's patience", patience)
        self.verbose = check_count("EarlyStopping's verbose", verbose, flag=True)
        if baseline is not None:
            baseline = check_number("EarlyStopping's baseline", baseline)
        self.baseline = baseline
        self.restore_best_weights = check_flag(
            "EarlyStopping's restore_best_weights", restore_best_weights
        )
        self.start_from_epoch = check_count(
            "EarlyStopping's start_from_epoch", start_from_epoch
        )
        self._start()

    def _start(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: Any = None
        self._told = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget what an earlier training left."""
        self._start()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare the epoch with the best one; stop if that was too long ago."""
        value = self._look(epoch, logs)
        if value is None:
            return
        self.wait += 1
        if self.is_better(value, self.best) and self._keeps_weights():
            self.best, self.best_epoch = value, epoch
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Restore the weights of the best epoch, if that is wanted."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            announce(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                announce(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self.best_weights)

    def get_state(self) -> dict[str, Any]:
        """Return the best epoch, its weights, and how long ago it was."""
        return {name: getattr(self, name) for name in _STATE}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on waiting."""
        for name in _STATE:
            setattr(self, name, state[name])

    # An epoch's last step may leave NaN where its mean loss is finite still.
    def _keeps_weights(self) -> bool:
        if self.restore_best_weights:
            weights = self.model.get_weights()
            if not all(np.isfinite(each).all() for each in weights):
                return False
            self.best_weights = weights
        return True

    # The value of an epoch that counts.
    def _look(self, epoch: int, logs: Logs | None) -> float | None:
        value = self.value(logs)
        if value is None:
            self.warn_if_missing(logs)
        elif math.isnan(value) and not self._told:
            self._told = True
            warn(
                f"{self.monitor!r} is NaN in epoch {epoch + 1}, which EarlyStopping "
                "counts as not better",
                RuntimeWarning,
            )
        return None if epoch < self.start_from_epoch else value
