"""Callbacks: objects that are told what happens while a model is trained or used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphgrad.layers._names import refuse_type

__all__ = ["Callback", "CallbackList", "History"]

Logs = dict[str, Any]


class Callback:
    """The base of all callbacks: each method is a hook that does nothing.

    With validation the order is: train begin; for each epoch epoch begin, the train
    batches (begin and end of each), test begin, the test batches, test end, epoch end;
    train end. ``logs`` are the means so far, by name. What a hook puts into them is
    seen by the callbacks after it, of which the history is the last.

    ``model`` is the model, ``params`` a dict with verbose, epochs and steps. Setting
    ``model.stop_training = True`` stops after the batch.

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

    def set_model(self, model: Any) -> None:
        """Remember the model."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Remember verbose, epochs and steps."""
        self.params = params

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


class History(Callback):
    """What `fit` returns: the logs of every epoch.

    ``history`` maps each name to its values, Python floats, one per epoch; ``epoch``
    has the numbers of the epochs.

    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history, history.epoch
    ({'loss': [0.5]}, [0])
    """

    def __init__(self) -> None:
        """Start without epochs."""
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget what an earlier training left."""
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))

    def __repr__(self) -> str:
        """Say how many epochs of what there are."""
        names = ", ".join(self.history) or "nothing"
        return f"<History of {names} over {len(self.epoch)} epochs>"


# ---- many as one ---------------------------------------------------------------------

_BATCH_HOOKS = tuple(name for name in vars(Callback) if "_batch_" in name)


class CallbackList:
    """Callbacks, and a `History` after them, told together and in order.

    >>> listeners = CallbackList([Callback()], epochs=3)
    >>> listeners.watches_batches, listeners.params
    (False, {'epochs': 3})
    """

    def __init__(
        self,
        callbacks: Callback | Iterable[Callback] | None = None,
        model: Any = None,
        **params: Any,
    ) -> None:
        """Tell each callback its model and parameters."""
        given = (
            [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
        )
        for each in given:
            if not isinstance(each, Callback):
                refuse_type(
                    "each of callbacks", each, "an instance of gg.callbacks.Callback"
                )
        self.history = History()
        self.callbacks: list[Callback] = [*given, self.history]
        for each in self.callbacks:
            each.set_model(model)
        self.params = params

    @property
    def params(self) -> Mapping[str, Any]:
        """What the callbacks know as their ``params``."""
        return self._params

    @params.setter
    def params(self, params: Mapping[str, Any]) -> None:
        self._params = params
        for each in self.callbacks:
            each.set_params(params)

    @property
    def watches_batches(self) -> bool:
        """Whether any callback has a hook for batches: if not, none need be called."""
        return any(_defines(each, _BATCH_HOOKS) for each in self.callbacks)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Tell that training begins."""
        self._tell("on_train_begin", logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Tell that training has ended."""
        self._tell("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Tell that an epoch begins."""
        self._tell("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Tell that an epoch has ended."""
        self._tell("on_epoch_end", epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Tell that a batch begins."""
        self._tell("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Tell that a batch has ended."""
        self._tell("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Tell that an evaluation begins."""
        self._tell("on_test_begin", logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Tell that an evaluation has ended."""
        self._tell("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Tell that a batch of an evaluation begins."""
        self._tell("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Tell that a batch of an evaluation has ended."""
        self._tell("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Tell that a prediction begins."""
        self._tell("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Tell that a prediction has ended."""
        self._tell("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Tell that a batch of a prediction begins."""
        self._tell("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Tell that a batch of a prediction has ended."""
        self._tell("on_predict_batch_end", batch, logs)

    def _tell(self, hook: str, *args: Any) -> None:
        *place, logs = args
        shared = {} if logs is None else logs
        for each in self.callbacks:
            getattr(each, hook)(*place, shared)


def _defines(callback: Callback, hooks: Iterable[str]) -> bool:
    return any(
        hook in vars(callback)
        or getattr(type(callback), hook) is not getattr(Callback, hook)
        for hook in hooks
    )
