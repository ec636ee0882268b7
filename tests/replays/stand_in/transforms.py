"""`autograd`: derivatives of functions, by graphgrad's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import graphgrad as gg
from stand_in.absent import AbsentError, absent, has_tensor, is_complex

Function = Callable[..., Any]
ArgNum = int | Sequence[int]

# Boxes are graphgrad's tensors, and containers are Python's own.
isinstance = isinstance  # noqa: A001, PLW0127
list = list  # noqa: A001, PLW0127
tuple = tuple  # noqa: A001, PLW0127
dict = dict  # noqa: A001, PLW0127

grad_and_aux = absent("grad_and_aux", "functions")
checkpoint = absent("checkpoint", "functions")
holomorphic_grad = absent("holomorphic_grad", "complex numbers")


def float64(tree: Any) -> Any:
    """Return numbers as arrays of float64, which are what autograd computes with."""
    if isinstance(tree, dict):
        return {key: float64(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(map(float64, tree))
    return np.asarray(tree) if isinstance(tree, float) else tree


def arrays(tree: Any) -> Any:
    """Return tensors as arrays, but for those that others differentiate."""
    if isinstance(tree, dict):
        return {key: arrays(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(map(arrays, tree))
    if not isinstance(tree, gg.Tensor) or tree.requires_grad:
        return tree
    return tree.numpy()


def _lifted(transform: Callable[..., Function]) -> Callable[..., Function]:
    """Return autograd's form of a transform: arrays of arrays, tensors of tensors."""

    def of(fun: Function, argnum: ArgNum = 0) -> Function:
        def call(*args: Any, **kwargs: Any) -> Any:
            if is_complex((args, kwargs)):
                raise AbsentError("complex numbers", "an argument")
            chosen = argnum if isinstance(argnum, int) else tuple(argnum)
            result = transform(partial(fun, **kwargs), chosen)(*float64(args))
            return result if has_tensor((args, kwargs)) else arrays(result)

        return call

    return of


def _tangents(fun: Function, argnum: int) -> Function:
    """Return the derivative along ones."""

    def call(*args: Any) -> Any:
        x, of = args[argnum], of_one(fun, args, argnum)
        return gg.jvp(of, (x,), (np.ones_like(arrays(x)),))[1]

    return call


def _cotangents(fun: Function, argnum: int) -> Function:
    """Return the pullback of ones."""

    def call(*args: Any) -> Any:
        y, pullback = gg.vjp(of_one(fun, args, argnum), args[argnum])
        return pullback(np.ones_like(arrays(y)))[0]

    return call


def of_one(fun: Function, args: Sequence[Any], argnum: int) -> Function:
    """Return the function of that argument alone."""
    return lambda x: fun(*args[:argnum], x, *args[argnum + 1 :])


grad = _lifted(gg.grad)
value_and_grad = _lifted(gg.value_and_grad)
jacobian = _lifted(gg.jacobian)
hessian = _lifted(gg.hessian)
deriv = _lifted(_tangents)
elementwise_grad = _lifted(_cotangents)


def make_vjp(fun: Function, x: Any = None) -> Any:
    """Return the pullback at ``x`` and the value, as `autograd.core.make_vjp`."""
    y, pullback = gg.vjp(fun, float64(x))
    return lambda g: arrays(pullback(g)[0]), arrays(y)


def make_jvp(fun: Function) -> Function:
    """Return the function from a point to that from tangents to value and tangent."""
    return lambda x: lambda v: arrays(gg.jvp(fun, (x,), (v,)))


def tensor_jacobian_product(fun: Function) -> Function:
    """Return the function from a point and a cotangent to the pullback of it."""
    return lambda x, v: make_vjp(fun, x)[0](v)


def hessian_tensor_product(fun: Function) -> Function:
    """Return the function from a point and a direction to the Hessian along it."""
    return lambda x, v: make_hvp(fun)(x)[0](v)


def make_hvp(fun: Function) -> Function:
    """Return the function from a point to that from a direction to the product."""
    return lambda x: (lambda v: make_jvp(gg.grad(fun))(x)(v)[1],)


def _half_square(y: Any) -> Any:
    return 0.5 * gg.dot(y, y)


def make_ggnvp(fun: Function, g: Function = _half_square) -> Function:
    """Return products with the generalized Gauss-Newton matrix of ``g`` after it."""

    def at(x: Any) -> Function:
        def product(v: Any) -> Any:
            y, moved = gg.jvp(fun, (x,), (v,))
            return make_vjp(fun, x)[0](make_hvp(g)(y)[0](moved))

        return product

    return at
