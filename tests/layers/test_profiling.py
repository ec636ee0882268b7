"""model.profile: real steps are measured, and the model stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.layers._model_state import state_of

X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(int)


def rich(*, built: bool = True) -> gg.Sequential:
    """Return a model in which a step writes all kinds of state."""
    gg.set_random_seed(7)
    model = gg.Sequential([gg.Input((4,))] if built else [], name="rich")
    for layer in (
        gg.Dense(6, "relu"),
        gg.layers.BatchNormalization(),
        gg.Dropout(0.3),
        gg.Dense(1, "sigmoid"),
    ):
        model.add(layer)
    schedule = gg.optimizers.schedules.CosineDecay(0.1, 20)
    optimizer = gg.optimizers.Adam(schedule, use_ema=True, clipnorm=1.0)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", "auc"])
    return model


def values(model: gg.Sequential) -> dict[str, bytes]:
    """Return the bits of all state of a model, by name."""
    parts = state_of(model).values()
    return {name: v.numpy().tobytes() for part in parts for name, v in part.items()}


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("stage", ["fit", "evaluate"])
def test_a_fit_after_a_profile_gives_the_bits_of_one_without(
    stage: str, built: bool
) -> None:
    """Weights, slots, statistics, metrics, random state, and what is random later."""
    plain, profiled = rich(built=built), rich(built=built)
    # Each draws what it needs of the one source of seeds.
    gg.set_random_seed(1)
    expected = plain.fit(X, Y, epochs=2, verbose=0).history
    later = gg.Dense(2)([[1.0]]).tolist()
    gg.set_random_seed(1)
    profiled.profile(X, Y, steps=3, stage=stage)
    assert profiled.fit(X, Y, epochs=2, verbose=0).history == expected
    assert gg.Dense(2)([[1.0]]).tolist() == later
    assert values(profiled) == values(plain)


@pytest.mark.parametrize("stage", ["fit", "evaluate", "predict"])
def test_the_model_is_as_before(stage: str) -> None:
    """Also in the middle of its life: state, counts of runs, stages, history."""
    model = rich()
    model.fit(X, Y, epochs=1, verbose=0)
    before = values(model)
    history = model.history
    runs = model.program("fit").runs
    y = None if stage == "predict" else Y
    found = model.profile(X, y, steps=2, stage=stage)
    assert found.runs == 2
    assert values(model) == before
    assert model.program("fit").runs == runs
    assert model.stages == ("build", "compile", "fit")
    assert model.history is history


def test_an_error_in_the_data_leaves_the_model_as_it_was() -> None:
    """A stream may fail after some steps have run."""
    model = rich()
    before = values(model)

    def batches() -> Iterator[Any]:
        yield X[:8], Y[:8]
        yield X[8:16], Y[8:16]
        yield X[:8, :3], Y[:8]

    with pytest.raises(gg.ShapeError, match="x of batch 2 of shape"):
        model.profile(batches())
    assert values(model) == before
    assert model.stages == ("build", "compile")


@pytest.mark.parametrize("stage", ["fit", "evaluate", "predict"])
def test_what_is_measured_is_what_the_stage_runs(stage: str) -> None:
    """The very program, whose operations are the rows."""
    model = rich()
    y = None if stage == "predict" else Y
    found = model.profile(X, y, batch_size=50, steps=1, stage=stage)
    calls: dict[str, Callable[[], Any]] = {
        "fit": lambda: model.fit(X, Y, batch_size=50, verbose=0),
        "evaluate": lambda: model.evaluate(X, Y, batch_size=50, verbose=0),
        "predict": lambda: model.predict(X, batch_size=50, verbose=0),
    }
    with gg.record_execution() as record:
        calls[stage]()
    assert model.program(stage) is found.program
    assert model.graph(stage) is found.graph
    leaves = {node.name for node in found.graph.nodes if node.is_leaf}
    assert [name for name in record if name not in leaves] == [
        row.name for row in found.nodes
    ]
    assert found.loading_us is not None


def test_layers_and_phases_are_named() -> None:
    """Rows of layers have the names of layers, losses and optimizers."""
    found = rich().profile(X, Y, steps=1)
    phases = [each.name for each in found.phases]
    assert phases == ["forward", "loss", "backward", "update"]
    layers = {each.name for each in found.layers}
    assert layers >= {"dense", "dense_1", "dropout", "adam", "binary_crossentropy"}
    assert str(found).startswith("rich · fit, batch of 32: ")
    assert found.titles["dense"] == "Dense(6, relu)"


def test_batches_are_those_of_the_stage() -> None:
    """32 rows to train; a last, smaller batch is left out; or what was asked for."""
    model = rich()
    usual = model.profile(X, Y, steps=1)
    assert usual.graph.inputs[0].shape == (32, 4)
    whole = [
        model.profile(X, Y, batch_size=64, steps=3),
        model.profile(X, Y, batch_size="full", steps=3),
        model.profile(X, stage="predict", steps=1),
    ]
    assert [each.graph.inputs[0].shape for each in whole] == [(50, 4)] * 3
    assert [each.runs for each in whole] == [3, 3, 1]


def test_weighted_samples_make_another_program() -> None:
    """The third input is there."""
    found = rich().profile(X, Y, sample_weight=np.ones(50), steps=1)
    assert len(found.graph.inputs) == 3


# ---- streams -------------------------------------------------------------------------


class Batches(gg.utils.PyDataset):
    """Three batches, the last of them smaller."""

    def __len__(self) -> int:
        """Count the batches."""
        return 3

    def __getitem__(self, index: int) -> Any:
        """Return a batch."""
        rows = slice(20 * index, 20 * index + 20)
        return X[rows], Y[rows]


def test_batches_of_a_stream_are_measured_if_they_are_like_the_first() -> None:
    """They are gone through again until there were enough."""
    found = rich().profile(Batches(), steps=5, stage="evaluate")
    assert (found.runs, found.graph.inputs[0].shape) == (5, (20, 4))


def test_a_generator_that_ends_early_is_told() -> None:
    """As by evaluate; what there was has been measured."""

    def batches() -> Iterator[Any]:
        for _ in range(3):
            yield X[:10], Y[:10]

    with pytest.warns(UserWarning, match="steps=5 were asked for, and there were 3"):
        found = rich().profile(batches(), steps=5)
    assert found.runs == 3
    assert rich().profile(batches()).runs == 3


def test_an_endless_generator_ends_with_the_steps() -> None:
    """Nothing more is taken of it than what is measured, and the first batch."""
    taken = []

    def batches() -> Iterator[Any]:
        while True:
            taken.append(1)
            yield X[:10], Y[:10]

    assert rich().profile(batches(), steps=4).runs == 4
    assert len(taken) == 4


UNEVEN = (32, 20, 32, 17, 8)


def uneven(sizes: tuple[int, ...] = UNEVEN) -> Iterator[Any]:
    """Yield batches of these numbers of rows."""
    for rows in sizes:
        yield X[:rows], Y[:rows]


@pytest.mark.parametrize("stage", ["fit", "evaluate", "predict"])
def test_the_title_has_the_rows_of_the_batch_that_was_measured(stage: str) -> None:
    """Not of a last, smaller one: arrays of 50 rows, 32 at a time, and streams."""
    y = None if stage == "predict" else Y
    of_arrays = rich().profile(X, y, 32, steps=1, stage=stage)
    assert of_arrays.title == f"rich · {stage}, batch of 32"
    of_arrays = rich().profile(X, y, 32, steps=3, stage=stage)
    assert of_arrays.title == f"rich · {stage}, batch of 32"
    batches = ((x, y) if stage != "predict" else x for x, y in uneven((32, 20)))
    of_stream = rich().profile(batches, stage=stage)
    assert of_stream.title == f"rich · {stage}, batch of 32"
    assert (of_stream.runs, of_stream.graph.inputs[0].shape) == (1, (32, 4))


def test_batches_unlike_the_first_are_told() -> None:
    """With steps and without; not if there were enough, or for a last, smaller one."""
    found = "2 of 5 batches have 32 rows like the first"
    with pytest.warns(UserWarning, match=f"steps=5 were asked for, and {found}"):
        assert rich().profile(uneven(), steps=5).runs == 2
    with pytest.warns(UserWarning, match=f"only a part of .* measured: {found}"):
        assert rich().profile(uneven()).title == "rich · fit, batch of 32"
    assert rich().profile(uneven(), steps=2).runs == 2
    assert rich().profile(uneven((32, 32, 8))).runs == 2


def test_a_profile_alone_has_its_graph() -> None:
    """The model has not fit; the message says where the program is that was run."""
    model = rich()
    with pytest.raises(gg.TraceError, match=r"or look at stage 'compile'$"):
        model.graph("fit")
    found = model.profile(X, Y, steps=1)
    with pytest.raises(gg.TraceError, match=r"'compile', or at profile\.graph of what"):
        gg.viz.to_dot(model, stage="fit")
    assert found.graph.outputs


# ---- errors --------------------------------------------------------------------------


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "stage": ({"y": Y, "stage": "compile"}, "stage must be one of 'fit', 'evaluate'"),
    "steps": ({"y": Y, "steps": 0}, "steps must be a whole number of at least 1"),
    "batch": ({"y": Y, "batch_size": 0}, "batch_size is a whole number of at least 1"),
    "labels": ({}, "compares with labels y, got None"),
    "lengths": ({"y": Y[:9]}, "x has 50 samples and y has 9"),
    "predict": ({"y": Y, "stage": "predict"}, "reads no labels, and y is given"),
    "weights": (
        {"sample_weight": np.ones(50), "stage": "predict"},
        "reads no labels, and sample_weight is given",
    ),
    "unknown": ({"y": Y, "step": 3}, "profile takes no argument 'step': did you mean"),
    "epochs": ({"y": Y, "workers": 3}, "profile takes no workers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_name_what_is_wrong(name: str) -> None:
    """As of fit, before anything runs or changes."""
    model = rich()
    before = values(model)
    arguments, message = WRONG[name]
    with pytest.raises((ValueError, TypeError), match=message):
        model.profile(X, **arguments)
    assert values(model) == before


def test_a_model_must_be_compiled_to_be_trained() -> None:
    """But not to predict; and there must be something to train."""
    model = gg.Sequential([gg.Dense(1)])
    with pytest.raises(gg.GraphgradError, match="profile has no loss"):
        model.profile(X, Y)
    assert model.profile(X, stage="predict", steps=1)["matmul"].runs == 1
    frozen = rich()
    for layer in frozen.layers:
        layer.trainable = False
    with pytest.raises(gg.GraphgradError, match="no weight to train"):
        frozen.profile(X, Y)
    assert frozen.profile(X, Y, stage="evaluate", steps=1).runs == 1
