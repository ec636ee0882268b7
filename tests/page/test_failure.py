"""The page of a failure in a browser."""

from __future__ import annotations

from typing import Any

import pytest

import graphgrad as gg

WIDE = gg.Spec((2, 3))


def chain(length: int) -> gg.GraphgradError:
    """Return the error of a product behind so many operations."""

    def f(x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        for i in range(length):
            with gg.scope(f"layer{i}"):
                x = gg.tanh(x * 2.0)
        with gg.scope("head"):
            return x @ w

    with pytest.raises(gg.ShapeError) as caught:
        gg.trace(f, WIDE, WIDE)
    return caught.value


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fix_is_above_and_the_node_selected(show: Any, scheme: str) -> None:
    """The banner has the word, the equation and the way out."""
    error = chain(2)
    view = show(error, scheme=scheme)
    banner = view.tab.locator("#failure")
    assert banner.get_attribute("role") == "alert"
    text = banner.inner_text()
    assert error.site is not None
    for part in ("shape", error.site.equation, error.site.fix, "head"):
        assert part in text
    assert view.selected == "matmul"
    card = view.tab.locator("#section-failure").inner_text()
    for part in (error.site.expected, error.site.actual, "f32 (2, 3)"):
        assert part in card


def test_the_node_and_its_layer_are_marked_without_colour(show: Any) -> None:
    """A thick double border and the word."""
    view = show(chain(1))
    node = view.tab.locator("#canvas .node.failing")
    assert node.count() == 1
    assert node.locator(":scope > .shape").count() == 2
    width = node.locator(".shape").first.evaluate(
        "e => getComputedStyle(e).strokeWidth"
    )
    assert width == "3px"
    assert "shape" in (node.text_content() or "")
    row = view.tab.locator("#canvas .row.failing")
    assert row.count() == 1
    assert "shape here" in (row.text_content() or "")


def test_a_long_way_to_the_node_is_no_way_to_go(show: Any) -> None:
    """It is in view when the page opens, and again after a press of the button."""
    view = show(chain(40), collapse=False)

    def in_view() -> Any:
        return view.js(
            """() => {
                const stage = document.getElementById("stage").getBoundingClientRect();
                const node = document.querySelector("#canvas .node.failing");
                if (!node) return false;
                const box = node.getBoundingClientRect();
                return box.top >= stage.top && box.bottom <= stage.bottom;
            }"""
        )

    assert in_view()
    view.press("Home")
    view.tab.get_by_role("button", name="Show it").click()
    assert in_view()
    assert view.selected == "matmul"


def test_a_link_to_another_node_is_followed(show: Any) -> None:
    """The address comes first."""
    view = show(chain(1), address="#selected=tanh")
    assert view.selected == "tanh"


def test_other_pages_have_no_banner(show: Any) -> None:
    """Nothing failed there."""
    view = show(gg.trace(gg.tanh, WIDE))
    assert view.tab.locator("#failure").count() == 0
    assert view.selected is None


def test_a_step_that_cannot_run_is_not_advised_to_be_recorded(show: Any) -> None:
    """But a function that can, and a model that has been compiled, in their words."""
    values = "#section-values"
    view = show(chain(1), address="#selected=tanh")
    assert view.tab.locator(values).inner_text().endswith("the step broke off.")
    graph = gg.trace(gg.tanh, WIDE)
    text = show(graph, address="#selected=tanh").tab.locator(values).inner_text()
    assert "gg.viz.to_html(gg.jit(f), record=(x, …))" in text
    model = gg.Sequential([gg.Input((3,)), gg.Dense(1)])
    view = show(model, address="#selected=matmul")
    assert "to_html(model, record=(x, y))" in view.tab.locator(values).inner_text()
