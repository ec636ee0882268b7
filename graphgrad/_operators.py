"""The operators and methods of a tensor: each calls the function of the same name."""

# What the table `FUNCTIONS` gives is of the tensor's type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["FUNCTIONS", "Operators", "Shown"]

Axis = int | Iterable[int] | None

# What operators, methods and NumPy's protocols call, by name: filled by declarations,
# so that tensors need not import the primitives that need tensors.
FUNCTIONS: dict[str, Callable[..., Any]] = {}


class Shown:
    """What a notebook shows as a picture."""

    __slots__ = ()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return what IPython asks for: the picture, and text in its place."""
        shown: dict[str, Any] = FUNCTIONS["show"](self, **options)
        return shown


class Operators(Shown):
    """What can be written with tensors as with NumPy's arrays."""

    __slots__ = ()

    def _apply(self, name: str, *args: Any, **kwargs: Any) -> Self:
        result: Self = FUNCTIONS[name](*args, **kwargs)
        return result

    def __add__(self, other: Any) -> Self:
        """Add element by element."""
        return FUNCTIONS["add"](self, other)

    def __radd__(self, other: Any) -> Self:
        """Add element by element."""
        return FUNCTIONS["add"](other, self)

    def __sub__(self, other: Any) -> Self:
        """Subtract element by element."""
        return FUNCTIONS["subtract"](self, other)

    def __rsub__(self, other: Any) -> Self:
        """Subtract element by element."""
        return FUNCTIONS["subtract"](other, self)

    def __mul__(self, other: Any) -> Self:
        """Multiply element by element."""
        return FUNCTIONS["multiply"](self, other)

    def __rmul__(self, other: Any) -> Self:
        """Multiply element by element."""
        return FUNCTIONS["multiply"](other, self)

    def __truediv__(self, other: Any) -> Self:
        """Divide element by element."""
        return FUNCTIONS["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Self:
        """Divide element by element."""
        return FUNCTIONS["divide"](other, self)

    def __pow__(self, other: Any) -> Self:
        """Raise to a power element by element."""
        return FUNCTIONS["power"](self, other)

    def __rpow__(self, other: Any) -> Self:
        """Raise to a power element by element."""
        return FUNCTIONS["power"](other, self)

    def __matmul__(self, other: Any) -> Self:
        """Multiply as matrices."""
        return FUNCTIONS["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Self:
        """Multiply as matrices."""
        return FUNCTIONS["matmul"](other, self)

    def __neg__(self) -> Self:
        """Change the sign."""
        return FUNCTIONS["negative"](self)

    def __pos__(self) -> Self:
        """Return the tensor itself."""
        return self

    def __invert__(self) -> Self:
        """Turn true into false and back."""
        return FUNCTIONS["logical_not"](self)

    def __and__(self, other: Any) -> Self:
        """Tell where both are true."""
        return FUNCTIONS["logical_and"](self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Self:
        """Tell where one or both are true."""
        return FUNCTIONS["logical_or"](self, other)

    __ror__ = __or__

    def __abs__(self) -> Self:
        """Take the absolute value."""
        return FUNCTIONS["abs"](self)

    def __lt__(self, other: Any) -> Self:
        """Compare element by element."""
        return FUNCTIONS["less"](self, other)

    def __le__(self, other: Any) -> Self:
        """Compare element by element."""
        return FUNCTIONS["less_equal"](self, other)

    def __gt__(self, other: Any) -> Self:
        """Compare element by element."""
        return FUNCTIONS["greater"](self, other)

    def __ge__(self, other: Any) -> Self:
        """Compare element by element."""
        return FUNCTIONS["greater_equal"](self, other)

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        """Compare element by element."""
        return FUNCTIONS["equal"](self, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        """Compare element by element."""
        return FUNCTIONS["not_equal"](self, other)

    __hash__ = object.__hash__

    # ---- methods, as on NumPy's arrays -----------------------------------------------

    def sum(self, axis: Axis = None, *, keepdims: bool = False) -> Self:
        """Add up the elements along ``axis``."""
        return self._apply("sum", self, axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, *, keepdims: bool = False) -> Self:
        """Average the elements along ``axis``."""
        return self._apply("mean", self, axis, keepdims=keepdims)

    def max(self, axis: Axis = None, *, keepdims: bool = False) -> Self:
        """Take the largest element along ``axis``."""
        return self._apply("max", self, axis, keepdims=keepdims)

    def min(self, axis: Axis = None, *, keepdims: bool = False) -> Self:
        """Take the smallest element along ``axis``."""
        return self._apply("min", self, axis, keepdims=keepdims)

    def prod(self, axis: Axis = None, *, keepdims: bool = False) -> Self:
        """Multiply the elements along ``axis``."""
        return self._apply("prod", self, axis, keepdims=keepdims)

    def var(self, axis: Axis = None, *, ddof: int = 0, keepdims: bool = False) -> Self:
        """Take the variance along ``axis``."""
        return self._apply("var", self, axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axis = None, *, ddof: int = 0, keepdims: bool = False) -> Self:
        """Take the standard deviation along ``axis``."""
        return self._apply("std", self, axis, ddof=ddof, keepdims=keepdims)

    def dot(self, other: Any) -> Self:
        """Multiply as ``np.dot`` does."""
        return self._apply("dot", self, other)

    def reshape(self, *shape: Any) -> Self:
        """Give the same elements another shape; one length may be -1."""
        wanted = shape[0] if len(shape) == 1 else shape
        return self._apply("reshape", self, wanted)

    def ravel(self) -> Self:
        """Give the same elements one axis."""
        return self._apply("reshape", self, (-1,))

    flatten = ravel

    def transpose(self, *axes: Any) -> Self:
        """Put the axes into another order; without one, reverse them."""
        if not axes:
            return self._apply("transpose", self)
        return self._apply("transpose", self, axes[0] if len(axes) == 1 else axes)

    @property
    def T(self) -> Self:  # noqa: N802  # NumPy's name
        """The tensor with its axes reversed."""
        return self._apply("transpose", self)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """Exchange two axes."""
        return self._apply("swapaxes", self, axis1, axis2)

    def squeeze(self, axis: Axis = None) -> Self:
        """Drop axes of length one."""
        return self._apply("squeeze", self, axis)

    def astype(self, dtype: Any) -> Self:
        """Convert the elements to ``dtype``."""
        return self._apply("cast", self, dtype)

    def clip(self, min: Any = None, max: Any = None) -> Self:  # noqa: A002  # NumPy's
        """Limit the elements to the range from ``min`` to ``max``."""
        return self._apply("clip", self, min, max)

    def cumsum(self, axis: int | None = None) -> Self:
        """Add up the elements so far along ``axis``."""
        return self._apply("cumsum", self, axis)

    def cumprod(self, axis: int | None = None) -> Self:
        """Multiply the elements so far along ``axis``."""
        return self._apply("cumprod", self, axis)

    def repeat(self, repeats: int, axis: int | None = None) -> Self:
        """Repeat each element along ``axis``."""
        return self._apply("repeat", self, repeats, axis)

    def take(self, indices: Any, axis: int | None = None) -> Self:
        """Take the elements that ``indices`` name along ``axis``."""
        return self._apply("take", self, indices, axis)

    def argmax(self, axis: int | None = None) -> Self:
        """Find where the largest element along ``axis`` is."""
        return self._apply("argmax", self, axis)

    def argmin(self, axis: int | None = None) -> Self:
        """Find where the smallest element along ``axis`` is."""
        return self._apply("argmin", self, axis)
