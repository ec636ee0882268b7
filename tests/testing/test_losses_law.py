"""check_loss passes every loss of ours, and names the law that a wrong one breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import losses
from graphgrad.testing import LawError, check_loss
from graphgrad.testing import strategies as gst
from graphgrad.testing._losses import LOSS_LAWS
from graphgrad.testing._strategies_models import LOSSES

KINDS = list(dict.fromkeys(row[0] for row in LOSSES))
Y = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.25]])
P = np.array([[0.5, 0.75], [0.25, 0.5], [2.0, -1.0]])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=max(2, settings().max_examples // 10))
@given(data=st.data())
def test_losses_of_ours_keep_the_law(kind: Any, data: st.DataObject) -> None:
    """Whatever their settings, labels and predictions."""
    case = data.draw(gst.losses_with_labels(kinds=[kind]))
    mixes = isinstance(case.loss, losses.Circle)
    names = check_loss(case.loss, case.y_true, case.y_pred, mixes_rows=mixes)
    assert names == tuple(LOSS_LAWS)


class Miss(losses.Loss):
    """A loss as one writes it, and right."""

    def __init__(self, power: float = 2.0, **options: Any) -> None:
        """Keep the argument."""
        super().__init__(**options)
        self.power = power

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return a mean of powers."""
        return gg.mean(abs(gg.cast(y_true, y_pred.dtype) - y_pred) ** self.power, -1)


class OneForAll(Miss):
    """Forgets the samples."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one number."""
        return gg.mean(super().call(y_true, y_pred), keepdims=True)


class Compares(Miss):
    """Compares a sample with the others."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Subtract the mean."""
        values = super().call(y_true, y_pred)
        return values - gg.mean(values) / 2


class Wide(Miss):
    """Computes in float64."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Convert first."""
        return super().call(y_true, gg.cast(y_pred, "float64"))


class Infinite(Miss):
    """Divides by 0."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Divide."""
        return super().call(y_true, y_pred) / 0.0


class Stopped(Miss):
    """Lets half of the gradient through."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Stop the other half."""
        values = super().call(y_true, y_pred)
        return values / 2 + gg.stop_gradient(values) / 2


class Halves(Miss):
    """Keeps half of its argument."""

    def __init__(self, power: float = 4.0, **options: Any) -> None:
        """Halve it."""
        super().__init__(power / 2, **options)


class Holds(Miss):
    """Cannot be pickled."""

    def __init__(self, power: float = 2.0, **options: Any) -> None:
        """Keep a function without a name."""
        super().__init__(power, **options)
        self.function = lambda x: x


class Weighs(Miss):
    """Has weights of its own for the sample weights."""

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> gg.Tensor:
        """Add 1 to them."""
        more = None if sample_weight is None else sample_weight + 1.0
        return super().__call__(y_true, y_pred, more)


WRONG: list[tuple[type[Miss], str, str]] = [
    (Wide, "value", "it has the dtype float64, expected float32"),
    (Infinite, "value", "it is not finite"),
    (OneForAll, "samples", r"values of shape (1,) for 3 samples"),
    (Compares, "samples", "mixes_rows=True if that is meant"),
    (Weighs, "weights", "with weights of 1 the value is"),
    (Stopped, "gradients", "y_pred"),
    (Halves, "config", "keep each argument in an attribute of its name"),
    (Holds, "pickle", "it raised"),
]


def test_a_loss_of_a_user_keeps_the_law() -> None:
    """All of it."""
    assert check_loss(Miss(3.0), Y, P) == tuple(LOSS_LAWS)
    assert check_loss(Compares(), Y, P, mixes_rows=True) == tuple(LOSS_LAWS)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize(
    ("kind", "law", "told"), WRONG, ids=[kind.__name__ for kind, _, _ in WRONG]
)
def test_a_wrong_loss_is_told_which_law_it_breaks(
    kind: type[Miss], law: str, told: str
) -> None:
    """With its name, the shapes, and what came."""
    with pytest.raises(LawError) as caught:
        check_loss(kind(), Y, P)
    message = str(caught.value)
    assert f"loss {kind.__name__} breaks the law {law!r} for labels of" in message
    assert told in message


def cubed(y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
    """Return a mean of cubes."""
    return gg.mean(abs(y_true - y_pred) ** 3, axis=-1)


def test_a_function_is_a_loss_as_for_compile() -> None:
    """It has nothing to keep: neither a configuration nor a pickle is asked for."""
    laws = ("value", "samples", "weights", "gradients", "compiled")
    for function in (cubed, losses.huber, lambda y, p: gg.mean((y - p) ** 2, axis=-1)):
        assert check_loss(function, Y, P) == laws
    assert check_loss(cubed, Y, P, skip="weights") == laws[:2] + laws[3:]
    with pytest.raises(LawError, match=r"loss wrong breaks the law 'gradients'"):
        check_loss(wrong, Y, P)
    with pytest.raises(LawError, match=r"loss lambda breaks .* mean over the last"):
        check_loss(lambda y, p: gg.mean((y - p) ** 2), Y, P)


def wrong(y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
    """Forget half of the gradient."""
    values = cubed(y_true, y_pred)
    return (values + gg.stop_gradient(values)) / 2


def test_what_is_no_law_of_losses_is_refused() -> None:
    """By the names that there are."""
    with pytest.raises(ValueError, match="skip takes names of laws, got 'rows'"):
        check_loss(Miss(), Y, P, skip="rows")


class Plain(losses.Loss):
    """A loss as the manual writes it, which casts nothing."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return the mean of squares."""
        return gg.mean((y_true - y_pred) ** 2, axis=-1)


@pytest.mark.parametrize("labels", [Y, Y.tolist(), Y > 0, np.int64(Y), np.float32(Y)])
def test_labels_come_as_training_gives_them(labels: Any) -> None:
    """Which has converted them before the loss sees them."""
    check_loss(Plain(), labels, P, skip=["pickle"])
