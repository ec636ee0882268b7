"""History: what `fit` returns, the logs of every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._metric_tables import pandas

if TYPE_CHECKING:
    from pathlib import Path

    from graphgrad.layers._history_plot import HistoryPlot

__all__ = ["History"]


class History(Callback):
    """What `fit` returns: the logs of every epoch.

    ``history`` maps each name to its values, Python floats, one per epoch; ``epoch``
    has the numbers of the epochs, from 0. A metric of several numbers has lists. In a
    notebook a history of two or more epochs shows itself as curves.

    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history, history.epoch
    ({'loss': [0.5]}, [0])
    """

    place = 1

    def __init__(self) -> None:
        """Start without epochs."""
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []
        # Where in ``epoch`` each value belongs: not every epoch has every log.
        self._places: dict[str, list[int]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget what an earlier training left."""
        self.epoch, self.history, self._places = [], {}, {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the logs."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(_plain(value))
            self._places.setdefault(name, []).append(len(self.epoch))
        self.epoch.append(epoch)

    def get_state(self) -> dict[str, Any]:
        """Return the logs of the epochs so far."""
        return {"epoch": self.epoch, "history": self.history, "places": self._places}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on after these epochs."""
        self.epoch = list(state["epoch"])
        self.history = {k: list(v) for k, v in state["history"].items()}
        self._places = {k: list(v) for k, v in state["places"].items()}

    # ---- looking at it ---------------------------------------------------------------

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with one row an epoch, one column a log.

        An epoch without a log, such as one without validation, has NaN there.

        >>> history = History()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.to_pandas().loss.tolist()
        [0.5]
        """
        pd = pandas("history.to_pandas")
        columns = {}
        for name, values in self.history.items():
            column: list[Any] = [np.nan] * len(self.epoch)
            for place, value in zip(self._places[name], values, strict=True):
                column[place] = value
            columns[name] = column
        return pd.DataFrame(columns, index=pd.Index(self.epoch, name="epoch"))

    def plot(self, path: str | Path | None = None, *, log: bool = False) -> HistoryPlot:
        """Return the curves of all logs, which a notebook shows; save them to ``path``.

        There is one panel for the loss, with that of the validation, and one for each
        metric. With ``log`` the values that are all positive stand on a logarithmic
        scale. Epochs are counted from 1, as in what `fit` writes. An SVG needs nothing
        else installed; other formats, such as PNG and PDF, need matplotlib.

        >>> history = History()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.on_epoch_end(1, {"loss": 0.25})
        >>> history.plot().svg[:4]
        '<svg'
        """
        from graphgrad.layers._history_plot import HistoryPlot

        points = {
            name: [
                (self.epoch[place] + 1, value)
                for place, value in zip(self._places[name], values, strict=True)
            ]
            for name, values in self.history.items()
        }
        plot = HistoryPlot(points, log=log)
        if path is not None:
            plot.save(path)
        return plot

    def _repr_svg_(self) -> str | None:
        """Show curves in a notebook, if there are two points to draw a line between."""
        return self.plot().svg if len(self.epoch) > 1 and self.history else None

    def __repr__(self) -> str:
        """Say how many epochs of what there are."""
        names = ", ".join(self.history) or "nothing"
        count = len(self.epoch)
        return f"<History of {names} over {count} epoch{'s' if count != 1 else ''}>"


# Numbers as Python floats, arrays as lists of them.
def _plain(value: Any) -> Any:
    if type(value) is float:
        return value
    array = np.asarray(value)
    return array.astype(float).tolist() if array.ndim else float(array)
