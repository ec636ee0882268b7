"""check_optimizer: one line that gives an optimizer the whole law of optimizers."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from graphgrad.testing import _optimizer_laws
from graphgrad.testing._laws import chosen, told
from graphgrad.testing._optimizer_laws import OptimizerUnderTest

__all__ = ["OPTIMIZER_LAWS", "check_optimizer", "check_optimizer_law"]

__tracebackhide__ = True  # pytest shows the line of the test

# What is checked, in this order.
OPTIMIZER_LAWS = {
    "slots": _optimizer_laws.slots,
    "repeats": _optimizer_laws.repeats,
    "config": _optimizer_laws.config,
    "rate": _optimizer_laws.rate,
    "rest": _optimizer_laws.rest,
    "descent": _optimizer_laws.descent,
    "schedule": _optimizer_laws.schedule,
    "compiled": _optimizer_laws.compiled,
    "copies": _optimizer_laws.copies,
    "pickle": _optimizer_laws.pickles,
    "saving": _optimizer_laws.saving,
}


def check_optimizer(
    optimizer: gg.optimizers.Optimizer,
    *,
    skip: Sequence[str] = (),
    seed: int = 0,
) -> tuple[str, ...]:
    """Check that an optimizer keeps every law of optimizers, and return their names.

    The optimizer itself is left alone: what makes steps is made of its configuration.
    Gradients are drawn by ``seed``.

    - ``slots``: each weight has its slots, of its shape and dtype; all stays finite.
    - ``repeats``: the same gradients lead to the same bits.
    - ``config``: ``from_config(get_config())`` makes the same steps.
    - ``rate``: a learning rate of 0 moves nothing, another one does.
    - ``rest``: without weight decay, gradients of 0 move nothing.
    - ``descent``: 60 small steps come nearer to the minimum of a convex quadratic one.
    - ``schedule``: a schedule does what it does to assign its rates step by step.
    - ``compiled``: programs leave the weights and the state that tensors leave, but for
      a few roundings.
    - ``copies``, ``pickle``, ``saving``: in a deep copy, a pickled copy and a loaded
      file all state is there, and training goes on with the same bits, and apart.

    Laws that an optimizer cannot keep are named in ``skip``: `Ftrl` makes weights anew
    of what it has summed up, wherever they were, so that it keeps neither ``rate`` nor
    ``rest``. `LawError` says which was broken, and what came.

    >>> import graphgrad as gg
    >>> from graphgrad.testing import check_optimizer
    >>> check_optimizer(gg.optimizers.SGD(0.1, momentum=0.5))[:3]
    ('slots', 'repeats', 'config')
    """
    names = chosen(OPTIMIZER_LAWS, skip)
    case = OptimizerUnderTest(optimizer, seed=seed)
    for name in names:
        check_optimizer_law(case, name)
    return names


def check_optimizer_law(case: OptimizerUnderTest, name: str) -> None:
    """Check one law by its name.

    >>> check_optimizer_law(OptimizerUnderTest(gg.optimizers.Lion(0.1)), "rate")
    """
    told(lambda found: case.report(name, found), OPTIMIZER_LAWS[name], case)
