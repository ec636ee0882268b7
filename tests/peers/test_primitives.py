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
from graphgrad.testing._choices import Seeded

# Of PyTorch's forward mode, which is written for an older part of it.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

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
            "power": lambda _, x, y: self.torch.pow(x, y),
            "relu": lambda _, x: self.torch.relu(x),
            "leaky_relu": lambda op, x: f.leaky_relu(x, op.slope),
            "bounded_relu": lambda op, x: self.torch.clamp(x, 0, op.bound),
            "elu": lambda op, x: f.elu(x, op.alpha),
            "softplus": lambda _, x: f.softplus(x),
            "softsign": lambda _, x: f.softsign(x),
            "sigmoid": lambda _, x: self.torch.sigmoid(x),
            "erf": lambda _, x: self.torch.erf(x),
            "xlogy": lambda _, x, y: self.torch.xlogy(x, y),
            "clip": lambda _, x, low, high: self.torch.clamp(x, low, high),
            "sigmoid_cross_entropy": lambda _, x, y: f.binary_cross_entropy_with_logits(
                *self.torch.broadcast_tensors(x, y), reduction="none"
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
            "all": self._reduce(lambda x, axis, keep: x.all(axis, keep)),
            "any": self._reduce(lambda x, axis, keep: x.any(axis, keep)),
            "argmax": lambda op, x: x.argmax(op.axis, op.keepdims),
            "argmin": lambda op, x: x.argmin(op.axis, op.keepdims),
            "cast": lambda op, x: x.to(getattr(self.torch, str(op.dtype))),
            "stop_gradient": lambda _, x: x.detach(),
            "slice": self._take,
            "index": self._take,
            "scatter_add": lambda op, x, *i: x.new_zeros(op.shape).index_put(
                self._places(op.key, op.shape, i), x, accumulate=True
            ),
            "set_at": self._set_at,
        }

    def array(self, x: Array) -> Any:
        """Return an array as the library has it."""
        return self.torch.from_numpy(np.array(x))

    def vjp(self, f: Function, xs: Sequence[Any], g: Array) -> list[Array]:
        """Return the gradients for a cotangent."""
        _, pullback = self.torch.func.vjp(f, *xs)
        return [each.numpy(force=True) for each in pullback(self.array(g))]

    def jvp(self, f: Function, xs: Sequence[Any], ds: Sequence[Array]) -> Array:
        """Return the derivative along directions."""
        tangents = tuple(map(self.array, ds))
        return self.torch.func.jvp(f, tuple(xs), tangents)[1].numpy(force=True)  # type: ignore[no-any-return]

    def second(self, f: Function, xs: Sequence[Any], g: Array) -> list[Array]:
        """Return the gradient of the sum of the gradients."""
        given = self.array(g)

        def total(*xs: Any) -> Any:
            return sum(each.sum() for each in self.torch.func.vjp(f, *xs)[1](given))

        argnums = tuple(range(len(xs)))
        found = self.torch.func.grad(total, argnums)(*xs)
        return [x.numpy(force=True) for x in found]

    def _reduce(self, reduce: Function) -> Function:
        # Without axes PyTorch reduces all, and one axis after the other is the same.
        def function(op: Any, x: Any) -> Any:
            x = x.bool() if op.name in ("all", "any") else x
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

    # PyTorch knows no steps backwards, and assigns to index arrays alone: what an index
    # means is written out.
    def _places(self, key: Any, shape: Any, indices: Sequence[Any]) -> Any:
        numbers = np.arange(int(np.prod(shape))).reshape(shape)
        taken = np.array(numbers[index_of(key, list(indices))])
        return tuple(map(self.array, np.unravel_index(taken, shape)))

    def _take(self, op: Any, x: Any, *indices: Any) -> Any:
        places = self._places(op.key, tuple(x.shape), indices)
        return x[places] if places else x

    def _set_at(self, op: Any, x: Any, value: Any, *indices: Any) -> Any:
        places = self._places(op.key, tuple(x.shape), indices)
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
            "power": lambda _, x, y: jnp.power(x, y),
            "cbrt": lambda _, x: jnp.cbrt(x),
            "relu": lambda _, x: nn.relu(x),
            "leaky_relu": lambda op, x: nn.leaky_relu(x, op.slope),
            "bounded_relu": lambda op, x: jnp.clip(x, 0, op.bound),
            "elu": lambda op, x: nn.elu(x, op.alpha),
            "softplus": lambda _, x: nn.softplus(x),
            "softsign": lambda _, x: nn.soft_sign(x),
            "sigmoid": lambda _, x: nn.sigmoid(x),
            "erf": lambda _, x: self.jax.scipy.special.erf(x),
            "xlogy": lambda _, x, y: self.jax.scipy.special.xlogy(x, y),
            "clip": lambda _, x, low, high: jnp.clip(x, low, high),
            "sigmoid_cross_entropy": lambda _, x, y: (
                -y * nn.log_sigmoid(x) - (1 - y) * nn.log_sigmoid(-x)
            ),
            "transpose": lambda op, x: jnp.transpose(x, op.axes),
            "flip": lambda op, x: jnp.flip(x, op.axes),
            "roll": lambda op, x: jnp.roll(x, op.shift, op.axis),
            "concatenate": lambda op, *xs: jnp.concatenate(xs, op.axis),
            "stack": lambda op, *xs: jnp.stack(xs, op.axis),
            "pad": lambda op, x: (
                jnp.pad(x, op.widths, constant_values=op.value) if op.widths else x
            ),
            "cumsum": self._scan(jnp.cumsum),
            "cumprod": self._scan(jnp.cumprod),
            **{name: self._reduce(getattr(jnp, name)) for name in REDUCTIONS},
            "argmax": lambda op, x: jnp.argmax(x, op.axis, keepdims=op.keepdims),
            "argmin": lambda op, x: jnp.argmin(x, op.axis, keepdims=op.keepdims),
            "cast": lambda op, x: x.astype(op.dtype),
            "stop_gradient": lambda _, x: self.jax.lax.stop_gradient(x),
            "scatter_add": lambda op, x, *i: (
                jnp.zeros(op.shape, x.dtype).at[index_of(op.key, list(i))].add(x)
            ),
            "slice": lambda op, x: x[index_of(op.key)],
            "index": lambda op, x, *i: x[index_of(op.key, list(i))],
            "set_at": lambda op, x, value, *i: x.at[index_of(op.key, list(i))].set(
                value
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
        return lambda _, *xs: getattr(space, name)(*xs)
    shared: dict[str, Function] = {
        "cbrt": lambda _, x: space.sign(x) * space.abs(x) ** (1 / 3),
        "reshape": lambda op, x: x.reshape(op.shape),
        "broadcast_to": lambda op, x: space.broadcast_to(x, op.shape),
        "identity": lambda _, x: x,
        "add_n": lambda _, *xs: sum(xs),
    }
    return shared.get(name)


@pytest.fixture(scope="module", params=[Torch, Jax], ids=["torch", "jax"])
def library(request: pytest.FixtureRequest) -> Any:
    """Return one library after the other."""
    return request.param()


def function_of(library: Any, op: Primitive) -> Function | None:
    """Return the library's function of a primitive."""
    name = type(op).name
    special = library.special.get(name)
    found = special or general(library, name)
    return None if found is None else lambda *xs: found(op, *xs)


def cases(kind: type[Primitive]) -> list[tuple[Primitive, tuple[Array, ...]]]:
    """Return the same examples in every run."""
    return [kind.example(Seeded(seed)) for seed in range(5)]


def of_floats(op: Primitive, inputs: Sequence[Array]) -> tuple[Function, list[Array]]:
    """Return a primitive as a function of its float inputs, and these."""

    def function(*given: Any) -> Any:
        rest = iter(given)
        return op(*[next(rest) if x.dtype.kind == "f" else x for x in inputs])

    return function, [x for x in inputs if x.dtype.kind == "f"]


def held(library: Any, op: Primitive, x: Array) -> Any:
    """Return the library's array; an index stays NumPy's, for all take such ones."""
    is_index = x.dtype.kind == "i" and op.name in ("index", "scatter_add", "set_at")
    return x if is_index else library.array(x)


def close(ours: Any, theirs: Any, dtype: Any) -> None:
    """Compare numbers as the dtype allows."""
    wide = dtype == np.float64
    rtol, atol = (1e-10, 1e-12) if wide else (1e-4, 1e-5)
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol, atol)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", [each for each in OPS if each not in WITHOUT])
def test_primitive_is_that_of_peers(library: Any, name: str, dtype: Any) -> None:
    """Value, VJP, JVP and the derivative of the VJP are theirs."""
    for op, drawn in cases(OPS[name]):
        inputs = [np.asarray(x, dtype if x.dtype.kind == "f" else None) for x in drawn]
        theirs = function_of(library, op)
        assert theirs is not None
        given = [held(library, op, x) for x in inputs]
        value = op(*inputs).numpy()
        close(value, theirs(*given), dtype)
        if value.dtype.kind == "f":
            check_derivatives(library, op, inputs, value)


def check_derivatives(
    library: Any, op: Primitive, inputs: Sequence[Array], value: Array
) -> None:
    """Compare the derivatives by the float inputs, the others being fixed."""
    ours, floats = of_floats(op, inputs)
    if not floats:
        return
    function = function_of(library, op)
    assert function is not None

    fixed = [None if x.dtype.kind == "f" else held(library, op, x) for x in inputs]

    def theirs(*moved: Any) -> Any:
        rest = iter(moved)
        return function(*[next(rest) if x is None else x for x in fixed])

    random = np.random.default_rng(0)
    g = np.asarray(random.normal(size=value.shape), value.dtype)
    ds = [np.asarray(random.normal(size=x.shape), x.dtype) for x in floats]
    given = [library.array(x) for x in floats]
    dtype = min(value.dtype, floats[0].dtype)
    _, pullback = gg.vjp(ours, *floats)
    for mine, other in zip(pullback(g), library.vjp(theirs, given, g), strict=True):
        close(mine.numpy(), other, dtype)
    moved = gg.jvp(ours, floats, ds)[1].numpy()
    close(moved, library.jvp(theirs, given, ds), dtype)
    second = library.second(theirs, given, g)

    def total(*xs: Any) -> Any:
        return gg.add_n([gg.sum(each) for each in gg.vjp(ours, *xs)[1](g)])

    argnums = tuple(range(len(floats)))
    for mine, other in zip(gg.grad(total, argnums)(*floats), second, strict=True):
        close(mine.numpy(), other, dtype)


def test_every_primitive_has_a_peer_or_a_reason(library: Any) -> None:
    """Nothing is left out by accident."""
    for name, kind in OPS.items():
        op, _ = cases(kind)[0]
        has_peer = function_of(library, op) is not None
        assert has_peer != (name in WITHOUT), name
