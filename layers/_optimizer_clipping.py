"""Clipping: gradients that are too large, cut down before they change weights."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg

__all__ = ["clip_by_global_norm", "clip_by_norm", "clip_by_value"]


def clip_by_value(gradients: Sequence[gg.Tensor], limit: float) -> list[gg.Tensor]:
    """Clip every element to the range from ``-limit`` to ``limit``.

    >>> import graphgrad as gg
    >>> clip_by_value([gg.tensor([-3.0, 0.5])], 1.0)
    [tensor([-1. ,  0.5])]
    """
    return [gg.clip(each, -limit, limit) for each in gradients]


def clip_by_norm(gradients: Sequence[gg.Tensor], limit: float) -> list[gg.Tensor]:
    """Shorten each gradient whose norm is over ``limit`` to that norm.

    >>> import graphgrad as gg
    >>> clip_by_norm([gg.tensor([3.0, 4.0]), gg.tensor([0.0])], 1.0)
    [tensor([0.6, 0.8]), tensor([0.])]
    """
    return [
        each * limit / gg.maximum(gg.sqrt(gg.sum(gg.square(each))), limit)
        for each in gradients
    ]


def clip_by_global_norm(
    gradients: Sequence[gg.Tensor], limit: float
) -> list[gg.Tensor]:
    """Shorten all gradients alike if the norm of all together is over ``limit``.

    >>> import graphgrad as gg
    >>> clip_by_global_norm([gg.tensor([3.0]), gg.tensor([4.0])], 1.0)
    [tensor([0.6]), tensor([0.8])]
    """
    squares = gg.add_n([gg.sum(gg.square(each)) for each in gradients])
    scale = limit / gg.maximum(gg.sqrt(squares), limit)
    return [each * gg.cast(scale, each.dtype) for each in gradients]
