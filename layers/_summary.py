"""The table of a model that `summary` prints, as Keras draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import graphgrad as gg
from graphgrad.layers._layer import Layer, Shape

__all__ = ["summary_text"]

WIDTHS = (31, 22, 13)
HEADINGS = ("Layer (type)", "Output Shape", "Param #")


class Summarised(Protocol):
    """What a summary needs to know of a model."""

    built: bool

    @property
    def name(self) -> str:
        """The name of the model."""
        ...

    @property
    def layers(self) -> list[Layer]:
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


def summary_text(model: Summarised) -> str:
    """Return the table; the optimizer's slots are not the model's and do not count."""
    rows = [_row(*cells) for cells in _cells(model)]
    lines = [
        f'Model: "{model.name}"',
        _rule("┏━┳┓"),
        _row(*HEADINGS, bar="┃"),
        _rule("┡━╇┩"),
        f"\n{_rule('├─┼┤')}\n".join(rows),
        _rule("└─┴┘"),
    ]
    return "\n".join([*lines, *_totals(model)])


def _cells(model: Summarised) -> list[tuple[str, str, str]]:
    cells = []
    shape = model.input_shape if model.built else None
    for layer in model.layers:
        title = f"{layer.name} ({type(layer).__name__})"
        if shape is None:
            cells.append((title, "?", "0 (unbuilt)"))
            continue
        shape = layer.compute_output_shape(shape)
        cells.append((title, str(shape), f"{layer.count_params():,}"))
    return cells


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


def _row(name: str, shape: str, params: str, bar: str = "│") -> str:
    first, second, third = WIDTHS
    cells = (_fit(name, first), _fit(shape, second), f"{params:>{third}}")
    return bar + bar.join(f" {cell} " for cell in cells) + bar


def _fit(text: str, width: int) -> str:
    return f"{text:<{width}}" if len(text) <= width else f"{text[: width - 1]}…"


def _rule(corners: str) -> str:
    left, line, cross, right = tuple(corners)
    return left + cross.join(line * (width + 2) for width in WIDTHS) + right
