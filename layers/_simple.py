"""Input, which only states a shape, and plain layers: Activation and Identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

import graphgrad as gg
from graphgrad.layers._activations import get as get_activation
from graphgrad.layers._activations import name_of
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._identifiers import refuse_absent
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._names import UnknownArgumentError, refuse_unknown
from graphgrad.layers._regularizers import L1L2
from graphgrad.layers._shapes import sample_shape

__all__ = [
    "Activation",
    "ActivityRegularization",
    "Identity",
    "Input",
    "InputLayer",
]

_DENSE = "data are dense arrays"
_ABSENT = {
    "sparse": ((None, False), _DENSE),
    "ragged": ((None, False), _DENSE),
    "tensor": ((None,), "a model gets its data from fit, evaluate and predict"),
    "optional": ((False,), "a model has exactly one input"),
}
_FACTORS = {
    "activity_regularizer": (
        (None,),
        "l1 and l2 make its own; put Identity(activity_regularizer=...) in its place",
    )
}


class Input:
    """The shape of one sample: the first element of a model that is built at once.

    ``dtype`` may name an integer type, which says that the data are whole numbers;
    models compute in float32 all the same.

    >>> import graphgrad as gg
    >>> gg.Sequential([gg.Input((4,)), gg.Dense(3)]).output_shape
    (None, 3)
    """

    def __init__(
        self,
        shape: Sequence[int] | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        *,
        batch_shape: Sequence[int | None] | None = None,
        name: str = "x",
        **unknown: Any,
    ) -> None:
        """State the shape without the batch axis."""
        kind = type(self).__name__
        refuse_absent(kind, unknown, _ABSENT)
        valid = ("shape", "batch_size", "dtype", "batch_shape", "name")
        refuse_unknown(kind, unknown, valid)
        if batch_shape is not None and shape is None and len(batch_shape):
            batch_size, shape = batch_shape[0], tuple(batch_shape[1:])  # type: ignore[arg-type]  # checked below
        if batch_size is not None:
            raise UnknownArgumentError(
                f"{kind} takes no batch_size, got {batch_size!r}: a model computes "
                "batches of any size; give batch_size to fit, evaluate or predict"
            )
        self.shape: Shape = sample_shape(f"{kind} needs", shape)
        self.dtype = _checked_dtype(kind, dtype)
        self.name = name or "x"

    # What NumPy is given where a layer is called with this instead of numbers.
    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to be a tensor."""
        raise gg.UnsupportedError(
            f"{self!r} is no tensor that a layer can be called with: there is no "
            "functional API here; write gg.Sequential([gg.Input(...), layer, ...])"
        )

    def __repr__(self) -> str:
        """Show the shape."""
        return f"<{type(self).__name__} shape={self.shape}>"


class InputLayer(Input):
    """Another name of `Input`, which old scripts use.

    >>> InputLayer((4,))
    <InputLayer shape=(None, 4)>
    """


def _checked_dtype(kind: str, dtype: Any) -> str:
    wanted = np.dtype(dtype or "float32")
    if wanted == np.float32 or wanted.kind in "iu":
        return str(wanted)
    raise ArgumentError(
        f"{kind}'s dtype is float32 or an integer type, got {dtype!r}: models compute "
        "in float32, and data of other types are converted"
    )


class Activation(Layer):
    """A function of every element, or of the last axis, as a layer.

    >>> import graphgrad as gg
    >>> gg.Activation("relu")([[-1.0, 2.0]]).numpy()
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation: Any, **options: Any) -> None:
        """Take a name or a function of tensors."""
        super().__init__(**options)
        self.activation = get_activation(activation)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; an activation may be a name then, too."""
        named = name == "activation"
        super().__setattr__(name, get_activation(value) if named else value)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Apply the function."""
        return self.activation(x)

    def title(self) -> str:
        """Return, for example, ``Activation(relu)``."""
        return f"Activation({name_of(self.activation)})"


class Identity(Layer):
    """The input as it is: a place to look at, or to put something else later.

    >>> import graphgrad as gg
    >>> gg.layers.Identity()([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Return the input, as a node of this layer."""
        return gg.identity(x)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape


class ActivityRegularization(Identity):
    """The input as it is; its size adds to the loss: ``l1 Σ|x| + l2 Σx²``.

    As for every activity regularizer, the sum is divided by the batch size.

    >>> import graphgrad as gg
    >>> gg.layers.ActivityRegularization(l2=0.1).title()
    'ActivityRegularization(l2=0.1)'
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any) -> None:
        """Check the factors."""
        refuse_absent(type(self).__name__, options, _FACTORS)
        super().__init__(activity_regularizer=L1L2(l1, l2), **options)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer: the factors."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return config

    @property
    def l1(self) -> float:
        """The factor of the sum of absolute values."""
        return float(self.activity_regularizer.l1)

    @property
    def l2(self) -> float:
        """The factor of the sum of squares."""
        return float(self.activity_regularizer.l2)

    def title(self) -> str:
        """Return, for example, ``ActivityRegularization(l2=0.1)``."""
        factors = {"l1": self.l1, "l2": self.l2}
        shown = [f"{name}={value:g}" for name, value in factors.items() if value]
        return f"ActivityRegularization({', '.join(shown)})"
