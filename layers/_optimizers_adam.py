"""Adam and its relatives: running means of the gradients and of their size.

In the formulas g is the gradient, w the weight, η the learning rate; state starts at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

import graphgrad as gg
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._optimizer import Optimizer, OptimizerOptions, Rate, Slots

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Adam", "AdamW", "Adamax", "Nadam"]


# AdamW has its own argument for weight decay.
class _OptionsOfAdamW(TypedDict, total=False):
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    gradient_accumulation_steps: int | None
    name: str | None


class Adam(Optimizer):
    """Gradient descent with running means of gradients and of their squares.

    ``m ← m + (1 - β₁)(g - m)``, ``v ← v + (1 - β₂)(g² - v)`` and
    ``w ← w - α m / (√v + ε)``, with ``α = η √(1 - β₂ᵗ) / (1 - β₁ᵗ)`` at step t, which
    makes up for the means' start at 0 (Kingma and Ba, 2015, in the order that section 2
    ends with). ``amsgrad`` divides by the root of the largest v so far.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> Adam(0.1).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy().round(6)
    array([0.9])
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.beta_1 = self.number("beta_1", beta_1, at_least=0, below=1)
        self.beta_2 = self.number("beta_2", beta_2, at_least=0, below=1)
        self.epsilon = self.number("epsilon", epsilon, above=0)
        self.amsgrad = check_flag("Adam's amsgrad", amsgrad)
        largest = ("velocity_hat",) if self.amsgrad else ()
        self.slots = ("momentum", "velocity", *largest)

    def scalars(self, rate: gg.Tensor, step: gg.Tensor) -> tuple[gg.Tensor, ...]:
        """Return the rate, corrected for the means' start at 0."""
        second = gg.sqrt(1 - gg.power(self.beta_2, step))
        return (rate * second / (1 - gg.power(self.beta_1, step)),)

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (alpha,) = scalars
        m, v = slots["momentum"], slots["velocity"]
        mean = gg.assign(m, m + (gradient - m) * (1 - self.beta_1))
        square = gg.assign(v, v + (gg.square(gradient) - v) * (1 - self.beta_2))
        if self.amsgrad:
            largest = slots["velocity_hat"]
            square = gg.assign(largest, gg.maximum(largest, square))
        # The quotient may lie where the root lay; a product of the mean may not lie in
        # the mean, and costs twice as much for many weights.
        step = mean / (gg.sqrt(square) + self.epsilon) * alpha
        gg.assign(variable, variable - step)

    def settings(self) -> dict[str, Any]:
        """Return the betas where they are not the usual ones, and amsgrad."""
        shown = _unusual(self.beta_1, self.beta_2)
        return shown | ({"amsgrad": True} if self.amsgrad else {})


class AdamW(Adam):
    """`Adam` after weight decay λ, ``w ← w - η λ w`` (Loshchilov and Hutter, 2019).

    Biases decay as well, unless `exclude_from_weight_decay` keeps them from it.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> AdamW(0.5, weight_decay=0.5).apply([(gg.tensor([0.0]), weight)])
    >>> weight.numpy()
    array([0.75])
    """

    _usual_name: ClassVar[str] = "adamw"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[_OptionsOfAdamW],
    ) -> None:
        """Take Keras' arguments."""
        decay = self.number("weight_decay", weight_decay, at_least=0)
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay=decay,
            **options,
        )


class Adamax(Optimizer):
    """Adam with the largest gradient in place of the root mean square.

    ``m ← m + (1 - β₁)(g - m)``, ``u ← max(β₂ u, |g|)``, and
    ``w ← w - η m / ((1 - β₁ᵗ)(u + ε))`` at step t (Kingma and Ba, 2015, section 7.1).

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> Adamax(0.1).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy().round(6)
    array([0.9])
    """

    slots = ("momentum", "norm")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.beta_1 = self.number("beta_1", beta_1, at_least=0, below=1)
        self.beta_2 = self.number("beta_2", beta_2, at_least=0, below=1)
        self.epsilon = self.number("epsilon", epsilon, above=0)

    def scalars(self, rate: gg.Tensor, step: gg.Tensor) -> tuple[gg.Tensor, ...]:
        """Return the rate, corrected for the mean's start at 0."""
        return (rate / (1 - gg.power(self.beta_1, step)),)

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (alpha,) = scalars
        m, u = slots["momentum"], slots["norm"]
        mean = gg.assign(m, m + (gradient - m) * (1 - self.beta_1))
        norm = gg.assign(u, gg.maximum(u * self.beta_2, gg.abs(gradient)))
        gg.assign(variable, variable - mean / (norm + self.epsilon) * alpha)

    def settings(self) -> dict[str, Any]:
        """Return the betas where they are not the usual ones."""
        return _unusual(self.beta_1, self.beta_2)


class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2016).

    With ``uₜ = β₁ (1 - 0.96ᵗ / 2)`` and P the product of all u up to step t: m and v as
    in `Adam`, ``m̂ = uₜ₊₁ m / (1 - P uₜ₊₁) + (1 - uₜ) g / (1 - P)``,
    ``v̂ = v / (1 - β₂ᵗ)``, and ``w ← w - η m̂ / (√v̂ + ε)``.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> Nadam(0.1, beta_1=0.0).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy().round(6)
    array([0.9])
    """

    slots = ("momentum", "velocity")
    shared: ClassVar[dict[str, float]] = {"u_product": 1.0}

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.beta_1 = self.number("beta_1", beta_1, at_least=0, below=1)
        self.beta_2 = self.number("beta_2", beta_2, at_least=0, below=1)
        self.epsilon = self.number("epsilon", epsilon, above=0)

    def advance(self, step: gg.Tensor) -> None:
        """Record how the product of momenta grows by the momentum of this step."""
        product = self._shared["u_product"]
        gg.assign(product, product * self._momentum(gg.cast(step, "float64")))

    def scalars(self, rate: gg.Tensor, step: gg.Tensor) -> tuple[gg.Tensor, ...]:
        """Return the rate, and the shares of mean, gradient and squares in a step."""
        # In float64, as the product is: the differences from 1 are small.
        exact, product = gg.cast(step, "float64"), self._shared["u_product"]
        now, later = self._momentum(exact), self._momentum(exact + 1)
        of_mean = later / (1 - product * later)
        of_gradient = (1 - now) / (1 - product)
        of_squares = 1 - gg.power(self.beta_2, exact)
        shares = (of_mean, of_gradient, of_squares)
        return rate, *(gg.cast(each, rate.dtype) for each in shares)

    def _momentum(self, step: gg.Tensor) -> gg.Tensor:
        return (1 - gg.power(0.96, step) * 0.5) * self.beta_1

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        rate, of_mean, of_gradient, of_squares = scalars
        m, v = slots["momentum"], slots["velocity"]
        mean = gg.assign(m, m + (gradient - m) * (1 - self.beta_1))
        square = gg.assign(v, v + (gg.square(gradient) - v) * (1 - self.beta_2))
        step = mean * of_mean + gradient * of_gradient
        root = gg.sqrt(square / of_squares) + self.epsilon
        gg.assign(variable, variable - step * rate / root)

    def settings(self) -> dict[str, Any]:
        """Return the betas where they are not the usual ones."""
        return _unusual(self.beta_1, self.beta_2)


def _unusual(beta_1: float, beta_2: float) -> dict[str, Any]:
    betas = {"beta_1": (beta_1, 0.9), "beta_2": (beta_2, 0.999)}
    return {name: beta for name, (beta, usual) in betas.items() if beta != usual}
