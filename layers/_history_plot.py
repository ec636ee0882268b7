"""HistoryPlot: the curves of a training, to be shown and saved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._history_svg import COLUMNS, Panel, Series, draw

__all__ = ["HistoryPlot"]

Points = Sequence[tuple[int, Any]]


class HistoryPlot:
    """The curves of a training: one panel for each family of logs.

    A log, the one of the validation (``val_...``), and those of layers (``.../dense``)
    are of one family.

    >>> plot = HistoryPlot({"loss": [(1, 0.5), (2, 0.25)], "val_loss": [(2, 0.375)]})
    >>> [(panel.title, [each.label for each in panel.series]) for panel in plot.panels]
    [('loss', ['training', 'validation'])]
    """

    def __init__(self, logs: Mapping[str, Points], *, log: bool = False) -> None:
        """Sort the logs into panels; ``log`` asks for logarithmic scales."""
        families: dict[str, list[Series]] = {}
        for name, points in sorted(logs.items(), key=_rank):
            family, label = _named(name)
            families.setdefault(family, []).extend(_series(label, points))
        self.panels = [
            Panel(family, series, log=log and _all_positive(series))
            for family, series in families.items()
        ]

    @property
    def svg(self) -> str:
        """The picture as text, which needs nothing else to be shown."""
        return draw(self.panels)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; ``.svg`` needs nothing else installed."""
        target = Path(path)
        if target.suffix.lower() in ("", ".svg"):
            target = target.with_suffix(".svg")
            target.write_text(self.svg, encoding="utf-8")
        elif target.suffix.lower() not in _FORMATS:
            raise ArgumentError(
                "a picture is saved as .svg or, by matplotlib, as "
                f"{', '.join(_FORMATS)}; got {str(path)!r}"
            )
        else:
            self.figure().savefig(target)
        return target

    def figure(self) -> Any:
        """Return the same curves as a figure of matplotlib, to be changed further."""
        try:
            from matplotlib.figure import Figure
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise ImportError(
                "pictures other than .svg are made by matplotlib: save('history.svg'), "
                "or pip install 'graphgrad[plot]'"
            ) from error
        across = min(max(len(self.panels), 1), COLUMNS)
        down = max(-(-len(self.panels) // across), 1)
        figure = Figure(figsize=(4.5 * across, 3.2 * down), layout="constrained")
        for place, panel in enumerate(self.panels, 1):
            axes = figure.add_subplot(down, across, place)
            for series in panel.series:
                marker = "o" if len(series.points) == 1 else None
                axes.plot(*zip(*series.points, strict=True), label=series.label,
                          marker=marker)  # fmt: skip
            axes.set(title=panel.title, xlabel="epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_yscale("log" if panel.log else "linear")
            if any(series.label for series in panel.series):
                axes.legend()
        return figure

    def _repr_svg_(self) -> str:
        """Show the curves in a notebook."""
        return self.svg

    def _repr_html_(self) -> str:
        """Show the curves where only HTML is understood."""
        return f"<div>{self.svg}</div>"

    def __repr__(self) -> str:
        """Say what is drawn."""
        return f"<HistoryPlot of {', '.join(panel.title for panel in self.panels)}>"


# What matplotlib writes.
_FORMATS = (
    ".png", ".pdf", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".eps", ".ps", ".svgz",
    ".pgf",
)  # fmt: skip


# The loss comes first, the learning rate last, what layers have after all metrics.
def _rank(entry: tuple[str, Points]) -> tuple[int, str, int]:
    name = entry[0]
    family, _ = _named(name)
    place = {"loss": 0, "learning_rate": 3}.get(family, 2 if "/" in name else 1)
    return place, family, int(name.startswith("val_"))


def _named(name: str) -> tuple[str, str]:
    family, _, part = name.removeprefix("val_").partition("/")
    if family == "learning_rate" and not part:
        return family, ""
    return family, part or ("validation" if name.startswith("val_") else "training")


# What is several numbers is as many curves.
def _series(label: str, points: Points) -> Iterable[Series]:
    columns: dict[str, list[tuple[int, float]]] = {}
    for epoch, value in points:
        numbers = np.ravel(np.asarray(value, float)).tolist()
        for place, number in enumerate(numbers):
            key = f"{label} {place}" if np.ndim(value) else label
            columns.setdefault(key, []).append((epoch, number))
    return [Series(key, column) for key, column in columns.items()]


def _all_positive(series: Sequence[Series]) -> bool:
    values = [value for each in series for _, value in each.points]
    return bool(values) and all(v > 0 for v in values if math.isfinite(v))
