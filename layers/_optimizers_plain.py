"""SGD and Lion: steps along the gradient, or along its sign.

In the formulas g is the gradient, w the weight, η the learning rate; state starts at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import graphgrad as gg
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._optimizer import Optimizer, OptimizerOptions, Rate, Slots

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["SGD", "Lion"]


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

    _usual_name: ClassVar[str] = "SGD"

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
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


class Lion(Optimizer):
    """Steps of one size, against the sign of a running mean (Chen and others, 2023).

    ``w ← w - η sign(β₁ m + (1 - β₁) g)``, and then ``m ← β₂ m + (1 - β₂) g``.

    >>> import graphgrad as gg
    >>> weight = gg.Variable([1.0])
    >>> Lion(0.25).apply([(gg.tensor([2.0]), weight)])
    >>> weight.numpy()
    array([0.75])
    """

    slots = ("momentum",)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(learning_rate, **options)
        self.beta_1 = self.number("beta_1", beta_1, above=0, at_most=1)
        self.beta_2 = self.number("beta_2", beta_2, at_least=0, at_most=1)

    def update_step(
        self,
        gradient: gg.Tensor,
        variable: gg.Variable,
        slots: Slots,
        *scalars: gg.Tensor,
    ) -> None:
        """Record the change of one weight."""
        (rate,) = scalars
        m = slots["momentum"]
        direction = gg.sign(m * self.beta_1 + gradient * (1 - self.beta_1))
        gg.assign(variable, variable - direction * rate)
        gg.assign(m, m * self.beta_2 + gradient * (1 - self.beta_2))

    def settings(self) -> dict[str, Any]:
        """Return the betas where they are not the usual ones."""
        betas = {"beta_1": (self.beta_1, 0.9), "beta_2": (self.beta_2, 0.99)}
        return {name: beta for name, (beta, usual) in betas.items() if beta != usual}
