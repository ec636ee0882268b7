"""Primitive: the contract that every operation keeps, all its rules in one class."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from graphgrad._context import CONTEXT, current_place
from graphgrad._errors import GraphgradError, TraceError
from graphgrad._node import Constant, Node, Op, constructor, snake_case
from graphgrad._tensor import Tensor, refuse_lists
from graphgrad._types import Array, Dim, DType, Shape, Shaped, Spec, check_dtype

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[type], type]:
        return lambda cls: cls


__all__ = ["OPS", "OUT", "Choose", "Domain", "Operand", "Primitive", "Reads", "apply"]

T = TypeVar("T")

# Every primitive by name: tests, docs and pictures go through this table.
OPS: dict[str, type[Primitive]] = {}

# Up to NumPy 1, a single float32 among Python numbers was computed, and came back, as
# float64.
LEGACY_PROMOTION = np.lib.NumpyVersion(np.__version__) < "2.0.0"

# In `Primitive.reads`, the result itself; other numbers count the inputs.
OUT = -1
Reads = tuple[tuple[int, ...], ...]


class Domain(NamedTuple):
    """Where an input may lie for the laws of the tests to hold.

    The laws draw numbers between ``low`` and ``high``, none closer than ``margin`` to a
    point in ``avoid`` (a kink or a pole); all different where ``distinct``.
    """

    low: float = -3.0
    high: float = 3.0
    avoid: tuple[float, ...] = ()
    margin: float = 0.1
    distinct: bool = False


class Operand(str):
    """The name of an array in a program's code, and what the array is like.

    ``like`` has its shape, dtype and strides; its values mean nothing.
    """

    __slots__ = ("like",)
    like: Array

    def __new__(cls, name: str, like: Array) -> Self:
        """Give a name an array that is like the one it stands for."""
        operand = super().__new__(cls, name)
        operand.like = like
        return operand


class Choose(Protocol):
    """What a primitive's `example` draws from: the tests drive it with Hypothesis."""

    def integer(self, low: int, high: int) -> int:
        """Choose a whole number, both ends included."""
        ...

    def one_of(self, options: Sequence[T]) -> T:
        """Choose one of ``options``; the first is the simplest."""
        ...

    def shape(self, min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0) -> Shape:
        """Choose a small shape."""
        ...

    def broadcastable(self, count: int) -> tuple[Shape, ...]:
        """Choose ``count`` shapes that broadcast together."""
        ...

    def array(self, shape: Shape, domain: Domain = Domain()) -> Array:
        """Choose a float array in ``domain``."""
        ...

    def integers(self, shape: Shape, low: int, high: int) -> Array:
        """Choose an integer array, both ends included."""
        ...

    def bools(self, shape: Shape) -> Array:
        """Choose an array of truth values."""
        ...


# As in a frozen dataclass, annotated attributes are the parameters of the constructor.
# It is written when it is first called: for all primitives, that would take a third of
# the time of `import graphgrad`.
@dataclass_transform(eq_default=False, frozen_default=True)
class Primitive(Op):
    """One operation: shape rule, evaluation, code, VJP, cost, notation, test domain.

    Static parameters are annotated attributes; arrays are inputs. A concrete
    subclass declares ``notation`` (the equation of its result over ``{0}``, ``{1}``,
    ...) and ``reads`` (for each input, which values the VJP for it reads), or it is
    refused when it is defined. In a notation ``_{name}`` is a parameter, which
    `formula` shows and `equation` leaves out.

    >>> import graphgrad as gg
    >>> tanh = gg.OPS["tanh"]()
    >>> tanh([0.0]), tanh.equation("x"), tanh.reads
    (tensor([0.]), 'tanh(x)', ((-1,),))
    """

    __slots__ = ()
    notation: ClassVar[str]
    reads: ClassVar[Reads]
    # The result may share memory with the first input.
    view: ClassVar[bool] = False
    # `emit` gives right results when ``out`` is one of these inputs.
    inplace: ClassVar[tuple[int, ...]] = ()
    # The same inputs give the same result: merging two such nodes changes nothing.
    pure: ClassVar[bool] = True
    # `emit` gives right results whatever the strides of ``out``.
    strided: ClassVar[bool] = False
    # Element i of the result depends on element i of the inputs alone.
    elementwise: ClassVar[bool] = False
    # Each element has the same bits however many are computed at once, and whether or
    # not an input is spread: passes may change both.
    even: ClassVar[bool] = True
    # `coerce` takes tensors of one float dtype as they are, and makes a number beside
    # one an array of its dtype.
    promotes: ClassVar[bool] = False
    # The derivative does not depend on the inputs.
    linear: ClassVar[bool] = False
    # Numbers that `emit` takes as arrays of the result's dtype: NumPy is three times
    # slower where it meets a Python number among small arrays.
    numbers: ClassVar[tuple[float, ...]] = ()
    # Others that it takes as arrays of the result's shape.
    filled: ClassVar[tuple[float, ...]] = ()
    # The result of single numbers, as an expression over NumPy's scalars ``{0}``, ...
    # that has the bits of `evaluate`.
    scalar: ClassVar[str] = ""
    # `emit` copies the last input, which may be a scalar's name.
    copies: ClassVar[bool] = False
    # Functions of NumPy alone that `emit` calls: programs carry their text.
    helpers: ClassVar[tuple[Callable[..., Any], ...]] = ()
    # The names of the static parameters.
    fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, family: bool = False, **kwargs: Any) -> None:
        """Refuse a primitive with a rule missing; enter it in the table `OPS`."""
        super().__init_subclass__(**kwargs)
        own = [k for k, v in cls.__annotations__.items() if "ClassVar" not in str(v)]
        if own:
            cls.fields = tuple(dict.fromkeys((*cls.fields, *own)))
            if "__init__" not in vars(cls):
                cls.__init__ = Primitive.__init__  # type: ignore[method-assign]
        if family:
            return
        if "name" not in vars(cls):
            cls.name = snake_case(cls.__name__)
        missing = [rule for rule in ("notation", "reads") if not hasattr(cls, rule)]
        missing += [
            rule
            for rule in ("infer", "evaluate", "emit", "vjp", "flops", "example")
            if getattr(getattr(cls, rule), "__isabstractmethod__", False)
        ]
        if cls.view and cls.view_code is Primitive.view_code:
            missing.append("view_code")
        if not cls.__doc__:
            missing.append("a docstring")
        if missing:
            raise TypeError(f"primitive {cls.name} lacks {', '.join(missing)}")
        OPS[cls.name] = cls

    if not TYPE_CHECKING:

        def __init__(self, *given: Any, **named: Any) -> None:
            """Take the static parameters, in the order in which they are annotated."""
            if self.fields:
                kin = type(self).__mro__
                owner = next(each for each in kin if "fields" in vars(each))
                owner.__init__ = constructor(owner)
                self.__init__(*given, **named)
            else:
                super().__init__(*given, **named)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: a node's primitive stays as it was recorded."""
        raise AttributeError(
            f"{name} of primitive {self.name} is not set: its parameters are annotated "
            "in the class, and passed when it is made"
        )

    @abstractmethod
    def infer(self, *inputs: Shaped) -> Spec:
        """Return shape and dtype of the result, or raise the user's error."""

    @abstractmethod
    def evaluate(self, *inputs: Array) -> Array:
        """Compute the result into a new array (or a view of the first input)."""

    @abstractmethod
    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write NumPy statements that compute the result into the array ``out``.

        The names of the `scratch` arrays follow those of the inputs, and then those of
        the `numbers` and of the `filled` ones.
        """

    @abstractmethod
    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Return the cotangent of input ``i``, ``g`` being that of the result ``y``.

        The driver sums over broadcast axes. None means zero. Of ``y`` and ``inputs``
        only those named in ``reads[i]`` have a value; the others have shape and dtype.

        Where nobody asks for the graph of the derivative, ``g``, ``y`` and ``inputs``
        are bare arrays: operators and `f` mean the same on these.
        """

    @abstractmethod
    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count the floating-point operations."""

    @classmethod
    @abstractmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an instance and inputs in its domain, for the laws of the tests."""

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return the working arrays that `emit` needs besides ``out``."""
        return ()

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Make tensors of the operands; promote where the operation needs it."""
        return tuple(as_tensor(operand) for operand in operands)

    def view_code(self, x: str) -> str:
        """Write the expression for the view of ``x``, if this is a `view`."""
        raise NotImplementedError(f"{self.name} is no view")

    def reads_of(self, i: int) -> tuple[int, ...]:
        """Return which values the VJP for input ``i`` reads."""
        return self.reads[i] if i < len(self.reads) else self.reads[-1]

    def equation(self, *names: str) -> str:
        """Write the result over the names of the inputs, in a few letters."""
        from graphgrad._template import filled_in

        return filled_in(self.notation, names)

    def formula(self, *names: str) -> str:
        """Write the result in full: `equation`, with the parameters that it lacks."""
        from graphgrad._template import filled_in

        own = type(self).equation is not Primitive.equation
        return self.equation(*names) if own else filled_in(self.notation, names, self)

    def params(self) -> dict[str, Any]:
        """Return the static parameters by name."""
        return {name: getattr(self, name) for name in self.fields}

    def __call__(self, *operands: Any) -> Tensor:
        """Apply the primitive to tensors, arrays or numbers."""
        return apply(self, *operands)

    def __eq__(self, other: object) -> bool:
        """Be equal to a primitive of the same class and parameters."""
        if not isinstance(other, Primitive):
            return NotImplemented
        return type(self) is type(other) and self.params() == other.params()

    def __hash__(self) -> int:
        """Hash class and parameters."""
        return hash((type(self), *self.params().values()))

    def __repr__(self) -> str:
        """Write the name with the parameters."""
        params = ", ".join(f"{k}={v!r}" for k, v in self.params().items())
        return f"{self.name}({params})" if params else self.name


def as_tensor(operand: Any, dtype: DType | None = None) -> Tensor:
    """Return a tensor as it is; wrap an array or a number (as ``dtype`` if given)."""
    if isinstance(operand, Tensor):
        return operand
    if isinstance(operand, Dim) and CONTEXT.tape is not None:
        value = np.asarray(int(operand), dtype)
        constant = Constant(value, operand.label)
        return Tensor(None, Node(constant, (), (), value.dtype, CONTEXT.place))
    refuse_lists(operand)
    array = np.asarray(operand, dtype)
    check_dtype(array.dtype, "an operand")
    return Tensor(array)


def apply(op: Primitive, *operands: Any) -> Tensor:
    """Compute ``op`` and record it if a gradient may be asked for; or trace it."""
    try:
        inputs = op.coerce(operands)
    except GraphgradError as error:
        _notes().note_operation(error, op, operands)
        raise
    values: list[Array] = []
    recorded = False
    for each in inputs:
        value = each._value
        if value is None:
            return _trace(op, inputs)
        values.append(value)
        if each._node is not None:
            recorded = True
    try:
        value = op.evaluate(*values)
    except (ValueError, MemoryError):
        _notes().explain(op, inputs)
        raise
    if LEGACY_PROMOTION and value.ndim == 0:
        value = np.asarray(value, op.infer(*inputs).dtype)
    if recorded and CONTEXT.recording and value.dtype.kind == "f":
        return Tensor(value, _record(op, inputs, values, value))
    return Tensor(value)


# What errors get to know of their site; those who meet none need none of it.
def _notes() -> Any:
    from graphgrad import _site_notes

    return _site_notes


def _record(
    op: Primitive, inputs: tuple[Tensor, ...], values: list[Array], y: Array
) -> Node:
    nodes: list[Any] = []
    read: set[int] = set()
    for i, each in enumerate(inputs):
        node = each._node
        if node is None:
            nodes.append(each._constant())
        else:
            nodes.append(node)
            read.update(op.reads_of(i))
    sources = tuple(nodes)
    saved = sources
    result = y if OUT in read else None
    read.discard(OUT)
    if read:
        for j in read:
            nodes[j] = values[j]
        saved = tuple(nodes)
    return Node(op, sources, y.shape, y.dtype, CONTEXT.place, saved, result)


def _trace(op: Primitive, inputs: tuple[Tensor, ...]) -> Tensor:
    if CONTEXT.tape is None:
        raise TraceError(
            f"{op.name}: got a tensor of a trace that has ended, which has no value; "
            "return it from the traced function instead of keeping it"
        )
    nodes = tuple([traced_node(op, each) for each in inputs])
    try:
        spec = op.infer(*nodes)
    except GraphgradError as error:
        _notes().note_operation(error, op, nodes)
        raise
    place = current_place(3)
    if not CONTEXT.recording:
        place = place._replace(constant=True)
    return Tensor(None, Node(op, nodes, spec.shape, spec.dtype, place))


def traced_node(op: Primitive, each: Tensor) -> Node:
    """Return the node of a tensor in a trace; a value from outside is a constant."""
    if each._value is None:
        node = each.node
        assert node is not None, "a tensor without a value has a node"
        return node
    if each.node is not None:
        raise TraceError(
            f"{op.name}: the traced function uses a tensor from outside that requires "
            "a gradient; pass it as an argument, make it a gg.Variable, or .detach() it"
        )
    value = np.array(each._value)
    return Node(Constant(value), (), value.shape, value.dtype, CONTEXT.place)
