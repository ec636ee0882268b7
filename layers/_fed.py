"""What a compiled model can be given: arrays, and streams of batches."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._batches import PyDataset, Stream, is_stream, parts_of
from graphgrad.layers._callbacks import CallbackList
from graphgrad.layers._compiled import Compiled
from graphgrad.layers._data import (
    Array,
    DataError,
    as_data,
    check_lengths,
    check_values,
    fit_to_input,
)
from graphgrad.layers._frames import called_at, check_alignment, check_columns, placed
from graphgrad.layers._labels import canonical_labels, sized
from graphgrad.layers._layer import show_shape
from graphgrad.layers._ranges import parts
from graphgrad.layers._sample_weights import ClassWeights, sample_weights
from graphgrad.layers._samples import Samples
from graphgrad.layers._separable import layers_separate, losses_separate
from graphgrad.layers._sites import note_counts, note_inputs, note_labels
from graphgrad.layers._sources import ArraySource, Lent, Source
from graphgrad.layers._stream_source import StreamSource
from graphgrad.layers._training_arguments import FULL

if TYPE_CHECKING:
    from graphgrad.layers._probe import Probe

__all__ = ["NAMES", "Fed", "Names"]

# Rows per run of predict and evaluate where the user names no batch size.
BLOCK = 1024

USUAL = 32


class Names(NamedTuple):
    """What inputs, labels and weights are called in messages."""

    x: str = "x"
    y: str = "y"
    weight: str = "sample_weight"


NAMES = Names()

Convert = Callable[[Any, int], Samples]


class Fed(Compiled):
    """A compiled model that takes data: checks them, and feeds them into programs."""

    # ---- arrays ----------------------------------------------------------------------

    def _inputs(self, x: Any, what: str = "x") -> Array:
        self._require_layers()
        try:
            return self._checked_inputs(x, what)
        except gg.GraphgradError as error:
            note_inputs(error, self, x)
            raise

    def _checked_inputs(self, x: Any, what: str) -> Array:
        array = as_data(x, what)
        if self._columns is not None:
            check_columns(self._columns, x, what)
        if self._input_shape is None:
            array = array[:, None] if array.ndim == 1 else array
            self.infer_shapes((None, *array.shape[1:]))
        else:
            first = self._layers[0].name
            array = fit_to_input(array, self._input_shape, first, what, x)
        values = self._layers[0].input_values()
        if values is not None:
            check_values(values, self._layers[0], what, array)
        return array

    def _labelled(
        self, x: Any, y: Any, weight: Any = None, names: Names = NAMES
    ) -> Samples:
        _, loss = self._compiled("fit")
        inputs = self._inputs(x, names.x)
        output = self.infer_shapes((None, *inputs.shape[1:]))
        try:
            labels = as_data(y, names.y, labels=True)
            try:
                check_lengths(inputs, labels, names.x, names.y)
            except gg.GraphgradError as error:
                note_counts(error, inputs, labels, loss)
                raise
            check_alignment(x, y, names.x, names.y)
        except gg.GraphgradError as error:
            note_labels(error, self, y, loss)
            raise
        try:
            labels = canonical_labels(loss, labels, output)
        except gg.GraphgradError as error:
            note_labels(error, self, y, loss)
            text = _of_labels(str(error), names.y, y)
            if text == str(error):
                raise
            told = type(error)(text)
            told.site = error.site
            raise told from error
        if weight is None:
            return Samples(inputs, labels)
        return Samples(inputs, labels, sample_weights(weight, inputs, names.weight))

    # ---- readiness -------------------------------------------------------------------

    def _build_for(self, x: Array) -> None:
        if not self.built:
            self.build((None, *x.shape[1:]))

    def _ensure_ready(self, samples: Samples) -> None:
        """Make weights, metrics and training graph if that has not been done."""
        assert samples.y is not None, "training and evaluation have labels"
        self._build_for(samples.x)
        seen = self._label_kind(samples)
        if self._prepared and seen == self._labels_seen:
            return
        before = vars(self).copy()
        try:
            self._prepare(seen)
        except BaseException as error:
            vars(self).update(before)
            if seen is None or not isinstance(error, gg.ShapeError):
                raise
            told = gg.ShapeError(
                f"labels of shape {samples.y.shape} as they were given, and an output "
                f"of shape {show_shape(self.output_shape)}, do not fit: {error}"
            )
            told.site = error.site
            raise told from error

    # Shape and dtype of a label, where the loss leaves it open.
    def _label_kind(self, samples: Samples) -> gg.Spec | None:
        loss = self._loss
        assert samples.y is not None, "training and evaluation have labels"
        assert loss is not None, "there is a loss after compile"
        if not loss.reads_labels_as_given:
            return None
        due = loss.label_spec(sized(self.output_shape, len(samples.x)))
        if samples.y.shape[1:] == due.shape[1:]:
            return None
        return gg.Spec(samples.y.shape[1:], np.float32)

    # ---- sources ---------------------------------------------------------------------

    # The data of fit and evaluate: samples that were checked, or a stream.
    def _given(
        self, x: Any, y: Any, weight: Any = None, names: Names = NAMES
    ) -> Samples | Stream:
        if not is_stream(x):
            return self._labelled(x, y, weight, names)
        for name, value in ((names.y, y), (names.weight, weight)):
            if value is not None:
                raise ArgumentError(
                    f"{names.x} is a {type(x).__name__}, which gives batches, and "
                    f"{name} is given as well: let it give (x, y) or (x, y, "
                    "sample_weight)"
                )
        return Stream(x)

    def _first(self, data: Samples | Stream, convert: Convert) -> Samples:
        if isinstance(data, Stream):
            return convert(data.peek(), 0)
        return data

    def _converter(
        self, class_weight: ClassWeights | None = None, names: Names = NAMES
    ) -> Convert:
        """Return what makes checked samples of a batch of a stream."""

        def convert(batch: Any, number: int) -> Samples:
            where = f" of batch {number}"
            told = Names(*(f"{name}{where}" for name in names))
            x, y, weight = parts_of(batch, f"batch {number} of {names.x}")
            if y is None:
                raise DataError(
                    f"batch {number} of {names.x} has no labels: give (x, y) or "
                    "(x, y, sample_weight)"
                )
            samples = self._labelled(x, y, weight, told)
            return weighted_by_class(samples, class_weight, told.y, complete=False)

        return convert

    def _shown(
        self,
        stage: str,
        data: Samples | Stream,
        convert: Convert,
        listeners: CallbackList,
    ) -> Convert:
        """Show inputs to callbacks that look at them: now, or as they are converted."""
        looks = listeners.looks_at_inputs
        if not looks:
            return convert
        if isinstance(data, Samples):
            for part in parts(data.x, data.rows):
                for look in looks:
                    look(part, stage)
            return convert

        def shown(batch: Any, number: int) -> Samples:
            samples = convert(batch, number)
            for look in looks:
                look(samples.x, stage)
            return samples

        return shown

    def _source(
        self,
        stage: str,
        data: Samples | Stream,
        convert: Convert,
        batch: int,
        probes: Sequence[Probe] = (),
        *,
        shuffled: bool = False,
    ) -> Source:
        def program_for(size: int, samples: Samples, lent: Lent) -> gg.Program:
            if stage != "predict":
                self._compiled(stage)
            if stage != "predict" and self._label_kind(samples) != self._labels_seen:
                assert samples.y is not None, "only predict has no labels"
                raise DataError(
                    f"labels of shape {samples.y.shape} came after others of another "
                    "shape: all batches and data of a call have labels of one shape"
                )
            weighted = samples.weight is not None
            return self._stages.program(
                stage, size, weighted=weighted, probes=probes, lent=lent
            )

        if isinstance(data, Stream):
            return StreamSource(data, convert, program_for, self.seen)
        alone = shuffled and batch >= len(data) and self._are_alike()
        return ArraySource(
            data, batch, program_for, self.seen, in_order=not shuffled or alone
        )

    # Whether no result of a step can depend on the order of the samples in a batch.
    def _are_alike(self) -> bool:
        _, loss = self._compiled("fit")
        separate = losses_separate(loss, self._measured)
        return separate and layers_separate(self.seen().parts[1:])


def batch_size_of(
    data: Samples | Stream,
    given: int | str | None,
    *,
    steps: int | None = None,
    usual: int = USUAL,
) -> int:
    """Return the rows of a batch; of a stream, 0: it decides by itself.

    With a number of ``steps`` and no batch size, the samples are divided among them.
    """
    if isinstance(data, Stream):
        if given is not None:
            raise ArgumentError(
                f"batch_size={given!r} has no meaning for {data}: its batches are as "
                "large as it makes them; leave batch_size out"
            )
        return 0
    if given == FULL:
        return len(data)
    if given is None:
        return usual if steps is None else -(-len(data) // steps)
    assert isinstance(given, int), "batch sizes were checked"
    return given


def check_endless(
    data: Samples | Stream, steps: int | None, name: str, *, times: int = 1
) -> None:
    """Raise if going through ``data`` so many ``times`` cannot come to its end."""
    if not isinstance(data, Stream) or steps is not None:
        return
    if data.endless:
        define = "define __len__, or " if isinstance(data.data, PyDataset) else ""
        raise ArgumentError(
            f"{data} never ends: {define}say {name}=..., the number of batches"
        )
    if data.once and times > 1:
        raise ArgumentError(
            f"{data} gives its batches once, but it is needed {times} times: say "
            f"{name}=..., the number of batches to take each time, or pass what can be "
            "gone through again, such as a gg.utils.PyDataset"
        )


def weighted_by_class(
    samples: Samples,
    class_weight: ClassWeights | None,
    what: str = "y",
    *,
    complete: bool = True,
) -> Samples:
    """Return samples whose weights are multiplied by those of their classes."""
    if class_weight is None:
        return samples
    assert samples.y is not None, "samples to train on have labels"
    rows = slice(None) if samples.rows is None else samples.rows
    weight = np.ones(len(samples.x), np.float32)
    weight[rows] = class_weight.of(samples.y[rows], what, complete=complete)
    if samples.weight is not None:
        weight *= samples.weight
    if complete and not weight[rows].any():
        raise DataError("sample_weight times class_weight is 0 for all samples")
    return Samples(samples.x, samples.y, weight, samples.rows)


# Losses speak of labels as y, wherever they are, and whatever their rows are called.
def _of_labels(text: str, what: str, y: Any) -> str:
    def placed_at(found: re.Match[str]) -> str:
        numbers = found[1].split(", ")
        known = all(each.isdigit() for each in numbers)
        called = called_at(y, tuple(map(int, numbers))) if known else []
        return ", ".join([placed(what, numbers), *called])

    told, count = re.subn(r"\by\[([\d:, ]*)\]", placed_at, text)
    return told if count or what == NAMES.y else f"{what}: {text}"
