"""What all optimizers take besides the learning rate, checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, NoReturn, TypedDict

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_flag, check_number
from graphgrad.layers._names import (
    UnknownArgumentError,
    meant,
    nearest,
    refuse_unknown,
)

__all__ = [
    "DEFAULTS",
    "RENAMED",
    "LearningRateError",
    "OptimizerError",
    "OptimizerOptions",
    "checked_options",
    "refuse_change",
    "refuse_others",
    "refuse_rate",
]


class OptimizerOptions(TypedDict, total=False):
    """The arguments that all optimizers have in common, all by keyword.

    >>> OptimizerOptions(clipnorm=1.0)
    {'clipnorm': 1.0}
    """

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    gradient_accumulation_steps: int | None
    name: str | None


class OptimizerError(gg.GraphgradError, ValueError):
    """An optimizer that is used in a way that it cannot be."""


class LearningRateError(gg.GraphgradError, TypeError):
    """A learning rate that an optimizer cannot have, or cannot be assigned."""


DEFAULTS: dict[str, Any] = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "gradient_accumulation_steps": None,
}
_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")

# What older and other libraries call our arguments.
RENAMED = {
    "alpha": "learning_rate",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "betas": "beta_1",
    "clip_norm": "clipnorm",
    "clip_value": "clipvalue",
    "eps": "epsilon",
    "learn_rate": "learning_rate",
    "lr": "learning_rate",
}

# Old arguments that have no new name, and what to write instead.
_GONE = {
    "decay": "let the rate fall by a schedule, learning_rate=gg.optimizers.schedules."
    "InverseTimeDecay(learning_rate, decay_steps=1, decay_rate=decay), or the weights "
    "by weight_decay",
    "loss_scale_factor": "gradients are float32, which needs no scaled loss",
}


def checked_options(owner: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the common arguments of an optimizer of class ``owner``, or raise.

    >>> checked_options("SGD", {**DEFAULTS, "clipnorm": 1})["clipnorm"]
    1.0
    """
    options = dict(given)
    for name, bounds in {
        "weight_decay": {"at_least": 0.0},
        "clipnorm": {"above": 0.0},
        "clipvalue": {"above": 0.0},
        "global_clipnorm": {"above": 0.0},
        "ema_momentum": {"at_least": 0.0, "at_most": 1.0},
    }.items():
        if options[name] is not None:
            options[name] = check_number(f"{owner}'s {name}", options[name], **bounds)
    for name in ("ema_overwrite_frequency", "gradient_accumulation_steps"):
        options[name] = _checked_count(f"{owner}'s {name}", options[name])
    options["use_ema"] = check_flag(f"{owner}'s use_ema", options["use_ema"])
    _refuse_two_clips(owner, options)
    _refuse_idle_averages(owner, options)
    return options


def _checked_count(what: str, value: Any) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ArgumentError(
            f"{what} must be a whole number of at least 1, or None, got {value!r}"
        )
    return int(value)


def _refuse_two_clips(owner: str, options: Mapping[str, Any]) -> None:
    clips = [f"{n}={options[n]:g}" for n in _CLIPPING if options[n] is not None]
    if len(clips) > 1:
        raise ArgumentError(
            f"{owner} clips gradients in one way, got {' and '.join(clips)}: keep one"
        )


def _refuse_idle_averages(owner: str, options: Mapping[str, Any]) -> None:
    if options["use_ema"]:
        if options["ema_momentum"] is None:
            raise ArgumentError(f"{owner}'s ema_momentum must be a number, got None")
        return
    for name in ("ema_momentum", "ema_overwrite_frequency"):
        if options[name] not in (None, DEFAULTS[name]):
            raise ArgumentError(
                f"{owner}'s {name}={options[name]} does nothing without averages of "
                "the weights: pass use_ema=True as well"
            )


def refuse_change(optimizer: object, name: str, valid: list[str]) -> NoReturn:
    """Raise for what may not be assigned to an optimizer; ``valid`` are arguments.

    >>> refuse_change(object(), "lr", ["learning_rate"])
    Traceback (most recent call last):
    ...
    graphgrad.layers._optimizer_options.OptimizerError: object has no 'lr': did you \
mean 'learning_rate'?
    """
    owner = type(optimizer).__name__
    if hasattr(optimizer, name):
        raise OptimizerError(
            f"{owner}'s {name} is fixed once it has been compiled: make a new "
            "optimizer and compile again (learning_rate may be assigned)"
        )
    due = RENAMED.get(name)
    near = [due] if due in valid else nearest(name, valid)
    hint = meant(near) or f"it has {', '.join(valid)}"
    raise OptimizerError(f"{owner} has no {name!r}: {hint}")


def refuse_others(owner: str, unknown: Mapping[str, Any], valid: list[str]) -> None:
    """Raise if an argument was given that is none of ``valid``, and say what was meant.

    >>> refuse_others("SGD", {}, ["learning_rate"])
    """
    for name, instead in _GONE.items():
        if unknown.get(name) is not None:
            raise UnknownArgumentError(f"{owner} takes no argument {name!r}: {instead}")
    renamed = {old: new for old, new in RENAMED.items() if new in valid}
    refuse_unknown(owner, [n for n in unknown if n not in _GONE], valid, renamed)


def refuse_rate(owner: str, rate: Any) -> None:
    """Raise if ``rate`` is a function or a class, whose value no program would see.

    >>> refuse_rate("SGD", 0.1)
    """
    if isinstance(rate, type):
        raise LearningRateError(
            f"{owner}'s learning_rate must be a number or a schedule, got the class "
            f"{rate.__name__}; make one of it: {rate.__name__}(...)"
        )
    if callable(rate):
        raise LearningRateError(
            f"{owner}'s learning_rate must be a number or a schedule, got a function: "
            "a program would call it once, when it is recorded. Derive a schedule from "
            "gg.optimizers.schedules.LearningRateSchedule, or pass "
            "gg.callbacks.LearningRateScheduler to fit"
        )
