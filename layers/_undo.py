"""A model as it was before, when what was begun with it fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from graphgrad.layers._stages import Stages
from graphgrad.layers._training import Trainer

__all__ = ["undone_if_it_fails"]


@contextlib.contextmanager
def undone_if_it_fails(model: Trainer) -> Iterator[None]:
    """Let a model that the block builds or prepares be as before if the block raises.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> with contextlib.suppress(ZeroDivisionError), undone_if_it_fails(model):
    ...     model.build((None, 2))
    ...     1 / 0
    >>> model.built, model.layers[0].built
    (False, False)
    """
    was_built, optimizer = model.built, model.optimizer
    before = {k: v for k, v in vars(model).items() if k != "_version"}
    fresh = [layer for layer in model.layers if not layer.built]
    slots = None if optimizer is None else (optimizer.built, dict(optimizer._state))
    try:
        yield
    except BaseException:
        for layer in fresh:
            layer.forget()
        vars(model).update(before)
        if not was_built:
            vars(model)["_stages"] = Stages(model)
        if optimizer is not None and slots is not None:
            vars(optimizer).update(built=slots[0], _state=slots[1])
        raise
