"""SVG of our own: the same picture as the DOT text, complete, legible and alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import render, to_dot
from graphgrad.viz._route import samples
from graphgrad.viz._text import plain, width_of

Read = Callable[[str], Any]
Random = Callable[[st.DataObject], gg.Graph]
Box = tuple[float, float, float, float]

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
HOSTILE = ['a"b', "<b>&amp;", "\\N", "line\nend", "\x00\ud800", "ß→∂", "]]>", "--x"]

in_a_folder = settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def lanes(thing: Any, folder: Path, **options: Any) -> ET.Element:
    """Return the picture that is drawn without a program, parsed."""
    path = render(thing, folder / "lanes.svg", engine="lanes", **options)
    return ET.fromstring(path.read_bytes())  # noqa: S314  # our own file


def groups(root: ET.Element, kind: str) -> list[ET.Element]:
    """Return the groups of a class."""
    return [x for x in root.iter(f"{SVG}g") if kind in x.get("class", "").split()]


def key(group: ET.Element) -> str:
    """Return an id without the prefix of its figure."""
    return group.get("id", "").split("_", 1)[1]


def box_of(group: ET.Element) -> Box | None:
    """Return left, top, right and bottom of the shape of a node, or of a frame."""
    shapes = [x for x in group if x.tag in (f"{SVG}rect", f"{SVG}path")]
    if not shapes:
        return None
    found = shapes[-1]  # before it comes the line around a loss
    if found.tag == f"{SVG}rect":
        x, y, w, h = (float(found.get(k, "")) for k in ("x", "y", "width", "height"))
        return x, y, x + w, y + h
    return path_box(found.get("d", ""))


def path_box(data: str) -> Box:
    """Return the extent of the straight lines, or of the cylinder, of a path."""
    if "a" in data:
        first, arc = data.split("a")[:2]
        x, y = (float(each) for each in NUMBER.findall(first))
        _, ry, *_, dx, _, side = (float(each) for each in NUMBER.findall(arc))
        return x, y - ry, x + dx, y + side + ry
    numbers = [float(each) for each in NUMBER.findall(data)]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def boxes(root: ET.Element) -> dict[str, Box]:
    """Return the extent of every node that has a shape."""
    found = {key(each): box_of(each) for each in groups(root, "node")}
    return {name: box for name, box in found.items() if box is not None}


def common(a: Box, b: Box) -> bool:
    """Return whether two boxes have more in common than a rounding error."""
    return (
        min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1
    )


@st.composite
def models(draw: st.DrawFn) -> gg.Sequential:
    """Draw a model of a few layers, compiled one way or another."""
    kinds: list[Callable[[], Any]] = [
        lambda: gg.Dense(draw(st.integers(1, 5)), draw(st.sampled_from(ACTIVATIONS))),
        lambda: gg.layers.Dropout(0.5),
        gg.layers.BatchNormalization,
        gg.layers.LayerNormalization,
        lambda: gg.Sequential([gg.Dense(2, "relu"), gg.Dense(3)]),
    ]
    count = draw(st.integers(1, 4))
    layers = [draw(st.sampled_from(kinds))() for _ in range(count)]
    model = gg.Sequential([gg.Input((4,)), *layers])
    optimizer = draw(st.sampled_from(["sgd", "adam", "rmsprop"]))
    metrics = draw(st.sampled_from([[], ["mae"], ["mae", "mse", "cosine_similarity"]]))
    model.compile(optimizer, "mse", metrics=metrics)
    return model


ACTIVATIONS = ["sigmoid", "relu", "gelu", None]
COLLAPSE = st.sampled_from([False, True, "auto", "update", "backward"])


# ---- the same picture as the DOT text ------------------------------------------------

SIGNS = {"+": "added", "−": "removed", "~": "changed"}


def test_signs_of_a_comparison_are_drawn_as_in_dot(tmp_path: Path, read: Read) -> None:
    """Sign, class and outline say it; what is read no more ends at a bar."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(3, "relu"), gg.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((8, 4)), np.ones(8), batch_size=8, verbose=0)
    found = gg.viz.compare(model)
    root = lanes(found, tmp_path, collapse=False)
    drawn = {key(each): each.get("class", "").split() for each in groups(root, "node")}
    nodes = read(to_dot(found, collapse=False).source).nodes
    assert drawn.keys() == nodes.keys()
    signs = SIGNS.values()
    for name, looks in nodes.items():
        due = [each for each in looks["class"].split() if each in signs]
        assert due == [each for each in drawn[name] if each in signs]
    for sign, name in SIGNS.items():
        for group in groups(root, name):
            kinds = group.get("class", "").split()
            if "node" in kinds and "constant" not in kinds:
                assert (next(group.iter(f"{SVG}text")).text or "").startswith(sign)
    assert groups(root, "removed")
    text = ET.tostring(root, "unicode")
    assert "only before" in text


@pytest.mark.parametrize("stage", ["build", "compile", "fit", "predict"])
def test_every_node_and_edge_is_there(
    model: gg.Sequential, stage: str, tmp_path: Path
) -> None:
    """The ids are the graph's names, and there is a line per use of a value."""
    graph = model.graph(stage)
    root = lanes(model, tmp_path, stage=stage, collapse=False)
    ids = [key(each) for each in groups(root, "node")]
    assert sorted(node.name for node in graph.nodes) == sorted(ids)
    titles = [each.findtext(f"{SVG}title") for each in groups(root, "edge")]
    assert sorted(titles, key=str) == sorted(f"{a} → {b}" for a, b in graph.edges)


@given(models(), COLLAPSE)
@in_a_folder
def test_places_are_those_of_the_dot_text(
    read: Read, tmp_path: Path, model: gg.Sequential, collapse: Any
) -> None:
    """Both writers have one picture: middles and sizes of boxes agree."""
    dot = read(to_dot(model, "compile", collapse=collapse).source)
    root = lanes(model, tmp_path, stage="compile", collapse=collapse)
    found = boxes(root)
    shifts = set()
    for name, look in dot.nodes.items():
        if look["class"] == "constant":
            continue
        x, y = (float(each) for each in look["pos"].split(","))
        left, top, right, low = found[name]
        assert (left + right) / 2 == pytest.approx(x, abs=0.11)
        assert right - left == pytest.approx(float(look["width"]) * 72, abs=0.4)
        assert low - top == pytest.approx(float(look["height"]) * 72, abs=0.4)
        shifts.add(round((top + low) / 2 + y))
    assert max(shifts) - min(shifts) <= 1
    assert len(dot.edges) == len(groups(root, "edge"))


def test_ids_and_classes_are_those_of_the_dot_text(
    read: Read, model: gg.Sequential, tmp_path: Path
) -> None:
    """What a style sheet or a script found in one picture, it finds in the other."""
    dot = read(to_dot(model, "fit").source)
    root = lanes(model, tmp_path, stage="fit", collapse=False)
    found = {each.get("id"): each.get("class", "") for each in groups(root, "node")}
    assert found == {x["id"]: f"node {x['class']}" for x in dot.nodes.values()}
    tips = {
        each.get("id"): each.findtext(f"{SVG}title") for each in groups(root, "node")
    }
    assert tips == {look["id"]: look["tooltip"] for look in dot.nodes.values()}


# ---- nothing hides anything ----------------------------------------------------------


@given(models(), COLLAPSE)
@in_a_folder
def test_nothing_overlaps_in_a_model(
    tmp_path: Path, model: gg.Sequential, collapse: Any
) -> None:
    """Boxes stand apart, and so do lanes, and the frames of layers."""
    root = lanes(model, tmp_path, stage="compile", collapse=collapse)
    for kind in ("node", "lane", "layer"):
        found = [box_of(each) for each in groups(root, kind)]
        pairs = combinations([each for each in found if each is not None], 2)
        assert not any(common(a, b) for a, b in pairs), kind


@given(st.data())
@in_a_folder
def test_nothing_overlaps_in_any_graph(
    random_graph: Random, tmp_path: Path, data: st.DataObject
) -> None:
    """The same for graphs that no model has."""
    found = boxes(lanes(random_graph(data), tmp_path, collapse=False))
    assert not any(common(a, b) for a, b in combinations(found.values(), 2))


@given(models(), COLLAPSE)
@in_a_folder
def test_texts_stay_in_their_boxes(
    tmp_path: Path, model: gg.Sequential, collapse: Any
) -> None:
    """By the widths of Helvetica, with room for fonts that stand in for it."""
    root = lanes(model, tmp_path, stage="compile", collapse=collapse)
    for group in groups(root, "node"):
        box = box_of(group)
        for text in group.findall(f"{SVG}text") if box else ():
            assert box is not None
            words, size = "".join(text.itertext()), float(text.get("font-size", ""))
            half = width_of(words, size, bold=bool(text.get("font-weight"))) / 2
            x, y = float(text.get("x", "")), float(text.get("y", ""))
            assert box[0] <= x - half <= x + half <= box[2]
            assert box[1] <= y - size * 0.75 <= y <= box[3] - 2


def test_everything_is_inside_the_view(model: gg.Sequential, tmp_path: Path) -> None:
    """Nothing is cut off at the edges of the picture."""
    root = lanes(model, tmp_path, stage="fit", collapse=False)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    places = [each for each in root.iter(f"{SVG}text") if each.get("x")]
    for text in places:
        assert left < float(text.get("x", "")) < left + width
        assert top < float(text.get("y", "")) < top + height
    for box in boxes(root).values():
        assert left < box[0] < box[2] < left + width
        assert top < box[1] < box[3] < top + height


def test_models_in_models_have_frames(read: Read, tmp_path: Path) -> None:
    """A frame holds the frames of its layers, and no other; so says the DOT text."""
    deep = gg.Sequential([gg.Dense(3), gg.Dense(2)], name="deep")
    block = gg.Sequential([gg.Dense(4, "relu"), deep], name="block")
    model = gg.Sequential([gg.Input((5,)), gg.Dense(3), block, gg.Dense(1)])
    root = lanes(model, tmp_path, stage="build")
    frames: dict[str, Box] = {}
    for each in [*groups(root, "group"), *groups(root, "layer")]:
        title, box = str(each.findtext(f"{SVG}title")), box_of(each)
        assert box is not None
        frames[title.partition(" · ")[0]] = box
    for outer, inner in [("block", "block/deep"), ("block/deep", "block/deep/dense_1")]:
        a, b = frames[outer], frames[inner]
        assert a[0] < b[0] < b[2] < a[2]
        assert a[1] + 15 < b[1] < b[3] < a[3]
    for outer in ("block", "block/deep"):
        assert not common(frames[outer], frames["dense"])
        assert not common(frames[outer], frames["dense_1"])
    dot = read(to_dot(model, "build").source)
    held = {title: set(dot.clusters[key]) for key, title in dot.titles.items()}
    (around,) = (names for title, names in held.items() if "<B>block</B>" in title)
    assert {n.name for n in model.graph("build").operations if "block" in n.scope} <= (
        around
    )


@given(models(), COLLAPSE)
@in_a_folder
def test_no_line_strikes_a_title_out(
    tmp_path: Path, model: gg.Sequential, collapse: Any
) -> None:
    """Titles of frames stand where no line passes, if there is room between lines."""
    root = lanes(model, tmp_path, stage="compile", collapse=collapse)
    ways = [
        [float(each) for each in NUMBER.findall(path.get("d", ""))]
        for group in groups(root, "edge")
        for path in group.findall(f"{SVG}path")[:1]
    ]
    points = [
        p for way in ways for p in samples([*zip(way[::2], way[1::2], strict=True)])
    ]
    for group in groups(root, "cluster"):
        (text,) = group.findall(f"{SVG}text")
        size, words = float(text.get("font-size", "")), "".join(text.itertext())
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        end = x + width_of(words, size)
        struck = [p for p in points if x < p[0] < end and y - size / 2 < p[1] < y]
        left, top, right, _ = box_of(group) or (0.0, 0.0, 0.0, 0.0)
        strip = (p for p in points if top < p[1] < top + size * 1.35 + 4)
        xs = sorted(p[0] for p in strip if left < p[0] < right)
        gaps = [b - a for a, b in pairwise([left, *xs, right])]
        assert not struck or max(gaps) < end - x + 22, words


@pytest.mark.parametrize("stage", ["build", "compile", "fit", "predict"])
def test_titles_start_below_each_other(
    model: gg.Sequential, stage: str, tmp_path: Path
) -> None:
    """Those of the layers and of the loss; a metric's frame is too narrow for it."""
    root = lanes(model, tmp_path, stage=stage, collapse=False)
    texts = [text for x in groups(root, "layer") for text in x.findall(f"{SVG}text")]
    starts = {"".join(text.itertext()): float(text.get("x", "")) for text in texts}
    found = {x for name, x in starts.items() if name.startswith(("dense", "binary_"))}
    assert len(found) == 1


@given(models())
@in_a_folder
def test_counts_stand_beside_boxes(tmp_path: Path, model: gg.Sequential) -> None:
    """The ×2 of a line hides no box, and the legend explains it."""
    root = lanes(model, tmp_path, stage="compile", collapse=True)
    texts = [
        text for group in groups(root, "edge") for text in group.iter(f"{SVG}text")
    ]
    counts = [text for text in texts if str(text.text).startswith("×")]
    legend = "".join("".join(each.itertext()) for each in root.iter(f"{SVG}text"))
    assert bool(counts) == ("two uses" in legend)
    for text in counts:
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        half = width_of(str(text.text), 9) / 2
        label = (x - half, y - 7, x + half, y)
        assert not any(common(label, box) for box in boxes(root).values())


# ---- as text -------------------------------------------------------------------------


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=6), min_size=2, max_size=2))
@in_a_folder
def test_names_of_any_kind_are_drawn(tmp_path: Path, names: list[str]) -> None:
    """Whatever names say, the file is well formed, and shows what XML can hold."""
    state = gg.Variable(np.ones(3), name=names[0])

    def f(x: gg.Tensor) -> gg.Tensor:
        with gg.scope(names[1]):
            return gg.tanh(x) * state

    graph = gg.trace(f, gg.Spec((3,)))
    root = lanes(graph, tmp_path)
    prefix = root.find(f"{SVG}g").get("id", "").removesuffix("graph0")  # type: ignore[union-attr]
    ids = {str(each.get("id")) for each in groups(root, "node")}
    assert {prefix + plain(node.name) for node in graph.nodes} == ids


def test_the_same_thing_gives_the_same_bytes(
    model: gg.Sequential, tmp_path: Path
) -> None:
    """Nothing in the file depends on the run."""
    one = render(model, tmp_path / "1.svg", engine="lanes").read_bytes()
    assert one == render(model, tmp_path / "2.svg", engine="lanes").read_bytes()


def test_those_who_do_not_see_it_are_told(model: gg.Sequential, tmp_path: Path) -> None:
    """The picture has a role, a title and a description, which it names."""
    root = lanes(model, tmp_path, stage="fit")
    assert root.get("role") == "img"
    told = root.get("aria-labelledby", "").split()
    texts = {each.get("id"): str(each.text) for each in root if each.get("id") in told}
    title, description = (texts[each] for each in told)
    assert title == "small · fit"
    assert "binary_crossentropy" in description
    assert "dense · Dense(3, sigmoid)" in description


def test_every_colour_has_one_for_dark_pages(
    model: gg.Sequential, tmp_path: Path
) -> None:
    """A style sheet that asks for the page's scheme replaces each of them."""
    root = lanes(model, tmp_path, stage="fit", collapse=False)
    rules = str(root.findtext(f"{SVG}style"))
    assert rules.startswith("@media screen and (prefers-color-scheme:dark)")
    for each in root.iter():
        for name in ("fill", "stroke"):
            color = each.get(name, "none")
            assert color == "none" or f'[{name}="{color}"]{{{name}:#' in rules, color


def test_profiles_are_shaded(model: gg.Sequential, tmp_path: Path) -> None:
    """The shades are explained, and have a counterpart on dark pages."""
    profile = model.profile(np.ones((8, 6)), np.ones(8), steps=3)
    root = lanes(profile, tmp_path, collapse=False)
    words = " ".join("".join(each.itertext()) for each in root.iter(f"{SVG}text"))
    assert "share of the time" in words
    assert "3 to 10 %" in words
    fills = {each.get("fill") for each in root.iter(f"{SVG}rect")}
    assert fills & {"#EDEEF0", "#D9DBDF", "#C0C4CA", "#A3A9B2"}
