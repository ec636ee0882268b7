"""Strategies for optimizers and schedules of learning rates, with drawn settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.optimizers import schedules as rates
from graphgrad.testing._asked_strategies import as_kinds, check_number
from graphgrad.testing._hypothesis import st

__all__ = ["optimizers", "schedules"]

Optimizer = gg.optimizers.Optimizer

flags = st.sampled_from([False, True])
small = st.sampled_from([0.0, 0.5, 0.9])

OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "weight_decay": st.sampled_from([None, 0.125]),
    "gradient_accumulation_steps": st.sampled_from([None, 2]),
    "use_ema": flags,
}
CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")

# What each class has besides, the default first.
SETTINGS: dict[type[Optimizer], dict[str, st.SearchStrategy[Any]]] = {
    gg.optimizers.SGD: {"momentum": small, "nesterov": flags},
    gg.optimizers.RMSprop: {"momentum": small, "centered": flags},
    gg.optimizers.Adam: {"amsgrad": flags},
    gg.optimizers.AdamW: {
        "weight_decay": st.sampled_from([0.004, 0.125]),
        "amsgrad": flags,
    },
    gg.optimizers.Adagrad: {},
    gg.optimizers.Adadelta: {"rho": st.sampled_from([0.95, 0.5])},
    gg.optimizers.Adamax: {},
    gg.optimizers.Nadam: {},
    gg.optimizers.Ftrl: {"l1_regularization_strength": small},
    gg.optimizers.Lion: {},
}


def schedules(rate: float = 0.125) -> st.SearchStrategy[rates.LearningRateSchedule]:
    """Return a strategy for schedules of learning rates that start at ``rate``.

    >>> from graphgrad.testing import strategies as gst
    >>> type(gst.smallest(gst.schedules())).__name__
    'ExponentialDecay'
    """
    check_number("rate", rate, 0)
    steps = st.integers(1, 9)
    return st.one_of(
        st.builds(rates.ExponentialDecay, st.just(rate), steps, st.just(0.5)),
        st.builds(rates.InverseTimeDecay, st.just(rate), steps, st.just(0.5)),
        st.builds(rates.PolynomialDecay, st.just(rate), steps),
        st.builds(rates.CosineDecay, st.just(rate), steps),
        st.builds(rates.CosineDecayRestarts, st.just(rate), steps),
        steps.map(lambda n: rates.PiecewiseConstantDecay([n], [rate, rate / 2])),
    )


def optimizers(
    kinds: Sequence[type[Optimizer]] | None = None,
) -> st.SearchStrategy[Optimizer]:
    """Return a strategy for optimizers: every class, rates, schedules, options.

    They shrink to ``SGD(0.125)``; ``kinds`` are the classes to draw from, if not all.

    >>> from graphgrad.testing import strategies as gst
    >>> found = gst.smallest(gst.optimizers(), lambda each: each.use_ema)
    >>> type(found).__name__, found.clipnorm
    ('SGD', None)
    """
    return _optimizers(as_kinds(kinds, SETTINGS, "graphgrad.optimizers", "SGD"))


@st.composite
def _optimizers(draw: st.DrawFn, kinds: list[type[Optimizer]]) -> Optimizer:
    options = {name: draw(each) for name, each in OPTIONS.items()}
    clipped = draw(st.sampled_from([None, *CLIPPING]))
    if clipped is not None:
        options[clipped] = 0.5
    rate: Any = draw(st.sampled_from([0.125, 0.01]) | schedules())
    kind = draw(st.sampled_from(kinds))
    settings = {name: draw(each) for name, each in SETTINGS[kind].items()}
    if settings.get("nesterov") and not settings["momentum"]:
        settings["momentum"] = 0.9
    return kind(rate, **(options | settings))
