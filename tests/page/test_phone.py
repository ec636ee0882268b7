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
