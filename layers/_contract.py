"""Contract: what a model takes and gives, as the data that its checks read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._batches import is_stream
from graphgrad.layers._data import as_data, fit_to_input
from graphgrad.layers._drift import Drift, DriftMeter, known_ranges
from graphgrad.layers._frames import check_columns
from graphgrad.layers._ranges import Ranges, parts
from graphgrad.layers._shapes import show_shape
from graphgrad.layers._taken import KINDS, Labels, Shape, Values

if TYPE_CHECKING:
    from graphgrad.layers._compiled import Compiled

__all__ = ["Contract", "Inputs", "contract_of"]


@dataclass(frozen=True)
class Inputs:
    """What a model's first layer takes: a shape, kinds of dtypes, and which numbers.

    The ``shape`` has None for the batch, and is None before the model is built.

    >>> Inputs("dense", "Dense(1)", (None, 2), ("float",), Values()).shape
    (None, 2)
    """

    layer: str
    title: str
    shape: Shape | None
    dtypes: tuple[str, ...]
    values: Values


@dataclass(frozen=True)
class Contract:
    """What a model takes and gives; None stands for what is not known yet.

    ``labels`` are None before `compile`, ``seen`` unless `fit` recorded the ranges of
    its inputs, by `graphgrad.callbacks.InputRanges`, and ``columns`` unless it was
    given a frame, whose columns have these names.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> print(model.contract)
    input   (batch, 2)  finite numbers           dense: Dense(1, sigmoid)
    output  (batch, 1)  float32
    labels  (batch, 1)  binary: between 0 and 1  BinaryCrossentropy
    """

    inputs: Inputs
    outputs: Shape | None
    labels: Labels | None
    seen: Ranges | None
    columns: tuple[str, ...] | None = None
    _model: Any = field(default=None, repr=False, compare=False)

    def drift(self, x: Any) -> Drift:
        """Return which of the inputs ``x`` lie outside of the ranges of training.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x, ranges = [[0.0], [1.0]], gg.callbacks.InputRanges()
        >>> history = model.fit(x, [1, 2], verbose=0, callbacks=[ranges])
        >>> print(model.contract.drift([[0.5], [2.0]]))
        1 of 2 rows lie outside of the ranges of training:
          feature 0 from 0.5 to 2, 2 std beyond 0 to 1 (once in row 1)
        """
        meter = DriftMeter(known_ranges(self.seen), self.columns)
        array = as_data(x, "x")
        check_columns(self.columns, x)
        if self.inputs.shape is not None:
            due, layer = self.inputs.shape, self.inputs.layer
            array = fit_to_input(array, due, layer, given=x)
        for part in parts(array):
            meter.add(part)
        return meter.drift().labelled(x)

    def check(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        """Raise or warn as `fit` would of these data, or `predict` of inputs alone.

        Nothing is computed, and nothing changes. What counts is the model as it is now,
        which copies and pickles of its contract do not have: they cannot check.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((1,)), gg.Dense(1, "sigmoid")])
        >>> model.compile("sgd", "binary_crossentropy")
        >>> model.contract.check([[0.5], [2.0]], [0, 1])
        >>> model.contract.check([0.5, float("nan")])
        Traceback (most recent call last):
        ...
        graphgrad.layers._frames.DataError: x[1] is nan (1 of 2 rows): models compute \
in float32, and it would spread to all that is computed; drop such rows, or fill them in
        """
        if is_stream(x):
            raise ArgumentError(
                f"contract.check takes arrays, got a {type(x).__name__}: the batches "
                "of a stream are checked as they come"
            )
        if self._model is None:
            raise gg.GraphgradError(
                "this contract was copied or read from a file, without its model: ask "
                "model.contract.check(...) of the model"
            )
        if y is None and sample_weight is None:
            self._model._inputs(x)
        else:
            self._model._looked_at(x, y, sample_weight)

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies and pickles have: all but the model, which is not it."""
        return {**vars(self), "_model": None}

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON."""
        described: dict[str, Any] = _plain(asdict(replace(self, _model=None)))
        del described["_model"]
        return described

    def __str__(self) -> str:
        """Return a small table."""
        rows = [self._input_row(), ("output", _shown(self.outputs), "float32", "")]
        if self.labels is not None:
            rows.append(_label_row(self.labels))
        if self.columns is not None:
            names = shorten(", ".join(self.columns), 40, placeholder=" ...")
            noun = "name" if len(self.columns) == 1 else "names"
            rows.append(("columns", f"{len(self.columns)} {noun}", names, "fit"))
        if self.seen is not None:
            count = f"{self.seen.count:,} of each feature"
            noun = "feature" if len(self.seen) == 1 else "features"
            rows.append(("seen", f"{len(self.seen)} {noun}", count, "InputRanges"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        pairs = [zip(row, widths, strict=True) for row in rows]
        lines = ["  ".join(cell.ljust(width) for cell, width in row) for row in pairs]
        return "\n".join(line.rstrip() for line in lines)

    def _input_row(self) -> tuple[str, ...]:
        inputs = self.inputs
        reader = f"{inputs.layer}: {inputs.title}"
        return ("input", _shown(inputs.shape), str(inputs.values), reader)


def _label_row(labels: Labels) -> tuple[str, ...]:
    text = labels.values.told(labels.kind)
    if not labels.values.whole:
        text = f"{labels.kind}: {text}"
    shape = "as given" if labels.shape is None else show_shape(labels.shape)
    return ("labels", shape, text, labels.loss)


def _shown(shape: Shape | None) -> str:
    return "not built" if shape is None else show_shape(shape)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def contract_of(model: Compiled) -> Contract:
    """Return what a model takes, from what its checks read.

    >>> import graphgrad as gg
    >>> contract_of(gg.Sequential([gg.Input((2,)), gg.Dense(1)])).outputs
    (None, 1)
    """
    model._require_layers()
    first: Any = model.layers[0]
    values, shape = first.input_values(), model._input_shape
    while first.is_model:
        first = first.layers[0]
    inputs = Inputs(
        first.name, first.title(), shape, tuple(KINDS.values()), values or Values()
    )
    outputs = None if shape is None else model.infer_shapes(shape)
    loss = model.loss
    labels = None if loss is None or outputs is None else loss.labels(outputs)
    return Contract(inputs, outputs, labels, model._ranges, model._columns, model)
