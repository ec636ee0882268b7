"""A recorded step in the browser: it is walked, looked into, paired and measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 4)), RNG.normal(size=(8, 1))


def ids(view: Any, mark: str) -> set[str]:
    """Return the ids of the drawn nodes that have a class."""
    return set(view.drawn(f"[data-node].{mark}"))


def number(text: str) -> float:
    """Read a number as the page writes it."""
    return float(text.replace("−", "-").replace(",", ""))


def facts(view: Any, section: str) -> dict[str, str]:
    """Return the terms of a section of the panel, with what they are."""
    rows = view.js(
        """id => [...document.querySelectorAll(`#section-${id} dl > div`)].map((row) =>
            [row.children[0].textContent, row.children[1].textContent])""",
        section,
    )
    return dict(rows)


def test_scrubber_reaches_every_instruction_in_order(show: Show, dense: Dense) -> None:
    """What runs at each step is what ran: the ids of the execution record."""
    model = dense()
    recording = model.record(X, Y)
    with gg.record_execution() as names:
        model.train_on_batch(X, Y)
    ran = [name for name in names if not recording.graph[name].is_leaf]
    view = show(recording, collapse=False, size=(4000, 3000))
    seen = []
    for at in range(len(ran)):
        view.press("]")
        (running,) = ids(view, "running")
        assert running == view.selected
        assert ids(view, "done") == set(ran[:at])
        seen.append(running)
    assert seen == ran
    view.press("]")
    assert ids(view, "running") == {ran[-1]}
    view.press("[")
    assert ids(view, "running") == {ran[-2]}


def test_slider_moves_by_its_own_keys(show: Show, dense: Dense) -> None:
    """It says where it is; other keys work on while it has the focus."""
    recording = dense().record(X, Y)
    order = [row.name for row in recording.nodes]
    view = show(recording, size=(4000, 3000))
    slider = view.tab.get_by_label("Step of the schedule")
    slider.focus()
    view.press("ArrowRight", "ArrowRight")
    assert view.selected == order[2]
    assert slider.get_attribute("aria-valuetext").startswith(f"3 of {len(order)}: F3 ")
    view.press("End")
    assert view.selected == order[-1]
    view.press("[", "ArrowLeft")
    assert view.selected == order[-3]
    view.press("Escape")
    assert ids(view, "running") == set()
    assert slider.get_attribute("aria-valuetext").endswith("to step through")


def test_a_click_on_the_chart_goes_there(show: Show, dense: Dense) -> None:
    """The chart is the slider: its middle is the middle step."""
    recording = dense().record(X, Y)
    view = show(recording, size=(2000, 1400))
    box = view.tab.locator(".track").bounding_box()
    view.tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    last = len(recording.nodes) - 1
    assert abs(int(re.findall(r"step=(\d+)", view.address)[0]) - last / 2) <= 0.5


def test_play_goes_on_to_the_end_and_pauses(show: Show, dense: Dense) -> None:
    """Space plays and pauses; at the end it stops by itself."""
    recording = dense().record(X, Y)
    last = len(recording.nodes) - 1
    view = show(recording, address=f"#step={last - 3}")
    view.press(">", ">", ">", "Space")
    view.tab.wait_for_function(f"() => location.hash.includes('step={last}')")
    view.tab.wait_for_selector("button[aria-label^=Play]")
    assert view.selected == recording.nodes[-1].name
    view.press("Space")
    assert view.tab.locator("button[aria-label^=Pause]").count() == 1
    view.press("Space")
    assert view.tab.locator("button[aria-label^=Play]").count() == 1


def test_phases_are_reached_at_once(show: Show, dense: Dense) -> None:
    """By their letters, or buttons, to the first operation of each."""
    recording = dense().record(X, Y)
    view = show(recording)
    for letter, phase in {
        "F": "forward",
        "L": "loss",
        "B": "backward",
        "U": "update",
    }.items():
        first = next(row for row in recording.nodes if row.phase == phase)
        view.press(letter)
        assert view.selected == first.name
        view.press("Escape", "Escape")
        view.tab.get_by_label(f"To {phase}").click()
        assert view.selected == first.name


def test_step_is_in_the_address(show: Show, dense: Dense) -> None:
    """A link leads to the same step; one that is too large means nothing."""
    recording = dense().record(X, Y)
    view = show(recording)
    view.press("B")
    again = show(recording, address=f"#{view.address}")
    assert ids(again, "running") == ids(view, "running") != set()
    beyond = show(recording, address="#step=1000000")
    assert ids(beyond, "running") == set()


def test_memory_is_told_at_each_step(show: Show, dense: Dense) -> None:
    """The bytes in use, what lies in the buffers, and who holds it."""
    recording = dense(2, "adam").record(X, Y)
    view = show(recording, collapse=False, size=(4000, 3000))
    kept = recording.live
    for step in range(0, len(recording.nodes), 5):
        view.js("step => { location.hash = `step=${step}` }", step)
        view.tab.wait_for_function(
            "n => document.querySelector('.steps').value === String(n)", arg=step
        )
        live = [each for each in kept if each.start <= step <= each.stop]
        text = view.tab.locator("#section-memory .strong").inner_text()
        used = recording.memory[step]
        expected = f"{used} B" if used < 1024 else f"{used / 1024:.1f} KiB"
        assert text.split(" of ")[0] == expected.replace(".0 ", " ")
        assert view.tab.locator("#section-memory li").count() == min(10, len(live))
        order = [row.name for row in recording.nodes]
        held = {
            [n for n in each.nodes if order.index(n) <= step][-1]
            for each in live
            if not each.scratch
        }
        assert ids(view, "alive") == held


# ---- values --------------------------------------------------------------------------


def test_panel_shows_the_numbers_of_numpy(show: Show, dense: Dense) -> None:
    """Of every operation: the extremes, the mean, zeros, NaN, and the time."""
    recording = dense(1, "adam").record(X, Y)
    view = show(recording)
    for row in recording.nodes:
        view.press(".")
        assert view.selected == row.name
        array, told = recording[row.name] + 0, facts(view, "values")
        if array.size == 1:
            assert number(told["Value"]) == pytest.approx(array.item(), rel=1e-5)
        else:
            assert number(told["Minimum"]) == pytest.approx(array.min(), rel=1e-5)
            assert number(told["Maximum"]) == pytest.approx(array.max(), rel=1e-5)
            mean = pytest.approx(array.mean(dtype=np.float64), rel=1e-5, abs=1e-30)
            assert number(told["Mean"]) == mean
            assert number(told.get("Zeros", "0")) == (array == 0).sum()
            assert told["NaN"] == "0"
        if row.time_us:
            time = number(told["Time"].removesuffix(" µs"))
            assert time == pytest.approx(row.time_us, rel=1e-2)
        else:
            assert told["Time"] == "no instruction"


def test_values_are_those_of_the_weights(show: Show, dense: Dense) -> None:
    """Another weight, another number: nothing is made up for the page."""
    model = dense()
    address = "#selected=matmul_1"
    before = facts(show(model, record=(X, Y), address=address), "values")
    weights = model.get_weights()
    model.set_weights([*weights[:2], weights[2] * 2, weights[3]])
    after = facts(show(model, record=(X, Y), address=address), "values")
    assert number(after["Maximum"]) == pytest.approx(
        2 * number(before["Maximum"]), rel=1e-5
    )
    assert number(after["Minimum"]) == pytest.approx(
        2 * number(before["Minimum"]), rel=1e-5
    )


def test_map_says_what_is_under_the_pointer(show: Show, dense: Dense) -> None:
    """The number at its place, and outside how much of the array is shown."""
    recording = dense().record(X, Y)
    kernel = recording["dense/kernel"]
    view = show(recording, address="#selected=dense%2Fkernel", size=(1440, 1600))
    sheet = view.tab.locator("#section-values .map")
    caption = view.tab.locator("#section-values figcaption.hint")
    assert caption.inner_text() == "4 × 4, all of (4, 4)"
    box = sheet.bounding_box()
    view.tab.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.1 * box["height"])
    place, _, text = caption.inner_text().rpartition(" ")
    assert place == "[0, 2]"
    assert number(text) == pytest.approx(kernel[0, 2], rel=1e-5)


def test_what_was_not_computed_is_not_zero(show: Show, dense: Dense) -> None:
    """Without a recording, and of what a backend keeps to itself."""
    view = show(dense(), "compile", address="#selected=matmul")
    text = view.tab.locator("#section-values").inner_text()
    assert "Not computed" in text
    recording = gg.recording.record(gg.jit(gg.tanh), np.zeros(3, np.float32))
    del recording._values["tanh"]
    view = show(recording, address="#selected=tanh")
    assert facts(view, "values")["Values"] == "not computed"


def test_nan_stands_out(show: Show) -> None:
    """Counted in a frame of its own, in the panel of the value that has it."""
    fast = gg.jit(lambda x: gg.log(x) + 1.0)
    view = show(
        fast, record=(np.array([-1.0, 0.0, 1.0, 2.0]),), address="#selected=log"
    )
    assert view.tab.locator("#section-values .bad").all_inner_texts() == ["1", "1"]
    told = facts(view, "values")
    assert number(told["Maximum"]) == pytest.approx(np.log(2), rel=1e-5)


def test_update_shows_before_and_after(show: Show, dense: Dense) -> None:
    """At the assignment of a weight, and at the weight: what it was, and is then."""
    recording = dense().record(X, Y)
    (assign,) = [
        row.name
        for row in recording.nodes
        if row.primitive == "assign"
        and recording.graph[row.name].inputs[0].name == "weights"
    ]
    view = show(recording, address=f"#selected={assign}")
    changes = view.tab.locator("#section-change .change")
    assert changes.count() == 5
    cells = view.js(
        """() => Object.fromEntries(
            [...document.querySelectorAll("#section-change .change")].map((each) =>
                [each.dataset.of, [...each.querySelectorAll("td")].map((cell) =>
                    cell.textContent)]))"""
    )
    for name, texts in cells.items():
        pair = recording.before[name], recording.after[name]
        if pair[0].size == 1:
            due = [each.item() for each in pair]
        else:
            due = [f(each) for f in (np.min, np.mean, np.max) for each in pair]
        assert [number(text) for text in texts] == pytest.approx(
            due, rel=1e-4, abs=1e-8
        )
    view = show(recording, address="#selected=dense_1%2Fkernel")
    assert view.tab.locator("#section-change .map").count() == 2


def test_bars_of_a_histogram_stand_over_their_axis(show: Show, dense: Dense) -> None:
    """The first bin begins at the least value, and the last ends at the largest."""
    view = show(dense().record(X, Y))
    view.tab.locator("#operations .option").nth(3).click()
    bins = view.tab.locator(".histogram").first.locator(".bin")
    axis = view.tab.locator(".ends").first.bounding_box()
    first, last = bins.first.bounding_box(), bins.last.bounding_box()
    end = axis["x"] + axis["width"]
    assert first["x"] == pytest.approx(axis["x"], abs=2)
    assert last["x"] + last["width"] == pytest.approx(end, abs=2)


def test_maps_say_what_their_colours_mean(show: Show) -> None:
    """The lowest and the highest number, 0 between them, and how many are none."""
    x = np.array([[-2.0, 1.0, 6.0], [0.0, np.nan, np.inf]])
    view = show(
        gg.jit(lambda x: gg.tanh(x) * np.nan), record=(x,), address="#selected=x"
    )
    keys = view.tab.locator("#section-values .keys > span")
    assert keys.all_inner_texts() == ["−2", "0", "6", "NaN: 1, Inf: 1"]
    fills = [
        each.get_attribute("fill") for each in view.tab.locator(".keys rect").all()
    ]
    assert len({*fills}) == 4
    view.press("End")
    assert keys.all_inner_texts() == ["NaN: 6"]


def test_texts_of_the_largest_numbers_are_numbers(show: Show) -> None:
    """The distance between two of them is beyond all numbers."""
    x = np.array([[-1.5e308, 0.5e308, 1.5e308, np.nan]])
    view = show(gg.jit(gg.tanh), record=(x,), address="#selected=x")
    view.tab.locator("#section-values .map").hover(position={"x": 1, "y": 1})
    caption = view.tab.locator("#section-values .hint").last
    assert caption.inner_text() == "[0, 0] about −1.5e+308"
    bins = view.tab.locator("#section-values .bin title").all_text_contents()
    assert "Infinity" not in "".join(bins)
    assert "NaN" not in "".join(bins)


def test_numbers_of_a_recorded_step_stand_high(show: Show, dense: Dense) -> None:
    """Their map ends above the fold."""
    view = show(dense().record(X, Y))
    view.press("End", "Home")
    view.tab.locator("#canvas .node.operation").first.click()
    box = view.tab.locator("#section-values .map").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900
