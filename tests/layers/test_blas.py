"""The threads of BLAS during fit: one for small products; after it, as before."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import graphgrad as gg
from graphgrad.layers import _blas


def threads() -> int:
    """Return how many threads BLAS may use."""
    counts = [d["num_threads"] for d in threadpool_info() if d["user_api"] == "blas"]
    return int(max(counts))


class Threads(gg.callbacks.Callback):
    """Notes how many threads there are during an epoch; then fails, if told to."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.seen: list[int] = []
        self.fails = fails

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Look."""
        self.seen.append(threads())
        if self.fails:
            raise RuntimeError("on purpose")


def fit(units: int, callback: Threads) -> None:
    """Train on 64 rows of 256 numbers."""
    model = gg.Sequential([gg.Dense(units), gg.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((64, 256), np.float32)
    model.fit(x, x[:, :1], batch_size=64, verbose=0, callbacks=[callback])


needs_two = pytest.mark.skipif(
    "threads() < 2", reason="BLAS has one thread here: no difference would be seen"
)


@needs_two
@pytest.mark.parametrize(("units", "due"), [(8, 1), (128, 2)])
def test_small_products_get_one_thread(units: int, due: int) -> None:
    """64 x 256 x 8 are few operations, 64 x 256 x 128 are many."""
    callback = Threads()
    with threadpool_limits(2, "blas"):
        fit(units, callback)
        assert threads() == 2
    assert callback.seen == [due]


@needs_two
def test_threads_come_back_after_an_error() -> None:
    """Also where a callback fails."""
    callback = Threads(fails=True)
    with threadpool_limits(2, "blas"):
        with pytest.raises(RuntimeError, match="on purpose"):
            fit(8, callback)
        assert threads() == 2
    assert callback.seen == [1]


def test_without_the_package_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional: training goes on with the threads that there are."""
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    _blas._controller.cache_clear()
    before = threads()
    callback = Threads()
    try:
        fit(8, callback)
    finally:
        _blas._controller.cache_clear()
    assert callback.seen == [before]


@needs_two
def test_threads_come_back_when_the_last_training_ends() -> None:
    """Two trainings may overlap, and end in either order."""
    with threadpool_limits(2, "blas"):
        first, second = (_blas.suitable_threads(1) for _ in range(2))
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert threads() == 1
        second.__exit__(None, None, None)
        assert threads() == 2
