"""The laws of metrics, each a function that raises what it found."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._types import Array, Shape
from graphgrad.testing._asked import as_numbers
from graphgrad.testing._laws import FoundError, close, same

__all__ = [
    "MetricUnderTest",
    "compiled",
    "config",
    "copies",
    "model",
    "parts",
    "pickles",
    "reset",
    "state",
    "value",
    "weights",
]

__tracebackhide__ = True  # pytest shows the line of the test

# What state in float64 may lose where it is added up in another order, of terms that
# may have been computed in float32.
NEAR = 2e-6


class MetricUnderTest:
    """A metric, of which each law takes a copy, with labels and outputs.

    >>> ones = np.ones((2, 1))
    >>> MetricUnderTest(gg.metrics.BinaryAccuracy(), ones, ones).of(ones, ones)
    array(1.)
    """

    def __init__(
        self,
        metric: gg.metrics.Metric,
        y_true: Any,
        y_pred: Any,
        *,
        between: tuple[float, float] | None = None,
    ) -> None:
        """Take a metric, of whatever state, and a few samples."""
        if not isinstance(metric, gg.metrics.Metric):
            raise TypeError(
                "check_metric takes a metric, an object such as gg.metrics.AUC(), got "
                f"{metric!r}; a function becomes one by "
                "gg.metrics.MeanMetricWrapper(function)"
            )
        self.metric, self.between = metric, _checked_range(between)
        self.y_true = as_numbers("labels", y_true).copy()
        self.y_pred = as_numbers("outputs", y_pred).copy()
        if self.y_pred.dtype == np.float64:
            # As models give it.
            self.y_pred = self.y_pred.astype(np.float32)
        rows = [len(each) if each.ndim else 0 for each in (self.y_true, self.y_pred)]
        if rows[0] != rows[1] or rows[0] < 2:
            raise ValueError(
                "check_metric takes labels and outputs of two samples or more, got "
                f"shapes {self.y_true.shape} and {self.y_pred.shape}"
            )

    def fresh(self) -> gg.metrics.Metric:
        """Return a copy that has seen nothing."""
        metric = copy.deepcopy(self.metric)
        metric.reset_state()
        return metric

    def of(self, *batch: Any) -> Array:
        """Return the number of a fresh copy after one batch."""
        metric = self.fresh()
        metric.update(*batch)
        return number(metric)

    @property
    def whole(self) -> Array:
        """The number of all samples at once."""
        return self.of(self.y_true, self.y_pred)

    def report(self, law: str, found: str) -> str:
        """Write what is told of a broken law."""
        return (
            f"metric {self.metric.name!r} ({type(self.metric).__name__}) breaks the "
            f"law {law!r} for labels of shape {self.y_true.shape} and outputs of shape "
            f"{self.y_pred.shape}: {found}"
        )


def _checked_range(between: Any) -> tuple[float, float] | None:
    if between is None:
        return None
    try:
        low, high = map(float, between)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not low <= high:
        raise ValueError(
            "between must be two numbers, the lowest and the highest that the metric "
            f"gives: got {between!r}"
        )
    return low, high


def number(metric: gg.metrics.Metric) -> Array:
    """Return the number, or the numbers, as an array.

    >>> number(gg.metrics.Mean())
    array(0.)
    """
    return np.asarray(metric.value())


# ---- values --------------------------------------------------------------------------


def value(case: MetricUnderTest) -> None:
    """Check that the number is finite and in range, and that asking changes nothing."""
    metric = case.fresh()
    before = case.y_true.copy(), case.y_pred.copy()
    _check_number(case, number(metric), "of no samples")
    metric.update(case.y_true, case.y_pred)
    found = number(metric)
    _check_number(case, found, "of the samples")
    same(found, number(metric), "asked for the second time it is")
    for what, old, new in zip(
        ("labels", "outputs"), before, (case.y_true, case.y_pred), strict=True
    ):
        same(old, new, f"it changed its {what} to")


def _check_number(case: MetricUnderTest, found: Array, what: str) -> None:
    if found.dtype.kind != "f" or not np.all(np.isfinite(found)):
        raise FoundError(f"the number {what} is {found}, expected a finite float")
    if case.between is not None:
        low, high = case.between
        if np.any(found < low) or np.any(found > high):
            raise FoundError(
                f"the number {what} is {found}, expected one between {low:g} and "
                f"{high:g}"
            )


def state(case: MetricUnderTest) -> None:
    """Check that state keeps its shape and dtype, and is no weight to train."""
    metric = case.fresh()
    metric.update(case.y_true, case.y_pred)
    before = _specs(metric)
    metric.update(case.y_true, case.y_pred)
    if _specs(metric) != before:
        raise FoundError(
            f"its state is {_specs(metric)} after a second batch, and was {before}: "
            "make it in __init__, or when the first batch comes"
        )
    for variable in metric.variables:
        if variable.trainable:
            raise FoundError(f"{variable.name} can be trained: use add_weight")


def _specs(metric: gg.metrics.Metric) -> list[tuple[str, Shape, str]]:
    return [(each.name, each.shape, str(each.dtype)) for each in metric.variables]


# ---- samples -------------------------------------------------------------------------


def reset(case: MetricUnderTest) -> None:
    """Check that after `reset_state` it is as if it had seen nothing."""
    metric = case.fresh()
    empty = number(metric)
    for _ in range(2):
        metric.update(case.y_true, case.y_pred)
        same(case.whole, number(metric), "after a reset the samples have")
        metric.reset_state()
        found = number(metric)
        # How many numbers there are may be known by the first batch alone.
        due = np.broadcast_to(empty, found.shape) if not empty.ndim else empty
        same(due, found, "of no samples, after a reset, it is")


def parts(case: MetricUnderTest) -> None:
    """Check that samples count alike, in however many batches, and in any order."""
    due, rows = case.whole, len(case.y_true)
    for cut in sorted({1, rows // 2, rows - 1}):
        metric = case.fresh()
        metric.update(case.y_true[:cut], case.y_pred[:cut])
        metric.update(case.y_true[cut:], case.y_pred[cut:])
        what = f"in batches of {cut} and {rows - cut} the number is"
        close(due, number(metric), what, NEAR)
    turned = case.of(case.y_true[::-1], case.y_pred[::-1])
    close(due, turned, "the other way round the number is", NEAR)


def weights(case: MetricUnderTest) -> None:
    """Check that weights of 1 change nothing, and that 0 and 2 count as such."""
    rows = len(case.y_true)
    ones = case.of(case.y_true, case.y_pred, np.ones(rows, np.float32))
    close(case.whole, ones, "with weights of 1 the number is", NEAR)
    times = np.arange(rows) % 3
    due = case.of(*(np.repeat(each, times, 0) for each in (case.y_true, case.y_pred)))
    found = case.of(case.y_true, case.y_pred, times.astype(np.float32))
    what = "with weights of 0 and 2, in place of samples left out and doubled, it is"
    close(due, found, what, NEAR)


# ---- programs ------------------------------------------------------------------------


def compiled(case: MetricUnderTest) -> None:
    """Check that programs count as tensors do, batch after batch."""
    eager, program = case.fresh(), case.fresh()
    half = len(case.y_true) // 2
    for rows in (slice(half), slice(half, None)):
        batch = case.y_true[rows], case.y_pred[rows]
        eager.update(*batch)
        specs = [gg.Spec(each.shape, each.dtype) for each in batch]
        gg.Program(gg.passes.optimize(gg.trace(program.update, *specs)))(*batch)
    _alike(_counted(eager), _counted(program), "a program left")


def model(case: MetricUnderTest) -> None:
    """Check that `evaluate` of a model gives what the metric has by hand."""
    x, y = case.y_pred, case.y_true
    if x.ndim == 1:
        # An output has an axis of its own, and so have labels of its shape.
        x, y = x[:, None], y[:, None] if y.ndim == 1 else y
    asked, by_hand = case.fresh(), case.fresh()
    made = gg.Sequential([gg.Input(x.shape[1:]), gg.Activation("linear")])
    made.compile("sgd", _Any(y), metrics=[asked])
    size = (len(x) + 1) // 2
    made.evaluate(x, y, batch_size=size, verbose=0)
    outputs = made.predict(x, verbose=0)
    for start in range(0, len(x), size):
        by_hand.update(y[start : start + size], outputs[start : start + size])
    close(number(by_hand), number(asked), "evaluate of a model gave", NEAR)


class _Any(gg.losses.Loss):
    """A loss that takes labels of any shape."""

    def __init__(self, y: Array) -> None:
        super().__init__("any")
        self._y = y

    def label_spec(self, output_shape: Any) -> gg.Spec:
        """Return their shape."""
        dtype = np.float32 if self._y.dtype.kind == "f" else self._y.dtype
        return gg.Spec((output_shape[0], *self._y.shape[1:]), np.dtype(dtype))

    def check(self, y: Array, output_shape: Any) -> None:
        """Find nothing wrong."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return a number for each sample."""
        return gg.mean(gg.reshape(y_pred, (y_pred.shape[0], -1)), axis=-1)


# ---- copies --------------------------------------------------------------------------


def config(case: MetricUnderTest) -> None:
    """Check that the arguments that a metric names make one that counts alike."""
    kept = case.metric.get_config()
    try:
        json.dumps(gg.metrics.serialize(case.metric))
    except TypeError as error:
        raise FoundError(
            f"get_config gave {kept!r}, which JSON cannot hold ({error}): return "
            "numbers, texts, lists and dicts, or gg.metrics.serialize(object)"
        ) from error
    again = type(case.metric).from_config(kept)
    if again.get_config() != kept:
        raise FoundError(
            f"get_config gave {kept!r}, and that of the metric made from it "
            f"{again.get_config()!r}: keep each argument in an attribute of its name"
        )
    again.update(case.y_true, case.y_pred)
    same(case.whole, number(again), "the metric made by from_config gave")


def copies(case: MetricUnderTest) -> None:
    """Check that a deep copy has all state, and counts on apart."""
    _check_copy(case, copy.deepcopy, "a deep copy")


def pickles(case: MetricUnderTest) -> None:
    """Check that a metric comes out of a pickle as it went in."""
    _check_copy(case, lambda each: pickle.loads(pickle.dumps(each)), "a pickled copy")  # noqa: S301


def _check_copy(
    case: MetricUnderTest,
    copied: Callable[[gg.metrics.Metric], gg.metrics.Metric],
    what: str,
) -> None:
    half = len(case.y_true) // 2
    metric = case.fresh()
    metric.update(case.y_true[:half], case.y_pred[:half])
    other = copied(metric)
    _alike(_counted(metric), _counted(other), f"{what} has")
    metric.update(case.y_true[half:], case.y_pred[half:])
    due = _counted(metric)
    other.update(case.y_true[half:], case.y_pred[half:])
    _alike(due, _counted(metric), f"{what} counted on, and the metric has")
    _alike(due, _counted(other), f"counting on, {what} has")


def _counted(metric: gg.metrics.Metric) -> list[tuple[str, Array]]:
    state = [(each.name, each.numpy()) for each in metric.variables]
    return [*state, ("number", number(metric))]


def _alike(
    due: list[tuple[str, Array]], found: list[tuple[str, Array]], what: str
) -> None:
    mine, yours = ([name for name, _ in each] for each in (due, found))
    if mine != yours:
        raise FoundError(
            f"{what} state called {', '.join(yours)}, expected {', '.join(mine)}"
        )
    for (name, one), (_, other) in zip(due, found, strict=True):
        close(one, other, f"{what} another {name}:", NEAR)
