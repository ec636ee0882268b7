"""The search for the step and the operation that first were not finite."""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.diverging import STEPS, X, Y, batches, fit, growing, made, site_of, warned

import graphgrad as gg
from graphgrad.layers._culprit import culprit


class Log(gg.Layer):
    """The logarithm, which is not finite at 0."""

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Take it."""
        return gg.log(gg.relu(x))


class Root(gg.Layer):
    """The root of a square, whose derivative at 0 is 0 / 0."""

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Take it."""
        return gg.sqrt(x * x)


def state(model: gg.Sequential) -> dict[str, bytes]:
    """Return all state of a model, optimizer and metrics, bit for bit."""
    parts = [model, model.optimizer, model.loss_tracker, *model.metrics]
    return {
        f"{i} {variable.name}": variable.numpy().tobytes()
        for i, part in enumerate(parts)
        if part is not None
        for variable in part.variables
    }


# ---- what is found -------------------------------------------------------------------


def test_log_of_zero_is_found_in_its_layer() -> None:
    """The operation, its layer, and the zeros that it read are named."""
    model = made(gg.Dense(8), Log(name="mine"), gg.Dense(1))
    found = warned(lambda: fit(model, epochs=3))
    assert str(found).startswith("loss is ")
    assert " in epoch 1: in step 1, log = log(relu) ('mine', forward)" in str(found)
    site = found.site
    assert site is not None
    assert (site.kind, site.operation, site.layer) == ("Inf", "log", "mine")
    assert site.numbers["relu"].zeros == site.numbers["log"].inf > 0
    assert "clip" in site.fix


def test_a_gradient_alone_that_is_not_finite_is_found() -> None:
    """The loss is finite, and the weights are not: the last epoch looks at them."""
    model = made(gg.Dense(3, kernel_initializer="zeros"), Root(name="mine"))
    model.add(gg.Dense(1))
    model.compile("sgd", "mse")
    found = warned(lambda: fit(model, X[:20], Y[:20]))
    assert "weights are not finite after epoch 1" in str(found)
    site = found.site
    assert site is not None
    assert (site.operation, site.layer, site.phase) == ("divide", "mine", "backward")


def test_a_weight_that_was_not_finite_at_the_start_is_found() -> None:
    """It is named, though it lies with others in one array."""
    model = made(gg.Dense(2), gg.Dense(1))
    model.weights[2].assign(np.full((2, 1), np.inf, np.float32))
    site = site_of(lambda: fit(model))
    assert (site.kind, site.node) == ("Inf", "dense_1/kernel")
    assert site.operation == "dense_1/kernel"


def test_evaluate_names_a_weight_that_is_not_finite() -> None:
    """Where the loss is not finite; numbers too large for it are another matter."""
    model = made(gg.Dense(2), gg.Dense(1))
    model.weights[2].assign(np.full((2, 1), np.nan, np.float32))
    said = warned(lambda: model.evaluate(X, Y, verbose=0))
    assert str(said).startswith("weight 'dense_1/kernel' holds NaN, so that the loss")
    assert said.site is not None
    assert (said.site.kind, said.site.layer) == ("NaN", "dense_1")
    huge = made(gg.Dense(1))
    assert math.isinf(huge.evaluate(X * 1e30, Y, verbose=0))


def test_weights_that_have_grown_are_a_matter_of_the_learning_rate() -> None:
    """Whatever overflows first, the way out is a smaller step."""
    site = site_of(lambda: fit(growing(), epochs=9))
    assert "smaller learning_rate" in site.fix


@pytest.mark.parametrize("epochs", [3, 5])
def test_it_is_said_once(epochs: int) -> None:
    """Later epochs are not finite either, and all has been said."""
    site_of(lambda: fit(growing(), epochs=epochs))


def test_the_loss_that_is_told_is_that_of_the_history() -> None:
    """It was infinite in the first step, and is NaN by the end of the epoch."""
    model = made(gg.Dense(1))
    said = warned(lambda: fit(model, X * 1e30, Y))
    assert model.history is not None
    assert math.isnan(model.history.history["loss"][0])
    assert "loss is nan in epoch 1: in step 1" in str(said)


def test_the_failing_node_is_one_that_ran() -> None:
    """The site's graph is a part of the graph of stage fit."""
    model = made(gg.Dense(8), Log(), gg.Dense(1))
    site = site_of(lambda: fit(model, X[:32], Y[:32], batch_size=32))
    ran = model.graph("fit")
    assert site.node in {node.name for node in ran.operations}
    assert set(site.graph.edges) <= set(ran.edges)
    assert [node.name for node in site.graph.outputs] == [site.node]
    copy = pickle.loads(pickle.dumps(site))
    assert str(copy) == str(site)


def test_infinities_that_lead_nowhere_are_no_culprits() -> None:
    """A mask of infinities does not make the loss infinite."""

    def f(x: gg.Tensor) -> gg.Tensor:
        masked = gg.where(gg.greater(x, 0), x, -np.inf)
        return gg.sum(gg.log(gg.max(masked)))

    assert culprit(gg.recording.record(gg.jit(f), [-1.0, 2.0])) is None
    site = culprit(gg.recording.record(gg.jit(f), [-1.0, 0.0, -2.0]))
    assert site is not None
    assert site.kind in ("NaN", "Inf")


# ---- what it leaves ------------------------------------------------------------------


@pytest.mark.parametrize("metrics", [[], ["mae"]])
@pytest.mark.parametrize("shuffle", [True, False, "batch"])
def test_a_warning_changes_nothing_of_the_training(
    metrics: list[str], shuffle: Any
) -> None:
    """All bits are those of a training that looks for nothing."""
    models = [growing(metrics=metrics) for _ in range(2)]
    histories = []
    for model, how in zip(models, ("ignore", "warn"), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gg.set_random_seed(1)
            histories.append(
                fit(model, epochs=4, shuffle=shuffle, on_nonfinite=how).history
            )
    assert str(histories[0]) == str(histories[1])
    assert state(models[0]) == state(models[1])
    assert [model.program("fit").runs for model in models] == [16, 16]


class Batches(gg.utils.PyDataset):
    """The samples in fours, by number."""

    def __len__(self) -> int:
        """Count them."""
        return STEPS

    def __getitem__(self, index: int) -> Any:
        """Return one."""
        return X[25 * index : 25 * index + 25], Y[25 * index : 25 * index + 25]


DATA: dict[str, tuple[Callable[[], tuple[Any, ...]], dict[str, Any]]] = {
    "arrays": (lambda: (X, Y), {"batch_size": 25}),
    "weights": (lambda: (X, Y), {"batch_size": 25, "sample_weight": Y + 0.5}),
    "steps": (lambda: (X, Y), {"batch_size": 25, "steps_per_epoch": 2}),
    "generator": (lambda: (batches(),), {"steps_per_epoch": STEPS}),
    "dataset": (lambda: (Batches(),), {}),
}


class Nothing(gg.callbacks.Callback):
    """A hook for batches that does nothing."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Do nothing."""


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("name", DATA)
def test_restored_is_as_it_was_before_that_step(name: str, watched: bool) -> None:
    """The state is that of a training which took one step less, bit for bit."""
    data, options = DATA[name]
    callbacks = [Nothing()] if watched else []
    model, steps = growing(), options.get("steps_per_epoch", STEPS)
    found = warned(
        lambda: fit(
            model,
            *data(),
            epochs=9,
            on_nonfinite="restore",
            callbacks=callbacks,
            **options,
        )
    )
    words = str(found).split()
    epoch = int(words[words.index("epoch") + 1].rstrip(":,"))
    step = int(words[words.index("step") + 1].rstrip(","))
    assert model.stop_training
    assert all(np.isfinite(weight.numpy()).all() for weight in model.weights)

    class Stop(gg.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Stop before the step that failed."""
            if self.epoch == epoch - 1 and batch == step - 2:
                self.model.stop_training = True

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            """Note the epoch."""
            self.epoch = epoch

    other = growing()
    last = epoch if step > 1 else epoch - 1
    fit(other, *data(), epochs=last, callbacks=[Stop()], **options)
    before, after = state(other), state(model)
    # A pass that has begun is counted before its first step.
    differ = [key for key in before if before[key] != after[key]]
    assert [key for key in differ if step > 1 or not key.endswith("order")] == []
    assert steps * (epoch - 1) + step > 1


def test_an_error_instead_leaves_the_epochs_before() -> None:
    """The error has the site, and the history what was finite."""
    model = growing()
    with pytest.raises(gg.NonFiniteError, match="loss is") as caught:
        fit(model, epochs=9, on_nonfinite="raise")
    site = caught.value.site
    assert site is not None
    assert site.kind in ("NaN", "Inf")
    assert model.history is not None
    assert all(np.isfinite(model.history.history["loss"]))


@pytest.mark.parametrize("how", ["warn", "raise", "restore", "ignore"])
def test_all_is_well_without(how: str) -> None:
    """A training that stays finite is the same, whatever would have been done."""
    models = [made(gg.Dense(3, "relu"), gg.Dense(1)) for _ in range(2)]
    fit(models[0], epochs=3)
    fit(models[1], epochs=3, on_nonfinite=how, callbacks=[Nothing()])
    assert state(models[0]) == state(models[1])


def test_nothing_is_said_if_that_was_asked() -> None:
    """Warnings are errors here."""
    history = fit(growing(), epochs=9, on_nonfinite="ignore")
    assert not np.isfinite(history.history["loss"][-1])


def test_another_word_is_refused_before_anything_changes() -> None:
    """The choices are listed."""
    model = made(gg.Dense(1))
    with pytest.raises(ValueError, match="'warn', 'raise', 'restore', 'ignore'"):
        fit(model, on_nonfinite="stop")
    assert model.history is None
