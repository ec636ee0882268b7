"""Views leave things out, and say how much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import to_dot

Read = Callable[[str], Any]
Random = Callable[[st.DataObject], gg.Graph]

PHASES = ("forward", "loss", "backward", "update")


def operations(graph: gg.Graph, phases: Iterable[str]) -> set[str]:
    """Return the names of the operations of some phases."""
    return {node.name for node in graph.operations if node.phase in phases}


@pytest.mark.parametrize("stage", ["compile", "fit"])
@pytest.mark.parametrize(
    "phases", [("forward",), ("forward", "loss"), ("backward",), ("update",)]
)
def test_phases_choose_operations(
    read: Read, model: gg.Sequential, phases: tuple[str, ...], stage: str
) -> None:
    """Only the operations of those phases are drawn, and the rest is counted.

    With them stand the weights that they read, also where those are looks at an array.
    """
    graph = model.graph(stage)
    dot = read(to_dot(model, stage, phases=phases).source)
    shown, total = operations(graph, phases), len(graph.operations)
    drawn = set(dot.nodes) & operations(graph, PHASES)
    assert shown <= drawn
    weights = {source for source, target in graph.edges if target in shown} & {
        name for name, look in dot.nodes.items() if look["class"].startswith("param")
    }
    assert drawn - shown <= weights <= set(dot.nodes)
    assert (
        f"Hidden: {total - len(drawn):,} of {total} operations (" in dot.graph["label"]
    )


def test_without_the_update_weights_stand_beside_the_layers(
    read: Read, model: gg.Sequential
) -> None:
    """The array of all of them is no part of a layer, and no optimizer is shown."""
    dot = read(to_dot(model, "fit", phases="forward").source)
    assert "weights" in dot.nodes
    assert not any("weights" in names for names in dot.clusters.values())
    assert not any("adam" in title for title in dot.titles.values())
    assert "weights" not in read(to_dot(model, "fit", phases="loss").source).nodes


def test_full_view_hides_nothing(model: gg.Sequential) -> None:
    """Nothing is hidden unless it is asked for."""
    assert "Hidden" not in to_dot(model).source


@given(st.data(), st.sets(st.sampled_from(PHASES), min_size=1))
def test_collapse_counts_what_it_hides(
    read: Read, random_graph: Random, data: st.DataObject, phases: set[str]
) -> None:
    """Boxes and single operations together are all operations of the graph."""
    graph = random_graph(data)
    dot = read(to_dot(graph, collapse=phases).source)
    kinds = [look["class"].split()[0] for look in dot.nodes.values()]
    inside = sum(
        int(look["label"].split(" operations")[0].split(">")[-1].replace(",", ""))
        for look in dot.nodes.values()
        if look["class"].startswith("fold")
    )
    assert len(graph.operations) == kinds.count("operation") + inside
    assert {a for a, _, _ in dot.edges} | {b for _, b, _ in dot.edges} <= set(dot.nodes)
    if inside:
        assert (
            f"Hidden: {inside} of {len(graph.operations)} operation"
            in (dot.graph["label"])
        )


def test_collapsed_layers_are_boxes(read: Read, model: gg.Sequential) -> None:
    """One box per layer, loss, metric and optimizer, and the two inputs."""
    dot = read(to_dot(model, collapse=True).source)
    boxes = {name for name in dot.nodes if name.startswith("fold:")}
    rows = {"dense", "dense_1", "binary_crossentropy", "loss", "accuracy", "adam"}
    assert {f"fold:{row}" for row in rows} == boxes
    assert {"x", "y"} == set(dot.nodes) - boxes
    assert {"box3d"} == {dot.nodes[name]["shape"] for name in boxes}


def test_one_layer_can_be_collapsed(read: Read, model: gg.Sequential) -> None:
    """A layer's name collapses that layer alone."""
    dot = read(to_dot(model, collapse="dense").source)
    assert "fold:dense" in dot.nodes
    assert "dense_1/kernel" in dot.nodes
    assert "dense/kernel" not in dot.nodes


def test_collapsed_layers_stay_in_their_row(read: Read, model: gg.Sequential) -> None:
    """A box stands where its layer stood: below the one before."""
    dot = read(to_dot(model, collapse=["dense_1", "accuracy"]).source)
    heights = {
        name: float(look["pos"].split(",")[1]) for name, look in dot.nodes.items()
    }
    assert heights["dense/kernel"] > heights["fold:dense_1"] > heights["y"]
    assert heights["y"] > heights["fold:accuracy"]


def test_loss_names_the_phase_before_the_mean(read: Read, model: gg.Sequential) -> None:
    """Boxes of the phase stay in their clusters, in the lane of the loss, in order."""
    dot = read(to_dot(model, collapse=["loss"]).source)
    boxes = {"fold:binary_crossentropy/loss", "fold:loss/loss", "fold:accuracy/loss"}
    assert boxes == {name for name in dot.nodes if name.startswith("fold:")}
    for name in boxes:
        titles = [
            dot.titles[key] for key, names in dot.clusters.items() if name in names
        ]
        assert "loss" == titles[-1]
        assert 2 == len(titles)
    (mean,) = (look for a, b, look in dot.edges if b == "fold:loss/loss")
    first, *_, last = (each for each in mean["pos"].split() if each[0] not in "se")
    assert float(first.split(",")[1]) > float(last.split(",")[1])


@pytest.mark.parametrize(
    ("stage", "box", "weights", "slot"),
    [
        (
            "compile",
            "fold:dense/update kernel",
            "dense/kernel",
            "adam/momentum/dense/kernel",
        ),
        ("fit", "fold:adam/update", "weights", "adam/momentum"),
    ],
)
def test_box_of_an_update_leaves_the_parameter(
    read: Read, model: gg.Sequential, stage: str, box: str, weights: str, slot: str
) -> None:
    """The cylinder stays; the box assigns it, and holds the slots."""
    assert slot in read(to_dot(model, stage).source).nodes
    dot = read(to_dot(model, stage, collapse="update").source)
    assert {"dense/kernel", "dense/bias", weights, box} <= set(dot.nodes)
    assert slot not in dot.nodes
    edges = [look for a, b, look in dot.edges if (a, b) == (weights, box)]
    (look,) = (each for each in edges if each["class"].startswith("assign"))
    assert "diamond" == look["arrowtail"]


def test_boxes_of_phases_leave_the_parameters(read: Read, model: gg.Sequential) -> None:
    """A weight that is a look at an array stays, as one that is a leaf does."""
    dot = read(to_dot(model, "fit", collapse=PHASES).source)
    kernel = dot.nodes["dense/kernel"]
    assert "cylinder" == kernel["shape"]
    assert ("dense/kernel", "fold:dense/forward") in dot.pairs
    graph = model.graph("fit")
    looks = [node for node in graph.operations if node.name in dot.nodes]
    hidden = len(graph.operations) - len(looks)
    assert f"Hidden: {hidden} of {len(graph.operations)} oper" in dot.graph["label"]


def test_auto_does_nothing_to_small_pictures(model: gg.Sequential) -> None:
    """What can be read as it is stays as it is."""
    assert (
        to_dot(model, "build").source == to_dot(model, "build", collapse="auto").source
    )


def test_auto_makes_pictures_readable(read: Read) -> None:
    """A deep model is collapsed until about 150 nodes are left, the update first."""
    layers = [gg.Dense(4, "tanh") for _ in range(6)]
    model = gg.Sequential([gg.Input((4,)), *layers])
    model.compile("adam", "mse")
    dot = read(to_dot(model, collapse="auto").source)
    assert len(dot.nodes) <= 150
    assert any("update" in name for name in dot.nodes if name.startswith("fold:"))
    assert "Hidden" in dot.graph["label"]


def test_constants_and_saved_lines_can_go(read: Read, model: gg.Sequential) -> None:
    """Both switches count what they hide."""
    source = to_dot(model, "fit", show_constants=False, show_saved=False).source
    dot, graph = read(source), model.graph("fit")
    constants = [n for n in graph.nodes if isinstance(n.op, gg.nodes.Constant)]
    assert not any(look["class"] == "constant" for look in dot.nodes.values())
    assert not any(look["class"].startswith("saved") for _, _, look in dot.edges)
    assert f"{len(constants)} constants" in dot.graph["label"]
    assert "to saved values" in dot.graph["label"]


def test_unknown_names_are_refused(model: gg.Sequential) -> None:
    """Phases and names to collapse are checked, and the known ones are listed."""
    with pytest.raises(ValueError, match=r"forward, loss, backward, update; got 'x'"):
        to_dot(model, phases="x")
    with pytest.raises(ValueError, match=r"auto, layers, forward.* dense.*got 'x'"):
        to_dot(model, collapse="x")
    with pytest.raises(ValueError, match="at least one"):
        to_dot(model, phases=())
