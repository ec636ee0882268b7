"""Exercises: the graph itself asks, and answers with its own schedule and links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]
Audit = Callable[[Any], list[tuple[str, Any]]]

PARTS = ["inputs", "forward", "loss", "backward", "update"]


def order_of(view: Any) -> list[str]:
    """Return the parts of the step as they are arranged."""
    items = view.tab.locator("[data-part]").all()
    return [each.get_attribute("data-part") for each in items]


def candidates_of(view: Any) -> list[str]:
    """Return the names of the candidates."""
    items = view.tab.locator("[data-candidate]").all()
    return [each.get_attribute("data-candidate") for each in items]


def listed(view: Any) -> int:
    """Return how many operations the list shows."""
    return int(view.tab.locator("#operations .option:visible").count())


def choose(view: Any, name: str) -> None:
    """Choose a candidate."""
    view.tab.locator(f'[data-candidate="{name}"]').press("Enter")


def ready(graph: gg.Graph, name: str, position: int) -> bool:
    """Say whether all that an operation reads has run by then."""
    done = {node.name for node in graph.operations[:position]}
    return all(each.is_leaf or each.name in done for each in graph[name].inputs)


def test_order_is_found_by_keys(show: Show, dense: Dense) -> None:
    """By the buttons alone, the parts come into the order of this graph's schedule."""
    graph = dense().graph("compile")
    order = ["inputs", *dict.fromkeys(node.phase for node in graph.operations)]
    assert order == PARTS
    view = show(graph)
    view.press("g")
    assert view.address == "exercise=order.1"
    assert sorted(order_of(view)) == sorted(PARTS)
    assert order_of(view) != PARTS
    heading = view.tab.get_by_role("heading", name="In order")
    assert heading.count() == 0
    for at, part in enumerate(PARTS):
        while order_of(view).index(part) > at:
            view.tab.locator(f"[data-key='up {part}']").press("Enter")
    view.tab.locator("[data-key=check]").press("Enter")
    verdict = view.tab.locator(".verdict.right")
    forward = sum(node.phase == "forward" for node in graph.operations)
    assert f"Forward pass: {forward} operations" in verdict.inner_text()
    assert "1 of 1 right at the first try" in view.tab.locator(".score").inner_text()
    assert "Right" in view.tab.locator("#live").inner_text()
    assert heading.is_visible()


def test_wrong_order_is_answered_by_a_line_of_the_graph(
    show: Show, dense: Dense
) -> None:
    """The graph says which operation reads what, and lights that line."""
    graph = dense().graph("compile")
    view = show(graph, address="#exercise=order.3", collapse=False)
    view.tab.locator("[data-key=check]").click()
    said = view.tab.locator(".verdict.wrong").inner_text()
    edges = [
        (graph[b].op.name, a if graph[a].is_leaf else graph[a].op.name)
        for a, b in graph.edges
        if not graph[b].is_leaf
    ]
    reader, read = said.split(", since ")[1].rstrip(".").split(" reads ")
    assert (reader.split(" in ")[0], read.split(" in ")[0]) in edges
    assert view.tab.locator(".light.answer .line").count() >= 1
    assert "0 of 1 right at the first try" in view.tab.locator(".score").inner_text()


def test_focus_stays_with_the_part_that_moved(show: Show, dense: Dense) -> None:
    """Who moves a part by keys can go on, and hears where it is."""
    view = show(dense(), "compile", address="#exercise=order.3")
    part = order_of(view)[3]
    view.tab.locator(f"[data-key='up {part}']").focus()
    view.press("Enter", "Enter")
    assert order_of(view).index(part) == 1
    assert view.js("() => document.activeElement.dataset.key") == f"up {part}"
    assert view.tab.locator("#live").inner_text().endswith(", 2 of 5")


@pytest.mark.parametrize("seed", [1, 2, 3, 7, 11])
def test_one_candidate_is_ready(show: Show, dense: Dense, seed: int) -> None:
    """Of the candidates one is the next of the schedule; the others lack an input."""
    graph = dense(2).graph("compile")
    view = show(graph, address=f"#exercise=next.{seed}")
    position = listed(view)
    names = candidates_of(view)
    right = graph.operations[position].name
    assert 3 <= len(names) <= 4
    assert [name for name in names if ready(graph, name, position)] == [right]
    wrong = next(name for name in names if name != right)
    choose(view, wrong)
    done = {node.name for node in graph.operations[:position]}
    tags = graph.tags()
    why = view.tab.locator(".judged.wrong .why").inner_text()
    for each in graph[wrong].inputs:
        if not each.is_leaf and each.name not in done:
            assert f"{tags[each.name]} " in why
    assert listed(view) == position
    choose(view, right)
    assert view.tab.locator(".judged.right .why").inner_text().startswith("Ready: ")
    assert view.tab.locator(".judged.wrong .why").count() == len(names) - 1
    assert listed(view) == len(graph.operations)
    assert "0 of 1 right at the first try" in view.tab.locator(".score").inner_text()


def test_address_of_a_question_shows_its_candidates(show: Show, dense: Dense) -> None:
    """A teacher's link opens with all candidates within view, as the button does."""
    graph = dense(5).graph("compile")
    view = show(graph, address="#exercise=next.3", collapse=False)
    view.tab.wait_for_function(
        """() => {
            const { left, top, right, bottom } =
                document.getElementById("canvas").getBoundingClientRect();
            const asked = [...document.querySelectorAll("#canvas .node.asked")];
            return asked.length > 1 && asked.every((each) => {
                const box = each.getBoundingClientRect();
                return box.left >= left && box.right <= right
                    && box.top >= top && box.bottom <= bottom;
            });
        }""",
        timeout=5000,
    )
    assert len(candidates_of(view)) == len(view.drawn(".node.asked"))


def test_questions_come_from_the_seed(show: Show, dense: Dense) -> None:
    """The same address asks the same; the next question is the next seed."""
    graph = dense(2).graph("compile")
    first = show(graph, address="#exercise=next.4")
    again = show(graph, address="#exercise=next.4")
    assert candidates_of(first) == candidates_of(again)
    assert listed(first) == listed(again)
    right = graph.operations[listed(first)].name
    choose(first, right)
    assert first.js("() => document.activeElement.dataset.key") == "another"
    first.press("Enter")
    assert first.address == "exercise=next.5"
    assert "1 of 1 right at the first try" in first.tab.locator(".score").inner_text()
    assert candidates_of(first) != candidates_of(again)


def test_schedule_is_hidden_until_the_answer(show: Show, dense: Dense) -> None:
    """Neither list nor tags of what is to come are seen; at the end all are."""
    graph = dense().graph("compile")
    view = show(graph, address="#exercise=next.2", collapse=False, size=(3000, 3000))
    position = listed(view)
    tags = view.tab.locator("#canvas .node .tag-text:visible").all_text_contents()
    assert sorted(tags) == sorted(list(graph.tags().values())[:position])
    assert view.tab.locator("#dock").is_hidden()
    view.press("Escape")
    assert view.address == ""
    assert view.tab.locator("#section-exercise").count() == 0
    assert listed(view) == len(graph.operations)
    assert view.tab.locator("#dock").is_visible()


def test_closed_boxes_do_not_tell_the_order(show: Show, dense: Dense) -> None:
    """Neither they nor short arrows nor the answer name a tag while one guesses."""
    graph = dense().graph("compile")
    view = show(graph, address="#exercise=order.3", collapse=False)
    update = view.tab.locator("#canvas .lane.in-update .toggle").first
    update.dispatch_event("click")
    assert view.drawn(".box")
    view.tab.locator("[data-key=check]").click()
    told = set(graph.tags().values())
    seen = view.js(
        """() => [...document.querySelectorAll("#canvas text, #canvas tspan")]
            .filter((each) => each.checkVisibility() && !each.querySelector("tspan"))
            .map((each) => each.textContent)"""
    )
    assert not told & set(" ".join(seen).replace("…", " ").split())
    said = view.tab.locator(".verdict.wrong").inner_text()
    assert not told & set(said.split())


def test_candidates_in_closed_boxes_are_opened(show: Show, dense: Dense) -> None:
    """Who has closed every layer sees each candidate as a node of its own."""
    view = show(dense(3).graph("compile"), address="#exercise=order.1")
    view.press("c")
    view.tab.locator("[data-key='kind next']").click()
    assert sorted(view.drawn(".node.asked")) == sorted(candidates_of(view))


def test_graph_without_phases_has_no_order(show: Show) -> None:
    """Where there is nothing to ask, there is no button; a chain has one way alone."""
    small = show(gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,))))
    assert small.tab.get_by_role("button", name="Exercise").count() == 0
    small.press("g")
    assert small.address == ""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(8):
            x = gg.tanh(x)
        return x

    view = show(gg.trace(chain, gg.Spec((3,))), address="#exercise=order.1")
    assert view.tab.locator("#section-exercise").count() == 0
    view.press("g")
    assert view.address == "exercise=next.1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["#exercise=order.3", "#exercise=next.5"])
def test_audit_of_exercises(
    show: Show, dense: Dense, audit: Audit, scheme: str, address: str
) -> None:
    """axe-core has no objection of weight, before and after an answer."""
    view = show(dense(), "compile", address=address, scheme=scheme)
    assert audit(view) == []
    view.tab.locator("[data-key=check], [data-candidate]").first.click()
    assert audit(view) == []
