"""Sites: what errors know of the graph in which they arose."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.sites import Site, in_words, told_by


def site_of(f: Callable[..., Any], *args: Any) -> Site:
    """Return the site of the error that a call raises."""
    with pytest.raises(gg.GraphgradError) as caught:
        f(*args)
    assert caught.value.site is not None
    return caught.value.site


SPEC = gg.Spec((2, 3))

# What is wrong, and what it is: one row for each kind of rule that looks at shapes.
WRONG: dict[str, Callable[[Any], Any]] = {
    "matmul": lambda x: x @ x,
    "add": lambda x: x + gg.reshape(x, (3, 2)),
    "reshape": lambda x: gg.reshape(x, (4,)),
    "concatenate": lambda x: gg.concatenate([x, gg.reshape(x, (3, 2))]),
    "where": lambda x: gg.where(gg.greater(x, 0), x, gg.reshape(x, (6,))),
    "broadcast_to": lambda x: gg.broadcast_to(x, (2, 4)),
    "squeeze": lambda x: gg.squeeze(x, 0),
    "einsum": lambda x: gg.einsum("ij,jk->ik", x, x),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("how", ["eager", "recorded", "trace", "jit", "grad"])
def test_a_shape_error_knows_its_operation_however_it_is_computed(
    name: str, how: str
) -> None:
    """A shape error knows its operation however it is computed."""
    f = WRONG[name]
    ones = np.ones((2, 3), np.float32)
    calls: dict[str, Callable[[], Any]] = {
        "eager": lambda: f(gg.tensor(ones)),
        "recorded": lambda: f(gg.tanh(gg.tensor(ones, requires_grad=True))),
        "trace": lambda: gg.trace(f, SPEC),
        "jit": lambda: gg.jit(f)(ones),
        "grad": lambda: gg.grad(lambda x: gg.sum(f(x)))(ones),
    }
    with pytest.raises(gg.ShapeError) as caught:
        calls[how]()
    site = caught.value.site
    if site is None:  # refused before there is an operation, and nothing is traced
        assert how in ("eager", "recorded", "grad")
        assert name in ("squeeze", "einsum", "reshape", "broadcast_to")
        return
    assert site.kind == "shape"
    assert site.actual
    assert site.fix
    end = site.graph[site.node]
    assert [node.name for node in site.graph.outputs] == [site.node]
    assert set(map(gg.short_name, end.inputs)) == set(site.inputs)


def test_what_a_message_does_not_say_was_expected_is_what_came() -> None:
    """None is better than a wrong one."""
    site = site_of(gg.trace, lambda x: x + gg.reshape(x, (3, 2)), SPEC)
    assert (site.expected, site.fix) == ("", "reshape one of them")
    assert site.actual.startswith("shapes (2, 3) and (3, 2) do not broadcast")


def test_the_graph_has_all_that_leads_to_the_failing_node_and_no_more() -> None:
    """The graph has all that leads to the failing node and no more."""

    def f(x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        gg.exp(x)  # leads nowhere
        return gg.tanh(x * 2.0) @ w

    site = site_of(gg.trace, f, SPEC, SPEC)
    names = [node.op.name for node in site.graph.operations]
    assert names == ["multiply", "tanh", "matmul"]
    assert site.equation == "tanh @ w"
    assert site.inputs == {"tanh": "f32 (2, 3)", "w": "f32 (2, 3)"}


def test_in_a_trace_the_message_has_the_equation() -> None:
    """In a trace the message has the equation."""
    with pytest.raises(gg.ShapeError, match=r"\(in matmul = tanh @ w\)$"):
        gg.trace(lambda x, w: gg.tanh(x) @ w, SPEC, SPEC)


def test_scope_and_phase_are_those_of_the_operation() -> None:
    """Scope and phase are those of the operation."""

    def f(x: gg.Tensor) -> gg.Tensor:
        with gg.scope("head"), gg.phase("loss"):
            return x @ x

    site = site_of(gg.trace, f, SPEC)
    assert (site.layer, site.phase) == ("head", "loss")


def test_a_wrong_dtype_has_a_site() -> None:
    """A wrong dtype has a site."""
    site = site_of(gg.tanh, np.array([1j]))
    assert site.kind == "dtype"
    assert "complex128" in site.actual


def test_errors_with_sites_pickle() -> None:
    """Errors with sites pickle."""
    with pytest.raises(gg.ShapeError) as caught:
        gg.trace(lambda x, w: gg.tanh(x) @ w, SPEC, SPEC)
    assert caught.value.site is not None
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert str(copy.site) == str(caught.value.site)
    assert copy.site.graph.edges == caught.value.site.graph.edges


def test_a_site_keeps_no_array_alive() -> None:
    """A site keeps no array alive."""
    x = gg.tensor(np.ones((200, 300)), requires_grad=True)
    weight = gg.Variable(np.ones((200, 300)), name="w")
    error: gg.GraphgradError | None = None
    try:
        gg.tanh(x * weight) @ weight
    except gg.ShapeError as raised:
        error = raised.with_traceback(None)
        error.__context__ = None
    watched = weakref.ref(x), weakref.ref(weight)
    del x, weight
    # Without the collector of cycles: there are none.
    assert [each() for each in watched] == [None, None]
    assert error is not None
    assert len(pickle.dumps(error)) < 5_000


def test_an_error_is_freed_with_its_last_name() -> None:
    """An error is freed with its last name."""
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(gg.ShapeError) as caught:
            gg.trace(lambda x: x @ x, SPEC)
        assert caught.value.site is not None
        graph = weakref.ref(caught.value.site.graph)
        caught.value.__traceback__ = None
        del caught
        gc.collect()
        assert graph() is None
    finally:
        gc.enable()


def test_of_a_long_past_the_end_is_kept() -> None:
    """Of a long past the end is kept."""
    x = gg.tensor(np.ones((2, 3)), requires_grad=True)
    for _ in range(5_000):
        x = x + 1.0
    site = site_of(lambda: x @ x)
    assert 100 < len(site.graph) < 2_000
    assert site.graph.nodes[0].op.name == "earlier"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: gg.roll(x, 1, axis=5),
        lambda x: gg.take(x, [1], axis=9),
        lambda x: gg.squeeze(x, 0),
        lambda x: gg.logsumexp(x, axis=7),
        lambda x: gg.tensordot(x, x, 1),
        lambda x: gg.stack([x, gg.sum(x)]),
    ],
)
def test_operands_are_what_was_given_and_no_more(f: Callable[[Any], Any]) -> None:
    """A function's own variables are none, though they may be tensors as well."""
    site = site_of(lambda: gg.trace(f, SPEC))
    given = {"tensordot": ("x", "x"), "stack": ("x", "sum")}.get(site.operation, ("x",))
    end = site.graph.outputs[0]
    assert tuple(each.name for each in end.inputs) == given


# ---- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (
            np.array([0.0, np.nan, np.inf, -np.inf, 5.0, -2.0]),
            "-2 to 5, 1 of 6 NaN, 2 of 6 Inf, 1 zero",
        ),
        (np.array([np.nan, np.nan]), "all NaN"),
        (np.array([1, 2]), "1 to 2"),
        (np.zeros(0), "empty"),
    ],
)
def test_numbers_in_words(array: Any, text: str) -> None:
    """Numbers in words."""
    assert in_words(gg.recording.statistics(array)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("f needs a, got b; do c", ("f needs a", "b", "do c")),
        ("layer 'd' expected a, got b", ("a", "b", "")),
        ("f needs a, got b: do c; or d", ("f needs a", "b", "do c; or d")),
        ("all is wrong: b; do c", ("", "all is wrong: b", "do c")),
        ("x has none: it is b. Do c", ("", "x has none: it is b", "Do c")),
        ("f returned a, expected b: do c", ("b", "f returned a", "do c")),
        ("x holds a, expected b; do c", ("b", "x holds a", "do c")),
    ],
)
def test_messages_are_taken_apart(text: str, parts: tuple[str, str, str]) -> None:
    """Messages are taken apart."""
    assert tuple(told_by(ValueError(text)).values()) == parts
