"""A stack of layers: what a sequential model is before it is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import graphgrad as gg
from graphgrad.layers._added import check_stated, checked_layer, first_shape
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._layer import Layer
from graphgrad.layers._names import IdentifierError, nearest
from graphgrad.layers._registry import Named, custom_object_scope, making
from graphgrad.layers._seen import Look
from graphgrad.layers._shapes import (
    Shape,
    as_float_tensor,
    built_shape,
    infer,
    shape_behind,
)
from graphgrad.layers._simple import Input
from graphgrad.layers._sites import misfit
from graphgrad.layers._summary import summary_text
from graphgrad.layers._taken import Values
from graphgrad.layers._text import Names
from graphgrad.layers._values import set_values
from graphgrad.layers._weights import Weighted

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Stack"]


class Stack(Layer):
    """Layers one after the other, built together once the input's shape is known.

    A stack is a layer too: it may stand in another stack.
    """

    is_model = True

    def __init__(
        self,
        layers: Iterable[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        """Add ``layers`` in order; the first may be an `Input`."""
        super().__init__(name=name, trainable=trainable)
        self._layers: list[Layer] = []
        self._kept: set[Weighted] = set()
        self._input_shape: Shape | None = None
        self._last_shape: Shape | None = None
        self._nested = False
        if isinstance(layers, Layer | Input | str):
            raise IdentifierError(
                f"{type(self).__name__} takes a list of layers, got {layers!r}: add []"
            )
        self._add(layers or ())
        if not self.trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers in order; to change them, use `add` and `pop`."""
        return list(self._layers)

    @property
    def children(self) -> list[Layer]:
        """The layers, each once."""
        return list(dict.fromkeys(self._layers))

    def keeps(self, part: Weighted) -> bool:
        """Return whether a layer stands here."""
        return part in self._kept

    def unmarked(self) -> list[Look]:
        """Return how to look for layers that may come and go without a mark."""
        return [(list, self._layers)]

    # ---- making ----------------------------------------------------------------------

    def add(self, layer: Layer | Input) -> None:
        """Put a layer on top; one without a name gets a name."""
        self._add([layer])

    # What stands here is looked through once for all that is added.
    def _add(self, added: Iterable[Any]) -> None:
        count, first, built = len(self._layers), self._input_shape, self.built
        names = Names(each.name for each in self._layers)
        side = self._shape_behind()
        try:
            for each in added:
                if isinstance(each, Input):
                    self._set_first(each.shape)
                    side = each.shape
                    continue
                layer = checked_layer(each, self)
                if not self._layers and self._input_shape is None:
                    side = self._input_shape = first_shape(layer)
                check_stated(layer, side)
                name = self._free_name(layer, names)
                if side is not None:
                    side = shape_behind(layer, side, self._layers, self._input_shape)
                layer.rename(name, self._inner_path)
                self._layers.append(layer)
                self._kept.add(layer)
            self._build_on(count)
        except BaseException:
            del self._layers[count:]
            self._kept = set(self._layers)
            self._input_shape, self.built = first, built
            raise
        if len(self._layers) > count:
            self._structure_changed()

    def _set_first(self, shape: Shape) -> None:
        if self._layers or self._input_shape is not None:
            raise ValueError("Input comes once, before the first layer")
        self._input_shape = shape

    def _shape_behind(self) -> Shape | None:
        if self._input_shape is None or self.built:
            return self._last_shape
        return infer(self._layers, self._input_shape)

    def _free_name(self, layer: Layer, names: Names) -> str:
        if layer in self._kept:
            return layer.name
        if layer.was_named and layer.name in names.taken:
            raise ValueError(
                f"two layers are named {layer.name!r}; names are unique in a model"
            )
        return names.free(layer.name)

    # All but the first ``count`` layers are new. `compile` packs what is added later.
    def _build_on(self, count: int) -> None:
        if self._input_shape is None or not self._layers:
            return
        if not self.built or self._last_shape is None:
            self.build(self._input_shape)
        else:
            added = self._layers[count:]
            self._last_shape = self._build_layers(added, self._last_shape)

    def pop(self) -> Layer:
        """Take the last layer off and return it."""
        if not self._layers:
            raise IndexError("the model has no layer to pop")
        layer = self._layers.pop()
        self._kept = set(self._layers)
        self.built = False
        self._build_on(0)
        self._structure_changed()
        return layer

    def _structure_changed(self) -> None:
        self._changed()

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs of ``input_shape``, batch first.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(3)])
        >>> model.build((None, 2))
        >>> model.count_params()
        9
        """
        shape = built_shape(input_shape)
        self._require_layers()
        infer(self._layers, shape)
        self._last_shape = self._build_layers(self._layers, shape)
        if self._input_shape not in (None, shape):
            self._changed()
        self._input_shape, self.built = shape, True

    def _build_layers(self, layers: Sequence[Layer], side: Shape) -> Shape:
        fresh = [layer for layer in layers if not layer.built]
        try:
            for layer in layers:
                layer.ensure_built(side)
                side = layer.compute_output_shape(side)
        except BaseException:
            for layer in fresh:
                layer.forget()
            raise
        return side

    def forget(self) -> None:
        """Go back to before `build`: drop all weights, and the shape that they had."""
        super().forget()
        self._input_shape = self._last_shape = None

    def infer_shapes(self, input_shape: Shape) -> Shape:
        """Return the output's shape for an input's, or raise what does not fit."""
        return infer(self._layers, input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the output's shape for an input's, or raise what does not fit."""
        self._require_layers()
        return self.infer_shapes(input_shape)

    def input_values(self) -> Values | None:
        """Return which numbers the first layer takes; None means all finite ones."""
        return self._layers[0].input_values() if self._layers else None

    def _require_layers(self) -> None:
        if not self._layers:
            raise gg.GraphgradError(
                f"{self!r} has no layers: add one with model.add(gg.Dense(1))"
            )

    def _is_own(self, name: str) -> bool:
        return name.startswith("_")  # what a model keeps to itself has its own rules

    # ---- names -----------------------------------------------------------------------

    # The layers of a model are named by themselves, those of a model in a model by it.
    @property
    def _inner_path(self) -> str:
        return self.path if self._nested else ""

    def rename(self, name: str, parent: str = "") -> None:
        """Take on a name within another model, and name the layers below it."""
        self._nested = True
        super().rename(name, parent)

    def _name_weights(self, path: str) -> None:
        for child in self.children:
            child.rename(child.name, path if self._nested else "")

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
        return infer(self._layers, self.input_shape)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Take over values for all weights, in the order of `get_weights`."""
        set_values(f"model {self.name!r}", self.weights, weights)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or position."""
        if (name is None) == (index is None):
            raise ValueError("get_layer takes either a name or an index")
        if index is not None:
            return self[index]
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self._layers]
        near = nearest(str(name), names)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        known = ", ".join(names) or "none"
        raise ValueError(f"the model has no layer {name!r}; it has {known}{hint}")

    def __len__(self) -> int:
        """Count the layers."""
        return len(self._layers)

    def __bool__(self) -> bool:
        """Be true, also without layers."""
        return True

    def __iter__(self) -> Iterator[Layer]:
        """Go through the layers in order."""
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> list[Layer]: ...
    def __getitem__(self, index: int | slice) -> Layer | list[Layer]:
        """Return a layer by its position, or several as a list.

        >>> import graphgrad as gg
        >>> gg.Sequential([gg.Dense(3), gg.Dense(1)])[-1].units
        1
        """
        try:
            return self._layers[index]
        except IndexError:
            raise IndexError(
                f"the model has {len(self)} layers, got the index {index}"
            ) from None

    # ---- computing -------------------------------------------------------------------

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Compute one layer after the other."""
        for layer in self._layers:
            x = layer(x, training=training)
        return x

    def __call__(self, x: Any, training: bool | None = None) -> gg.Tensor:
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
            raise misfit(self._layers[0], self.input_shape, shape)
        return super().__call__(tensor, training)

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of the layers with their output shapes and parameters.

        ``positions`` are where columns end, as shares of the line; ``layer_range`` has
        the names, or patterns, of the first and the last layer to show.
        """
        text = summary_text(
            self,
            line_length,
            positions,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )
        (print_fn or print)(text)

    def title(self) -> str:
        """Return, for example, ``Sequential(3 layers)``."""
        count = len(self._layers)
        return f"{type(self).__name__}({count} layer{'s' if count != 1 else ''})"

    # ---- configuration ---------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return name, flag, layers and input shape, fit for JSON."""
        shape = self._input_shape
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype,
            "layers": [serialize(layer) for layer in self._layers],
            "build_input_shape": None if shape is None else list(shape),
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Mapping[str, Named] | None = None,
    ) -> Self:
        """Make a model of new layers with new weights.

        ``custom_objects`` are classes and functions of one's own, by name.
        """
        with custom_object_scope(custom_objects or {}), making(cls.__name__, config):
            return cls._from_config(config)

    @classmethod
    def _from_config(cls, config: Mapping[str, Any]) -> Self:
        model = cls(name=config.get("name"))
        model._trainable = check_flag("trainable", config.get("trainable", True))
        made, layers = dict[str, Layer](), []
        for each in config["layers"]:
            # A layer that stands in the model twice is one layer.
            name = each["config"].get("name")
            if name not in made:
                made[name] = deserialize(each)
            layers.append(made[name])
        model._add(layers)
        shape = config.get("build_input_shape")
        if shape is not None and model._layers:
            model.build(tuple(shape))
        elif shape is not None:
            model._input_shape = tuple(shape)
        return model
