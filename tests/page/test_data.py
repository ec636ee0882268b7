"""The data of a page and how it is put together; no browser is needed for these."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Dense = Callable[..., gg.Sequential]

FOLDER = Path(__file__).parents[2] / "viz" / "page"
SCRIPTS = sorted(FOLDER.glob("*.js"))
MAX_FILE, MAX_BODY, MAX_LINE = 400, 45, 88


def data_of(page: gg.viz.Page) -> dict[str, Any]:
    """Return the object in a page."""
    match = re.search(r'id="data">(.*?)</script>', page.html, re.DOTALL)
    assert match
    return dict(json.loads(match[1]))


def test_nodes_are_those_of_the_graph(dense: Dense) -> None:
    """Names, tags, shapes, costs and inputs are the graph's own."""
    graph = dense().graph("compile")
    data = data_of(gg.viz.to_html(graph))
    tags = graph.tags()
    assert [each["id"] for each in data["nodes"]] == [n.name for n in graph.nodes]
    for node, entry in zip(graph.nodes, data["nodes"], strict=True):
        assert entry.get("tag", "") == tags.get(node.name, "")
        assert entry["shape"] == gg.describe(node).partition(" ")[2]
        assert entry["bytes"] == np.prod(node.shape) * node.dtype.itemsize
        names = [data["nodes"][i]["id"] for i in entry.get("inputs", [])]
        assert names == [each.name for each in node.inputs]
    order = [data["nodes"][i]["id"] for i in data["schedule"]]
    assert order == [node.name for node in graph.operations]
    assert sum(each.get("flops", 0) for each in data["nodes"]) == graph.flops()


def test_links_are_the_edges(dense: Dense) -> None:
    """One link for each use of a value."""
    graph = dense().graph("compile")
    data = data_of(gg.viz.to_html(graph))
    names = [each["id"] for each in data["nodes"]]
    found = sorted((names[each["s"]], names[each["t"]]) for each in data["links"])
    assert found == sorted(graph.edges)


def test_nodes_lie_in_their_lanes(dense: Dense) -> None:
    """Within a lane no box leaves its bounds or lies on another."""
    data = data_of(gg.viz.to_html(dense(2, "adam").graph("compile")))
    for number, lane in enumerate(data["lanes"]):
        inside = [
            each
            for each in data["nodes"]
            if each["lane"] == number and each["kind"] != "constant"
        ]
        for each in inside:
            assert -0.1 <= each["x"] - each["w"] / 2
            assert each["x"] + each["w"] / 2 <= lane["width"] + 0.1
            assert -0.1 <= each["y"] - each["h"] / 2
            assert each["y"] + each["h"] / 2 <= lane["height"] + 0.1
        for i, a in enumerate(inside):
            for b in inside[i + 1 :]:
                apart_x = abs(a["x"] - b["x"]) >= (a["w"] + b["w"]) / 2 - 0.2
                apart_y = abs(a["y"] - b["y"]) >= (a["h"] + b["h"]) / 2 - 0.2
                assert apart_x or apart_y


def test_layers_that_are_the_same_repeat(dense: Dense) -> None:
    """Layers of one kind, shape and place in the net are one group; three are many."""
    data = data_of(gg.viz.to_html(dense(6).graph("compile")))
    (group,) = data["repeats"]
    assert [data["rows"][i]["id"] for i in group["rows"]] == [
        f"dense_{i}" for i in range(1, 6)
    ]
    assert group["count"] == 5
    assert data_of(gg.viz.to_html(dense(3).graph("compile")))["repeats"] == []
    model = dense(6)
    model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
    (group,) = data_of(gg.viz.to_html(model, stage="fit"))["repeats"]
    assert group["count"] == 5


def test_alternating_layers_repeat_as_pairs() -> None:
    """A group may hold several layers that come again in the same order."""
    gg.set_random_seed(0)
    layers = [
        layer
        for _ in range(4)
        for layer in (gg.Dense(4, use_bias=False), gg.Activation("tanh"))
    ]
    model = gg.Sequential([gg.Input((4,)), *layers])
    model.compile("sgd", "mse")
    (group,) = data_of(gg.viz.to_html(model, stage="build"))["repeats"]
    assert group["period"] == 2
    assert group["count"] in (3, 4)


def test_layers_that_only_look_alike_do_not_repeat() -> None:
    """Other numbers, or another order of the inputs, make another layer."""
    w = [gg.Variable(np.ones((4, 4), np.float32), name=f"w{i}") for i in range(3)]

    def layers(x: gg.Tensor) -> gg.Tensor:
        for i, each in enumerate(w):
            with gg.scope(f"layer_{i}"):
                x = x - each * float(i)
        for i, each in enumerate(w):
            with gg.scope(f"other_{i}"):
                x = x - each if i % 2 else each - x
        return x

    graph = gg.trace(layers, gg.Spec((4, 4), np.float32))
    assert data_of(gg.viz.to_html(graph))["repeats"] == []


def test_as_little_is_closed_as_can_be_read(dense: Dense) -> None:
    """Up to 150 nodes nothing; then updates; then whatever is needed."""
    assert data_of(gg.viz.to_html(dense().graph("compile")))["closed"] == []
    some = data_of(gg.viz.to_html(dense(3, "adam").graph("compile")))["closed"]
    assert some
    assert all("|update" in key for key in some)
    everything = data_of(
        gg.viz.to_html(dense(3, "adam"), stage="compile", collapse=True)
    )
    titled = [row["id"] for row in everything["rows"] if row["title"]]
    assert everything["closed"] == titled


def test_saved_page_is_the_page(dense: Dense, tmp_path: Path) -> None:
    """`path`, `save` and `html` are one text; no other name than .html is taken."""
    page = gg.viz.to_html(dense(), tmp_path / "a.html", stage="build")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == page.html
    assert page.save(tmp_path / "b.html") == tmp_path / "b.html"
    with pytest.raises(ValueError, match=r"ends in \.html; got 'c\.svg'"):
        page.save(tmp_path / "c.svg")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_same_graph_gives_the_same_page(dense: Dense) -> None:
    """Nothing of the clock, the machine or the order of a set is in a page."""
    one, two = (gg.viz.to_html(dense(), stage="compile").html for _ in range(2))
    assert one == two


def test_options_that_mean_nothing_are_refused(dense: Dense) -> None:
    """A page has no legend to switch off, and unknown names are not ignored."""
    graph = dense().graph("compile")
    with pytest.raises(TypeError, match="no option 'show_legend'"):
        gg.viz.to_html(graph, show_legend=False)
    with pytest.raises(TypeError, match="did you mean 'show_shapes'"):
        gg.viz.to_html(graph, show_shape=False)
    with pytest.raises(ValueError, match="got 'dense_9'"):
        gg.viz.to_html(graph, collapse="dense_9")


def test_constants_can_be_left_out(dense: Dense) -> None:
    """The page says what was left out of it."""
    data = data_of(gg.viz.to_html(dense().graph("compile"), show_constants=False))
    assert all(each["kind"] != "constant" for each in data["nodes"])
    assert "constant" in data["hidden"][0]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_keep_the_budget(path: Path) -> None:
    """Files, functions and lines of JavaScript are as small as those of Python."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "// @ts-check"
    assert lines[1].startswith("// ")
    assert len(lines) <= MAX_FILE
    assert [line for line in lines if len(line) > MAX_LINE] == []
    for number, line in enumerate(lines):
        start = re.match(r"( *)(async )?(function )?\w+\(.*\) \{$", line)
        if start:
            ends = {f"{start[1]}}}", f"{start[1]}}},"}
            length = next(i for i, each in enumerate(lines[number:]) if each in ends)
            assert length - 1 <= MAX_BODY, f"{path.name}:{number + 1}"


def test_scripts_use_nothing_that_the_policy_forbids() -> None:
    """No code from text, no markup from text, no address elsewhere."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    for word in ("eval(", "Function(", "innerHTML", "outerHTML", "insertAdjacentHTML"):
        assert word not in source
    assert set(re.findall(r"https?://[^\s\"']+", source)) == {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/2000/svg",
    }


def test_nodes_tell_the_line_that_made_them() -> None:
    """A layer's operations say where the layer was written; leaves say nothing."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2, "relu")])  # this line
    data = data_of(gg.viz.to_html(model))
    nodes = {each["id"]: each for each in data["nodes"]}
    (line,) = data["written"]
    assert line.startswith("test_data.py:")
    assert line.endswith("# this line")
    assert nodes["relu"]["line"] == 0
    assert "line" not in nodes["x"]


def test_sizes_say_for_which_batch_they_are_counted() -> None:
    """Before a batch has been seen; what ran has the one that it had."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2)])
    assert data_of(gg.viz.to_html(model))["assumed"] == "batch = 32"
    model.predict([[0.0, 1.0, 2.0]], verbose=0)
    assert "assumed" not in data_of(gg.viz.to_html(model, stage="predict"))


def test_titles_show_what_turns_the_direction_of_text() -> None:
    """Of a layer too; its id, which the address holds, is its name."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2, name="a\u202eb")])
    row = data_of(gg.viz.to_html(model))["rows"][1]
    assert (row["id"], row["title"]) == ("a\u202eb", "a⟨U+202E⟩b")
