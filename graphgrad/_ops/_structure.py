"""Primitives that move values through a graph without computing on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._context import CONTEXT, Tape, current_place, placed
from graphgrad._errors import ShapeError
from graphgrad._node import Node, State
from graphgrad._ops._families import (
    Elementwise,
    Unary,
    copy_of,
    f,
    function,
    promote,
    register,
)
from graphgrad._primitive import (
    Choose,
    Domain,
    Operand,
    Primitive,
    apply,
    as_tensor,
    traced_node,
)
from graphgrad._tensor import Tensor, plain
from graphgrad._types import Array, DType, Shaped, Spec, check_dtype, size_of
from graphgrad._variable import Variable

# ---- the same values -----------------------------------------------------------------


class Copying(Unary, family=True):
    """The same values under another identity."""

    ufunc = np.positive
    floats = False
    linear = True
    view = True
    cost = 0
    reads = ((),)

    def evaluate(self, *inputs: Array) -> Array:
        """Return the input itself."""
        return inputs[0]

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Copy."""
        return [f"{out}[...] = {inputs[0]}"]

    def view_code(self, x: str) -> str:
        """Write the array itself."""
        return x


class Identity(Copying):
    """Return the same values; derivatives by the result stop here.

    >>> import graphgrad as gg
    >>> gg.identity([1.0, 2.0])
    tensor([1., 2.])
    """

    notation = "{0}"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Pass the cotangent on."""
        return g


class StopGradient(Copying):
    """Return the same values as a constant: no gradient flows through.

    >>> import graphgrad as gg
    >>> gg.stop_gradient([1.0, 2.0])
    tensor([1., 2.])
    """

    notation = "stop({0})"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient."""
        return


class Cast(Unary):
    """Convert every element to another dtype."""

    dtype: DType
    floats = False
    linear = True
    inplace = ()
    copies = True
    notation = "{0}"
    reads = ((),)

    def formula(self, *names: str) -> str:
        """Write what is lost on the way to whole numbers and truth values."""
        lossy = {"i": "trunc({0})", "u": "trunc({0})", "b": "{0} ≠ 0"}
        return lossy.get(self.dtype.kind, "{0}").format(*names)

    def infer(self, *inputs: Shaped) -> Spec:
        """Keep the shape."""
        return Spec(inputs[0].shape, self.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Convert as NumPy does."""
        return inputs[0].astype(self.dtype)

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Convert while copying."""
        return [copy_of(inputs[0], out)]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Convert the cotangent back."""
        return f.cast(g, inputs[0].dtype)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a float dtype."""
        dtype: DType = np.dtype(choose.one_of(("float64", "float32")))
        return cls(dtype), (choose.array(choose.shape()),)


# ---- sums of many --------------------------------------------------------------------


class AddN(Elementwise):
    """Add up tensors of one shape, such as the cotangents of one used many times."""

    floats = False
    linear = True
    inplace = (0,)
    notation = "Σ({all})"
    reads = ((),)
    domains = (Domain(),) * 3

    def formula(self, *names: str) -> str:
        """Write a sum."""
        return " + ".join(names)

    def evaluate(self, *inputs: Array) -> Array:
        """Add from left to right."""
        total = np.add(inputs[0], inputs[1])
        for each in inputs[2:]:
            total = total + each
        return total

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Add from left to right, in place after the first two."""
        first, second, *others = inputs
        lines = [f"np.add({first}, {second}, out={out})"]
        return lines + [f"np.add({out}, {each}, out={out})" for each in others]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Pass the cotangent on."""
        return g

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count one addition less than there are inputs."""
        return int(size_of(out.shape)) * (len(inputs) - 1)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose two to four tensors of one shape."""
        shape = choose.shape()
        count = choose.integer(2, 4)
        return cls(), tuple(choose.array(shape) for _ in range(count))


# ---- state ---------------------------------------------------------------------------


class Assign(Primitive):
    """Write the second input into the state that the first one reads."""

    has_effect = True
    pure = False
    copies = True
    notation = "{0} ← {1}"
    reads = ((), ())

    def infer(self, *inputs: Shaped) -> Spec:
        """Be what the state was, in shape and dtype."""
        state, value = inputs
        if state.shape != value.shape or state.dtype != value.dtype:
            raise ShapeError(
                f"assign needs a value of shape {state.shape} and dtype {state.dtype}, "
                f"got {value.shape} and {value.dtype}"
            )
        return Spec(state.shape, state.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return the new value; whoever holds the state writes it."""
        return np.positive(inputs[1])

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Copy into the state, which is ``out``."""
        return [copy_of(inputs[1], out)]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Pass the cotangent to the new value."""
        return g if i else None

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count nothing."""
        return 0

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an old and a new value."""
        shape = choose.shape()
        return cls(), (choose.array(shape), choose.array(shape))


# ---- functions -----------------------------------------------------------------------

identity = function(Identity())
_ADD_N, _ASSIGN, _STOP_GRADIENT = AddN(), Assign(), StopGradient()


@register
def stop_gradient(x: Any) -> Tensor:
    """Return the values of ``x`` as a constant: no gradient flows through.

    >>> import graphgrad as gg
    >>> gg.grad(lambda x: x * gg.stop_gradient(x))(3.0)
    tensor(3.)
    """
    tensor = as_tensor(x)
    if tensor._value is not None:
        return Tensor(tensor._value)
    return apply(_STOP_GRADIENT, tensor)


@register
def cast(x: Any, dtype: Any) -> Tensor:
    """Convert every element to ``dtype``; gradients are converted back.

    >>> import graphgrad as gg
    >>> gg.cast([1, 2], "float32")
    tensor([1., 2.], dtype=float32)
    """
    wanted = check_dtype(dtype)
    tensor = as_tensor(x)
    return tensor if tensor.dtype == wanted else apply(Cast(wanted), tensor)


@register
def add_n(tensors: Sequence[Any]) -> Tensor:
    """Add up tensors of one shape in one operation.

    >>> import graphgrad as gg
    >>> gg.add_n([gg.tensor([1.0]), gg.tensor([2.0]), gg.tensor([3.0])])
    tensor([6.])
    """
    if len(tensors) == 1:
        return as_tensor(tensors[0])
    inputs = promote(tensors)
    shapes = {each.shape for each in inputs}
    if len(shapes) != 1:
        raise ShapeError(
            f"add_n needs tensors of one shape, got {sorted(shapes)}; + broadcasts"
        )
    return apply(_ADD_N, *inputs)


@register
def assign(variable: Variable, value: Any) -> Tensor:
    """Write ``value`` into ``variable``; in a trace, record that.

    Numbers and arrays take on the variable's dtype; the shape must be the same.

    >>> import graphgrad as gg
    >>> count = gg.Variable(0, name="count")
    >>> step = gg.jit(lambda: gg.assign(count, count + 1))
    >>> step(), step()
    (tensor(1), tensor(2))
    """
    tape = CONTEXT.tape
    if tape is None and type(value) is np.ndarray:
        array = variable.cell.array
        if value.shape == array.shape and value.dtype == array.dtype:
            array[...] = value
            variable.cell.writes += 1
            return variable
    new = value if isinstance(value, Tensor) else as_tensor(value)
    new = cast(new, variable.dtype)
    if new.shape != variable.shape:
        raise ShapeError(
            f"variable {variable.name!r} has shape {variable.shape}, "
            f"got a value of shape {new.shape}"
        )
    if tape is None:
        np.copyto(variable.cell.array, plain(new))
        variable.cell.writes += 1
        return variable
    node = traced_node(_ASSIGN, new)
    tape.write(variable.cell, node, current_place(2))
    return Tensor(None, node)


def recorded_effects(tape: Tape) -> list[Node]:
    """Record the assignments with which a traced step ends."""
    effects = []
    for cell, (value, place) in tape.written.items():
        with placed(place):
            # Another state's value may be assigned itself by then: take it now.
            is_state = isinstance(value.op, State)
            taken = identity(Tensor(None, value)) if is_state else Tensor(None, value)
            result = apply(_ASSIGN, Tensor(None, tape.leaf(cell)), taken)
        assert result.node is not None, "a traced result has a node"
        effects.append(result.node)
    return effects
