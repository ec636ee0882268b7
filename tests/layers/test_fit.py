"""Fit: epochs, steps, order, validation, hooks, and what interrupts them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Array = np.ndarray[Any, Any]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)


def network(*, steps: int = 1, metrics: Any = ("accuracy",)) -> gg.Sequential:
    """Return a small compiled model, the same each time."""
    gg.set_random_seed(5)
    model = gg.Sequential(
        [gg.Input((4,)), gg.Dense(3, "tanh"), gg.Dropout(0.2), gg.Dense(1, "sigmoid")]
    )
    model.compile(
        "adam", "binary_crossentropy", metrics=list(metrics), steps_per_execution=steps
    )
    return model


def state(model: gg.Sequential) -> list[Array]:
    """Return copies of all state of a training: weights, slots, random state."""
    assert model.optimizer is not None
    metrics = [model.loss_tracker, *model.metrics]
    measured = [v for metric in metrics for v in metric.variables]
    variables = [*model.variables, *model.optimizer.variables, *measured]
    return [variable.numpy() for variable in variables]


def restore(model: gg.Sequential, values: list[Array]) -> None:
    """Take over the state of another training."""
    assert model.optimizer is not None
    metrics = [model.loss_tracker, *model.metrics]
    measured = [v for metric in metrics for v in metric.variables]
    variables = [*model.variables, *model.optimizer.variables, *measured]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def same(first: list[Array], second: list[Array]) -> bool:
    """Return whether all arrays are the same bits."""
    return all(map(np.array_equal, first, second))


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


# ---- order ---------------------------------------------------------------------------


class Order(gg.Layer):
    """Passes numbers on, and is 0 with a gradient of its own."""

    def build(self, input_shape: Any) -> None:
        """Make a weight that does not matter."""
        self.w = self.add_weight("w", (1,), "ones")

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Let them be."""
        return x * self.w


def orders(shuffle: Any, epochs: int = 3, batch: int = 4) -> list[list[int]]:
    """Return the order of the samples in each epoch, read off the program's input."""
    gg.set_random_seed(2)
    model = gg.Sequential([gg.Input((1,)), Order()])
    model.compile(gg.optimizers.SGD(0.0), "mse")
    seen: list[list[int]] = []

    class Read(gg.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            seen.append([])

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            size = min(4, 10 - 4 * batch)
            program = model._stages.program("fit", size)
            seen[-1] += [int(number) for number in program.inputs[0][:, 0]]

    numbers = np.arange(10.0)[:, None]
    model.fit(
        numbers, numbers, batch, epochs, shuffle=shuffle, verbose=0, callbacks=[Read()]
    )
    return seen


def test_every_epoch_has_an_order_of_its_own() -> None:
    """A permutation each; the same seed gives the same ones."""
    found = orders(True)
    assert all(list(range(10)) == sorted(order) for order in found)
    assert 3 == len({tuple(order) for order in found})
    assert found == orders(True)


def test_without_shuffle_samples_come_in_order() -> None:
    """Each epoch alike."""
    assert [list(range(10))] * 3 == orders(False)


def test_shuffled_batches_keep_their_samples() -> None:
    """As in Keras, shuffle="batch" is about the order within each batch."""
    found = orders("batch")
    for order in found:
        parts = [sorted(order[i : i + 4]) for i in (0, 4, 8)]
        assert [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] == parts
    assert 1 < len({tuple(order) for order in found})


def test_the_order_is_part_of_the_state() -> None:
    """It is a variable of the model: a seed, and how many passes have begun."""
    model = network()
    (order,) = (v for v in model.variables if v.name == "order")
    assert 0 == order.numpy()[1]
    model.fit(X, Y, epochs=3, verbose=0)
    assert 3 == order.numpy()[1]
    assert all(weight is not order for weight in model.weights)


def test_the_same_seed_gives_the_same_training_of_one_model() -> None:
    """To seed, compile and fit again is to do the same again."""
    model = network()
    weights, found = model.get_weights(), []
    for _ in range(2):
        gg.set_random_seed(3)
        model.set_weights(weights)
        model.layers[1].state.assign([1, 0])  # type: ignore[attr-defined]
        model.compile("adam", "binary_crossentropy")
        found.append(model.fit(X, Y, 3, 2, verbose=0).history)
    assert found[0] == found[1]


# ---- going on after an interruption --------------------------------------------------


class Resume(gg.callbacks.Callback):
    """Restores a state and says where it was taken, as BackupAndRestore does."""

    def __init__(self, values: list[Array], where: tuple[int, int]) -> None:
        self.values = values
        self.where = where

    def on_train_begin(self, logs: Any = None) -> None:
        """Restore."""
        restore(self.model, self.values)
        self.model.resume_at = self.where


class Backup(gg.callbacks.Callback):
    """Takes the state after every batch and every epoch."""

    def __init__(self) -> None:
        self.epoch = 0
        self.taken: dict[tuple[int, int], list[Array]] = {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Take the state."""
        self.taken[self.epoch, batch + 1] = state(self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Take the state."""
        self.taken[epoch + 1, 0] = state(self.model)


def batches() -> Iterator[Any]:
    """Yield batches for ever."""
    while True:
        for start in range(0, 20, 5):
            yield X[start : start + 5], Y[start : start + 5]


class Loader:
    """Batches that can be asked for by number."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        return X[index * 5 : index * 5 + 5], Y[index * 5 : index * 5 + 5]


RESUMED: dict[str, Any] = {
    "arrays": lambda: {"x": X, "y": Y, "batch_size": 5},
    "arrays in order": lambda: {"x": X, "y": Y, "batch_size": 5, "shuffle": False},
    "within batches": lambda: {"x": X, "y": Y, "batch_size": 5, "shuffle": "batch"},
    "half a pass": lambda: {"x": X, "y": Y, "batch_size": 5, "steps_per_epoch": 2},
    "by number": lambda: {"x": Loader()},
    "generator": lambda: {"x": batches(), "steps_per_epoch": 3},
}


@pytest.mark.parametrize("kind", RESUMED)
def test_a_resumed_training_is_the_undisturbed_one(kind: str) -> None:
    """From every batch and epoch on: the same order, bits and history."""
    whole, backup = network(), Backup()
    history = whole.fit(epochs=3, verbose=0, callbacks=[backup], **RESUMED[kind]())
    assert len(backup.taken) >= 9
    for (epoch, batch), values in backup.taken.items():
        gg.set_random_seed(99)
        again = network()
        gg.set_random_seed(98)
        found = again.fit(
            epochs=3,
            verbose=0,
            callbacks=[Resume(values, (epoch, batch))],
            **RESUMED[kind](),
        )
        assert same(state(whole), state(again)), (epoch, batch)
        assert again.resume_at is None
        rest = {name: each[epoch:] for name, each in history.history.items()}
        assert rest == found.history or (epoch == 3 and not found.history)


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


# ---- interruptions -------------------------------------------------------------------


class Stop(gg.callbacks.Callback):
    """Raises in the second epoch, at a batch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Raise."""
        if (self.epoch, batch) == (1, 1):
            raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("mine")])
def test_what_a_callback_raises_leaves_the_history_so_far(error: Any) -> None:
    """Epochs that ended are kept; training can go on."""
    model = network()
    with pytest.raises(type(error)):
        model.fit(X, Y, 5, 3, 0, [Stop(error)])
    assert model.history is not None
    assert [0] == model.history.epoch
    model.fit(X, Y, 5, verbose=0)


@pytest.fixture
def python_handles_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C interrupt, also where the tests were started without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("python_handles_ctrl_c")
def test_ctrl_c_in_a_step_lets_the_step_end() -> None:
    """The weights are those after a whole step, and the history is kept."""
    model, other = network(), network()
    model.fit(X, Y, 5, verbose=0)
    other.fit(X, Y, 5, verbose=0)
    program = model.program("fit")
    inner = program._step
    runs = 0

    def step() -> None:
        nonlocal runs
        runs += 1
        if runs == 6:
            signal.raise_signal(signal.SIGINT)
        inner()

    program._step = step
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, 5, 3, verbose=0)
    assert before == signal.getsignal(signal.SIGINT)
    assert 6 == runs
    assert model.history is not None
    assert [0] == model.history.epoch
    other.fit(X, Y, 5, 1, verbose=0)
    stopper = Stop(KeyboardInterrupt())
    stopper.epoch = 1
    with pytest.raises(KeyboardInterrupt):
        other.fit(X, Y, 5, initial_epoch=1, epochs=3, verbose=0, callbacks=[stopper])
    assert same(model.get_weights(), other.get_weights())


@pytest.mark.usefixtures("python_handles_ctrl_c")
def test_a_signal_from_elsewhere_stops_between_steps() -> None:
    """As many whole steps as the optimizer has counted."""
    model = network()
    started = threading.Event()

    class Begin(gg.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            started.set()

    def interrupt() -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, 1, epochs=100_000, verbose=0, callbacks=[Begin()])
    thread.join()
    assert model.history is not None
    assert model.history.epoch
    assert model.optimizer is not None
    steps = int(model.optimizer.iterations)
    assert steps == model.program("fit").runs
    assert len(model.history.epoch) == steps // 20 or steps % 20 == 0


def test_training_in_a_thread_leaves_signals_alone() -> None:
    """Only the main thread may ask for them."""
    model = network()
    thread = threading.Thread(target=lambda: model.fit(X, Y, verbose=0))
    before = signal.getsignal(signal.SIGINT)
    thread.start()
    thread.join()
    assert model.history is not None
    assert before == signal.getsignal(signal.SIGINT)


# ---- arguments -----------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"nb_epoch": 3}, "did you mean 'epochs'"),
    ({"epoch": 3}, "did you mean 'epochs'"),
    ({"workers": 2}, "workers.*in the thread that trains"),
    ({"use_multiprocessing": True}, "use_multiprocessing"),
    ({"shuffle": "yes"}, "shuffle must be one of True, False, 'batch'"),
    ({"batch_size": -1}, "at least 1, got -1"),
    ({"batch_size": 2.5}, "at least 1, got 2.5"),
    ({"batch_size": "all"}, "'full' takes all"),
    ({"epochs": 2.0}, "epochs must be a whole number"),
    ({"initial_epoch": -1}, "initial_epoch"),
    ({"steps_per_epoch": 0}, "steps_per_epoch must be a whole number of at least 1"),
    ({"validation_steps": 3}, "nothing to validate on"),
    ({"validation_batch_size": 3}, "nothing to validate on"),
    ({"validation_freq": 3}, "nothing to validate on"),
    ({"validation_freq": 0, "validation_data": (X, Y)}, "validation_freq"),
    ({"validation_freq": [0], "validation_data": (X, Y)}, "each epoch of"),
    ({"validation_data": (X, Y, Y, Y)}, "pair"),
    ({"validation_data": (X[:3], Y)}, r"validation_data\[0\] has 3"),
    ({"validation_data": (X, Y, -Y - 1)}, r"validation_data\[2\]\[\d+\] is -"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_arguments_that_mean_nothing_are_refused(options: Any, message: str) -> None:
    """Each message names the argument and the way out, before anything changes."""
    model = network()
    before = state(model)
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(X, Y, verbose=0, **options)
    assert same(before, state(model))


def test_other_calls_refuse_what_they_do_not_take() -> None:
    """With the name that was probably meant."""
    model: Any = network()
    calls: list[tuple[Any, str]] = [
        (
            lambda: model.evaluate(X, Y, sample_weights=Y),
            "did you mean 'sample_weight'",
        ),
        (lambda: model.predict(X, batchsize=3), "did you mean 'batch_size'"),
        (lambda: model.predict(X, workers=3), "in the thread"),
        (lambda: model.train_on_batch(X, Y, class_weights={}), "'class_weight'"),
        (lambda: model.test_on_batch(X, Y, weights=Y), "'sample_weight'"),
        (lambda: model.evaluate(X, Y, return_dict="yes"), "True or False"),
        (lambda: model.evaluate(X, Y, steps=0), "steps"),
    ]
    for call, message in calls:
        with pytest.raises((ValueError, TypeError), match=message):
            call()


def test_steps_limit_what_is_evaluated_and_predicted() -> None:
    """So many batches of the data, from the first on."""
    model = network()
    assert (10, 1) == model.predict(X, batch_size=5, steps=2, verbose=0).shape
    expected = model.evaluate(X[:10], Y[:10], verbose=0)
    found = model.evaluate(X, Y, batch_size=5, steps=2, verbose=0)
    assert expected == pytest.approx(found, rel=1e-6)
    assert (20, 1) == model.predict(X, steps=3, verbose=0).shape


def test_what_fit_remembers_is_what_it_returned() -> None:
    """model.history is the history, until the next one."""
    model = network()
    first = model.fit(X, Y, verbose=0)
    assert first is model.history
    assert first is not model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("often", ["epoch", 1, 3])
def test_a_backup_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, often: Any
) -> None:
    """With a shuffle and dropout, from files, in a model made anew."""
    whole = network()
    expected = whole.fit(X, Y, 5, 3, verbose=0).history
    broken = network()
    backup = gg.callbacks.BackupAndRestore(str(tmp_path), save_freq=often)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, Y, 5, 3, 0, [backup, Stop(KeyboardInterrupt())])
    gg.set_random_seed(99)
    again = network()
    backup = gg.callbacks.BackupAndRestore(str(tmp_path), save_freq=often)
    found = again.fit(X, Y, 5, 3, 0, [backup]).history
    assert same(state(whole), state(again))
    assert {name: values[-2:] for name, values in expected.items()} == {
        name: values[-2:] for name, values in found.items()
    }
