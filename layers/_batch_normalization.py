"""BatchNormalization: mean 0 and variance 1 for every feature, over the batch."""

from __future__ import annotations

import math
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import axis_number, check_number
from graphgrad.layers._identifiers import refuse_absent
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._layer import Shape
from graphgrad.layers._moments import Affine, spread
from graphgrad.layers._warning import warn

__all__ = ["BatchNormalization"]

_RENORM = "batches are normalized by their own statistics"
_ABSENT = {
    "renorm": ((False,), _RENORM),
    "renorm_clipping": ((None,), _RENORM),
    "renorm_momentum": ((0.99,), _RENORM),
    "synchronized": ((False,), "one process computes the whole batch"),
}


class BatchNormalization(Affine):
    """Shifts and scales every feature to mean 0 and variance 1, then learns both anew.

    In training the statistics are those of the batch (the variance divides by the
    number of samples), and moving averages of them are kept:
    ``moving * momentum + batch * (1 - momentum)``. Outside of training, and if
    ``trainable`` is False, the moving averages are used and stay. The result is
    ``(x - mean) / √(variance + epsilon) * gamma + beta``.

    >>> import graphgrad as gg
    >>> layer = gg.layers.BatchNormalization(epsilon=1e-9)
    >>> layer([[1.0], [3.0]], training=True).numpy().ravel()
    array([-1.,  1.], dtype=float32)
    >>> layer.moving_mean.numpy()
    array([0.02], dtype=float32)
    """

    _fixed = Affine._fixed | {"moving_mean_initializer", "moving_variance_initializer"}

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        """Check the arguments; ``axis`` is that of the features."""
        refuse_absent("BatchNormalization", options, _ABSENT)
        super().__init__(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **options,
        )
        self.axis = axis_number("BatchNormalization's axis", axis)
        self.momentum = check_number(
            "BatchNormalization's momentum", momentum, at_least=0, at_most=1
        )
        self.moving_mean_initializer = get_initializer(moving_mean_initializer)
        self.moving_variance_initializer = get_initializer(moving_variance_initializer)
        self.moving_mean: gg.Variable
        self.moving_variance: gg.Variable

    def build(self, input_shape: Shape) -> None:
        """Make gamma, beta and the moving statistics."""
        (axis,) = self.axes_in(input_shape)
        shape = (input_shape[axis] or 0,)
        self.make_affine(shape)
        self.moving_mean = self.add_weight(
            "moving_mean", shape, self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_weight(
            "moving_variance", shape, self.moving_variance_initializer, trainable=False
        )

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Normalize by the batch's statistics, or by the moving ones."""
        axes = self.axes_in(x.shape)
        if not (training and self.trainable):
            centred = x - spread(self.moving_mean, axes, x.ndim)
            return self.affine(
                centred, spread(self.moving_variance, axes, x.ndim), axes
            )
        others = tuple(axis for axis in range(x.ndim) if axis not in axes)
        _warn_if_alone(self.name, math.prod(x.shape[axis] for axis in others))
        mean = gg.mean(x, others, keepdims=True)
        centred = x - mean
        variance = gg.mean(gg.square(centred), others, keepdims=True)
        self._keep_up(self.moving_mean, mean)
        self._keep_up(self.moving_variance, variance)
        return self.affine(centred, variance, axes)

    def _keep_up(self, moving: gg.Variable, batch: gg.Tensor) -> None:
        value = gg.reshape(gg.stop_gradient(batch), moving.shape)
        kept = moving * self.momentum
        gg.assign(moving, kept + value * (1 - self.momentum))

    def title(self) -> str:
        """Return, for example, ``BatchNormalization()``."""
        return f"BatchNormalization({'' if self.axis == -1 else f'axis={self.axis}'})"


def _warn_if_alone(name: str, count: int) -> None:
    if count == 1:
        warn(
            f"layer {name!r}: a batch of one sample has no variance, so that "
            "BatchNormalization gives beta whatever the input: use larger batches, or "
            "LayerNormalization",
        )
