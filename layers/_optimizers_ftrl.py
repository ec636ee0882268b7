"""Ftrl: weights that minimise all that was seen so far.

In the formulas g is the gradient, w the weight, η the learning rate; state starts at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import graphgrad as gg
from graphgrad.layers._optimizer import Optimizer, OptimizerOptions, Rate, Slots

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Ftrl"]

# What is divided by, in place of a learning rate of 0.
_SMALLEST_RATE = 1e-30


class Ftrl(Optimizer):
    """Follow the regularized leader: weights that stay exactly 0 without a reason.

    ``n ← n + g²``, ``z ← z + g + 2 λₛ w - (√n_new - √n_old) w / η``, and
    ``w ← (clip(z, -λ₁, λ₁) - z) / (√n / η + 2 λ₂ + β / η)`` (McMahan and others, 2013),
    with λ₁ and λ₂ for ``l1_`` and ``l2_regularization_strength``, λₛ for
    ``l2_shrinkage_regularization_strength``, and ``n^-p`` in place of the root for a
    ``learning_rate_power`` p. n starts at ``initial_accumulator_value``. The first step
    forgets most of what the weights were.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([0.0])
    >>> Ftrl(1.0, initial_accumulator_value=0.0).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy()
    array([-1.])
    """

    slots = ("accumulator", "linear")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.learning_rate_power = self.number(
            "learning_rate_power", learning_rate_power, at_most=0
        )
        self.initial_accumulator_value = self.number(
            "initial_accumulator_value", initial_accumulator_value, at_least=0
        )
        self.l1_regularization_strength = self.number(
            "l1_regularization_strength", l1_regularization_strength, at_least=0
        )
        self.l2_regularization_strength = self.number(
            "l2_regularization_strength", l2_regularization_strength, at_least=0
        )
        self.l2_shrinkage_regularization_strength = self.number(
            "l2_shrinkage_regularization_strength",
            l2_shrinkage_regularization_strength,
            at_least=0,
        )
        self.beta = self.number("beta", beta, at_least=0)

    def initial(self, slot: str) -> float:
        """Return what the sum of squares starts at; the other slot starts at 0."""
        return self.initial_accumulator_value if slot == "accumulator" else 0.0

    def scalars(self, rate: gg.Tensor, step: gg.Tensor) -> tuple[gg.Tensor, ...]:
        """Return the rate, which is divided by: a schedule may end at 0."""
        return (gg.maximum(rate, _SMALLEST_RATE),)

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (rate,) = scalars
        n, z = slots["accumulator"], slots["linear"]
        before = self._root(n)
        after = self._root(gg.assign(n, n + gg.square(gradient)))
        push = gradient
        if self.l2_shrinkage_regularization_strength:
            push = push + variable * (2 * self.l2_shrinkage_regularization_strength)
        total = gg.assign(z, z + push - (after - before) / rate * variable)
        curve = after / rate
        if self.l2_regularization_strength or self.beta:
            curve = curve + (self.beta / rate + 2 * self.l2_regularization_strength)
        pull = -total
        if self.l1_regularization_strength:
            limit = self.l1_regularization_strength
            pull = gg.clip(total, -limit, limit) - total
        gg.assign(variable, self._leader(pull, curve, variable))

    def _root(self, squares: gg.Tensor) -> gg.Tensor:
        if self.learning_rate_power == -0.5:
            return gg.sqrt(squares)
        return gg.power(squares, -self.learning_rate_power)

    # A weight that never had a gradient may have nothing to be divided by: it stays.
    def _leader(
        self, pull: gg.Tensor, curve: gg.Tensor, variable: gg.Variable
    ) -> gg.Tensor:
        if self.initial_accumulator_value:
            return pull / curve
        some = gg.greater(curve, 0)
        return gg.where(some, pull / gg.where(some, curve, 1.0), variable)
