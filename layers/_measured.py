"""A model that measures: its running loss and metrics, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphgrad.layers._metric import Mean, Metric
from graphgrad.layers._stack import Stack

if TYPE_CHECKING:
    from graphgrad.layers._sources import Source

__all__ = ["Measured"]


class Measured(Stack):
    """A stack of layers whose loss and metrics are kept while it runs."""

    loss_tracker: Mean
    _metrics: list[Metric]
    _weighted_metrics: list[Metric]
    # What fit takes its batches from, while it is under way.
    _training: Source | None

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        return ["loss", *[each.name for each in self._measured]]

    @property
    def _measured(self) -> list[Metric]:
        return [*self._metrics, *self._weighted_metrics]

    # ---- results ---------------------------------------------------------------------

    def reset_metrics(self) -> None:
        """Let loss and metrics begin anew."""
        self.loss_tracker.reset_state()
        for metric in self._measured:
            metric.reset_state()

    # While a training is under way, its loss and metrics are not those of others.
    @contextmanager
    def _measuring(self) -> Iterator[None]:
        if self._training is None:
            yield
            return
        measured = (self.loss_tracker, *self._measured)
        variables = [each for metric in measured for each in metric.variables]
        before = [each.numpy() for each in variables]
        try:
            yield
        finally:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)

    def _logs(self) -> dict[str, Any]:
        """Return what loss and metrics are now, by name, in alphabetical order."""
        found = {"loss": self.loss_tracker.result()}
        for metric in self._measured:
            value = metric.value()
            found[metric.name] = value if isinstance(value, float) else value.tolist()
        return dict(sorted(found.items()))

    def _result(self, logs: dict[str, Any], *, return_dict: bool) -> Any:
        if return_dict:
            return logs
        values = [logs[name] for name in self.metrics_names]
        return values[0] if len(values) == 1 else values
