"""The page in a browser: it draws the graph, selects, closes and opens, and counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]


def test_page_draws_every_node_without_errors(show: Show, dense: Dense) -> None:
    """What is drawn is the graph: every node, by the name that it runs under."""
    model = dense()
    view = show(model, "compile", collapse=False, size=(4000, 4000))
    assert sorted(view.drawn()) == sorted(
        node.name for node in model.graph("compile").nodes
    )


def test_list_is_the_schedule(show: Show, dense: Dense) -> None:
    """The text alternative names each operation once, in the order of execution."""
    graph = dense().graph("compile")
    view = show(graph)
    tags = view.tab.locator("#operations [role=option] .tag").all_inner_texts()
    assert tags == list(graph.tags().values())


def test_selection_is_in_panel_list_and_address(show: Show, dense: Dense) -> None:
    """One state: a click in the graph, or the address, and all parts follow."""
    graph = dense().graph("compile")
    name = graph.operations[1].name
    view = show(graph)
    view.tab.locator(f'#canvas [data-node="{graph.nodes.index(graph[name])}"]').click()
    assert view.selected == name
    assert view.tab.locator("[aria-selected=true] .tag").inner_text() == "F2"
    again = show(graph, address=f"#{view.address}")
    assert again.selected == name


def test_counts_add_up_whatever_is_closed(show: Show, dense: Dense) -> None:
    """Shown, inside of boxes and hidden are all operations."""
    graph = dense(2).graph("compile")
    total = len(graph.operations)
    view = show(graph, collapse=False)
    for key in ("c", "e", "1", "4", "c", "3", "e"):
        view.press(key)
        numbers = re.findall(r"[\d,]+", view.tab.locator("#count").inner_text())
        shown, whole, *others = (int(each.replace(",", "")) for each in numbers)
        assert whole == total
        assert shown + sum(others) == total


@pytest.mark.parametrize("phase", ["forward", "loss", "backward", "update"])
def test_phases_go_and_come(show: Show, dense: Dense, phase: str) -> None:
    """A phase that is switched off is not drawn, and comes back."""
    graph = dense().graph("compile")
    view = show(graph, collapse=False, size=(4000, 4000))
    before = sorted(view.drawn())
    chip = view.tab.locator(f"[data-phase={phase}]")
    chip.click()
    gone = {node.name for node in graph.operations if node.phase == phase}
    assert gone.isdisjoint(view.drawn())
    assert chip.get_attribute("aria-pressed") == "false"
    chip.click()
    assert sorted(view.drawn()) == before


def test_closed_layer_is_one_box_that_opens(show: Show, dense: Dense) -> None:
    """A layer closes into a box; a press on the box opens it."""
    graph = dense().graph("compile")
    view = show(graph, collapse="dense", size=(2000, 2000))
    assert "dense" in view.drawn("[data-box]")
    inside = {node.name for node in graph.operations if node.scope == "dense"}
    assert inside.isdisjoint(view.drawn())
    view.tab.locator("[data-box=dense]").click()
    assert view.drawn("[data-box]") == []
    view.tab.locator(".row[data-key=dense] > .toggle").click(
        position={"x": 20, "y": 10}
    )
    assert "dense" in view.drawn("[data-box]")


def test_any_function_has_a_page(show: Show) -> None:
    """A graph without layers is drawn too."""
    graph = gg.trace(lambda x: gg.tanh(x) * 2.0 + gg.sum(x), gg.Spec((3,)))
    view = show(graph)
    assert sorted(view.drawn()) == sorted(node.name for node in graph.nodes)


def step(x: gg.Tensor) -> gg.Tensor:
    """Compute something small."""
    return gg.tanh(x) * 2.0


@pytest.mark.parametrize(
    ("make", "nodes"),
    [
        (lambda: gg.exp(gg.tensor(2.0, requires_grad=True)), 2),
        (lambda: gg.trace(lambda x: x, gg.Spec((3,))), 1),
        (lambda: gg.trace(lambda: gg.tensor([1.0, 2.0])), 1),
        (lambda: gg.Program(gg.trace(step, gg.Spec((3,)))), 4),
    ],
    ids=["tensor", "input", "constant", "program"],
)
def test_small_things_have_pages(
    show: Show, make: Callable[[], Any], nodes: int
) -> None:
    """A recorded tensor, a graph without operations, a program with its buffers."""
    thing = make()
    view = show(thing)
    assert len(view.drawn()) == nodes
    view.press("End", "c", "e", "0", "i")


def test_profile_is_drawn_with_its_times(show: Show, dense: Dense) -> None:
    """The boxes of a profile have a line with the time and the share."""
    model = dense()
    profile = model.profile(np.ones((8, 4), np.float32), stage="predict")
    view = show(profile)
    assert "µs" in view.tab.locator("#canvas .node").nth(1).text_content()


def test_page_of_fit_says_where_results_lie(show: Show, dense: Dense) -> None:
    """At stage fit, a node's panel names its buffer in the program that ran."""
    model = dense()
    model.fit([[0.0, 1.0, 2.0, 3.0]], [[1.0]], verbose=0)
    plan = model.program("fit").plan
    assert plan is not None
    view = show(model, "fit")
    node = next(n for n in model.program("fit").graph.operations if n in plan.buffer)
    view.js(
        "id => { location.hash = `selected=${encodeURIComponent(id)}`; }", node.name
    )
    view.tab.wait_for_selector("#section-result")
    assert plan.buffer[node].name in view.tab.locator("#section-result").inner_text()


def test_pointer_lights_the_lines_of_a_node(show: Show, dense: Dense) -> None:
    """Without a click, the lines of the node under the pointer are lit."""
    graph = dense().graph("compile")
    node = graph["add"]
    view = show(graph)
    view.tab.locator(f'[data-node="{graph.nodes.index(node)}"]').hover()
    lit = view.tab.locator(".light.hover .edge").count()
    assert lit == len(node.inputs) + len(graph.users()[node])
    view.tab.locator("#title").hover()
    assert view.tab.locator(".light.hover").count() == 0
    assert view.address == ""


def test_long_names_are_whole_in_the_panel(show: Show) -> None:
    """A name that is cut in its box is whole where there is room."""
    name = "a_name_that_is_much_longer_than_any_box_of_a_picture_can_be"
    w = gg.Variable(np.ones(3, np.float32), name=name)
    view = show(gg.trace(lambda x: x * w, gg.Spec((3,), np.float32)))
    view.js("id => { location.hash = `selected=${id}`; }", name)
    view.tab.wait_for_selector("#section-node")
    assert view.tab.locator("#section-node h2").inner_text() == name
    assert "…" in view.tab.locator(".parameter .name").text_content()


def test_window_that_changes_size_shows_the_start_again(
    show: Show, dense: Dense
) -> None:
    """Until somebody moves it, the drawing fits the window as when it was opened."""
    view = show(dense(), "compile", size=(700, 500))
    view.tab.set_viewport_size({"width": 1900, "height": 1700})
    wide = show(dense(), "compile", size=(1900, 1700))
    place = "() => document.querySelector('.world').getAttribute('transform')"
    wanted = wide.js(place)
    view.tab.wait_for_function(f"wanted => ({place})() === wanted", arg=wanted)
    view.press("+")
    view.js("() => new Promise(requestAnimationFrame)")
    moved = view.js(place)
    view.tab.set_viewport_size({"width": 1800, "height": 1600})
    view.js("() => new Promise(requestAnimationFrame)")
    assert view.js(place) == moved
