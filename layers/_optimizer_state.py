"""What an optimizer keeps: its arguments, the learning rate, counters and slots."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._config import Configurable, arguments_of
from graphgrad.layers._optimizer_options import (
    DEFAULTS,
    RENAMED,
    LearningRateError,
    OptimizerError,
    checked_options,
    refuse_change,
    refuse_others,
    refuse_rate,
)
from graphgrad.layers._registry import making
from graphgrad.layers._room import check_memory
from graphgrad.layers._schedule import LearningRateSchedule, check_schedule
from graphgrad.layers._settings import is_ours
from graphgrad.layers._text import snake_case, unique_name

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ACCUMULATOR", "AVERAGE", "OptimizerState", "Rate", "Slots"]

Rate = float | LearningRateSchedule
Slots = dict[str, gg.Variable]

# Slots of our own, beside those of the subclass.
AVERAGE = "average"
ACCUMULATOR = "gradient_accumulator"


class OptimizerState(Configurable):
    """The arguments and the state of an optimizer, without what it does.

    >>> optimizer = OptimizerState(0.5)
    >>> optimizer.learning_rate = 0.25
    >>> [variable.name for variable in optimizer.variables]
    ['optimizer_state/iterations', 'optimizer_state/learning_rate']
    """

    _door: ClassVar[str] = "optimizers"

    # It is a variable, which programs read.
    _unnoticed: ClassVar[frozenset[str]] = frozenset({"learning_rate"})

    # The name unless one is given; that of the class in snake case if this is empty.
    _usual_name: ClassVar[str] = ""

    # The state that each weight has: arrays of its shape and dtype.
    slots: tuple[str, ...] = ()

    # Numbers that the whole optimizer has, and what they start at.
    shared: ClassVar[dict[str, float]] = {}

    # What all optimizers take.
    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    gradient_accumulation_steps: int | None

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        """Take what all optimizers have; what is unknown is refused."""
        owner = type(self).__name__
        refuse_others(owner, unknown, arguments_of(type(self)))
        options = {
            "weight_decay": weight_decay,
            "clipnorm": clipnorm,
            "clipvalue": clipvalue,
            "global_clipnorm": global_clipnorm,
            "use_ema": use_ema,
            "ema_momentum": ema_momentum,
            "ema_overwrite_frequency": ema_overwrite_frequency,
            "gradient_accumulation_steps": gradient_accumulation_steps,
        }
        vars(self).update(checked_options(owner, options))
        self.name = name or self._usual_name or snake_case(owner)
        self._rate = self._made_rate(learning_rate)
        self._calls = self._scalar("iterations", 0, "int64", "counter")
        self._shared = {
            each: self._scalar(each, start, "float64", "counter")
            for each, start in self.shared.items()
        }
        self._state: dict[gg.Variable, Slots] = {}
        # Weights (after loading, their names), and parts of names.
        self._not_decayed: tuple[list[gg.Variable | str], list[str]] = ([], [])
        self.built = False

    def initial(self, slot: str) -> float:
        """Return what the elements of a slot start at."""
        return 0.0

    def settings(self) -> dict[str, Any]:
        """Return the arguments that are worth showing, by name."""
        return {}

    def number(self, name: str, value: Any, **bounds: float) -> float:
        """Return an argument that is a number within ``bounds``, or raise."""
        return check_number(f"{type(self).__name__}'s {name}", value, **bounds)

    # ---- the learning rate and the counter -------------------------------------------

    @property
    def learning_rate(self) -> gg.Tensor:
        """The learning rate: a variable that programs read, or a schedule's value."""
        if isinstance(self._rate, LearningRateSchedule):
            with np.errstate(all="ignore"):
                return gg.cast(self._rate(self._calls), "float64")
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        if not isinstance(value, LearningRateSchedule):
            refuse_rate(type(self).__name__, value)
            self._checked_rate(value)
        if any(isinstance(each, LearningRateSchedule) for each in (self._rate, value)):
            raise LearningRateError(
                f"the learning rate of {self.title()} cannot be set to {value!r}, "
                "because a schedule is a part of the program: make a new optimizer "
                f"with learning_rate={value!r}, and compile again"
            )
        assert isinstance(self._rate, gg.Variable), "what is no schedule is a variable"
        self._rate.assign(self._checked_rate(value))

    @property
    def schedule(self) -> LearningRateSchedule | None:
        """The schedule of the learning rate; None if that is a number."""
        return self._rate if isinstance(self._rate, LearningRateSchedule) else None

    @property
    def iterations(self) -> gg.Tensor:
        """The number of steps so far; calls that only add up gradients are none."""
        if self._micro == 1:
            return self._calls
        return gg.cast(self._calls / self._micro, "int64")

    # ---- slots -----------------------------------------------------------------------

    @property
    def variables(self) -> list[gg.Variable]:
        """The counter, the learning rate, and the slots weight by weight."""
        rates = [self._rate] if isinstance(self._rate, gg.Variable) else []
        slots = [slot for each in self._state.values() for slot in each.values()]
        return [self._calls, *rates, *self._shared.values(), *slots]

    def named_variables(
        self, weights: Mapping[gg.Variable, str]
    ) -> dict[gg.Variable, str]:
        """Return `variables` with names, the slots' made from those of ``weights``."""
        found = {each: each.name for each in self.variables}
        for weight, slots in self._state.items():
            if weight in weights:
                end = weights[weight]
                found |= {v: f"{self.name}/{kind}/{end}" for kind, v in slots.items()}
        return found

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[gg.Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Keep these weights, and those with such a part in their name, from decay.

        >>> import graphgrad as gg
        >>> optimizer = gg.optimizers.AdamW(0.001)
        >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        """
        if self.built:
            raise OptimizerError(
                f"{self.title()} is compiled: call exclude_from_weight_decay before"
            )
        if isinstance(var_names, str):
            raise OptimizerError(f"var_names is a list of names, got {var_names!r}")
        alone = isinstance(var_list, gg.Tensor)
        weights: list[Any] = [var_list] if alone else list(var_list or ())
        if alone or not all(isinstance(each, gg.Variable) for each in weights):
            raise OptimizerError(
                "var_list is a list of weights, such as [layer.bias], got "
                f"{', '.join(map(reprlib.repr, weights))}"
            )
        self._not_decayed = (weights, list(var_names or ()))

    def build(self, variables: Sequence[gg.Variable]) -> None:
        """Make the slots for the weights of one model, where they are not made yet.

        Weights that were frozen may come later; those of another model are refused.
        """
        new = [each for each in variables if each not in self._state]
        if self._state and new and len(new) == len(variables):
            known = ", ".join(each.name for each in self._state)
            raise OptimizerError(
                f"{self.title()} keeps state for other weights ({known}), so that it "
                f"cannot train {', '.join(each.name for each in new)}: make one "
                "optimizer per model"
            )
        if not self._state:
            self._check_exclusions(variables)
        taken = {each.name for each in self.variables}
        # All or none, whatever comes in between.
        self._state.update({each: self._new_slots(each, taken) for each in new})
        # Side by side as the weights are: those of a trained part have a home already.
        for together in _by_home([*self._state]):
            for slot in self._state[together[0]]:
                made = [self._state[variable][slot] for variable in together]
                gg.passes.pack_variables(made, f"{self.name}/{slot}")
        self.built = True

    def finalize_variable_values(self, variables: Sequence[gg.Variable]) -> None:
        """Let weights take on their averages, if there are any: the end of fit."""
        for variable in variables if self.use_ema else ():
            average = self._state.get(variable, {}).get(AVERAGE)
            if average is not None and not np.isnan(average.numpy()).any():
                variable.assign(average.numpy())

    # ---- how it is shown, and described ----------------------------------------------

    def title(self) -> str:
        """Return the optimizer as one would write it, for pictures and messages.

        >>> OptimizerState(0.5, clipnorm=1).title()
        'OptimizerState(0.5, clipnorm=1)'
        """
        rate = self._rate
        by_schedule = isinstance(rate, LearningRateSchedule)
        shown = [repr(rate) if by_schedule else f"{float(self.learning_rate):g}"]
        common = {k: v for k, v in DEFAULTS.items() if getattr(self, k) != v}
        named = self.settings() | {k: getattr(self, k) for k in common}
        for name, value in named.items():
            text = f"{value:g}" if isinstance(value, float) else repr(value)
            shown.append(f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to change what compiled programs would not notice, or nothing reads.

        Classes of others may have attributes that are ours under old names.
        """
        fixed = getattr(self, "built", False) and not name.startswith("_")
        if name in RENAMED and is_ours(self):
            refuse_change(self, name, arguments_of(type(self)))
        if fixed and name not in ("built", "learning_rate"):
            refuse_change(self, name, arguments_of(type(self)))
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        """Say what the optimizer is."""
        return f"<{self.title()} name={self.name}>"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments by name, and the weights that do not decay, if any."""
        weights, parts = self._not_decayed
        if not (weights or parts):
            return super().get_config()
        names = [each if isinstance(each, str) else each.name for each in weights]
        return super().get_config() | {"not_decayed": [names, list(parts)]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the optimizer that ``config``, from `get_config`, describes."""
        with making(cls.__name__, config):
            arguments = dict(config)
            names, parts = arguments.pop("not_decayed", ([], []))
            made = super().from_config(arguments)
            made._not_decayed = (list(names), list(parts))
        return made

    def _argument(self, name: str) -> Any:
        if name == "learning_rate" and isinstance(self._rate, gg.Variable):
            return float(self._rate.numpy())
        return self._rate if name == "learning_rate" else super()._argument(name)

    # ---- inside ----------------------------------------------------------------------

    @property
    def _micro(self) -> int:
        """How many calls make a step."""
        return self.gradient_accumulation_steps or 1

    def _made_rate(self, value: Any) -> gg.Variable | LearningRateSchedule:
        if isinstance(value, LearningRateSchedule):
            return check_schedule(f"{type(self).__name__}'s learning_rate", value)
        refuse_rate(type(self).__name__, value)
        rate = self._checked_rate(value)
        return self._scalar("learning_rate", rate, "float64", "hyperparameter")

    def _checked_rate(self, value: Any) -> float:
        return self.number("learning_rate", value, at_least=0)

    def _scalar(self, name: str, value: float, dtype: str, kind: str) -> gg.Variable:
        return gg.Variable(
            value, name=f"{self.name}/{name}", dtype=dtype, trainable=False, kind=kind
        )

    def _new_slots(self, variable: gg.Variable, taken: set[str]) -> Slots:
        starts = {slot: self.initial(slot) for slot in self.slots}
        if self._micro > 1:
            starts[ACCUMULATOR] = 0.0
        if self.use_ema:
            # Not begun yet: the first value that is met is the average so far.
            starts[AVERAGE] = np.nan
        made = {}
        for slot, start in starts.items():
            name = unique_name(f"{self.name}/{slot}/{variable.name}", taken)
            taken.add(name)
            check_memory(name, variable.shape, variable.dtype)
            value = np.full(variable.shape, start, variable.dtype)
            made[slot] = gg.Variable(value, name=name, trainable=False, kind="slot")
        return made

    def _decays(self, variable: gg.Variable) -> bool:
        weights, parts = self._not_decayed
        names = [each for each in weights if isinstance(each, str)]
        kept = variable.name in names or any(each is variable for each in weights)
        return not kept and not any(part in variable.name for part in parts)

    def _check_exclusions(self, variables: Sequence[gg.Variable]) -> None:
        weights, parts = self._not_decayed
        if weights and all(map(self._decays, variables)):
            known = ", ".join(each.name for each in variables)
            raise OptimizerError(
                f"{self.title()} was told to keep weights from decay, none of which it "
                f"trains: the weights are {known}"
            )
        for part in parts:
            if not any(part in each.name for each in variables):
                known = ", ".join(each.name for each in variables)
                raise OptimizerError(
                    f"{self.title()} was told to keep weights called {part!r} from "
                    f"decay, and there are none: the weights are {known}"
                )


# What stays where it is, and has no home, is alone.
def _by_home(variables: Sequence[gg.Variable]) -> list[list[gg.Variable]]:
    homes: dict[gg.nodes.Cell | None, list[gg.Variable]] = {}
    for each in variables:
        cell = each.cell
        alone = cell if cell.bound else None
        homes.setdefault(cell.home or alone, []).append(each)
    return list(homes.values())
