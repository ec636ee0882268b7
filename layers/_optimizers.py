"""The optimizers by name, with Keras' names, defaults and formulas.

In the formulas g is the gradient, w the weight, η the learning rate; state starts at 0.
"""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._names import refuse_type, resolve
from graphgrad.layers._optimizer import Optimizer, OptimizerError

__all__ = ["SGD", "Adam", "Optimizer", "OptimizerError", "RMSprop", "get"]

Slots = dict[str, gg.Variable]


class SGD(Optimizer):
    """Gradient descent: ``w ← w - η g``, or with ``momentum`` μ, which adds up steps.

    With momentum ``m ← μ m - η g`` and ``w ← w + m``; with ``nesterov`` as well
    ``w ← w + μ m - η g``.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> SGD(0.1).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy()
    array([0.8])
    """

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str | None = "SGD",
        **unknown: Any,
    ) -> None:
        """Take Keras' arguments."""
        self.refuse(unknown, ("learning_rate", "momentum", "nesterov", "name"))
        super().__init__(learning_rate, name)
        self.momentum = self.number("momentum", momentum, at_least=0, at_most=1)
        self.nesterov = check_flag("SGD's nesterov", nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (rate,) = scalars
        step = gradient * rate
        if not slots:
            gg.assign(variable, variable - step)
            return
        m = gg.assign(slots["momentum"], slots["momentum"] * self.momentum - step)
        if self.nesterov:
            gg.assign(variable, variable + (m * self.momentum - step))
        else:
            gg.assign(variable, variable + m)

    def settings(self) -> dict[str, Any]:
        """Return momentum and nesterov where they are used."""
        shown: dict[str, Any] = {"momentum": self.momentum} if self.momentum else {}
        return shown | ({"nesterov": True} if self.nesterov else {})


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

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str | None = "rmsprop",
        **unknown: Any,
    ) -> None:
        """Take Keras' arguments."""
        valid = ("learning_rate", "rho", "momentum", "epsilon", "centered", "name")
        self.refuse(unknown, valid)
        super().__init__(learning_rate, name)
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
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str | None = "adam",
        **unknown: Any,
    ) -> None:
        """Take Keras' arguments."""
        valid = ("learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad", "name")
        self.refuse(unknown, valid)
        super().__init__(learning_rate, name)
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
        gg.assign(variable, variable - mean * alpha / (gg.sqrt(square) + self.epsilon))

    def settings(self) -> dict[str, Any]:
        """Return the betas where they are not the usual ones, and amsgrad."""
        betas = {"beta_1": self.beta_1, "beta_2": self.beta_2}
        usual = {"beta_1": 0.9, "beta_2": 0.999}
        shown: dict[str, Any] = {k: v for k, v in betas.items() if v != usual[k]}
        return shown | ({"amsgrad": True} if self.amsgrad else {})


# ---- by name -------------------------------------------------------------------------

_NAMES: dict[str, type[Optimizer]] = {"adam": Adam, "rmsprop": RMSprop, "sgd": SGD}


def get(identifier: Any) -> Optimizer:
    """Return the optimizer of a name, in upper or lower case, or the object itself.

    >>> get("adam")
    <Adam(0.001) name=adam>
    """
    if isinstance(identifier, str):
        return resolve("optimizer", identifier, _NAMES, fold=True)()
    if not isinstance(identifier, Optimizer):
        expected = "a name such as 'adam', or an optimizer such as Adam(0.001)"
        refuse_type("the optimizer", identifier, expected)
    return identifier
