"""Metric: a mean that is kept on the graph, over batches; the base of all metrics."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._loss import weights_like
from graphgrad.layers._names import IdentifierError
from graphgrad.layers._text import snake_case

__all__ = ["Mean", "MeanMetricWrapper", "Metric"]

Values = Callable[..., gg.Tensor]


class Metric:
    """A number that is kept up to date on the graph, batch after batch.

    Subclasses make their state with `add_variable`, record how a batch changes it in
    `update_state`, and compute the number from it in `result`.

    >>> import graphgrad as gg
    >>> class Count(Metric):
    ...     def __init__(self):
    ...         super().__init__("count")
    ...         self.seen = self.add_variable("seen")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.seen.assign(self.seen + y_pred.shape[0])
    ...     def result(self):
    ...         return float(self.seen)
    >>> count = Count()
    >>> count.update_state([0, 1, 1], gg.tensor([0.2, 0.8, 0.1]))
    >>> count.result()
    3.0
    """

    def __init__(self, name: str | None = None) -> None:
        """Take a name, which is the key in the history and the scope on the graph."""
        self.name = name or snake_case(type(self).__name__)
        self.variables: list[gg.Variable] = []

    # ---- what subclasses define ------------------------------------------------------

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in a batch: labels, predictions and, if any, sample weights."""
        raise NotImplementedError(f"{type(self).__name__} defines no update_state")

    def result(self) -> float:
        """Return the number for all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} defines no result")

    # ---- what they use ---------------------------------------------------------------

    def add_variable(self, name: str) -> gg.Variable:
        """Make a number of float64 that starts at 0, as part of the state."""
        zero = np.zeros((), np.float64)
        full = f"{self.name}/{name}"
        variable = gg.Variable(zero, name=full, trainable=False, kind="metric")
        self.variables.append(variable)
        return variable

    # ---- what everybody uses ---------------------------------------------------------

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Record `update_state` in the phase loss, in a scope of the metric's name."""
        with gg.phase("loss"), gg.scope(self.name):
            self.update_state(*args, **kwargs)

    def reset_state(self) -> None:
        """Forget all batches."""
        for variable in self.variables:
            variable.assign(0)

    def __call__(self, *args: Any, **kwargs: Any) -> float:
        """Take in a batch and return the number for all so far."""
        self.update(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        """Say what the metric is."""
        return f"<{type(self).__name__} name={self.name}>"


class Averaging(Metric):
    """What keeps a mean: the sum of all values so far, and of their weights."""

    def __init__(self, name: str | None = None) -> None:
        """Start with no values, whose mean is 0."""
        super().__init__(name)
        self.total = self.add_variable("total")
        self.count = self.add_variable("count")

    def add(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of any shape; weights match their shape, or its first axes."""
        values = gg.cast(values, "float64")
        if not values.shape:
            weight = 1 if sample_weight is None else sample_weight
            self._add(values * weight, weight)
        elif sample_weight is None:
            values = _per_sample(values, 1)
            self._add(gg.sum(values), values.shape[0])
        else:
            weight = gg.cast(sample_weight, "float64")
            values = _per_sample(values, max(weight.ndim, 1))
            weight = weights_like(values, weight, self.name)
            weight = gg.broadcast_to(weight, values.shape)
            self._add(gg.sum(values * weight), gg.sum(weight))

    def _add(self, total: gg.Tensor, count: Any) -> None:
        self.total.assign(self.total + total)
        self.count.assign(self.count + count)

    def result(self) -> float:
        """Return the mean."""
        count = float(self.count)
        return float(self.total) / count if count else 0.0


class Mean(Averaging):
    """The mean of all values it was given, weighted if there are weights.

    Of no values at all it is 0.

    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0])
    >>> mean.update_state(8.0, 2)
    >>> mean.result()
    5.0
    """

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of any shape; weights match their shape, or its first axes."""
        self.add(values, sample_weight)


class MeanMetricWrapper(Averaging):
    """The mean over all samples of a function of labels and predictions.

    >>> import graphgrad as gg
    >>> miss = MeanMetricWrapper(lambda y_true, y_pred: abs(y_true - y_pred), "miss")
    >>> miss(gg.tensor([1.0, 2.0]), gg.tensor([1.0, 5.0]))
    1.5
    """

    def __init__(self, fn: Values, name: str | None = None, **kwargs: Any) -> None:
        """Wrap ``fn``, which is called with ``kwargs``, and take its name."""
        own = getattr(fn, "__name__", snake_case(type(fn).__name__))
        super().__init__(name or ("lambda" if own == "<lambda>" else own))
        self.fn = fn
        self.arguments = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        values = self.fn(y_true, y_pred, **self.arguments)
        if not isinstance(values, gg.Tensor):
            raise IdentifierError(
                f"metric {self.name!r} returned {type(values).__name__}, expected a "
                "tensor: compute with gg's functions and operators, as in gg.mean(...)"
            )
        self.add(values, sample_weight)


# The mean over all axes that are not those of samples (and of weights).
def _per_sample(values: gg.Tensor, kept: int) -> gg.Tensor:
    inner = tuple(range(kept, values.ndim))
    if not inner:
        return values
    if math.prod(values.shape[kept:]) == 1:
        return gg.reshape(values, values.shape[:kept])
    return gg.mean(values, axis=inner)
