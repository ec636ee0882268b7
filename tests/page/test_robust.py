"""What readers do that nobody meant: odd addresses, other keyboards, lost pointers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]


@pytest.mark.parametrize(
    "address",
    [
        "#closed=%25",
        "#phases=%25zz",
        "#isolated=node.1.%25",
        "#saved=constructor&selected=matmul",
        "#equation=1.5&step=1e99&exercise=next.&closed=%",
    ],
)
def test_addresses_that_mean_nothing_open_the_page(
    show: Show, dense: Dense, address: str
) -> None:
    """What cannot be read is as at the start; all else is taken."""
    view = show(dense(), "compile", address=address)
    assert "matmul" in view.drawn()
    assert view.tab.locator("[data-saved]").get_attribute("aria-pressed") == "false"
    assert (view.selected == "matmul") is ("selected" in address)


def test_keys_behind_alt_gr_are_keys(show: Show, dense: Dense) -> None:
    """Brackets need AltGr on many keyboards, which looks like Ctrl and Alt."""
    view = show(dense(), "compile")
    press = """(more) => document.body.dispatchEvent(new KeyboardEvent("keydown", {
        key: "]", ctrlKey: true, altKey: true, bubbles: true, cancelable: true, ...more
    }))"""
    view.js(press, {})
    assert "step" not in view.address
    view.js(press, {"modifierAltGraph": True})
    assert "step=0" in view.address


def test_what_was_pressed_in_the_panel_keeps_the_focus(
    show: Show, dense: Dense
) -> None:
    """A section that is made anew, or another node's, does not lose the keyboard."""
    focus = "() => document.activeElement.dataset.toggle || document.activeElement.id"
    view = show(dense(2), "compile")
    view.tab.locator('[data-toggle="dense_1"]').focus()
    view.press("Enter")
    assert view.drawn("[data-box]") == ["dense_1"]
    assert view.js(focus) == "dense_1"
    view.press("Enter")
    assert view.drawn("[data-box]") == []
    view = show(dense(), "compile", address="#selected=matmul")
    view.tab.locator("#section-readers .node-link").first.focus()
    view.press("Enter")
    assert view.selected != "matmul"
    assert view.js(focus) == "panel"


def test_formulas_scroll_by_the_arrows(show: Show, dense: Dense) -> None:
    """Where a formula has the focus, left and right are its own."""
    view = show(dense(), "compile", address="#selected=matmul")
    view.tab.locator(".formulas").first.focus()
    view.press("ArrowRight")
    assert view.selected == "matmul"
    view.tab.locator("#canvas").focus()
    view.press("ArrowRight")
    assert view.selected != "matmul"


def test_menu_of_exports_is_at_hand(show: Show, dense: Dense) -> None:
    """Its key opens it with the focus in it; once more does nothing wrong."""
    view = show(dense(), "build")
    view.press("x")
    assert view.js("() => document.activeElement.textContent").startswith("SVG")
    view.press("x", "Escape")
    assert not view.tab.locator("#exports").is_visible()


def test_a_button_let_go_elsewhere_does_not_drag(show: Show, dense: Dense) -> None:
    """A pointer that comes back without a button moves nothing."""
    view = show(dense(), "compile")
    place = "() => document.querySelector('.world').getAttribute('transform')"
    code = """([type, x, buttons]) => document.getElementById("canvas").dispatchEvent(
        new PointerEvent(type, {clientX: x, clientY: 450, buttons, bubbles: true}))"""
    before = view.js(place)
    view.js(code, ["pointerdown", 700, 1])
    view.js(code, ["pointermove", 760, 0])
    view.js(code, ["pointermove", 800, 0])
    view.js("() => new Promise(requestAnimationFrame)")
    assert view.js(place) == before


def test_facts_of_large_graphs_have_a_scale(show: Show, dense: Dense) -> None:
    """As many numbers as a function takes no arguments: nodes times epochs."""
    model = dense(60)
    recorder = gg.callbacks.GraphRecorder(batch=([[1.0] * 4] * 4, [[1.0]] * 4))
    model.fit([[1.0] * 4] * 4, [[1.0]] * 4, epochs=1, verbose=0, callbacks=[recorder])
    view = show(recorder)
    code = """() => {
        const data = JSON.parse(document.getElementById("data").textContent);
        return Object.keys(data.epochs.nodes).length;
    }"""
    assert view.js(code) > 200


def test_source_line_stands_in_the_panel(show: Show, dense: Dense) -> None:
    """Of an operation; a leaf has none."""
    view = show(dense(), "build", address="#selected=relu")
    assert "conftest.py:" in view.tab.locator("#section-result code").inner_text()
    view = show(dense(), "build", address="#selected=x")
    assert not view.tab.locator("#section-result code").count()
