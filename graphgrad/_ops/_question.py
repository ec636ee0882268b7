"""Questions about elements along axes: whether any or all are true, and where."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import register
from graphgrad._ops._reduction import Axis, Reduction, reduce, refuse
from graphgrad._primitive import Choose, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec, normal_axes, normal_axis, size_of

# ---- any, all ------------------------------------------------------------------------


class Quantifier(Reduction, family=True):
    """A question about the elements along the axes: the answer is a bool."""

    linear = True
    reads = ((),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient: the answer jumps."""
        return


class All(Quantifier):
    """Tell whether all elements along the axes are true (not 0)."""

    ufunc = np.logical_and
    notation = "∀_{axes} {0}"


class Any_(Quantifier):  # noqa: N801  # the typing module has the other name
    """Tell whether any element along the axes is true (not 0)."""

    name = "any"
    ufunc = np.logical_or
    notation = "∃_{axes} {0}"


# ---- where ---------------------------------------------------------------------------


class Position(Primitive, family=True):
    """The index of an extreme along one axis, or in the flat order (None)."""

    axis: int | None
    keepdims: bool = False
    linear = True
    reads = ((),)

    def infer(self, *inputs: Shaped) -> Spec:
        """Drop the axis, or keep it with length one; the result is an integer."""
        shape = inputs[0].shape
        axes = normal_axes(self.axis, len(shape))
        if 0 in [shape[a] for a in axes]:
            raise ShapeError(f"{self.name} needs one element or more, got {shape}")
        kept = [1 if i in axes else side for i, side in enumerate(shape)]
        left = [side for i, side in enumerate(shape) if i not in axes]
        return Spec(tuple(kept if self.keepdims else left), np.dtype(np.intp))

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        find = getattr(np, self.name)
        return find(inputs[0], axis=self.axis, keepdims=self.keepdims)  # type: ignore[no-any-return]

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        keep = ", keepdims=True" if self.keepdims else ""
        return [f"np.{self.name}({inputs[0]}, axis={self.axis}{keep}, out={out})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient: a position is no quantity."""
        return

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count one comparison for each element."""
        return int(size_of(inputs[0].shape))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an axis or none."""
        shape = choose.shape(min_ndim=1, min_side=1)
        axis = choose.one_of((None, *range(len(shape))))
        return cls(axis, choose.one_of((False, True))), (choose.array(shape),)


class Argmax(Position):
    """Find where the largest element is; the first of equal ones."""

    notation = "argmax_{axis} {0}"


class Argmin(Position):
    """Find where the smallest element is; the first of equal ones."""

    notation = "argmin_{axis} {0}"


# ---- functions -----------------------------------------------------------------------

# ruff: noqa: A001  # the names are NumPy's


@register
def all(x: Any, axis: Axis = None, *, keepdims: bool = False, **refused: Any) -> Tensor:
    """Tell whether all elements of ``x`` along ``axis`` are true (not 0).

    >>> import graphgrad as gg
    >>> gg.all([[True, False], [True, True]], axis=1)
    tensor([False,  True])
    """
    return reduce(All, x, axis, keepdims, refused)


@register
def any(x: Any, axis: Axis = None, *, keepdims: bool = False, **refused: Any) -> Tensor:
    """Tell whether any element of ``x`` along ``axis`` is true (not 0).

    >>> import graphgrad as gg
    >>> gg.any([[True, False], [False, False]], axis=1)
    tensor([ True, False])
    """
    return reduce(Any_, x, axis, keepdims, refused)


@register
def argmax(
    x: Any, axis: int | None = None, *, keepdims: bool = False, **refused: Any
) -> Tensor:
    """Find where the largest element of ``x`` along ``axis`` is; None: in flat order.

    >>> import graphgrad as gg
    >>> gg.argmax([[1.0, 5.0], [7.0, 3.0]], axis=1)
    tensor([1, 0])
    """
    return _find(Argmax, x, axis, keepdims, refused)


@register
def argmin(
    x: Any, axis: int | None = None, *, keepdims: bool = False, **refused: Any
) -> Tensor:
    """Find where the smallest element of ``x`` along ``axis`` is; None: in flat order.

    >>> import graphgrad as gg
    >>> gg.argmin([[1.0, 5.0], [7.0, 3.0]], axis=1)
    tensor([0, 1])
    """
    return _find(Argmin, x, axis, keepdims, refused)


def _find(
    kind: type[Position],
    x: Any,
    axis: int | None,
    keepdims: bool,
    refused: dict[str, Any],
) -> Tensor:
    refuse(kind.name, refused)
    tensor = as_tensor(x)
    where = None if axis is None else normal_axis(axis, tensor.ndim)
    return apply(kind(where, bool(keepdims)), tensor)
