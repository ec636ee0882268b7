"""check_metric names the law that a wrong one breaks (ours are in tests/layers)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.metrics import AUC, Metric
from graphgrad.testing import LawError, check_metric
from graphgrad.testing._metrics import METRIC_LAWS

Y = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
P = np.array([[0.25], [0.75], [0.125], [0.5], [1.0]])


class Miss(Metric):
    """A metric as one writes it, and right: the mean distance, times a factor."""

    def __init__(self, factor: float = 1.0, name: str | None = None) -> None:
        """Make the state."""
        super().__init__(name)
        self.factor = factor
        self.total = self.add_weight("total")
        self.seen = self.add_weight("seen")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add up."""
        values = gg.reshape(abs(gg.cast(y_true, "float64") - y_pred), (-1,))
        weight = gg.ones_like(values)
        if sample_weight is not None:
            weight = gg.cast(sample_weight, values.dtype)
        self.add(values, weight)

    def add(self, values: gg.Tensor, weight: gg.Tensor) -> None:
        """Add values up, each so many times."""
        self.total.assign_add(gg.sum(values * weight))
        self.seen.assign_add(gg.sum(weight))

    def result(self) -> Any:
        """Divide."""
        return self.factor * float(self.total) / max(float(self.seen), 1e-9)


class DividesByNothing(Miss):
    """Has no number before it has seen something."""

    def result(self) -> Any:
        """Divide."""
        return np.float64(self.total) / np.float64(self.seen)


class Exceeds(Miss):
    """Is no share."""

    def result(self) -> Any:
        """Add 1."""
        return super().result() + 1


class CountsWhenAsked(Miss):
    """Changes when it is asked."""

    def result(self) -> Any:
        """Count."""
        self.seen.assign_add(1.0)
        return super().result()


class Overwrites(Miss):
    """Sorts what it is given, in place."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Sort."""
        if isinstance(y_pred, np.ndarray):
            y_pred.sort(axis=0)
        super().update_state(y_true, y_pred, sample_weight)


class Trains(Miss):
    """Has state that can be trained."""

    def __init__(self, name: str | None = None) -> None:
        """Make more."""
        super().__init__(name=name)
        self.variables.append(gg.Variable(0.0, name="more"))
        self._initial.append(np.zeros(()))


class Remembers(Miss):
    """Keeps something through a reset."""

    def reset_state(self) -> None:
        """Forget half."""
        self.total.assign(0.0)


class MeansOfMeans(Miss):
    """Takes the mean of the batches' means."""

    def add(self, values: gg.Tensor, weight: gg.Tensor) -> None:
        """Count a batch as one."""
        self.total.assign_add(gg.sum(values * weight) / gg.sum(weight))
        self.seen.assign_add(1.0)


class Last(Miss):
    """Knows the last batch alone."""

    def add(self, values: gg.Tensor, weight: gg.Tensor) -> None:
        """Forget what was."""
        self.total.assign(gg.sum(values * weight))
        self.seen.assign(gg.sum(weight))


class ForgetsWeights(Miss):
    """Divides by the number of samples."""

    def add(self, values: gg.Tensor, weight: gg.Tensor) -> None:
        """Count each as one."""
        self.total.assign_add(gg.sum(values * weight))
        self.seen.assign_add(float(values.size))


class ComputesWithNumPy(Miss):
    """Takes numbers from a tensor, where a program has none yet."""

    def add(self, values: gg.Tensor, weight: gg.Tensor) -> None:
        """Add up beside the graph."""
        super().add(gg.tensor(values.numpy()), weight)


class CountsInPython(Miss):
    """Has state of which no program knows."""

    _batches = 0

    def add(self, values: gg.Tensor, weight: gg.Tensor) -> None:
        """Let later batches count for more."""
        self._batches += 1
        super().add(values * self._batches, weight)


class Halves(Miss):
    """Keeps half of its argument."""

    def __init__(self, factor: float = 1.0, name: str | None = None) -> None:
        """Halve it."""
        super().__init__(factor / 2, name)


class HoldsAFunction(Miss):
    """Cannot be pickled."""

    def __init__(self, name: str | None = None) -> None:
        """Keep a function without a name."""
        super().__init__(name=name)
        self._function = lambda x: x


class Shares(Miss):
    """Its copies count together."""

    def __deepcopy__(self, memo: Any) -> Any:
        """Make another one with the same state."""
        other = Shares()
        other.total, other.seen = self.total, self.seen
        other._variables[:] = self._variables
        return other


WRONG: list[tuple[type[Metric], str, str]] = [
    (DividesByNothing, "value", "the number of no samples is nan"),
    (Exceeds, "value", "the number of no samples is 1.0, expected one between 0 and 0"),
    (CountsWhenAsked, "value", "asked for the second time it is"),
    (Overwrites, "value", "it changed its outputs to"),
    (Trains, "state", "more can be trained"),
    (Remembers, "reset", "after a reset the samples have"),
    (MeansOfMeans, "parts", "in batches of 1 and 4 the number is"),
    (Last, "parts", "in batches of 1 and 4 the number is"),
    (ForgetsWeights, "weights", "with weights of 0 and 2"),
    (ComputesWithNumPy, "compiled", "it raised TraceError"),
    (Halves, "config", "keep each argument in an attribute of its name"),
    (Shares, "copies", "a deep copy counted on, and the metric has another"),
    (HoldsAFunction, "pickle", "it raised"),
]


def test_a_metric_of_a_user_keeps_the_law() -> None:
    """All of it, for columns and vectors."""
    assert check_metric(Miss(), Y, P, between=(0, 1)) == tuple(METRIC_LAWS)
    assert check_metric(Miss(2.0), Y[:, 0], P[:, 0]) == tuple(METRIC_LAWS)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(
    ("kind", "law", "told"), WRONG, ids=[kind.__name__ for kind, _, _ in WRONG]
)
def test_a_wrong_metric_is_told_which_law_it_breaks(
    kind: type[Metric], law: str, told: str
) -> None:
    """With its name, the shapes, and what came."""
    with pytest.raises(LawError) as caught:
        check_metric(kind(), Y, P, between=(0, 0.75))
    message = str(caught.value)
    assert f"({kind.__name__}) breaks the law {law!r} for labels of shape " in message
    assert told in message


def test_a_model_is_asked_as_well() -> None:
    """It records a batch once, and runs it twice."""
    with pytest.raises(LawError, match=r"law 'model' .* evaluate of a model gave"):
        check_metric(CountsInPython(), Y[:4], P[:4], skip=["reset", "parts"])


def test_a_metric_that_was_used_is_checked_as_a_new_one() -> None:
    """It stays as it is."""
    metric = AUC()
    metric.update(Y, P)
    before = [each.numpy() for each in metric.variables]
    check_metric(metric, Y, P, between=(0, 1))
    after = [each.numpy() for each in metric.variables]
    assert all(map(np.array_equal, before, after))


def test_what_is_no_metric_or_no_data_is_refused() -> None:
    """And so are laws that there are not."""
    wrong: Any = AUC
    with pytest.raises(TypeError, match=r"gg.metrics.MeanMetricWrapper\(function\)"):
        check_metric(wrong, Y, P)
    with pytest.raises(ValueError, match=r"of two samples or more, got shapes \(5, 1"):
        check_metric(AUC(), Y, P[:2])
    with pytest.raises(ValueError, match="skip takes names of laws, got 'sums'"):
        check_metric(AUC(), Y, P, skip=["sums"])
