"""Layers that prepare numbers: Rescaling, and Normalization, which sees data first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, axis_numbers, check_flag
from graphgrad.layers._identifiers import FixedArguments
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._moments import check_axes, spread
from graphgrad.layers._statistics import moments_of
from graphgrad.layers._values import Array
from graphgrad.layers._warning import warn

__all__ = ["Normalization", "NotAdaptedError", "Rescaling"]

# As in Keras, the least that is divided by.
_LEAST_DEVIATION = 1e-7


class NotAdaptedError(gg.GraphgradError, RuntimeError):
    """A layer that must see data before it is used has not seen any."""


class Rescaling(Layer):
    """Computes ``x * scale + offset``; both may be arrays that broadcast.

    >>> import graphgrad as gg
    >>> gg.layers.Rescaling(1 / 255)([[0, 255]]).numpy()
    array([[0., 1.]], dtype=float32)
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Any) -> None:
        """Check that both are finite numbers."""
        super().__init__(**options)
        self.scale = _numbers("Rescaling's scale", scale)
        self.offset = _numbers("Rescaling's offset", offset)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Multiply and add."""
        y = x * np.asarray(self.scale, x.dtype)
        return y + np.asarray(self.offset, x.dtype) if np.any(self.offset) else y

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape, if scale and offset broadcast to it."""
        sides = tuple(side or 1 for side in input_shape)
        for name in ("scale", "offset"):
            part = np.shape(getattr(self, name))
            try:
                fits = np.broadcast_shapes(part, sides) == sides
            except ValueError:
                fits = False
            if not fits:
                expected = f"a shape to which its {name} of shape {part} broadcasts"
                self.refuse_shape(expected, input_shape)
        return input_shape

    def title(self) -> str:
        """Return, for example, ``Rescaling(0.00392157)``."""
        shown = [f"{x:g}" if np.ndim(x) == 0 else "..." for x in (self.scale,)]
        return f"Rescaling({', '.join(shown)})"


class Normalization(FixedArguments, Layer):
    """Computes ``(x - mean) / √variance`` with statistics of data that it has seen.

    `adapt` takes them from data, one of each for every place along ``axis``; or they
    are given as ``mean`` and ``variance``. ``axis`` None takes one of each for all.
    ``invert`` computes the way back. A layer that has seen nothing refuses to compute.

    >>> import graphgrad as gg
    >>> layer = gg.layers.Normalization()
    >>> layer.adapt([[1.0, 10.0], [3.0, 30.0]])
    >>> layer([[2.0, 40.0]]).numpy()
    array([[0., 2.]], dtype=float32)
    """

    _fixed = frozenset({"axis"})

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Any,
    ) -> None:
        """Check the arguments; mean and variance come together or not at all."""
        super().__init__(**options)
        self.axis = None if axis is None else axis_numbers("Normalization's axis", axis)
        self.invert = check_flag("Normalization's invert", invert)
        if (mean is None) != (variance is None):
            missing = "mean" if mean is None else "variance"
            raise ArgumentError(
                "Normalization takes mean and variance together, or neither and learns "
                f"them with adapt(data): {missing} is missing"
            )
        given = mean is not None
        self.input_mean = _numbers("Normalization's mean", mean) if given else None
        self.input_variance = (
            _numbers("Normalization's variance", variance) if given else None
        )
        if given and np.any(np.asarray(variance) < 0):
            raise ArgumentError(
                f"Normalization's variance must be at least 0, got {variance!r}"
            )
        self.adapt_mean: gg.Variable | None = None
        self.adapt_variance: gg.Variable | None = None
        self.count: gg.Variable | None = None

    def build(self, input_shape: Shape) -> None:
        """Make the statistics, unless they were given."""
        if self.input_mean is None:
            shape = [input_shape[axis] or 0 for axis in self.axes_in(input_shape)]
            self.adapt_mean = self.add_weight("mean", shape, "zeros", trainable=False)
            self.adapt_variance = self.add_weight(
                "variance", shape, "ones", trainable=False
            )
            self.count = self.add_weight(
                "count", (), "zeros", dtype="int64", trainable=False
            )

    def adapt(self, data: Any) -> None:
        """Take over mean and variance of ``data``: an array, a frame, or batches.

        They replace what was seen before. Large arrays are read part by part, so that
        they may lie in a file. A compiled model computes with them from the next step.
        """
        if self.input_mean is not None:
            raise ArgumentError(
                f"layer {self.name!r} was given mean and variance, so that there is "
                "nothing to adapt: leave them out"
            )
        seen = moments_of(data, self.name, self._kept_axes)
        self.ensure_built((None, *seen.sample_shape))
        self.compute_output_shape((None, *seen.sample_shape))
        assert self.adapt_mean is not None, "build has made the statistics"
        assert self.adapt_variance is not None, "build has made the statistics"
        assert self.count is not None, "build has made the statistics"
        _warn_of_constants(self.name, seen.variance)
        self.adapt_mean.assign(seen.mean)
        self.adapt_variance.assign(seen.variance)
        self.count.assign(seen.rows)

    @property
    def mean(self) -> Array | None:
        """The mean in use; None before any is known."""
        found = self.adapt_mean if self.input_mean is None else self.input_mean
        return np.array(found) if self.is_adapted else None

    @property
    def variance(self) -> Array | None:
        """The variance in use; None before any is known."""
        given = self.input_variance
        found = self.adapt_variance if given is None else given
        return np.array(found) if self.is_adapted else None

    @property
    def is_adapted(self) -> bool:
        """Whether statistics were given, seen, or set as weights."""
        if self.input_mean is not None:
            return True
        if self.adapt_mean is None or self.adapt_variance is None or self.count is None:
            return False
        mean, variance = self.adapt_mean.numpy(), self.adapt_variance.numpy()
        return bool(self.count.numpy() > 0 or np.any(mean) or np.any(variance != 1))

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Shift and scale, or back."""
        # A graph for any batch is only looked at; for a known one it will compute.
        if not self.is_adapted and not isinstance(x.shape[0], gg.Dim):
            raise NotAdaptedError(
                f"layer {self.name!r} ({self.title()}) has not seen any data: call "
                "adapt(x) on it before, or give mean and variance"
            )
        axes = self.axes_in(x.shape)
        mean = self._placed(self.adapt_mean, self.input_mean, axes, x)
        variance = self._placed(self.adapt_variance, self.input_variance, axes, x)
        deviation = gg.maximum(gg.sqrt(variance), _LEAST_DEVIATION)
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def _placed(
        self,
        learned: gg.Variable | None,
        given: Any,
        axes: tuple[int, ...],
        x: gg.Tensor,
    ) -> gg.Tensor:
        if learned is not None:
            return spread(learned, axes, x.ndim)
        sides = tuple(x.shape[axis] for axis in axes)
        whole = np.broadcast_to(np.asarray(given, x.dtype), sides)
        return spread(gg.tensor(whole), axes, x.ndim)

    def axes_in(self, shape: Shape) -> tuple[int, ...]:
        """Return the axes that have statistics of their own, counted from 0."""
        return () if self.axis is None else check_axes(self, self.axis, shape)

    def _kept_axes(self, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
        return self.axes_in((None, *sample_shape))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape, if the statistics fit it."""
        sides = tuple(input_shape[axis] for axis in self.axes_in(input_shape))
        learned = self.adapt_mean
        if learned is not None and self.built and learned.shape != sides:
            self.refuse_shape(
                f"the lengths {learned.shape} along axis {self.axis}",
                input_shape,
                "it has statistics for those",
            )
        known = tuple(side or 1 for side in sides)
        for given in (self.input_mean, self.input_variance):
            shape = () if given is None else np.shape(given)
            if shape not in ((), known):
                self.refuse_shape(f"the lengths {shape} along its axis", input_shape)
        return input_shape

    def _argument(self, name: str) -> Any:
        names = {"mean": "input_mean", "variance": "input_variance"}
        return super()._argument(names.get(name, name))

    def title(self) -> str:
        """Return, for example, ``Normalization()``."""
        return f"Normalization({'invert' if self.invert else ''})"


def _warn_of_constants(name: str, variance: Array) -> None:
    constant = np.flatnonzero(variance == 0)
    if constant.size:
        warn(
            f"layer {name!r}: {constant.size} of {variance.size} features never vary "
            f"(the first at place {constant[0]}); any other value of theirs will be "
            f"divided by {_LEAST_DEVIATION:g}: drop them",
        )


# Numbers as they came, or as nested lists, which a configuration can hold.
def _numbers(what: str, value: Any) -> Any:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if isinstance(value, bool) or not np.all(np.isfinite(array)):
        raise ArgumentError(f"{what} must be finite numbers, got {value!r}")
    return array.tolist()
