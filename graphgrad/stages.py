"""The stages of a model, for whoever is asked for one."""

from __future__ import annotations

from typing import Any

__all__ = ["STAGES", "checked_stage"]

STAGES = ("build", "compile", "fit", "evaluate", "predict")


def checked_stage(model: Any, stage: str | None) -> str:
    """Return ``stage``; without one, the furthest up to fit that the model has reached.

    It raises ValueError if there is no such stage.

    >>> import graphgrad as gg
    >>> checked_stage(gg.Sequential([gg.Input((2,)), gg.Dense(1)]), None)
    'build'
    """
    if stage is None:
        reached = [each for each in STAGES[:3] if each in getattr(model, "stages", ())]
        return reached[-1] if reached else STAGES[0]
    if stage not in STAGES:
        raise ValueError(f"a stage is one of {', '.join(STAGES)}, got {stage!r}")
    return stage
