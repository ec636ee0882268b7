"""Random numbers with an explicit state: the same state gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from graphgrad._errors import DTypeError, ShapeError
from graphgrad._ops._families import register
from graphgrad._primitive import Choose, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import FLOATS, Array, DType, Shape, Shaped, Spec, size_of

BAD_STATE = (
    "{} needs a state of shape (2,) and dtype uint64, which holds a seed and a "
    "counter; got {} {}"
)


def fill_random(
    out: np.ndarray,
    state: np.ndarray,
    method: str,
    idle: list[tuple[np.random.Generator, np.ndarray, np.ndarray]] = [],  # noqa: B006
) -> None:
    """Fill ``out`` by a generator's ``method``; ``state`` is a seed and a counter."""
    # Between calls the generators wait here: each is in use by one thread at most.
    try:
        generator, key, counter = idle.pop()
    except IndexError:
        generator = np.random.Generator(np.random.Philox(key=0))
        key, counter = np.zeros(2, np.uint64), np.zeros(4, np.uint64)
    key[0], counter[1] = state
    generator.bit_generator.state = {
        "bit_generator": "Philox",
        "state": {"key": key, "counter": counter},
        "buffer": counter,
        "buffer_pos": 4,
        "has_uint32": 0,
        "uinteger": 0,
    }
    getattr(generator, method)(out=out, dtype=out.dtype)
    idle.append((generator, key, counter))


class Random(Primitive, family=True):
    """Numbers of one distribution that depend on a seed and a counter alone.

    They are those of NumPy's Philox with the seed as key; each counter has its own 2⁶⁴
    blocks of them.
    """

    __slots__ = ()
    shape: Shape
    dtype: DType
    method: ClassVar[str]
    cost: ClassVar[int]
    linear = True
    reads = ((),)
    helpers = (fill_random,)

    def infer(self, *inputs: Shaped) -> Spec:
        """Check the state."""
        (state,) = inputs
        if state.shape != (2,) or state.dtype != np.uint64:
            raise ShapeError(BAD_STATE.format(self.name, state.dtype, state.shape))
        return Spec(self.shape, self.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Fill a new array."""
        self.infer(inputs[0])
        result = np.empty(self.shape, self.dtype)
        fill_random(result, inputs[0], self.method)
        return result

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        return [f"fill_random({out}, {inputs[0]}, {self.method!r})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient: the state is no quantity."""
        return

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count ten rounds of multiplications for four numbers, and a conversion."""
        return self.cost * int(size_of(out.shape))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a shape, a dtype and a state."""
        state = choose.integers((2,), 0, 2**31).astype(np.uint64)
        make: Any = cls
        return make(choose.shape(), choose.one_of(FLOATS[::-1])), (state,)


class RandomUniform(Random):
    """Give numbers from 0 to 1 (excluded) that depend on a seed and a counter alone."""

    shape: Shape
    dtype: DType
    method = "random"
    cost = 12
    notation = "U[0, 1)({0})"


class RandomNormal(Random):
    """Give normal numbers (mean 0, variance 1) that depend on seed and counter alone.

    NumPy's generator takes them from a table of the distribution (the ziggurat).
    """

    shape: Shape
    dtype: DType
    method = "standard_normal"
    cost = 20
    notation = "N(0, 1)({0})"


# ---- functions -----------------------------------------------------------------------


@register
def random_uniform(state: Any, shape: int | Sequence[int], dtype: Any = None) -> Tensor:
    """Give numbers from 0 to 1 (excluded) of ``shape`` that depend on ``state`` alone.

    ``state`` is a uint64 array ``[seed, counter]``; count up for other numbers.
    ``dtype`` is float32 (the default) or float64. No gradient flows to the state.

    >>> import graphgrad as gg
    >>> import numpy as np
    >>> state = np.array([7, 0], np.uint64)
    >>> bool(gg.all(gg.random_uniform(state, 3) == gg.random_uniform(state, 3)))
    True
    """
    return _draw(RandomUniform, state, shape, dtype)


@register
def random_normal(state: Any, shape: int | Sequence[int], dtype: Any = None) -> Tensor:
    """Give normal numbers (mean 0, variance 1) that depend on ``state`` alone.

    The arguments are those of `random_uniform`.

    >>> import graphgrad as gg
    >>> import numpy as np
    >>> state = np.array([7, 0], np.uint64)
    >>> bool(gg.all(gg.random_normal(state, 3) == gg.random_normal(state, 3)))
    True
    """
    return _draw(RandomNormal, state, shape, dtype)


def _draw(
    primitive: Callable[[Shape, DType], Primitive],
    state: Any,
    shape: int | Sequence[int],
    dtype: Any,
) -> Tensor:
    kind = np.dtype(np.float32 if dtype is None else dtype)
    sides = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    op = primitive(sides, kind)
    if kind not in FLOATS:
        raise DTypeError(f"{op.name} gives float32 or float64, got dtype={kind}")
    return apply(op, as_tensor(state))
