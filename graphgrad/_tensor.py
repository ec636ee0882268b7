"""Tensor: an array with NumPy's semantics that remembers the node that made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from graphgrad._errors import GradientError, TraceError, UnsupportedError
from graphgrad._node import Fixed, Input, Node, Place
from graphgrad._operators import FUNCTIONS, Operators
from graphgrad._types import Array, DType, Shape, check_dtype, describe

__all__ = ["Tensor", "tensor"]

ALIASES = {
    "absolute": "abs",
    "fabs": "abs",
    "true_divide": "divide",
    "amax": "max",
    "amin": "min",
    "transpose": "transpose",
    "concat": "concatenate",
    "pow": "power",
}

NO_ITEM_ASSIGNMENT = (
    "tensors are not changed in place: a recorded graph may still need the old value. "
    "Write x = gg.where(mask, new, x), or x = gg.set_at(x, index, new)"
)

_NO_VALUE = (
    "{!r} has no value: it stands for any value while a function is traced. {}, and "
    "read values after the trace"
)
_CHOOSE = "Use gg.where instead of if"
_COMPUTE = (
    "Compute with gg's functions, which are recorded, instead of float(), .numpy() and "
    "functions that need numbers"
)


class Tensor(Operators):
    """An array of numbers with NumPy's semantics, which records how it was made.

    Tensors are immutable. `node` is what made this one; it is None where nothing needs
    a gradient. While a function is traced a tensor has a shape and a dtype but no
    value.

    >>> import graphgrad as gg
    >>> x = gg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = gg.sum(x * x)
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "_fixed", "_node", "_value")
    __array_priority__ = 1000

    def __init__(self, value: Any, node: Node | None = None) -> None:
        """Wrap ``value`` without a copy; users call `tensor`."""
        self._value = value
        self._node = node
        self._fixed: Fixed | None = None

    # ---- what it is ------------------------------------------------------------------

    @property
    def node(self) -> Node | None:
        """The node that made this tensor, or None."""
        return self._node

    @property
    def shape(self) -> Shape:
        """The lengths of the axes."""
        value = self._value
        if value is not None:
            return value.shape  # type: ignore[no-any-return]
        return self._known_node().shape

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        value = self._value
        if value is not None:
            return value.dtype  # type: ignore[no-any-return]
        return self._known_node().dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this tensor."""
        return self.node is not None and self.dtype.kind == "f"

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` accumulated here; None before it ran."""
        node = self.node
        return None if node is None else node.grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if self.node is None:
            raise GradientError(f"{self!r} has no gradient: it does not require one")
        self.node.grad = value

    def _known_node(self) -> Node:
        if self.node is None:
            raise TraceError("a tensor without value or node was met; report this")
        return self.node

    def _constant(self) -> Fixed:
        """Return what tapes keep of this tensor, to which no gradient flows."""
        if self._fixed is None:
            self._fixed = Fixed(self._value)
        return self._fixed

    # ---- its value -------------------------------------------------------------------

    def numpy(self) -> Array:
        """Return the value as a NumPy array."""
        value = self._value
        if value is None:
            raise TraceError(_NO_VALUE.format(self, _COMPUTE))
        return np.asarray(value)

    def item(self) -> Any:
        """Return the one element as a Python number."""
        return self.numpy().item()

    def tolist(self) -> Any:
        """Return the elements as nested lists."""
        return self.numpy().tolist()

    def detach(self) -> Tensor:
        """Return the same values as a tensor that gradients do not flow through."""
        return FUNCTIONS["stop_gradient"](self)  # type: ignore[no-any-return]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Give NumPy a copy of the bare values, as ``np.array(t)`` asks for.

        NumPy's functions do not come this way: they record, or refuse by name.
        """
        return np.array(self.numpy(), dtype)

    def __bool__(self) -> bool:
        """Tell whether the one element is not zero."""
        if self._value is None:
            raise TraceError(_NO_VALUE.format(self, _CHOOSE))
        return bool(self.numpy())

    def __float__(self) -> float:
        """Return the one element as a float."""
        return float(self.item())

    def __int__(self) -> int:
        """Return the one element as an int."""
        return int(self.item())

    def __index__(self) -> int:
        """Return the one integer element, for use as an index."""
        if self.dtype.kind not in "iu":
            raise TypeError(f"only an integer tensor is an index, got {describe(self)}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        """Format the one element as a number; without a format, as `repr` does."""
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        """Return the length of the first axis."""
        if not self.shape:
            raise TypeError("a tensor of no dimensions has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        """Go through the first axis."""
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Tensor:
        """Take the part that NumPy's basic or advanced ``index`` names."""
        return FUNCTIONS["getitem"](self, index)  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> None:
        """Refuse, and name the functional way."""
        raise UnsupportedError(NO_ITEM_ASSIGNMENT)

    def __repr__(self) -> str:
        """Show the value, the dtype where it is not the usual one, and the maker."""
        parts = []
        if self._value is None:
            parts.append(f"<traced {describe(self)}>")
        else:
            array = np.asarray(self._value)
            parts.append(np.array2string(array, separator=", ", prefix="tensor("))
            if array.dtype not in (np.dtype(np.float64), np.dtype(np.int64), np.bool_):
                parts.append(f"dtype={array.dtype}")
        node = self.node
        if node is not None and node.is_leaf and self._value is not None:
            parts.append("requires_grad=True")
        elif node is not None and not node.is_leaf:
            parts.append(f"from {node.op.name}")
        return f"tensor({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the value; the history stays behind."""
        return tensor, (self.numpy(), None, self.requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        """Copy the value; the history stays behind."""
        return tensor(self.numpy().copy(), requires_grad=self.requires_grad)

    # ---- reverse mode ----------------------------------------------------------------

    def backward(
        self,
        gradient: Any = None,
        *,
        create_graph: bool = False,
        retain_graph: bool | None = None,
    ) -> None:
        """Accumulate the gradient of this tensor into ``.grad`` of the leaves.

        ``gradient`` is the cotangent, of this tensor's shape; a scalar needs none. With
        ``create_graph`` the gradients are recorded too. The saved values are freed
        on the way unless ``retain_graph``, which follows ``create_graph``.

        >>> import graphgrad as gg
        >>> x = gg.tensor(3.0, requires_grad=True)
        >>> (x ** 2).backward()
        >>> x.grad
        tensor(6.)
        """
        keep = create_graph if retain_graph is None else retain_graph
        FUNCTIONS["backward"](
            self, gradient, create_graph=create_graph, retain_graph=keep
        )

    def register_hook(
        self, hook: Callable[[Tensor], Tensor | None]
    ) -> Callable[[], None]:
        """Call ``hook`` with this tensor's gradient; what it returns replaces it.

        The hook runs once in each backward pass. The returned function removes it.

        >>> import graphgrad as gg
        >>> x = gg.tensor(1.0, requires_grad=True)
        >>> remove = x.register_hook(lambda g: g * 10)
        >>> (x * 2).backward()
        >>> x.grad
        tensor(20.)
        """
        node = self.node
        if node is None:
            raise GradientError(f"{self!r} has no gradient to hook: it requires none")
        if node.hooks is None:
            node.hooks = []
        hooks = node.hooks
        hooks.append(hook)
        return lambda: hooks.remove(hook)

    # ---- NumPy's protocols -----------------------------------------------------------

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any
    ) -> Any:
        """Record ``np.exp(t)`` and its like; refuse by name what is not supported."""
        if method == "reduce" and ufunc.__name__ in _REDUCTIONS:
            kwargs.setdefault("axis", 0)
            return _numpy_call(_REDUCTIONS[ufunc.__name__], f"{ufunc.__name__}.reduce")(
                *inputs, **kwargs
            )
        if method != "__call__":
            raise UnsupportedError(
                f"np.{ufunc.__name__}.{method} is not supported on tensors; "
                "use the function of gg that does it, or .detach().numpy()"
            )
        if kwargs:
            raise UnsupportedError(
                f"np.{ufunc.__name__} on tensors takes no {', '.join(sorted(kwargs))}: "
                "tensors are immutable; use gg.where, or .detach().numpy()"
            )
        return _numpy_call(ufunc.__name__, ufunc.__name__)(*inputs)

    def __array_function__(
        self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Record ``np.sum(t, axis=0)`` and its like; refuse by name what is not."""
        module = func.__module__.removeprefix("numpy").removeprefix(".")
        full = f"{module}.{func.__name__}" if module else func.__name__
        if module not in ("", "linalg") or kwargs.get("out") is not None:
            raise UnsupportedError(_unsupported(full))
        if full in _QUESTIONS:
            return func(*map(plain, args), **kwargs)
        return _numpy_call(func.__name__, full)(*args, **kwargs)


SEQUENCES = (list, tuple)

# What NumPy tells about values in Python's terms, where no gradient can flow.
_QUESTIONS = {"allclose", "array_equal", "ndim", "shape", "size"}

_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}


def _unsupported(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name.rsplit(".", maxsplit=1)[-1], FUNCTIONS, n=3)
    hint = f"supported names like it: {', '.join(near)}; or " if near else ""
    return (
        f"np.{name} does not record on tensors: {hint}"
        "compose it from gg's functions, or use .detach().numpy() for the bare values"
    )


def _numpy_call(name: str, shown: str) -> Callable[..., Any]:
    name = ALIASES.get(name, name)
    if name not in FUNCTIONS:
        raise UnsupportedError(_unsupported(shown))
    return FUNCTIONS[name]


def plain(value: Any) -> Any:
    """Return the array of a tensor; anything else as it is."""
    return value.numpy() if isinstance(value, Tensor) else value


def refuse_lists(value: Any) -> None:
    """Raise if a list holds a tensor whose gradient an array of it would cut off."""
    if not isinstance(value, SEQUENCES):
        return
    for each in value:
        if isinstance(each, SEQUENCES):
            refuse_lists(each)
        elif isinstance(each, Tensor) and each.requires_grad:
            raise GradientError(
                f"a list holds {each!r}, which requires a gradient: join tensors with "
                "gg.stack or gg.concatenate, or .detach() them"
            )


def tensor(value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of numbers, nested lists or an array, which it copies.

    ``dtype`` is float32, float64, an integer type or bool; without it NumPy's choice.
    Complex numbers, strings and objects are refused with `DTypeError`.

    >>> import graphgrad as gg
    >>> gg.tensor([[1.0, 2.0]], requires_grad=True)
    tensor([[1., 2.]], requires_grad=True)
    """
    refuse_lists(value)
    array = np.array(plain(value))
    check_dtype(array.dtype)
    if dtype is not None:
        array = array.astype(check_dtype(dtype), copy=False)
    if not requires_grad:
        return Tensor(array)
    if array.dtype.kind != "f":
        raise GradientError(
            f"only float32 and float64 tensors have gradients, got {array.dtype}: "
            "pass dtype='float32'"
        )
    return Tensor(array, Node(Input(), (), array.shape, array.dtype, Place()))
