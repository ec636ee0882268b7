"""Equations in the page: they light their nodes, and nodes name their equations."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]
Audit = Callable[[Any], list[tuple[str, Any]]]


def data_of(page: gg.viz.Page) -> dict[str, Any]:
    """Return the object in a page."""
    match = re.search(r'id="data">(.*?)</script>', page.html, re.DOTALL)
    assert match
    return dict(json.loads(match[1]))


def flat(parts: Any, tree: Any) -> str:
    """Return the texts inside of a part of MathML, by its number."""
    if isinstance(tree, str):
        return tree
    return "".join(flat(parts, each) for each in parts[tree][1:])


def texts_of(data: dict[str, Any]) -> list[str]:
    """Return the numbered equations as text."""
    texts = data["equations"]["texts"]
    found = [texts[each["text"]] for each in data["equations"]["listed"]]
    return [each if isinstance(each, str) else each[0] for each in found]


def test_equations_are_those_of_explain(dense: Dense) -> None:
    """Texts, nodes and rules of the page are what `explain` says."""
    model = dense()
    explained = gg.explain(model, "compile")
    data = data_of(gg.viz.to_html(model, stage="compile"))
    names = [each["id"] for each in data["nodes"]]
    section = data["equations"]
    assert texts_of(data) == [each.unicode for each in explained.equations]
    for found, equation in zip(section["listed"], explained.equations, strict=True):
        assert [names[i] for i in found["nodes"]] == list(equation.nodes)
    own = section["nodes"]
    for i, node in enumerate(data["nodes"]):
        one = explained.node(node["id"])
        adds = [section["texts"][rule][0] for rule in own["adds"][i]]
        assert adds == [str(rule) for rule in one.vjp]
        if "tag" in node:
            assert section["texts"][own["text"][i]][0] == str(one.formula)


def test_mathematics_says_what_the_text_says(dense: Dense) -> None:
    """The tree of MathML has the letters of the text, element by element."""
    data = data_of(gg.viz.to_html(dense(), stage="build"))
    parts = data["equations"]["parts"]
    (first, *_) = data["equations"]["texts"]
    assert first[0] == "a₁ = relu(X·W₁ + b₁)"
    assert parts[first[1]][0] == "mrow"
    assert flat(parts, first[1]) == "a1=relu(X·W1+b1)"


def test_equations_can_be_left_out(show: Show, dense: Dense) -> None:
    """Without equations there is no such data, and the page works without."""
    page = gg.viz.to_html(dense(), stage="compile", show_equations=False)
    assert "equations" not in data_of(page)
    view = show(dense(), "compile", show_equations=False, address="#equation=3")
    view.press("q", ".", "Escape")
    assert view.tab.locator(".numbered").count() == 0


def test_large_pages_have_the_text_alone(dense: Dense) -> None:
    """Above 400 nodes formulas are texts."""
    data = data_of(gg.viz.to_html(dense(17, "adam"), stage="compile"))
    assert len(data["nodes"]) > 400
    assert all(isinstance(each, str) for each in data["equations"]["texts"])
    assert data["equations"]["parts"] == []


def test_recorded_step_has_the_names_of_its_model(dense: Dense) -> None:
    """What was recorded for a batch is explained with the model's symbols."""
    model = dense()
    batch = np.ones((8, 4), np.float32), np.ones((8, 1), np.float32)
    before = texts_of(data_of(gg.viz.to_html(model, record=batch)))
    assert "z₁ = X·W₁ + b₁" in before
    model.fit(*batch, batch_size=8, verbose=0)
    assert texts_of(data_of(gg.viz.to_html(model, record=batch))) == before
    assert texts_of(data_of(gg.viz.to_html(model, stage="fit"))) == before


def test_what_ran_has_the_names_of_its_model(dense: Dense) -> None:
    """Recordings, profiles and recorders of epochs have the equations of the model."""
    model = dense()
    x, y = np.ones((8, 4), np.float32), np.ones((8, 1), np.float32)
    recorder = gg.callbacks.GraphRecorder(batch=(x, y))
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[recorder])
    expected = texts_of(data_of(gg.viz.to_html(model, stage="fit")))
    assert "z₁ = X·W₁ + b₁" in expected
    recording = model.record(x, y)
    ran = (
        recording,
        pickle.loads(pickle.dumps(recording)),
        model.profile(x, y, steps=1),
        recorder,
    )
    for thing in ran:
        assert texts_of(data_of(gg.viz.to_html(thing))) == expected
        explained = gg.explain(thing)
        assert [each.unicode for each in explained.equations] == expected
        assert explained.title == "sequential · fit"
    used = gg.explain(model.record(x, stage="predict")).equations
    assert used[-1].unicode == "a₂ = a₁·W₂ + b₂"


def test_whole_of_a_long_equation_can_be_reached(show: Show) -> None:
    """The arrows move an equation that is wider than the panel, and else walk."""
    names = [letter * 30 for letter in "pqrst"]
    variables = [gg.Variable(np.ones(3, np.float32), name=name) for name in names]
    view = show(gg.trace(lambda x: sum(variables, x), gg.Spec((3,))))
    view.tab.locator("[data-equation='1']").focus()
    written = view.tab.locator("[data-equation='1'] .written")
    rest = "e => e.scrollWidth - e.clientWidth - e.scrollLeft"
    wide = written.evaluate(rest)
    assert wide > 100
    view.press("ArrowRight")
    assert written.evaluate(rest) < wide
    view.press(*["ArrowRight"] * (wide // 80 + 1))
    assert written.evaluate(rest) < 1
    view.press(*["ArrowLeft"] * (wide // 80 + 1))
    assert written.evaluate("e => e.scrollLeft") == 0
    panel = view.tab.locator("#panel")
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_press_lights_the_nodes_of_an_equation(show: Show, dense: Dense) -> None:
    """Pressed, by pointer or key, an equation lights its nodes; again, it does not."""
    explained = gg.explain(dense(), "compile")
    view = show(dense(), "compile", collapse=False, size=(3000, 3000))
    button = view.tab.locator("[data-equation='3']")
    button.click()
    lit = set(explained.equations[2].nodes)
    assert set(view.drawn(".of-equation")) == lit
    assert view.address == "equation=3"
    assert button.get_attribute("aria-pressed") == "true"
    assert "Equation 3: " in view.tab.locator("#live").inner_text()
    button.press("Enter")
    view.tab.locator("#canvas").focus()
    view.tab.mouse.move(5, 5)
    assert view.drawn(".of-equation") == []


def test_focus_points_at_the_nodes(show: Show, dense: Dense) -> None:
    """The focus lights an equation for as long as it is there."""
    explained = gg.explain(dense(), "compile")
    view = show(dense(), "compile", collapse=False, size=(3000, 3000))
    view.tab.locator("[data-equation='2']").focus()
    assert set(view.drawn(".of-equation")) == set(explained.equations[1].nodes)
    view.press("Tab", "Tab")  # over the heading of the next layer
    assert set(view.drawn(".of-equation")) == set(explained.equations[2].nodes)
    view.tab.locator("#canvas").focus()
    assert view.drawn(".of-equation") == []


def test_keys_walk_the_equations(show: Show, dense: Dense) -> None:
    """The keys q and Q go on and back, from the last to the first; Escape ends it."""
    last = len(gg.explain(dense(), "compile").equations)
    view = show(dense(), "compile")
    for key, number in (("Q", last), ("q", 1), ("q", 2), ("Q", 1)):
        view.press(key)
        assert view.address == f"equation={number}"
    view.press("Escape")
    assert view.address == ""


def test_pointer_on_a_node_lights_its_equation(show: Show, dense: Dense) -> None:
    """A node under the pointer marks the equations that it is a part of."""
    graph = dense().graph("compile")
    view = show(dense(), "compile")
    view.tab.locator(f'[data-node="{graph.nodes.index(graph["add"])}"]').hover()
    assert view.tab.locator(".numbered.pointed .number").all_inner_texts() == ["(1)"]


def test_panel_of_a_node_has_its_formula_and_rule(show: Show, dense: Dense) -> None:
    """The panel: formula, gradient, what the symbols are, and the equation."""
    view = show(dense(), "compile", address="#selected=add")
    card = view.tab.locator("#section-formula")
    alternatives = [
        each.get_attribute("alttext") for each in card.locator(".formulas math").all()
    ]
    found = gg.explain(dense(), "compile").node("add")
    assert alternatives == [str(found.formula), *map(str, found.vjp)]
    assert "parameter dense/bias f32 (4,)" in card.locator(".symbols").inner_text()
    assert card.locator(".numbered .number").all_inner_texts() == ["(1)"]


def test_panel_of_a_weight_says_where_it_is_used(show: Show, dense: Dense) -> None:
    """A weight has no formula, but equations that read it."""
    graph = dense().graph("compile")
    name = next(node.name for node in graph.nodes if node.name.startswith("dense/bias"))
    view = show(dense(), "compile", address=f"#selected={name.replace('/', '%2F')}")
    used = view.tab.locator("#section-formula .numbered .number").all_inner_texts()
    texts = [each.unicode for each in gg.explain(dense(), "compile").equations]
    numbers = [i for i, text in enumerate(texts, 1) if "b₁" in text.split("∂")[0]]
    assert used == [f"({i})" for i in numbers]


def test_many_equations_wait_in_their_layers(show: Show, dense: Dense) -> None:
    """Where there are many, a layer's are made when it is opened."""
    view = show(dense(17, "adam"), "compile")
    assert view.tab.locator(".numbered").count() == 0
    view.tab.locator("#section-equations summary").first.press("Enter")
    assert view.tab.locator("[data-equation='1']").inner_text().startswith("(1)")


def test_names_in_formulas_are_text(show: Show) -> None:
    """Markup in a name is shown and never read."""
    bad = "<img src=x onerror=alert(1)>"
    w = gg.Variable(np.ones(3), name=bad)
    view = show(gg.trace(lambda x: x * w, gg.Spec((3,))))
    assert view.tab.locator("#panel img").count() == 0
    assert "<img" in view.tab.locator("#section-equations").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["#equation=3", "#equation=3&selected=add"])
def test_audit_of_equations(
    show: Show, dense: Dense, audit: Audit, scheme: str, address: str
) -> None:
    """axe-core has no objection of weight."""
    assert audit(show(dense(), "compile", address=address, scheme=scheme)) == []


def test_shadow_tells_of_an_equation_that_goes_on(show: Show, dense: Dense) -> None:
    """What moves with the equation covers the shadow where the equation ends."""
    view = show(dense(2), "compile")
    written = view.tab.locator(".written").first
    kinds = "each => getComputedStyle(each).backgroundAttachment.split(', ')"
    assert written.evaluate(kinds)[:4] == ["local", "local", "scroll", "scroll"]
