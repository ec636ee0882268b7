"""Where things stand: nothing overlaps, forward runs down, backward climbs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import to_dot

Read = Callable[[str], Any]
Random = Callable[[st.DataObject], gg.Graph]
Box = tuple[float, float, float, float]


def boxes(dot: Any) -> dict[str, Box]:
    """Return left, bottom, right, top of every node but the small constants."""
    found = {}
    for name, look in dot.nodes.items():
        if look["class"] == "constant":
            continue
        x, y = (float(each) for each in look["pos"].split(","))
        w, h = float(look["width"]) * 36, float(look["height"]) * 36
        found[name] = (x - w, y - h, x + w, y + h)
    return found


def overlap(a: Box, b: Box) -> bool:
    """Return whether two boxes have more in common than a rounding error."""
    return (
        min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1
    )


def height(dot: Any, name: str) -> float:
    """Return how far a node is above the ground."""
    return float(dot.nodes[name]["pos"].split(",")[1])


@given(st.data())
def test_no_two_nodes_overlap(
    read: Read, random_graph: Random, data: st.DataObject
) -> None:
    """Every node has its own place."""
    found = list(boxes(read(to_dot(random_graph(data)).source)).items())
    clashes = [
        (a, b)
        for i, (a, one) in enumerate(found)
        for b, other in found[:i]
        if overlap(one, other)
    ]
    assert [] == clashes


def test_no_two_nodes_of_a_model_overlap(read: Read, model: gg.Sequential) -> None:
    """The same for the program of a whole training step, with and without boxes."""
    for collapse in (False, "update", "backward", True):
        found = list(boxes(read(to_dot(model, collapse=collapse).source)).values())
        pairs = ((a, b) for i, a in enumerate(found) for b in found[:i])
        assert not any(overlap(a, b) for a, b in pairs)


def test_clusters_contain_their_nodes(read: Read, model: gg.Sequential) -> None:
    """A node is inside the box of its layer."""
    source = to_dot(model).source
    dot, found = read(source), boxes(read(source))
    frames = [
        line.split('bb="')[1].split('"')[0]
        for line in source.splitlines()
        if 'bb="' in line
    ]
    for (_, names), frame in zip(dot.clusters.items(), frames, strict=True):
        left, bottom, right, top = (float(each) for each in frame.split(","))
        for name in names:
            box = found.get(name, (left, bottom, right, top))
            assert left - 1 <= box[0] <= box[2] <= right + 1
            assert bottom - 1 <= box[1] <= box[3] <= top + 1


def test_forward_runs_down_and_backward_climbs(
    read: Read, model: gg.Sequential
) -> None:
    """Values go down the page, gradients go up."""
    dot = read(to_dot(model).source)
    for source, target, look in dot.edges:
        kind, phase = look["class"].split()
        both = {dot.nodes[each]["class"] for each in (source, target)}
        if kind == "flow" and both == {"operation forward"}:
            assert height(dot, source) > height(dot, target)
        if kind == "gradient" and phase == "backward":
            assert height(dot, source) < height(dot, target)


def test_phases_are_columns(read: Read, model: gg.Sequential) -> None:
    """Forward, backward and update stand from left to right."""
    dot = read(to_dot(model).source)
    middles: dict[str, list[float]] = {}
    for look in dot.nodes.values():
        if look["class"].startswith("operation "):
            x = float(look["pos"].split(",")[0])
            middles.setdefault(look["class"].split()[1], []).append(x)
    assert max(middles["forward"]) < min(middles["backward"])
    assert max(middles["backward"]) < min(middles["update"])


@given(st.data())
def test_ways_have_whole_pieces(
    read: Read, random_graph: Random, data: st.DataObject
) -> None:
    """Every edge has a way of 3n + 1 points, which is what DOT asks for."""
    for _, _, look in read(to_dot(random_graph(data)).source).edges:
        points = [each for each in look["pos"].split() if each[0] not in "se"]
        assert 1 == len(points) % 3
        assert 4 <= len(points)


@given(st.integers(2, 40), st.integers(1, 4))
@settings(max_examples=20)
def test_long_lines_become_stubs(read: Read, depth: int, reads: int) -> None:
    """A value that is read far below is named there, at a short arrow."""

    def deep(x: gg.Tensor) -> gg.Tensor:
        y = x
        for _ in range(depth):
            y = gg.tanh(y)
        for _ in range(reads):
            y = y + x
        return y

    graph = gg.trace(deep, gg.Spec((2,), np.dtype("f8")))
    dot = read(to_dot(graph).source)
    stubs = [x for _, _, x in dot.edges if x.get("label") == "x"]
    assert sorted(graph.edges) == dot.pairs
    assert bool(stubs) == (depth + reads > 7)


def test_big_graphs_are_laid_out_quickly(read: Read) -> None:
    """Hundreds of nodes take a moment, not minutes: time grows with size alone."""

    def wide(x: gg.Tensor) -> gg.Tensor:
        rows = [x * float(i) for i in range(30)]
        for _ in range(12):
            rows = [a + b for a, b in zip(rows, rows[1:] + rows[:1], strict=True)]
        return gg.add_n(rows)

    graph = gg.trace(wide, gg.Spec((2,)))
    dot = read(to_dot(graph).source)
    assert len(graph) == len(dot.nodes)
    assert not any(
        overlap(a, b)
        for i, a in enumerate(boxes(dot).values())
        for b in list(boxes(dot).values())[:i][:50]
    )


# ---- an update of all weights as one -------------------------------------------------


def frame(dot: Any, words: str) -> Box:
    """Return left, bottom, right, top of what stands in the cluster of that title."""
    (key,) = (key for key, title in dot.titles.items() if words in title)
    found = [boxes(dot)[name] for name in dot.clusters[key] if name in boxes(dot)]
    lefts, bottoms, rights, tops = zip(*found, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def test_the_optimizer_stands_beside_the_layers(
    read: Read, model: gg.Sequential
) -> None:
    """To the right of all of them, and as high as the first one."""
    dot = read(to_dot(model, "fit").source)
    left, _, _, top = frame(dot, "weights as one")
    for words in ("21 parameters", "· 4 parameters", "binary_cross", "· metric"):
        assert frame(dot, words)[2] < left
    assert abs(top - frame(dot, "21 parameters")[3]) < 1


@given(st.integers(2, 12))
@settings(max_examples=5)
def test_what_packs_many_gradients_has_room_for_all(read: Read, depth: int) -> None:
    """Their names stand at the box, one below the other."""
    model = gg.Sequential([gg.Input((2,)), *[gg.Dense(2) for _ in range(depth)]])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)
    dot = read(to_dot(model, "fit").source)
    (pack,) = (n for n in model.graph("fit").operations if n.op.name == "pack")
    _, bottom, _, top = boxes(dot)[pack.name]
    heights = [
        float(look["lp"].split(",")[1])
        for _, target, look in dot.edges
        if target == pack.name
    ]
    assert 2 * depth == len(set(heights))
    assert bottom <= min(heights) <= max(heights) <= top


def test_forward_comes_from_above_past_the_weights(
    read: Read, model: gg.Sequential
) -> None:
    """Down from layer to layer, not around: all of the way lies between the two."""
    dot, graph = read(to_dot(model, "fit").source), model.graph("fit")
    edges = [
        (a.name, b.name)
        for b in graph.operations
        for a in b.inputs
        if b.op.name == "matmul" and b.phase == "forward" and a.phase == "forward"
        if a.name not in {w.name for w in model.weights}
    ]
    assert 2 == len(edges)
    for ends in edges:
        (look,) = (x for a, b, x in dot.edges if (a, b) == ends)
        points = [each for each in look["pos"].split() if each[0] not in "se"]
        xs = [float(each.split(",")[0]) for each in points]
        both = [boxes(dot)[each] for each in ends]
        assert min(box[0] for box in both) <= min(xs)
        assert max(xs) <= max(box[2] for box in both)


def lines_run(layers: int) -> int:
    """Return how many lines of Python it takes to draw so many layers."""

    def deep(x: gg.Tensor) -> gg.Tensor:
        for i in range(layers):
            with gg.scope(f"block_{i // 8}"), gg.scope(f"layer_{i}"):
                x = gg.tanh(x) + x
        return x

    graph, count, before = gg.trace(deep, gg.Spec((2,))), 0, sys.gettrace()

    def trace(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        to_dot(graph, collapse=False)
    finally:
        sys.settrace(before)
    return count


def test_work_grows_with_the_number_of_layers_alone() -> None:
    """Four times the layers and models take about four times as long."""
    lines_run(8)
    assert lines_run(160) < 4.5 * lines_run(40)
