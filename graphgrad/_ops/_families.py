"""What families of primitives share: shape and dtype rules, evaluation, code, cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from graphgrad._context import CONTEXT
from graphgrad._node import Constant, Node
from graphgrad._operators import FUNCTIONS
from graphgrad._ops._calls import BARE, NUMBERS, function_of, number
from graphgrad._primitive import (
    Choose,
    Domain,
    Operand,
    Primitive,
    as_tensor,
)
from graphgrad._tensor import Tensor, plain
from graphgrad._types import (
    Array,
    Dim,
    DType,
    Shape,
    Shaped,
    Spec,
    broadcast,
    check_dtype,
    float_of,
    size_of,
)

F = TypeVar("F", bound=Callable[..., Any])

# Results of more elements than this are computed without spreading inputs.
SPREAD_LIMIT = 1 << 16

# From so many elements on, it takes less time to do more than to branch at each: the
# processor guesses, and with the data of a batch it guesses wrong every other time.
BRANCHED = 256

REAL = Domain()
POSITIVE = Domain(0.2, 3.0)
NONZERO = Domain(avoid=(0.0,))


class _Functions:
    """The functions of tensors by name, for rules that name those of other files.

    Of bare arrays they give bare arrays, so that a rule needs no tensors where nobody
    asks for a graph.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Tensor]: ...


f = _Functions()


def function(primitive: Primitive) -> Callable[..., Tensor]:
    """Make the public function of a primitive without parameters."""
    call, either = function_of(primitive)
    call.__name__ = call.__qualname__ = primitive.name
    call.__doc__ = type(primitive).__doc__
    call.__module__ = type(primitive).__module__
    return register(call, either)


def register(call: F, either: Callable[..., Any] | None = None) -> F:
    """Let operators, methods, NumPy's protocols and rules find ``call`` by its name.

    Rules find ``either``, which gives bare arrays of bare arrays.
    """
    FUNCTIONS[call.__name__] = call
    setattr(f, call.__name__, either or _either(call))
    return call


def _either(call: Callable[..., Any]) -> Callable[..., Any]:
    def either(x: Any, *others: Any, **static: Any) -> Any:
        result = call(x, *others, **static)
        bare = isinstance(x, BARE) and not any(isinstance(a, Tensor) for a in others)
        return plain(result) if bare else result

    return either


def promote(operands: Sequence[Any], floats: bool = False) -> tuple[Tensor, ...]:
    """Make tensors of one dtype, as NumPy does: Python numbers adapt to the others."""
    # The common case, without a detour: two of one float dtype, or one and a number.
    if len(operands) == 2:
        a, b = operands
        if isinstance(a, Tensor):
            dtype = a.dtype
            if isinstance(b, Tensor):
                if b.dtype == dtype and (dtype.kind == "f" or not floats):
                    return a, b
            elif dtype.kind == "f" and type(b) in NUMBERS:
                return a, number(b, dtype)
        elif isinstance(b, Tensor) and b.dtype.kind == "f" and type(a) in NUMBERS:
            return number(a, b.dtype), b
    wrapped = [each if is_weak(each) else as_tensor(each) for each in operands]
    dtype = _common_dtype(wrapped)
    if floats:
        dtype = float_of(dtype)
    return tuple([_as(each, dtype) for each in wrapped])


def is_weak(operand: Any) -> bool:
    """Tell whether the operand is a Python number, which takes on the others' dtype."""
    return type(operand) in (bool, int, float, Dim)


def _common_dtype(operands: Sequence[Any]) -> DType:
    strong = {each.dtype for each in operands if isinstance(each, Tensor)}
    dtype = np.result_type(*strong) if strong else np.dtype(bool)
    kinds = {bool: "b", int: "i", Dim: "i", float: "f"}
    for each in operands:
        if isinstance(each, Tensor):
            continue
        kind = kinds[type(each)]
        if kind == "f" and dtype.kind != "f":
            dtype = np.dtype(np.float64)
        elif kind == "i" and dtype.kind == "b":
            dtype = np.dtype(np.int64)
    return check_dtype(dtype, "the result")


def _as(operand: Any, dtype: DType) -> Tensor:
    if isinstance(operand, Tensor):
        return operand if operand.dtype == dtype else f.cast(operand, dtype)
    if isinstance(operand, Dim) and CONTEXT.tape is not None:
        value = np.asarray(int(operand), dtype)
        leaf = Constant(value, operand.label)
        return Tensor(None, Node(leaf, (), (), dtype, CONTEXT.place))
    return Tensor(np.array(operand, dtype))


# By position, ``out`` costs less; these two deprecate that.
def call_of(ufunc: str, *operands: str, out: str) -> str:
    """Write the call of a ufunc into ``out``."""
    keyword = "out=" if ufunc in ("maximum", "minimum") else ""
    return f"np.{ufunc}({', '.join(operands)}, {keyword}{out})"


def copy_of(source: str, out: Operand) -> str:
    """Write the copy of an array or a scalar into ``out``, quickly for one number."""
    return f"{out}[{'...' if out.like.ndim else '()'}] = {source}"


# Tables and constants are as large as an argument says, which may come from a file.
def make_room(nbytes: int, what: str) -> None:
    """Raise if there is no memory for ``what``, before any of it is taken."""
    from graphgrad._room import require_memory

    require_memory(nbytes, what)


def spreads(shape: Shape, result: Shape) -> bool:
    """Tell whether an input of a small result is copied along its missing axes first.

    Where shapes differ, a ufunc sets up an iterator and loops over short rows: for
    small arrays that takes longer than the copy and a call on equal shapes.
    """
    return shape != result and size_of(shape) > 1 and size_of(result) <= SPREAD_LIMIT


class Elementwise(Primitive, family=True):
    """A NumPy ufunc over broadcast inputs."""

    __slots__ = ()
    elementwise = True
    promotes: ClassVar[bool] = True
    strided: ClassVar[bool] = True
    ufunc: ClassVar[Any] = None
    domains: ClassVar[tuple[Domain, ...]]
    floats: ClassVar[bool] = True
    cost: ClassVar[int] = 1

    def __init_subclass__(cls, family: bool = False, **kwargs: Any) -> None:
        """Evaluate by the ufunc itself, where the class says nothing else."""
        known: Any = cls.evaluate
        if known is Elementwise.evaluate or isinstance(known, np.ufunc):
            cls.evaluate = cls.ufunc or known  # type: ignore[method-assign]
        super().__init_subclass__(family, **kwargs)

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Promote the operands to one dtype."""
        return promote(operands, self.floats)

    def infer(self, *inputs: Shaped) -> Spec:
        """Broadcast the shapes; keep the dtype."""
        shape = broadcast(*[each.shape for each in inputs])
        return Spec(shape, inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Call the ufunc."""
        return self.ufunc(*inputs)  # type: ignore[no-any-return]

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write one call of the ufunc."""
        return [call_of(self.ufunc.__name__, *inputs, out=out)]

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count the result's elements, times what each costs."""
        return self.cost * int(size_of(out.shape))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose inputs that broadcast."""
        shapes = choose.broadcastable(len(cls.domains))
        pairs = zip(shapes, cls.domains, strict=True)
        return cls(), tuple(choose.array(shape, domain) for shape, domain in pairs)


class Unary(Elementwise, family=True):
    """A function of every element."""

    __slots__ = ()
    inplace: ClassVar[tuple[int, ...]] = (0,)
    domains = (REAL,)

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Take floats as they are, and make floats of the rest where it must be."""
        (x,) = operands
        if isinstance(x, Tensor) and (x.dtype.kind == "f" or not self.floats):
            return (x,)
        return promote(operands, self.floats)


class Binary(Elementwise, family=True):
    """A function of every pair of elements."""

    __slots__ = ()
    inplace: ClassVar[tuple[int, ...]] = (0, 1)
    domains = (REAL, REAL)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return an array of the result's shape for each input to be spread first."""
        shape = broadcast(*[each.shape for each in inputs])
        return tuple([Spec(shape, x.dtype) for x in inputs if spreads(x.shape, shape)])

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write one call of the ufunc, on inputs of one shape where these are small."""
        spread = iter(inputs[2:])
        lines, operands = [], []
        for each in inputs[:2]:
            if spreads(each.like.shape, out.like.shape):
                lines.append(f"{(wide := next(spread))}[...] = {each}")
                operands.append(wide)
            else:
                operands.append(each)
        return [*lines, call_of(self.ufunc.__name__, *operands, out=out)]


class Comparison(Binary, family=True):
    """A question about every pair of elements: the answer is a bool, not a number."""

    __slots__ = ()
    floats = False
    linear = True
    inplace = ()
    reads = ((), ())

    def infer(self, *inputs: Shaped) -> Spec:
        """Broadcast the shapes; the result is bool."""
        return Spec(super().infer(*inputs).shape, np.dtype(bool))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient: the answer jumps."""
        return
