"""check_loss: one line that gives a loss the whole law of losses."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad._types import Array
from graphgrad.testing._asked import as_numbers, check_whole
from graphgrad.testing._laws import FoundError, chosen, close, same, told

__all__ = ["LOSS_LAWS", "LossUnderTest", "check_loss", "check_loss_case", "loss_case"]

__tracebackhide__ = True  # pytest shows the line of the test


class LossUnderTest(NamedTuple):
    """A loss with labels and predictions, and how it is asked.

    >>> from graphgrad.losses import MeanSquaredError
    >>> case = LossUnderTest(MeanSquaredError(), np.ones((2, 1)), np.zeros((2, 1)))
    >>> case.of(case.y_pred)
    tensor(1.)
    """

    loss: gg.losses.Loss
    y_true: Array
    y_pred: Array
    mixes_rows: bool = False
    order: int = 2

    def of(self, y_pred: Any, **options: Any) -> gg.Tensor:
        """Return the loss of predictions, in their dtype."""
        return self.loss(self.y_true, gg.tensor(y_pred), **options)

    def per_sample(self) -> Array:
        """Return the values before they are reduced."""
        unreduced = copy.copy(self.loss)
        unreduced.reduction = "none"
        return unreduced(self.y_true, self.y_pred).numpy()

    def report(self, law: str, found: str) -> str:
        """Write what is told of a broken law."""
        return (
            f"loss {self.loss.title()} breaks the law {law!r} for labels of shape "
            f"{self.y_true.shape} and predictions of shape {self.y_pred.shape}: {found}"
        )


def check_loss(
    loss: gg.losses.Loss | Callable[[Any, Any], Any],
    y_true: Any,
    y_pred: Any,
    *,
    mixes_rows: bool = False,
    order: int = 2,
    skip: Sequence[str] = (),
) -> tuple[str, ...]:
    """Check that a loss keeps every law of losses, and return the laws' names.

    It may be a function of labels and predictions, as `Sequential.compile` takes one:
    that has nothing to keep, and is not asked for ``config`` and ``pickle``.

    - ``value``: it is finite, and a float32 number for float32 predictions.
    - ``samples``: without a reduction there is a value for each sample, and a sample's
      value does not depend on the others, unless the loss ``mixes_rows``.
    - ``weights``: sample weights of 1 change nothing, and those of 0 take a sample out.
    - ``gradients``: they are the slopes of the values, by `check_grads`.
    - ``compiled``: a program computes value and gradient as tensors do.
    - ``config``, ``pickle``: the loss made again computes the same.

    Laws that a loss cannot keep are named in ``skip``. `LawError` says which was
    broken, and what came.

    >>> from graphgrad.losses import Huber
    >>> from graphgrad.testing import check_loss
    >>> check_loss(Huber(), [[0.0], [0.0]], [[0.5], [2.0]])[0]
    'value'
    """
    names = chosen(LOSS_LAWS, skip)
    if not isinstance(loss, gg.losses.Loss):
        names = tuple(name for name in names if name not in ("config", "pickle"))
    case = loss_case(loss, y_true, y_pred, mixes_rows=mixes_rows, order=order)
    for name in names:
        check_loss_case(case, name)
    return names


def loss_case(
    loss: gg.losses.Loss | Callable[[Any, Any], Any],
    y_true: Any,
    y_pred: Any,
    *,
    mixes_rows: bool = False,
    order: int = 2,
) -> LossUnderTest:
    """Return what the laws are asked of, or raise if it is no loss.

    >>> loss_case(gg.losses.Hinge(), [[1]], [[2]]).y_pred
    array([[2.]], dtype=float32)
    """
    if inspect.isclass(loss) or not callable(loss):
        raise TypeError(
            "check_loss takes a loss, an object such as gg.losses.Huber(), or a "
            f"function of labels and predictions, got {loss!r}"
        )
    check_whole("order", order, 1)
    predicted = as_numbers("predictions", y_pred).astype(np.float32)
    labels = as_numbers("labels", y_true)
    if not (labels.ndim and predicted.size) or labels.shape[:1] != predicted.shape[:1]:
        raise ValueError(
            "check_loss takes as many labels as predictions, one row or more: got "
            f"shapes {labels.shape} and {predicted.shape}"
        )
    made = gg.losses.get(loss)
    dtype = made.label_spec(predicted.shape).dtype
    if dtype.kind == "f":  # as training gives them to it
        labels = labels.astype(dtype)
    return LossUnderTest(made, labels, predicted, mixes_rows, order)


def check_loss_case(case: LossUnderTest, name: str) -> None:
    """Check one law by its name.

    >>> from graphgrad.losses import Hinge
    >>> ones = np.ones((1, 1))
    >>> check_loss_case(LossUnderTest(Hinge(), ones, ones), "samples")
    """
    told(lambda found: case.report(name, found), LOSS_LAWS[name], case)


# ---- the laws ------------------------------------------------------------------------


def _value(case: LossUnderTest) -> None:
    found = case.of(case.y_pred)
    if case.loss.reduction != "none" and found.shape != ():
        raise FoundError(f"it has the shape {found.shape}, expected one number")
    if found.dtype != np.float32:
        raise FoundError(f"it has the dtype {found.dtype}, expected float32")
    if not np.all(np.isfinite(found.numpy())):
        raise FoundError(f"it is not finite: {found.numpy()}")


def _samples(case: LossUnderTest) -> None:
    rows = len(case.y_pred)
    if case.mixes_rows:
        return
    whole = case.per_sample()
    if whole.shape[:1] != (rows,):
        raise FoundError(
            f"without a reduction it has values of shape {whole.shape} for {rows} "
            "samples: take the mean over the last axis, gg.mean(..., axis=-1)"
        )
    for i in (0, rows - 1):
        alone = case._replace(
            y_true=np.repeat(case.y_true[i : i + 1], rows, axis=0),
            y_pred=np.repeat(case.y_pred[i : i + 1], rows, axis=0),
        )
        close(
            whole[i],
            alone.per_sample()[i],
            f"sample {i} has another value where the others of its batch were replaced "
            "(mixes_rows=True if that is meant):",
        )


def _weights(case: LossUnderTest) -> None:
    if case.mixes_rows or case.per_sample().ndim == 0:
        return
    rows = len(case.y_pred)
    ones = case.of(case.y_pred, sample_weight=np.ones(rows, np.float32)).numpy()
    close(case.of(case.y_pred).numpy(), ones, "with weights of 1 the value is")
    weights = np.arange(rows, dtype=np.float32)
    other = case.y_pred.copy()
    other[0] = case.y_pred[-1]
    first = case.of(case.y_pred, sample_weight=weights).numpy()
    second = case.of(other, sample_weight=weights).numpy()
    close(first, second, "the prediction of a sample of weight 0 changes the value to")


def _gradients(case: LossUnderTest) -> None:
    from graphgrad.testing import check_grads

    wide = np.asarray(case.y_pred, np.float64)

    def loss(y_pred: gg.Tensor) -> gg.Tensor:
        return case.loss(case.y_true, y_pred)

    check_grads(loss, (wide,), order=case.order)


def _compiled(case: LossUnderTest) -> None:
    def both(y_pred: Any) -> Any:
        return gg.value_and_grad(lambda p: gg.sum(case.loss(case.y_true, p)))(y_pred)

    for name, due, found in zip(
        ("value", "gradient"), both(case.y_pred), gg.jit(both)(case.y_pred), strict=True
    ):
        close(
            due.numpy(), found.numpy(), f"a program gave another {name} than tensors:"
        )


def _config(case: LossUnderTest) -> None:
    kept = case.loss.get_config()
    again = type(case.loss).from_config(kept)
    if again.get_config() != kept:
        raise FoundError(
            f"get_config gave {kept!r}, and that of the loss made from it "
            f"{again.get_config()!r}: keep each argument in an attribute of its name"
        )
    json.dumps(gg.losses.serialize(case.loss))
    _same_value(case, again, "the loss made by from_config gave")


def _pickle(case: LossUnderTest) -> None:
    again = pickle.loads(pickle.dumps(case.loss))  # noqa: S301  # pickled a moment ago
    _same_value(case, again, "a pickled copy gave")


def _same_value(case: LossUnderTest, other: gg.losses.Loss, what: str) -> None:
    found = other(case.y_true, case.y_pred)
    same(case.of(case.y_pred).numpy(), found.numpy(), what)


# What is checked, in this order.
LOSS_LAWS = {
    "value": _value,
    "samples": _samples,
    "weights": _weights,
    "gradients": _gradients,
    "compiled": _compiled,
    "config": _config,
    "pickle": _pickle,
}
