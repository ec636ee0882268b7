"""Primitives that reduce along axes: sums, products, the largest and the smallest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from graphgrad._errors import ShapeError, UnsupportedError
from graphgrad._ops._families import REAL, Elementwise, f, function, register
from graphgrad._ops._scan import exclusive_prod
from graphgrad._primitive import OUT, Choose, Domain, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import (
    Array,
    Shape,
    Shaped,
    Spec,
    broadcast,
    normal_axes,
    size_of,
)

Axis = int | Iterable[int] | None

# Rows of at most so many elements are short, if there are more rows than columns.
SHORT = 64

# ---- the family ----------------------------------------------------------------------


class Reduction(Primitive, family=True):
    """A NumPy ufunc applied along ``axes``, which stay as ones on ``keepdims``."""

    axes: tuple[int, ...]
    keepdims: bool = False
    ufunc: ClassVar[Any] = None
    domain: ClassVar[Domain] = REAL
    min_side: ClassVar[int] = 0

    def infer(self, *inputs: Shaped) -> Spec:
        """Drop the axes, or keep them with length one."""
        shape = self.kept(inputs[0])
        if not self.keepdims:
            shape = tuple([n for i, n in enumerate(shape) if i not in self.axes])
        return Spec(shape, self.ufunc.reduce(np.ones(1, inputs[0].dtype)).dtype)

    def kept(self, x: Shaped) -> Shape:
        """Return the shape of the result with the axes kept."""
        return tuple([1 if i in self.axes else n for i, n in enumerate(x.shape)])

    def evaluate(self, *inputs: Array) -> Array:
        """Call the ufunc's reduce."""
        return self.ufunc.reduce(  # type: ignore[no-any-return]
            inputs[0], axis=self.axes, keepdims=self.keepdims
        )

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        axis = self.axes[0] if len(self.axes) == 1 else self.axes
        keep = ", keepdims=True" if self.keepdims else ""
        name = self.ufunc.__name__
        return [f"np.{name}.reduce({inputs[0]}, axis={axis}{keep}, out={out})"]

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count one operation for each element that goes into another."""
        merged = size_of(inputs[0].shape) - size_of(out.shape)
        return int(merged) if merged > 0 else 0

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose axes, kept or not."""
        shape = choose.shape(min_side=cls.min_side)
        axes = tuple([i for i in range(len(shape)) if choose.one_of((True, False))])
        keepdims = choose.one_of((False, True))
        return cls(axes, keepdims), (choose.array(shape, cls.domain),)


# ---- sums and products ---------------------------------------------------------------


class Sum(Reduction):
    """Add up the elements along the axes."""

    ufunc = np.add
    linear = True
    notation = "Σ_{axes} {0}"
    reads = ((),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Repeat the cotangent along the axes, as a view."""
        x = inputs[0]
        return f.broadcast_to(f.reshape(g, self.kept(x)), x.shape)


class Chosen(Elementwise):
    """Keep the elements that the second tensor holds for, and 0 for the others.

    As `where` with 0, but that no derivative looks for NaN in what is not kept: sums
    of conditions are on the way of every gradient of a classifier.
    """

    linear = True
    promotes = False
    notation = "{1} ? {0} : 0"
    domains = (REAL, REAL)
    reads = ((1,), ())

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Make the condition bool."""
        x, condition = map(as_tensor, operands)
        bools = condition.dtype.kind == "b"
        return x, condition if bools else f.not_equal(condition, 0)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        x, condition = inputs
        return np.where(condition, x, x.dtype.type(0))

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write zeros, then what is kept over them."""
        x, condition = inputs
        return [f"{out}.fill(0)", f"np.copyto({out}, {x}, where={condition})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Keep the cotangent where the elements were kept."""
        return None if i else f.chosen(g, inputs[1])

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose elements and a condition."""
        x, condition = choose.broadcastable(2)
        return cls(), (choose.array(x), choose.bools(condition))


class Prod(Reduction):
    """Multiply the elements along the axes; the derivatives are exact also at zeros."""

    ufunc = np.multiply
    notation = "Π_{axes} {0}"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the product of all other elements."""
        x = inputs[0]
        if not self.axes:
            return g
        first = [a for a in range(x.ndim) if a not in self.axes]
        moved = f.transpose(x, (*first, *self.axes))
        flat = f.reshape(moved, (*moved.shape[: len(first)], self._length(x)))
        others = exclusive_prod(flat, -1) * exclusive_prod(flat, -1, reverse=True)
        back = [(*first, *self.axes).index(a) for a in range(x.ndim)]
        others = f.transpose(f.reshape(others, moved.shape), back)
        return f.reshape(g, self.kept(x)) * others

    def _length(self, x: Shaped) -> int:
        return size_of(tuple([x.shape[a] for a in self.axes]))


# ---- extremes ------------------------------------------------------------------------


class Extreme(Reduction, family=True):
    """The largest or smallest element; all that are equal to it share the gradient."""

    reads = ((0, OUT),)
    domain = Domain(distinct=True)
    min_side = 1

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return an array for the rows as columns, where these are short."""
        x = inputs[0]
        return (Spec(x.shape[::-1], x.dtype),) if self._has_short_rows(x) else ()

    # NumPy goes through short rows one by one, and through columns side by side.
    def _has_short_rows(self, x: Shaped) -> bool:
        if len(x.shape) != 2 or self.axes != (1,):
            return False
        return 1 < x.shape[1] <= SHORT and x.shape[1] < x.shape[0]

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call; short rows are laid on their side before."""
        if len(inputs) == 1:
            return super().emit(out, *inputs)
        x, columns = inputs
        into = f"{out}[:, 0]" if self.keepdims else out
        name = self.ufunc.__name__
        return [
            f"{columns}[...] = {x}.T",
            f"np.{name}.reduce({columns}, axis=0, out={into})",
        ]

    def infer(self, *inputs: Shaped) -> Spec:
        """Refuse axes without elements."""
        (x,) = inputs
        if 0 in [x.shape[a] for a in self.axes]:
            raise ShapeError(f"{self.name} needs one element or more, got {x.shape}")
        return super().infer(x)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Share the cotangent equally among the elements that are the extreme."""
        x = inputs[0]
        kept = self.kept(x)
        ties = f.cast(f.equal(x, f.reshape(y, kept)), g.dtype)
        return f.reshape(g, kept) / f.sum(ties, self.axes, keepdims=True) * ties


class Max(Extreme):
    """Take the largest element along the axes; equal ones share the gradient."""

    ufunc = np.maximum
    notation = "max_{axes} {0}"


class Min(Extreme):
    """Take the smallest element along the axes; equal ones share the gradient."""

    ufunc = np.minimum
    notation = "min_{axes} {0}"


# ---- functions -----------------------------------------------------------------------

chosen = function(Chosen())


def refuse(name: str, given: dict[str, Any]) -> None:
    """Refuse by name the arguments of NumPy's function that are not supported here."""
    wrong = [key for key, value in given.items() if value is not None]
    if wrong:
        raise UnsupportedError(
            f"{name} on tensors takes no {', '.join(f'{key}=' for key in wrong)}: use "
            "gg.where or gg.cast on its argument or result, or .detach().numpy()"
        )


def reduce(
    kind: type[Reduction], x: Any, axis: Axis, keepdims: bool, refused: dict[str, Any]
) -> Tensor:
    """Apply a reduction along the axes that a user named."""
    refuse(kind.name, refused)
    tensor = as_tensor(x)
    return apply(kind(normal_axes(axis, tensor.ndim), bool(keepdims)), tensor)


def _accumulate(
    kind: type[Reduction],
    x: Any,
    axis: Axis,
    dtype: Any,
    keepdims: bool,
    refused: dict[str, Any],
) -> Tensor:
    if dtype is None:
        return reduce(kind, x, axis, keepdims, refused)
    total = reduce(kind, f.cast(as_tensor(x), dtype), axis, keepdims, refused)
    return f.cast(total, dtype)


# A condition with more elements would count those of x several times.
def _where(x: Tensor, condition: Tensor) -> Tensor:
    if broadcast(x.shape, condition.shape) != x.shape:
        raise ShapeError(
            f"sum takes a condition that broadcasts to the shape {x.shape}, got "
            f"{condition.shape}"
        )
    return chosen(x, condition)


# ruff: noqa: A001  # the names are NumPy's


@register
def sum(
    x: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    where: Any = None,
    **refused: Any,
) -> Tensor:
    """Add up the elements of ``x`` along ``axis``: one, several, or None for all.

    Integers are added as 64-bit integers, as by NumPy; ``dtype`` converts before. Only
    elements that a condition in ``where`` holds for count, if there is one.

    >>> import graphgrad as gg
    >>> gg.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    tensor([4., 6.])
    >>> gg.sum([[1.0, 2.0], [3.0, 4.0]], axis=0, where=[[True, False], [True, True]])
    tensor([4., 4.])
    """
    if where is not None:
        x = _where(as_tensor(x), as_tensor(where))
    return _accumulate(Sum, x, axis, dtype, keepdims, refused)


@register
def prod(
    x: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    **refused: Any,
) -> Tensor:
    """Multiply the elements of ``x`` along ``axis``: one, several, or None for all.

    The gradient is exact where elements are 0.

    >>> import graphgrad as gg
    >>> gg.grad(gg.prod)([0.0, 2.0, 3.0])
    tensor([6., 0., 0.])
    """
    return _accumulate(Prod, x, axis, dtype, keepdims, refused)


@register
def max(x: Any, axis: Axis = None, *, keepdims: bool = False, **refused: Any) -> Tensor:
    """Take the largest element of ``x`` along ``axis``: one, several, or None for all.

    Equal elements share the gradient. `ShapeError` where there is no element.

    >>> import graphgrad as gg
    >>> gg.grad(gg.max)([1.0, 5.0, 5.0])
    tensor([0. , 0.5, 0.5])
    """
    return reduce(Max, x, axis, keepdims, refused)


@register
def min(x: Any, axis: Axis = None, *, keepdims: bool = False, **refused: Any) -> Tensor:
    """Take the smallest element of ``x`` along ``axis``: one, several, or None for all.

    Equal elements share the gradient. `ShapeError` where there is no element.

    >>> import graphgrad as gg
    >>> gg.min([[1.0, 5.0], [3.0, 4.0]], axis=1)
    tensor([1., 3.])
    """
    return reduce(Min, x, axis, keepdims, refused)
