"""Batches that nobody chose are larger than Keras' where that changes no number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import losses, metrics
from graphgrad.callbacks import Callback

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 2)).astype(np.float32)
Y = (X.sum(axis=1, keepdims=True) > 0).astype(np.float32)


def compiled(loss: Any, *layers: Any, **options: Any) -> gg.Sequential:
    """Return a model, the same each time."""
    gg.set_random_seed(1)
    model = gg.Sequential([gg.Input((2,)), *layers, gg.Dense(1, "sigmoid")])
    model.compile("sgd", loss, **options)
    return model


class Share(losses.Loss):
    """Each value by the largest of the batch."""

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return the values."""
        values = gg.mean(gg.square(y_true - y_pred), axis=-1)
        return values / gg.max(values)


def share(y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
    """Return what `Share` does."""
    return Share().call(y_true, y_pred)


class Center(gg.Layer):
    """Subtracts the mean of the batch."""

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Return each sample without the mean."""
        return x - gg.mean(x, axis=0, keepdims=True)


ASKING: list[Callable[[], gg.Sequential]] = [
    lambda: compiled(losses.MeanSquaredError(reduction="sum")),
    lambda: compiled(losses.MeanSquaredError(reduction="mean_with_sample_weight")),
    lambda: compiled(losses.Dice()),
    lambda: compiled(losses.Tversky()),
    lambda: compiled(Share()),
    lambda: compiled(share),
    lambda: compiled("mse", metrics=[share]),
    lambda: compiled("mse", metrics=[metrics.MeanMetricWrapper(share)]),
    lambda: compiled("mse", metrics=[losses.Dice()]),
    lambda: compiled("mse", weighted_metrics=[Share()]),
    lambda: compiled("mse", Center()),
    lambda: compiled("mse", gg.Sequential([Center()])),
    lambda: compiled("mse", gg.layers.Lambda(lambda x: x - gg.mean(x, axis=0))),
]


@pytest.mark.parametrize("make", ASKING)
def test_what_depends_on_the_batch_has_keras_batches(
    make: Callable[[], gg.Sequential],
) -> None:
    """70 samples are 32 + 32 + 6, as in fit: then evaluate says what val_loss does."""
    model = make()
    # One value for the batch cannot be weighed.
    whole = isinstance(model.loss, losses.Dice | losses.Tversky)
    weights = None if whole else np.linspace(0, 2, 70)
    given: dict[str, Any] = {"sample_weight": weights, "verbose": 0}
    expected = model.evaluate(X, Y, batch_size=32, **given)
    assert expected != model.evaluate(X, Y, batch_size=70, **given)
    assert expected == model.evaluate(X, Y, **given)


@pytest.mark.parametrize("make", ASKING[-3:])
def test_layers_that_mix_samples_predict_from_keras_batches(
    make: Callable[[], gg.Sequential],
) -> None:
    """A layer of the user's own may look at the whole batch."""
    model = make()
    expected = model.predict(X, batch_size=32, verbose=0)
    assert not np.allclose(expected, model.predict(X, batch_size=70, verbose=0))
    np.testing.assert_array_equal(expected, model.predict(X, verbose=0))


def test_an_ignored_class_asks_for_keras_batches() -> None:
    """The mean is over the samples of the batch that are left."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(3, "softmax")])
    labels = np.where(np.arange(70) < 40, 0, np.arange(70) % 3)
    model.compile("sgd", losses.SparseCategoricalCrossentropy(ignore_class=0))
    expected = model.evaluate(X, labels, batch_size=32, verbose=0)
    assert expected != model.evaluate(X, labels, batch_size=70, verbose=0)
    assert expected == model.evaluate(X, labels, verbose=0)


def test_who_watches_batches_sees_those_of_keras() -> None:
    """Three of evaluate and three of predict; without a watcher there is one."""

    class Count(Callback):
        seen = 0

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            self.seen += 1

        on_predict_batch_end = on_test_batch_end

    model = compiled("mse", metrics=["accuracy", "auc"])
    for call in (
        lambda **o: model.evaluate(X, Y, **o),
        lambda **o: model.predict(X, **o),
    ):
        count = Count()
        call(verbose=0, callbacks=[count])
        assert 3 == count.seen
    model = compiled("mse", metrics=["accuracy", "auc"])
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert 1 == model.program("evaluate").runs
    assert 1 == model.program("predict").runs
