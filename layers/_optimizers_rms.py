"""RMSprop, Adagrad, Adadelta: steps divided by the size of past gradients.

In the formulas g is the gradient, w the weight, η the learning rate; state starts at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import graphgrad as gg
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._optimizer import Optimizer, OptimizerOptions, Rate, Slots

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


class RMSprop(Optimizer):
    """Gradient descent with steps divided by the root mean square of past gradients.

    ``v ← ρ v + (1 - ρ) g²`` and ``w ← w - η g / √(v + ε)``. ``centered`` subtracts the
    square of the mean ``a ← ρ a + (1 - ρ) g`` from v (not below 0, where rounding would
    lead). ``momentum`` μ adds up steps: ``m ← μ m + η g / √(v + ε)``, ``w ← w - m``.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> RMSprop(0.1, rho=0.75).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy().round(6)
    array([0.8])
    """

    _usual_name: ClassVar[str] = "rmsprop"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.rho = self.number("rho", rho, at_least=0, below=1)
        self.momentum = self.number("momentum", momentum, at_least=0, at_most=1)
        self.epsilon = self.number("epsilon", epsilon, above=0)
        self.centered = check_flag("RMSprop's centered", centered)
        mean = ("average_gradient",) if self.centered else ()
        sums = ("momentum",) if self.momentum else ()
        self.slots = ("velocity", *mean, *sums)

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (rate,) = scalars
        spread = self._moving_mean(slots["velocity"], gg.square(gradient))
        if self.centered:
            mean = self._moving_mean(slots["average_gradient"], gradient)
            spread = gg.relu(spread - gg.square(mean))
        step = gradient * rate / gg.sqrt(spread + self.epsilon)
        if self.momentum:
            m = slots["momentum"]
            step = gg.assign(m, m * self.momentum + step)
        gg.assign(variable, variable - step)

    def _moving_mean(self, slot: gg.Variable, value: gg.Tensor) -> gg.Tensor:
        return gg.assign(slot, slot * self.rho + value * (1 - self.rho))

    def settings(self) -> dict[str, Any]:
        """Return rho, and momentum and centered where they are used."""
        shown: dict[str, Any] = {"rho": self.rho}
        if self.momentum:
            shown["momentum"] = self.momentum
        return shown | ({"centered": True} if self.centered else {})


class Adagrad(Optimizer):
    """Gradient descent with steps divided by the root of all squared gradients so far.

    ``a ← a + g²`` and ``w ← w - η g / √(a + ε)`` (Duchi and others, 2011); a starts at
    ``initial_accumulator_value``.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> Adagrad(0.1, initial_accumulator_value=0.0).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy().round(6)
    array([0.9])
    """

    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = self.number(
            "initial_accumulator_value", initial_accumulator_value, at_least=0
        )
        self.epsilon = self.number("epsilon", epsilon, above=0)

    def initial(self, slot: str) -> float:
        """Return what the sum of squares starts at."""
        return self.initial_accumulator_value

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (rate,) = scalars
        a = slots["accumulator"]
        total = gg.assign(a, a + gg.square(gradient))
        step = gradient * rate / gg.sqrt(total + self.epsilon)
        gg.assign(variable, variable - step)


class Adadelta(Optimizer):
    """Gradient descent with steps in proportion to past steps (Zeiler, 2012).

    ``a ← ρ a + (1 - ρ) g²``, ``d = -g √(D + ε) / √(a + ε)``,
    ``D ← ρ D + (1 - ρ) d²``, and ``w ← w + η d``. The paper's learning rate is 1.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> Adadelta(1.0, rho=0.75, epsilon=1.0).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy().round(6)
    array([-0.414214])
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.rho = self.number("rho", rho, at_least=0, below=1)
        self.epsilon = self.number("epsilon", epsilon, above=0)

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (rate,) = scalars
        squares, steps = slots["accumulated_grad"], slots["accumulated_delta_var"]
        usual = gg.sqrt(steps + self.epsilon)
        total = self._moving_mean(squares, gg.square(gradient))
        step = -(usual * gradient / gg.sqrt(total + self.epsilon))
        self._moving_mean(steps, gg.square(step))
        gg.assign(variable, variable + step * rate)

    def _moving_mean(self, slot: gg.Variable, value: gg.Tensor) -> gg.Tensor:
        return gg.assign(slot, slot * self.rho + value * (1 - self.rho))

    def settings(self) -> dict[str, Any]:
        """Return rho."""
        return {"rho": self.rho}
