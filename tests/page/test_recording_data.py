"""What a recorded step puts into a page's data; no browser is needed for these."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.recording import Recording

Dense = Callable[..., gg.Sequential]

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 4)), RNG.normal(size=(8, 1))


def data_of(page: gg.viz.Page) -> dict[str, Any]:
    """Return the object in a page."""
    match = re.search(r'id="data">(.*?)</script>', page.html, re.DOTALL)
    assert match
    return dict(json.loads(match[1]))


def shown(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return the entry of an array that a function gets and returns."""
    data = data_of(gg.viz.to_html(gg.jit(gg.exp), record=(array,)))
    return dict(data["recording"]["nodes"]["0"])


def cells(entry: dict[str, Any]) -> Any:
    """Return the numbers of an entry's map, as far as a byte tells them."""
    shape = entry["rows"], entry["columns"]
    if "numbers" in entry:
        return np.array(entry["numbers"]).reshape(shape)
    levels = np.frombuffer(base64.b64decode(entry["levels"]), np.uint8).reshape(shape)
    span = entry["max"] - entry["min"]
    return entry["min"] + span * levels.astype(np.float64) / 252


def test_order_is_the_execution_record(dense: Dense) -> None:
    """The schedule of the page is what ran, by its names, in that order."""
    model = dense(2, "adam")
    data = data_of(gg.viz.to_html(model, record=(X, Y)))
    with gg.record_execution() as names:
        model.train_on_batch(X, Y)
    order = [data["nodes"][i]["id"] for i in data["schedule"]]
    graph = model.record(X, Y).graph
    assert order == [name for name in names if not graph[name].is_leaf]


def test_three_ways_to_one_page(dense: Dense) -> None:
    """A recording, and `record=` of a model, give the same; a program's too."""
    model = dense()
    recording = model.record(X, Y)
    one = data_of(gg.viz.to_html(model, record=(X, Y)))
    two = data_of(gg.viz.to_html(recording))
    for key in ("title", "nodes", "schedule", "buffers", "pairs"):
        assert one[key] == two[key]
    assert one["recording"] == two["recording"]
    fast = gg.jit(lambda x: gg.tanh(x) * 2.0)
    by_function = data_of(gg.viz.to_html(fast, record=(X,)))
    (program,) = fast.programs.values()  # type: ignore[attr-defined]
    by_program = data_of(gg.viz.to_html(program, record=(X,)))
    assert by_function["recording"] == by_program["recording"]


def test_facts_are_those_of_numpy(dense: Dense) -> None:
    """Of every value, and of every state after the step."""
    recording = dense(1, "adam").record(X, Y)
    data = data_of(gg.viz.to_html(recording))
    index = {node["id"]: str(i) for i, node in enumerate(data["nodes"])}
    groups = [("nodes", recording), ("after", recording.after)]
    for key, arrays in groups:
        for name, entry in (
            (n, data["recording"][key].get(i)) for n, i in index.items()
        ):
            if entry is None:
                continue
            array = arrays[name]
            if array.size == 1:
                assert array.dtype.type(entry["value"]) == array.reshape(-1)[0]
                continue
            assert array.dtype.type(entry["min"]) == array.min()
            assert array.dtype.type(entry["max"]) == array.max()
            assert entry["mean"] == pytest.approx(array.mean(dtype=np.float64))
            assert entry.get("zeros", 0) == (array == 0).sum()
            assert sum(entry["hist"]) == array.size
    assert len(data["recording"]["nodes"]) == len(recording)


def test_other_weights_give_other_values(dense: Dense) -> None:
    """The numbers come from a step: what a weight does not reach stays as it is."""
    model = dense()
    one = data_of(gg.viz.to_html(model, record=(X, Y)))["recording"]["nodes"]
    recording = model.record(X, Y)
    weights = model.get_weights()
    model.set_weights([*weights[:2], weights[2] + 1.0, weights[3]])
    page = data_of(gg.viz.to_html(model, record=(X, Y)))
    two = page["recording"]["nodes"]
    index = {node["id"]: str(i) for i, node in enumerate(page["nodes"])}
    for name in ("dense_1/kernel", "matmul_1", recording.name_of("dense_1/add")):
        assert one[index[name]] != two[index[name]]
    for name in ("x", "dense/kernel", "matmul", "relu"):
        assert one[index[name]] == two[index[name]]


def test_pictures_of_a_recording_are_of_its_graph(dense: Dense) -> None:
    """What draws a program draws a recording."""
    recording = dense().record(X, Y)
    dot = gg.viz.to_dot(recording).source
    assert all(f'"{row.name}"' in dot for row in recording.nodes)


# ---- maps ----------------------------------------------------------------------------


def test_small_arrays_are_shown_number_by_number() -> None:
    """As they are, to the last bit."""
    array = RNG.normal(size=(6, 8)).astype(np.float32)
    entry = shown(array)
    assert "every" not in entry
    np.testing.assert_array_equal(cells(entry).astype(np.float32), array)


def test_others_are_shown_to_a_byte() -> None:
    """Up to 32 by 32 whole, each cell within half a level."""
    array = RNG.normal(size=(32, 32))
    entry = shown(array)
    assert (entry["rows"], entry["columns"]) == (32, 32)
    assert "every" not in entry
    step = (array.max() - array.min()) / 252
    assert np.abs(cells(entry) - array).max() <= 0.5001 * step


@pytest.mark.parametrize(
    "shape", [(784, 25), (3, 5000), (5000,), (40, 7, 90), (33, 33)]
)
def test_large_arrays_are_sampled_by_strides(shape: tuple[int, ...]) -> None:
    """The sample says which rows and columns it has, and has those."""
    array = RNG.normal(size=shape)
    entry = shown(array)
    down, across = entry["every"]
    flat = array.reshape(-1, shape[-1]) if len(shape) > 1 else array.reshape(1, -1)
    sample = flat[::down, ::across]
    assert sample.shape == (entry["rows"], entry["columns"])
    assert sample.size <= 1024
    step = (array.max() - array.min()) / 252
    assert np.abs(cells(entry) - sample).max() <= 0.5001 * step


def test_what_is_no_number_is_told_apart() -> None:
    """Counted, left out of the facts, and marked in the map."""
    array = np.array([[1.0, np.nan], [np.inf, -np.inf], [3.0, 0.0]])
    entry = shown(array)
    assert (entry["min"], entry["max"]) == (0, 3)
    assert entry["mean"] == pytest.approx(4 / 3)
    assert (entry["nan"], entry["inf"], entry["zeros"]) == (1, 2, 1)
    levels = list(base64.b64decode(entry["levels"]))
    assert levels == [84, 255, 254, 253, 252, 0]
    nothing = shown(np.full((2, 2), np.nan))
    assert "min" not in nothing
    assert nothing["nan"] == 4


@pytest.mark.parametrize("top", [2**63 - 1, 10**6, 1])
def test_whole_numbers_and_truths_are_numbers(top: int) -> None:
    """As large as they come, up to what JSON's readers tell apart."""
    entry = shown(np.array([0, 0, top]))
    assert (entry["min"], entry["max"]) == (0, float(top))
    assert entry["zeros"] == 2
    truths = data_of(gg.viz.to_html(gg.jit(lambda x: x > 0), record=(np.eye(2),)))
    last = truths["recording"]["nodes"][str(truths["schedule"][-1])]
    assert (last["min"], last["max"], last["mean"]) == (0, 1, 0.5)
    assert last["min"] is not False


def test_values_can_be_left_out(dense: Dense) -> None:
    """Then a page has what the numbers are like, and no sample of them."""
    page = gg.viz.to_html(dense(), record=(X, Y), show_values=False)
    data = data_of(page)["recording"]
    entries = [*data["nodes"].values(), *data["after"].values()]
    assert all(not {"numbers", "levels"} & set(entry) for entry in entries)
    assert any("hist" in entry for entry in entries)
    without = data_of(gg.viz.to_html(dense(), stage="compile"))
    assert "recording" not in without


def test_recorded_pages_are_small(dense: Dense) -> None:
    """The sample of all values together has a budget, however many nodes there are."""
    gg.set_random_seed(0)
    small = gg.Sequential([gg.Input((784,)), gg.Dense(25, "sigmoid"), gg.Dense(10)])
    small.compile("sgd", "mse")
    page = gg.viz.to_html(small, record=(RNG.random((32, 784)), RNG.random((32, 10))))
    assert page.nodes > 50
    assert len(page.html.encode()) < 250_000
    large = gg.viz.to_html(dense(75, "adam"), record=(X, Y))
    assert large.nodes >= 1_000
    assert len(large.html.encode()) < 1_500_000


# ---- memory, pairs, overlays ---------------------------------------------------------


def test_memory_is_that_of_the_plan(dense: Dense) -> None:
    """Ranges by positions in the schedule, and their sums; also without a recording."""
    model = dense(2, "adam")
    recording = model.record(X, Y)
    data = data_of(gg.viz.to_html(recording.program))
    assert data["memory"]["used"] == list(recording.memory)
    assert data["memory"]["planned"] == recording.program.nbytes
    for entry, each in zip(data["buffers"], recording.live, strict=True):
        names = tuple(data["nodes"][i]["id"] for i in entry["nodes"])
        assert (entry["name"], entry["bytes"]) == (each.buffer, each.nbytes)
        assert (entry["from"], entry["to"], names) == (
            each.start,
            each.stop,
            each.nodes,
        )


def pairs_of(thing: Any, **options: Any) -> dict[str, dict[str, list[str]]]:
    """Return the pairs of a page by names."""
    data = data_of(gg.viz.to_html(thing, **options))
    names = [node["id"] for node in data["nodes"]]
    return {
        names[pair["of"]]: {
            role: [names[i] for i in numbers]
            for role, numbers in pair.items()
            if role != "of"
        }
        for pair in data["pairs"]
    }


def test_pairs_of_a_dense_layer(dense: Dense) -> None:
    """By hand: what a product causes in the backward pass, keeps and changes."""
    model = dense()
    graph = model.graph("compile")
    found = pairs_of(graph)
    first, second, third, fourth = found["matmul_1"]["gradients"]
    assert gg.equation(graph[first]) == "dense_1/kernelᵀ"
    assert gg.equation(graph[third]) == "reluᵀ"
    assert graph[second].inputs[1] is graph[first]
    assert graph[fourth].inputs[0] is graph[third]
    assert found["matmul_1"]["saved"] == ["dense_1/kernel", "relu"]
    step, assign = found["matmul_1"]["updates"]
    assert graph[assign].inputs == (graph["dense_1/kernel"], graph[step])
    assert found["dense_1/kernel"]["gradients"] == ["matmul_3"]
    assert found["dense_1/kernel"]["updates"] == found["matmul_1"]["updates"]
    assert found["relu"]["saved"] == ["relu"]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("stage", ["compile", "fit"])
def test_pairs_name_what_their_roles_say(
    dense: Dense, stage: str, optimizer: str
) -> None:
    """Gradients lie in the backward pass and read what was saved; updates write."""
    model = dense(2, optimizer)
    model.fit(X, Y, verbose=0)
    graph = model.graph("compile") if stage == "compile" else model.program("fit").graph
    found = pairs_of(model, stage=stage)
    for name, roles in found.items():
        assert graph[name].is_leaf or graph[name].phase in ("forward", "loss")
        for each in roles.get("gradients", ()):
            assert graph[each].phase == "backward"
        for each in roles.get("saved", ()):
            readers = [graph[rule].inputs for rule in roles["gradients"]]
            assert any(graph[each] in inputs for inputs in readers)
        for each in roles.get("updates", ()):
            assert graph[each].phase == "update"
    products = [n.name for n in graph.operations if n.phase == "forward"]
    products = [name for name in products if graph[name].op.name == "matmul"]
    for name in products:
        assert found[name]["gradients"]
        assert graph[found[name]["updates"][-1]].op.name == "assign"
    rules = [each for roles in found.values() for each in roles.get("gradients", ())]
    backward = {node.name for node in graph.operations if node.phase == "backward"}
    assert backward <= set(rules)


def test_overlays_have_the_numbers_of_the_step(dense: Dense) -> None:
    """Times of the recording, and gradients against weights as NumPy has them."""
    recording: Recording = dense().record(X, Y)
    data = data_of(gg.viz.to_html(recording))
    overlays = {each["id"]: each for each in data["overlays"]}
    assert set(overlays) == {"time", "bytes", "flops", "ratio"}
    index = {node["id"]: str(i) for i, node in enumerate(data["nodes"])}
    times = overlays["time"]["values"]
    for row in recording.nodes:
        assert times.get(index[row.name], 0) == pytest.approx(row.time_us)
    norms = [np.linalg.norm(recording[n]) for n in ("matmul_3", "dense_1/kernel")]
    ratio = overlays["ratio"]["values"][index["dense_1/kernel"]]
    assert ratio == pytest.approx(norms[0] / norms[1], rel=1e-6)
    assert overlays["ratio"]["values"][index["matmul_3"]] == ratio
    profile = dense().profile(X, Y, steps=2)
    (time, *_) = data_of(gg.viz.to_html(profile))["overlays"]
    assert time["title"] == "Time, median"


def call(thing: Any, **options: Any) -> Any:
    """Make a page, with what may be wrong."""
    return gg.viz.to_html(thing, **options)


def test_errors_say_what_record_takes(dense: Dense) -> None:
    """A tuple; of what can run; at a stage that runs."""
    with pytest.raises(TypeError, match=r"record is a tuple: \(x, y\).* got a ndarray"):
        call(dense(), record=X)
    with pytest.raises(ValueError, match="'compile'"):
        call(dense(), record=(X, Y), stage="compile")
    graph = dense().graph("compile")
    with pytest.raises(TypeError, match="a recording is made of a Program"):
        call(graph, record=(X, Y))
    fast = gg.jit(gg.tanh)
    with pytest.raises(TypeError, match="only a model has stages"):
        call(fast, record=(X,), stage="fit")
