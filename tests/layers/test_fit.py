"""Fit: epochs, steps, order, validation, hooks, and what interrupts them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.fits import X, Y, network, same, state

import graphgrad as gg


class Spy(gg.callbacks.Callback):
    """Notes every hook that is called, with its number if it has one."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.logs: list[Any] = []

    def note(self, name: str, *place: int, logs: Any = None) -> None:
        """Note a call."""
        self.calls.append((name, *place))
        self.logs.append(dict(logs or {}))

    def on_train_begin(self, logs: Any = None) -> None:
        """Note it."""
        self.note("train begin")

    def on_train_end(self, logs: Any = None) -> None:
        """Note it."""
        self.note("train end", logs=logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note it."""
        self.note("epoch begin", epoch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note it."""
        self.note("epoch end", epoch, logs=logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Note it."""
        self.note("batch begin", batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Note it."""
        self.note("batch end", batch, logs=logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Note it."""
        self.note("test begin")

    def on_test_end(self, logs: Any = None) -> None:
        """Note it."""
        self.note("test end", logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Note it."""
        self.note("test batch begin", batch)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Note it."""
        self.note("test batch end", batch, logs=logs)


# ---- hooks ---------------------------------------------------------------------------


def test_hooks_are_called_in_keras_order() -> None:
    """Train, epoch and batch hooks, with those of the validation before the end."""
    spy = Spy()
    network().fit(X, Y, 10, 1, validation_data=(X, Y), verbose=0, callbacks=[spy])
    assert spy.calls == [
        ("train begin",),
        ("epoch begin", 0),
        *(("batch begin", 0), ("batch end", 0), ("batch begin", 1), ("batch end", 1)),
        ("test begin",),
        *(("test batch begin", 0), ("test batch end", 0)),
        *(("test batch begin", 1), ("test batch end", 1)),
        ("test end",),
        ("epoch end", 0),
        ("train end",),
    ]
    names = ["accuracy", "loss"]
    assert [*names, "val_accuracy", "val_loss"] == list(spy.logs[-1])
    assert spy.logs[-1] == spy.logs[-2]
    assert names == list(spy.logs[-3]) == list(spy.logs[3])


def test_logs_of_a_batch_are_the_means_so_far() -> None:
    """Not the numbers of the batch alone."""
    spy = Spy()
    history = network().fit(X, Y, 10, verbose=0, callbacks=[spy]).history
    assert spy.logs[5] == {name: values[0] for name, values in history.items()}


def test_callbacks_know_what_is_going_to_happen() -> None:
    """Their params have the numbers of epochs, steps and samples, and the log names."""
    spy = Spy()
    network().fit(X, Y, 3, 2, verbose=0, validation_split=0.5, callbacks=[spy])
    assert spy.params == {
        "verbose": 0,
        "epochs": 2,
        "steps": 4,
        "metrics": ["accuracy", "loss", "val_accuracy", "val_loss"],
        "samples": 10,
        "validation_samples": 10,
    }


def test_callbacks_of_other_calls_know_the_steps_too() -> None:
    """In evaluate and predict as well."""
    for call in ("evaluate", "predict"):
        spy = Spy()
        data = (X, Y) if call == "evaluate" else (X,)
        getattr(network(), call)(*data, batch_size=7, verbose=0, callbacks=[spy])
        assert {"verbose": 0, "epochs": 1, "steps": 3} == spy.params


def test_steps_per_execution_calls_fewer_hooks_and_changes_no_bit() -> None:
    """Hooks get the first step of each execution, and the last."""
    one, three = network(), network(steps=3)
    spy = Spy()
    options: Any = {"validation_data": (X, Y), "epochs": 2, "verbose": 0}
    expected = one.fit(X, Y, 4, **options).history
    assert expected == three.fit(X, Y, 4, callbacks=[spy], **options).history
    assert same(state(one), state(three))
    first = spy.calls[2:6]
    assert first == [
        *(("batch begin", 0), ("batch end", 2), ("batch begin", 3), ("batch end", 4))
    ]
    tests = [call for call in spy.calls[:12] if call[0].startswith("test batch")]
    assert tests == [
        *(("test batch begin", 0), ("test batch end", 2)),
        *(("test batch begin", 3), ("test batch end", 4)),
    ]


def test_what_callbacks_measure_is_part_of_the_program() -> None:
    """A probe sees every step of an epoch, and changes no number of the training."""
    plain, watched = network(), network()
    monitor = gg.callbacks.LearningMonitor()
    expected = plain.fit(X, Y, 5, 2, verbose=0).history
    found = watched.fit(X, Y, 5, 2, 0, [monitor]).history
    assert expected == {name: found[name] for name in expected}
    assert same(state(plain), state(watched))
    assert all(value > 0 for value in found["gradient_norm/dense"])


def test_a_callback_may_use_the_model() -> None:
    """What it evaluates, predicts or tests leaves the numbers of the epoch alone."""

    class Curious(gg.callbacks.Callback):
        def look(self) -> None:
            """Use the model in every way that does not train it."""
            self.model.evaluate(X, Y, 5, verbose=0)
            self.model.test_on_batch(X[:5], Y[:5])
            self.model.predict(X, verbose=0)

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.look()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.look()

    plain, used = network(), network()
    options: Any = {"epochs": 2, "verbose": 0, "validation_data": (X, Y)}
    expected = plain.fit(X, Y, 5, **options)
    found = used.fit(X, Y, 5, callbacks=[Curious()], **options)
    assert expected.history == found.history


# ---- epochs and steps ----------------------------------------------------------------


def test_initial_epoch_counts_towards_epochs() -> None:
    """Epochs is the number of the last one, as in Keras."""
    history = network().fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    assert len(history.history["loss"]) == 2


@pytest.mark.parametrize("options", [{"epochs": 0}, {"epochs": 2, "initial_epoch": 4}])
def test_no_epochs_are_an_empty_history(options: Any) -> None:
    """Nothing is trained, and nothing fails."""
    model = network()
    before = model.get_weights()
    history = model.fit(X, Y, verbose=0, **options)
    assert ({}, []) == (history.history, history.epoch)
    assert same(before, model.get_weights())


def test_a_full_batch_is_all_samples_at_once() -> None:
    """Also where validation takes a part of them."""
    spy = Spy()
    network().fit(X, Y, "full", verbose=0, validation_split=0.3, callbacks=[spy])
    assert 1 == spy.params["steps"]
    whole, full = network(), network()
    whole.fit(X, Y, 20, epochs=2, verbose=0)
    full.fit(X, Y, "full", epochs=2, verbose=0)
    assert same(state(whole), state(full))


def test_without_a_batch_size_samples_are_32_or_shared_among_steps() -> None:
    """70 samples are 32 + 32 + 6; with 4 steps, batches of 18."""
    x, y = np.zeros((70, 4)), np.arange(70) % 2
    cases: list[tuple[dict[str, Any], int, int]] = [
        ({}, 3, 2),
        ({"steps_per_epoch": 4}, 4, 3),
    ]
    for options, steps, last in cases:
        spy = Spy()
        network().fit(x, y, verbose=0, callbacks=[spy], **options)
        assert steps == spy.params["steps"]
        assert ("batch end", last) in spy.calls


def test_steps_of_an_epoch_go_on_where_the_last_one_ended() -> None:
    """Epochs of half a pass are the passes, cut in two."""
    whole, halves = network(), network()
    whole.fit(X, Y, 5, epochs=3, verbose=0)
    history = halves.fit(X, Y, 5, epochs=6, steps_per_epoch=2, verbose=0)
    assert same(whole.get_weights(), halves.get_weights())
    assert list(range(6)) == history.epoch


def test_the_rest_of_a_pass_is_a_shorter_epoch_as_in_keras() -> None:
    """3 of 4 batches, then the one that is left, then 3 again; one warning."""
    spy, model, whole = Spy(), network(), network()
    with pytest.warns(UserWarning, match="shorter epoch") as found:
        model.fit(X, Y, 5, 4, 0, [spy], steps_per_epoch=3)
    assert 1 == len(found)
    assert found[0].filename == __file__
    ends = [call[1] for call in spy.calls if call[0] == "batch end"]
    assert [0, 1, 2, 0, 0, 1, 2, 0] == ends
    whole.fit(X, Y, 5, epochs=2, verbose=0)
    assert same(whole.get_weights(), model.get_weights())


def test_more_steps_than_batches_are_told() -> None:
    """An epoch ends with the data."""
    spy = Spy()
    with pytest.warns(UserWarning, match="ran out after 4 batches.*should have 9"):
        network().fit(X, Y, 5, verbose=0, steps_per_epoch=9, callbacks=[spy])
    assert ("batch end", 3) == spy.calls[-3]


# ---- validation ----------------------------------------------------------------------


@pytest.mark.parametrize(("freq", "epochs"), [(2, [1, 3]), ([1, 4], [0, 3]), (5, [])])
def test_validation_may_be_rarer_than_epochs(freq: Any, epochs: list[int]) -> None:
    """Every so many epochs, or after those of a list, the first of which is 1."""
    spy = Spy()
    history = network().fit(
        X, Y, epochs=4, validation_data=(X, Y), validation_freq=freq, verbose=0,
        callbacks=[spy],
    )  # fmt: skip
    assert len(epochs) == len(history.history.get("val_loss", []))
    ends = [at for at, call in enumerate(spy.calls) if call[0] == "test end"]
    found = [spy.calls[at + 1][1] for at in ends]
    assert epochs == found


def test_validation_steps_begin_with_the_first_sample_each_time() -> None:
    """The same part of the held-out data after every epoch."""
    model = network()
    history = model.fit(
        X, Y, 5, epochs=2, verbose=0, validation_data=(X, Y), validation_steps=2
    ).history
    expected = model.evaluate(X[:10], Y[:10], verbose=0)[0]
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-6)


def test_validation_may_have_batches_of_its_own_size() -> None:
    """Its numbers do not depend on it."""
    found = []
    for size, last in ((None, 1), (7, 2), ("full", 0)):
        spy = Spy()
        history = network().fit(
            X, Y, 10, verbose=0, validation_data=(X, Y), validation_batch_size=size,
            callbacks=[spy],
        )  # fmt: skip
        tests = [call for call in spy.calls if call[0] == "test batch end"]
        assert ("test batch end", last) == tests[-1]
        found.append(history.history["val_loss"])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    np.testing.assert_allclose(found[0], found[2], rtol=1e-6)
