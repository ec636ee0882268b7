"""A stack of layers: what a sequential model is before it is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._layer import (
    Array,
    Layer,
    Shape,
    as_float_tensor,
    set_values,
    show_shape,
)
from graphgrad.layers._simple import Input
from graphgrad.layers._stages import forward
from graphgrad.layers._summary import summary_text
from graphgrad.layers._text import unique_name

__all__ = ["Stack"]


class Stack:
    """Layers one after the other, built together once the input's shape is known."""

    def __init__(
        self, layers: Iterable[Any] | None = None, name: str | None = None
    ) -> None:
        """Add ``layers`` in order; the first may be an `Input`."""
        self.name = name or "sequential"
        self.layers: list[Layer] = []
        self.built = False
        self._input_shape: Shape | None = None
        if isinstance(layers, Layer | Input | str):
            raise TypeError(
                f"Sequential takes a list of layers, got {layers!r}: add []"
            )
        for layer in layers or ():
            self.add(layer)

    # ---- making ----------------------------------------------------------------------

    def add(self, layer: Layer | Input) -> None:
        """Put a layer on top; one without a name gets a name."""
        if isinstance(layer, Input):
            if self.layers or self._input_shape is not None:
                raise ValueError("Input comes once, before the first layer")
            self._input_shape = layer.shape
            return
        if not isinstance(layer, Layer):
            raise TypeError(
                f"a model is made of layers, got {layer!r}; wrap a function of tensors "
                "with gg.Activation(function)"
            )
        others = [each for each in self.layers if each is not layer]
        taken = {each.name for each in others}
        if layer in self.layers:
            taken = set()
        elif layer.was_named and layer.name in taken:
            raise ValueError(
                f"two layers are named {layer.name!r}; names are unique in a model"
            )
        self._check_grown([*self.layers, layer])
        layer.rename(unique_name(layer.name, taken))
        self.layers.append(layer)
        built = self.built
        try:
            self._structure_changed()
        except BaseException:
            self.layers.pop()
            self.built = built
            raise

    def pop(self) -> Layer:
        """Take the last layer off and return it."""
        if not self.layers:
            raise IndexError("the model has no layer to pop")
        layer = self.layers.pop()
        self._structure_changed()
        return layer

    def _check_grown(self, layers: Sequence[Layer]) -> None:
        if self._input_shape is not None:
            infer(layers, self._input_shape)

    def _structure_changed(self) -> None:
        self.built = False
        if self._input_shape is not None and self.layers:
            self.build(self._input_shape)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs of ``input_shape``, batch first.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(3)])
        >>> model.build((None, 2))
        >>> model.count_params()
        9
        """
        shape = (None, *input_shape[1:])
        if None in shape[1:]:
            raise gg.ShapeError(
                "a model is built for a shape whose lengths are known, but for the "
                f"batch's; got {shape}"
            )
        self._require_layers()
        infer(self.layers, shape)
        fresh = [layer for layer in self.layers if not layer.built]
        try:
            side: Shape = shape
            for layer in self.layers:
                layer.ensure_built(side)
                side = layer.compute_output_shape(side)
        except BaseException:
            for layer in fresh:
                layer.forget()
            raise
        self._input_shape = shape
        self.built = True

    def infer_shapes(self, input_shape: Shape) -> Shape:
        """Return the output's shape for an input's, or raise what does not fit."""
        return infer(self.layers, input_shape)

    def _require_layers(self) -> None:
        if not self.layers:
            raise gg.GraphgradError(
                f"{self!r} has no layers: add one with model.add(gg.Dense(1))"
            )

    # ---- what it is ------------------------------------------------------------------

    @property
    def input_shape(self) -> Shape:
        """The shape of the input, batch first."""
        if self._input_shape is None:
            raise AttributeError(
                f"{self!r} has no input shape yet: begin with gg.Input((width,)), call "
                "model.build((None, width)), or fit it"
            )
        return self._input_shape

    @property
    def output_shape(self) -> Shape:
        """The shape of the output, batch first."""
        return infer(self.layers, self.input_shape)

    @property
    def weights(self) -> list[gg.Variable]:
        """All weights in the order of the layers; a shared layer's come once."""
        return list(dict.fromkeys(w for layer in self.layers for w in layer.weights))

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        found = (w for layer in self.layers for w in layer.trainable_weights)
        return list(dict.fromkeys(found))

    @property
    def non_trainable_weights(self) -> list[gg.Variable]:
        """The weights that training leaves alone."""
        trainable = set(self.trainable_weights)
        return [w for w in self.weights if w not in trainable]

    def count_params(self) -> int:
        """Count the numbers in all weights."""
        return sum(w.size for w in self.weights)

    def get_weights(self) -> list[Array]:
        """Return copies of all weights' values, layer by layer."""
        return [w.numpy() for w in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Take over values for all weights, in the order of `get_weights`."""
        set_values(f"model {self.name!r}", self.weights, weights)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or position."""
        if (name is None) == (index is None):
            raise ValueError("get_layer takes either a name or an index")
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in self.layers)
        raise ValueError(f"the model has no layer {name!r}; it has {known}")

    def __len__(self) -> int:
        """Count the layers."""
        return len(self.layers)

    def __call__(self, x: Any, training: bool = False) -> gg.Tensor:
        """Compute the output as a tensor that records, outside of any program.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(1, kernel_initializer="ones")])
        >>> model([[1.0, 2.0]])
        tensor([[3.]], dtype=float32, from add)
        """
        self._require_layers()
        tensor = as_float_tensor(x)
        shape = (None, *tensor.shape[1:])
        if not self.built:
            self.build(shape)
        elif shape != self.input_shape:
            raise gg.ShapeError(
                f"layer {self.layers[0].name!r}, the first of the model, expected an "
                f"input of shape {show_shape(self.input_shape)}, got {tensor.shape}"
            )
        return forward(self.layers, tensor, training)

    def summary(self, print_fn: Callable[[str], Any] = print) -> None:
        """Print a table of the layers with their output shapes and parameters."""
        print_fn(summary_text(self))

    def __repr__(self) -> str:
        """Say what the model is."""
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def infer(layers: Sequence[Layer], input_shape: Shape) -> Shape:
    """Return the output's shape of ``layers`` for an input's."""
    shape = input_shape
    for layer in layers:
        shape = layer.compute_output_shape(shape)
    return shape
