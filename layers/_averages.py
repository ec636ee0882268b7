"""SwapEMAWeights: looks at the averages of the weights instead of the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_flag
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._optimizer_state import AVERAGE

__all__ = ["SwapEMAWeights"]

Array = np.ndarray[Any, Any]


class SwapEMAWeights(Callback):
    """Gives the model its averaged weights while it is evaluated or predicts.

    The optimizer keeps the averages if it is made with ``use_ema=True``. With
    ``swap_on_epoch`` the model has them at the end of each epoch as well, for the
    callbacks after this one, such as `ModelCheckpoint`; and when training ends.

    >>> SwapEMAWeights(swap_on_epoch=True).swap_on_epoch
    True
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        """Check the argument."""
        self.swap_on_epoch = check_flag("SwapEMAWeights' swap_on_epoch", swap_on_epoch)
        # The weights that averages stand in for, or None while none do.
        self._kept: list[tuple[gg.Variable, Array]] | None = None

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise if the optimizer keeps no averages."""
        self._require()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Give back what an interrupted training left, unless that was replaced."""
        averages = _averages(self.model.optimizer)
        if all(
            weight in averages and np.array_equal(weight.numpy(), averages[weight])
            for weight, _ in self._kept or ()
        ):
            self._give_back()
        self._kept = None

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Leave the model as it is: with averages, if it has them."""
        self._kept = None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Give back the weights."""
        self._give_back()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put in the averages, if that is wanted."""
        if self.swap_on_epoch:
            self._put_in()

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Put in the averages."""
        self._put_in()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Give back the weights."""
        self._give_back()

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Put in the averages."""
        self._put_in()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Give back the weights."""
        self._give_back()

    def get_state(self) -> dict[str, Any]:
        """Return the weights that averages stand in for now, if they do."""
        return {"kept": self._kept and [value for _, value in self._kept]}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Have these weights to give back."""
        weights = self.model.optimizer._state
        kept = state["kept"]
        self._kept = kept and [
            (weight, np.asarray(value, weight.dtype))
            for weight, value in zip(weights, kept, strict=True)
        ]

    # ---- swapping --------------------------------------------------------------------

    def _require(self) -> None:
        optimizer = self.model.optimizer
        if not getattr(optimizer, "use_ema", False):
            raise ArgumentError(
                f"SwapEMAWeights needs averages of the weights, which {optimizer!r} "
                "does not keep: give it use_ema=True"
            )

    def _put_in(self) -> None:
        if self._kept is not None:
            return
        self._require()
        averages = _averages(self.model.optimizer)
        self._kept = [(weight, weight.numpy()) for weight in averages]
        for weight, average in averages.items():
            weight.assign(average)

    def _give_back(self) -> None:
        for weight, value in self._kept or ():
            weight.assign(value)
        self._kept = None


# Those that have begun: before the first step an average is NaN.
def _averages(optimizer: Any) -> dict[gg.Variable, Array]:
    slots = {
        weight: state[AVERAGE].numpy()
        for weight, state in optimizer._state.items()
        if AVERAGE in state
    }
    return {
        weight: value for weight, value in slots.items() if not np.isnan(value).any()
    }
