"""Derivatives as functions of functions: grad, vjp, jvp, jacobian, hessian."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphgrad._context import CONTEXT, recording_if
from graphgrad._errors import GradientError, ShapeError
from graphgrad._nest import nest
from graphgrad._node import Constant, Input, Node
from graphgrad._ops._families import f
from graphgrad._primitive import as_tensor
from graphgrad._reverse import cotangents, is_source, reachable
from graphgrad._tensor import Tensor
from graphgrad._tree import leaves, map_tree, rebuild
from graphgrad._types import describe

__all__ = ["grad", "gradients", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]


def value_and_grad(fun: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return a function that gives ``fun``'s scalar value and its gradient.

    ``argnums`` names the arguments to differentiate: one, or several for a tuple of
    gradients. An argument may be a nest of tuples, lists and dicts of arrays; its
    gradient is a nest like it. What ``fun`` does not depend on has the gradient 0.

    >>> import graphgrad as gg
    >>> gg.value_and_grad(lambda x: gg.sum(x * x))([1.0, 2.0])
    (tensor(5.), tensor([2., 4.]))
    """

    @_named("value_and_grad", fun)
    def call(*args: Any) -> tuple[Any, Any]:
        positions = _positions(argnums, len(args))
        with recording_if(True):
            watched, sources = _watch(args, positions)
            value = fun(*watched)
            _check_scalar(fun, value)
            grads = _pull([value], [as_tensor(np.ones((), value.dtype))], sources)
        trees = [rebuild(nest(args[p]), iter(grads[p])) for p in positions]
        value = _released(value, sources)
        return value, trees[0] if isinstance(argnums, int) else tuple(trees)

    return call


def grad(fun: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return a function that gives the gradient of ``fun``, whose value is a scalar.

    See `value_and_grad` for ``argnums`` and nested arguments. Gradients nest.

    >>> import graphgrad as gg
    >>> gg.grad(gg.grad(lambda x: x ** 3))(2.0)
    tensor(12.)
    """
    both = value_and_grad(fun, argnums)

    @_named("grad", fun)
    def call(*args: Any) -> Any:
        return both(*args)[1]

    return call


def vjp(fun: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return ``fun(*primals)`` and the function from cotangents to input cotangents.

    >>> import graphgrad as gg
    >>> y, pullback = gg.vjp(lambda x: x * x, [1.0, 2.0])
    >>> pullback([1.0, 10.0])
    (tensor([ 2., 40.]),)
    """
    positions = tuple(range(len(primals)))
    with recording_if(True):
        watched, sources = _watch(primals, positions)
        result = fun(*watched)
    results = leaves(result)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds = _matching(leaves(cotangent), results, "cotangent")
        with recording_if(True):
            grads = _pull(results, seeds, sources)
        return tuple(
            rebuild(nest(p), iter(g))
            for p, g in zip(primals, grads.values(), strict=True)
        )

    return map_tree(lambda each: _released(each, sources), result), pullback


def jvp(
    fun: Function, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Return ``fun(*primals)`` and its derivative along ``tangents``.

    Computed as the transpose of the VJP, which is linear in its cotangent; so every
    primitive has both modes from one rule.

    >>> import graphgrad as gg
    >>> gg.jvp(lambda x: x * x, ([1.0, 2.0],), ([1.0, 0.5],))
    (tensor([1., 4.]), tensor([2., 2.]))
    """
    given = leaves([nest(tangent) for tangent in tangents])
    due = leaves([nest(primal) for primal in primals])
    values = _matching(given, due, "tangent")
    with recording_if(True):
        watched, sources = _watch(tuple(primals), tuple(range(len(primals))))
        result = fun(*watched)
        results = leaves(result)
        seeds = [_source(np.zeros(each.shape, each.dtype)) for each in results]
        grads = _pull(results, seeds, sources)
        flat = [each for group in grads.values() for each in group]
        moved = _pull(flat, values, {0: seeds})[0]
    cut = {**sources, len(sources): seeds}
    return (
        map_tree(lambda each: _released(each, sources), result),
        rebuild(nest(result), (_released(each, cut) for each in moved)),
    )


def jacobian(fun: Function, argnums: int = 0) -> Function:
    """Return a function that gives all partial derivatives of ``fun``.

    For a result of shape s and an argument of shape t the Jacobian has shape s + t.

    >>> import graphgrad as gg
    >>> gg.jacobian(lambda x: x * x)([1.0, 2.0])
    tensor([[2., 0.],
            [0., 4.]])
    """

    @_named("jacobian", fun)
    def call(*args: Any) -> Tensor:
        with recording_if(True):
            (position,) = _positions(argnums, len(args))
            watched, sources = _watch(args, (position,))
            value = fun(*watched)
            (source,) = sources[position]
            rows = [
                _pull([value], [as_tensor(row)], sources)[position][0]
                for row in _unit_rows(value)
            ]
            shape = value.shape + source.shape
            if not rows:
                return as_tensor(np.zeros(shape, source.dtype))
            return _stacked(rows, shape)

    return call


def hessian(fun: Function, argnums: int = 0) -> Function:
    """Return a function that gives all second derivatives of a scalar ``fun``.

    >>> import graphgrad as gg
    >>> gg.hessian(lambda x: x[0] * x[1])([3.0, 5.0])
    tensor([[0., 1.],
            [1., 0.]])
    """
    return jacobian(grad(fun, argnums), argnums)


# The derivative takes the arguments of the function, and is called what it is.
def _named(word: str, fun: Function) -> Callable[[Function], Function]:
    def name(call: Function) -> Function:
        functools.update_wrapper(call, fun)
        inner = getattr(fun, "__name__", "function").strip("<>")
        call.__name__ = call.__qualname__ = f"{word}({inner})"
        return call

    return name


def _stacked(rows: list[Tensor], shape: tuple[int, ...]) -> Tensor:
    return f.reshape(f.stack(rows), shape)


def _unit_rows(value: Tensor) -> list[Any]:
    size = value.size
    return list(np.eye(size, dtype=value.dtype).reshape((size, *value.shape)))


def _positions(argnums: int | Sequence[int], count: int) -> tuple[int, ...]:
    wanted = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for position in wanted:
        if not -count <= position < count:
            raise GradientError(
                f"argnums names argument {position}, got {count} arguments"
            )
    positions = tuple([position % count for position in wanted])
    if len(set(positions)) < len(positions):
        raise GradientError(f"argnums {argnums} names one argument twice")
    return positions


def _watch(
    args: Sequence[Any], positions: tuple[int, ...]
) -> tuple[list[Any], dict[int, list[Tensor]]]:
    watched = list(args)
    sources: dict[int, list[Tensor]] = {}
    for position in positions:
        tree = nest(args[position])
        fresh = [_source(leaf) for leaf in leaves(tree)]
        sources[position] = fresh
        watched[position] = rebuild(tree, iter(fresh))
    return watched, sources


def _source(value: Any) -> Tensor:
    tensor = as_tensor(value)
    if tensor.dtype.kind != "f":
        raise GradientError(
            f"only float32 and float64 have gradients, got {describe(tensor)}: "
            "write 2.0 for 2, or convert with .astype('float32')"
        )
    if tensor.node is not None:
        return f.identity(tensor)
    traced = CONTEXT.tape is not None
    leaf = Constant(np.asarray(tensor._value)) if traced else Input()
    node = Node(leaf, (), tensor.shape, tensor.dtype, CONTEXT.place)
    return f.identity(Tensor(None, node)) if traced else Tensor(tensor._value, node)


def _check_scalar(function: Function, value: Any) -> None:
    name = getattr(function, "__name__", "the function")
    if not isinstance(value, Tensor):
        raise GradientError(
            f"{name} returned {type(value).__name__}, which records nothing: "
            "compute with gg's functions and return a tensor"
        )
    if value.shape != ():
        raise GradientError(
            f"grad needs a scalar, but {name} returned {describe(value)}; "
            "take gg.sum or gg.mean of it, or use gg.vjp or gg.jacobian"
        )


def _matching(given: list[Any], like: list[Any], what: str) -> list[Tensor]:
    if len(given) != len(like) and len(like) == 1:
        given = [given]
    if len(given) != len(like):
        raise ShapeError(f"expected {len(like)} {what}s, got {len(given)}")
    pairs = list(zip(given, map(as_tensor, like), strict=True))
    seeds = [f.cast(as_tensor(value), each.dtype) for value, each in pairs]
    for seed, (_, each) in zip(seeds, pairs, strict=True):
        if seed.shape != each.shape:
            raise ShapeError(f"a {what} of shape {each.shape} is due, got {seed.shape}")
    return seeds


def _pull(
    results: Sequence[Any], seeds: Sequence[Tensor], sources: dict[int, list[Tensor]]
) -> dict[int, list[Tensor]]:
    """Return the cotangents of the sources, recorded where others may need them."""
    totals: dict[Node, Tensor] = {}
    for result, seed in zip(results, seeds, strict=True):
        if isinstance(result, Tensor) and result.requires_grad:
            node = result.node
            assert node is not None, "requires_grad means that there is a node"
            totals[node] = totals[node] + seed if node in totals else seed
    mine = {each.node for group in sources.values() for each in group}
    nodes = reachable(totals)
    wanted = {node for node in mine if node is not None}
    others = any(is_source(node) and node not in mine for node in nodes)
    linked = others or any(seed.node is not None for seed in seeds)
    with recording_if(linked or CONTEXT.tape is not None or _outer(mine)):
        found = cotangents(totals, wanted, nodes)
    return {
        position: [_found(found, each) for each in group]
        for position, group in sources.items()
    }


# A watched tensor that came from another recording has inputs: keep the link to it.
def _outer(mine: set[Any]) -> bool:
    return any(node is not None and node.inputs for node in mine)


def _found(found: dict[Node, Tensor], source: Tensor) -> Tensor:
    assert source.node is not None, "a watched tensor has a node"
    known = found.get(source.node)
    return as_tensor(np.zeros(source.shape, source.dtype)) if known is None else known


def _released(value: Any, sources: dict[int, list[Tensor]]) -> Any:
    """Drop the history of a result that nobody outside can ask about."""
    if not isinstance(value, Tensor) or value._value is None or value.node is None:
        return value
    mine = {each.node for group in sources.values() for each in group}
    nodes = reachable([value.node])
    outside = any(is_source(node) and node not in mine for node in nodes)
    return value if outside else Tensor(value._value)


def gradients(y: Tensor, xs: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of the scalar ``y`` by tensors that it was computed from.

    What ``y`` does not depend on has the gradient 0. In a trace the gradients are
    recorded; elsewhere they are plain values, and ``y`` can be differentiated again.

    >>> import graphgrad as gg
    >>> w = gg.Variable([1.0, 2.0])
    >>> gg.gradients(gg.sum(w * w), [w])
    [tensor([2., 4.])]
    """
    _check_scalar(gradients, y)
    watched = [x.node for x in xs]
    for x, node in zip(xs, watched, strict=True):
        if node is None:
            raise GradientError(f"{x!r} requires no gradient, so that none is recorded")
    seeds: dict[Node, Tensor] = {}
    if y.node is not None:
        seeds[y.node] = as_tensor(np.ones((), y.dtype))
    with recording_if(CONTEXT.tape is not None):
        found = cotangents(seeds, {node for node in watched if node is not None})
    return [_found(found, x) for x in xs]
