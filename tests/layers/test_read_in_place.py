"""Large batches that are runs of rows: they are read where they lie."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import _long
from graphgrad.layers import _sources

ROWS = 6000
DTYPES = ["float32", "float64", "uint8"]

# Data that are compared are small: what is large is lowered.
FEW = 40

Array = np.ndarray[Any, Any]


@pytest.fixture
def all_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every batch count as large, and every product as long."""
    monkeypatch.setattr(_sources, "LARGE", 0)
    monkeypatch.setattr(_long, "CONVERTED", 0)
    monkeypatch.setattr(_long, "MULTIPLIED", 0)


def data(dtype: str, rows: int = FEW, width: int = 6) -> tuple[Array, Array]:
    """Return numbers that float32 holds exactly, and labels."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, (rows, width)).astype(dtype)
    return x, rng.integers(0, 2, (rows, 1)).astype("float32")


def model(*first: Any) -> gg.Sequential:
    """Return a small model, compiled, the same at every call."""
    gg.utils.set_random_seed(0)
    made = gg.Sequential([*first, gg.Dense(5, "tanh"), gg.Dense(1, "sigmoid")])
    made.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return made


def peak_of(work: Callable[[], Any]) -> int:
    """Return the bytes that ``work`` needed at its peak."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_copy_is_made_of_a_batch_of_all_rows(dtype: str) -> None:
    """In float32, the data have 19 MB: results of all rows and blocks have half."""
    x, y = data(dtype, ROWS, 784)
    made = model()
    made.fit(x[:8], y[:8], verbose=0)
    works: list[Callable[[], Any]] = [
        lambda: made.fit(x, y, batch_size="full", epochs=2, verbose=0),
        lambda: made.fit(x, y, batch_size=3000, shuffle=False, verbose=0),
        lambda: made.fit(x, y, batch_size=5, steps_per_epoch=1, verbose=0,
                         validation_data=(x, y), validation_batch_size=ROWS),
        lambda: made.train_on_batch(x, y),
        lambda: made.evaluate(x, y, batch_size=ROWS, verbose=0),
        lambda: made.predict(x, batch_size=ROWS, verbose=0),
        lambda: made.profile(x, y, batch_size=ROWS, steps=1),
    ]  # fmt: skip
    for work in works:
        assert peak_of(work) < 1e7


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_read_in_place_trains_as_a_copy_does(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses and outputs are the same, up to the order in which sums add up."""
    x, y = data(dtype)
    before = x.copy()

    def trained() -> tuple[Any, ...]:
        made = model()
        history = made.fit(
            x, y, batch_size="full", epochs=5, validation_split=0.25, verbose=0
        )
        outputs = made.predict(x, batch_size=15, verbose=0)
        rated = made.evaluate(x, y, batch_size=15, verbose=0)
        return made, list(history.history.values()), outputs, rated

    made, *ours = trained()
    operations = made.graph("fit").operations
    assert {"long_matmul", "long_matmul_t"} <= {node.op.name for node in operations}
    assert not any(node.shape == x[:30].shape for node in operations)
    np.testing.assert_array_equal(x, before)
    monkeypatch.setattr(_sources, "LARGE", 1 << 22)
    _, *copied = trained()
    for one, other in zip(ours, copied, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.usefixtures("all_large")
def test_a_batch_of_all_rows_is_not_shuffled_and_the_seed_gives_the_bits() -> None:
    """No result depends on the order: without a shuffle the very same comes out."""
    x, y = data("float32")
    weights = []
    for shuffle in (True, "batch", False):
        made = model()
        made.fit(x, y, batch_size=FEW, epochs=3, shuffle=shuffle, verbose=0)
        weights.append(made.get_weights())
    for others in weights[1:]:
        for one, other in zip(weights[0], others, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("all_large")
def test_who_may_tell_the_order_gets_another_one() -> None:
    """A layer that anybody wrote may do anything with a batch."""
    x, y = data("float32")
    seen = []

    class First(gg.layers.Layer):
        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x * x[:1]

    for shuffle in (True, False):
        made = model(First())
        made.fit(x, y, batch_size=FEW, epochs=3, shuffle=shuffle, verbose=0)
        seen.append(made.get_weights()[0])
    shuffled, in_order = seen
    assert not np.allclose(shuffled, in_order)


@pytest.mark.usefixtures("all_large")
def test_a_model_holds_no_data_when_it_is_done() -> None:
    """What was lent is let go, also after an error."""
    made = model()
    x, y = data("float32")
    held = weakref.ref(x)

    def fail(*_: Any) -> None:
        raise RuntimeError("stop")

    stop = gg.callbacks.LambdaCallback(on_epoch_end=fail)
    with pytest.raises(RuntimeError):
        made.fit(x, y, batch_size=FEW, callbacks=[stop], verbose=0)
    made.evaluate(x, y, batch_size=FEW, verbose=0)
    made.predict(x, batch_size=FEW, verbose=0)
    del x
    gc.collect()
    assert held() is None


@pytest.mark.usefixtures("all_large")
def test_what_was_lent_is_let_go_by_a_search_for_what_is_not_finite() -> None:
    """It runs the steps again, with the data where they lie."""
    made = gg.Sequential([gg.Dense(1, kernel_initializer="ones")])
    made.compile(gg.optimizers.SGD(1e30), "mse")
    x, y = data("float32")
    held = weakref.ref(x)
    with pytest.warns(gg.NonFiniteWarning):
        made.fit(x, y, batch_size=FEW, epochs=2, verbose=0)
    del x
    gc.collect()
    assert held() is None


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize(("size", "rows"), [(FEW, slice(0, 40)), (15, slice(15, 30))])
def test_a_recorder_sees_the_last_whole_batch(size: int, rows: slice) -> None:
    """It is lent once more, and let go."""
    x, y = data("float32")
    x[:] = np.arange(FEW)[:, None]
    recorder = gg.callbacks.GraphRecorder()
    model().fit(
        x, y, batch_size=size, epochs=2, shuffle=False, verbose=0, callbacks=[recorder]
    )
    assert list(recorder.series("x", "min")) == [x[rows].min()] * 2
    assert list(recorder.series("x", "max")) == [x[rows].max()] * 2
    held = weakref.ref(x)
    del x
    gc.collect()
    assert held() is None


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("how", ["fortran", "every other", "swapped", "float16"])
def test_what_lies_in_another_way_is_copied(how: str) -> None:
    """Only what programs can read where it lies is read there."""
    x, y = data("float32")
    other = {
        "fortran": np.asfortranarray(x),
        "every other": np.repeat(x, 2, axis=1)[:, ::2],
        "swapped": x.astype(x.dtype.newbyteorder()),
        "float16": x.astype(np.float16),
    }[how]
    results = []
    for given in (x, other):
        made = model()
        made.fit(given, y, batch_size=FEW, epochs=2, shuffle=False, verbose=0)
        results.append(made.predict(given, batch_size=FEW, verbose=0))
    one, copied = results
    np.testing.assert_allclose(one, copied, rtol=1e-5)


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("shape", [(6,), (2, 3)])
def test_a_model_may_give_its_input_back(shape: tuple[int, ...]) -> None:
    """The outputs are a copy, whatever the layers do."""
    x = np.arange(24, dtype="float32").reshape(4, *shape)
    for layer in (gg.layers.Dropout(0.5), gg.layers.Flatten()):
        made = gg.Sequential([layer])
        outputs = made.predict(x, batch_size=4, verbose=0)
        np.testing.assert_array_equal(outputs.reshape(x.shape), x)
        assert not np.shares_memory(outputs, x)


@pytest.mark.usefixtures("all_large")
def test_labels_are_read_in_place_too() -> None:
    """Those of an autoencoder are as large as its inputs."""
    x, _ = data("float32")
    results = []
    for labels in (x, x.astype("float64")):
        gg.utils.set_random_seed(0)
        made = gg.Sequential([gg.Dense(3, "tanh"), gg.Dense(6)])
        made.compile("sgd", "mse")
        made.fit(x, labels, batch_size=FEW, epochs=2, verbose=0)
        results.append(made.get_weights()[0])
    one, copied = results
    np.testing.assert_array_equal(one, copied)


@pytest.mark.usefixtures("all_large")
def test_the_picture_is_what_runs_over_lent_data() -> None:
    """The nodes that run are those of the graph, and take the data's dtype."""
    x, y = data("uint8")
    made = model()
    with gg.record_execution() as record:
        made.fit(x, y, batch_size=FEW, verbose=0)
    graph = made.graph("fit")
    assert record == [node.name for node in graph.nodes]
    assert graph.inputs[0].dtype == np.uint8
