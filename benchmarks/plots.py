"""The pictures of the page, as SVG."""

from __future__ import annotations

from math import exp, log
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.contestants import CONTESTANTS
from benchmarks.growth import exponent
from benchmarks.results import OURS, Results, ratio

__all__ = ["draw"]

_MARKS = "oosD^v<>pXP*"


def draw(results: Results, folder: Path) -> list[str]:
    """Draw what there is; return the names."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    # Text stays text, and the same numbers give the same file.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "graphgrad", "font.size": 9}
    names = []
    with plt.rc_context(style):
        for name, figure in (
            ("ratios", _ratios(results, plt)),
            ("growth", _growth(results, plt)),
        ):
            if figure is not None:
                path = folder / f"{name}.svg"
                figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
                plt.close(figure)
                names.append(name)
    return names


def _ratios(results: Results, plt: Any) -> Any:
    shown = [each for each in results.comparisons if OURS in each.rounds]
    if not shown:
        return None
    figure, axes = plt.subplots(figsize=(8, 0.42 * len(shown) + 1.6))
    peers = [name for name in CONTESTANTS if name != OURS]
    for i, name in enumerate(peers):
        points = [(ratio(each, name), y) for y, each in enumerate(shown)]
        found = [(x, y) for x, y in points if x is not None]
        if found:
            axes.plot(
                *zip(*found, strict=True),
                _MARKS[i],
                color=f"C{i}",
                label=CONTESTANTS[name].title,
            )
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(shown)), [each.job.name for each in shown])
    axes.invert_yaxis()
    axes.minorticks_off()
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel(
        "time over graphgrad's: to the right of the line graphgrad is faster"
    )
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _growth(results: Results, plt: Any) -> Any:
    if not results.growth:
        return None
    kinds = list(results.growth)
    figure, rows = plt.subplots(
        2, len(kinds), figsize=(3 * len(kinds), 5), squeeze=False
    )
    for i, kind in enumerate(kinds):
        above, below = rows[0][i], rows[1][i]
        _line(above, results.growth[kind], "compile", "first step")
        _line(above, results.growth[kind], "step", "a step")
        _line(below, results.growth[kind], "bytes", "memory", 1e-6)
        for axes in (above, below):
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.minorticks_off()
            axes.grid(alpha=0.3)
            axes.legend(frameon=False, fontsize=7)
        above.set_title(kind)
        below.set_xlabel(kind)
    rows[0][0].set_ylabel("seconds")
    rows[1][0].set_ylabel("MB")
    figure.tight_layout()
    return figure


# The measured points, and the power law that was fitted to the larger half of them.
def _line(
    axes: Any,
    points: list[tuple[int, dict[str, float]]],
    key: str,
    label: str,
    scale: float = 1.0,
) -> None:
    values = [float(value) for value, _ in points]
    found = [each[key] * scale for _, each in points]
    (dots,) = axes.plot(values, found, "o", label=label)
    if len(points) > 3:
        power = exponent(values, found)
        half = len(points) // 2
        logs = [log(y / x**power) for x, y in zip(values, found, strict=True) if y]
        factor = exp(fmean(logs[half:]))
        dots.set_label(f"{label}, exponent {power:.2f}")
        fitted = [factor * x**power for x in values[half:]]
        axes.plot(values[half:], fitted, "-", color=dots.get_color())
