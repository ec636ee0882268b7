"""The lines of a model: where its layers, loss and optimizer were made, or written."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.nodes import source_line


class Scale(gg.layers.Layer):
    """A layer of the user's own, with a layer of the library inside."""

    def __init__(self, **options: object) -> None:
        """Keep a part."""
        super().__init__(**options)  # type: ignore[arg-type]
        self.part = gg.Dense(2)  # the part

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Compute with both."""
        y = self.part(x)
        return gg.tanh(y)  # the whole


def squared(y: gg.Tensor, p: gg.Tensor) -> gg.Tensor:
    """Return a loss of the user's own."""
    return gg.mean((y - p) ** 2)  # the loss


def made() -> gg.Sequential:
    """Return a model of both kinds of layers."""
    model = gg.Sequential(
        [
            gg.Input((3,)),
            gg.Dense(4, "sigmoid", kernel_regularizer="l2"),  # the first
            gg.layers.Lambda(lambda x: x * 3.0),  # the function
            Scale(),
        ]
    )
    optimizer = gg.optimizers.Adam()  # the optimizer
    model.compile(optimizer, squared, metrics=["mae"])  # the compilation
    return model


def lines(graph: gg.Graph, scope: str) -> set[str]:
    """Return the comments at the lines of what was recorded in a scope."""
    found = [source_line(n) for n in graph.operations if n.scope == scope]
    assert found, f"nothing in {scope}"
    assert all(each.startswith(f"{Path(__file__).name}:") for each in found), found
    return {each.rpartition("# ")[2] for each in found}


def test_layers_of_ours_have_the_line_that_made_them() -> None:
    """Forward, backward and penalties; the user's own code has its own lines."""
    model = made()
    x, y = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32)
    model.fit(x, y, verbose=0)
    for stage in ("compile", "fit"):
        graph = model.graph(stage)
        assert lines(graph, "dense") == {"the first"}
        assert lines(graph, "lambda") == {"the function"}
        assert lines(graph, "scale") == {"the whole"}
        assert lines(graph, "scale/dense") == {"the part"}
        # What is done to labels and means before and after is the library's own.
        assert lines(graph, "squared") == {"the loss", "the compilation"}


class Failing(gg.layers.Layer):
    """A layer of the user's own that fails where it is told to."""

    def __init__(self, where: str) -> None:
        """Keep where."""
        super().__init__()
        self.where = where

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Fail."""
        z = gg.tanh(x)  # tanh
        if self.where == "add":
            return z + np.ones(7)  # add
        if self.where == "sum":
            return gg.sum(z, axis=3)  # sum
        if self.where == "stack":
            return gg.stack([z, x[:, :1]])  # stack
        return z @ np.ones((7, 7))  # matmul


@pytest.mark.parametrize("where", ["add", "matmul", "sum", "stack"])
def test_what_fails_in_a_layer_has_the_line_that_failed(where: str) -> None:
    """As what went well has, whether a primitive refuses or one of our functions."""
    with pytest.raises(gg.GraphgradError) as caught:
        gg.Sequential([gg.Input((3,)), Failing(where)])
    site = caught.value.site
    assert site is not None
    assert source_line(site.graph[site.node]).endswith(f"# {where}")
    assert lines(site.graph, "failing") <= {where, "tanh"}


def test_what_is_named_has_the_line_that_names_it() -> None:
    """An optimizer that was made has its own line, a metric's name that of compile."""
    graph = made().graph("compile")
    assert lines(graph, "adam") == {"the optimizer"}
    assert lines(graph, "mae") == {"the compilation"}


def test_copies_were_written_where_the_first_was() -> None:
    """In memory; what is loaded from a file has no line."""
    layer = gg.Dense(2)
    assert copy.deepcopy(layer)._line is layer._line
    assert layer._line.file == __file__
    data = pickle.dumps(layer)
    assert str(Path(__file__).parent).encode() not in data


def test_lines_are_no_part_of_what_describes_a_layer() -> None:
    """Neither of its configuration nor of its attributes."""
    one, other = gg.Dense(2, name="d"), gg.Dense(2, name="d")
    assert one.get_config() == other.get_config()
    assert "_line" not in vars(one)


def test_tooltips_show_them(tmp_path: Path) -> None:
    """In all pictures, and never with a folder."""
    model = made()
    text = gg.viz.to_dot(model, "compile").source
    assert f"{Path(__file__).name}:" in text
    assert "# the first" in text
    assert str(Path(__file__).parent) not in text
    path = gg.viz.render(model, tmp_path / "x.svg", engine="lanes", collapse=False)
    assert "# the first" in path.read_text(encoding="utf-8")
