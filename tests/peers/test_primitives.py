"""Every primitive gives the values and the derivatives of PyTorch and of JAX."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._ops._index import index_of
from graphgrad._primitive import OPS, Primitive

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]

# What has no counterpart, and why.
WITHOUT = {
    "un_slice": "the derivative of slice: tested as that",
    "recurrence": "the derivative of cumprod: tested as that",
    "chosen": "the derivative of where: tested as that",
    "pack": "it lays weights side by side in memory, which others do not show",
    "unpack": "a view of that memory",
    "long_matmul": "matmul, by blocks of rows",
    "long_matmul_t": "matmul, by blocks of rows",
    "random_uniform": "the generator is NumPy's",
    "random_normal": "the generator is NumPy's",
    "assign": "state: PyTorch and JAX have none in a graph",
}

# At ties and kinks the libraries follow different conventions.
CONVENTIONS = {
    ("clip", "torch"): "at a bound, PyTorch gives 1, and graphgrad and JAX a share",
}

# Elementwise functions that all three know by one name, or by these.
SAME = {
    "add", "subtract", "multiply", "divide", "negative", "square", "sqrt", "abs",
    "sign", "hypot", "equal", "not_equal", "less", "less_equal", "greater",
    "greater_equal", "logical_and", "logical_or", "logical_not", "isfinite", "isnan",
    "maximum", "minimum", "where", "exp", "expm1", "log", "log1p", "logaddexp",
    "matmul", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh",
    "cosh", "tanh", "sinc",
}  # fmt: skip


class Torch:
    """PyTorch, with NumPy's names where it has others."""

    name = "torch"

    def __init__(self) -> None:
        self.torch: Any = importlib.import_module("torch")
        f = self.torch.nn.functional
        self.special: dict[str, Function] = {
            "power": lambda op, x, y: self.torch.pow(x, y),
            "relu": lambda op, x: self.torch.relu(x),
            "leaky_relu": lambda op, x: f.leaky_relu(x, op.slope),
            "bounded_relu": lambda op, x: self.torch.clamp(x, 0, op.bound),
            "elu": lambda op, x: f.elu(x, op.alpha),
            "softplus": lambda op, x: f.softplus(x),
            "softsign": lambda op, x: f.softsign(x),
            "sigmoid": lambda op, x: self.torch.sigmoid(x),
            "erf": lambda op, x: self.torch.erf(x),
            "xlogy": lambda op, x, y: self.torch.xlogy(x, y),
            "clip": lambda op, x, low, high: self.torch.clamp(x, low, high),
            "sigmoid_cross_entropy": lambda op, x, y: (
                f.binary_cross_entropy_with_logits(
                    *self.torch.broadcast_tensors(x, y), reduction="none"
                )
            ),
            "transpose": lambda op, x: x.permute(op.axes),
            "flip": lambda op, x: self.torch.flip(x, op.axes),
            "roll": lambda op, x: self.torch.roll(x, op.shift, op.axis),
            "concatenate": lambda op, *xs: self.torch.cat(xs, op.axis),
            "stack": lambda op, *xs: self.torch.stack(xs, op.axis),
            "pad": lambda op, x: f.pad(
                x, [n for pair in reversed(op.widths) for n in pair], value=op.value
            ),
            "cumsum": self._scan("cumsum"),
            "cumprod": self._scan("cumprod"),
            "sum": self._reduce(lambda x, axis, keep: x.sum(axis, keep)),
            "prod": self._reduce(lambda x, axis, keep: x.prod(axis, keep)),
            "max": self._reduce(lambda x, axis, keep: x.amax(axis, keep)),
            "min": self._reduce(lambda x, axis, keep: x.amin(axis, keep)),
            "all": self._reduce(lambda x, axis, keep: x.bool().all(axis, keep)),
            "any": self._reduce(lambda x, axis, keep: x.bool().any(axis, keep)),
            "argmax": lambda op, x: x.argmax(op.axis, op.keepdims),
            "argmin": lambda op, x: x.argmin(op.axis, op.keepdims),
            "cast": lambda op, x: x.to(getattr(self.torch, str(op.dtype))),
            "stop_gradient": lambda op, x: x.detach(),
            "scatter_add": lambda op, x, *i: x.new_zeros(op.shape).index_put(
                self._places(op, i), x, accumulate=True
            ),
            "set_at": self._set_at,
        }

    def array(self, x: Array) -> Any:
        """Return an array as the library has it."""
        return self.torch.from_numpy(np.array(x))

    def vjp(self, f: Function, xs: Sequence[Any], g: Array) -> list[Array]:
        """Return the gradients for a cotangent."""
        _, pullback = self.torch.func.vjp(f, *xs)
        return [each.numpy() for each in pullback(self.array(g))]

    def jvp(self, f: Function, xs: Sequence[Any], ds: Sequence[Array]) -> Array:
        """Return the derivative along directions."""
        tangents = tuple(map(self.array, ds))
        return self.torch.func.jvp(f, tuple(xs), tangents)[1].numpy()  # type: ignore[no-any-return]

    def second(self, f: Function, xs: Sequence[Any], g: Array) -> list[Array]:
        """Return the gradient of the sum of the gradients."""
        given = self.array(g)

        def total(*xs: Any) -> Any:
            return sum(each.sum() for each in self.torch.func.vjp(f, *xs)[1](given))

        argnums = tuple(range(len(xs)))
        return [x.numpy() for x in self.torch.func.grad(total, argnums)(*xs)]

    def _reduce(self, reduce: Function) -> Function:
        # Without axes PyTorch reduces all, and one axis after the other is the same.
        def function(op: Any, x: Any) -> Any:
            for axis in sorted(op.axes, reverse=True):
                x = reduce(x, axis, op.keepdims)
            return x

        return function

    def _scan(self, name: str) -> Function:
        def function(op: Any, x: Any) -> Any:
            turned = self.torch.flip(x, (op.axis,)) if op.reverse else x
            result = getattr(self.torch, name)(turned, op.axis)
            return self.torch.flip(result, (op.axis,)) if op.reverse else result

        return function

    # PyTorch's `index_put` takes index arrays alone: slices are written out.
    def _places(self, op: Any, indices: Sequence[Any]) -> Any:
        arrays = [np.asarray(each) for each in indices]
        numbers = np.arange(int(np.prod(op.shape))).reshape(op.shape)
        taken = numbers[index_of(op.key, arrays)]
        return tuple(map(self.array, np.unravel_index(taken, op.shape)))

    def _set_at(self, op: Any, x: Any, value: Any, *indices: Any) -> Any:
        shaped = type("Shaped", (), {"shape": tuple(x.shape), "key": op.key})
        places = self._places(shaped, indices)
        return x.index_put(places, value.broadcast_to(places[0].shape))


class Jax:
    """JAX, in float64 where it is asked for."""

    name = "jax"

    def __init__(self) -> None:
        self.jax: Any = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        nn, jnp = self.jax.nn, importlib.import_module("jax.numpy")
        self.jnp: Any = jnp
        self.special: dict[str, Function] = {
            "power": lambda op, x, y: jnp.power(x, y),
            "cbrt": lambda op, x: jnp.cbrt(x),
            "relu": lambda op, x: nn.relu(x),
            "leaky_relu": lambda op, x: nn.leaky_relu(x, op.slope),
            "bounded_relu": lambda op, x: jnp.clip(x, 0, op.bound),
            "elu": lambda op, x: nn.elu(x, op.alpha),
            "softplus": lambda op, x: nn.softplus(x),
            "softsign": lambda op, x: nn.soft_sign(x),
            "sigmoid": lambda op, x: nn.sigmoid(x),
            "erf": lambda op, x: self.jax.scipy.special.erf(x),
            "xlogy": lambda op, x, y: self.jax.scipy.special.xlogy(x, y),
            "clip": lambda op, x, low, high: jnp.clip(x, low, high),
            "sigmoid_cross_entropy": lambda op, x, y: (
                -y * nn.log_sigmoid(x) - (1 - y) * nn.log_sigmoid(-x)
            ),
            "transpose": lambda op, x: jnp.transpose(x, op.axes),
            "flip": lambda op, x: jnp.flip(x, op.axes),
            "roll": lambda op, x: jnp.roll(x, op.shift, op.axis),
            "concatenate": lambda op, *xs: jnp.concatenate(xs, op.axis),
            "stack": lambda op, *xs: jnp.stack(xs, op.axis),
            "pad": lambda op, x: jnp.pad(x, op.widths, constant_values=op.value),
            "cumsum": self._scan(jnp.cumsum),
            "cumprod": self._scan(jnp.cumprod),
            **{name: self._reduce(getattr(jnp, name)) for name in REDUCTIONS},
            "argmax": lambda op, x: jnp.argmax(x, op.axis, keepdims=op.keepdims),
            "argmin": lambda op, x: jnp.argmin(x, op.axis, keepdims=op.keepdims),
            "cast": lambda op, x: x.astype(op.dtype),
            "stop_gradient": lambda op, x: self.jax.lax.stop_gradient(x),
            "scatter_add": lambda op, x, *i: (
                jnp.zeros(op.shape, x.dtype).at[index_of(op.key, list(i))].add(x)
            ),
            "set_at": lambda op, x, value, *i: (
                x.at[index_of(op.key, list(i))].set(value)
            ),
        }

    def array(self, x: Array) -> Any:
        """Return an array as the library has it."""
        return self.jnp.asarray(x)

    def vjp(self, f: Function, xs: Sequence[Any], g: Array) -> list[Array]:
        """Return the gradients for a cotangent."""
        return list(map(np.asarray, self.jax.vjp(f, *xs)[1](self.array(g))))

    def jvp(self, f: Function, xs: Sequence[Any], ds: Sequence[Array]) -> Array:
        """Return the derivative along directions."""
        return np.asarray(self.jax.jvp(f, tuple(xs), tuple(map(self.array, ds)))[1])

    def second(self, f: Function, xs: Sequence[Any], g: Array) -> list[Array]:
        """Return the gradient of the sum of the gradients."""
        given = self.array(g)

        def total(*xs: Any) -> Any:
            return sum(each.sum() for each in self.jax.vjp(f, *xs)[1](given))

        return list(map(np.asarray, self.jax.grad(total, tuple(range(len(xs))))(*xs)))

    def _reduce(self, reduce: Function) -> Function:
        return lambda op, x: reduce(x, axis=op.axes, keepdims=op.keepdims)

    def _scan(self, scan: Function) -> Function:
        def function(op: Any, x: Any) -> Any:
            turned = self.jnp.flip(x, op.axis) if op.reverse else x
            result = scan(turned, op.axis)
            return self.jnp.flip(result, op.axis) if op.reverse else result

        return function


REDUCTIONS = ("sum", "prod", "max", "min", "all", "any")


def general(library: Any, name: str) -> Function | None:
    """Return what both libraries write in the same way, or None."""
    space = library.torch if library.name == "torch" else library.jnp
    if name in SAME:
        return lambda op, *xs: getattr(space, name)(*xs)
    shared: dict[str, Function] = {
        "cbrt": lambda op, x: space.sign(x) * space.abs(x) ** (1 / 3),
        "reshape": lambda op, x: x.reshape(op.shape),
        "broadcast_to": lambda op, x: space.broadcast_to(x, op.shape),
        "slice": lambda op, x: x[index_of(op.key)],
        "index": lambda op, x, *i: x[index_of(op.key, list(i))],
        "identity": lambda op, x: x,
        "add_n": lambda op, *xs: sum(xs),
    }
    return shared.get(name)


@pytest.fixture(scope="module", params=[Torch, Jax], ids=["torch", "jax"])
def library(request: pytest.FixtureRequest) -> Any:
    """Return one library after the other."""
    return request.param()


class Seeded:
    """Choices that a seed makes, for `Primitive.example`."""
