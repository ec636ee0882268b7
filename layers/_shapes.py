"""Shapes as layers speak of them: the batch first, whose length is not fixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError

__all__ = [
    "Shape",
    "as_float_tensor",
    "built_shape",
    "infer",
    "known_sides",
    "legacy_shape",
    "sample_shape",
    "shape_behind",
    "show_shape",
]

Shape = tuple[int | None, ...]


def show_shape(shape: Shape) -> str:
    """Write a shape with the word batch for the length that is not fixed.

    >>> show_shape((None, 3))
    '(batch, 3)'
    """
    sides = ["batch" if side is None else str(side) for side in shape]
    return f"({', '.join(sides)}{',' if len(sides) == 1 else ''})"


def as_float_tensor(x: Any) -> gg.Tensor:
    """Return numbers as a float32 tensor; tensors keep their float dtype.

    >>> as_float_tensor([1, 2]).dtype
    dtype('float32')
    """
    tensor = x if isinstance(x, gg.Tensor) else gg.tensor(x)
    if isinstance(x, gg.Tensor) and tensor.dtype.kind == "f":
        return tensor
    return gg.cast(tensor, "float32")


def legacy_shape(options: dict[str, Any]) -> Shape | None:
    """Take ``input_shape`` or ``input_dim`` out of ``options``, batch first.

    >>> legacy_shape({"input_dim": 8}), legacy_shape({"input_shape": (28, 28)})
    ((None, 8), (None, 28, 28))
    """
    width = options.pop("input_dim", None)
    sides = options.pop("input_shape", None)
    if sides is None and width is not None:
        sides = (width,)
    if sides is None:
        return None
    return sample_shape("input_shape is", sides)


def sample_shape(what: str, sides: Any) -> Shape:
    """Return the shape of one sample with the batch in front of it, or raise.

    >>> sample_shape("input_shape is", [28, 28])
    (None, 28, 28)
    """
    if isinstance(sides, tuple | list) and all(map(_is_length, sides)):
        return (None, *map(int, sides))
    hint = ""
    if _is_length(sides):
        hint = f"; did you mean ({sides},)?"
    elif isinstance(sides, tuple | list) and None in sides:
        known = ", ".join(str(side) for side in sides if side is not None)
        hint = "; all lengths must be known, and the batch is left out"
        hint += f": did you mean ({known},)?" if known else ""
    raise ArgumentError(
        f"{what} the shape of one sample, a tuple without the batch such as (784,), "
        f"got {sides!r}{hint}"
    )


def built_shape(input_shape: Sequence[int | None]) -> Shape:
    """Return the shape a model is built for, for batches of any length, or raise.

    >>> built_shape((32, 28, 28))
    (None, 28, 28)
    """
    shape = (None, *input_shape[1:])
    if not all(map(_is_length, shape[1:])):
        raise gg.ShapeError(
            "a model is built for a shape whose lengths are known, but for the "
            f"batch's, and at least 1; got {shape}"
        )
    return shape


def _is_length(side: Any) -> bool:
    return isinstance(side, int | np.integer) and bool(side > 0)


def known_sides(shape: Shape) -> tuple[int, ...]:
    """Return the lengths after the batch; they must be known.

    >>> known_sides((None, 28, 28))
    (28, 28)
    """
    sides = tuple(side for side in shape[1:] if side is not None)
    if len(sides) != len(shape[1:]):
        raise gg.ShapeError(
            "a layer is built for lengths that are known, but for the batch's; got "
            f"{show_shape(shape)}"
        )
    return sides


def infer(layers: Iterable[Any], input_shape: Shape) -> Shape:
    """Return the shape behind the last of ``layers`` for the one before the first."""
    before: list[Any] = []
    shape = input_shape
    for layer in layers:
        shape = shape_behind(layer, shape, before, input_shape)
        before.append(layer)
    return shape


def shape_behind(
    layer: Any, shape: Shape, before: Sequence[Any], first: Shape | None
) -> Shape:
    """Return the shape behind ``layer``, or raise what does not fit.

    The error knows the layers ``before``, whose input has the shape ``first``.
    """
    try:
        found: Shape = layer.compute_output_shape(shape)
    except gg.GraphgradError as error:
        # Errors are rare; what knows of them knows of shapes.
        from graphgrad.layers._sites import note_before

        if first is not None:
            note_before(error, before, first)
        raise
    return found
