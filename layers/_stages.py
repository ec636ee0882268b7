"""The stages of a model: each one's graph, and the programs that run it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import graphgrad as gg
from graphgrad.layers._data import Array
from graphgrad.layers._direct import Direct
from graphgrad.layers._forward import Forward, forward_pass
from graphgrad.layers._labels import sized
from graphgrad.layers._layer import NOMINAL_BATCH
from graphgrad.layers._loss import Loss
from graphgrad.layers._metric import Mean, Metric
from graphgrad.layers._optimizer import Optimizer
from graphgrad.layers._probe import LayerView, Probe, StepView
from graphgrad.layers._seen import Seen
from graphgrad.layers._shapes import Shape
from graphgrad.layers._threads import settled_in_forks
from graphgrad.layers._weights import Function
from graphgrad.stages import checked_stage

__all__ = ["Stages"]


# In which models compute.
FLOAT = "float32"

# Programs kept per model: one per batch size and stage; old ones give way.
MAX_PROGRAMS = 16

# Models may share layers: while one gets a program, no other may move its weights.
_MAKING = settled_in_forks(threading.RLock())


class Model(Protocol):
    """What the stages need to know of a model."""

    loss_tracker: Mean

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, once there is one."""
        ...

    @property
    def loss(self) -> Loss | None:
        """The loss, once there is one."""
        ...

    @property
    def metrics(self) -> list[Metric]:
        """What is measured, every sample alike."""
        ...

    @property
    def weighted_metrics(self) -> list[Metric]:
        """What is measured with the samples' weights."""
        ...

    @property
    def labels_seen(self) -> gg.Spec | None:
        """What labels are like where the data decide about it and not the loss."""
        ...

    @property
    def input_shape(self) -> Shape:
        """The shape of the input, batch first."""
        ...

    @property
    def output_shape(self) -> Shape:
        """The shape of the output, batch first."""
        ...

    @property
    def weights(self) -> list[gg.Variable]:
        """All weights, those of frozen layers too."""
        ...

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        ...

    @property
    def losses(self) -> list[gg.Tensor]:
        """What regularizers add to the loss."""
        ...

    @property
    def constraints(self) -> dict[gg.Variable, Function]:
        """The constraints of weights, by weight."""
        ...

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Compute the output."""
        ...

    def seen(self) -> Seen:
        """Return what a program of the model depends on now."""
        ...


class Key(NamedTuple):
    """What one program of a model is for."""

    stage: str
    batch: int
    weighted: bool
    probes: tuple[Any, ...]
    backend: gg.backend.Backend
    model: Seen
    # Which inputs are read where they lie, and their dtypes.
    lent: tuple[tuple[int, str], ...] = ()


class Stages:
    """The graphs and programs of one model, made when they are asked for."""

    def __init__(self, model: Model) -> None:
        """Start with none."""
        self.model = model
        self.programs: OrderedDict[Key, gg.Program] = OrderedDict()
        # What predicts a few samples by one of the programs, and what that depends on.
        self.direct: tuple[Seen, gg.backend.Backend, Direct] | None = None

    def graph(self, stage: str) -> gg.Graph:
        """Return a stage's graph: as its program ran it, or as it is recorded."""
        checked_stage(self.model, stage)
        if stage in ("build", "compile"):
            return self.record(stage, gg.Dim(NOMINAL_BATCH, "batch"))
        known = self.busiest(stage)
        if known is not None:
            return known.graph
        if stage == "fit":
            # One that is there and never ran has been profiled, which is not counted.
            now = self.model.seen()
            made = any((key.stage, key.model) == (stage, now) for key in self.programs)
            raise gg.TraceError(
                "stage 'fit' is the program that fit ran, and fit has not run since "
                "the model last changed; call fit, or look at stage 'compile'"
                + (", or at profile.graph of what model.profile returned" * made)
            )
        return self.record(stage, gg.Dim(NOMINAL_BATCH, "batch"))

    def busiest(self, stage: str) -> gg.Program | None:
        """Return the program of a stage that ran most often, or None if none ran."""
        now = self.model.seen()
        found = self.programs.items()
        ran = [p for k, p in found if (k.stage, k.model) == (stage, now) and p.runs]
        return max(ran, key=lambda program: program.runs, default=None)

    def program(
        self,
        stage: str,
        batch: int,
        *,
        weighted: bool = False,
        probes: Sequence[Probe] = (),
        lent: Mapping[int, Array] = MappingProxyType({}),
    ) -> gg.Program:
        """Return the program of a stage for a batch size; compile it the first time.

        ``weighted`` programs have a third input, a weight per sample; ``probes`` become
        part of a training step. Batches like those that are ``lent``, by position, are
        read where they lie, in their own dtype.
        """
        told = tuple([probe.key for probe in probes])
        key = self._key(stage, batch, weighted=weighted, probes=told)
        if lent:
            where = tuple([(i, str(array.dtype)) for i, array in lent.items()])
            key = key._replace(lent=where)
        return self._kept(key) or self._made(key, probes, lent)

    def ready(self, stage: str, batch: int) -> gg.Program | None:
        """Return the program of a stage for a batch size if it is there already."""
        return self._kept(self._key(stage, batch, weighted=False, probes=()))

    def _key(
        self, stage: str, batch: int, *, weighted: bool, probes: tuple[Any, ...]
    ) -> Key:
        backend = gg.backend.in_use()
        return Key(stage, batch, weighted, probes, backend, self.model.seen())

    def _kept(self, key: Key) -> gg.Program | None:
        found = self.programs.get(key)
        if found is not None:
            self.programs.move_to_end(key)
        return found

    def _made(
        self, key: Key, probes: Sequence[Probe], lent: Mapping[int, Array]
    ) -> gg.Program:
        self._drop_outdated(key.model)
        with _MAKING:
            made = self._program(key, probes, lent)
        self.programs[key] = made
        self.direct = None
        while len(self.programs) > MAX_PROGRAMS:
            self.programs.popitem(last=False)
        return made

    def _program(
        self, key: Key, probes: Sequence[Probe], lent: Mapping[int, Array]
    ) -> gg.Program:
        # All weights together, once they are all there; in the order of the slots.
        trained = [each for each in self.model.weights if each.trainable]
        gg.passes.pack_variables(trained, "weights")
        dtype = lent[0].dtype if 0 in lent else FLOAT
        graph = gg.passes.optimize(
            self.record(
                key.stage,
                key.batch,
                weighted=key.weighted,
                probes=probes,
                dtype=dtype,
            )
        )
        # A model that gives its input back would keep what is lent.
        taken = {
            i: array
            for i, array in lent.items()
            if graph.inputs[i].dtype == array.dtype
            and graph.inputs[i] not in graph.outputs
        }
        made = gg.Program(graph, lent=taken)
        # They have told how batches lie; each is lent when it is due.
        made.lend({})
        return made

    # What was made for an earlier version of a layer is never asked for again.
    def _drop_outdated(self, now: Seen) -> None:
        for key in [key for key in self.programs if key.model.versions != now.versions]:
            del self.programs[key]

    def record(
        self,
        stage: str,
        batch: int,
        *,
        weighted: bool = False,
        probes: Sequence[Probe] = (),
        dtype: Any = FLOAT,
    ) -> gg.Graph:
        """Trace the graph of a stage for a batch size, with inputs of a dtype."""
        x = gg.Spec(sized(self.model.input_shape, batch), dtype)
        if stage in ("build", "predict"):
            return gg.trace(_named(stage, self._predict), x)
        examples = [x, self._labels(batch)]
        if weighted:
            examples.append(gg.Spec((batch,)))
        training = stage != "evaluate"
        passed: list[Forward] = []
        objective = self._objective(training, passed, outputs=bool(probes))
        stable = gg.passes.joint_forms(gg.trace(_named(stage, objective), *examples))
        if not training:
            return stable

        def step(*inputs: gg.Tensor) -> gg.Tensor:
            loss, *outputs = gg.inline(stable, inputs)
            layers = [layer for layer, _ in passed[0].outputs]
            views = [
                LayerView(layer.path, layer, output)
                for layer, output in zip(layers, outputs, strict=False)
            ]
            self._update(loss, batch, views, probes)
            return loss

        return gg.trace(_named(stage, step), *examples)

    def _labels(self, batch: int) -> gg.Spec:
        loss = self.model.loss
        assert loss is not None, "labels are asked for after compile"
        labels = self.model.labels_seen
        if labels is not None:
            return gg.Spec((batch, *labels.shape), labels.dtype)
        return loss.label_spec(sized(self.model.output_shape, batch))

    # ---- what is traced --------------------------------------------------------------

    def _predict(self, x: gg.Tensor) -> gg.Tensor:
        with forward_pass(training=False) as forward:
            forward.calling.append(self.model)
            return self.model.call(gg.cast(x, FLOAT))

    # The loss of a batch; what it adds to the running loss and metrics goes into state.
    def _objective(
        self, training: bool, passed: list[Forward], *, outputs: bool
    ) -> Callable[..., Any]:
        loss_of = self.model.loss
        assert loss_of is not None, "a loss is asked for after compile"

        def objective(
            x: gg.Tensor, y: gg.Tensor, sample_weight: gg.Tensor | None = None
        ) -> Any:
            with forward_pass(training) as forward:
                forward.calling.append(self.model)
                y_pred = self.model.call(gg.cast(x, FLOAT), training=training)
            loss = loss_of(y, y_pred, sample_weight)
            if loss.shape:
                raise gg.ShapeError(
                    f"{loss_of.title()} gives a loss of shape {loss.shape}, but "
                    "training minimises one number: use another reduction than "
                    f"{loss_of.reduction!r}"
                )
            penalties = [*forward.losses, *self.model.losses]
            if penalties:
                with gg.phase("loss"), gg.scope("regularization"):
                    for penalty in penalties:
                        loss = loss + gg.cast(penalty, loss.dtype)
            self.model.loss_tracker.update(loss, y.shape[0])
            for metric in self.model.metrics:
                metric.update(y, y_pred)
            for metric in self.model.weighted_metrics:
                metric.update(y, y_pred, sample_weight)
            passed.append(forward)
            return [loss, *(o for _, o in forward.outputs if outputs)]

        return objective

    # Without a path from a weight to the loss, all gradients are constants 0.
    def _check_path(self, found: Sequence[gg.Tensor]) -> None:
        loss_of = self.model.loss
        assert loss_of is not None, "a loss is asked for after compile"
        if not any(gradient.node for gradient in found):
            raise gg.GradientError(
                f"loss {loss_of.title()!r} depends on no weight that is trained, so "
                "that no step would change any: comparisons (p > 0.5), argmax, "
                "gg.sign, gg.stop_gradient and constants have no gradient; compute it "
                "from the output itself"
            )

    def _update(
        self,
        loss: gg.Tensor,
        batch: int,
        views: Sequence[LayerView],
        probes: Sequence[Probe],
    ) -> None:
        optimizer = self.model.optimizer
        assert optimizer is not None, "an update is asked for after compile"
        weights = self.model.trainable_weights
        if not weights:
            return
        gradients = gg.gradients(loss, weights)
        self._check_path(gradients)
        grads = dict(zip(weights, gradients, strict=True))
        # Read now: after the update, a weight is its new value.
        before = _snapshot(weights, probes)
        pairs = list(zip(grads.values(), weights, strict=True))
        optimizer.apply(pairs, self.model.constraints)
        after = _snapshot(weights, probes)
        for probe in probes:
            with gg.phase("update"), gg.scope(probe.name):
                probe.record(StepView(batch, views, grads, before, after))


def _snapshot(
    weights: Sequence[gg.Variable], probes: Sequence[Probe]
) -> dict[gg.Variable, gg.Tensor]:
    if not probes:
        return {}
    with gg.phase("update"), gg.scope(probes[0].name):
        return {weight: gg.stop_gradient(weight) for weight in weights}


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` under another name, which its graph takes on."""

    def predict(x: gg.Tensor) -> Any:
        return function(x)

    def train(x: gg.Tensor, y: gg.Tensor, *sample_weight: gg.Tensor) -> Any:
        return function(x, y, *sample_weight)

    call = predict if name in ("build", "predict") else train
    call.__name__ = name
    return call
