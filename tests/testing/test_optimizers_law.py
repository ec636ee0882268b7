"""check_optimizer passes ours, and names the law that a wrong one breaks."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.optimizers import Adam, Ftrl, Optimizer
from graphgrad.testing import LawError, check_optimizer
from graphgrad.testing import strategies as gst
from graphgrad.testing._optimizers import OPTIMIZER_LAWS
from graphgrad.testing._strategies_optimizers import SETTINGS

# Its weights are made of sums, wherever they were.
ANEW = ("rate", "rest")


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.__name__)
@settings(max_examples=max(4, settings().max_examples // 10))
@given(data=st.data())
def test_optimizers_of_ours_keep_the_law(
    kind: type[Optimizer], data: st.DataObject
) -> None:
    """Whatever their settings: schedules, clipping, averages, accumulation."""
    optimizer = data.draw(gst.optimizers(kinds=[kind]))
    skip = ANEW if kind is Ftrl else ()
    names = check_optimizer(optimizer, skip=skip)
    assert {*names, *skip} == set(OPTIMIZER_LAWS)
    assert not optimizer.built


class Signs(Optimizer):
    """An optimizer as one writes it, and right: momentum of signs."""

    slots = ("momentum",)

    def __init__(
        self, learning_rate: Any = 0.125, share: float = 0.5, **options: Any
    ) -> None:
        """Keep the argument."""
        super().__init__(learning_rate, **options)
        self.share = share

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: dict[str, gg.Variable],
        *scalars: gg.Tensor,
    ) -> None:
        """Go against the sign."""
        m = slots["momentum"] * self.share + self.direction(gradient, variable)
        gg.assign(slots["momentum"], m)
        gg.assign(variable, variable - m * self.size(scalars[0]))

    def direction(self, gradient: gg.Tensor, variable: gg.Variable) -> gg.Tensor:
        """Return what is added up."""
        return gg.sign(gradient)

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Return the size of a step."""
        return rate


class Climbs(Signs):
    """Goes up."""

    def direction(self, gradient: gg.Tensor, variable: gg.Variable) -> gg.Tensor:
        """Go the other way."""
        return -gradient


class Shrinks(Signs):
    """Decays whether it is told to or not."""

    def direction(self, gradient: gg.Tensor, variable: gg.Variable) -> gg.Tensor:
        """Add the weight."""
        return gradient + variable * 0.125


class HasItsOwnRate(Signs):
    """Does not read its rate."""

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Return a number."""
        return rate * 0 + 0.125


class Stands(Signs):
    """Moves nothing."""

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Return 0."""
        return rate * 0


class KeepsItsFirstRate(Signs):
    """Reads the rate when it is made, so that a schedule counts no more."""

    def __init__(self, learning_rate: Any = 0.125, **options: Any) -> None:
        """Read it."""
        super().__init__(learning_rate, **options)
        self._first = float(self.learning_rate)

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Return it."""
        return rate * 0 + self._first


class CountsInPython(Signs):
    """Has state of which no program knows."""

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Count, and take half a step at first."""
        self._seen = getattr(self, "_seen", 0) + 1
        return rate * (0.5 if self._seen < 4 else 1.0)


class Rolls(Signs):
    """Draws what nobody can draw again."""

    def direction(self, gradient: gg.Tensor, variable: gg.Variable) -> gg.Tensor:
        """Multiply by a random number."""
        return gradient * (1 + float(np.random.default_rng().random()))


class KeepsAsideWhatItLearned(Signs):
    """Has a variable that is not among its own, and so in no file."""

    def __init__(self, learning_rate: Any = 0.125, **options: Any) -> None:
        """Make it."""
        super().__init__(learning_rate, **options)
        self._aside = gg.Variable(0.0, dtype="float32", trainable=False, name="aside")

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Count, and take smaller steps."""
        gg.assign(self._aside, self._aside + 1.0)
        return rate / self._aside


class Shares(Signs):
    """Its copies have one state."""

    def __deepcopy__(self, memo: Any) -> Any:
        """Make another one with the same slots."""
        other = copy.copy(self)
        vars(other)["_state"] = {
            copy.deepcopy(weight, memo): slots for weight, slots in self._state.items()
        }
        return other


class Halves(Signs):
    """Keeps half of its argument."""

    def __init__(
        self, learning_rate: Any = 0.125, share: float = 0.5, **options: Any
    ) -> None:
        """Halve it."""
        super().__init__(learning_rate, share / 2, **options)


class HoldsAFunction(Signs):
    """Cannot be pickled."""

    def __init__(self, learning_rate: Any = 0.125, **options: Any) -> None:
        """Keep a function without a name."""
        super().__init__(learning_rate, **options)
        self._function = lambda x: x


class Overflows(Signs):
    """Divides by 0."""

    def size(self, rate: gg.Tensor) -> gg.Tensor:
        """Divide."""
        return rate / (rate * 0)


class HasWideSlots(Signs):
    """Keeps more digits than the weights have."""

    def _new_slots(self, variable: gg.Variable, taken: set[str]) -> Any:
        name = f"{self.name}/momentum/{variable.name}"
        start = np.zeros(variable.shape)
        return {"momentum": gg.Variable(start, name=name, trainable=False)}


WRONG: list[tuple[type[Optimizer], str, str]] = [
    (Halves, "config", "keep each argument in an attribute of its name"),
    (Overflows, "slots", "is not finite"),
    (HasWideSlots, "slots", "is float64 (3,), and its weight float32 (3,)"),
    (Rolls, "repeats", "a second run left another layer/bias"),
    (HasItsOwnRate, "rate", "a learning rate of 0 moves layer/bias"),
    (Stands, "rate", "6 steps leave layer/bias as it was"),
    (Shrinks, "rest", "gradients of 0 move layer/bias"),
    (Climbs, "descent", "½ Σ (w - t)² is"),
    (KeepsItsFirstRate, "schedule", "a schedule that lowers the rate from 0.125"),
    (CountsInPython, "compiled", "a program left another layer/bias"),
    (Shares, "copies", "a deep copy was trained on, and the model has another"),
    (HoldsAFunction, "pickle", "it raised"),
    (KeepsAsideWhatItLearned, "saving", "trained on, the loaded model has another"),
]


def test_an_optimizer_of_a_user_keeps_the_law() -> None:
    """All of it, with the options that all have."""
    assert check_optimizer(Signs()) == tuple(OPTIMIZER_LAWS)
    more = Signs(share=0.25, use_ema=True, clipvalue=0.5, weight_decay=0.01)
    assert check_optimizer(more, seed=1) == tuple(OPTIMIZER_LAWS)


@pytest.mark.parametrize(
    ("kind", "law", "told"), WRONG, ids=[kind.__name__ for kind, _, _ in WRONG]
)
def test_a_wrong_optimizer_is_told_which_law_it_breaks(
    kind: type[Optimizer], law: str, told: str
) -> None:
    """With its title, and what came."""
    with pytest.raises(LawError) as caught:
        check_optimizer(kind())
    message = str(caught.value)
    assert f"optimizer {kind.__name__}(0.125" in message
    assert f"breaks the law {law!r}: " in message
    assert told in message


def test_an_optimizer_that_was_used_is_checked_as_a_new_one() -> None:
    """By its configuration; it stays as it is."""
    optimizer = Adam(0.125)
    weight = gg.Variable([1.0])
    optimizer.apply([(gg.tensor([1.0]), weight)])
    before = [each.numpy() for each in optimizer.variables]
    check_optimizer(optimizer)
    after = [each.numpy() for each in optimizer.variables]
    assert all(map(np.array_equal, before, after))


def test_what_is_no_optimizer_is_refused() -> None:
    """And so are laws that there are not."""
    wrong: Any = Adam
    with pytest.raises(TypeError, match=r"such as gg.optimizers.Adam\(0.1\), got <cl"):
        check_optimizer(wrong)
    with pytest.raises(ValueError, match="skip takes names of laws, got 'rates'"):
        check_optimizer(Adam(), skip=["rates"])
