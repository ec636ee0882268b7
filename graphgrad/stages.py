"""The stages of a model: which there are, which have programs, and how one is chosen.

``STAGES`` names all, in their order: ``build`` is the forward pass, ``compile`` the
training step as recorded, ``fit`` the same as it ran, ``evaluate`` and ``predict`` what
those methods run. ``RUNNING`` are the last three, which have programs of their own.
"""

from __future__ import annotations

from typing import Any

__all__ = ["RUNNING", "STAGES", "checked_stage"]

STAGES = ("build", "compile", "fit", "evaluate", "predict")
RUNNING = STAGES[2:]


def checked_stage(model: Any, stage: str | None) -> str:
    """Return ``stage``; without one, the furthest up to fit that the model has reached.

    It raises ValueError if there is no such stage.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> gg.stages.checked_stage(model, None)
    'build'
    """
    if stage is None:
        reached = [each for each in STAGES[:3] if each in getattr(model, "stages", ())]
        return reached[-1] if reached else STAGES[0]
    if stage not in STAGES:
        raise ValueError(f"a stage is one of {', '.join(STAGES)}, got {stage!r}")
    return stage
