"""Derivatives without a model: of any function of arrays, of any order, and checked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg

Array = NDArray[np.float64]


def rosenbrock(x: gg.Tensor) -> gg.Tensor:
    """Return Rosenbrock's function: a curved valley whose lowest point is all ones."""
    return gg.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def differences(f: Callable[[gg.Tensor], gg.Tensor], x: Array) -> Array:
    """Return the gradient of ``f`` by central differences: slow, but plain."""
    slopes = np.empty_like(x)
    for i in range(x.size):
        step = np.zeros_like(x)
        step.flat[i] = 1e-6
        rise = f(gg.tensor(x + step)) - f(gg.tensor(x - step))
        slopes.flat[i] = rise.item() / 2e-6
    return slopes


def main() -> None:
    """Differentiate, check, and use the derivatives to find the minimum."""
    x = np.array([1.2, 1.0, 1.5])
    gradient = gg.grad(rosenbrock)
    print("gradient     ", gradient(x))
    print("differences  ", differences(rosenbrock, x))

    print("\nThe gradient is a graph like any other:")
    print(gg.trace(gradient, x))

    print("\nNewton's method, on gradient and Hessian as compiled programs:")
    compiled, hessian = gg.jit(gradient), gg.jit(gg.hessian(rosenbrock))
    for step in range(8):
        print(
            f"  {step}  f = {rosenbrock(gg.tensor(x)).item():10.3e}  x = {x.round(6)}"
        )
        x = x - np.linalg.solve(hessian(x).numpy(), compiled(x).numpy())

    def polar(p: gg.Tensor) -> gg.Tensor:
        return gg.stack([p[0] * gg.cos(p[1]), p[0] * gg.sin(p[1])])

    jacobian = gg.jacobian(polar)(np.array([2.0, 0.5])).numpy()
    print("\nPolar coordinates: the Jacobian's determinant is the radius:")
    print(jacobian, f"determinant {np.linalg.det(jacobian):.6f}", sep="\n")


if __name__ == "__main__":
    main()
