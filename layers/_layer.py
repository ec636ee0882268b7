"""Layer: a named function of tensors with weights, the unit of models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._text import snake_case

__all__ = ["Layer"]

Array = np.ndarray[Any, Any]
Shape = tuple[int | None, ...]


class Layer:
    """A function of tensors with weights: subclasses define `build` and `call`.

    `build` gets the input's shape, batch first, and makes weights with `add_weight`;
    `call` computes with gg's functions on tensors, which may be traced; a layer that
    changes the shape defines `compute_output_shape`, too. A layer is named by its model
    unless it was given a ``name``.

    >>> import graphgrad as gg
    >>> class Scale(gg.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", (input_shape[-1],), "ones")
    ...     def call(self, x, training=False):
    ...         return x * self.factor
    >>> Scale()([[1.0, 2.0]])
    tensor([[1., 2.]], dtype=float32, from multiply)
    """

    # What `call` does depends on whether the model is trained or used.
    uses_training: bool = False

    def __init__(self, *, name: str | None = None, trainable: bool = True) -> None:
        """Make a layer without weights yet."""
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ValueError(
                f"a layer's name is text without '/', got {name!r}: the names of its "
                "weights are made from it"
            )
        self._name = name
        self.trainable = trainable
        self.built = False
        self._variables: list[gg.Variable] = []

    # ---- what subclasses define ------------------------------------------------------

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of ``input_shape``, batch first."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Compute the layer's output."""
        raise NotImplementedError(f"{type(self).__name__} defines no call(x, training)")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the output's shape, or raise what does not fit."""
        return input_shape

    def title(self) -> str:
        """Return the layer as one would write it, for pictures."""
        return f"{type(self).__name__}()"

    # ---- what they use ---------------------------------------------------------------

    def add_weight(
        self,
        name: str,
        shape: Sequence[int],
        initializer: Any = "glorot_uniform",
        *,
        dtype: Any = "float32",
        trainable: bool = True,
        kind: str = "parameter",
    ) -> gg.Variable:
        """Make a weight and remember it; its full name is ``layer/name``."""
        whole = tuple(int(side) for side in shape)
        value = get_initializer(initializer)(whole, dtype)
        variable = gg.Variable(
            value,
            name=f"{self.name}/{name}",
            dtype=dtype,
            trainable=trainable,
            kind=kind,
        )
        self._variables.append(variable)
        return variable

    def refuse_shape(self, expected: str, input_shape: Shape, hint: str = "") -> None:
        """Raise the error of an input that does not fit this layer."""
        way_out = f"; {hint}" if hint else ""
        raise gg.ShapeError(
            f"layer {self.name!r} ({self.title()}) expected {expected}, got an input "
            f"of shape {show_shape(input_shape)}{way_out}"
        )

    # ---- what everybody uses ---------------------------------------------------------

    @property
    def name(self) -> str:
        """The name, unique in a model."""
        return self._name or snake_case(type(self).__name__)

    @property
    def was_named(self) -> bool:
        """Whether the user or a model gave the layer its name."""
        return self._name is not None

    def rename(self, name: str) -> None:
        """Take on a name, and name the weights by it."""
        self._name = name
        for variable in self._variables:
            own = variable.name.rpartition("/")[2]
            variable.cell.name = f"{name}/{own}"

    def forget(self) -> None:
        """Go back to before `build`: drop all weights."""
        self._variables.clear()
        self.built = False

    @property
    def weights(self) -> list[gg.Variable]:
        """All weights, trainable or not; without what only remembers randomness."""
        return [v for v in self._variables if v.cell.kind == "parameter"]

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[gg.Variable]:
        """The weights that training leaves alone."""
        trainable = set(self.trainable_weights)
        return [v for v in self.weights if v not in trainable]

    def count_params(self) -> int:
        """Count the numbers in the weights."""
        return sum(math.prod(v.shape) for v in self.weights)

    def get_weights(self) -> list[Array]:
        """Return copies of the weights' values."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Take over values for all weights, in the order of `get_weights`."""
        set_values(f"layer {self.name!r}", self.weights, weights)

    def ensure_built(self, input_shape: Shape) -> None:
        """Check the shape, and build if that has not been done."""
        self.compute_output_shape(input_shape)
        if not self.built:
            try:
                self.build(input_shape)
            except BaseException:
                self.forget()
                raise
            self.built = True

    def __call__(self, x: Any, training: bool = False) -> gg.Tensor:
        """Compute the output of the layer, building it first if need be."""
        tensor = as_float_tensor(x)
        self.ensure_built((None, *tensor.shape[1:]) if tensor.shape else ())
        with gg.scope(self.name):
            return self.call(tensor, training=training)

    def __repr__(self) -> str:
        """Say what the layer is."""
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def as_float_tensor(x: Any) -> gg.Tensor:
    """Return numbers as a float32 tensor; tensors keep their float dtype."""
    tensor = x if isinstance(x, gg.Tensor) else gg.tensor(x)
    if isinstance(x, gg.Tensor) and tensor.dtype.kind == "f":
        return tensor
    return gg.cast(tensor, "float32")


def show_shape(shape: Shape) -> str:
    """Write a shape with the word batch for the length that is not fixed."""
    sides = ["batch" if side is None else str(side) for side in shape]
    return f"({', '.join(sides)}{',' if len(sides) == 1 else ''})"


def _as_value(variable: gg.Variable, value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"the value for weight {variable.name!r} holds {array.dtype}, "
            "expected numbers"
        )
    with np.errstate(over="ignore"):
        return array.astype(variable.dtype)


def set_values(
    owner: str, variables: Sequence[gg.Variable], values: Sequence[Any]
) -> None:
    """Assign all values, or raise before any is assigned."""
    if len(values) != len(variables):
        raise gg.ShapeError(
            f"{owner} has {len(variables)} weights "
            f"({', '.join(v.name for v in variables) or 'none: build it first'}), "
            f"got {len(values)} values"
        )
    pairs = zip(variables, values, strict=True)
    arrays = [_as_value(variable, value) for variable, value in pairs]
    for variable, array in zip(variables, arrays, strict=True):
        if array.shape != variable.shape:
            raise gg.ShapeError(
                f"weight {variable.name!r} has shape {variable.shape}, "
                f"got a value of shape {array.shape}"
            )
        if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
            raise ValueError(
                f"the value for weight {variable.name!r} holds NaN, Inf, or a number "
                f"beyond {array.dtype}"
            )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
