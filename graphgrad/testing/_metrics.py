"""check_metric: one line that gives a metric the whole law of metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.testing import _metric_laws
from graphgrad.testing._laws import chosen, told
from graphgrad.testing._metric_laws import MetricUnderTest

__all__ = ["METRIC_LAWS", "check_metric", "check_metric_law"]

__tracebackhide__ = True  # pytest shows the line of the test

# What is checked, in this order.
METRIC_LAWS = {
    "value": _metric_laws.value,
    "state": _metric_laws.state,
    "reset": _metric_laws.reset,
    "parts": _metric_laws.parts,
    "weights": _metric_laws.weights,
    "compiled": _metric_laws.compiled,
    "model": _metric_laws.model,
    "config": _metric_laws.config,
    "copies": _metric_laws.copies,
    "pickle": _metric_laws.pickles,
}


def check_metric(
    metric: gg.metrics.Metric,
    y_true: Any,
    y_pred: Any,
    *,
    between: tuple[float, float] | None = None,
    skip: Sequence[str] = (),
) -> tuple[str, ...]:
    """Check that a metric keeps every law of metrics, and return the laws' names.

    ``y_true`` and ``y_pred`` are labels and outputs of two samples or more. The metric
    itself is left alone: what counts are copies of it.

    - ``value``: the number is a finite float (``between`` two numbers, if it says so),
      also of no samples, and asking for it changes nothing.
    - ``state``: it keeps its shapes and dtypes, and is no weight to train.
    - ``reset``: after `reset_state` it is as if the metric had seen nothing.
    - ``parts``: samples count alike in one batch, in two, and in another order.
    - ``weights``: sample weights of 1 change nothing; a sample of weight 2 counts as
      two, one of weight 0 as none.
    - ``compiled``: programs count as tensors do.
    - ``model``: `evaluate` of a model gives what the metric has by hand.
    - ``config``: ``from_config(get_config())`` counts alike.
    - ``copies``, ``pickle``: copies have all state, and count on apart.

    Laws that a metric cannot keep are named in ``skip``. `LawError` says which was
    broken, and what came.

    >>> import graphgrad as gg
    >>> from graphgrad.testing import check_metric
    >>> labels, outputs = [0, 1, 1], [0.25, 0.75, 0.125]
    >>> check_metric(gg.metrics.Precision(), labels, outputs, between=(0, 1))[:3]
    ('value', 'state', 'reset')
    """
    names = chosen(METRIC_LAWS, skip)
    case = MetricUnderTest(metric, y_true, y_pred, between=between)
    for name in names:
        check_metric_law(case, name)
    return names


def check_metric_law(case: MetricUnderTest, name: str) -> None:
    """Check one law by its name.

    >>> case = MetricUnderTest(gg.metrics.AUC(), [0, 1], [0.5, 0.75])
    >>> check_metric_law(case, "reset")
    """
    told(lambda found: case.report(name, found), METRIC_LAWS[name], case)
