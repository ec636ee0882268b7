"""A page on a phone, 390 pixels wide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg


def failed() -> gg.sites.Site:
    """Return the site of labels that are too few."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(gg.GraphgradError) as caught:
        model.fit(np.ones((9, 4)), np.ones(8), verbose=0)
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
    what = "document.querySelector('#failure .what')"
    assert view.js(f"{what}.scrollWidth <= {what}.clientWidth")
