"""Optimizer: records how a step changes the weights; the base of all optimizers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._names import refuse_unknown
from graphgrad.layers._text import snake_case

__all__ = ["Optimizer", "OptimizerError"]

# What older and other libraries call our arguments.
_RENAMED = {
    "alpha": "learning_rate",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "betas": "beta_1",
    "decay": "rho",
    "eps": "epsilon",
    "learn_rate": "learning_rate",
    "lr": "learning_rate",
}


class OptimizerError(gg.GraphgradError, ValueError):
    """An optimizer that is used in a way that it cannot be."""


class Optimizer:
    """A rule that changes weights by their gradients, recorded on the graph.

    Subclasses name their state in ``slots``, record the change of one weight in
    `update_step`, and, if they need more than the learning rate, compute what is common
    to all weights in `scalars`. The learning rate may be assigned at any time; the
    other arguments are fixed once the optimizer has been compiled into a program.

    >>> import graphgrad as gg
    >>> class Signs(Optimizer):
    ...     def update_step(self, gradient, variable, slots, rate):
    ...         gg.assign(variable, variable - gg.sign(gradient) * rate)
    >>> weight = gg.Variable([1.0, 2.0])
    >>> Signs(0.5).apply([(gg.tensor([3.0, -4.0]), weight)])
    >>> weight.numpy()
    array([0.5, 2.5])
    """

    # The state that each weight has: arrays of its shape and dtype that start at 0.
    slots: tuple[str, ...] = ()

    def __init__(
        self, learning_rate: float = 0.001, name: str | None = None, **unknown: Any
    ) -> None:
        """Take the learning rate; what is unknown is refused."""
        self.refuse(unknown, ("learning_rate", "name"))
        self.name = name or snake_case(type(self).__name__)
        rate = self._checked_rate(learning_rate)
        self._rate = gg.Variable(
            rate,
            name=f"{self.name}/learning_rate",
            dtype="float64",
            trainable=False,
            kind="hyperparameter",
        )
        self.iterations = gg.Variable(
            0,
            name=f"{self.name}/iterations",
            dtype="int64",
            trainable=False,
            kind="counter",
        )
        self._state: dict[gg.Variable, dict[str, gg.Variable]] = {}
        self.built = False

    # ---- what subclasses define ------------------------------------------------------

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: dict[str, gg.Variable],
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of ``variable`` and its slots, given the `scalars`."""
        raise NotImplementedError(f"{type(self).__name__} defines no update_step")

    def scalars(self, rate: gg.Tensor, step: gg.Tensor) -> tuple[gg.Tensor, ...]:
        """Return what all weights of a step have in common; ``step`` counts from 1."""
        return (rate,)

    def settings(self) -> dict[str, Any]:
        """Return the arguments that are worth showing, by name."""
        return {}

    # ---- what they use ---------------------------------------------------------------

    def refuse(self, unknown: dict[str, Any], valid: Sequence[str]) -> None:
        """Raise if an argument is none of ``valid``, and name what was meant."""
        renamed = {old: new for old, new in _RENAMED.items() if new in valid}
        refuse_unknown(type(self).__name__, unknown, valid, renamed)

    def number(self, name: str, value: Any, **bounds: float) -> float:
        """Return an argument that is a number within ``bounds``, or raise."""
        return check_number(f"{type(self).__name__}'s {name}", value, **bounds)

    # ---- what everybody uses ---------------------------------------------------------

    @property
    def learning_rate(self) -> gg.Variable:
        """The learning rate, as a variable: programs read it at every step."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._rate.assign(self._checked_rate(value))

    @property
    def variables(self) -> list[gg.Variable]:
        """The step counter, the learning rate, and the slots weight by weight."""
        slots = [slot for each in self._state.values() for slot in each.values()]
        return [self.iterations, self._rate, *slots]

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
        for variable in new:
            self._state[variable] = {
                slot: gg.Variable(
                    np.zeros(variable.shape, variable.dtype),
                    name=f"{self.name}/{slot}/{variable.name}",
                    trainable=False,
                    kind="slot",
                )
                for slot in self.slots
            }
        self.built = True

    def apply(self, grads_and_vars: Sequence[tuple[Any, gg.Variable]]) -> None:
        """Change the weights by their gradients, or record that while tracing.

        A gradient None means that the loss does not depend on the weight, which stays.
        """
        pairs = [(g, v) for g, v in grads_and_vars if g is not None]
        if not pairs:
            raise OptimizerError(
                f"{self.title()} got no gradients: the loss depends on no weight that "
                "may be trained; are all layers frozen, or is the output constant?"
            )
        self.build([v for _, v in grads_and_vars])
        with gg.phase("update"), gg.scope(self.name):
            step = self.iterations + 1
            common: dict[Any, tuple[gg.Tensor, ...]] = {}
            for gradient, variable in pairs:
                dtype = variable.dtype
                if dtype not in common:
                    rate = gg.cast(self._rate, dtype)
                    common[dtype] = self.scalars(rate, gg.cast(step, dtype))
                slots = self._state[variable]
                self.update_step(gradient, variable, slots, *common[dtype])
            gg.assign(self.iterations, step)

    def title(self) -> str:
        """Return the optimizer as one would write it, for pictures and messages.

        >>> Optimizer(0.5).title()
        'Optimizer(0.5)'
        """
        shown = [f"{float(self._rate):g}"]
        for name, value in self.settings().items():
            text = f"{value:g}" if isinstance(value, float) else repr(value)
            shown.append(f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to change what compiled programs would not notice."""
        fixed = getattr(self, "built", False) and not name.startswith("_")
        if fixed and name not in ("built", "learning_rate"):
            raise OptimizerError(
                f"{type(self).__name__}'s {name} is fixed once it has been compiled: "
                "make a new optimizer and compile again (learning_rate may be assigned)"
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        """Say what the optimizer is."""
        return f"<{self.title()} name={self.name}>"

    def _checked_rate(self, value: Any) -> float:
        return self.number("learning_rate", value, at_least=0)
