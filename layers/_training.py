"""Training: fit and train_on_batch, which run the program of the training step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphgrad import GraphgradError
from graphgrad.layers._activations import name_of
from graphgrad.layers._arguments import ArgumentError, check_flag
from graphgrad.layers._batches import Stream, is_stream
from graphgrad.layers._blas import suitable_threads
from graphgrad.layers._callbacks import Callback, CallbackList, History
from graphgrad.layers._data import fit_to_input
from graphgrad.layers._evaluation import Evaluator, Test
from graphgrad.layers._fed import (
    Names,
    batch_size_of,
    check_endless,
    weighted_by_class,
)
from graphgrad.layers._fit import Fitting
from graphgrad.layers._frames import check_columns, column_names
from graphgrad.layers._interrupts import WholeSteps
from graphgrad.layers._labels import warn_of_label_column, warn_of_labels
from graphgrad.layers._runner import Runner
from graphgrad.layers._sample_weights import ClassWeights
from graphgrad.layers._samples import Samples
from graphgrad.layers._splits import split
from graphgrad.layers._threads import one_at_a_time
from graphgrad.layers._training_arguments import (
    FitPlan,
    check_batch_size,
    refuse_others,
)

__all__ = ["Trainer"]

FIT = (
    *("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split"),
    *("validation_data", "shuffle", "class_weight", "sample_weight", "initial_epoch"),
    *("steps_per_epoch", "validation_steps", "validation_batch_size"),
    *("validation_freq", "stratify", "on_nonfinite"),
)

HELD_OUT = Names(*(f"validation_data[{part}]" for part in range(3)))

Data = Samples | Stream


class Trainer(Evaluator):
    """A compiled model that can be trained, evaluated and used."""

    history: History | None = None
    stop_training: bool = False

    # Epoch and batch at which a training goes on that was interrupted; a callback sets
    # it when training begins, having loaded the state from before.
    resume_at: tuple[int, int] | None = None

    # ---- fit -------------------------------------------------------------------------

    @one_at_a_time
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | str | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | str | None = None,
        validation_freq: int | Sequence[int] = 1,
        *,
        stratify: bool = False,
        on_nonfinite: str = "warn",
        **unknown: Any,
    ) -> History:
        """Run the training program over the data, ``epochs`` times; return the history.

        ``x`` has one row a sample, ``y`` one label: arrays, lists, frames, tensors. Or
        ``x`` gives batches, each (x, y) or (x, y, sample_weight): a generator, which
        needs ``steps_per_epoch`` for several epochs, or a loader or `PyDataset`, which
        is gone through anew in each. All arguments, arrays and first batches are
        checked before anything changes, and later batches before their step.

        ``batch_size`` is 32 unless given, or ``"full"``; a last, smaller batch counts
        by its size. ``shuffle`` draws a new order for each epoch, of the samples, or of
        the batches of a `PyDataset`; ``"batch"`` shuffles within batches, which stay
        where they are; other streams come as they come. A single batch of more than
        1 MB is read where it lies, unshuffled, if no result can tell the order. With
        ``steps_per_epoch`` an epoch takes so many batches and the next goes on from
        there; the rest of a pass makes a shorter epoch. ``epochs`` is the number of the
        last epoch, which counts from ``initial_epoch``.

        ``sample_weight`` multiplies the loss of a sample; ``class_weight``, a dict, a
        list or ``"balanced"``, does so by class; with both, both. ``validation_split``
        takes the last share of the samples, before shuffling, and with ``stratify`` the
        last share of each class; ``validation_data`` is (x, y), (x, y, sample_weight),
        or a stream. ``validation_freq`` is a number of epochs or a list of their
        numbers, the first of which is 1.

        What callbacks change of the model, such as ``layer.trainable``, counts from the
        next epoch on, or from this one when it begins.

        If the loss of an epoch is NaN or infinite, or the weights are in the end, the
        step where that began is run once more, with a look at each of its operations:
        a `NonFiniteWarning` says which was the first, in which layer and from which
        numbers, and has it as ``site``, for `graphgrad.viz.failure`. ``on_nonfinite``
        "raise" raises a `NonFiniteError` instead; "restore" ends the training with the
        model as it was before that step, and of an epoch whose first step it was the
        history has nothing; "ignore" says nothing. Batches of a generator
        cannot be asked for again: with "raise" and "restore" each of their steps is
        looked at, with "warn" none.

        The loss of an epoch is the mean over its samples at the time of their step, so
        that it differs from what `evaluate` says afterwards. If training is
        interrupted, by Ctrl-C or an error, ``model.history`` has the epochs so far, and
        the weights are those after the last whole step.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> history = model.fit([[1.0], [2.0]], [2.0, 4.0], epochs=2, verbose=0)
        >>> list(history.history)
        ['loss']
        """
        refuse_others("fit", unknown, FIT)
        self._compiled("fit")
        plan = FitPlan(
            epochs=epochs,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            verbose=verbose,
            shuffle=shuffle,
            validation_freq=validation_freq,
            validation_steps=validation_steps,
            on_nonfinite=on_nonfinite,
        )
        sizes = (
            check_batch_size(batch_size),
            check_batch_size(validation_batch_size, "validation_batch_size"),
        )
        weights = self._class_weights(class_weight)
        data = self._looked_at(x, y, sample_weight)
        columns = column_names(x)
        train, held_out = self._split(data, validation_split, validation_data, stratify)
        if isinstance(validation_data, tuple | list):
            check_columns(columns, validation_data[0], HELD_OUT.x)
        if isinstance(train, Samples):
            train = weighted_by_class(train, weights)
        elif weights is not None and weights.balanced:
            raise ArgumentError(
                f"class_weight='balanced' needs all labels at once, and {train} gives "
                "them batch by batch: count them and pass a dict"
            )
        return self._fit(train, held_out, weights, plan, sizes, callbacks, columns)

    # Data that were checked, and warned of where that is due.
    def _looked_at(self, x: Any, y: Any, weight: Any) -> Data:
        _, loss = self._compiled("fit")
        data = self._given(x, y, weight)
        if isinstance(data, Samples):
            output = self.infer_shapes((None, *data.x.shape[1:]))
            warn_of_labels(loss, data, output, self._last_activation())
            warn_of_label_column(x, y, data)
        return data

    def _last_activation(self) -> str:
        layer: Any = self
        while layer.is_model:
            layer = layer.layers[-1]
        activation = getattr(layer, "activation", None)
        return "" if activation is None else name_of(activation)

    def _class_weights(self, given: Any) -> ClassWeights | None:
        if given is None:
            return None
        shape = self.output_shape if self.built else ()
        return ClassWeights(given, shape[-1] if len(shape) > 1 else None)

    def _split(
        self, data: Data, fraction: float, held_out: Any, stratify: bool
    ) -> tuple[Data, Data | None]:
        wanted = not (isinstance(fraction, int | float) and fraction == 0)
        if check_flag("stratify", stratify) and not wanted:
            raise ArgumentError(
                "stratify=True needs a validation_split to take it from"
            )
        if held_out is None:
            if not wanted:
                return data, None
            if isinstance(data, Stream):
                raise ArgumentError(
                    f"validation_split cannot be taken from {data}, which gives "
                    "batches: pass validation_data"
                )
            return split(data, fraction, stratify=stratify)
        if wanted:
            raise ArgumentError(
                "validation_split and validation_data are both given, and there is one "
                "validation: leave one out"
            )
        return data, self._held_out(held_out)

    def _held_out(self, held_out: Any) -> Data:
        if isinstance(held_out, tuple | list) and len(held_out) in (2, 3):
            x, y, weight = (*held_out, None)[:3]
            return self._given(x, y, weight, HELD_OUT)
        if is_stream(held_out):
            return Stream(held_out)
        got, hint = type(held_out).__name__, ""
        if isinstance(held_out, tuple | list):
            got = f"{got} of {len(held_out)}"
        elif isinstance(held_out, float):
            hint = f"; a share of x is validation_split={held_out}"
        elif hasattr(held_out, "shape"):
            hint = "; these are inputs alone: pass their labels, too"
        raise ArgumentError(
            "validation_data is a pair (x, y), (x, y, sample_weight) or a stream of "
            f"batches, got {got}{hint}"
        )

    def _fit(
        self,
        train: Data,
        held_out: Data | None,
        weights: ClassWeights | None,
        plan: FitPlan,
        sizes: tuple[int | str | None, int | str | None],
        callbacks: Sequence[Callback] | None,
        columns: tuple[str, ...] | None,
    ) -> History:
        epochs = range(plan.initial_epoch, plan.epochs)
        each = plan.steps_per_epoch
        check_endless(train, each, "steps_per_epoch", times=len(epochs))
        batch = batch_size_of(train, sizes[0], steps=each)
        if held_out is None:
            plan.refuse_validation_options(sizes[1])
        else:
            times = sum(map(plan.validates, epochs))
            check_endless(
                held_out, plan.validation_steps, "validation_steps", times=times
            )
        listeners = CallbackList(callbacks or [], self, epochs=plan.epochs)
        convert, convert_held_out = (
            self._converter(weights),
            self._converter(names=HELD_OUT),
        )
        first = self._first(train, convert)
        if held_out is not None:
            other = self._first(held_out, convert_held_out)
            # A model that is not built has compared none of them with anything.
            due = (None, *first.x.shape[1:])
            fit_to_input(other.x, due, self._layers[0].name, HELD_OUT.x)
        self._ensure_ready(first)
        self._require_trainable()
        source = self._source(
            "fit",
            train,
            self._shown("fit", train, convert, listeners),
            batch,
            listeners.probes,
            shuffled=bool(plan.shuffle),
        )
        testing = None
        if held_out is not None:
            rows = _rows_to_validate(held_out, plan, sizes)
            tested = self._source("evaluate", held_out, convert_held_out, rows)
            testing = Test(tested, plan.validation_steps)
        self._columns = columns or self._columns
        rows = min(batch or len(first.x), len(first.x))
        largest = max(weight.size for weight in self.trainable_weights)
        with suitable_threads(2 * rows * largest):
            return Fitting(self, plan, source, testing, listeners).run()

    def _require_trainable(self) -> None:
        if next(self._trained(), None) is None:
            raise GraphgradError(
                f"{self!r} has no weight to train: all its layers are frozen, or none "
                "has weights; set layer.trainable = True"
            )

    # ---- single batches --------------------------------------------------------------

    @one_at_a_time
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
        **unknown: Any,
    ) -> Any:
        """Take one training step on all of ``x``; return its loss and metrics."""
        taken = ("x", "y", "sample_weight", "class_weight", "return_dict")
        refuse_others("train_on_batch", unknown, taken)
        self._compiled("train_on_batch")
        weights = self._class_weights(class_weight)
        samples = self._labelled(x, y, sample_weight)
        samples = weighted_by_class(samples, weights, complete=False)
        self._ensure_ready(samples)
        self._require_trainable()
        self.reset_metrics()
        source = self._source("fit", samples, self._converter(), len(samples))
        source.begin()
        with WholeSteps() as steps:
            Runner(run=steps.run).through(source)
        return self._result(self._logs(), return_dict=return_dict)


# As in training, unless something else was asked for.
def _rows_to_validate(
    held_out: Data, plan: FitPlan, sizes: tuple[int | str | None, int | str | None]
) -> int:
    own, size = sizes[1], sizes[0]
    if isinstance(held_out, Stream) or own is not None:
        return batch_size_of(held_out, own)
    return batch_size_of(held_out, size, steps=plan.validation_steps)
