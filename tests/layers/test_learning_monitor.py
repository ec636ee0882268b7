"""LearningMonitor measures within the program, and warns of what it measured."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest
from cases.learning import net, program, run

import graphgrad as gg
from graphgrad.callbacks import (
    CallbackList,
    LearningMonitor,
    LearningWarning,
)
from graphgrad.layers._config import deserialize, serialize

# ---- the callback --------------------------------------------------------------------


class Told(LearningMonitor):
    """A monitor that is told what it would have measured."""

    def __init__(self, *epochs: dict[str, float], **options: Any) -> None:
        """Take the values of each epoch."""
        super().__init__(**options)
        self.epochs = list(epochs)
        self._probe.layers = ["one", "two", "last"]

    def run(self) -> list[str]:
        """Return the warnings of all epochs."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.on_train_begin({})
            for epoch, values in enumerate(self.epochs):
                self._probe.values = lambda _, values=values: values  # type: ignore[assignment, method-assign, misc]
                self.on_epoch_end(epoch, {})
        assert all(each.category is LearningWarning for each in caught)
        return [str(each.message) for each in caught]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"gradient_norm/one": 9e-5, "gradient_norm/two": 1.0},
            "epoch 1: layer 'one' hardly learns: its gradient has length 9e-05",
        ),
        ({"gradient_norm/one": 1001.0}, "layer 'one' has a gradient of length 1e+03"),
        ({"gradient_norm/one": np.nan}, "layer 'one' has a gradient of length nan"),
        ({"gradient_norm/one": np.inf}, "layer 'one' has a gradient of length inf"),
        ({"update_ratio/two": 0.25}, "layer 'two' changes by 25% of its weights' size"),
        ({"dead_units/one": 0.75}, "layer 'one' has 75% dead units"),
        ({"saturation/one": 0.75}, "layer 'one' has 75% of its outputs at their limit"),
    ],
)
def test_what_is_wrong_is_said_once(values: dict[str, float], said: str) -> None:
    """In words, with the layer and a way out; and again in another training."""
    monitor = Told(values, values)
    for _ in range(2):
        (message,) = monitor.run()
        assert said in message


@pytest.mark.parametrize(
    "values",
    [
        {"gradient_norm/one": 1e-9, "gradient_norm/two": 1e-8},
        {"gradient_norm/one": 1e-4, "gradient_norm/two": 1.0},
        {"gradient_norm/one": 1000.0},
        {"update_ratio/one": 0.1},
        {"dead_units/one": 0.5, "saturation/one": 0.5},
        {"saturation/last": 1.0},
        {},
    ],
)
def test_what_is_right_is_not_mentioned(values: dict[str, float]) -> None:
    """A loss that has been learned has small gradients everywhere."""
    assert [] == Told(values).run()


@pytest.mark.parametrize(
    ("off", "values"),
    [
        ("vanishing", {"gradient_norm/one": 0.0, "gradient_norm/two": 1.0}),
        ("exploding", {"gradient_norm/one": np.inf}),
        ("large_step", {"update_ratio/one": 9.0}),
        ("dead", {"dead_units/one": 1.0}),
        ("saturated", {"saturation/one": 1.0}),
    ],
)
def test_each_warning_can_be_turned_off(off: str, values: dict[str, float]) -> None:
    """And has a limit of its own."""
    assert 1 == len(Told(values).run())
    assert [] == Told(values, **{off: None}).run()
    with pytest.raises(ValueError, match=f"LearningMonitor's {off} must be a number"):
        LearningMonitor(**{off: "0.5"})  # type: ignore[arg-type]


def test_what_it_measures_is_in_the_history() -> None:
    """Under names that can be watched, which are known before."""
    model = net(gg.Dense(3, "relu"), gg.Dense(1, "tanh"))
    monitor = LearningMonitor(None, None, None, None, None)
    listeners = CallbackList(monitor, model, metrics=["loss"])
    made = program(model, monitor.probes()[0], 2)
    listeners.on_train_begin()
    for epoch in range(2):
        listeners.on_epoch_begin(epoch)
        run(made, np.ones((2, 3)))
        listeners.on_epoch_end(epoch, {"loss": 1.0})
    expected = {
        *["gradient_norm/dense", "gradient_norm/dense_1"],
        *["update_ratio/dense", "update_ratio/dense_1"],
        *["dead_units/dense", "saturation/dense_1"],
    }
    assert expected == set(monitor.adds) == set(listeners.history.history) - {"loss"}


def test_the_program_that_fit_runs_takes_the_probe_in() -> None:
    """Also for outputs that the loss takes in their joint form, and inner models."""
    inner = gg.Sequential([gg.Dense(3, "relu"), gg.Dropout(0.5)], name="inner")
    model = net(inner, gg.Dense(2, "tanh"), gg.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy")
    monitor = LearningMonitor()
    monitor.set_model(model)
    made = model._stages.program("fit", 4, probes=monitor.probes())
    run(made, np.ones((4, 3)), 1.0)
    found = monitor._probe.values()
    assert set(monitor.adds) == set(found)
    assert {"dead_units/inner/dense", "saturation/dense", "saturation/dense_1"} == {
        key for key in found if key.startswith(("dead", "saturation"))
    }
    assert all(found[f"update_ratio/{name}"] > 0 for name in ("dense", "dense_1"))
    assert ["inner/dense", "inner/dropout", "dense", "dense_1"] == monitor._probe.layers


def test_each_model_is_measured_by_a_probe_of_its_own() -> None:
    """A program that was made for one serves no other."""
    monitor, one, two = LearningMonitor(), net(gg.Dense(1)), net(gg.Dense(2))
    keys = []
    for model in (one, one, two):
        monitor.set_model(model)
        keys.append(monitor.probes()[0].key)
    assert keys[0] == keys[1] != keys[2]
    assert LearningMonitor().probes()[0].key != LearningMonitor().probes()[0].key


def test_only_what_learns_now_is_measured() -> None:
    """A layer that was frozen or taken off since an earlier training is not judged."""
    x, y = np.eye(3), [[0.0], [1.0], [1.0]]
    model = net(gg.Dense(4, "tanh"), gg.Dense(1, "sigmoid"))
    model.compile("sgd", "binary_crossentropy")
    monitor = LearningMonitor()
    measured = []
    for change in (None, "freeze", "replace"):
        if change == "freeze":
            model.layers[0].trainable = False
        if change == "replace":
            model.pop()
            model.add(gg.Dense(1, name="other"))
            model.compile("sgd", "mse")
        history = model.fit(x, y, verbose=0, callbacks=[monitor]).history
        measured.append(set(history) - {"loss"})
        assert measured[-1] == set(monitor.adds)
    both, last = {"gradient_norm", "update_ratio"}, "saturation/dense_1"
    first = {"saturation/dense"}
    assert measured == [
        {f"{kind}/{name}" for kind in both for name in ("dense", "dense_1")}
        | {last, *first},
        {f"{kind}/dense_1" for kind in both} | {last, *first},
        {f"{kind}/other" for kind in both} | first,
    ]


def test_without_a_step_there_is_nothing_to_say() -> None:
    """As in an epoch of no batches."""
    logs: dict[str, float] = {}
    monitor = LearningMonitor()
    monitor.on_epoch_begin(0, {})
    monitor.on_epoch_end(0, logs)
    assert {} == logs


@pytest.mark.parametrize("traced_before", [True, False])
def test_an_epoch_goes_on_after_a_break(traced_before: bool) -> None:
    """With what was measured before; a new epoch begins anew."""
    whole, broken, again = (LearningMonitor(large_step=None) for _ in range(3))
    x = np.random.default_rng(0).normal(size=(3, 2, 3))
    logs: dict[str, float] = {}
    model = net(gg.Dense(4, "relu"), gg.Dense(1))
    weights = model.get_weights()
    whole.set_model(model)
    made = program(model, whole.probes()[0], 2)
    whole.on_epoch_begin(0)
    for batch in x:
        run(made, batch)
    whole.on_epoch_end(0, logs)
    model.set_weights(weights)
    broken.set_model(model)
    made = program(model, broken.probes()[0], 2)
    broken.on_epoch_begin(0)
    for batch in x[:2]:
        run(made, batch)
    again.set_model(model)
    if traced_before:
        made = program(model, again.probes()[0], 2)
    again.on_train_begin({})
    again.set_state(deserialize(json.loads(json.dumps(serialize(broken.get_state())))))
    again.on_epoch_begin(0)
    if not traced_before:
        made = program(model, again.probes()[0], 2)
    run(made, x[2])
    found: dict[str, float] = {}
    again.on_epoch_end(0, found)
    assert logs == found
    assert again.get_state()["sums"] is None
    again.on_epoch_begin(1)
    assert {} == again.probes()[0].values()  # type: ignore[attr-defined]


def test_what_it_reads_is_drawn_with_it() -> None:
    """The weights' values before and after the step belong to the monitor's box."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    monitor = gg.callbacks.LearningMonitor()
    model.fit(np.ones((2, 2)), np.ones(2), verbose=0, callbacks=[monitor])
    copies = [n for n in model.graph("fit").nodes if n.op.name == "stop_gradient"]
    assert copies
    assert {("learning_monitor", "update")} == {(n.scope, n.phase) for n in copies}
