"""Functional derivatives: nests, order, modes, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg


def test_gradients_of_nests_are_nests() -> None:
    """Tuples, lists and dicts of arrays go in, and gradients like them come out."""

    def f(p: Any) -> gg.Tensor:
        return gg.sum(p["w"] * p["b"][0]) + gg.sum(p["b"][1])

    params = {"w": np.array([1.0, 2.0]), "b": (np.array([3.0, 4.0]), np.array(5.0))}
    g = gg.grad(f)(params)
    assert g["w"].tolist() == [3.0, 4.0]
    assert g["b"][0].tolist() == [1.0, 2.0]
    assert g["b"][1].item() == 1.0


def test_several_arguments_give_a_tuple() -> None:
    """The argument ``argnums`` names which."""
    value, (dy, dx) = gg.value_and_grad(lambda x, y: x * y, argnums=(1, 0))(2.0, 3.0)
    assert (value.item(), dy.item(), dx.item()) == (6.0, 2.0, 3.0)


def test_higher_orders() -> None:
    """The fourth derivative of x⁴ is 24."""
    f: Any = lambda x: x * x * x * x  # noqa: E731
    for _ in range(4):
        f = gg.grad(f)
    assert f(1.7).item() == 24.0


def test_a_nested_gradient_does_not_confuse_its_variables() -> None:
    """d/dx (x d/dy (x + y)) is 1, not 2."""

    def outer(x: gg.Tensor) -> gg.Tensor:
        inner: gg.Tensor = gg.grad(lambda y: x + y)(1.0)
        return x * inner

    assert gg.grad(outer)(3.0).item() == 1.0
    assert gg.grad(lambda x: gg.grad(lambda z: z * x)(x))(3.0).item() == 1.0


def test_an_unused_argument_has_the_gradient_zero() -> None:
    """As in JAX and autograd; not None."""
    dx, dy = gg.grad(lambda x, _: gg.sum(x), argnums=(0, 1))([1.0], [2.0, 3.0])
    assert dx.tolist() == [1.0]
    assert dy.tolist() == [0.0, 0.0]


def test_jacobian_and_hessian_by_hand() -> None:
    """The rows are results, the columns arguments."""
    x = [1.0, 2.0]
    j = gg.jacobian(lambda x: gg.stack([x[0] * x[1], x[0] + 3 * x[1], x[0] ** 2]))(x)
    assert j.tolist() == [[2.0, 1.0], [1.0, 3.0], [2.0, 0.0]]
    h = gg.hessian(lambda x: x[0] ** 2 * x[1])(x)
    assert h.tolist() == [[4.0, 2.0], [2.0, 0.0]]
    assert gg.jit(gg.hessian(lambda x: x[0] ** 2 * x[1]))(x).tolist() == h.tolist()


def test_vjp_and_jvp_are_adjoint() -> None:
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩."""
    rng = np.random.default_rng(0)
    w, x, v = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)
    u = rng.normal(size=3)

    def f(x: gg.Tensor) -> gg.Tensor:
        return gg.tanh(x @ w) * x

    y, pullback = gg.vjp(f, x)
    same, forward = gg.jvp(f, (x,), (v,))
    assert np.array_equal(y.numpy(), same.numpy())
    assert u @ forward.numpy() == pytest.approx(pullback(u)[0].numpy() @ v, rel=1e-13)


def test_gradients_of_a_result_by_what_it_was_made_from() -> None:
    """Plain tensors and variables alike; a second call is allowed."""
    w = gg.Variable([1.0, 2.0])
    x = gg.tensor([3.0, 4.0], requires_grad=True)
    y = gg.sum(w * x)
    assert [g.tolist() for g in gg.gradients(y, [w, x])] == [[3.0, 4.0], [1.0, 2.0]]
    assert gg.gradients(y, [x])[0].tolist() == [1.0, 2.0]


def test_results_of_plain_arrays_keep_no_history() -> None:
    """What nobody can differentiate further is not recorded."""
    value, g = gg.value_and_grad(lambda x: gg.sum(x * x))(np.ones(3))
    assert value.node is None
    assert g.node is None


def test_a_closure_keeps_its_gradient() -> None:
    """The gradient by x of w x² depends on w."""
    w = gg.tensor(2.0, requires_grad=True)
    gg.grad(lambda x: w * x * x)(3.0).backward()
    assert w.grad is not None
    assert w.grad.item() == 6.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gg.grad(lambda x: x)(np.ones(2)), gg.GradientError, "scalar"),
        (lambda: gg.grad(lambda _: 1.0)(1.0), gg.GradientError, "records nothing"),
        (lambda: gg.grad(lambda x: x)(1), gg.GradientError, r"write 2\.0 for 2"),
        (lambda: gg.grad(lambda x: x, 1)(1.0), gg.GradientError, "argument 1"),
        (
            lambda: gg.jvp(lambda x: x, ([1.0],), ([1.0, 2.0],)),
            gg.ShapeError,
            "tangent",
        ),
        (lambda: gg.vjp(lambda x: x, [1.0])[1]([1.0, 2.0]), gg.ShapeError, "cotangent"),
    ],
)
def test_what_has_no_gradient_is_refused(
    call: Any, error: type[Exception], message: str
) -> None:
    """Each message says what is expected."""
    with pytest.raises(error, match=message):
        call()


def test_derivatives_are_called_what_they_are() -> None:
    """Graphs and pictures take their titles from these names."""

    def cost(x: gg.Tensor) -> gg.Tensor:
        return gg.sum(x * x)

    titles = {
        "cost": cost,
        "grad(cost)": gg.grad(cost),
        "value_and_grad(cost)": gg.value_and_grad(cost),
        "jacobian(grad(cost))": gg.hessian(cost),
        "grad(lambda)": gg.grad(lambda x: gg.sum(x * x)),
    }
    for title, f in titles.items():
        assert gg.trace(f, [1.0, 2.0]).name == title
        assert title in repr(f)
        assert f"<Page: {title}, " in repr(gg.viz.to_html(gg.jit(f), record=([1.0],)))
    assert str(gg.explain(gg.trace(gg.grad(cost), 1.0))).startswith("grad(cost)\n")
