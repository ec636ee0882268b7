"""A confusion matrix of labels and predictions, to look at and to compute with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import (
    ArgumentError,
    check_choice,
    check_count,
    check_number,
)
from graphgrad.layers._metric import Array
from graphgrad.layers._metric_checks import ratio
from graphgrad.layers._metric_tables import as_count, as_html, as_share, as_text, pandas
from graphgrad.layers._targets import LabelError, check_finite, check_numeric, first

__all__ = ["ConfusionTable", "confusion_matrix"]

OWNER = "confusion_matrix"


# ---- the result ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class ConfusionTable:
    """How often each class was taken for each: rows are labels, columns predictions.

    For two classes `precision`, `recall` and `f1` are those of the second one, the
    positive one; for more they are arrays with a number per class.

    >>> import numpy as np
    >>> table = ConfusionTable(np.array([[2, 1], [0, 3]]), ["cat", "dog"])
    >>> print(table)
    6 samples, accuracy 0.8333
               as cat  as dog  recall
    cat             2       1  0.6667
    dog             0       3  1.0000
    precision  1.0000  0.7500
    f1         0.8000  0.8571
    >>> table.precision
    0.75
    """

    matrix: Array
    labels: Sequence[str] = field(default=())
    threshold: float | None = None

    def __post_init__(self) -> None:
        """Name classes by their numbers if they have no names."""
        count = len(self.matrix)
        names = [str(name) for name in self.labels] or [str(i) for i in range(count)]
        if len(names) != count:
            raise ArgumentError(
                f"{OWNER}'s labels must be {count} names, one per class, got {names}"
            )
        object.__setattr__(self, "labels", names)

    # ---- numbers ---------------------------------------------------------------------

    @property
    def total(self) -> float:
        """The number of samples, or the sum of their weights."""
        return float(self.matrix.sum())

    @property
    def support(self) -> Array:
        """How many samples of each class there are."""
        rows: Array = self.matrix.sum(axis=1)
        return rows

    @property
    def accuracy(self) -> float:
        """The share of samples on the diagonal."""
        return float(ratio(np.trace(self.matrix), self.total))

    @property
    def precision(self) -> Any:
        """Of the samples predicted as a class, the share that belong to it."""
        return self._for_positive(self._precisions)

    @property
    def recall(self) -> Any:
        """Of the samples of a class, the share predicted as such."""
        return self._for_positive(self._recalls)

    @property
    def f1(self) -> Any:
        """The harmonic mean of precision and recall."""
        return self._for_positive(self._f1s)

    @property
    def outcomes(self) -> dict[str, float]:
        """The counts ``tn``, ``fp``, ``fn`` and ``tp`` of two classes."""
        if len(self.matrix) != 2:
            raise ArgumentError(
                f"outcomes are those of two classes, and there are {len(self.matrix)}: "
                "see .matrix"
            )
        names = ("tn", "fp", "fn", "tp")
        return dict(zip(names, self.matrix.ravel().tolist(), strict=True))

    def normalized(self, by: str = "true") -> Array:
        """Return shares: of each class's samples (true), of predictions, or of all.

        >>> import numpy as np
        >>> ConfusionTable(np.array([[2, 2], [0, 3]])).normalized()
        array([[0.5, 0.5],
               [0. , 1. ]])
        """
        axes: dict[str, Any] = {"true": 1, "predicted": 0, "all": None}
        axis = axes[check_choice("normalized's by", by, list(axes))]
        shares: Array = ratio(self.matrix, self.matrix.sum(axis=axis, keepdims=True))
        return shares

    @property
    def _precisions(self) -> Array:
        shares: Array = ratio(np.diag(self.matrix), self.matrix.sum(axis=0))
        return shares

    @property
    def _recalls(self) -> Array:
        shares: Array = ratio(np.diag(self.matrix), self.support)
        return shares

    @property
    def _f1s(self) -> Array:
        said = self.matrix.sum(axis=0) + self.support
        scores: Array = ratio(2 * np.diag(self.matrix), said)
        return scores

    def _for_positive(self, values: Array) -> Any:
        return float(values[1]) if len(values) == 2 else values

    # ---- how it looks ----------------------------------------------------------------

    def _title(self) -> str:
        above = "" if self.threshold is None else f", threshold {self.threshold:g}"
        title = f"{as_count(self.total)} samples{above}"
        return f"{title}, accuracy {as_share(self.accuracy)}"

    def _lines(self) -> tuple[list[str], list[list[str]]]:
        header = ["", *(f"as {name}" for name in self.labels), "recall"]
        rows = [
            [name, *map(as_count, row), as_share(recall)]
            for name, row, recall in zip(
                self.labels, self.matrix, self._recalls, strict=True
            )
        ]
        shares = {"precision": self._precisions, "f1": self._f1s}
        rows += [[name, *map(as_share, each), ""] for name, each in shares.items()]
        return header, rows

    def __str__(self) -> str:
        """Write a table with recalls at the right, precisions and F1 below."""
        return f"{self._title()}\n{as_text(*self._lines())}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self._title(), *self._lines())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return the matrix."""
        return np.array(self.matrix, dtype=dtype)

    def to_pandas(self) -> Any:
        """Return the matrix as a pandas DataFrame; pandas must be installed."""
        pd = pandas("ConfusionTable.to_pandas")
        names = list(self.labels)
        return pd.DataFrame(
            self.matrix,
            index=pd.Index(names, name="label"),
            columns=pd.Index(names, name="predicted"),
        )


# ---- from data -----------------------------------------------------------------------


def confusion_matrix(
    y_true: Any,
    y_pred: Any,
    *,
    threshold: float = 0.5,
    num_classes: int | None = None,
    labels: Sequence[str] | None = None,
    sample_weight: Any = None,
) -> ConfusionTable:
    """Count how often each class was taken for each.

    Predictions are probabilities of the positive class, of shape (n,) or (n, 1), which
    say 1 above the ``threshold``; or numbers for K classes, of shape (n, K), the
    largest of which counts; or class numbers. Labels are class numbers or one-hot.
    ``labels`` are names for the classes. Any outputs of a model will do, also logits,
    with threshold=0.

    >>> table = confusion_matrix([0, 0, 1, 1], [0.1, 0.7, 0.8, 0.9])
    >>> table.matrix
    array([[1, 1],
           [0, 2]])
    >>> table.accuracy
    0.75
    """
    limit = check_number(f"{OWNER}'s threshold", threshold)
    p, y = _vector_or_rows(y_pred, "y_pred"), _vector_or_rows(y_true, "y_true")
    if len(y) != len(p):
        raise gg.ShapeError(f"{OWNER}: {len(y)} labels for {len(p)} predictions")
    scores = _are_scores(p, y)
    said = (p > limit).astype(np.int64) if scores else _class_numbers(p, "y_pred")
    true = _labels(y, 2 if scores else _width(p))
    largest = max(true.max(initial=0), said.max(initial=0))
    classes = _class_count(num_classes, (p, y), largest)
    matrix = _counted(true * classes + said, classes, sample_weight, len(true))
    return ConfusionTable(matrix, labels or (), limit if scores else None)


def _vector_or_rows(values: Any, what: str) -> Array:
    array = np.asarray(values)
    check_numeric(array, f"{OWNER}: {what}")
    check_finite(array, f"{OWNER}: {what}")
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim not in (1, 2):
        raise gg.ShapeError(
            f"{OWNER} needs {what} of shape (n,), (n, 1) or (n, classes), "
            f"got {array.shape}"
        )
    return array


# How many classes there are: what the user says, if all classes that occur fit in.
def _class_count(wanted: int | None, arrays: Sequence[Array], largest: int) -> int:
    widths = [array.shape[1] for array in arrays if array.ndim == 2]
    if len(set(widths)) > 1:
        raise gg.ShapeError(
            f"{OWNER}: one-hot labels of {widths[1]} classes do not match predictions "
            f"for {widths[0]}"
        )
    seen: int = max(int(largest) + 1, *widths, 1)
    if wanted is None:
        return max(seen, 2)
    count = check_count(f"{OWNER}'s num_classes", wanted, at_least=1)
    if seen > count:
        raise LabelError(
            f"{OWNER}: num_classes is {count}, but there are {seen}, from 0 to "
            f"{seen - 1}"
        )
    return count


def _width(array: Array) -> int | None:
    return array.shape[1] if array.ndim == 2 else None


# Floats for two classes are scores; whole numbers for more classes are class numbers.
def _are_scores(p: Array, y: Array) -> bool:
    if p.ndim != 1 or p.dtype.kind != "f":
        return False
    two = y.ndim == 1 and np.isin(y, (-1, 0, 1)).all()
    return bool(two or not np.array_equal(p, np.floor(p)))


def _labels(y: Array, classes: int | None) -> Array:
    if classes == 2 and y.ndim == 1 and (y == -1).any() and np.isin(y, (-1, 1)).all():
        return (y > 0).astype(np.int64)
    numbers = _class_numbers(y, "y_true")
    if y.ndim == 2 and not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
        raise LabelError(
            f"{OWNER}: labels of shape {y.shape} must be one-hot, a single 1 in each "
            "row; for several labels per sample, take one column at a time: y[:, i]"
        )
    if y.ndim == 1 and classes is not None and (numbers >= classes).any():
        raise LabelError(
            f"{OWNER}: predictions are for {classes} classes, but there is the label "
            f"{first(y, numbers >= classes)}; give a number per class, or class numbers"
        )
    return numbers


def _class_numbers(array: Array, what: str) -> Array:
    if array.ndim == 2:
        largest: Array = array.argmax(axis=1)
        return largest
    bad = (array < 0) | (array != np.floor(array)) if array.dtype.kind != "b" else None
    if bad is not None and bad.any():
        place = first(array, bad).replace("y[", f"{what}[")
        raise LabelError(f"{OWNER}: classes are numbers 0, 1, 2, ..., got {place}")
    return array.astype(np.int64)


def _counted(place: Array, classes: int, sample_weight: Any, count: int) -> Array:
    cells = classes * classes
    if sample_weight is None:
        return np.bincount(place, minlength=cells).reshape(classes, classes)
    weight = check_weights(sample_weight, count, OWNER)
    return np.bincount(place, weight, cells).reshape(classes, classes)


def check_weights(sample_weight: Any, count: int, owner: str) -> Array:
    """Return one weight per sample, in float64.

    >>> check_weights([1, 2], 2, "report")
    array([1., 2.])
    """
    weight = np.asarray(sample_weight)
    check_numeric(weight, f"{owner}: sample_weight")
    check_finite(weight, f"{owner}: sample_weight")
    if weight.shape not in ((count,), (count, 1)):
        raise gg.ShapeError(
            f"{owner}: sample_weight of shape {weight.shape} does not match {count} "
            "samples; give one weight per sample"
        )
    if (weight < 0).any():
        raise ArgumentError(
            f"{owner}: weights are at least 0, got {first(weight, weight < 0)}"
        )
    return weight.reshape(count).astype(np.float64)
