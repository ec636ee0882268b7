"""Threads and processes beside each other give the bits of one after the other."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

MODELS = 6


def data(number: int) -> tuple[Any, Any]:
    """Return the samples and labels of one of the models."""
    rng = np.random.default_rng(number)
    x = rng.normal(size=(50, 5)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def made(number: int) -> gg.Sequential:
    """Return one of the models, compiled; each has its own sizes and seeds."""
    gg.set_random_seed(number)
    model = gg.Sequential(
        [
            gg.Input((5,)),
            gg.Dense(4 + number, "tanh"),
            gg.layers.BatchNormalization(),
            gg.Dropout(0.3),
            gg.Dense(1, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def trained(model: gg.Sequential, number: int) -> list[bytes]:
    """Train a model, and return the bits of all that this has made."""
    x, y = data(number)
    history = model.fit(x, y, epochs=3, batch_size=8, verbose=0, validation_split=0.2)
    found = [*model.get_weights(), model.predict(x, verbose=0)]
    found += [np.array(values) for values in history.history.values()]
    found.append(np.array(model.evaluate(x, y, verbose=0)))
    return [each.tobytes() for each in found]


@pytest.fixture(scope="module")
def due() -> list[list[bytes]]:
    """Return what comes of the models one after the other."""
    return [trained(made(number), number) for number in range(MODELS)]


def test_threads_train_models_of_their_own(due: list[list[bytes]], often: int) -> None:
    """All at a time; what is random was drawn when the models were made."""
    for _ in range(2 * often):
        models = [made(number) for number in range(MODELS)]
        with ThreadPoolExecutor(MODELS) as threads:
            assert due == list(threads.map(trained, models, range(MODELS)))


def test_threads_use_one_model(often: int) -> None:
    """It computes for one at a time, and each gets its own result."""
    model = made(0)
    samples = [np.full((count, 5), count, "float32") for count in range(1, 40)]
    alone = [model.predict(each, verbose=0) for each in samples]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3 * often):
            found = threads.map(lambda x: model.predict(x, verbose=0), samples)
            for one, other in zip(alone, found, strict=True):
                np.testing.assert_array_equal(one, other)


def test_threads_use_one_compiled_function(often: int) -> None:
    """Also while it is traced for the shapes of others."""
    f = gg.jit(gg.grad(lambda x: gg.sum(gg.tanh(x) * x)))
    samples = [np.linspace(0, 1, count) for count in range(1, 30)]
    alone = [gg.grad(lambda x: gg.sum(gg.tanh(x) * x))(each) for each in samples]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3 * often):
            for one, other in zip(alone, threads.map(f, samples), strict=True):
                np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-14)


# A file, for processes that are spawned import it; and this test as a module.
PROCESSES = """
import importlib.util, multiprocessing, sys
import pickle

def load(path):
    spec = importlib.util.spec_from_file_location("side_by_side", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def work(number):
    tests = load(sys.argv[1])
    return tests.trained(tests.made(number), number)

if __name__ == "__main__":
    tests = load(sys.argv[1])
    # What a forked process inherits has trained before.
    tests.trained(tests.made(0), 0)
    with multiprocessing.get_context(sys.argv[2]).Pool(2) as processes:
        found = processes.map(work, range(tests.MODELS), chunksize=1)
    sys.stdout.buffer.write(pickle.dumps(found))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_train_models(
    due: list[list[bytes]], method: str, tmp_path: Path
) -> None:
    """However they are started."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system starts no process by {method}")
    script = tmp_path / "processes.py"
    script.write_text(PROCESSES)
    done = subprocess.run(
        [sys.executable, str(script), __file__, method],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr.decode()
    assert due == pickle_of(done.stdout)


def pickle_of(written: bytes) -> Any:
    """Return what a process has written."""
    import pickle

    return pickle.loads(written)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_model_goes_to_another_process_and_back(method: str, tmp_path: Path) -> None:
    """Trained there as it would have been here."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system starts no process by {method}")
    script = tmp_path / "there.py"
    script.write_text(
        """
import multiprocessing, sys
import numpy as np
import graphgrad as gg

x, y = np.linspace(0, 1, 30).reshape(10, 3), np.linspace(0, 1, 10)

def made():
    gg.set_random_seed(0)
    model = gg.Sequential([gg.Input((3,)), gg.Dense(4, "tanh"), gg.Dense(1)])
    model.compile("adam", "mse")
    return model

def trained(model):
    model.fit(x, y, epochs=2, batch_size=4, verbose=0)
    return model

if __name__ == "__main__":
    here = trained(trained(made()))
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as processes:
        there = processes.apply(trained, [trained(made())])
    for one, other in zip(here.get_weights(), there.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    trained(there)
"""
    )
    subprocess.run([sys.executable, str(script), method], check=True, timeout=120)
