"""CallbackList: many callbacks told together, in order, with a history among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import graphgrad as gg
from graphgrad.layers._callback import Callback as Callback
from graphgrad.layers._callback import Logs, defines
from graphgrad.layers._history import History as History
from graphgrad.layers._names import refuse_type

if TYPE_CHECKING:
    from graphgrad.layers._probe import Probe

__all__ = ["Callback", "CallbackList", "History", "LossError"]


# The hooks whose logs become those of an epoch.
_ADDING = ("on_epoch_begin", "on_epoch_end", "on_test_end")


class LossError(gg.GraphgradError, RuntimeError):
    """The loss has become NaN or infinite, and training was to end with an error."""


class CallbackList:
    """Callbacks, and a `History` after them, told together and in order.

    A history among the callbacks is told after the others as well, and no other is
    made. What saves the whole training comes at the very end.

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
        expected = "an instance of gg.callbacks.Callback"
        # A name would be taken for its letters.
        if isinstance(callbacks, str):
            refuse_type("each of callbacks", callbacks, expected)
        given = (
            [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
        )
        for each in given:
            if not isinstance(each, Callback):
                refuse_type("each of callbacks", each, expected)
        own = [each for each in given if isinstance(each, History)]
        self.history = own[0] if own else History()
        others = [each for each in given if each is not self.history]
        self.callbacks: list[Callback] = sorted(
            [*others, self.history], key=lambda each: each.place
        )
        # Whether any has a hook for batches: if not, none need be told of them.
        self.watches_batches = any(each.watches_batches for each in self.callbacks)
        for each in self.callbacks:
            each.others = [other for other in self.callbacks if other is not each]
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
    def probes(self) -> list[Probe]:
        """What measures the training steps for the callbacks."""
        return [probe for each in self.callbacks for probe in each.probes()]

    @property
    def looks_at_inputs(self) -> list[Callable[[Any, str], Any]]:
        """What is to be called with the inputs and the stage, if any asks for them."""
        hook = "look_at_inputs"
        return [getattr(c, hook) for c in self.callbacks if defines(c, [hook])]

    def check_fit(self) -> None:
        """Let each callback raise what would go wrong; before any is told anything.

        Each knows the logs of the model, and those that callbacks before it add.
        """
        given = self.params.get("metrics")
        names: list[str] | None = None if given is None else list(given)
        for each in self.callbacks:
            each.check_fit(names)
            added = _added(each)
            names = None if names is None or added is None else [*names, *added]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Tell that training begins, if nothing speaks against it."""
        self.check_fit()
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


# What a callback may add to an epoch's logs, or None: users' own may add anything.
def _added(callback: Callback) -> Sequence[str] | None:
    ours = type(callback).__module__.startswith("graphgrad.")
    hooked = any(hook in vars(callback) for hook in _ADDING)
    if callback.adds or (ours and not hooked) or not defines(callback, _ADDING):
        return callback.adds
    return None
