"""A page on a phone, 390 pixels wide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg


def failed() -> gg.sites.Site:
    """Return the site of a step that was too large, which has an equation."""
    gg.set_random_seed(0)
    x = np.random.default_rng(0).random((100, 4), np.float32)
    model = gg.Sequential([gg.Input((4,)), gg.Dense(8), gg.Dense(1)])
    model.compile(gg.optimizers.SGD(30.0), "mse")
    with pytest.raises(gg.NonFiniteError) as caught:
        model.fit(x, x.sum(axis=1), verbose=0, on_nonfinite="raise")
    assert caught.value.site is not None
    return caught.value.site


def test_nothing_is_wider_than_a_phone(show: Any, dense: Any) -> None:
    """The bar wraps, so that the page is not wider than the screen."""
    for thing in (dense(2), failed()):
        view = show(thing, size=(390, 844))
        assert view.js("document.documentElement.scrollWidth") <= 390


def test_the_fix_of_a_failure_is_whole(show: Any) -> None:
    """And leaves most of the screen to the rest."""
    view = show(failed(), size=(390, 844))
    assert view.js("document.querySelector('#failure').offsetHeight") <= 844 / 5
    assert "matmul_1 = add @ dense_1" in view.tab.locator("#failure").inner_text()
    what = "document.querySelector('#failure .what')"
    assert view.js(f"{what}.scrollWidth <= {what}.clientWidth")
    button = view.tab.locator("#failure button").bounding_box()
    fix = view.tab.locator("#failure .fix").bounding_box()
    assert button["y"] + button["height"] <= fix["y"] + 1


@pytest.mark.parametrize("size", [(340, 760), (390, 844), (640, 680)])
def test_most_of_a_narrow_page_is_the_drawing(
    show: Any, dense: Any, size: tuple[int, int]
) -> None:
    """On a phone and in the frame of a text, no other part is higher than it."""
    view = show(dense(2), "compile", size=size)
    height = "document.getElementById('{}').offsetHeight"
    seen = view.js(height.format("canvas"))
    assert seen >= size[1] / 3
    for part in ("bar", "panel", "dock"):
        assert view.js(height.format(part)) < seen


def test_nothing_lies_over_the_drawing_of_a_phone(show: Any, dense: Any) -> None:
    """The zoom and the count stand in a strip below, beside each other."""
    view = show(dense(2), "compile", size=(390, 844))
    boxes = {
        name: view.tab.locator(f"#{name}").bounding_box()
        for name in ("canvas", "zoom", "count")
    }
    below = boxes["canvas"]["y"] + boxes["canvas"]["height"]
    assert boxes["zoom"]["y"] >= below
    assert boxes["count"]["y"] >= below
    assert boxes["count"]["x"] + boxes["count"]["width"] <= boxes["zoom"]["x"]


@pytest.mark.parametrize("width", [768, 900, 1080])
def test_bar_of_a_tablet_is_whole(show: Any, dense: Any, width: int) -> None:
    """The title has its room, and the last button ends within the screen."""
    view = show(dense(2), "compile", size=(width, 900))
    assert view.tab.locator("#title").bounding_box()["width"] >= 140
    last = view.tab.locator("#tools > :last-child").bounding_box()
    assert last["x"] + last["width"] <= width
