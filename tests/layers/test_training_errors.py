"""Errors of training: they name the place, and leave the model as it was."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.trainings import Array, data, network

import graphgrad as gg

X, Y = data(8)
WIDE = np.zeros((8, 5), "float32")


def nan_at(row: int) -> Array:
    """Return the data with one NaN."""
    x = X.copy()
    x[row, 2] = np.nan
    return x


ERRORS: list[tuple[str, Callable[[Any], Any], str]] = [
    ("width", lambda m: m.fit(WIDE, Y), r"'dense'.*\(batch, 4\).*x of shape \(8, 5\)"),
    ("width", lambda m: m.predict(WIDE), r"'dense'.*\(batch, 4\)"),
    ("width", lambda m: m(WIDE), r"'dense'.*\(batch, 4\)"),
    ("one sample", lambda m: m.predict(X[0]), r"x\[None\]"),
    ("labels", lambda m: m.fit(X, np.zeros((8, 2))), r"\(8, 2\)"),
    ("label range", lambda m: m.fit(X, Y + 1), r"2"),
    ("NaN in x", lambda m: m.fit(nan_at(3), Y), r"x\[3, 2\] is nan"),
    ("NaN in y", lambda m: m.fit(X, np.where(Y > 0, np.nan, Y)), "nan"),
    ("Inf", lambda m: m.predict(X + np.inf), "inf"),
    ("too large", lambda m: m.fit(np.full((8, 4), 1e39), Y), r"1e\+39.*float32"),
    ("weights", lambda m: m.set_weights([np.full((4, 3), 1e300)] + [0] * 3), "weight"),
    ("empty", lambda m: m.fit(X[:0], Y[:0]), r"x is empty"),
    ("empty", lambda m: m.predict([]), r"x is empty"),
    ("lengths", lambda m: m.fit(X, Y[:5]), "8 samples and y has 5"),
    ("text", lambda m: m.fit([["a"] * 4] * 8, Y), "numbers"),
    ("ragged", lambda m: m.fit([[1.0] * 4, [1.0]], Y[:2]), "rectangular|length"),
    ("None", lambda m: m.fit(X, None), "y is missing"),
    ("batch size", lambda m: m.fit(X, Y, batch_size=0), "at least 1, got 0"),
    ("epochs", lambda m: m.fit(X, Y, epochs="3"), "epochs"),
    ("verbose", lambda m: m.fit(X, Y, verbose=9), "verbose"),
    ("split", lambda m: m.fit(X, Y, validation_split=1.5), "between 0 and 1"),
    ("split", lambda m: m.fit(X, Y, validation_split=0.999), "at least one"),
    ("held out", lambda m: m.fit(X, Y, validation_data=X), "pair"),
    (
        "held out",
        lambda m: m.fit(X, Y, validation_data=(WIDE, Y)),
        r"validation_data\[0\]",
    ),
    ("callback", lambda m: m.fit(X, Y, callbacks=[print]), "callbacks"),
    ("loss", lambda m: m.compile("sgd", "binary_crosentropy"), "binary_crossentropy"),
    ("optimizer", lambda m: m.compile("adamm", "mse"), "adam"),
    ("metric", lambda m: m.compile("sgd", "mse", metrics=["acuracy"]), "accuracy"),
    ("metrics", lambda m: m.compile("sgd", "mse", metrics="accuracy"), "list"),
    ("no loss", lambda m: m.compile("sgd"), "loss="),
    ("class", lambda m: m.compile(gg.optimizers.Adam, "mse"), "Adam"),
    ("activation", lambda m: m.add(gg.Dense(1, "rellu")), "relu"),
    ("units", lambda m: m.add(gg.Dense(0)), "units"),
    ("layer", lambda m: m.add("relu"), "Activation"),
    ("weights", lambda m: m.set_weights([X]), "4 weights"),
    ("weights", lambda m: m.set_weights([X] * 4), "'dense/kernel' has shape"),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("what", "call", "message"), ERRORS)
def test_errors_name_the_place_and_leave_the_model_as_it_was(
    what: str, call: Callable[[Any], Any], message: str
) -> None:
    """I7: a wrong call raises before anything changes."""
    gg.set_random_seed(0)
    model = network(3)
    model.fit(X, Y, verbose=0)
    before = (
        model.get_weights(),
        model.optimizer,
        model.loss,
        len(model),
        str(model.graph("fit")),
    )
    with pytest.raises((ValueError, TypeError), match=re.compile(message, re.DOTALL)):
        call(model)
    after = (
        model.get_weights(),
        model.optimizer,
        model.loss,
        len(model),
        str(model.graph("fit")),
    )
    assert all(map(np.array_equal, before[0], after[0])), what
    assert before[1:] == after[1:], what


def test_calls_before_compile_say_what_to_do() -> None:
    """No loss, no optimizer: the message has the call."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1)])
    for call in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(
            gg.GraphgradError, match=r"model\.compile\(optimizer='adam'"
        ):
            call(X, Y)
    assert model.predict(X, verbose=0).shape == (8, 1)


def test_a_model_that_changed_after_compile_must_be_compiled_again() -> None:
    """Keras goes on training the old graph without a word."""
    model = network(3)
    model.fit(X, Y, verbose=0)
    model.add(gg.Dense(1, "sigmoid"))
    with pytest.raises(
        gg.GraphgradError, match="other layers than when it was compiled"
    ):
        model.fit(X, Y, verbose=0)
    model.compile("adam", "binary_crossentropy")
    model.fit(X, Y, verbose=0)


def test_a_failed_first_fit_leaves_the_model_unbuilt() -> None:
    """Shapes that do not fit are found before weights are made."""
    model = gg.Sequential([gg.Dense(3), gg.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="2"):
        model.fit(X, np.full(8, 5), verbose=0)
    assert not model.built
    assert model.weights == []


def test_a_loop_over_batch_sizes_keeps_few_programs() -> None:
    """Keras' memory grows when predict is called in a loop."""
    model = network(2)
    x, _ = data()
    for rows in range(1, 40):
        model.predict(x[:rows], batch_size=rows, verbose=0)
    assert len(model._stages.programs) == 16


def test_a_training_step_of_a_model_allocates_no_array() -> None:
    """I6: with Adam, dropout and metrics, a step takes no memory for arrays.

    Each array of this step but the biases has 48 KB or more, more than what NumPy's own
    iterators take.
    """
    model = gg.Sequential(
        [gg.Input((256,)), gg.Dense(256, "sigmoid"), gg.Dropout(0.5), gg.Dense(256)]
    )
    model.compile("adam", "mse", metrics=["mse"])
    x = np.zeros((256, 256), "float32")
    model.fit(x, x, batch_size=256, verbose=0)
    program = model.program("fit")
    tracemalloc.start()
    try:
        program.run()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(5):
            program.run()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - before < 48_000
    assert peak - before < 48_000
