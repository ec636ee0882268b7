"""Curves as SVG: panels with scales, lines, and a label at the end of each line."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["COLUMNS", "Panel", "Series", "draw"]

# All lengths are pixels: a panel, the frame of its curves within it, and their gaps.
_WIDTH, _HEIGHT = 400, 240
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 34, 96, 38
COLUMNS = 3
_LABEL = 14
# More points than this stand too close to be seen or pointed at one by one.
_DOTS = 40

# Okabe and Ito's colours, which colour-blind people can tell apart.
_LIGHT = (
    "#0072b2", "#d55e00", "#009e73", "#a8508a", "#7a6a00", "#3a87b8", "#8a5a00", "#555",
)  # fmt: skip
_DARK = (
    "#56b4e9", "#ff9a4d", "#33c9a0", "#e59ac8", "#e8dc52", "#9fd3f2", "#e6b35c", "#bbb",
)  # fmt: skip

_STYLE = """
.gg-history{font:12px system-ui,sans-serif}
.gg-history .back{fill:#fff}
.gg-history text{fill:#333}
.gg-history .title{font-weight:600;font-size:13px;fill:#111}
.gg-history .grid{stroke:#e3e3e3}
.gg-history .line{fill:none;stroke-width:1.8;stroke-linejoin:round}
"""
_STYLE_DARK = """.gg-history .back{fill:#16181d}
.gg-history text{fill:#c8ccd4}
.gg-history .title{fill:#f0f2f5}
.gg-history .grid{stroke:#33373f}
"""


@dataclass(frozen=True)
class Series:
    """A curve: its label, and its points (epoch, value), of which NaN is a gap.

    >>> Series("training", [(1, 0.5), (2, 0.25)]).points[0]
    (1, 0.5)
    """

    label: str
    points: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Panel:
    """Curves on one scale.

    >>> Panel("loss", [Series("training", [(1, 0.5)])]).title
    'loss'
    """

    title: str
    series: Sequence[Series]
    log: bool = field(default=False, kw_only=True)


def draw(panels: Sequence[Panel]) -> str:
    """Return a picture of the panels, three in a row.

    >>> draw([Panel("loss", [Series("training", [(1, 0.5), (2, 0.25)])])]).count("<svg")
    1
    """
    across = min(max(len(panels), 1), COLUMNS)
    down = max(-(-len(panels) // across), 1)
    width, height = across * _WIDTH, down * _HEIGHT
    names = ", ".join(panel.title for panel in panels) or "nothing"
    body = "".join(
        f'<g transform="translate({i % across * _WIDTH},{i // across * _HEIGHT})">'
        f"{_Drawing(panel).text()}</g>\n"
        for i, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gg-history" role="img" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f"<title>Training history: {_safe(names)}</title>\n"
        f"<desc>{_safe(_described(panels))}</desc>\n<style>{_style()}</style>\n"
        f'<rect class="back" width="{width}" height="{height}" rx="6"/>\n{body}</svg>'
    )


def _style() -> str:
    def colours(palette: Sequence[str]) -> str:
        return "".join(
            f".gg-history .s{i}{{stroke:{c}}}.gg-history .t{i}{{fill:{c}}}\n"
            for i, c in enumerate(palette)
        )

    dark = _STYLE_DARK + colours(_DARK)
    light = _STYLE + colours(_LIGHT)
    return f"{light}@media (prefers-color-scheme:dark){{\n{dark}}}"


# What a picture says to those who do not see it: where each curve starts and ends.
def _described(panels: Sequence[Panel]) -> str:
    said = []
    for panel in panels:
        for series in panel.series:
            if series.points:
                (first, a), (last, b) = series.points[0], series.points[-1]
                name = ", ".join(filter(None, (panel.title, series.label)))
                said.append(
                    f"{name}: {a:.4g} in epoch {first}, {b:.4g} in epoch {last}."
                )
    return " ".join(said) or "No epochs."


def _safe(text: str) -> str:
    return html.escape(text, quote=True)


# ---- one panel -----------------------------------------------------------------------


class _Drawing:
    """One panel being drawn, with its scales."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        shown = [p for s in panel.series for p in s.points if math.isfinite(p[1])]
        epochs = [x for x, _ in shown] or [1]
        values = [self.up(y) for _, y in shown] or [0.0, 1.0]
        self.x0, self.x1 = min(epochs), max(epochs)
        low, high = min(values), max(values)
        pad = (high - low) * 0.05 or (abs(high) * 0.1 or 1.0) * 0.5
        self.y0, self.y1 = low - pad, high + pad
        if low >= 0 and not panel.log:
            self.y0 = max(self.y0, 0.0)

    def up(self, value: float) -> float:
        return math.log10(value) if self.panel.log else value

    def x(self, epoch: float) -> float:
        span = self.x1 - self.x0
        share = (epoch - self.x0) / span if span else 0.5
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (self.up(value) - self.y0) / (self.y1 - self.y0)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def text(self) -> str:
        title = f'<text class="title" x="{_LEFT}" y="20">{_safe(self.panel.title)}'
        scale = " (logarithmic scale)" if self.panel.log else ""
        parts = [f"{title}{scale}</text>", *self._rows(), *self._epochs()]
        for place, series in enumerate(self.panel.series):
            parts += self._curve(place % len(_LIGHT), series)
        return "".join([*parts, *self._labels()])

    # ---- scales ----------------------------------------------------------------------

    def _rows(self) -> list[str]:
        parts = []
        for value in self._ticks():
            y = self.y(value)
            parts.append(
                f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
                f'<text text-anchor="end" x="{_LEFT - 8}" y="{y + 4:.1f}">'
                f"{value:.6g}</text>"
            )
        return parts

    def _ticks(self) -> list[float]:
        if not self.panel.log:
            return _round_numbers(self.y0, self.y1, 4)
        whole = range(math.ceil(self.y0), math.floor(self.y1) + 1)
        if len(whole) < 2:
            return _round_numbers(10**self.y0, 10**self.y1, 4)
        return [10.0**power for power in whole[:: -(-len(whole) // 5)]]

    def _epochs(self) -> list[str]:
        ticks = _round_numbers(self.x0, self.x1, 5, whole=True)
        bottom = _HEIGHT - _BOTTOM
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        return [
            *[
                f'<text text-anchor="middle" x="{self.x(tick):.1f}" y="{bottom + 16}">'
                f"{tick:g}</text>"
                for tick in ticks
            ],
            f'<text text-anchor="middle" x="{middle}" y="{bottom + 31}">epoch</text>',
        ]

    # ---- curves ----------------------------------------------------------------------

    def _curve(self, colour: int, series: Series) -> list[str]:
        parts, run = [], list[str]()
        for epoch, value in [*series.points, (0, math.nan)]:
            if math.isfinite(value):
                run.append(f"{self.x(epoch):.1f},{self.y(value):.1f}")
            elif run:
                joined = " ".join(run)
                parts.append(f'<polyline class="line s{colour}" points="{joined}"/>')
                run = []
        return [*parts, *self._dots(colour, series)]

    def _dots(self, colour: int, series: Series) -> list[str]:
        if len(series.points) > _DOTS:
            return []
        label = _safe(f"{series.label}, ") if series.label else ""
        return [
            f'<circle class="t{colour}" cx="{self.x(epoch):.1f}" '
            f'cy="{self.y(value):.1f}" r="2.4">'
            f"<title>{label}epoch {epoch}: {value:.4g}</title></circle>"
            for epoch, value in series.points
            if math.isfinite(value)
        ]

    # Labels stand where their lines end, pushed apart where those are close together.
    def _labels(self) -> list[str]:
        ends = []
        for place, series in enumerate(self.panel.series):
            seen = [y for _, y in series.points if math.isfinite(y)]
            if seen:
                ends.append((self.y(seen[-1]) + 4, place, series.label))
        ends.sort()
        heights = _apart([y for y, _, _ in ends], _TOP + 4, _HEIGHT - _BOTTOM + 4)
        return [
            f'<text class="t{place % len(_LIGHT)}" x="{_WIDTH - _RIGHT + 8}" '
            f'y="{y:.1f}">{_safe(_short(label))}</text>'
            for y, (_, place, label) in zip(heights, ends, strict=True)
        ]


def _short(label: str) -> str:
    return label if len(label) <= 13 else f"{label[:12]}…"


# Heights in order, at least a label apart, within the frame as far as they fit.
def _apart(heights: Sequence[float], top: float, bottom: float) -> list[float]:
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + _LABEL if placed else top))
    below = bottom
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], below)
        below = placed[i] - _LABEL
    return placed


def _round_numbers(
    low: float, high: float, count: int, *, whole: bool = False
) -> list[float]:
    """Return about ``count`` numbers between two that are round: 1, 2 or 5 times 10ⁿ.

    >>> _round_numbers(0.0, 1.0, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if high <= low:
        return [low]
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    if whole:
        step = max(round(step), 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]
