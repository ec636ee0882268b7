"""Whether batches matter: what is computed sample by sample does not depend on them."""

from __future__ import annotations

from collections.abc import Iterable

from graphgrad.layers._lambda import Lambda
from graphgrad.layers._layer import Layer
from graphgrad.layers._loss import Loss
from graphgrad.layers._losses import Circle, Dice, FunctionLoss, Tversky
from graphgrad.layers._metric import MeanMetricWrapper, Metric
from graphgrad.layers._settings import is_ours

__all__ = ["layers_separate", "losses_separate"]

# Their values are of the batch, or of pairs in it; of a function nothing is known.
_MIXING = (Circle, Dice, FunctionLoss, Tversky)


def layers_separate(layers: Iterable[Layer]) -> bool:
    """Return whether layers certainly compute each sample by itself.

    >>> import graphgrad as gg
    >>> layers_separate([gg.Dense(1)]), layers_separate([gg.layers.Lambda(abs)])
    (True, False)
    """
    return all(is_ours(each) and not isinstance(each, Lambda) for each in layers)


def losses_separate(loss: Loss, metrics: Iterable[Metric]) -> bool:
    """Return whether loss and metrics certainly are the same for batches of any size.

    >>> from graphgrad.losses import Dice, Huber
    >>> losses_separate(Huber(), []), losses_separate(Dice(), [])
    (True, False)
    """
    plain = loss.reduction in ("sum_over_batch_size", "mean")
    return plain and _separates(loss) and all(map(_measures_samples, metrics))


def _separates(loss: Loss) -> bool:
    if getattr(loss, "ignore_class", None) is not None:
        return False
    return is_ours(loss) and not isinstance(loss, _MIXING)


def _measures_samples(metric: Metric) -> bool:
    if type(metric) is MeanMetricWrapper:
        return isinstance(metric.fn, Loss) and _separates(metric.fn)
    return is_ours(metric)
