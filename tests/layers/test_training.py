"""Training: fit executes the graph, its numbers are Keras', errors come first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.trainings import Array, data, network
from hypothesis import given

import graphgrad as gg
from graphgrad.layers._forward import forward_pass
from graphgrad.testing.strategies import models

# A rounding of numbers about 1.
ULP = 2.0**-23


@given(models())
def test_the_program_of_fit_is_the_graph_of_fit(
    drawn: tuple[gg.Sequential, Array, Array],
) -> None:
    """I1: what ran is what the graph of the stage shows, in its order."""
    model, x, y = drawn
    with gg.record_execution() as record:
        model.fit(x, y, batch_size=len(x), verbose=0, shuffle=False)
    graph = model.graph("fit")
    graph.check()
    assert record == [node.name for node in graph.nodes]
    known = {node.name for node in model.graph("compile").nodes}
    assert all(known.issuperset(node.origins) for node in graph.operations)


@given(models())
def test_a_compiled_step_equals_the_eager_one(
    drawn: tuple[gg.Sequential, Array, Array],
) -> None:
    """I4: loss and predictions of the programs are those of tensors."""
    model, x, y = drawn
    model.predict(x, verbose=0)
    before = model.get_weights()
    with forward_pass(training=False) as forward:
        eager = model(x.astype("float32"))
    added = sum(float(each.item()) for each in [*forward.losses, *model.losses])
    due = eager.detach().numpy()
    few = 4 * ULP * max(1.0, float(np.max(np.abs(due))))
    np.testing.assert_allclose(model.predict(x, verbose=0), due, rtol=0, atol=few)
    loss = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    lost = 8 * ULP + lost_in_probabilities(model, due)
    assert loss == pytest.approx(
        eager_loss(model, eager, y) + added, rel=8 * ULP, abs=lost
    )
    assert all(map(np.array_equal, before, model.get_weights()))


def lost_in_probabilities(model: gg.Sequential, output: Array) -> float:
    """Return how far the logarithms of outputs may be off that a program never takes.

    It computes cross-entropies of the logits; a tensor has the probability p, rounded,
    and its logarithm moves by a rounding over p, or over 1 - p; below 1e-7 it is cut.
    """
    if not type(model.loss).__name__.endswith("Crossentropy"):
        return 0.0
    edge = float(min(np.min(output), np.min(1 - output)))
    if edge < 0:
        return 0.0  # both take logits
    return 4 * ULP / edge if edge > 1e-6 else np.inf


def eager_loss(model: gg.Sequential, output: gg.Tensor, y: Array) -> float:
    """Return the loss of outputs as tensors give it."""
    assert model.loss is not None
    spec = model.loss.label_spec(output.shape)
    labels = y.reshape(spec.shape).astype(spec.dtype)
    return float(model.loss(labels, output).item())


def test_the_same_seed_gives_the_same_bits() -> None:
    """I8: weights, shuffles and dropped inputs follow from one seed."""

    def run() -> tuple[list[Array], dict[str, list[float]]]:
        gg.set_random_seed(3)
        model = gg.Sequential(
            [gg.Dense(5, "relu"), gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
        )
        model.compile("adam", "binary_crossentropy")
        history = model.fit(*data(), epochs=3, verbose=0)
        return model.get_weights(), history.history

    (weights, history), (again, same) = run(), run()
    assert all(map(np.array_equal, weights, again))
    assert history == same


def test_numpys_global_generator_is_left_alone() -> None:
    """Training draws from the library's own source."""
    np.random.seed(0)  # noqa: NPY002  # the global generator is what this is about
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    network(3).fit(*data(), verbose=0)
    assert np.random.random() == expected  # noqa: NPY002


def test_the_epoch_loss_is_the_mean_over_samples() -> None:
    """A last, smaller batch counts by its size (Keras: 0.7186 against 0.7000)."""
    x, y = data(70)
    model = network(3, optimizer=gg.optimizers.SGD(0.0))
    loss = model.fit(x, y, batch_size=32, verbose=0).history["loss"][0]
    assert loss == pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-6)


def test_saturated_cross_entropy_is_exact_as_in_keras() -> None:
    """Wrong labels at logits of 50 cost 50, in evaluate and in fit."""
    model = gg.Sequential([gg.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile(gg.optimizers.SGD(0.0), "binary_crossentropy")
    x, y = [[50.0], [-50.0]], [0, 1]
    assert model.evaluate(x, y, verbose=0) == 50.0
    assert model.fit(x, y, verbose=0).history["loss"] == [50.0]
    clipped = gg.losses.BinaryCrossentropy()(
        np.array([[0.0], [1.0]], "float32"), np.array([[1.0], [0.0]], "float32")
    )
    assert clipped.item() == pytest.approx(16.03, abs=0.1)


def test_a_saturated_softmax_is_exact_as_in_keras() -> None:
    """A softmax that is saturated by 200 costs 200."""
    model = gg.Sequential([gg.Dense(3, "softmax", kernel_initializer="identity")])
    model.compile(gg.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    assert model.evaluate([[200.0, 0.0, 0.0]], [1], verbose=0) == 200.0
    assert model.fit([[200.0, 0.0, 0.0]], [1], verbose=0).history["loss"] == [200.0]


def test_one_step_of_gradient_descent_by_hand() -> None:
    """One linear unit, one sample: w <- w - rate 2 (w x - y) x."""
    model = gg.Sequential([gg.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(gg.optimizers.SGD(0.25), "mse")
    model.fit([[2.0]], [[1.0]], verbose=0)
    assert model.get_weights()[0].item() == 1.0 - 0.25 * 2 * (2.0 - 1.0) * 2.0


def test_validation_split_takes_the_tail_before_shuffling() -> None:
    """70 rows at 0.2 are 56 and 14, 10 at 0.25 are 7 and 3, as in Keras."""
    for rows, share, steps in ((70, 0.2, 56), (10, 0.25, 7)):
        x, y = data(rows)
        y[-1] = 1 - y[-1]
        seen: list[int] = []

        class Count(gg.callbacks.Callback):
            def on_train_batch_end(
                self,
                batch: int,
                logs: Any = None,
                seen: list[int] = seen,
            ) -> None:
                seen.append(batch)

        model = network(2, optimizer=gg.optimizers.SGD(0.0))
        history = model.fit(
            x, y, 1, validation_split=share, verbose=0, callbacks=[Count()]
        )
        assert len(seen) == steps
        expected = model.evaluate(x[steps:], y[steps:], verbose=0)[0]
        assert history.history["val_loss"] == [pytest.approx(expected, rel=1e-6)]


def test_callbacks_are_called_in_keras_order() -> None:
    """Train, epoch and batch hooks with the test hooks of validation inside."""
    calls: list[str] = []

    class Spy(gg.callbacks.Callback):
        def __getattribute__(self, name: str) -> Any:
            if name.startswith("on_") and "batch" in name.replace("_batch", "batch"):
                kind = name.removeprefix("on_")
                if not kind.startswith("batch"):
                    calls.append(kind)
            elif name.startswith("on_"):
                calls.append(name.removeprefix("on_"))
            return super().__getattribute__(name)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Watch batches."""

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            """Watch batches."""

    x, y = data(4)
    network(2).fit(x, y, 2, validation_data=(x, y), verbose=0, callbacks=[Spy()])
    batch = ["train_batch_begin", "train_batch_end"]
    test = ["test_begin", *["test_batch_begin", "test_batch_end"] * 2, "test_end"]
    expected = [
        "train_begin",
        "epoch_begin",
        *batch * 2,
        *test,
        "epoch_end",
        "train_end",
    ]
    assert [name for name in calls if name in set(expected)] == expected


def test_history_has_keras_keys_and_python_floats() -> None:
    """Keys in alphabetical order, validation last."""
    x, y = data()
    history = network(2).fit(x, y, epochs=2, validation_split=0.2, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1]
    assert all(type(v) is float for values in history.history.values() for v in values)


def test_stop_training_ends_after_the_batch() -> None:
    """A callback stops fit; the epoch is ended properly."""

    class Stop(gg.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    history = network(2).fit(*data(), epochs=5, verbose=0, callbacks=[Stop()])
    assert history.epoch == [0]
    # Nobody is told that data had run out.
    few: dict[str, Any] = {"steps_per_epoch": 2, "batch_size": 10}
    history = network(2).fit(*data(), epochs=5, verbose=0, callbacks=[Stop()], **few)
    assert history.epoch == [0]


def test_a_training_that_was_stopped_does_not_stop_the_next() -> None:
    """What a callback, or whoever, has asked for before was for the time before."""
    model = network(2)
    model.stop_training = True
    assert model.fit(*data(), epochs=3, verbose=0).epoch == [0, 1, 2]


def test_fit_goes_on_where_it_stopped() -> None:
    """Two calls of one epoch are one call of two, optimizer and all."""
    x, y = data()
    gg.set_random_seed(1)
    once = network(3)
    gg.set_random_seed(1)
    twice = network(3)
    once.fit(x, y, epochs=2, verbose=0, shuffle=False)
    twice.fit(x, y, verbose=0, shuffle=False)
    twice.fit(x, y, verbose=0, shuffle=False)
    assert all(map(np.array_equal, once.get_weights(), twice.get_weights()))


def test_any_batch_size_gives_the_same_evaluation() -> None:
    """Predictions and losses do not depend on how the rows are batched."""
    x, y = data()
    model = network(3)
    whole, loss = model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)
    for size in (1, 7, 70, 100):
        found = model.predict(x, batch_size=size, verbose=0)
        np.testing.assert_allclose(found, whole, rtol=1e-6)
        assert model.evaluate(x, y, size, verbose=0) == pytest.approx(loss, rel=1e-6)


def test_integer_and_bool_data_train_as_floats() -> None:
    """uint8 pixels and bool labels are converted batch by batch."""
    x = np.arange(40, dtype=np.uint8).reshape(10, 4)
    y = np.arange(10) > 5
    gg.set_random_seed(0)
    model = network(2)
    gg.set_random_seed(0)
    other = network(2)
    model.fit(x, y, 3, verbose=0, shuffle=False)
    other.fit(x.astype("float32"), y.astype("float32"), 3, verbose=0, shuffle=False)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))


def test_labels_may_have_an_axis_of_one_or_not() -> None:
    """(n,) and (n, 1) mean the same."""
    x, y = data()
    model = network(2)
    assert model.evaluate(x, y, verbose=0) == model.evaluate(x, y[:, None], verbose=0)


def test_batch_methods_return_the_numbers_of_the_batch() -> None:
    """train_on_batch steps, test_on_batch does not; both reset what they measure."""
    x, y = data()
    model = network(3)
    expected = model.evaluate(x, y, verbose=0)
    assert model.test_on_batch(x, y) == pytest.approx(expected)
    assert model.train_on_batch(x, y) == pytest.approx(expected)
    assert model.test_on_batch(x, y, return_dict=True)["loss"] < expected[0]
    assert model.predict_on_batch(x).shape == (70, 1)
    part = model.test_on_batch(x[:1], y[:1])
    assert model.test_on_batch(x, y) != pytest.approx(part)
    assert model.train_on_batch(x[:1], y[:1]) == pytest.approx(part)


def test_a_frozen_layer_keeps_its_weights_also_when_frozen_after_fit() -> None:
    """Keras ignores a flag that is set after the first fit."""
    x, y = data()
    model = network(3)
    model.fit(x, y, verbose=0)
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    after = model.get_weights()
    assert all(map(np.array_equal, before[:2], after[:2]))
    assert not np.array_equal(before[2], after[2])


def test_layers_are_frozen_and_thawed_after_compile() -> None:
    """Each flag counts from the next fit on, whichever layer was frozen before."""
    x, y = data()
    model = network(3)
    model.layers[0].trainable = False
    model.fit(x, y, verbose=0)
    model.layers[0].trainable, model.layers[1].trainable = True, False
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    changed = [
        not np.array_equal(*pair)
        for pair in zip(before, model.get_weights(), strict=True)
    ]
    assert changed == [True, True, False, False]


def test_metrics_take_their_joint_forms_too() -> None:
    """Cross-entropy as a metric is as exact as the loss."""
    model = gg.Sequential([gg.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile(gg.optimizers.SGD(0.0), "bce", metrics=["bce", "bce"])
    x, y = [[50.0], [-50.0]], [0, 1]
    assert model.evaluate(x, y, verbose=0) == [50.0, 50.0, 50.0]
    history = model.fit(x, y, verbose=0).history
    assert history == {"bce": [50.0], "bce_1": [50.0], "loss": [50.0]}


def test_dropout_works_while_training_only() -> None:
    """Half of the inputs are zero, the others doubled; outside training all stay."""
    model = gg.Sequential([gg.Input((1000,)), gg.Dropout(0.5, seed=0)])
    x = np.ones((1, 1000), "float32")
    assert np.array_equal(model.predict(x, verbose=0), x)
    dropped = model(x, training=True).numpy()
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert 400 < np.count_nonzero(dropped) < 600
    assert not np.array_equal(model(x, training=True).numpy(), dropped)


def test_a_nan_loss_is_named() -> None:
    """Too large a step is reported in the epoch in which it broke the numbers."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile(gg.optimizers.SGD(1e10), "mse")
    with pytest.warns(RuntimeWarning, match="smaller learning_rate"):
        model.fit([[1e3], [2e3]], [1.0, 2.0], epochs=8, batch_size=1, verbose=0)
