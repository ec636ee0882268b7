"""Trainings that come to what is not finite."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.sites import Site

RNG = np.random.default_rng(0)


X = RNG.random((100, 4)).astype(np.float32)


Y = RNG.random(100).astype(np.float32)


STEPS = 4


def made(*layers: Any, optimizer: Any = "sgd", **options: Any) -> gg.Sequential:
    """Return a compiled model whose weights follow from the seed."""
    gg.set_random_seed(0)
    model = gg.Sequential([gg.Input((4,)), *layers])
    model.compile(optimizer, "mse", **options)
    return model


def growing(**options: Any) -> gg.Sequential:
    """Return a model whose loss becomes infinite in the third epoch."""
    return made(
        gg.Dense(8, "relu"),
        gg.layers.Dropout(0.2),
        gg.Dense(1),
        optimizer=gg.optimizers.SGD(30.0, momentum=0.5),
        **options,
    )


def fit(model: gg.Sequential, *data: Any, **options: Any) -> gg.callbacks.History:
    """Train in silence, with 25 samples in a batch."""
    if not data:
        data = (X, Y)
        options.setdefault("batch_size", 25)
    train: Any = model.fit
    history: gg.callbacks.History = train(*data, verbose=0, **options)
    return history


def warned(act: Callable[[], Any]) -> gg.NonFiniteWarning:
    """Return the one warning that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        act()
    messages = [each.message for each in caught]
    (found,) = [each for each in messages if isinstance(each, gg.NonFiniteWarning)]
    return found


def site_of(act: Callable[[], Any]) -> Site:
    """Return the site of the warning that a call gives."""
    site = warned(act).site
    assert site is not None
    return site


def batches() -> Iterator[tuple[Any, Any]]:
    """Give the samples in fours, again and again."""
    while True:
        for start in range(0, 100, 25):
            yield X[start : start + 25], Y[start : start + 25]
