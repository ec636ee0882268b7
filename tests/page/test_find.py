"""Finding one's way: search, isolate, and the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]

HUGE = (3000, 3000)


# ---- search ---


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f2", "add"),
        ("matmul_3 dense_1 backward", "matmul_3"),
        ("(batch, 4) relu", "relu"),
        ("kernel cylinder", None),
        ("dense_1/kernel parameter", "dense_1/kernel"),
    ],
)
def test_search_finds_by_all_words(
    show: Show, dense: Dense, query: str, found: str | None
) -> None:
    """Tag, name, layer, phase, kind and shape: every word must be true of a node."""
    view = show(dense(), "compile")
    view.press("/")
    view.tab.keyboard.type(query)
    options = view.tab.locator("#found [role=option]")
    if found is None:
        assert options.count() == 0
        return
    view.press("Enter")
    assert view.selected == found


def test_search_lists_marks_and_ends(show: Show, dense: Dense) -> None:
    """What is found is listed and marked; Escape empties the field."""
    graph = dense().graph("compile")
    view = show(graph, size=HUGE)
    view.press("/")
    view.tab.keyboard.type("transpose")
    wanted = {node.name for node in graph.operations if node.op.name == "transpose"}
    assert set(view.drawn(".match[data-node]")) == wanted
    assert view.tab.locator("#found [role=option]").count() == len(wanted)
    assert "query=transpose" in view.address
    view.press("Escape")
    assert view.drawn(".match[data-node]") == []
    assert view.address == ""


def test_arrows_choose_among_the_found(show: Show, dense: Dense) -> None:
    """The second of the found is one arrow down."""
    view = show(dense(), "compile")
    view.press("/")
    view.tab.keyboard.type("matmul")
    second = view.tab.locator("#found [role=option] .tag").all_text_contents()[1]
    view.press("ArrowDown", "Enter")
    assert view.tab.locator("#section-node .tag").inner_text() == second


def test_found_node_comes_out_of_its_box(show: Show, dense: Dense) -> None:
    """What lies in a closed layer, and in a phase that is off, is opened."""
    view = show(dense(), "compile", collapse=True, phases=("forward", "loss"))
    view.press("/")
    view.tab.keyboard.type("b15")
    view.press("Enter")
    assert view.selected in view.drawn()


# ---- isolate ---


def test_isolate_leaves_a_node_and_its_neighbours(show: Show, dense: Dense) -> None:
    """One step around a node are its inputs and readers; another step, theirs."""
    graph = dense().graph("compile")
    node = graph["add"]
    near = {node, *node.inputs, *graph.users()[node]}
    view = show(graph, address="#selected=add", size=HUGE)
    view.press("i")
    assert set(view.drawn()) == {each.name for each in near}
    view.press("w")
    assert set(view.drawn()) > {each.name for each in near}
    again = show(graph, address=f"#{view.address}", size=HUGE)
    assert set(again.drawn()) == set(view.drawn())
    view.press("i")
    assert len(view.drawn()) == len(graph)


def test_isolate_a_layer(show: Show, dense: Dense) -> None:
    """Only what stands in the layer's row is left."""
    graph = dense().graph("compile")
    view = show(graph, size=HUGE, collapse=True)
    view.tab.get_by_label("Only dense_1").click()
    scopes = {graph[name].scope for name in view.drawn() if not graph[name].is_leaf}
    assert scopes == {"dense_1", "SGD"}
    assert view.tab.locator(".row").count() == 1
    view.tab.get_by_text("Show all").click()
    assert "dense" in view.drawn("[data-box]")


def test_what_is_isolated_stays_so_in_its_address(show: Show) -> None:
    """A name with dots, too; steps without end, or no number, are not looked at."""
    layers: list[gg.Layer | gg.Input] = [
        gg.Input((4,)),
        gg.Dense(3, name="a.b"),
        gg.Dense(2),
    ]
    model = gg.Sequential(layers)
    view = show(model, "build", address="#selected=a.b%2Fkernel", size=HUGE)
    view.press("i")
    drawn, address = view.drawn(), view.address
    assert len(drawn) < len(model.graph("build").nodes)
    again = show(model, "build", address=f"#{address}", size=HUGE)
    assert (again.drawn(), again.address) == (drawn, address)
    for steps in ("Infinity", "1e8", "-1", ""):
        view = show(model, "build", address=f"#isolated=node.{steps}.x", size=HUGE)
        assert len(view.drawn()) > len(drawn)


def test_isolated_boxes_do_not_overlap(show: Show, dense: Dense) -> None:
    """What moves together keeps apart."""
    view = show(dense(2), "compile", address="#selected=matmul_1", size=HUGE)
    view.press("i", "w", "w")
    overlaps = view.js("""() => {
        const boxes = [...document.querySelectorAll("#canvas [data-node] > .shape")]
            .map((each) => each.getBoundingClientRect());
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
            a.left < b.right - 1 && b.left < a.right - 1 &&
            a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
    }""")
    assert overlaps == 0


# ---- keys ---


def test_keys_walk_the_schedule(show: Show, dense: Dense) -> None:
    """Full stop and comma reach every operation, in the order of execution."""
    graph = dense().graph("compile")
    view = show(graph, collapse=True)
    seen = []
    for _ in graph.operations:
        view.press(".")
        seen.append(view.selected)
    assert seen == [node.name for node in graph.operations]
    view.press(".")
    assert view.selected == seen[-1]
    view.press(",")
    assert view.selected == seen[-2]


def test_arrows_follow_the_data(show: Show, dense: Dense) -> None:
    """Down leads to a reader, up to an input, left and right to siblings."""
    graph = dense().graph("compile")
    users = graph.users()
    view = show(graph, address="#selected=matmul")
    view.press("ArrowDown")
    assert graph[view.selected] in users[graph["matmul"]]
    below = graph[view.selected]
    view.press("ArrowUp")
    assert graph[view.selected] in below.inputs
    view.press("End", "Home")
    assert view.selected == graph.operations[0].name
    view.press("ArrowRight")
    siblings = {
        other
        for node in graph.operations[0].inputs + tuple(users[graph.operations[0]])
        for other in (*users[node], *node.inputs)
    }
    assert graph[view.selected] in siblings


def test_everything_is_done_without_a_mouse(show: Show, dense: Dense) -> None:
    """Open the page, close all, walk, open what is hidden, isolate, and go back."""
    view = show(dense(), "compile", size=HUGE)
    view.press("Tab", "Enter", "c", "Home")
    assert view.selected not in view.drawn()
    view.press("Enter")
    assert view.selected in view.drawn()
    view.press("i")
    assert view.tab.locator("#isolated").is_visible()
    view.press("i", "Escape")
    assert view.selected is None
    view.press("?")
    assert view.tab.locator("#help").is_visible()
    keys = view.tab.locator("#help kbd").all_inner_texts()
    assert {"↓", "Enter", "/", "i", "s", "x", "?"} <= set(keys)
    view.press("Escape")
    assert not view.tab.locator("#help").is_visible()


def test_list_is_walked_by_its_own_keys(show: Show, dense: Dense) -> None:
    """In the list, arrows follow the schedule; Enter opens what hides the node."""
    graph = dense().graph("compile")
    view = show(graph, collapse=True, size=HUGE)
    view.tab.locator("#operations").focus()
    view.press("ArrowDown", "ArrowDown", "ArrowUp", "End")
    assert view.selected == graph.operations[-1].name
    view.press("Home", "Enter")
    assert view.selected == graph.operations[0].name
    assert view.selected in view.drawn()


def test_escape_goes_back_step_by_step(show: Show, dense: Dense) -> None:
    """First the search goes, then what is isolated, then the selection."""
    graph = dense().graph("compile")
    view = show(graph, address="#selected=add", size=HUGE)
    view.press("i", "/")
    view.tab.keyboard.type("relu")
    view.press("Enter")
    assert {part.split("=")[0] for part in view.address.split("&")} == {
        "selected",
        "isolated",
        "query",
    }
    view.press("Escape")
    assert "query" not in view.address
    view.press("Escape")
    assert "isolated" not in view.address
    view.press("Escape")
    assert view.address == ""


def test_keys_are_quiet_below_the_help(show: Show, dense: Dense) -> None:
    """While the help is open, letters and arrows move nothing behind it."""
    view = show(dense(), "compile")
    view.press("?", ".", "c", "t")
    assert view.address == ""


def test_keys_close_layer_and_lane_of_the_selected(show: Show, dense: Dense) -> None:
    """`l` and `k` close what the selected operation is in, and open it again."""
    view = show(dense(), "compile", size=HUGE)
    view.press("Home", "l")
    assert view.drawn("[data-box]") == ["dense"]
    view.press("l", "k")
    assert view.drawn("[data-box]") == ["dense|forward"]
    assert view.drawn(".selected") == ["dense|forward"]
    view.press("Enter")
    assert view.drawn("[data-box]") == []


def test_enter_leaves_what_is_isolated_for_what_is_not_in_it(
    show: Show, dense: Dense
) -> None:
    """An operation outside of what is isolated is shown among all."""
    view = show(dense(), "compile", size=HUGE)
    view.press("Home", "i", "End")
    assert view.selected not in view.drawn()
    view.press("Enter")
    assert view.selected in view.drawn()
    assert "isolated" not in view.address
