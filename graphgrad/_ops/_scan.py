"""Primitives that run along an axis: each result depends on the ones before it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import REAL, f, register
from graphgrad._primitive import OUT, Choose, Domain, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec, normal_axis, size_of

# ---- the family ----------------------------------------------------------------------


class Scan(Primitive, family=True):
    """A NumPy ufunc accumulated along ``axis``, from its end on ``reverse``."""

    axis: int
    reverse: bool = False
    ufunc: ClassVar[Any] = None
    domain: ClassVar[Domain] = REAL

    @property
    def along(self) -> tuple[Any, ...]:
        """The axis, and whether it is gone along from its end."""
        return (self.axis, "reversed") if self.reverse else (self.axis,)

    def infer(self, *inputs: Shaped) -> Spec:
        """Keep the shape; accumulate in NumPy's dtype."""
        (x,) = inputs
        normal_axis(self.axis, len(x.shape))
        return Spec(x.shape, self._dtype(x))

    def _dtype(self, x: Shaped) -> np.dtype[Any]:
        return self.ufunc.reduce(np.ones(1, x.dtype)).dtype  # type: ignore[no-any-return]

    def evaluate(self, *inputs: Array) -> Array:
        """Call the ufunc's accumulate."""
        (x,) = inputs
        if not self.reverse:
            return self.ufunc.accumulate(x, self.axis, self._dtype(x))  # type: ignore[no-any-return]
        result = np.empty(x.shape, self._dtype(x))
        self.ufunc.accumulate(
            _flipped(x, self.axis), self.axis, out=_flipped(result, self.axis)
        )
        return result

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        end = f"[{':, ' * self.axis}::-1]" if self.reverse else ""
        name = f"np.{self.ufunc.__name__}.accumulate"
        return [f"{name}({inputs[0]}{end}, axis={self.axis}, out={out}{end})"]

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count one operation for each element."""
        return int(size_of(out.shape))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an axis and a direction."""
        shape = choose.shape(min_ndim=1)
        axis = choose.integer(0, len(shape) - 1)
        return cls(axis, choose.one_of((False, True))), (
            choose.array(shape, cls.domain),
        )


def _flipped(x: Array, axis: int) -> Array:
    return x[(slice(None),) * axis + (slice(None, None, -1),)]


class Cumsum(Scan):
    """Add up the elements so far along an axis."""

    ufunc = np.add
    linear = True
    notation = "cumsum_{along} {0}"
    reads = ((),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Add up the cotangents from the other end."""
        return apply(Cumsum(self.axis, not self.reverse), g)


class Cumprod(Scan):
    """Multiply the elements so far along an axis; derivatives are exact at zeros."""

    ufunc = np.multiply
    notation = "cumprod_{along} {0}"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply the product before by the sum of the products after times ``g``."""
        x = inputs[0]
        after = _shifted(x, self.axis, not self.reverse, 0)
        total = apply(Recurrence(self.axis, not self.reverse), after, g)
        return exclusive_prod(x, self.axis, self.reverse) * total


# ---- recurrences ---------------------------------------------------------------------


def recur(
    out: np.ndarray, a: np.ndarray, b: np.ndarray, axis: int, reverse: bool
) -> None:
    """Compute ``out[k] = a[k] * out[k - 1] + b[k]`` along ``axis``, from 0."""
    out, a, b = (np.moveaxis(each, axis, 0) for each in (out, a, b))
    if reverse:
        out, a, b = out[::-1], a[::-1], b[::-1]
    out[:1] = b[:1]
    for k in range(1, len(out)):
        here = slice(k, k + 1)
        np.multiply(a[here], out[k - 1 : k], out=out[here])
        np.add(out[here], b[here], out=out[here])


class Recurrence(Primitive):
    """Solve ``y[k] = a[k] y[k-1] + b[k]`` along an axis, with 0 before the first."""

    axis: int
    reverse: bool = False
    notation = "{0}·y₋₁ + {1}"
    reads = ((0, OUT), (0,))
    helpers = (recur,)

    def formula(self, *names: str) -> str:
        """Write a function: what is before the result has no name in equations."""
        end = ",reversed" if self.reverse else ""
        return f"recurrence_{{{self.axis}{end}}}({', '.join(names)})"

    def infer(self, *inputs: Shaped) -> Spec:
        """Keep the shape, which both inputs have."""
        a, b = inputs
        if a.shape != b.shape or a.dtype != b.dtype:
            raise ShapeError(
                f"recurrence needs equal shapes, got {a.shape} and {b.shape}"
            )
        return Spec(a.shape, a.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Go along the axis, a slice at a time."""
        a, b = inputs
        out = np.empty_like(a)
        recur(out, a, b, self.axis, self.reverse)
        return out

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        return [f"recur({out}, {inputs[0]}, {inputs[1]}, {self.axis}, {self.reverse})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Run the recurrence backwards; by ``a``, multiply by the result before."""
        after = _shifted(inputs[0], self.axis, not self.reverse, 0)
        total = apply(Recurrence(self.axis, not self.reverse), after, g)
        return total if i else total * _shifted(y, self.axis, self.reverse, 0)

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count a multiplication and an addition for each element."""
        return 2 * int(size_of(out.shape))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an axis and a direction."""
        shape = choose.shape(min_ndim=1)
        op = cls(choose.integer(0, len(shape) - 1), choose.one_of((False, True)))
        return op, (choose.array(shape), choose.array(shape))


def _shifted(x: Tensor, axis: int, reverse: bool, fill: float) -> Tensor:
    """Return for each element the one before it, and ``fill`` at the start."""
    if x.shape[axis] == 0:
        return x
    before = (slice(None),) * axis
    part = slice(1, None) if reverse else slice(None, -1)
    width = [(0, 0)] * x.ndim
    width[axis] = (0, 1) if reverse else (1, 0)
    return f.pad(f.getitem(x, (*before, part)), width, constant_values=fill)


def exclusive_prod(x: Tensor, axis: int, reverse: bool = False) -> Tensor:
    """Return for each element the product of those before it along the axis."""
    axis = normal_axis(axis, x.ndim)
    return _shifted(apply(Cumprod(axis, reverse), x), axis, reverse, 1)


# ---- functions -----------------------------------------------------------------------


def _scan(kind: type[Scan], x: Any, axis: int | None, dtype: Any) -> Tensor:
    tensor = as_tensor(x) if dtype is None else f.cast(as_tensor(x), dtype)
    if axis is None:
        tensor, axis = f.reshape(tensor, (-1,)), 0
    total = apply(kind(normal_axis(axis, tensor.ndim)), tensor)
    return total if dtype is None else f.cast(total, dtype)


@register
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Add up the elements of ``x`` so far along ``axis``; None: in flat order.

    >>> import graphgrad as gg
    >>> gg.cumsum([1.0, 2.0, 3.0])
    tensor([1., 3., 6.])
    """
    return _scan(Cumsum, x, axis, dtype)


@register
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Multiply the elements of ``x`` so far along ``axis``; None: in flat order.

    The gradient is exact where elements are 0.

    >>> import graphgrad as gg
    >>> gg.cumprod([1.0, 2.0, 3.0])
    tensor([1., 2., 6.])
    """
    return _scan(Cumprod, x, axis, dtype)
