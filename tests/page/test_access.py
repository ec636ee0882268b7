"""For everybody: audits, announcements, colours that can be told apart and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]
Audit = Callable[[Any], list[tuple[str, Any]]]

STATES = ("", "#selected=add", "#closed=dense%20dense_1", "#query=matmul&saved=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", STATES)
def test_audit_finds_nothing_serious(
    show: Show, dense: Dense, audit: Audit, scheme: str, address: str
) -> None:
    """axe-core has no objection of weight, in no state and in no theme."""
    view = show(dense(), "compile", address=address, scheme=scheme)
    if "query" in address:
        view.press("/")
    assert audit(view) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["comparison", "epochs"])
def test_other_pages_pass_the_audit(
    show: Show, dense: Dense, audit: Audit, kind: str, scheme: str
) -> None:
    """Two graphs in one, and the epochs of a training, with a node and without."""
    net = dense()
    if kind == "comparison":
        thing: Any = gg.viz.compare(net, dense(1, "adam"), stages="compile")
    else:
        thing = gg.callbacks.GraphRecorder(dead=0.0, large_step=0.0)
        data = [[0.0, 1.0, 2.0, 3.0]] * 4, [0.0, 1.0, 0.0, 1.0]
        net.fit(*data, epochs=3, verbose=0, callbacks=[thing])
    for address in ("", "#selected=relu"):
        assert audit(show(thing, address=address, scheme=scheme)) == []


def test_small_screen_passes_the_audit(show: Show, dense: Dense, audit: Audit) -> None:
    """Where the list has no room it is still there, and shown when it has the focus."""
    view = show(dense(), "compile", size=(700, 900), address="#selected=add")
    assert audit(view) == []
    view.press("Tab", "Enter", "Home")
    assert view.selected == "matmul"
    clip = "() => getComputedStyle(document.getElementById('outline')).clipPath"
    assert view.js(clip) == "none"


def test_menus_pass_the_audit(show: Show, dense: Dense, audit: Audit) -> None:
    """The help, the menu of exports and the bar of what is isolated, too."""
    view = show(dense(), "compile", address="#selected=add")
    view.press("?")
    assert audit(view) == []
    view.press("Escape", "i", "x")
    assert audit(view) == []


def test_changes_are_announced(show: Show, dense: Dense) -> None:
    """Who does not see the page change hears what was selected, closed, found."""
    view = show(dense(), "compile")
    live = view.tab.locator("#live")
    view.press(".")
    assert live.inner_text() == "F1 matmul, f32 (batch, 4), dense"
    view.press("c")
    assert live.inner_text() == "Every layer is closed"
    view.tab.locator("[data-phase=update]").click()
    assert live.inner_text() == "update hidden"
    view.press("/")
    view.tab.keyboard.type("relu")
    assert re.fullmatch(r"\d+ nodes found", live.inner_text())


def test_list_names_its_active_option(show: Show, dense: Dense) -> None:
    """The list points at the option that is selected, wherever it was selected."""
    view = show(dense(), "compile", address="#selected=add")
    active = view.tab.locator("#operations").get_attribute("aria-activedescendant")
    text = view.tab.locator(f"#{active}").inner_text()
    assert text.split("\n")[:2] == ["F2", "add"]
    assert "reads F1, bias" in view.tab.locator(f"#{active}").text_content()


def test_theme_follows_the_system_and_the_switch(show: Show, dense: Dense) -> None:
    """Dark where the system is dark, until the reader chooses."""
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = show(dense(), "compile")
    dark = show(dense(), "compile", scheme="dark")
    assert light.js(ground) != dark.js(ground)
    light.press("t")
    assert light.js(ground) == dark.js(ground)
    assert light.address == "theme=dark"
    light.press("t")
    assert light.js(ground) != dark.js(ground)


CONTRAST = """() => {
    const rgb = (color) => {
        const sheet = document.createElement("canvas");
        const pen = sheet.getContext("2d");
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (color) => {
        const [r, g, b] = rgb(color).map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => {
        const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const style = (element) => getComputedStyle(element);
    return [...document.querySelectorAll("#canvas .node")].map((node) => {
        const fill = style(node.querySelector(".shape") || node).fill;
        const texts = [...node.querySelectorAll("text, tspan")]
            .filter((each) => each.childNodes[0]?.nodeType === 3)
            .map((each) => ratio(style(each).fill, fill));
        const stroke = node.querySelector(".shape");
        const line = stroke ? ratio(style(stroke).stroke, fill) : 21;
        return [Math.min(21, ...texts), line];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawing_has_contrast(show: Show, dense: Dense, scheme: str) -> None:
    """Text on boxes has 4.5 to 1, the lines of boxes 3 to 1, as WCAG asks for."""
    view = show(dense(), "compile", scheme=scheme, size=(3000, 3000), collapse="update")
    ratios = [
        pair
        for pair, kind in zip(
            view.js(CONTRAST),
            view.js(
                "() => [...document.querySelectorAll('#canvas .node')]"
                ".map((each) => each.classList[1])"
            ),
            strict=True,
        )
        if kind != "constant"
    ]
    assert min(text for text, _ in ratios) >= 4.5
    assert min(line for _, line in ratios) >= 3.0


def test_motion_is_not_needed(show: Show, dense: Dense) -> None:
    """Nothing on the page moves by itself."""
    view = show(dense(), "compile")
    assert view.js("() => document.getAnimations().length") == 0
