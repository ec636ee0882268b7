"""Notebooks: graphs, programs and tensors with a history are shown as pictures."""

from __future__ import annotations

from typing import Any

import pytest

import graphgrad as gg


def bundle(thing: Any) -> dict[str, Any]:
    """Return what IPython would ask for."""
    found: dict[str, Any] = thing._repr_mimebundle_(include=None, exclude=None)
    return found


def model() -> gg.Sequential:
    """Return a small model."""
    return gg.Sequential([gg.Input((2,)), gg.Dense(1)])


@pytest.mark.parametrize(
    "thing",
    [
        gg.trace(gg.tanh, gg.Spec((2,))),
        gg.Program(gg.trace(gg.tanh, gg.Spec((2,)))),
        gg.tensor([1.0], requires_grad=True) * 2.0,
        model(),
    ],
)
def test_what_has_a_graph_is_shown_as_a_picture(thing: Any) -> None:
    """SVG for those who see, text for the rest."""
    shown = bundle(thing)
    assert shown["image/svg+xml"].lstrip().startswith(("<?xml", "<svg"))
    assert shown["text/plain"] == repr(thing)


def test_a_tensor_without_history_is_shown_as_text() -> None:
    """A number is no graph."""
    assert bundle(gg.tensor([1.0])) == {"text/plain": "tensor([1.])"}
    leaf = gg.tensor([1.0], requires_grad=True)
    assert bundle(leaf) == {"text/plain": repr(leaf)}
