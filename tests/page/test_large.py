"""Large graphs: they open closed, repeats are one box, and little is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]

# How many elements and attributes change while `act` runs.
MUTATIONS = """async (act) => {
    let count = 0;
    const watch = new MutationObserver((records) => {
        for (const each of records)
            count += each.type === "childList"
                ? each.addedNodes.length + each.removedNodes.length : 1;
    });
    const all = {subtree: true, childList: true, attributes: true};
    watch.observe(document.body, all);
    const canvas = document.getElementById("canvas");
    const given = {bubbles: true, cancelable: true, clientX: 700, clientY: 450};
    Object.assign(given, act);
    if (act.key) document.dispatchEvent(new KeyboardEvent("keydown", given));
    else canvas.dispatchEvent(new WheelEvent("wheel", given));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    await new Promise((done) => setTimeout(done));
    watch.disconnect();
    return count;
}"""


@pytest.fixture(scope="module")
def deep() -> gg.Graph:
    """Return a graph of 5,000 nodes: a training step of ninety layers."""
    gg.set_random_seed(0)
    hidden = [gg.Dense(8, "tanh") for _ in range(92)]
    model = gg.Sequential([gg.Input((8,)), *hidden, gg.Dense(1)])
    model.compile("adam", "mse")
    graph = model.graph("compile")
    assert len(graph) > 5_000
    return graph


def test_large_graph_opens_closed(show: Show, deep: gg.Graph) -> None:
    """Not more than 150 boxes at first, and the repeated layers are one of them."""
    view = show(deep)
    assert view.tab.locator("#canvas .node").count() <= 150
    assert view.drawn(".repeat") == ["dense_1*"]
    assert view.tab.locator(".repeat .times").text_content() == "×91"


def test_repeat_opens_into_its_layers(show: Show, dense: Dense) -> None:
    """A press on the box of repeats shows each layer, with all its operations."""
    graph = dense(6).graph("compile")
    view = show(graph, size=(3000, 9000), address="#closed=dense_1*")
    assert view.drawn("[data-box]") == ["dense_1*"]
    assert view.tab.locator(".repeat .times").text_content() == "×5"
    view.tab.locator("[data-box]").click()
    assert view.drawn("[data-box]") == []
    assert view.tab.locator(".row").count() == len(
        {n.scope for n in graph.nodes if n.scope}
    )


def test_list_of_layers_has_the_repeats_as_one(show: Show, dense: Dense) -> None:
    """In the panel, repeats are one line until they are opened."""
    view = show(dense(6).graph("compile"), address="#closed=dense_1*")
    lines = view.tab.locator("#section-layers li")
    before = lines.count()
    line = view.tab.locator('[data-toggle="dense_1*"]')
    assert line.get_attribute("aria-expanded") == "false"
    line.click()
    assert lines.count() == before + 5
    assert line.get_attribute("aria-expanded") == "true"
    line.click()
    assert lines.count() == before


@pytest.mark.parametrize("opened", [False, True])
def test_little_is_touched(show: Show, deep: gg.Graph, opened: bool) -> None:
    """Of 5,000 nodes, an interaction changes what it concerns and what comes by."""
    view = show(deep, collapse=False if opened else None)
    view.js(MUTATIONS, {"key": "."})
    within_view = view.tab.locator("#canvas *").count()
    assert within_view < 6_000
    assert view.js(MUTATIONS, {"key": "."}) < 250
    assert view.js(MUTATIONS, {"deltaY": 12}) < 1_500
    assert view.js(MUTATIONS, {"deltaY": 4_000}) < 6_000
    assert view.js(MUTATIONS, {"key": "End"}) < 6_000
    assert view.js(MUTATIONS, {"key": "0"}) < 6_000


def test_pages_are_small(dense: Dense) -> None:
    """65 nodes need less than 250 KB, 1,000 nodes less than 1.5 MB."""
    gg.set_random_seed(0)
    small = gg.Sequential([gg.Input((784,)), gg.Dense(25, "sigmoid"), gg.Dense(10)])
    small.compile("sgd", "mse")
    page = gg.viz.to_html(small, stage="compile")
    assert 60 <= page.nodes <= 120
    assert len(page.html.encode()) < 250_000
    large = gg.viz.to_html(dense(17, "adam"), stage="compile")
    assert large.nodes >= 1_000
    assert len(large.html.encode()) < 1_500_000


def test_long_chain_is_drawn_piece_by_piece(show: Show) -> None:
    """One lane of a thousand operations: only what is in view has elements."""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(1_000):
            x = gg.tanh(x)
        return x

    view = show(gg.trace(chain, gg.Spec((3,), np.float32)), collapse=False)
    first = set(view.drawn())
    assert 5 <= len(first) < 60
    view.press("End")
    last = set(view.drawn())
    assert first.isdisjoint(last)
    assert view.selected in last
