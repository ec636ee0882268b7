"""The picture is the program: DOT texts against the graphs that they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import to_dot

Read = Callable[[str], Any]
Random = Callable[[st.DataObject], gg.Graph]

STAGES = ("build", "compile", "fit", "evaluate", "predict")


@given(st.data())
def test_nodes_and_edges_are_the_graph(
    read: Read, random_graph: Random, data: st.DataObject
) -> None:
    """Every node once by its name, every use of a value once, and nothing else."""
    graph = random_graph(data)
    dot = read(to_dot(graph).source)
    assert {node.name for node in graph.nodes} == set(dot.nodes)
    assert sorted(graph.edges) == dot.pairs


@given(st.data())
def test_text_is_deterministic(random_graph: Random, data: st.DataObject) -> None:
    """The same graph gives the same text."""
    graph = random_graph(data)
    assert to_dot(graph).source == to_dot(graph).source


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_drawn_whole(
    read: Read, model: gg.Sequential, stage: str
) -> None:
    """Each stage's picture is that stage's graph."""
    graph = model.graph(stage)
    dot = read(to_dot(model, stage).source)
    assert {node.name for node in graph.nodes} == set(dot.nodes)
    assert sorted(graph.edges) == dot.pairs


def test_picture_of_fit_is_what_ran(read: Read, model: gg.Sequential) -> None:
    """The drawn ids are those that a recorded step executes."""
    with gg.record_execution() as names:
        model.program("fit").run()
    dot = read(to_dot(model, "fit").source)
    assert sorted(names) == sorted(dot.nodes)


def test_a_dropped_operation_would_be_noticed(read: Read, model: gg.Sequential) -> None:
    """The comparison above fails for a picture that lacks one update."""
    names = {node.name for node in model.graph("fit").nodes}
    drawn = set(read(to_dot(model, "fit").source).nodes)
    assert names != drawn - {next(n for n in drawn if n.startswith("assign"))}


def test_a_value_used_twice_has_two_edges(read: Read) -> None:
    """One edge per use: x times x reads x twice."""
    graph = gg.trace(lambda x: x * x, gg.Spec((2,)))
    assert [("x", "multiply")] * 2 == read(to_dot(graph).source).pairs


def test_tensor_shows_its_history(read: Read) -> None:
    """An eager result is drawn from what recorded it."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    dot = read(to_dot(gg.sum(gg.exp(x))).source)
    assert [("exp", "sum"), ("input", "exp")] == dot.pairs


def test_program_is_drawn_as_its_graph(read: Read) -> None:
    """A program has its plan besides, and how often it ran."""
    program = gg.Program(gg.trace(lambda x: gg.exp(x) * 2.0, gg.Spec((3,))))
    program.run()
    dot = to_dot(program, show_buffers=True)
    assert "ran once" in read(dot.source).nodes["exp"]["tooltip"]
    assert "ran 1 times" not in dot.source
    assert "b0" in read(dot.source).nodes["exp"]["label"]


# ---- vocabulary ----------------------------------------------------------------------


def of_kind(dot: Any, kind: str) -> list[dict[str, str]]:
    """Return the attributes of the nodes of a kind."""
    return [x for x in dot.nodes.values() if x["class"].split()[0] == kind]


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("operation", "box"),
        ("parameter", "cylinder"),
        ("state", "cylinder"),
        ("input", "parallelogram"),
        ("constant", "plaintext"),
    ],
)
def test_kinds_have_their_shapes(
    read: Read, model: gg.Sequential, kind: str, shape: str
) -> None:
    """The shape tells what a node is."""
    found = of_kind(read(to_dot(model).source), kind)
    assert found
    assert {shape} == {each["shape"] for each in found}


def test_state_of_the_optimizer_is_dashed(read: Read, model: gg.Sequential) -> None:
    """Slots are told from parameters by their outline."""
    dot = read(to_dot(model).source)
    assert all("dashed" in each["style"] for each in of_kind(dot, "state"))
    assert not any("style" in each for each in of_kind(dot, "parameter"))


def test_phases_have_four_colours_and_letters(read: Read, model: gg.Sequential) -> None:
    """A phase is told by the outline and by the letter of the tag."""
    dot = read(to_dot(model).source)
    colours: dict[str, set[str]] = {}
    for each in of_kind(dot, "operation"):
        phase = each["class"].split()[1]
        colours.setdefault(phase, set()).add(each["color"])
        assert re.search(rf"<B>{phase[0].upper()}\d+</B>", each["label"])
    assert {"forward", "loss", "backward", "update"} == set(colours)
    assert len(colours) == len(set.union(*colours.values()))


def test_tags_count_the_execution(read: Read, model: gg.Sequential) -> None:
    """The number in the tag is the position in the program."""
    graph, dot = model.graph("fit"), read(to_dot(model, "fit").source)
    for name, tag in graph.tags().items():
        assert f"<B>{tag}</B>" in dot.nodes[name]["label"]


def test_loss_has_a_double_border(read: Read, model: gg.Sequential) -> None:
    """There is one loss: the scalar that the step gives out."""
    graph, dot = model.graph("fit"), read(to_dot(model, "fit").source)
    double = [name for name, each in dot.nodes.items() if "peripheries" in each]
    assert [graph.outputs[0].name] == double


def test_assignment_points_back_at_its_state(read: Read, model: gg.Sequential) -> None:
    """The edge from state to assignment is drawn with a diamond at the state."""
    graph, dot = model.graph("fit"), read(to_dot(model, "fit").source)
    first = {(n.inputs[0].name, n.name) for n in graph.operations if n.op.has_effect}
    bold = {(a, b): look for a, b, look in dot.edges if look.get("style") == "bold"}
    assert first == set(bold)
    assert {("back", "diamond")} == {(x["dir"], x["arrowtail"]) for x in bold.values()}


def test_gradients_are_dashed_with_open_arrows(
    read: Read, model: gg.Sequential
) -> None:
    """What flows backward is dashed, what was saved for it is dotted."""
    dot = read(to_dot(model).source)
    looks = {x["class"].split()[0]: x for _, _, x in dot.edges}
    assert ("dashed", "vee") == (
        looks["gradient"]["style"],
        looks["gradient"]["arrowhead"],
    )
    assert ("dotted", "odot") == (looks["saved"]["style"], looks["saved"]["arrowtail"])
    assert "style" not in looks["flow"]


def test_metrics_are_titled_as_such(read: Read, model: gg.Sequential) -> None:
    """The running mean is told from the loss, and a metric from a layer."""
    dot = read(to_dot(model).source)
    titles = {re.sub("<[^>]*>", "", title) for title in dot.titles.values()}
    wanted = {"loss · running mean of the epoch", "accuracy · metric"}
    assert wanted | {"binary_crossentropy"} <= titles


def test_equation_shape_and_dtype_are_on_the_node(read: Read) -> None:
    """Three lines: tag and operation, equation, dtype and shape."""
    graph = gg.trace(lambda z: gg.tanh(z) * 2, gg.Spec((2, 3)))
    lines = read(to_dot(graph).source).nodes["tanh"]["label"].split("<BR/>")
    plain = [re.sub("<[^>]*>", "", line) for line in lines]
    assert ["F1 tanh", "tanh(z)", "f32 (2, 3)"] == plain


def test_legend_explains_what_is_there_only(model: gg.Sequential) -> None:
    """The legend of a forward graph does not speak of gradients."""
    assert "gradient" not in to_dot(model, "build").source
    assert "gradient" in to_dot(model, "compile").source


def test_heading_has_the_facts(read: Read, model: gg.Sequential) -> None:
    """Plan, size, optimizer, loss, parameters and runs stand above the picture."""
    label = read(to_dot(model, "fit").source).graph["label"]
    runs = model.program("fit").runs
    facts = ("plan ", "adam", "binary_crossentropy", "25 parameters", f"ran {runs}")
    assert [] == [each for each in facts if each not in label]


@pytest.mark.parametrize("stage", ["compile", "fit", "evaluate"])
def test_heading_names_the_loss_and_no_layer(read: Read, stage: str) -> None:
    """Neither a layer with penalties, nor the running mean of the loss."""
    penalised = gg.Sequential(
        [
            gg.Input((3,)),
            gg.Dense(4, activity_regularizer="l2", kernel_regularizer="l2"),
            gg.layers.ActivityRegularization(l2=0.1),
            gg.Dense(2, "softmax"),
        ]
    )
    for model in (penalised, gg.Sequential([gg.Input((3,)), gg.Dense(2, "softmax")])):
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        x, y = np.ones((4, 3)), np.zeros(4, int)
        model.fit(x, y, verbose=0)
        model.evaluate(x, y, verbose=0)
        label = read(to_dot(model, stage).source).graph["label"]
        facts = label[label.index("plan ") : label.index(" parameters")].split(" · ")
        optimizer = [] if stage == "evaluate" else ["SGD"]
        assert facts[2:-1] == [*optimizer, "sparse_categorical_crossentropy"]


def test_switches_leave_things_out(read: Read) -> None:
    """Equations, shapes and the legend can be left out."""
    graph = gg.trace(lambda z: gg.tanh(z) * 2, gg.Spec((2, 3)))
    dot = to_dot(graph, show_equations=False, show_shapes=False, show_legend=False)
    assert "tanh(z)" not in read(dot.source).nodes["tanh"]["label"]
    assert "f32 (2, 3)" not in read(dot.source).nodes["tanh"]["label"]
    assert "" == read(dot.source).graph["label"]


# ---- text of any kind ----------------------------------------------------------------

HOSTILE = [
    'quote " here',
    "back\\slash",
    "ends in \\",
    "\\N \\G \\L",
    "two\nlines",
    "tab\tand\r\x00\x1b",
    "<b>&amp;</b>",
    "\u200frtl\u202e",
    "a:b:c",
    "-> {x} [y]",
    "\ud800",
    "名前 🎓",
    "%s {0}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_survives(read: Read, name: str) -> None:
    """Names of states and scopes come back from the text as they were."""
    state = gg.Variable(np.ones(2), name=name)
    with gg.scope(name):
        graph = gg.trace(lambda x: x * state, gg.Spec((2,), np.dtype("f8")))
    dot = read(to_dot(graph).source)
    assert {"x", name, "multiply"} == set(dot.nodes)
    to_dot(graph).source.encode("utf-8")


@given(name=st.text(max_size=200))
@settings(max_examples=30)
def test_labels_stay_narrow(read: Read, name: str) -> None:
    """Long names and equations are cut; the tooltip has them whole."""
    state = gg.Variable(np.ones(2), name=name or "w")
    graph = gg.trace(lambda x: x * state, gg.Spec((2,), np.dtype("f8")))
    widths = [float(x["width"]) for x in read(to_dot(graph).source).nodes.values()]
    assert max(widths) * 72 <= 240


# ---- what cannot be drawn ------------------------------------------------------------


def test_only_what_has_a_graph_is_drawn() -> None:
    """The message names what can be drawn and what came."""
    with pytest.raises(
        TypeError, match=r"a Tensor, a Graph, .* a Comparison, an error or a model.*int"
    ):
        to_dot(3)


def test_only_models_have_stages() -> None:
    """A stage of a graph is refused, not ignored."""
    graph = gg.trace(lambda x: x + x, gg.Spec((2,)))
    with pytest.raises(TypeError, match="only a model has stages"):
        to_dot(graph, "fit")


def test_unknown_stage_lists_the_stages(model: gg.Sequential) -> None:
    """The five stages are in the message."""
    with pytest.raises(
        ValueError, match=r"build, compile, fit, evaluate, predict.*'x'"
    ):
        to_dot(model, "x")


def test_unknown_option_names_the_nearest() -> None:
    """A misspelt switch is an error with a hint."""
    graph = gg.trace(lambda x: x + x, gg.Spec((2,)))
    with pytest.raises(TypeError, match="did you mean 'show_shapes'"):
        to_dot(graph, show_shape=False)


def test_huge_graphs_are_complete_without_places(read: Read) -> None:
    """Above the limit the text still has every node and edge."""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(3000):
            x = -x
        return x

    graph = gg.trace(chain, gg.Spec((2,)))
    dot = read(to_dot(graph).source)
    assert len(graph) == len(dot.nodes)
    assert "dot" == dot.graph["layout"]
