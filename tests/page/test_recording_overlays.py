"""The page of a recording: pairs, overlays, and that everybody can use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 4)), RNG.normal(size=(8, 1))


def ids(view: Any, mark: str) -> set[str]:
    """Return the ids of the drawn nodes that have a class."""
    return set(view.drawn(f"[data-node].{mark}"))


def number(text: str) -> float:
    """Read a number as the page writes it."""
    return float(text.replace("−", "-").replace(",", ""))


# ---- pairs and overlays --------------------------------------------------------------


def listed(view: Any, role: str) -> list[str]:
    """Return the ids of a list of the section of pairs."""
    links = view.tab.locator(f"#section-pairs [data-role={role}] [data-id]")
    return [each.get_attribute("data-id") for each in links.all()]


def test_operation_lights_what_it_causes(show: Show, dense: Dense) -> None:
    """Its gradient operations, what they saved, the update; and from each back."""
    graph = dense().graph("compile")
    address = "#selected=matmul_1"
    view = show(graph, collapse=False, size=(4000, 3000), address=address)
    gradients = {n.name for n in graph.nodes if n.derivative_of == "matmul_1"}
    assert set(listed(view, "gradients")) == gradients == ids(view, "pair-gradients")
    assert ids(view, "pair-saved") == {"dense_1/kernel", "relu"}
    updates = ids(view, "pair-updates")
    assert {graph[name].phase for name in updates} == {"update"}
    assert view.tab.locator(".light.pairs .line").count() == 2
    for name in (*gradients, *updates):
        view.js("id => { location.hash = `selected=${id}` }", name)
        view.tab.wait_for_function(
            "id => document.querySelector('#section-node .name')?.textContent === id",
            arg=name,
        )
        assert "matmul_1" in ids(view, "pair-causes")
        assert "matmul_1" in listed(view, "causes")


def test_pointer_lights_pairs_without_a_click(show: Show, dense: Dense) -> None:
    """While it is over a node; then those of the selection again."""
    graph = dense().graph("compile")
    view = show(graph, collapse=False, size=(4000, 3000))
    assert ids(view, "paired") == set()
    number = graph.nodes.index(graph["matmul_1"])
    view.tab.locator(f'#canvas [data-node="{number}"]').hover()
    assert "transpose_1" in ids(view, "pair-gradients")
    assert view.selected is None
    view.tab.mouse.move(5, 5)
    assert ids(view, "paired") == set()


@pytest.mark.parametrize("kind", ["time", "bytes", "flops", "ratio"])
def test_overlay_is_a_bar_beside_the_phase(show: Show, dense: Dense, kind: str) -> None:
    """Longer for more, on one scale with a legend; outlines keep their colours."""
    recording = dense().record(X, Y)
    options = {"collapse": False, "size": (4000, 3000)}
    strokes = """() => [...document.querySelectorAll("#canvas .node > .shape")].map(
        (each) => getComputedStyle(each).stroke)"""
    plain = show(recording, **options)
    view = show(recording, address=f"#overlay={kind}", **options)
    assert view.js(strokes) == plain.js(strokes)
    assert plain.tab.locator(".bar").count() == 0
    found = view.js(
        """() => [...document.querySelectorAll(".bar")].map((bar) => [
            JSON.parse(document.getElementById("data").textContent)
                .nodes[bar.parentNode.dataset.node].id,
            bar.children[1].getAttribute("width") /
            bar.children[0].getAttribute("width")])"""
    )
    amounts: dict[str, dict[str, float]] = {
        "time": {row.name: row.time_us for row in recording.nodes},
        "bytes": {
            node.name: node.nbytes
            for node in recording.graph.nodes
            if node.op.name != "constant"
        },
        "flops": {row.name: row.flops for row in recording.nodes},
    }
    if kind in amounts:
        known = amounts[kind]
        assert {name for name, _ in found} == {n for n, each in known.items() if each}
        order = sorted(found, key=lambda each: known[each[0]])
        lengths = [part for _, part in order]
        assert lengths == pytest.approx(sorted(lengths), abs=1e-6)
        assert len({known[name] for name, _ in found}) == len(
            {round(each, 6) for each in lengths}
        )
    else:
        weights = ("dense/kernel", "dense_1/kernel")
        assert set(weights) <= {name for name, _ in found}
    assert view.tab.locator("#overlay .ramp").count() == 1
    view.tab.get_by_label("Bars in nodes").select_option("")
    assert view.tab.locator(".bar").count() == 0
    assert not view.tab.locator("#overlay").is_visible()


def test_closed_layer_has_the_sum_of_its_operations(show: Show, dense: Dense) -> None:
    """A box that stands for several says how much they take together."""
    recording = dense().record(X, Y)
    view = show(recording, collapse=True, address="#overlay=flops")
    texts = dict(
        view.js(
            """() => [...document.querySelectorAll("#canvas [data-box]")].map((box) =>
                [box.dataset.box, box.querySelector(".bar-text")?.textContent])"""
        )
    )
    flops: dict[str, int] = {}
    for row in recording.nodes:
        flops[row.scope] = flops.get(row.scope, 0) + row.flops
    for name in ("dense", "dense_1", "mean_squared_error"):
        assert texts[name] == f"Σ {flops[name]:,} FLOPs"


def test_key_goes_through_the_overlays(show: Show, dense: Dense) -> None:
    """One after the other, and then none."""
    view = show(dense().record(X, Y))
    seen = []
    for _ in range(5):
        view.press("o")
        seen.append(view.address)
    names = ("time", "bytes", "flops", "ratio")
    assert seen == [*(f"overlay={name}" for name in names), ""]


# ---- for everybody -------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["#step=30", "#selected=weights&overlay=time"])
def test_audit_finds_nothing_serious(
    show: Show, dense: Dense, scheme: str, address: str
) -> None:
    """axe-core has no objection of weight to the dock, the panel and the legend."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    view = show(dense().record(X, Y), address=address, scheme=scheme)
    found = axe.run(view.tab).response["violations"]
    serious = [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_steps_are_announced(show: Show, dense: Dense) -> None:
    """Who does not see the drawing hears what runs."""
    view = show(dense().record(X, Y))
    view.press("L")
    text = view.tab.locator("#live").inner_text()
    assert re.fullmatch(r"\d+ of \d+: L\d+ subtract", text)


def test_graph_that_never_ran_can_be_stepped_through(show: Show, dense: Dense) -> None:
    """In its order, without memory and values, and it says so."""
    view = show(dense(), "compile")
    dock = view.tab.locator("#dock")
    assert "not recorded" in dock.inner_text()
    view.press("]", "]")
    assert len(ids(view, "done")) == 1
    assert view.tab.locator(".chart .used").count() == 0


def test_stepping_touches_little(show: Show, dense: Dense) -> None:
    """Of thousands of nodes, a step changes those that it concerns."""
    graph = dense(92, "adam").graph("compile")
    assert len(graph) > 5_000
    view = show(graph, collapse=False)
    count = """async (key) => {
        let count = 0;
        const watch = new MutationObserver((records) => { count += records.length; });
        watch.observe(document.body,
            {subtree: true, childList: true, attributes: true});
        document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        watch.disconnect();
        return count;
    }"""
    view.press("]")
    assert 0 < view.js(count, "]") < 250
    assert 0 < view.js(count, "[") < 250
    assert 0 < view.js(count, "U") < 6_000
