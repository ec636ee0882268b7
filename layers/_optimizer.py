"""Optimizer: records how a step changes the weights; the base of all optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import graphgrad as gg
from graphgrad.layers._optimizer_clipping import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
)
from graphgrad.layers._optimizer_options import (
    LearningRateError,
    OptimizerError,
    OptimizerOptions,
)
from graphgrad.layers._optimizer_state import (
    ACCUMULATOR,
    AVERAGE,
    OptimizerState,
    Rate,
    Slots,
)
from graphgrad.layers._whole import divides

__all__ = [
    "LearningRateError",
    "Optimizer",
    "OptimizerError",
    "OptimizerOptions",
    "Rate",
    "Slots",
]

Pairs = Sequence[tuple[Any, gg.Variable]]
Constraints = Mapping[gg.Variable, Callable[[gg.Tensor], gg.Tensor]]


class Optimizer(OptimizerState):
    """A rule that changes weights by their gradients, recorded on the graph.

    Subclasses name their state in ``slots``, record the change of one weight in
    `update_step`, and, if they need more than the learning rate, compute what is common
    to all weights in `scalars`. The learning rate, if it is a number, may be assigned
    at any time; the other arguments are fixed once the optimizer has been compiled into
    a program.

    Every optimizer takes, by keyword: ``weight_decay`` λ, with ``w ← w - η λ w`` before
    each step; ``clipnorm`` for each gradient, ``global_clipnorm`` for all together, or
    ``clipvalue`` for each element; ``use_ema`` for averages
    ``a ← a + (1 - ema_momentum) (w - a)`` of the weights, which the weights take on
    every ``ema_overwrite_frequency`` steps and at the end of fit; and
    ``gradient_accumulation_steps`` for one step with the mean of so many gradients;
    until it is complete nothing moves, not even the averages, which Keras moves on
    every call.

    >>> import graphgrad as gg
    >>> class Signs(Optimizer):
    ...     def update_step(self, gradient, variable, slots, rate):
    ...         gg.assign(variable, variable - gg.sign(gradient) * rate)
    >>> weight = gg.Variable([1.0, 2.0])
    >>> Signs(0.5).apply([(gg.tensor([3.0, -4.0]), weight)])
    >>> weight.numpy()
    array([0.5, 2.5])
    """

    # ---- what subclasses define ------------------------------------------------------

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of ``variable`` and its slots, given the `scalars`."""
        raise NotImplementedError(f"{type(self).__name__} defines no update_step")

    def scalars(self, rate: gg.Tensor, step: gg.Tensor) -> tuple[gg.Tensor, ...]:
        """Return what all weights of a step have in common; ``step`` counts from 1."""
        return (rate,)

    def advance(self, step: gg.Tensor) -> None:
        """Record how the shared state changes, once a step and before all weights."""

    # ---- what everybody uses ---------------------------------------------------------

    def apply(
        self, grads_and_vars: Pairs, constraints: Constraints | None = None
    ) -> None:
        """Change the weights by their gradients, or record that while tracing.

        A gradient None means that the loss does not depend on the weight, which stays.
        ``constraints`` map weights to functions that their new values go through.
        """
        pairs = self._checked_pairs(grads_and_vars, constraints)
        given = [(g, v) for g, v in pairs if g is not None]
        if not given:
            raise OptimizerError(
                f"{self.title()} got no gradients: the loss depends on no weight that "
                "may be trained; are all layers frozen, or is the output constant?"
            )
        self.build([v for _, v in pairs])
        with gg.phase("update"), gg.scope(self.name, self._line):
            calls = self._calls + 1
            if self._micro == 1:
                self._step(given, pairs, constraints or {}, calls)
            else:
                complete = divides(self._micro, calls)
                means = self._accumulate(given, complete)
                with self._only_if(complete, pairs):
                    self._step(means, pairs, constraints or {}, self.iterations + 1)
            gg.assign(self._calls, calls)

    def apply_gradients(self, grads_and_vars: Pairs) -> gg.Tensor:
        """Do what `apply` does, by its older name, and return the number of steps."""
        self.apply(list(grads_and_vars))
        return self.iterations

    # ---- inside a step ---------------------------------------------------------------

    def _checked_pairs(self, pairs: Any, constraints: Any) -> Pairs:
        checked = [*pairs]
        paired = all(isinstance(e, Sequence) and len(e) == 2 for e in checked)
        if not paired or not (constraints is None or isinstance(constraints, Mapping)):
            raise OptimizerError(
                "apply takes pairs of a gradient and its weight: "
                "optimizer.apply(zip(gradients, weights))"
            )
        alike = [(g if g is None else gg.cast(g, v.dtype), v) for g, v in checked]
        for gradient, variable in alike:
            if gradient is not None and gradient.shape != variable.shape:
                raise OptimizerError(
                    f"the gradient of {variable.name!r} has shape {gradient.shape}, "
                    f"the weight {variable.shape}"
                )
        return alike

    def _step(
        self, given: Pairs, pairs: Pairs, constraints: Constraints, step: gg.Tensor
    ) -> None:
        rate = self.learning_rate
        gradients = self._clipped([gradient for gradient, _ in given])
        self.advance(step)
        common: dict[Any, tuple[gg.Tensor, ...]] = {}
        for gradient, (_, variable) in zip(gradients, given, strict=True):
            dtype = variable.dtype
            if dtype not in common:
                own = self.scalars(gg.cast(rate, dtype), gg.cast(step, dtype))
                common[dtype] = own
            if self.weight_decay and self._decays(variable):
                lost = variable * self.weight_decay * gg.cast(rate, dtype)
                gg.assign(variable, variable - lost)
            slots = {name: self._state[variable][name] for name in self.slots}
            self.update_step(gradient, variable, slots, *common[dtype])
        if self.use_ema:
            self._average([variable for _, variable in pairs], step)
        for _, variable in given:
            if variable in constraints:
                gg.assign(variable, constraints[variable](variable))

    def _clipped(self, gradients: list[gg.Tensor]) -> list[gg.Tensor]:
        if self.clipnorm is not None:
            return clip_by_norm(gradients, self.clipnorm)
        if self.global_clipnorm is not None:
            return clip_by_global_norm(gradients, self.global_clipnorm)
        if self.clipvalue is not None:
            return clip_by_value(gradients, self.clipvalue)
        return gradients

    def _average(self, variables: Sequence[gg.Variable], step: gg.Tensor) -> None:
        frequency = self.ema_overwrite_frequency
        due = None if frequency is None else divides(frequency, step)
        for variable in variables:
            slot = self._state[variable][AVERAGE]
            moved = slot + (variable - slot) * (1 - self.ema_momentum)
            average = gg.assign(slot, gg.where(gg.isnan(slot), variable, moved))
            if due is not None:
                gg.assign(variable, gg.where(due, average, variable))

    # The mean of the gradients since the last step; after a step the sum starts anew.
    def _accumulate(self, given: Pairs, complete: gg.Tensor) -> Pairs:
        means = []
        for gradient, variable in given:
            slot = self._state[variable][ACCUMULATOR]
            total = slot + gradient
            means.append((total / self._micro, variable))
            gg.assign(slot, gg.where(complete, 0.0, total))
        return means

    @contextmanager
    def _only_if(self, condition: gg.Tensor, pairs: Pairs) -> Iterator[None]:
        """Undo what the block changes in weights and state, unless ``condition``."""
        changing = [*self._shared.values()]
        for _, variable in pairs:
            slots = self._state[variable].items()
            changing += [variable, *[v for name, v in slots if name != ACCUMULATOR]]
        before = [(each, gg.identity(each)) for each in changing]
        yield
        for each, old in before:
            gg.assign(each, gg.where(condition, each, old))
