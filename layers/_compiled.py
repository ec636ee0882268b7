"""A compiled model: what to minimise and to measure, and the data it can be given."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers import _losses, _metrics, _optimizers
from graphgrad.layers._data import Array, as_data, check_lengths, fit_to_input
from graphgrad.layers._labels import canonical_labels, sized
from graphgrad.layers._layer import Layer
from graphgrad.layers._loss import Loss
from graphgrad.layers._metric import Mean, Metric
from graphgrad.layers._optimizer import Optimizer
from graphgrad.layers._simple import Input
from graphgrad.layers._stack import Stack
from graphgrad.layers._stages import Stages

__all__ = ["Compiled", "Labelled"]

Labelled = tuple[Array, Array]

NOT_COMPILED = (
    "{model!r} {reason}, so that {what} has no loss and no optimizer: "
    "call model.compile(optimizer='adam', loss='binary_crossentropy') first"
)


class Compiled(Stack):
    """A stack of layers with loss, optimizer and metrics, once it is compiled."""

    # Loss, metrics and optimizer have their own rules for what may change.
    _unnoticed = frozenset(
        {"built", "history", "lock", "loss", "loss_tracker", "metrics", "optimizer"}
        | {"stop_training", "weighted_metrics"}
    )

    def __init__(
        self,
        layers: Iterable[Layer | Input] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        """Start uncompiled."""
        self.optimizer: Optimizer | None = None
        self.loss: Loss | None = None
        self.metrics: list[Metric] = []
        self.weighted_metrics: list[Metric] = []
        self.loss_tracker = Mean(name="loss")
        self._wanted_metrics: list[Any] = []
        self._why_not = "is not compiled"
        self._prepared = False
        # The layers of the model, inner ones too, when its training graph was traced.
        self._traced: list[Layer] = []
        self._stages = Stages(self)
        self.lock = threading.RLock()
        super().__init__(layers, trainable, name)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle layers, optimizer and metrics; programs are made anew."""
        state = vars(self).copy()
        for name in ("_stages", "lock", "history"):
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a copied model."""
        vars(self).update(state)
        self._stages = Stages(self)
        self.lock = threading.RLock()

    # ---- compile ---------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Sequence[Any] | None = None,
    ) -> None:
        """State what to minimise, how, and what to measure; trace the training graph.

        Names are resolved now, and everything that does not fit is said now. A model
        whose input shape is not known yet is traced by the first call that shows it
        data.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
        >>> model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        >>> [node.name for node in model.graph("compile").states][:2]
        ['dense/kernel', 'dense/bias']
        """
        if isinstance(metrics, str) or not isinstance(metrics or [], Sequence):
            raise TypeError(f"metrics is a list, such as ['accuracy'], got {metrics!r}")
        if loss is None:
            raise ValueError(
                "compile needs a loss to minimise, such as loss='binary_crossentropy'"
            )
        wanted = [_metrics.check(each) for each in metrics or ()]
        chosen = (_optimizers.get(optimizer), _losses.get(loss), wanted)
        before = vars(self).copy()
        self.optimizer, self.loss, self._wanted_metrics = chosen
        self._stages = Stages(self)
        self._prepared = False
        try:
            if self.built:
                self._prepare()
        except BaseException:
            vars(self).update(before)
            raise

    def _prepare(self) -> None:
        """Make what hangs on shapes: metrics, optimizer slots, training graph."""
        optimizer, loss = self._compiled("training")
        self.build(self.input_shape)
        output = sized(self.output_shape)
        labels = loss.label_spec(output)
        self.metrics = _metrics.get_all(self._wanted_metrics, labels.shape, output)
        # Also for layers that are frozen now: they may be thawed after compile.
        optimizer.build([weight for weight in self.weights if weight.trainable])
        self._stages.graph("compile")
        self._traced = self.flattened()
        self._prepared = True

    def _compiled(self, what: str) -> tuple[Optimizer, Loss]:
        if self._prepared and self._traced != self.flattened():
            self.optimizer = self.loss = None
            self._prepared = False
            self._why_not = "has other layers than when it was compiled"
        if self.optimizer is None or self.loss is None:
            raise gg.GraphgradError(
                NOT_COMPILED.format(model=self, reason=self._why_not, what=what)
            )
        return self.optimizer, self.loss

    def _structure_changed(self) -> None:
        super()._structure_changed()
        if self.optimizer is not None:
            self.optimizer = self.loss = None
            self._prepared = False
            self._why_not = "has other layers than when it was compiled"
        self._stages = Stages(self)

    # ---- data ------------------------------------------------------------------------

    def _inputs(self, x: Any, what: str = "x") -> Array:
        self._require_layers()
        array = as_data(x, what)
        if self._input_shape is None:
            array = array[:, None] if array.ndim == 1 else array
            self.infer_shapes((None, *array.shape[1:]))
            return array
        return fit_to_input(array, self._input_shape, self._layers[0].name, what)

    def _labelled(self, x: Any, y: Any, names: str = "{}") -> Labelled:
        _, loss = self._compiled("fit")
        x_name, y_name = (
            (names.format(0), names.format(1)) if names != "{}" else ("x", "y")
        )
        inputs, labels = self._inputs(x, x_name), as_data(y, y_name)
        check_lengths(inputs, labels, x_name, y_name)
        output = self.infer_shapes((None, *inputs.shape[1:]))
        return inputs, canonical_labels(loss, labels, output)

    def _build_for(self, x: Array) -> None:
        if not self.built:
            self.build((None, *x.shape[1:]))

    def _ensure_ready(self, x: Array) -> None:
        self._build_for(x)
        if not self._prepared:
            self._prepare()

    # ---- results ---------------------------------------------------------------------

    def _reset_metrics(self) -> None:
        self.loss_tracker.reset_state()
        for metric in self.metrics:
            metric.reset_state()

    def _logs(self) -> dict[str, float]:
        """Return what loss and metrics are now, by name, in alphabetical order."""
        found = {"loss": self.loss_tracker.result()}
        found |= {metric.name: metric.result() for metric in self.metrics}
        return dict(sorted(found.items()))

    def _result(self, logs: dict[str, float], *, return_dict: bool) -> Any:
        if return_dict:
            return logs
        values = [logs["loss"], *[logs[metric.name] for metric in self.metrics]]
        return values[0] if len(values) == 1 else values
