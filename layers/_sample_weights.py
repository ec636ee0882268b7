"""Weights of samples: given one by one, by class, or both."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from graphgrad.layers._arguments import check_number
from graphgrad.layers._data import Array, DataError, as_data, check_lengths
from graphgrad.layers._frames import placed
from graphgrad.layers._samples import classes_of

__all__ = ["ClassWeights", "sample_weights"]


def sample_weights(weight: Any, x: Array, what: str = "sample_weight") -> Array:
    """Return one weight a sample as float32, or raise what is wrong with them.

    >>> sample_weights([[1], [0]], np.zeros((2, 3)))
    array([1., 0.], dtype=float32)
    """
    if isinstance(weight, Mapping | str):
        kind = "text" if isinstance(weight, str) else "a dict"
        raise DataError(
            f"{what} is {kind}, expected one number a sample: got "
            f"{reprlib.repr(weight)}; what is said of classes is class_weight"
        )
    array = as_data(weight, what)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"{what} has one number a sample, shape (n,) or (n, 1), got {array.shape}"
        )
    check_lengths(x, array, "x", what, "one weight")
    return _sensible(array.astype(np.float32), what)


def _sensible(weight: Array, what: str, where: str = "") -> Array:
    if weight.min() < 0:
        at = int(weight.argmin())
        raise DataError(
            f"{placed(what, [at])} is {weight[at]:g}: a weight below 0 would make the "
            "loss of that sample grow; weights are at least 0"
        )
    if not weight.any():
        raise DataError(f"{what} is 0 for all samples{where}: nothing would be learned")
    return weight


class ClassWeights:
    """What ``class_weight`` says: a weight for every class.

    A dict maps classes to weights, and those that it leaves out have 1; a list has them
    in the order of the classes; ``balanced`` gives every class the same sum.

    >>> ClassWeights({1: 3.0}).of(np.array([0, 1, 1]))
    array([1., 3., 3.], dtype=float32)
    >>> ClassWeights("balanced").of(np.array([0, 1, 1, 1])).tolist()
    [2.0, 0.6666666865348816, 0.6666666865348816, 0.6666666865348816]
    """

    def __init__(self, given: Any, outputs: int | None = None) -> None:
        """Check what was ``given``; the model has so many ``outputs``."""
        self.balanced = isinstance(given, str) and given == "balanced"
        self.by_class: dict[int, float] = {}
        self.whole = False
        self.outputs = outputs
        if self.balanced:
            return
        if isinstance(given, Mapping):
            for key, value in given.items():
                number = _class_number(key)
                self.by_class[number] = _weight(key, value)
        elif isinstance(given, str | AbstractSet) or not hasattr(given, "__len__"):
            raise DataError(
                "class_weight is a dict such as {0: 1.0, 1: 3.0}, a list with a weight "
                f"per class, or 'balanced', got {given!r}"
            )
        else:
            self.whole = True
            values = np.asarray(given).ravel().tolist()
            self.by_class = {i: _weight(i, value) for i, value in enumerate(values)}
        if not self.by_class:
            raise DataError("class_weight is empty; leave it out")

    def of(self, y: Array, what: str = "y", *, complete: bool = True) -> Array:
        """Return the weights of samples with labels ``y``.

        ``complete`` says that these are all samples: then a class that no sample has
        is a mistake, unless the model knows it.
        """
        classes = classes_of(y)
        if classes is None:
            raise DataError(
                f"class_weight needs one class per sample, a whole number or a row "
                f"with one 1; {what}, of shape {y.shape} and dtype {y.dtype}, holds "
                "others; use sample_weight"
            )
        known, inverse, counts = np.unique(
            classes, return_inverse=True, return_counts=True
        )
        if self.balanced:
            table = len(classes) / (len(known) * counts)
        else:
            self._check(known.tolist(), what, complete=complete)
            table = np.array([self.by_class.get(int(each), 1.0) for each in known])
        weight: Array = table.astype(np.float32)[inverse.reshape(-1)]
        return _sensible(weight, "class_weight") if complete else weight

    def _check(self, known: list[int], what: str, *, complete: bool) -> None:
        shown = ", ".join(map(str, known[:10])) + (", ..." if len(known) > 10 else "")
        if self.whole:
            missing = [each for each in known if each not in self.by_class]
            if missing:
                raise DataError(
                    f"class_weight has weights for the classes 0 to "
                    f"{len(self.by_class) - 1}, but {what} holds the class "
                    f"{missing[0]}; give one for each class, or a dict"
                )
        if self.outputs is None and not complete:
            return
        possible = {*known, *range(max(self.outputs or 0, 2))}
        if complete or (self.outputs or 0) > 1:
            strange = [each for each in self.by_class if each not in possible]
            if strange:
                raise DataError(
                    f"class_weight names the class {strange[0]}, but {what} holds the "
                    f"classes {shown}; leave it out, or take the numbers of {what}"
                )


def _class_number(key: Any) -> int:
    try:
        if not isinstance(key, str | bool) and int(key) == key:
            return int(key)
    except (TypeError, ValueError):
        pass
    raise DataError(
        f"class_weight maps the numbers of classes to weights, got the class {key!r}: "
        "use the number that stands for it in y"
    )


def _weight(key: Any, value: Any) -> float:
    return check_number(f"class_weight[{key!r}]", value, at_least=0)
