"""Pictures of profiles: the graph that ran, with what each of its operations takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.profiling import Profile
from graphgrad.viz import to_dot
from graphgrad.viz._shade import STEPS, fill_of
from graphgrad.viz._style import INK

Read = Callable[[str], Any]

X, Y = np.ones((20, 3)), np.tile([0, 1], 10)


@pytest.fixture(scope="module")
def network() -> gg.Sequential:
    """Return a model of two layers."""
    model = gg.Sequential(
        [gg.Input((3,)), gg.Dense(4, "tanh"), gg.Dense(1, "sigmoid")], name="net"
    )
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.fixture(scope="module")
def profile(network: gg.Sequential) -> Profile:
    """Return the profile of a step of training."""
    return network.profile(X, Y, steps=3)


def test_the_picture_is_the_program_that_was_measured(
    read: Read, network: gg.Sequential, profile: Profile
) -> None:
    """I1: the nodes drawn are those that a step of fit executes, by name."""
    with gg.record_execution() as record:
        network.fit(X, Y, verbose=0)
    dot = read(to_dot(profile).source)
    assert sorted(dot.nodes) == sorted(record)
    assert dot.pairs == sorted(profile.graph.edges)


def test_each_operation_shows_its_numbers(read: Read, profile: Profile) -> None:
    """Time and share, FLOPs and bytes stand in the box, whose shade is the share."""
    nodes = read(to_dot(profile).source).nodes
    for row in profile.nodes:
        node = nodes[row.name]
        assert row.spent in node["label"]
        assert row.work in node["label"]
        assert node["fillcolor"] == fill_of(row.share)
        assert "median of 3 runs" in node["tooltip"]
    leaves = {node.name for node in profile.graph.nodes if node.is_leaf}
    assert {name for name in leaves if "fillcolor" in nodes[name]} == set()


def test_boxes_show_the_sum_of_what_is_in_them(read: Read, profile: Profile) -> None:
    """Time, share and work of a box are the sums over the operations that it names."""
    for collapse in (True, "update"):
        nodes = read(to_dot(profile, collapse=collapse).source).nodes
        folds = [node for name, node in nodes.items() if name.startswith("fold:")]
        assert folds
        for node in folds:
            names = node["tooltip"].partition(": ")[2].split(", ")
            whole = profile.of(name for name in names if name in profile)
            assert whole.spent in node["label"]
            assert whole.work in node["label"]
            assert node["fillcolor"] == fill_of(whole.share)


def test_the_heading_says_what_was_measured(read: Read, profile: Profile) -> None:
    """The time of a step, the work, the runs; and what the shades mean."""
    heading = read(to_dot(profile).source).graph["label"]
    assert "net · fit, batch of 20" in heading
    assert f"{profile.step_us:,.1f} µs a step · medians of 3 runs" in heading
    assert profile.total.work in heading
    for _, color, words in STEPS:
        assert color in heading
        assert words in heading
    plain = read(to_dot(profile.program).source).graph["label"]
    assert "share of the time" not in plain


def test_other_pictures_are_not_shaded(read: Read, profile: Profile) -> None:
    """White does not mean fast where nothing was measured."""
    nodes = read(to_dot(profile.program).source).nodes
    assert all("fillcolor" not in node for node in nodes.values())


def test_shades_keep_their_order_in_print_and_text_stays_legible() -> None:
    """Each is darker than the one before, without a hue; text has a contrast of 4.5."""
    lights = [luminance(color) for _, color, _ in STEPS]
    assert lights == sorted(lights, reverse=True)
    for light in lights:
        assert (light + 0.05) / (luminance(INK) + 0.05) > 4.5
    for _, color, _ in STEPS:
        parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        assert max(parts) - min(parts) <= 16
    shares = [0.0, 0.0099, 0.01, 0.03, 0.1, 0.3, 1.0]
    assert [fill_of(share) for share in shares] == [
        STEPS[i][1] for i in (0, 0, 1, 2, 3, 4, 4)
    ]


def luminance(color: str) -> float:
    """Return the relative luminance of a color, from 0 to 1, as WCAG defines it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_a_profile_is_rendered_like_a_graph(tmp_path: Path, profile: Profile) -> None:
    """Into any file; buffers can be shown as of the program."""
    path = gg.viz.render(profile, tmp_path / "step.dot", show_buffers=True)
    text = path.read_text(encoding="utf-8")
    assert "in state" in text
    assert "µs" in text
