"""Two graphs compared: counterparts, signs, words, and both in one picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.nodes import Node
from graphgrad.viz import _sequences
from graphgrad.viz._options import make_options
from graphgrad.viz._to_dot import subject_of, whole_scene
from graphgrad.viz._union import union_of

X = gg.Spec((3,), gg.float64)


def model(*layers: Any, optimizer: Any = "sgd", loss: str = "mse") -> gg.Sequential:
    """Return a compiled model."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((4,)), *layers])
    made.compile(optimizer, loss)
    return made


def small(optimizer: Any = "sgd") -> gg.Sequential:
    """Return a net of two layers."""
    return model(gg.Dense(3, "relu"), gg.Dense(1), optimizer=optimizer)


def fitted(optimizer: Any = "adam") -> gg.Sequential:
    """Return the same net after a step of training."""
    net = small(optimizer)
    net.fit(np.ones((8, 4)), np.ones(8), batch_size=8, verbose=0)
    return net


def names(nodes: Any) -> set[str]:
    """Return the names of nodes."""
    return {node.name for node in nodes}


# ---- one graph made from the other ---


def test_compile_against_fit_says_what_optimisation_did() -> None:
    """The update of four weights is packed; sums are products; constants are folded."""
    found = gg.viz.compare(fitted())
    assert found.method == "origins"
    ways = {match.how for match in found.changed}
    assert {"packed", "changed"} <= ways
    for match in found.changed:
        if match.how == "packed":
            assert len(match.before) == 4
            assert sum(np.prod(n.shape) for n in match.before) == np.prod(
                match.after[0].shape
            )
    products = [m for m in found.changed if m.what[:1] == ("sum → matmul",)]
    assert len(products) == 3
    assert "pack" in names(found.added)
    assert "packed into" in str(found)


def test_merged_nodes_are_counterparts_of_one() -> None:
    """Two that did the same became one; nothing else is different."""
    graph = gg.trace(lambda x: gg.exp(x) * gg.exp(x), X)
    found = gg.viz.compare(graph, gg.passes.merge_common(graph))
    (match,) = found.changed
    assert (names(match.before), names(match.after)) == ({"exp", "exp_1"}, {"exp"})
    assert match.how == "merged"
    assert found.added == found.removed == ()


def test_folded_and_dropped_nodes() -> None:
    """What depends on lengths alone is a constant now; what led to it is gone."""
    found = gg.viz.compare(fitted("sgd"))
    (folded,) = (m for m in found.changed if m.how == "folded")
    assert folded.after[0].is_leaf
    assert not folded.before[0].is_leaf
    lost = [n for n in found.removed if not n.is_leaf]
    assert lost
    heirs = {i for n in [folded.before[0], *lost] for i in n.inputs}
    assert set(lost) <= heirs


def test_the_other_way_round_splits() -> None:
    """Counterparts do not depend on which of the two comes first."""
    net = fitted()
    one = gg.viz.compare(net)
    other = gg.viz.compare(net, stages=("fit", "compile"))
    assert other.method == "origins"
    assert names(one.removed) == names(other.added)
    assert names(one.added) == names(other.removed)
    assert {m.how for m in other.changed} == {"split", "changed"}


# ---- two graphs made apart ---


def test_equal_graphs_are_the_same() -> None:
    """Nothing is different, whatever the optimizer."""
    for optimizer in ("sgd", "adam"):
        found = gg.viz.compare(small(optimizer), small(optimizer), stages="compile")
        assert found.method == "layers"
        assert [*found.changed, *found.added, *found.removed] == []
        assert len(found.matched) == len(found.before.nodes)
        assert "nothing is different" in str(found)


def test_sgd_against_adam() -> None:
    """All that differs is in the update; the two optimizers are one row."""
    found = gg.viz.compare(small("sgd"), small("adam"), stages="compile")
    different = [*found.added, *found.removed, *(m.after[0] for m in found.changed)]
    assert {n.phase for n in different if not n.is_leaf} == {"update"}
    assert found.rows["SGD"] == "adam"
    assert found.removed == ()
    rates = [m for m in found.changed if m.after[0].name == "adam/learning_rate"]
    assert rates[0].what == ("value 0.01 → 0.001",)


def test_an_edit_is_found_where_it_was_made() -> None:
    """A layer more, another activation and another width stand in their rows."""
    one = model(gg.Dense(3, "relu"), gg.Dense(1))
    other = model(gg.Dense(5, "tanh"), gg.Dropout(0.5), gg.Dense(1))
    found = gg.viz.compare(one, other, stages="build")
    assert {n.op.name for n in found.removed if not n.is_leaf} == {"relu"}
    assert {n.op.name for n in found.added if not n.is_leaf} == {"tanh"}
    shapes = {m.after[0].name: m.what for m in found.changed}
    assert shapes["matmul"] == ("shape (batch, 3) → (batch, 5)",)
    assert "reads tanh, where it read relu" in shapes["matmul_1"][-1]


def test_layers_are_matched_by_name_then_kind() -> None:
    """Who has another name, and is of the same kind, is the next in order."""
    one = model(gg.Dense(3, name="first"), gg.Dense(1, name="out"))
    other = model(gg.Dense(3, name="hidden"), gg.Dense(1, name="out"))
    found = gg.viz.compare(one, other, stages="compile")
    assert found.rows["first"] == "hidden"
    assert [*found.changed, *found.added, *found.removed] == []
    assert "nothing is different" in str(found)


def test_another_loss_is_in_the_row_of_the_loss() -> None:
    """There is one loss, whatever it is called."""
    one, other = model(gg.Dense(1)), model(gg.Dense(1), loss="mae")
    found = gg.viz.compare(one, other, stages="compile")
    assert found.rows["mean_squared_error"] == "mean_absolute_error"
    assert {found.homes[n][0] for n in (*found.added, *found.removed)} <= {
        "mean_absolute_error"
    }


def test_named_lengths_are_any_length() -> None:
    """A batch of the graph's own name is no difference to one of eight."""
    net = fitted("sgd")
    found = gg.viz.compare(net, stages=("compile", "fit"))
    kept = [m for m in found.matched if m.how in ("same", "changed")]
    assert not any("shape" in each for m in kept for each in m.what)


def test_a_thing_is_not_compared_with_itself() -> None:
    """What is asked for must be two things."""
    graph = gg.trace(gg.tanh, X)
    with pytest.raises(ValueError, match="name two stages of a model"):
        gg.viz.compare(graph, graph)
    with pytest.raises(ValueError, match="a pair of them, got"):
        gg.viz.compare(small(), stages=("build", "compile", "fit"))


OPS: tuple[Callable[[gg.Tensor], gg.Tensor], ...] = (gg.tanh, gg.exp, gg.sin, gg.cos)


def chain(choice: list[int]) -> gg.Graph:
    """Return a chain of these operations."""

    def f(x: gg.Tensor) -> gg.Tensor:
        for each in choice:
            x = OPS[each](x)
        return x

    return gg.trace(f, X)


@given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 3), max_size=8))
def test_counterparts_are_in_order_and_at_most_one(
    one: list[int], other: list[int]
) -> None:
    """Every node has a counterpart, or is added or removed; and order is kept."""
    found = gg.viz.compare(chain(one), chain(other))
    pairs = [(m.before[0], m.after[0]) for m in found.matched]
    befores, afters = {a for a, _ in pairs}, {b for _, b in pairs}
    assert befores | set(found.removed) == set(found.before.nodes)
    assert afters | set(found.added) == set(found.after.nodes)
    assert len(befores) == len(afters) == len(pairs)
    place = {node: i for i, node in enumerate(found.after.nodes)}
    there = [place[b] for a, b in pairs if not a.is_leaf]
    assert there == sorted(there)
    assert all(a.op.name == b.op.name for a, b in pairs if not a.is_leaf)
    union = union_of(found).graph
    assert len(union) == len(pairs) + len(found.added) + len(found.removed)
    union.check()


@given(st.lists(st.integers(0, 3), max_size=9), st.lists(st.integers(0, 3), max_size=9))
def test_alignment_is_the_best(one: list[int], other: list[int]) -> None:
    """Pairs are in order, and weigh as much as the best of all choices."""
    table = [[(a == b) * (a + 1) for b in other] for a in one]

    @cache
    def best(i: int, j: int) -> int:
        if i == len(one) or j == len(other):
            return 0
        pair = table[i][j] + best(i + 1, j + 1)
        return max(pair, best(i + 1, j), best(i, j + 1))

    rows = np.array(table, np.int64).reshape(len(one), len(other))
    with pytest.MonkeyPatch.context() as patch:
        whole = _sequences.heaviest(len(one), len(other), lambda i: rows[i])
        patch.setattr(_sequences, "_TABLE", 1)
        halved = _sequences.heaviest(len(one), len(other), lambda i: rows[i])
    weights = [sum(table[i][j] for i, j in found) for found in (whole, halved)]
    assert weights == [best(0, 0)] * 2
    for found in (whole, halved):
        assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(found))
        assert all(table[i][j] for i, j in found)


# ---- pictures ---


def edges_of(comparison: gg.viz.Comparison, scene: Any) -> None:
    """Check that the lines of the scene are those of both graphs."""
    union = union_of(comparison)
    node_of: dict[Node, Node] = union.node_of
    wanted = {
        (node_of[i].name, node_of[n].name)
        for graph in (comparison.before, comparison.after)
        for n in graph.nodes
        for i in n.inputs
    }
    drawn = {(link.source, link.target) for link in scene.links}
    assert drawn == wanted


def test_picture_has_the_nodes_and_lines_of_both() -> None:
    """Nodes by their names, lines of each graph, signs at what is different."""
    found = gg.viz.compare(small("sgd"), small("adam"), stages="compile")
    scene = whole_scene(subject_of(found), make_options(None, False))
    edges_of(found, scene)
    signs = {key: item.sign for key, item in scene.items.items() if item.sign}
    assert {k for k, sign in signs.items() if sign == "+"} == names(found.added)
    assert {k for k, sign in signs.items() if sign == "~"} == names(
        m.after[0] for m in found.changed
    )
    dot = gg.viz.to_dot(found)
    assert set(names(found.after.nodes)) <= set(scene.items)
    assert "only after" in dot.source
    assert 'class="operation update added"' in dot.source


def test_lines_of_before_are_drawn_where_after_goes_another_way() -> None:
    """A bias that is reshaped now was read by the addition itself."""
    found = gg.viz.compare(fitted())
    scene = whole_scene(subject_of(found), make_options(None, False))
    signs = {(link.source, link.target): link.sign for link in scene.links}
    assert signs["dense_1/bias", "add_1"] == "−"
    assert signs["dense_1/bias", "reshape_1"] == "+"
    assert signs["reshape_1", "add_1"] == "+"
    node_of = union_of(found).node_of
    for node in found.before.nodes:
        after = found.partners.get(node, [])
        if after and (after[0].is_leaf or len(match_of(found, after[0]).before) > 1):
            continue
        for each in node.inputs:
            assert (node_of[each].name, node_of[node].name) in signs


def match_of(found: gg.viz.Comparison, node: Node) -> gg.viz.Match:
    """Return the match of a node of the graph after."""
    return next(match for match in found.matched if node in match.after)


def test_nodes_of_one_name_are_told_apart() -> None:
    """What only before has keeps its name where that is free."""
    before = gg.trace(lambda x: gg.exp(gg.tanh(x)) * 2.0, X)
    after = gg.trace(lambda x: gg.sin(gg.tanh(x)), X)
    union = union_of(gg.viz.compare(before, after))
    assert {"tanh", "sin", "exp", "multiply"} <= set(names(union.graph.nodes))
    net = fitted()
    both = union_of(gg.viz.compare(net)).graph
    assert {"reshape_1", "reshape_1 (before)"} <= names(both.nodes)


def test_both_are_rendered(tmp_path: Any) -> None:
    """`render` takes a comparison, and so do the options of pictures."""
    found = gg.viz.compare(small(), small("adam"), stages="compile")
    path = gg.viz.render(found, tmp_path / "both.dot", collapse=True)
    assert "both" in path.name
    assert path.read_text(encoding="utf-8").count("box3d") >= 3


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_random_graphs_are_compared(random_graph: Any, data: st.DataObject) -> None:
    """Whatever two graphs are, every node is told of, and every line is drawn."""
    one = random_graph(data)
    other = random_graph(data)
    for before, after in ((one, other), (one, gg.passes.optimize(one)), (other, one)):
        found = gg.viz.compare(before, after)
        told = {n for m in found.matched for n in m.before} | set(found.removed)
        assert told == set(before.nodes)
        assert {n for m in found.matched for n in m.after} | set(found.added) == set(
            after.nodes
        )
        union = union_of(found)
        scene = whole_scene(subject_of(found), make_options(None, False))
        assert set(scene.items) == names(union.graph.nodes)
        between = {
            (union.node_of[i].name, union.node_of[n].name)
            for graph in (before, after)
            for n in graph.nodes
            for i in n.inputs
        }
        assert {(link.source, link.target) for link in scene.links} <= between
        assert str(found)
