"""FunctionLoss: a user's function, or one of ours, as a loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers import _loss_functions
from graphgrad.layers._config import serialize
from graphgrad.layers._identifiers import check_comparing
from graphgrad.layers._loss import Loss
from graphgrad.layers._names import IdentifierError, refuse_type, resolve, spellings
from graphgrad.layers._targets import Array
from graphgrad.layers._text import snake_case
from graphgrad.layers._warning import warn

__all__ = ["FunctionLoss"]

Function = Callable[..., gg.Tensor]

_FUNCTIONS: dict[str, Function] = spellings(
    [
        getattr(_loss_functions, name)
        for name in _loss_functions.__all__
        if name != "class_numbers"
    ]
)


class FunctionLoss(Loss):
    """A function of labels and predictions as a loss.

    The function gets tensors: the output, and the labels as they are given, in the
    output's dtype. Where only an axis of length 1 is missing, labels get the rank of
    the output. It returns a value per sample, or one for all. ``arguments`` are
    handed on to it.

    >>> import graphgrad as gg
    >>> loss = FunctionLoss(lambda y_true, y_pred: abs(y_true - y_pred), "miss")
    >>> loss([1.0, 2.0], [1.0, 5.0])
    tensor(1.5)
    >>> FunctionLoss("huber", delta=2.0)([[0.0]], [[2.0]])
    tensor(2.)
    """

    label_kind = "any"
    reads_labels_as_given = True

    def __init__(
        self,
        function: Function | str,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
        **arguments: Any,
    ) -> None:
        """Wrap ``function``, or that of ours of this name, and take its name."""
        if isinstance(function, str):
            function = resolve("loss function", function, _FUNCTIONS)
        if not callable(function):
            refuse_type("a loss function", function, "a function, or a name of ours")
        check_comparing("loss", function, arguments)
        own = getattr(function, "__name__", snake_case(type(function).__name__))
        self.function = function
        self.arguments = arguments
        name = name or ("lambda" if own == "<lambda>" else own)
        super().__init__(name, reduction, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, those for the function among them."""
        return {**super().get_config(), **serialize(self.arguments)}

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Call the function."""
        y = gg.cast(y_true, y_pred.dtype)
        if y.ndim == y_pred.ndim + 1 and y.shape[-1] == 1:
            y = gg.squeeze(y, -1)
        elif y_pred.ndim == y.ndim + 1 and y_pred.shape[-1] == 1:
            y = gg.expand_dims(y, -1)
        values = self.function(y, y_pred, **self.arguments)
        if not isinstance(values, gg.Tensor):
            raise IdentifierError(
                f"loss {self.name!r} returned {type(values).__name__}, expected a "
                "tensor: compute with gg's functions and operators, as in gg.mean(...)"
            )
        if values.ndim and values.shape[:1] not in ((1,), y_pred.shape[:1]):
            raise gg.ShapeError(
                f"loss {self.name!r} returned values of shape {values.shape} for an "
                f"output of shape {y_pred.shape}, expected one value per sample, or "
                "one for all: take the mean over the last axis, gg.mean(..., axis=-1)"
            )
        return values

    def check(self, y: Array, output_shape: Sequence[int | None]) -> None:
        """Raise if labels are no numbers; warn where they may be broadcast.

        What shape they have is the function's business.
        """
        super().check(y, output_shape)
        due = (len(y), *[side or 0 for side in output_shape[1:]])
        if y.ndim == len(due) and y.shape != due and _broadcasts(y.shape, due):
            warn(
                f"{self.title()} gets labels of shape {y.shape} as they are, for an "
                f"output of shape {due}: an operation on both, such as "
                "y_true - y_pred, would broadcast one to the other; take the columns "
                "that belong together, such as y_true[:, :1]",
            )

    def title(self) -> str:
        """Return the name of the function."""
        return getattr(self, "name", type(self).__name__)


def _broadcasts(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(one, other)
    except ValueError:
        return False
    return True
