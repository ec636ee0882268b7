"""plot_model: every argument of Keras' does what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import graphgrad as gg
from graphgrad.viz import plot_model

Read = Callable[[str], Any]


@pytest.fixture
def layers() -> gg.Sequential:
    """Return a model with a frozen layer and one without weights."""
    frozen = gg.Dense(4, "relu", name="first")
    frozen.trainable = False
    last = gg.Dense(1, "sigmoid", name="last")
    return gg.Sequential([gg.Input((6,)), frozen, gg.Dropout(0.5, name="drop"), last])


def plain(label: str) -> str:
    """Return the text of an HTML-like label."""
    return re.sub("<[^>]*>", " ", label)


def words(dot: Any) -> str:
    """Return all text of the boxes."""
    return " ".join(plain(look["label"]) for look in dot.nodes.values())


def test_layers_are_a_chain(layers: gg.Sequential, read: Read, tmp_path: Path) -> None:
    """Input, then every layer, each linked to the next."""
    dot = read(plot_model(layers, tmp_path / "m.dot").source)
    names = ["layer:input", "layer:first", "layer:drop", "layer:last"]
    assert names == list(dot.nodes)
    assert list(pairwise(names)) == [(a, b) for a, b, _ in dot.edges]


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("show_shapes", ["(None, 6)", "(None, 4)", "(None, 1)"]),
        ("show_dtype", ["float32"]),
        ("show_layer_names", ["first (Dense)", "drop (Dropout)"]),
        ("show_layer_activations", ["relu", "sigmoid"]),
        ("show_trainable", ["Frozen", "Trainable"]),
    ],
)
def test_switches_show_what_they_say(
    layers: gg.Sequential, read: Read, tmp_path: Path, argument: str, shown: list[str]
) -> None:
    """Off by default; on, the text is there."""
    bare = words(read(plot_model(layers, tmp_path / "m.dot").source))
    on: dict[str, Any] = {argument: True}
    full = words(read(plot_model(layers, tmp_path / "m.dot", **on).source))
    assert [] == [each for each in shown if each in bare]
    assert [] == [each for each in shown if each not in full]


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_rankdir_is_passed_on(
    layers: gg.Sequential, read: Read, tmp_path: Path, rankdir: str
) -> None:
    """The direction is Graphviz' own word for it."""
    dot = read(plot_model(layers, tmp_path / "m.dot", rankdir=rankdir).source)
    assert rankdir == dot.graph["rankdir"]


def test_png_is_written_also_without_extension(
    layers: gg.Sequential, tmp_path: Path
) -> None:
    """As in Keras, no extension means PNG."""
    plot_model(layers, tmp_path / "model")
    assert (tmp_path / "model").read_bytes().startswith(b"\x89PNG")


def test_dpi_is_honoured(layers: gg.Sequential, tmp_path: Path) -> None:
    """More dots per inch are more pixels."""

    def width(dpi: int) -> int:
        plot_model(layers, tmp_path / "m.png", dpi=dpi)
        return int.from_bytes((tmp_path / "m.png").read_bytes()[16:20], "big")

    assert width(300) > 2 * width(100)


def test_wrong_arguments_are_refused(layers: gg.Sequential, tmp_path: Path) -> None:
    """Unknown keywords, directions and formats, and models without a shape."""
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        plot_model(layers, tmp_path / "m.dot", show_shape=True)
    with pytest.raises(ValueError, match="TB, BT, LR, RL, got 'UP'"):
        plot_model(layers, tmp_path / "m.dot", rankdir="UP")
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot; got 'm\.gif'"):
        plot_model(layers, tmp_path / "m.gif")
    with pytest.raises(gg.GraphgradError, match="not yet been built"):
        plot_model(gg.Sequential([gg.Dense(1)]), tmp_path / "m.dot")


def test_any_layer_name_survives(read: Read, tmp_path: Path) -> None:
    """Quotes, backslashes and angle brackets in names are text."""
    name = 'a "b" \\N <c>'
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1, name=name)])
    dot = read(plot_model(model, tmp_path / "m.dot", show_layer_names=True).source)
    assert f"layer:{name}" in dot.nodes
    plot_model(model, tmp_path / "m.svg", show_layer_names=True)


def test_nested_models_expand(
    read: Read, layers: gg.Sequential, tmp_path: Path
) -> None:
    """One box, or a cluster with a box per inner layer."""
    outer = gg.Sequential([gg.Sequential(list(layers), name="inner")], name="outer")
    outer.build((None, 6))
    closed = read(plot_model(outer, tmp_path / "m.dot").source)
    whole = plot_model(outer, tmp_path / "m.dot", expand_nested=True).source
    opened = read(whole)
    assert "->" not in whole[whole.index("subgraph") : whole.index("\t}")]
    assert ["layer:input", "layer:inner"] == list(closed.nodes)
    inner = ["layer:inner/first", "layer:inner/drop", "layer:inner/last"]
    assert ["layer:input", *inner] == list(opened.nodes)
    assert inner == opened.clusters["cluster_inner"]
