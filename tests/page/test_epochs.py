"""Epochs of a training on the graph: the slider, shades, lines and findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import GraphRecorder

Show = Callable[..., Any]

HUGE = (3000, 3000)


@pytest.fixture(scope="module")
def recorder() -> GraphRecorder:
    """Return a recorder of a net whose first layer is dead."""
    gg.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 1))
    start = gg.initializers.Constant(-50.0)
    dead = gg.Dense(3, "relu", bias_initializer=start, name="dead")
    model = gg.Sequential([gg.Input((4,)), dead, gg.Dense(1, name="out")])
    model.compile("sgd", "mse")
    made = GraphRecorder(batch=(x, y))
    model.fit(x, y, epochs=5, verbose=0, callbacks=[made])
    return made


def test_slider_reaches_every_epoch(show: Show, recorder: GraphRecorder) -> None:
    """Keys, slider and address move together; the page opens at the last epoch."""
    view = show(recorder)
    slider = view.tab.locator("#dock input[type=range]")
    names = []
    for _ in recorder.epochs:
        names.append(slider.get_attribute("aria-valuetext"))
        view.press("[")
    assert names[0].startswith("after epoch 5")
    assert names[-1].startswith("before training")
    assert len(set(names)) == len(recorder.epochs)
    slider.fill("2")
    assert "epoch=2" in view.address
    view.press("]")
    assert "epoch=3" in view.address
    again = show(recorder, address="#epoch=3")
    told = again.tab.locator("#dock input[type=range]").get_attribute("aria-valuetext")
    assert told.startswith("after epoch 3")


def test_panel_values_are_those_of_the_recorder(
    show: Show, recorder: GraphRecorder
) -> None:
    """At each epoch the panel says what was sampled, in three digits."""
    view = show(recorder, address="#selected=matmul")
    for place in reversed(range(len(recorder.epochs))):
        for field in ("mean", "min", "max"):
            cell = view.tab.locator(f"#section-epochs [data-fact={field}] .number")
            value = float(cell.inner_text().replace("−", "-").replace(",", ""))
            wanted = recorder.series("matmul", field)[place]
            assert value == pytest.approx(wanted, rel=6e-3)
        view.press("[")


def test_nodes_are_shaded(show: Show, recorder: GraphRecorder) -> None:
    """A band for each node that has the fact; outlines keep the phases' colours."""
    view = show(recorder, size=HUGE)
    outline = (
        "() => getComputedStyle(document.querySelector('.operation > .shape')).stroke"
    )
    before = view.js(outline)
    bands = view.tab.locator("#canvas .shade").count()
    assert bands > 10
    view.tab.locator("#dock select").select_option("dead")
    assert view.tab.locator("#canvas .shade").count() == 1
    title = view.tab.locator("#canvas .shade title").text_content()
    assert title == "dead units: 100 %"
    assert view.js(outline) == before
    assert "fact=dead" in view.address
    assert "dead units" in view.tab.locator("#shades").inner_text()


def test_findings_are_marked_and_lead_to_their_node(
    show: Show, recorder: GraphRecorder
) -> None:
    """What a rule says stands in words at the node; a press goes there."""
    view = show(recorder, size=HUGE)
    marked = {n for each in recorder.findings for n in each.nodes if each.epoch == 5}
    assert set(view.drawn(".found[data-node]")) == marked
    assert "relu" in marked
    badges = view.tab.locator("#canvas .badge text").all_text_contents()
    assert any("dead units" in each for each in badges)
    view.tab.locator("#section-findings button", has_text="dead units").first.click()
    assert view.selected == "relu"
    assert "epoch=0" in view.address
    rules = view.tab.locator("#section-epochs .found-list").inner_text()
    assert "100% dead units" in rules


def test_line_leads_to_an_epoch(show: Show, recorder: GraphRecorder) -> None:
    """A press on a line goes to the epoch below it; its label says the extremes."""
    view = show(recorder, address="#selected=matmul")
    line = view.tab.locator("#section-epochs [data-fact=mean] svg")
    assert "from" in line.get_attribute("aria-label")
    box = line.bounding_box()
    line.click(position={"x": 3, "y": box["height"] / 2})
    assert "epoch=0" in view.address


def test_playing_ends_at_the_last_epoch(show: Show, recorder: GraphRecorder) -> None:
    """Play runs through the epochs and stops."""
    view = show(recorder, address="#epoch=3")
    view.press(" ")
    view.tab.wait_for_function("() => !location.hash.includes('epoch')")
    view.tab.get_by_role("button", name="Play (Space)").wait_for()


def test_page_thins_what_is_too_much() -> None:
    """A page has some of the samples, the last among them, and says so."""
    from graphgrad.viz import _page_epochs
    from graphgrad.viz._page_data import page_data
    from graphgrad.viz._to_dot import subject_of
    from graphgrad.viz._to_html import material_of

    x, y = np.ones((4, 2)), np.ones((4, 1))
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    made = GraphRecorder(keep=50)
    model.fit(x, y, epochs=20, verbose=0, callbacks=[made])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_page_epochs, "NUMBERS", 1000)
        data = page_data(material_of(subject_of(made)))["epochs"]
    assert data["every"] > 1
    assert data["at"][-1] == 20
    lengths = {
        len(column)
        for facts in data["nodes"].values()
        for column in facts.values()
        if isinstance(column, list)
    }
    assert lengths == {len(data["at"])}


def test_dark_and_narrow(show: Show, recorder: GraphRecorder) -> None:
    """No word in the console, whatever the window."""
    view = show(recorder, scheme="dark", size=(700, 900), address="#epoch=1")
    assert view.tab.locator("#dock input[type=range]").is_visible()
