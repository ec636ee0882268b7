"""Losses of probabilities as functions of tensors: one value per sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._room import check_memory
from graphgrad.layers._targets import EPSILON, as_float, matched, mean_along

__all__ = [
    "all_classes",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "class_numbers",
    "classes_last",
    "kl_divergence",
    "poisson",
    "sparse_categorical_crossentropy",
]

# Smaller float32 numbers are denormal: their negative powers overflow.
TINY = float(np.finfo(np.float32).tiny)

# ---- two classes ---------------------------------------------------------------------


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> gg.Tensor:
    """Return ``-(y log p + (1 - y) log(1 - p))``, averaged over ``axis``.

    Probabilities p are kept within 1e-7 of 0 and 1; with ``from_logits`` the
    predictions are z with p = σ(z), and nothing is lost. ``label_smoothing`` s makes
    the labels ``y (1 - s) + s/2``.

    >>> binary_crossentropy([[0.0]], [[50.0]], from_logits=True)
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "binary_crossentropy")
    y = _smoothed(y, label_smoothing, 2)
    return mean_along(_binary_values(y, p, from_logits=from_logits), axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> gg.Tensor:
    """Return `binary_crossentropy` times ``(1 - p_t)^gamma``, averaged over ``axis``.

    ``p_t = y p + (1 - y)(1 - p)`` is the probability of what is right, so that what is
    easy hardly counts. ``apply_class_balancing`` multiplies by ``alpha`` for 1 and
    ``1 - alpha`` for 0.

    >>> binary_focal_crossentropy([[0.0]], [[50.0]], from_logits=True)
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "binary_focal_crossentropy")
    y = _smoothed(y, label_smoothing, 2)
    values = _binary_values(y, p, from_logits=from_logits)
    yes, no = (gg.sigmoid(p), gg.sigmoid(-p)) if from_logits else (p, 1 - p)
    values = _raised(y * no + (1 - y) * yes, gamma) * values
    if apply_class_balancing:
        values = (y * alpha + (1 - y) * (1 - alpha)) * values
    return mean_along(values, axis)


def _binary_values(y: gg.Tensor, p: gg.Tensor, *, from_logits: bool) -> gg.Tensor:
    if from_logits:
        return gg.sigmoid_cross_entropy(p, y)
    # passes.joint_forms makes just this form stable where p is a sigmoid.
    p = gg.clip(p, EPSILON, 1 - EPSILON)
    return -(y * gg.log(p) + (1 - y) * gg.log(1 - p))


# ---- several classes -----------------------------------------------------------------


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> gg.Tensor:
    """Return ``-Σ y log p`` over the classes along ``axis``.

    Predictions are divided by their sum and kept within 1e-7 of 0 and 1; with
    ``from_logits`` they are z with p = softmax(z). ``label_smoothing`` s makes the
    labels ``y (1 - s) + s/K``, K being the number of classes.

    >>> categorical_crossentropy([[0.0, 1.0]], [[50.0, 0.0]], from_logits=True)
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "categorical_crossentropy")
    y = _smoothed(y, label_smoothing, p.shape[axis])
    return -gg.sum(y * _log_probability(p, axis, from_logits=from_logits), axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> gg.Tensor:
    """Return ``-Σ alpha (1 - p)^gamma y log p`` over the classes along ``axis``.

    Predictions and labels are treated as in `categorical_crossentropy`. ``alpha`` is
    one number, or one for each class.

    >>> categorical_focal_crossentropy([[0.0, 1.0]], [[50.0, 0.0]], 1, from_logits=True)
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "categorical_focal_crossentropy")
    y = _smoothed(y, label_smoothing, p.shape[axis])
    log_p = _log_probability(p, axis, from_logits=from_logits)
    rest = -gg.expm1(log_p) if from_logits else 1 - _share(p, axis)
    weight = np.asarray(alpha, p.dtype)
    if weight.ndim:
        shape = [1] * p.ndim
        shape[axis] = p.shape[axis]
        weight = weight.reshape(shape)
    return -gg.sum(_raised(rest, gamma) * weight * y * log_p, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> gg.Tensor:
    """Return ``-log p[label]``: labels are class numbers, classes lie along ``axis``.

    Predictions are treated as in `categorical_crossentropy`. Samples of the class
    ``ignore_class`` give 0.

    >>> sparse_categorical_crossentropy([1], [[50.0, 0.0]], from_logits=True)
    tensor([50.])
    """
    p = classes_last(y_pred, axis)
    labels = class_numbers(y_true, p)
    log_p = _log_probability(p, -1, from_logits=from_logits)
    values = -_of_class(labels, log_p)
    if ignore_class is None:
        return values
    return gg.where(gg.equal(labels, ignore_class), 0, values)


def categorical_generalized_cross_entropy(
    y_true: Any, y_pred: Any, q: float = 0.5
) -> gg.Tensor:
    """Return ``(1 - p[label]^q) / q``: labels are class numbers.

    Between the cross-entropy (q towards 0) and the absolute error (q = 1), so that
    wrong labels do little harm. The gradient is 0 at p = 0.

    >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]])
    tensor([1.])
    """
    p = as_float(y_pred)
    owner = "categorical_generalized_cross_entropy"
    right = _of_class(class_numbers(y_true, p, owner), p)
    some = gg.greater_equal(right, TINY)
    return (1 - gg.where(some, gg.power(gg.where(some, right, 1), q), 0)) / q


def kl_divergence(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``Σ y log(y / p)`` over the classes along the last axis.

    Labels and predictions are kept between 1e-7 and 1.

    >>> kl_divergence([[0.5, 0.5]], [[0.5, 0.5]])
    tensor([0.])
    """
    y, p = matched(y_true, y_pred, "kl_divergence")
    y = gg.clip(y, EPSILON, 1)
    # passes.joint_forms makes just this form stable where p is a softmax.
    log_p = gg.log(gg.clip(p, EPSILON, 1))
    return gg.sum(y * (gg.log(y) - log_p), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``p - y log(p + 1e-7)``, averaged over the last axis.

    Labels are counts, predictions their expected values, which are not negative: end
    the model in ``softplus`` or ``exponential``.

    >>> poisson([[0.0, 0.0]], [[1.0, 2.0]])
    tensor([1.5])
    """
    y, p = matched(y_true, y_pred, "poisson")
    return mean_along(p - y * gg.log(p + EPSILON), -1)


# ---- pieces --------------------------------------------------------------------------


def _smoothed(y: gg.Tensor, amount: float, classes: int) -> gg.Tensor:
    return y * (1 - amount) + amount / classes if amount else y


def _share(p: gg.Tensor, axis: int) -> gg.Tensor:
    share = p / gg.sum(p, axis=axis, keepdims=True)
    return gg.clip(share, EPSILON, 1 - EPSILON)


# passes.joint_forms makes just this form stable where p is a softmax.
def _log_probability(p: gg.Tensor, axis: int, *, from_logits: bool) -> gg.Tensor:
    return gg.log_softmax(p, axis) if from_logits else gg.log(_share(p, axis))


# A power below 1 has an infinite slope at 0, and 0 is what a saturated output gives.
def _raised(x: gg.Tensor, exponent: float) -> gg.Tensor:
    return gg.power(x if exponent >= 1 else gg.maximum(x, EPSILON), float(exponent))


def _of_class(labels: gg.Tensor, p: gg.Tensor) -> gg.Tensor:
    numbers = all_classes(p).astype(labels.dtype)
    hit = gg.equal(numbers, gg.expand_dims(labels, -1))
    return gg.sum(p, axis=-1, where=hit)


def all_classes(p: gg.Tensor) -> np.ndarray[Any, Any]:
    """Return the numbers of all classes, if there is memory for them.

    >>> all_classes(gg.tensor([[0.5, 0.5]]))
    array([0, 1])
    """
    check_memory("classes", p.shape[-1:], "int64")
    return np.arange(p.shape[-1])


def classes_last(y_pred: Any, axis: int) -> gg.Tensor:
    """Return predictions as floats, with the classes of ``axis`` along the last one.

    >>> classes_last([[1, 2], [3, 4]], 0)
    tensor([[1., 3.],
            [2., 4.]], dtype=float32)
    """
    p = as_float(y_pred)
    return p if axis in (-1, p.ndim - 1) else gg.moveaxis(p, axis, -1)


def class_numbers(
    y_true: Any, p: gg.Tensor, owner: str = "sparse_categorical_crossentropy"
) -> gg.Tensor:
    """Return class numbers, one for each row of ``p``; (n, 1) becomes (n,).

    >>> class_numbers([[1], [0]], gg.tensor([[0.5, 0.5], [0.5, 0.5]])).tolist()
    [1, 0]
    """
    y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
    if y.ndim == p.ndim and y.shape[-1] == 1:
        y = gg.squeeze(y, -1)
    if y.shape != p.shape[:-1]:
        raise gg.ShapeError(
            f"{owner}: labels of shape {y.shape} do not match an output of shape "
            f"{p.shape}; give one class number per sample"
        )
    small = y.dtype.kind == "b" or (
        y.dtype.kind in "iu" and np.iinfo(y.dtype).max < p.shape[-1]
    )
    return gg.cast(y, "int64") if small else y
