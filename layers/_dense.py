"""Dense: the fully connected layer."""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.layers._activations import get as get_activation
from graphgrad.layers._activations import name_of
from graphgrad.layers._arguments import check_count, check_flag
from graphgrad.layers._constraints import get as get_constraint
from graphgrad.layers._identifiers import FixedArguments, refuse_absent
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._regularizers import get as get_regularizer

__all__ = ["ADAPTERS", "Dense"]

_WHOLE = "weights are trained as they are, in float32"
ADAPTERS = {
    "lora_rank": ((None,), f"{_WHOLE}; freeze the layer and add others to adapt it"),
    "lora_alpha": ((None,), f"{_WHOLE}; freeze the layer and add others to adapt it"),
    "quantization_config": ((None,), _WHOLE),
}


class Dense(FixedArguments, Layer):
    """The fully connected layer: ``activation(x @ kernel + bias)``.

    The kernel has shape (inputs, units), the bias (units,). Inputs of more than two
    axes are multiplied along the last one. ``activation`` is a name or a function of
    tensors; None leaves the sum as it is. Regularizers add to the loss, constraints
    change the weights after each step.

    >>> import graphgrad as gg
    >>> layer = gg.Dense(2, "sigmoid", kernel_initializer="zeros")
    >>> layer([[1.0, 2.0, 3.0]]).numpy()
    array([[0.5, 0.5]], dtype=float32)
    """

    _fixed = frozenset(
        {
            "units",
            "use_bias",
            "kernel_initializer",
            "bias_initializer",
            "kernel_regularizer",
            "bias_regularizer",
            "kernel_constraint",
            "bias_constraint",
        }
    )

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        """Check the arguments; weights come with `build`."""
        refuse_absent(type(self).__name__, options, ADAPTERS)
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = check_count("Dense's units", units, 1)
        self.activation = get_activation(activation)
        self.use_bias = check_flag("Dense's use_bias", use_bias)
        self.kernel_initializer = get_initializer(kernel_initializer)
        self.bias_initializer = get_initializer(bias_initializer)
        self.kernel_regularizer = get_regularizer(kernel_regularizer)
        self.bias_regularizer = get_regularizer(bias_regularizer)
        self.kernel_constraint = get_constraint(kernel_constraint)
        self.bias_constraint = get_constraint(bias_constraint)
        self.kernel: gg.Variable
        self.bias: gg.Variable | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; an activation may be a name then, too."""
        named = name == "activation"
        super().__setattr__(name, get_activation(value) if named else value)

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        width = input_shape[-1]
        assert width is not None, "compute_output_shape has checked the last axis"
        self.kernel = self.add_weight(
            "kernel",
            (width, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Compute ``activation(x @ kernel + bias)``."""
        y = x @ self.kernel
        if self.bias is not None:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Replace the last length by the number of units."""
        width = input_shape[-1] if len(input_shape) > 1 else None
        if width is None:
            self.refuse_shape(
                "at least two axes, (batch, width)",
                input_shape,
                "give the data a second axis, as with x[:, None]",
            )
        if self.built and width != self.kernel.shape[0]:
            self.refuse_shape(
                f"width {self.kernel.shape[0]} on the last axis",
                input_shape,
                "its kernel was built for that width",
            )
        return (*input_shape[:-1], self.units)

    def title(self) -> str:
        """Return, for example, ``Dense(25, sigmoid)``."""
        name = name_of(self.activation)
        shown = "" if name == "linear" else f", {name}"
        return f"Dense({self.units}{shown})"
