"""Pictures and pages of what went wrong."""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

X = np.random.default_rng(0).random((40, 4)).astype(np.float32)
Y = X[:, :1] * 2


class Product(gg.Layer):
    """A layer whose weight fits inputs of width 3 alone."""

    def build(self, input_shape: Any) -> None:
        """Make it."""
        self.w = self.add_weight("w", (3, 2))

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Multiply."""
        return gg.relu(x) @ self.w


class Log(gg.Layer):
    """The logarithm, which is not finite at 0."""

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Take it."""
        return gg.log(gg.relu(x))


def model(*layers: Any) -> gg.Sequential:
    """Return a compiled model."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((4,)), *layers])
    made.compile("sgd", "mse")
    return made


def not_finite(x: Any) -> Any:
    """Return data with a NaN."""
    bad = x.copy()
    bad[1] = np.nan
    return bad


FAILURES: dict[str, Callable[[], Any]] = {
    "trace": lambda: gg.trace(lambda x: gg.tanh(x) @ x, gg.Spec((2, 3))),
    "eager": lambda: gg.tensor(X) @ gg.tensor(X),
    "layer": lambda: model(gg.Dense(5), Product()),
    "refused": lambda: model(gg.Dense(5), gg.layers.GlobalAveragePooling1D()),
    "data": lambda: model(gg.Dense(1)).fit(X[:, :2], Y, verbose=0),
    "NaN in data": lambda: model(gg.Dense(1)).fit(not_finite(X), Y, verbose=0),
    "NaN in labels": lambda: model(gg.Dense(1)).fit(X, not_finite(Y), verbose=0),
    "labels": lambda: model(gg.Dense(3)).fit(X, Y, verbose=0),
    "Inf": lambda: model(gg.Dense(4), Log(), gg.Dense(1)).fit(
        X, Y, verbose=0, on_nonfinite="raise"
    ),
}


def error_of(name: str) -> gg.GraphgradError:
    """Return the error of a failure."""
    with pytest.raises(gg.GraphgradError) as caught:
        FAILURES[name]()
    return caught.value


def data_of(page: Any) -> dict[str, Any]:
    """Return what a page knows."""
    found = re.search(r'id="data">(.*?)</script>', page.html, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize("name", FAILURES)
def test_a_page_marks_the_failing_node_and_says_why(name: str) -> None:
    """It has all nodes of the site's graph, one of them marked, and the fix."""
    error = error_of(name)
    site = error.site
    assert site is not None
    data = data_of(gg.viz.failure(error))
    marked = [node["id"] for node in data["nodes"] if "mark" in node]
    assert marked == [site.node]
    assert {node["id"] for node in data["nodes"]} == {n.name for n in site.graph.nodes}
    told = data["failure"]
    assert told["message"] == str(error)
    assert told["kind"] == site.kind
    assert told["expected"] == site.expected
    assert told["got"] == site.actual
    assert told.get("fix", "") == site.fix
    assert sum("mark" in row for row in data["rows"]) == 1


@pytest.mark.parametrize("name", FAILURES)
def test_a_picture_marks_the_failing_node(name: str) -> None:
    """By a thick double border, and the word in the label."""
    error = error_of(name)
    site = error.site
    assert site is not None
    lines = gg.viz.to_dot(error).source.splitlines()
    bold = [each for each in lines if "peripheries=2" in each and "penwidth=3" in each]
    (line,) = bold
    assert f"· {site.kind}" in line
    assert site.node in line


def test_render_draws_it(tmp_path: Path) -> None:
    """As text here, which every machine can."""
    path = gg.viz.render(error_of("layer"), tmp_path / "failure.dot")
    assert "product/w" in path.read_text(encoding="utf-8")


def test_a_page_is_written(tmp_path: Path) -> None:
    """Where it is asked for."""
    path = tmp_path / "failure.html"
    page = gg.viz.failure(error_of("trace"), path)
    assert path.read_text(encoding="utf-8") == page.html


def test_a_node_without_a_result_has_no_shape() -> None:
    """What was not computed is not drawn as a number."""
    data = data_of(gg.viz.failure(error_of("trace")))
    (node,) = [each for each in data["nodes"] if "mark" in each]
    assert (node.get("dtype"), node["shape"]) == (None, "no result")


def test_the_numbers_that_were_read_are_on_their_nodes() -> None:
    """Of a step that has run."""
    data = data_of(gg.viz.failure(error_of("Inf")))
    (relu,) = [each for each in data["nodes"] if each["id"] == "relu"]
    assert "zeros" in relu["lines"][-1]


def test_warnings_and_sites_are_failures_too() -> None:
    """All that has a site."""
    layers = gg.Dense(4), Log(), gg.Dense(1)
    with pytest.warns(gg.NonFiniteWarning) as caught:
        model(*layers).fit(X, Y, verbose=0)
    warning: Any = caught[0].message
    assert data_of(gg.viz.failure(warning))["failure"]["message"] == str(warning)
    assert "message" not in data_of(gg.viz.failure(warning.site))["failure"]


@pytest.mark.parametrize("thing", [ValueError("no"), gg.ShapeError("no")])
def test_what_has_no_site_is_refused(thing: Any) -> None:
    """With a sentence that says what has."""
    with pytest.raises(TypeError, match="has a site"):
        gg.viz.failure(thing)
    with pytest.raises(TypeError, match="has a site"):
        gg.viz.to_dot(thing)


def test_what_is_no_error_is_refused() -> None:
    """A graph has not failed."""
    with pytest.raises(TypeError, match="has a site"):
        gg.viz.failure(gg.trace(gg.tanh, X))


class Shell:
    """What IPython gives: a place for a handler, and a traceback."""

    def __init__(self) -> None:
        self.handler: Any = None
        self.kinds: Any = ()
        self.traced: list[Any] = []

    def set_custom_exc(self, kinds: Any, handler: Any) -> None:
        """Take a handler."""
        self.kinds, self.handler = kinds, handler

    def showtraceback(self, parts: Any, tb_offset: Any = None) -> None:
        """Note it."""
        self.traced.append(parts[1])


def test_a_notebook_shows_failures_if_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback first, and then the page."""
    shell = Shell()
    shown: list[Any] = []
    ipython: Any = types.ModuleType("IPython")
    display: Any = types.ModuleType("IPython.display")
    ipython.get_ipython = lambda: shell
    display.display = shown.append
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    gg.viz.show_failures()
    error = error_of("trace")
    assert isinstance(error, shell.kinds)
    shell.handler(shell, type(error), error, None)
    assert shell.traced == [error]
    assert shown[0].html == gg.viz.failure(error).html
    plain = gg.GraphgradError("without a graph")
    shell.handler(shell, type(plain), plain, None)
    assert (len(shell.traced), len(shown)) == (2, 1)
    gg.viz.show_failures(on=False)
    assert shell.kinds == ()


def test_values_of_weights_that_are_not_finite() -> None:
    """What was given for the weight is marked, in its layer."""
    made = model(gg.Dense(2, name="hidden"))
    kernel, bias = made.get_weights()
    kernel[1, 1] = np.nan
    with pytest.raises(ValueError, match="holds NaN") as caught:
        made.set_weights([kernel, bias])
    site = caught.value.site  # type: ignore[attr-defined]
    assert (site.kind, site.node, site.layer) == ("NaN", "kernel", "hidden")
    assert site.graph[site.node].shape == (4, 2)
    assert "NaN" in gg.viz.failure(caught.value).html
    assert site.fix == "give it finite numbers"


def test_a_training_that_a_callback_ends_at_nan() -> None:
    """The loss is marked, after the layers before it."""
    made = model(gg.Dense(1, name="hidden"))
    made.compile(gg.optimizers.SGD(1e30), "mse")
    stop = gg.callbacks.TerminateOnNaN(raise_error=True)
    with pytest.raises(RuntimeError, match="after batch") as caught:
        made.fit(X, Y, epochs=3, verbose=0, callbacks=[stop], on_nonfinite="ignore")
    site = caught.value.site  # type: ignore[attr-defined]
    assert site.kind in ("NaN", "Inf")
    assert made.loss is not None
    assert (site.phase, site.layer) == ("loss", made.loss.name)
    assert [n.scope for n in site.graph.operations if n.scope == "hidden"]
    assert site.node in gg.viz.failure(caught.value).html
    assert "smaller learning_rate" in site.fix


@pytest.mark.parametrize("how", ["warn", "raise"])
@pytest.mark.parametrize("rows", [8, 3])
def test_a_callback_that_ends_training_at_nan_knows_where_it_began(
    how: str, rows: int
) -> None:
    """Not the loss is marked, but the operation that first was not finite."""
    made = model(gg.Dense(1, name="hidden"), gg.Activation(gg.log, name="bad"))
    made.compile("sgd", "mse")
    kernel, bias = made.get_weights()
    made.set_weights([np.zeros_like(kernel), np.zeros_like(bias)])
    stop = gg.callbacks.TerminateOnNaN(raise_error=True)
    with pytest.raises(RuntimeError, match="after batch 0") as caught:
        made.fit(X, Y, rows, 3, 0, callbacks=[stop], shuffle=False, on_nonfinite=how)
    site = caught.value.site  # type: ignore[attr-defined]
    assert (site.operation, site.kind, site.layer) == ("log", "Inf", "bad")
    assert "above 0" in site.fix
    assert site.node in gg.viz.failure(caught.value).html


@pytest.mark.parametrize("stage", ["fit", "evaluate"])
def test_a_record_without_labels(stage: str) -> None:
    """The labels are marked, which the loss would compare with the output."""
    made = model(gg.Dense(1, name="hidden"))
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match="compares with labels y, got None") as caught:
        made.record(X, stage=stage)
    site = caught.value.site  # type: ignore[attr-defined]
    assert (site.node, site.actual) == ("y", "None")
    assert site.fix.startswith("give (x, y)")
    assert [n.scope for n in site.graph.operations if n.scope == "hidden"]
    assert "give (x, y)" in gg.viz.failure(caught.value).html
