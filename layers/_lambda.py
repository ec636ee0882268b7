"""Lambda: a function of tensors as a layer."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._activations import name_of
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._identifiers import refuse_absent
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._weights import Weighted

__all__ = ["Lambda"]

_ABSENT = {
    "mask": ((None,), "layers here know no masks; give sample weights to fit"),
}


class Lambda(Layer):
    """A function of a tensor as a layer: computed with gg's functions, without weights.

    ``arguments`` are passed on by name; a function with an argument ``training`` is
    told whether the model is trained. ``output_shape`` says what a sample becomes; it
    may be left out. A model with a lambda cannot be saved: name the function, and
    register it.

    >>> import graphgrad as gg
    >>> gg.layers.Lambda(lambda x, power: x**power, arguments={"power": 2})([[3.0]])
    tensor([[9.]], dtype=float32)
    """

    _noticed = ("arguments",)

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Sequence[int] | Callable[[Shape], Shape] | None = None,
        arguments: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Check that the function holds no weights, which would not be trained."""
        refuse_absent("Lambda", options, _ABSENT)
        super().__init__(**options)
        if not callable(function):
            raise ArgumentError(
                f"Lambda is of a function of a tensor, got {function!r}"
            )
        _refuse_weights(function)
        self.function = function
        named = isinstance(output_shape, list | tuple)
        self.output_shape = tuple(output_shape) if named else output_shape  # type: ignore[arg-type]  # a list or tuple
        self.arguments = dict(arguments or {})

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Call the function."""
        told = _named_parameters(self.function)
        options = {"training": training} if "training" in told else {}
        result: gg.Tensor = self.function(x, **{**options, **self.arguments})
        return result

    @property
    def declares_shape(self) -> bool:
        """Whether the output's shape was given."""
        return self.output_shape is not None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that was given, or find it by tracing."""
        if self.output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self.output_shape):
            return tuple(self.output_shape(input_shape))
        return (input_shape[0], *self.output_shape)

    def title(self) -> str:
        """Return, for example, ``Lambda(square)``."""
        return f"Lambda({name_of(self.function)})"


def _named_parameters(function: Callable[..., Any]) -> Sequence[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


# What a function finds around it; `inspect.getclosurevars` takes attributes for names.
def _used_by(function: Any) -> list[Any]:
    if not inspect.isfunction(function):
        return []
    loads = dis.get_instructions(function)
    names = {each.argval for each in loads if each.opname == "LOAD_GLOBAL"}
    around = [function.__globals__[name] for name in names & set(function.__globals__)]
    cells = [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
    return around + cells


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # an empty cell raises
    except ValueError:
        return False
    return True


# Also in collections, and in the attributes of an object that is called.
def _refuse_weights(function: Any) -> None:
    owner = getattr(function, "__self__", None)
    held = [function, owner, *_used_by(function)]
    held += [each.__dict__ for each in (function, owner) if hasattr(each, "__dict__")]
    for each in [*held, *(part for holder in held for part in _parts(holder))]:
        if isinstance(each, Weighted | gg.Variable):
            raise ArgumentError(
                f"Lambda's function uses {each!r}, whose weights the model would not "
                "train: write a subclass of gg.Layer that keeps it in an attribute"
            )


def _parts(holder: Any) -> Collection[Any]:
    if isinstance(holder, Mapping):
        return holder.values()
    return holder if isinstance(holder, list | tuple | set) else ()
