"""The history keeps every epoch, and shows itself as curves and tables."""

from __future__ import annotations

import builtins
import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrad.callbacks import History, HistoryPlot
from graphgrad.layers._history_svg import Panel, Series, draw

SVG = "{http://www.w3.org/2000/svg}"


def history(*epochs: dict[str, Any], first: int = 0) -> History:
    """Return a history of epochs with these logs."""
    made = History()
    made.on_train_begin()
    for epoch, logs in enumerate(epochs, first):
        made.on_epoch_end(epoch, logs)
    return made


# ---- what it keeps -------------------------------------------------------------------


def test_a_history_begins_anew_with_each_training() -> None:
    """Values and numbers of the epochs belong together."""
    made = History()
    for _ in range(2):
        made.on_train_begin()
        made.on_epoch_end(3, {"loss": 1.0})
    assert ([3], {"loss": [1.0]}) == (made.epoch, made.history)
    assert "<History of loss over 1 epoch>" == repr(made)
    assert "<History of nothing over 0 epochs>" == repr(History())


def test_numbers_are_pythons_own() -> None:
    """So that they can be written as JSON; several of them are a list."""
    found = history(
        {"loss": np.float32(0.5), "f1": np.array([0.5, 1], "float32"), "n": 2}
    )
    assert {"loss": [0.5], "f1": [[0.5, 1.0]], "n": [2.0]} == found.history
    assert float is type(found.history["loss"][0])
    assert float is type(found.history["n"][0])


def test_a_table_has_a_row_for_each_epoch() -> None:
    """Where an epoch has no value, such as without validation, there is NaN."""
    found = history(
        {"loss": 0.5},
        {"loss": 0.25, "val_loss": 1.0, "f1": [0.5, 1.0]},
        {"loss": 0.125},
        first=3,
    ).to_pandas()
    assert "epoch" == found.index.name
    assert [3, 4, 5] == found.index.tolist()
    assert [0.5, 0.25, 0.125] == found.loss.tolist()
    expected = pd.Series([np.nan, 1.0, np.nan], [3, 4, 5], name="val_loss")
    pd.testing.assert_series_equal(expected, found.val_loss, check_index=False)
    assert [0.5, 1.0] == found.f1[4]


@pytest.mark.parametrize(
    ("package", "ask", "extra"),
    [
        ("pandas", lambda made: made.to_pandas(), "pandas"),
        ("matplotlib", lambda made: made.plot("x.png"), "plot"),
    ],
)
def test_what_is_not_installed_is_named(
    package: str, ask: Any, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    known = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith(package):
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=rf"pip install 'graphgrad\[{extra}\]'"):
        ask(history({"loss": 1.0}))


# ---- which curves there are ----------------------------------------------------------


def test_logs_of_one_family_share_a_panel() -> None:
    """The loss first, then metrics, then layers, and the learning rate last."""
    logs = {
        "accuracy": 0.5,
        "gradient_norm/dense": 1.0,
        "gradient_norm/dense_1": 2.0,
        "learning_rate": 0.1,
        "loss": 0.5,
        "f1": [0.5, 0.25],
        "val_accuracy": 0.25,
        "val_loss": 0.75,
    }
    plot = history(logs, logs).plot()
    assert [
        ("loss", ["training", "validation"]),
        ("accuracy", ["training", "validation"]),
        ("f1", ["training 0", "training 1"]),
        ("gradient_norm", ["dense", "dense_1"]),
        ("learning_rate", [""]),
    ] == [(panel.title, [s.label for s in panel.series]) for panel in plot.panels]
    expected = "<HistoryPlot of loss, accuracy, f1, gradient_norm, learning_rate>"
    assert expected == repr(plot)


def test_curves_have_a_point_for_each_value() -> None:
    """Epochs count from 1, as in what fit writes."""
    plot = history({"loss": 0.5}, {"loss": 0.25, "val_loss": 1.0}, first=4).plot()
    (panel,) = plot.panels
    assert [[(5, 0.5), (6, 0.25)], [(6, 1.0)]] == [list(s.points) for s in panel.series]


def test_only_positive_values_have_a_logarithmic_scale() -> None:
    """Others have no logarithm."""
    made = history({"loss": 1.0, "r2": -0.5}, {"loss": math.nan, "r2": 0.5})
    assert [True, False] == [panel.log for panel in made.plot(log=True).panels]
    assert [False, False] == [panel.log for panel in made.plot().panels]
    assert "logarithmic" in made.plot(log=True).svg


# ---- the picture ---------------------------------------------------------------------


def lines(svg: str) -> list[list[tuple[float, float]]]:
    """Return the points of each line of a picture."""
    return [
        [tuple(map(float, p.split(","))) for p in (each.get("points") or "").split()]  # type: ignore[misc]
        for each in ET.fromstring(svg).iter(f"{SVG}polyline")  # noqa: S314 - our own
    ]


def texts(svg: str, kind: str = "text") -> list[str]:
    """Return all that is written in a picture."""
    return [each.text or "" for each in ET.fromstring(svg).iter(SVG + kind)]  # noqa: S314


def test_a_picture_is_well_formed_and_says_what_it_shows() -> None:
    """Also to those who do not see it; names are not taken for markup."""
    svg = history({"a<b&'\"": 0.5}, {"a<b&'\"": 0.25}).plot().svg
    assert ["Training history: a<b&'\""] == texts(svg, "title")[:1]
    assert ["a<b&'\", training: 0.5 in epoch 1, 0.25 in epoch 2."] == texts(svg, "desc")
    assert "img" == ET.fromstring(svg).get("role")  # noqa: S314
    assert "prefers-color-scheme:dark" in svg
    assert {"a<b&'\"", "training", "epoch", "1", "2"} <= set(texts(svg))


def test_there_is_a_line_for_each_curve_and_a_point_for_each_value() -> None:
    """Less is lower."""
    made = history(*({"loss": 1 / n, "val_loss": 1.0} for n in range(1, 8)))
    falling, level = lines(made.plot().svg)
    assert (7, 7) == (len(falling), len(level))
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(falling))
    assert 1 == len({y for _, y in level})
    assert 14 == len(texts(made.plot().svg, "title")) - 1


def test_nan_is_a_gap() -> None:
    """What comes after it is another line, and one point alone is a dot."""
    values = [1.0, 2.0, math.nan, 3.0, math.inf, 4.0, 5.0, 6.0]
    svg = history(*({"loss": value} for value in values)).plot().svg
    assert [2, 1, 3] == [len(line) for line in lines(svg)]


def test_many_points_have_no_dots() -> None:
    """They would hide the line."""
    svg = history(*({"loss": float(n)} for n in range(100))).plot().svg
    assert "<circle" not in svg
    assert [100] == [len(line) for line in lines(svg)]


@given(
    st.lists(
        st.lists(st.floats(allow_subnormal=False), min_size=1, max_size=5), max_size=4
    ),
    st.booleans(),
)
def test_a_picture_of_anything_stays_in_its_frame(
    curves: list[list[float]], log: bool
) -> None:
    """Whatever the values are: none, one, the same, huge, or not finite."""
    bounded = [[v if abs(v) < 1e150 else math.inf for v in curve] for curve in curves]
    logs = {f"loss/{i}": list(enumerate(curve, 1)) for i, curve in enumerate(bounded)}
    svg = HistoryPlot(logs, log=log).svg
    assert all(0 <= x <= 400 and 0 <= y <= 240 for line in lines(svg) for x, y in line)
    assert "nan" not in re.sub("<(title|desc)>.*?</", "", svg)


def test_labels_keep_apart() -> None:
    """Where curves end close together, their names do not."""
    curves = [Series(f"curve {n}", [(1, 0.0), (2, n / 1000)]) for n in range(6)]
    svg = draw([Panel("all", curves)])
    found = {
        each.text: float(each.get("y") or 0)
        for each in ET.fromstring(svg).iter(f"{SVG}text")  # noqa: S314
        if (each.text or "").startswith("curve")
    }
    highest_first = sorted(found, key=lambda name: found[name])
    assert [f"curve {n}" for n in reversed(range(6))] == highest_first
    heights = sorted(found.values())
    assert all(b - a >= 13 for a, b in pairwise(heights))


def test_panels_stand_three_in_a_row() -> None:
    """And in as many rows as they need."""
    logs: dict[str, Any] = {"loss": 0.5, "a": 0.5, "b": 0.5, "c": 0.5}
    root = ET.fromstring(history(logs).plot().svg)  # noqa: S314
    assert ("1200", "480") == (root.get("width"), root.get("height"))
    assert "0 0 400 240" == ET.fromstring(draw([])).get("viewBox")  # noqa: S314


# ---- where it goes -------------------------------------------------------------------


def test_a_picture_is_saved(tmp_path: Path) -> None:
    """As SVG by itself, in other formats by matplotlib."""
    made = history({"loss": 0.5, "val_loss": 1.0}, {"loss": 0.25, "val_loss": 1.0})
    plot = made.plot(tmp_path / "a.svg")
    assert plot.svg == (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert tmp_path / "b.svg" == plot.save(tmp_path / "b")
    ticks = plot.figure().axes[0].get_xticks()
    assert all(tick == round(tick) for tick in ticks)
    assert b"\x89PNG" == plot.save(tmp_path / "c.png").read_bytes()[:4]


def test_a_figure_of_matplotlib_has_the_same_curves() -> None:
    """One axes for each panel."""
    made = history({"loss": 0.5, "learning_rate": 1.0}, {"loss": 0.25, "val_loss": 1})
    figure = made.plot(log=True).figure()
    assert ["loss", "learning_rate"] == [axes.get_title() for axes in figure.axes]
    first = figure.axes[0]
    assert "log" == first.get_yscale()
    assert [[0.5, 0.25], [1.0]] == [list(line.get_ydata()) for line in first.lines]


def test_a_notebook_shows_curves() -> None:
    """A history does if there is something to see; a plot always."""
    one, two = history({"loss": 1.0}), history({"loss": 1.0}, {"loss": 0.5})
    assert one._repr_svg_() is None
    assert two.plot().svg == two._repr_svg_() == two.plot()._repr_svg_()
    assert two.plot().svg in two.plot()._repr_html_()
