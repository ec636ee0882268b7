"""GraphRecorder: facts of every node over the epochs, and training as without it."""

from __future__ import annotations

import gc
import warnings
import weakref
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import graphgrad as gg
from graphgrad.callbacks import GraphRecorder, LearningMonitor, LearningWarning
from graphgrad.layers._graph_samples import FIELDS, Samples

RNG = np.random.default_rng(7)
X = RNG.normal(size=(40, 5)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)


def net(*layers: Any, optimizer: Any = "adam") -> gg.Sequential:
    """Return a compiled net of these layers and an output."""
    gg.set_random_seed(3)
    model = gg.Sequential([gg.Input((5,)), *layers, gg.Dense(1, "sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return model


def noisy() -> gg.Sequential:
    """Return a net with state of every kind: random, running, metrics, slots."""
    return net(gg.Dense(6, "relu"), gg.layers.BatchNormalization(), gg.Dropout(0.3))


def state_of(model: gg.Sequential) -> list[bytes]:
    """Return the bits of all weights and of the optimizer's variables."""
    optimizer = model.optimizer
    assert optimizer is not None
    variables = [*model.weights, *optimizer.variables]
    return [each.numpy().tobytes() for each in variables]


@pytest.mark.parametrize(
    "recorder",
    [
        GraphRecorder,
        lambda: GraphRecorder(every=2),
        lambda: GraphRecorder(batch=(X[:8], Y[:8])),
        lambda: GraphRecorder(batch=(X[:8], Y[:8], np.ones(8))),
    ],
    ids=["last", "every", "batch", "weighted"],
)
def test_training_is_as_without_it(recorder: Any) -> None:
    """History, weights, slots and random state are the same, bit for bit."""
    plain, watched = noisy(), noisy()
    kwargs: dict[str, Any] = {"epochs": 4, "batch_size": 16, "verbose": 0}
    wanted = plain.fit(X, Y, validation_split=0.2, **kwargs)
    history = watched.fit(X, Y, validation_split=0.2, callbacks=[recorder()], **kwargs)
    assert history.history == wanted.history
    assert state_of(watched) == state_of(plain)
    assert watched.predict(X).tobytes() == plain.predict(X).tobytes()


def test_facts_are_those_of_numpy() -> None:
    """On a batch of one's own, before training: the values are computed by hand."""
    model = net(gg.Dense(6, "relu"))
    model.build((None, 5))
    kernel, bias = (each.numpy() for each in model.layers[0].weights)
    recorder = GraphRecorder(batch=(X, Y))
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    hidden = np.maximum(X @ kernel + bias, 0)
    wanted = {
        "min": hidden.min(),
        "mean": hidden.mean(),
        "max": hidden.max(),
        "norm": np.linalg.norm(hidden),
        "zeros": (hidden == 0).mean(),
        "dead": (hidden.max(axis=0) == 0).mean(),
        "nan": 0,
        "inf": 0,
    }
    for field, value in wanted.items():
        assert recorder.series("relu", field)[0] == pytest.approx(value, rel=1e-5)
    assert recorder.epochs == (0, 1, 2)
    tag = recorder.graph.tags()["relu"]
    assert_array_equal(recorder.series(tag, "max"), recorder.series("relu", "max"))
    assert np.isnan(recorder.series("matmul", "dead")).all()


def test_last_batch_is_seen_with_the_weights_after_the_epoch() -> None:
    """The kernel's mean is that of the weights at the end."""
    model = net(gg.Dense(6, "tanh"), optimizer="sgd")
    recorder = GraphRecorder()
    model.fit(X, Y, epochs=3, batch_size=16, verbose=0, callbacks=[recorder])
    kernel = model.layers[0].weights[0].numpy()
    name = next(n.name for n in recorder.graph.nodes if n.name == "dense/kernel")
    assert recorder.series(name)[-1] == pytest.approx(kernel.mean(), abs=1e-7)
    assert recorder.epochs == (1, 2, 3)


@pytest.mark.parametrize("size", [1, 2, 16, "full"])
def test_last_batch_is_the_last_whole_one(size: Any) -> None:
    """Of 40 rows in order, those of the last batch that has as many as the first."""
    recorder = GraphRecorder()
    kwargs: dict[str, Any] = {"batch_size": size, "shuffle": False, "verbose": 0}
    net(gg.Dense(2)).fit(X, Y, epochs=2, callbacks=[recorder], **kwargs)
    rows = 40 if size == "full" else size
    stop = 40 // rows * rows
    wanted = X[stop - rows : stop]
    assert recorder.series("x", "mean")[-1] == pytest.approx(wanted.mean(), abs=1e-6)
    assert recorder.series("x", "max")[-1] == wanted.max()
    assert recorder.graph["x"].shape == wanted.shape


def test_last_batch_is_that_of_this_training() -> None:
    """Also where another one had more steps, and callbacks use the model."""
    model, recorder, ones = net(gg.Dense(2)), GraphRecorder(), np.ones_like(X)

    def use(*_: Any) -> None:
        model.record(X[:20], Y[:20])
        model.train_on_batch(X[:20], Y[:20])

    other = gg.callbacks.LambdaCallback(on_epoch_end=use)
    model.fit(X, Y, batch_size=4, epochs=9, verbose=0)
    model.fit(ones, Y, batch_size=20, verbose=0, callbacks=[other, recorder])
    assert recorder.graph["x"].shape == (20, 5)
    assert recorder.series("x", "min") == recorder.series("x", "max") == [1]


def test_last_batch_may_be_of_a_stream() -> None:
    """Of batches of several sizes it is the last of the largest."""
    batches = [(np.full((n, 5), i), Y[:n]) for i, n in enumerate((4, 8, 8, 2))]
    recorder = GraphRecorder()
    net(gg.Dense(2)).fit(iter(batches), verbose=0, callbacks=[recorder])
    assert recorder.series("x", "min") == recorder.series("x", "max") == [2]
    assert recorder.graph["x"].shape == (8, 5)


def test_outside_of_a_training_there_is_no_last_batch() -> None:
    """With one's own, there is one."""
    model = net(gg.Dense(2))
    for batch in (None, (X, Y)):
        recorder = GraphRecorder(batch=batch)
        recorder.set_model(model)
        if batch is None:
            with pytest.raises(gg.TraceError, match=r"no fit .*batch=\(x, y\)"):
                recorder.on_epoch_end(0)
        else:
            recorder.on_epoch_end(0)
            assert recorder.epochs == (1,)


def test_when_training_is_over_no_program_is_kept() -> None:
    """It has the memory of a whole step."""
    model, recorder = net(gg.Dense(2)), GraphRecorder()
    model.fit(X, Y, verbose=0, callbacks=[recorder])
    program = weakref.ref(model.program("fit"))
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    gc.collect()
    assert program() is None


def test_memory_is_bounded() -> None:
    """Of too many samples every second goes, and what is left is evenly spaced."""
    model = net(gg.Dense(2), optimizer="sgd")
    recorder = GraphRecorder(keep=4)
    model.fit(X, Y, epochs=33, verbose=0, callbacks=[recorder])
    assert len(recorder.epochs) <= 4
    assert len(set(np.diff(recorder.epochs))) == 1
    samples = Samples(keep=5)
    for epoch in range(100):
        samples.add(epoch, ["x"], np.zeros((1, len(FIELDS))), {})
        assert len(samples.epochs) <= 5
    assert samples.epochs[0] == 0


def test_dead_units_are_found() -> None:
    """With a bias far below 0, relu gives 0 for every sample."""
    model = net(gg.Dense(6, "relu", bias_initializer=gg.initializers.Constant(-99.0)))
    recorder = GraphRecorder(batch=(X, Y), dead=0.9)
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    found = [each for each in recorder.findings if each.wrong == "dead"]
    assert [each.epoch for each in found] == [0, 1]
    assert found[0].nodes == ("relu",)
    assert "dead, epochs 0 to 1: dense has 100% dead units" in str(recorder)
    quiet = GraphRecorder(batch=(X, Y), dead=None, vanishing=None)
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[quiet])
    assert quiet.findings == ()
    assert "nothing found" in str(quiet)


def test_rules_are_those_of_the_monitor() -> None:
    """On one batch, before its only step, both say the same of the same layers."""
    deep = [gg.Dense(8, "sigmoid") for _ in range(6)]
    limits: dict[str, Any] = {"large_step": None, "saturated": None}
    recorder = GraphRecorder(batch=(X, Y), vanishing=0.02, **limits)
    monitor = LearningMonitor(vanishing=0.02, **limits)
    model = net(*deep, optimizer="sgd")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", LearningWarning)
        model.fit(
            X, Y, epochs=1, batch_size="full", verbose=0, callbacks=[recorder, monitor]
        )
    layers = {str(each.message).split("'")[1] for each in told}
    found = {e.layer for e in recorder.findings if e.epoch == 0}
    assert layers
    assert found == layers
    assert {e.wrong for e in recorder.findings} == {"vanishing"}


def test_a_short_gradient_behind_a_dead_layer_is_no_vanishing_one() -> None:
    """The dead layer says why, as with the monitor; who has no sigmoid keeps relu."""

    def dead() -> gg.Dense:
        start = gg.initializers.Constant(-99.0)
        return gg.Dense(6, "relu", bias_initializer=start)

    options: dict[str, Any] = {"batch": (X, Y), "vanishing": 1.0, "saturated": None}
    said = []
    for share in (0.5, None):
        model = net(gg.Dense(6, "sigmoid"), dead(), optimizer="sgd")
        recorder = GraphRecorder(dead=share, **options)
        model.fit(X, Y, verbose=0, callbacks=[recorder])
        found = [each for each in recorder.findings if each.epoch == 0]
        said.append({(each.wrong, each.layer) for each in found})
    both = {("vanishing", "dense"), ("vanishing", "dense_1")}
    assert said == [{("dead", "dense_1")}, both]
    recorder = GraphRecorder(dead=None, **options)
    model = gg.Sequential([gg.Input((5,)), dead(), gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, callbacks=[recorder])
    messages = [e.message for e in recorder.findings if e.wrong == "vanishing"]
    assert messages
    assert not any("sigmoid" in each for each in messages)


def test_not_a_number_is_counted_and_exploding() -> None:
    """NaN in a gradient is an exploding one, and no other number is spoilt."""
    model = net(gg.Dense(3))
    kernel = model.layers[0].weights[0]
    values = kernel.numpy()
    values[0, 0] = np.nan
    kernel.assign(values)
    recorder = GraphRecorder(batch=(X, Y))
    with pytest.warns(RuntimeWarning, match="loss is nan"):
        model.fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert recorder.series("dense/kernel", "nan")[0] == 1
    assert np.isfinite(recorder.series("dense/kernel", "mean")[0])
    assert "exploding" in {each.wrong for each in recorder.findings}


def test_training_that_goes_on_keeps_the_samples(tmp_path: Any) -> None:
    """After a break, the epochs before it are still there."""

    class Break(gg.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    def run(*callbacks: Any) -> GraphRecorder:
        recorder = GraphRecorder(batch=(X, Y))
        backup = gg.callbacks.BackupAndRestore(tmp_path / "backup")
        model = net(gg.Dense(2), optimizer="sgd")
        model.fit(X, Y, epochs=4, verbose=0, callbacks=[recorder, *callbacks, backup])
        return recorder

    with pytest.raises(KeyboardInterrupt):
        run(Break())
    resumed = run()
    assert resumed.epochs[0] == 0
    assert resumed.epochs[-1] == 4
    whole = GraphRecorder(batch=(X, Y))
    net(gg.Dense(2), optimizer="sgd").fit(X, Y, epochs=4, verbose=0, callbacks=[whole])
    assert_array_equal(
        resumed.series("dense/kernel")[-1], whole.series("dense/kernel")[-1]
    )


def test_another_graph_begins_anew() -> None:
    """A layer frozen half way makes another step, whose nodes are other ones."""

    class Freeze(gg.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.model.layers[0].trainable = epoch < 2

    model, recorder = net(gg.Dense(2)), GraphRecorder()
    model.fit(X, Y, epochs=4, verbose=0, callbacks=[Freeze(), recorder])
    assert recorder.epochs == (3, 4)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"every": 0}, "every must be a whole number of at least 1, got 0"),
        ({"keep": 1}, "keep must be a whole number of at least 2, got 1"),
        ({"batch": X}, r"batch is \(x, y\) or .* got ndarray"),
        ({"dead": 2}, "GraphRecorder's dead"),
    ],
)
def test_arguments_are_checked(kwargs: Any, message: str) -> None:
    """The message says what is expected and what came."""
    with pytest.raises(ValueError, match=message):
        GraphRecorder(**kwargs)


def test_before_training_there_is_nothing() -> None:
    """It says so, and what to do."""
    recorder = GraphRecorder()
    assert "no epoch yet" in repr(recorder)
    with pytest.raises(gg.TraceError, match="give it to fit"):
        _ = recorder.graph
    with pytest.raises(gg.TraceError, match="give it to fit"):
        gg.viz.to_html(recorder)


def test_a_batch_that_does_not_fit_is_refused_before_training() -> None:
    """Nothing is trained on a batch that cannot be."""
    model = net(gg.Dense(2))
    before = state_of(model)
    with pytest.raises(ValueError, match="5"):
        model.fit(X, Y, verbose=0, callbacks=[GraphRecorder(batch=(X[:, :3], Y))])
    assert state_of(model) == before
