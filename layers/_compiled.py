"""A compiled model: what to minimise, how, and what to measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

import graphgrad as gg
from graphgrad.layers import _losses, _metrics, _optimizers
from graphgrad.layers._labels import sized
from graphgrad.layers._layer import Layer
from graphgrad.layers._loss import Loss
from graphgrad.layers._measured import Measured
from graphgrad.layers._metric import Mean, Metric
from graphgrad.layers._names import UnknownNameError
from graphgrad.layers._optimizer import Optimizer
from graphgrad.layers._random_state import next_seed
from graphgrad.layers._seen import Look, Seen
from graphgrad.layers._settings import settings, value_of
from graphgrad.layers._simple import Input
from graphgrad.layers._stages import Stages
from graphgrad.layers._threads import lock_of
from graphgrad.layers._training_arguments import (
    check_compile,
    check_metrics,
    only_one,
    refuse_hooks,
    refuse_others,
)
from graphgrad.layers._weights import Weighted

if TYPE_CHECKING:
    from graphgrad.layers._contract import Contract
    from graphgrad.layers._ranges import Ranges
    from graphgrad.layers._sources import Source

__all__ = ["Compiled", "CompiledAttributeError"]

COMPILE = (
    "optimizer",
    "loss",
    "loss_weights",
    "metrics",
    "weighted_metrics",
    "run_eagerly",
    "steps_per_execution",
    "jit_compile",
    "auto_scale_loss",
)

NOT_COMPILED = (
    "{model!r} {reason}, so that {what} has no loss and no optimizer: "
    "call model.compile({how}) {when}"
)


HOW = "optimizer='adam', loss='binary_crossentropy'"


class CompiledAttributeError(gg.GraphgradError, AttributeError):
    """What was compiled is not changed by an assignment."""


class Compiled(Measured):
    """A stack of layers with loss, optimizer and metrics, once it is compiled."""

    # These have their own rules for what may change.
    _unnoticed = Measured._unnoticed | {
        "history",
        "lock",
        "loss_tracker",
        "resume_at",
        "stop_training",
        "_columns",
        "_ranges",
        "_seen",
        "_training",
    }

    def __init__(
        self,
        layers: Iterable[Layer | Input] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        """Start uncompiled."""
        self._optimizer: Optimizer | None = None
        self._loss: Loss | None = None
        self._metrics: list[Metric] = []
        self._weighted_metrics: list[Metric] = []
        self.loss_tracker = Mean(name="loss")
        self._wanted_metrics: list[Any] = []
        self._wanted_weighted_metrics: list[Any] = []
        self._steps_per_execution = 1
        self._labels_seen: gg.Spec | None = None
        self._order: gg.Variable | None = None
        self._why_not = "is not compiled"
        self._how = HOW
        self._prepared = False
        self._training: Source | None = None
        # The layers of the model, inner ones too, when its training graph was traced.
        self._traced: list[Layer] = []
        self._stages = Stages(self)
        self._seen: Seen | None = None
        # What the inputs of the last `fit` were like, if that was asked for.
        self._ranges: Ranges | None = None
        # What the frame that `fit` was given last calls its columns.
        self._columns: tuple[str, ...] | None = None
        self.lock = lock_of(self)
        super().__init__(layers, trainable, name)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle layers, optimizer and metrics; programs are made anew."""
        state = vars(self).copy()
        for name in ("_stages", "lock", "history"):
            state.pop(name, None)
        return state | {"_seen": None, "_training": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a copied model."""
        vars(self).update(state)
        self._stages = Stages(self)
        self.lock = lock_of(self)

    # ---- compile ---------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: None = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool | None = "auto",
        auto_scale_loss: bool = True,
        **unknown: Any,
    ) -> None:
        """State what to minimise, how, and what to measure; trace the training graph.

        Names are resolved now, and everything that does not fit is said now. A model
        whose input shape is not known yet is traced by the first call that shows it
        data. Of the ``weighted_metrics`` each sample counts by its weight. Callbacks
        and progress are told of batches every ``steps_per_execution`` steps. A program
        is compiled always, so that ``jit_compile`` may be True or left out; losses are
        never scaled, since all is float32.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
        >>> model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        >>> [node.name for node in model.graph("compile").states][:2]
        ['dense/kernel', 'dense/bias']
        """
        refuse_others("compile", unknown, COMPILE)
        refuse_hooks(type(self))
        loss = only_one(loss)
        steps = check_compile(
            loss=loss,
            loss_weights=loss_weights,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=auto_scale_loss,
        )
        plain = check_metrics("metrics", metrics)
        weighted = check_metrics("weighted_metrics", weighted_metrics)
        for each in (*plain, *weighted):
            _metrics.check(each)
        _refuse_swapped(optimizer, loss)
        chosen = _optimizers.get(optimizer), _losses.get(loss)
        before = vars(self).copy()
        # Ctrl-C may come at each of these lines.
        try:
            self._optimizer, self._loss = chosen
            self._wanted_metrics, self._wanted_weighted_metrics = plain, weighted
            self._steps_per_execution = steps
            self._stages = Stages(self)
            self._prepared, self._labels_seen = False, None
            if self.built:
                self._prepare_early()
            self._make_order()
        except BaseException:
            vars(self).update(before)
            raise

    # A function may read labels of any shape: what fits them may fit no others.
    def _prepare_early(self) -> None:
        assert self._loss is not None, "compile prepares what it has"
        try:
            self._prepare()
        except gg.GraphgradError:
            if not self._loss.reads_labels_as_given:
                raise

    def _prepare(self, labels: gg.Spec | None = None) -> None:
        """Make what hangs on shapes: metrics, optimizer slots, training graph.

        ``labels`` are shape and dtype of a sample's label where the loss leaves it
        open.
        """
        optimizer, loss = self._compiled("training")
        self.build(self.input_shape)
        output = sized(self.output_shape)
        self._labels_seen = labels
        shape = loss.label_spec(output).shape
        if labels is not None:
            shape = (output[0], *labels.shape)
        self._make_metrics(shape, output)
        # Also for layers that are frozen now: they may be thawed after compile.
        optimizer.build([weight for weight in self.weights if weight.trainable])
        self._stages.graph("compile")
        if not self._has_order():
            self._make_order()
        self._traced = self.seen().parts
        self._prepared = True

    def _make_metrics(self, labels: Sequence[int], output: Sequence[int]) -> None:
        plain = _metrics.get_all(self._wanted_metrics, labels, output)
        taken = [each.name for each in plain]
        self._weighted_metrics = _metrics.get_all(
            self._wanted_weighted_metrics, labels, output, taken=taken
        )
        self._metrics = plain
        for metric in self._measured:
            metric._of_numbers = self._loss is not None and self._loss._of_numbers

    @property
    def variables(self) -> list[gg.Variable]:
        """All state: the weights, and what remembers randomness.

        What a model in this one remembers of its own training is not part of it.
        """
        inner = [part for part in self.flattened()[1:] if isinstance(part, Compiled)]
        orders = {part._order for part in inner}
        return [each for each in super().variables if each not in orders]

    # A seed, and the number of passes over the data that have begun: the order of the
    # samples follows from both, also in a training that was saved and goes on.
    def _make_order(self) -> None:
        fresh = np.array([next_seed(), 0], np.uint64)
        if not self._has_order():
            self._order = gg.Variable(
                fresh, name="order", trainable=False, kind="random"
            )
            self._keep(self._order)
        elif self._order is not None:
            self._order.assign(fresh)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs of ``input_shape``, batch first."""
        # Says first if a part keeps the whole, before anybody asks the part.
        self.flattened()
        before = self._input_shape
        super().build(input_shape)
        if before not in (None, self._input_shape):
            self._prepared, self._ranges, self._columns = False, None, None

    def _has_order(self) -> bool:
        return any(each is self._order for each in self._variables)

    def _compiled(self, what: str) -> tuple[Optimizer, Loss]:
        if self._prepared and self._traced != self.seen().parts:
            self._uncompile()
        if self._optimizer is None or self._loss is None:
            when = "first" if self._how == HOW else "again"
            raise gg.GraphgradError(
                NOT_COMPILED.format(
                    model=self,
                    reason=self._why_not,
                    what=what,
                    how=self._how,
                    when=when,
                )
            )
        return self._optimizer, self._loss

    def _uncompile(self) -> None:
        if self._optimizer is not None and self._loss is not None:
            self._how = (
                f"optimizer={_written(self._optimizer, _optimizers)}, "
                f"loss={_written(self._loss, _losses)}"
            )
        self._optimizer = self._loss = None
        self._prepared = False
        self._why_not = "has other layers than when it was compiled"

    def _structure_changed(self) -> None:
        super()._structure_changed()
        if self._optimizer is not None:
            self._uncompile()
        self._stages = Stages(self)

    def seen(self) -> Seen:
        """Return what the model is made of and depends on now."""
        if self._seen is None or not self._seen.holds():
            self._seen = Seen(self)
        return self._seen

    def looks(self, parts: Sequence[Weighted]) -> list[Look]:
        """Return how to look at what a program depends on: also what was compiled."""
        schedule = self._optimizer and self._optimizer.schedule
        compiled = [each for each in (self._loss, schedule, *self._measured) if each]
        found = [*super().looks(parts), *[(settings, each) for each in compiled]]
        return [*found, (value_of, self._labels_seen)]

    # ---- what was compiled -----------------------------------------------------------

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, or None before `compile`."""
        return self._optimizer

    @optimizer.setter
    def optimizer(self, value: Any) -> None:
        _refuse_assignment("optimizer")

    @property
    def loss(self) -> Loss | None:
        """The loss, or None before `compile`."""
        return self._loss

    @loss.setter
    def loss(self, value: Any) -> None:
        _refuse_assignment("loss")

    @property
    def metrics(self) -> list[Metric]:
        """The metrics in which all samples count alike."""
        return list(self._metrics)

    @metrics.setter
    def metrics(self, value: Any) -> None:
        _refuse_assignment("metrics")

    @property
    def weighted_metrics(self) -> list[Metric]:
        """The metrics in which samples count by their weights."""
        return list(self._weighted_metrics)

    @weighted_metrics.setter
    def weighted_metrics(self, value: Any) -> None:
        _refuse_assignment("weighted_metrics")

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called, and the layers are the same since."""
        return self._optimizer is not None

    @property
    def contract(self) -> Contract:
        """What the model takes and gives, as data: that which its checks read."""
        from graphgrad.layers._contract import contract_of

        return contract_of(self)

    @property
    def labels_seen(self) -> gg.Spec | None:
        """A label's shape and dtype, if the data decide about it and not the loss."""
        return self._labels_seen


# Both by their names, which may stand in each other's place.
def _refuse_swapped(optimizer: Any, loss: Any) -> None:
    names = (_optimizers._NAMES, _losses._NAMES)
    for name, taken, other in ((optimizer, *names), (loss, *reversed(names))):
        if isinstance(name, str) and name in other and name not in taken:
            raise UnknownNameError(
                f"compile takes the optimizer first, then the loss, got {optimizer!r} "
                f"and {loss!r}: name them, compile(optimizer=..., loss=...)"
            )


# What to write for an optimizer or a loss: its name, if it is one of ours.
def _written(thing: Any, kind: Any) -> str:
    for name in (thing.name, thing.name.lower()):
        if kind._NAMES.get(name) is type(thing):
            return repr(name)
    return str(thing.name)


def _refuse_assignment(name: str) -> NoReturn:
    raise CompiledAttributeError(
        f"model.{name} cannot be assigned, since programs were made from what was "
        f"compiled: call model.compile(..., {name}=...) again"
    )
