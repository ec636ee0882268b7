"""Callback: told what happens while a model is trained or used; the base of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from graphgrad.layers._probe import Probe

__all__ = ["Callback", "Logs", "defines"]

Logs = dict[str, Any]
Array = np.ndarray[Any, Any]


class Callback:
    """The base of all callbacks: each method is a hook that does nothing.

    With validation the order is: train begin; for each epoch epoch begin, the train
    batches (begin and end of each), test begin, the test batches, test end, epoch end;
    train end. ``logs`` are the means so far, by name. What a hook puts into them is
    seen by the callbacks after it, of which the history is the last.

    ``model`` is the model. ``params`` is a dict with verbose, epochs, steps and
    metrics, the names of the logs that an epoch will have. Setting
    ``model.stop_training = True`` stops after the batch. A callback that puts something
    into the logs of an epoch may name it in ``adds``, so that others can be checked for
    it before training begins.

    >>> class Best(Callback):
    ...     loss = float("inf")
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.loss = min(self.loss, logs["loss"])
    >>> best = Best()
    >>> best.on_epoch_end(0, {"loss": 0.5})
    >>> best.loss
    0.5
    """

    model: Any = None
    params: Mapping[str, Any] = {}
    adds: Sequence[str] = ()

    # Those with a higher number are told after the others.
    place: int = 0

    # The callbacks that are told together with this one.
    others: Sequence[Callback] = ()

    def set_model(self, model: Any) -> None:
        """Remember the model."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Remember verbose, epochs, steps and metrics."""
        self.params = params

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise, before training begins, if this callback could not do its work.

        ``names`` are those of the logs that it will get at the end of an epoch, or None
        where that is not known.
        """

    def get_state(self) -> dict[str, Any]:
        """Return what it remembers, as plain values and arrays, for `set_state`.

        A training that goes on after a break (`BackupAndRestore`) gives it back.
        """
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned before a break."""

    def probes(self) -> Sequence[Probe]:
        """Return what measures the training steps for this callback."""
        return ()

    def look_at_inputs(self, x: Array, stage: str) -> None:
        """Look at the inputs of a ``stage``: fit, evaluate or predict.

        All of an array are shown in parts before the first step, a batch of a stream
        before its own; of `fit` only what is trained on.
        """

    @property
    def watches_batches(self) -> bool:
        """Whether it has a hook for batches: if not, it need not be told of them."""
        return defines(self, BATCH_HOOKS)

    # ---- training --------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Run before training."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Run after training; ``logs`` are those of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Run before an epoch; the first is number 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Run after an epoch and its validation, whose logs begin with ``val_``."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch; the first of an epoch is number 0."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a training batch: `on_train_batch_begin` calls it."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a training batch: `on_train_batch_end` calls it."""

    # ---- evaluation, also within training --------------------------------------------

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Run before an evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Run after an evaluation."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch of an evaluation."""

    # ---- prediction ------------------------------------------------------------------

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Run before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Run after a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch of a prediction; ``logs["outputs"]`` are its outputs."""


BATCH_HOOKS = tuple(name for name in vars(Callback) if "_batch_" in name)


def defines(callback: Callback, hooks: Iterable[str]) -> bool:
    """Return whether a callback has one of the ``hooks`` of its own.

    >>> defines(Callback(), ["on_epoch_end"])
    False
    """
    return any(
        hook in vars(callback)
        or getattr(type(callback), hook) is not getattr(Callback, hook)
        for hook in hooks
    )
