"""The stages of a model: each one's graph, and the programs that run it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import graphgrad as gg
from graphgrad.layers._layer import Layer, Shape, show_shape
from graphgrad.layers._loss import Loss
from graphgrad.layers._metric import Mean, Metric
from graphgrad.layers._optimizer import Optimizer

__all__ = ["STAGES", "Stages"]

STAGES = ("build", "compile", "fit", "evaluate", "predict")

# The batch size that stands for any in the graphs of stages that have not run yet.
NOMINAL_BATCH = 32

# Programs kept per model: one per batch size and stage; old ones give way.
MAX_PROGRAMS = 16


class Model(Protocol):
    """What the stages need to know of a model."""

    layers: list[Layer]
    optimizer: Optimizer | None
    loss: Loss | None
    loss_tracker: Mean
    metrics: list[Metric]

    @property
    def input_shape(self) -> Shape:
        """The shape of the input, batch first."""
        ...

    @property
    def output_shape(self) -> Shape:
        """The shape of the output, batch first."""
        ...

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        ...


def forward(layers: Sequence[Layer], x: gg.Tensor, training: bool) -> gg.Tensor:
    """Record every layer in turn, in a scope of its name."""
    for layer in layers:
        declared = layer.compute_output_shape((None, *x.shape[1:]))
        with gg.scope(layer.name):
            x = layer.call(x, training=training)
        _check_output(layer, x, declared)
    return x


def _check_output(layer: Layer, output: Any, declared: Shape) -> None:
    if not isinstance(output, gg.Tensor):
        raise TypeError(
            f"layer {layer.name!r} ({layer.title()}) returned a "
            f"{type(output).__name__}, expected a tensor"
        )
    if output.shape[1:] != declared[1:]:
        found = show_shape((None, *output.shape[1:]))
        raise gg.ShapeError(
            f"layer {layer.name!r} ({layer.title()}) returned the shape {found}, "
            f"expected {show_shape(declared)}: "
            "a layer that changes the shape defines compute_output_shape(input_shape)"
        )


class Stages:
    """The graphs and programs of one model, made when they are asked for."""

    def __init__(self, model: Model) -> None:
        """Start with none."""
        self.model = model
        self.programs: OrderedDict[Any, gg.Program] = OrderedDict()

    def graph(self, stage: str) -> gg.Graph:
        """Return a stage's graph: as its program ran it, or as it is recorded."""
        if stage not in STAGES:
            raise ValueError(f"a stage is one of {', '.join(STAGES)}, got {stage!r}")
        if stage in ("build", "compile"):
            return self.record(stage, gg.Dim(NOMINAL_BATCH, "batch"))
        known = self.busiest(stage)
        if known is not None:
            return known.graph
        if stage == "fit":
            raise gg.TraceError(
                "stage 'fit' is the program that fit ran, and fit has not run since "
                "the model last changed; call fit, or look at stage 'compile'"
            )
        return self.record(stage, gg.Dim(NOMINAL_BATCH, "batch"))

    def busiest(self, stage: str) -> gg.Program | None:
        """Return the program of a stage that ran most often, or None if none ran."""
        now = self._trained()
        found = self.programs.items()
        ran = [p for (s, _, t), p in found if (s, t) == (stage, now) and p.runs]
        return max(ran, key=lambda program: program.runs, default=None)

    def program(self, stage: str, batch: int) -> gg.Program:
        """Return the program of a stage for a batch size; compile it the first time."""
        key = (stage, batch, self._trained())
        if key not in self.programs:
            graph = gg.passes.optimize(self.record(stage, batch))
            self.programs[key] = gg.Program(graph)
            while len(self.programs) > MAX_PROGRAMS:
                self.programs.popitem(last=False)
        self.programs.move_to_end(key)
        return self.programs[key]

    # Freezing a layer or a weight makes other programs.
    def _trained(self) -> tuple[str, ...]:
        return tuple(weight.name for weight in self.model.trainable_weights)

    def record(self, stage: str, batch: int) -> gg.Graph:
        """Trace the graph of a stage for a batch size."""
        x = gg.Spec((batch, *_sides(self.model.input_shape)))
        if stage in ("build", "predict"):
            return gg.trace(_named(stage, self._predict), x)
        y = self._labels(batch)
        training = stage != "evaluate"
        objective = gg.trace(_named(stage, self._objective(training)), x, y)
        stable = gg.passes.joint_forms(objective)
        if not training:
            return stable

        def step(x: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
            (loss,) = gg.inline(stable, [x, y])
            self._update(loss)
            return loss

        return gg.trace(_named(stage, step), x, y)

    def _labels(self, batch: int) -> gg.Spec:
        loss = self.model.loss
        assert loss is not None, "labels are asked for after compile"
        return loss.label_spec((batch, *_sides(self.model.output_shape)))

    # ---- what is traced --------------------------------------------------------------

    def _predict(self, x: gg.Tensor) -> gg.Tensor:
        return forward(self.model.layers, x, training=False)

    # The loss of a batch; what it adds to the running loss and metrics goes into state.
    def _objective(self, training: bool) -> Callable[..., gg.Tensor]:
        loss_of = self.model.loss
        assert loss_of is not None, "a loss is asked for after compile"

        def objective(x: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
            y_pred = forward(self.model.layers, x, training)
            loss = loss_of(y, y_pred)
            self.model.loss_tracker.update(loss, y.shape[0])
            for metric in self.model.metrics:
                metric.update(y, y_pred)
            return loss

        return objective

    def _update(self, loss: gg.Tensor) -> None:
        optimizer = self.model.optimizer
        assert optimizer is not None, "an update is asked for after compile"
        weights = self.model.trainable_weights
        if weights:
            grads = gg.gradients(loss, weights)
            optimizer.apply(list(zip(grads, weights, strict=True)))


def _sides(shape: Shape) -> tuple[int, ...]:
    return tuple(side for side in shape[1:] if side is not None)


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` under another name, which its graph takes on."""

    def one(x: gg.Tensor) -> Any:
        return function(x)

    def two(x: gg.Tensor, y: gg.Tensor) -> Any:
        return function(x, y)

    call = one if name in ("build", "predict") else two
    call.__name__ = name
    return call
