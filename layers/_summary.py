"""The table of a model that `summary` prints, as Keras draws it."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._names import nearest
from graphgrad.layers._shapes import Shape

__all__ = ["summary_text"]

# Where the columns end, as shares of the line.
POSITIONS = (0.45, 0.80, 1.0)
HEADINGS = ("Layer (type)", "Output Shape", "Param #")
ALIGNED = "<<>^"
LONGEST = 88


class Row(NamedTuple):
    """What the table says of one layer."""

    name: str
    shape: str
    params: str
    trainable: str


class Summarised(Protocol):
    """What a summary needs to know of a model."""

    built: bool

    @property
    def name(self) -> str:
        """The name of the model."""
        ...

    @property
    def layers(self) -> list[Any]:
        """The layers in order."""
        ...

    @property
    def input_shape(self) -> Shape:
        """The shape of the input."""
        ...

    @property
    def weights(self) -> list[gg.Variable]:
        """All weights."""
        ...

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        ...


def summary_text(
    model: Summarised,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    *,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> str:
    """Return the table; the optimizer's slots are not the model's and do not count.

    ``positions`` are where columns end, as shares of the line. ``expand_nested`` shows
    the layers of models in the model, ``show_trainable`` which layers are trained.
    ``layer_range`` has the names (or patterns) of the first and the last layer to show.
    """
    from shutil import get_terminal_size

    ends = list(positions or POSITIONS)
    headings: tuple[str, ...] = HEADINGS
    if show_trainable:
        ends, headings = [end * 0.9 for end in ends] + [1.0], (*HEADINGS, "Trainable")
    terminal = get_terminal_size().columns - 4
    longest = LONGEST + 12 * show_trainable
    widths = _widths(ends, line_length or min(longest, terminal))
    rows = [row for row in _rows(model, layer_range) if expand_nested or row[0] == 0]
    lines = [
        f'Model: "{model.name}"',
        _rule("┏━┳┓", widths),
        _line(headings, widths, bar="┃"),
        _rule("┡━╇┩", widths),
        f"\n{_rule('├─┼┤', widths)}\n".join(_line(row, widths) for _, row in rows),
        _rule("└─┴┘", widths),
    ]
    return "\n".join([*lines, *_totals(model)])


# The room for text in each column; borders and padding are taken off evenly.
def _widths(ends: Sequence[float], length: int) -> list[int]:
    stops = [0, *[int(end * length) for end in ends]]
    excess, widths = 3 * len(ends) + 1, []
    for i, (start, stop) in enumerate(itertools.pairwise(stops)):
        taken = round(excess / (len(ends) - i))
        excess -= taken
        widths.append(stop - start - taken)
    if min(widths) < 4:
        raise ArgumentError(
            f"a line of {length} signs has no room for the summary's columns, which "
            f"end at {[round(end, 2) for end in ends]}: give line_length or positions"
        )
    return widths


def _rows(model: Summarised, bounds: Sequence[str] | None) -> Iterator[tuple[int, Row]]:
    shape = model.input_shape if model.built else None
    shown = _shown(model.layers, bounds)
    for layer in model.layers:
        before = shape
        shape = None if shape is None else layer.compute_output_shape(shape)
        if layer in shown:
            yield from _layer_rows(layer, before, shape, 0)


def _layer_rows(
    layer: Any, before: Shape | None, after: Shape | None, depth: int
) -> Iterator[tuple[int, Row]]:
    indent = "   " * depth + "└ " if depth else ""
    weights = f"{layer.count_params():,}" if after is not None else "0 (unbuilt)"
    trained = "-"
    if layer.weights:
        trained = "Y" if layer.trainable else "N"
    name = f"{indent}{layer.name} ({type(layer).__name__})"
    yield depth, Row(name, "?" if after is None else str(after), weights, trained)
    for inner in getattr(layer, "layers", ()):
        shape = None if before is None else inner.compute_output_shape(before)
        yield from _layer_rows(inner, before, shape, depth + 1)
        before = shape


def _shown(layers: Sequence[Any], bounds: Sequence[str] | None) -> Sequence[Any]:
    if bounds is None:
        return layers
    if isinstance(bounds, str) or len(bounds) != 2:
        raise ArgumentError(f"layer_range has two names of layers, got {bounds!r}")
    found = []
    for name in bounds:
        places = [i for i, each in enumerate(layers) if re.fullmatch(name, each.name)]
        if not places:
            near = nearest(name, [each.name for each in layers])
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ArgumentError(f"layer_range names no layer with {name!r}{hint}")
        found.append(places)
    first, last = sorted((found[0][0], found[1][-1]))
    return layers[first : last + 1]


def _totals(model: Summarised) -> list[str]:
    total = [*dict.fromkeys(model.weights)]
    trainable = set(model.trainable_weights)
    groups = {
        "Total": total,
        "Trainable": [w for w in total if w in trainable],
        "Non-trainable": [w for w in total if w not in trainable],
    }
    return [f" {name} params: {_size(group)}" for name, group in groups.items()]


def _size(weights: Sequence[gg.Variable]) -> str:
    count = sum(w.size for w in weights)
    nbytes = float(sum(w.size * w.dtype.itemsize for w in weights))
    unit = "B"
    for larger in ("KB", "MB", "GB"):
        if nbytes >= 1024:
            nbytes, unit = nbytes / 1024, larger
    return f"{count:,} ({nbytes:.2f} {unit})"


# What is too long for its column goes on below.
def _line(cells: Sequence[str], widths: Sequence[int], bar: str = "│") -> str:
    columns = [
        [f" {part:{side}{width}} " for part in textwrap.wrap(cell, width) or [""]]
        for cell, width, side in zip(cells, widths, ALIGNED, strict=False)
    ]
    blank = [" " * (width + 2) for width in widths]
    lines = []
    for i in range(max(map(len, columns))):
        parts = zip(columns, blank, strict=True)
        shown = [column[i] if i < len(column) else empty for column, empty in parts]
        lines.append(bar + bar.join(shown) + bar)
    return "\n".join(lines)


def _rule(corners: str, widths: Sequence[int]) -> str:
    left, line, cross, right = tuple(corners)
    return left + cross.join(line * (width + 2) for width in widths) + right
