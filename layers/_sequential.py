"""Sequential: the model that most people need, and the way to its graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphgrad as gg
from graphgrad.layers._absent import REMOVED, AbsentError
from graphgrad.layers._arguments import check_choice
from graphgrad.layers._layer import NOMINAL_BATCH
from graphgrad.layers._saved import Saved
from graphgrad.stages import RUNNING, STAGES

__all__ = ["Sequential"]


class Sequential(Saved):
    """Layers one after the other, as a model to train, use and look at.

    `compile` traces the training graph; `fit` runs the program made from it, and
    nothing else. `graph` shows the graph of each stage.

    >>> import graphgrad as gg
    >>> gg.set_random_seed(0)
    >>> model = gg.Sequential([gg.Dense(3, "tanh"), gg.Dense(1, "sigmoid")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy")
    >>> x, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> history = model.fit(x, y, epochs=3, verbose=0)
    >>> model.predict(x, verbose=0).shape
    (4, 1)
    """

    def graph(self, stage: str) -> gg.Graph:
        """Return the graph of a stage: build, compile, fit, evaluate or predict.

        ``build`` is the forward pass of the layers. ``compile`` is the training step as
        recorded: forward, loss, backward, update. ``fit`` is the program that ran, with
        shapes fixed to the batch. ``evaluate`` and ``predict`` are those programs once
        they ran, before that what was recorded for them.
        """
        self._require_shape(stage)
        if stage in STAGES and stage not in {"build", "predict"}:
            self._compiled(f"stage {stage!r}")
        return self._stages.graph(stage)

    def recorded(
        self, stage: str, rows: int | None = None, *, weighted: bool = False
    ) -> gg.Graph:
        """Return the graph of a stage as it is recorded for ``rows``, before passes.

        ``fit`` is recorded as ``compile`` is. ``weighted`` graphs have a third input, a
        weight per sample; without ``rows``, the batch is left open.
        """
        self._require_shape(stage)
        check_choice("stage", stage, STAGES)
        if stage not in {"build", "predict"}:
            self._compiled(f"stage {stage!r}")
        batch = gg.Dim(NOMINAL_BATCH, "batch") if rows is None else rows
        return self._stages.record(stage, batch, weighted=weighted)

    def program(self, stage: str) -> gg.Program:
        """Return the program of a stage that has run: fit, evaluate or predict.

        Of several, for several batch sizes, it is the one that ran most often.
        """
        if stage in ("build", "compile"):
            raise gg.TraceError(
                f"stage {stage!r} has no program of its own: model.graph({stage!r}) is "
                "what was recorded, and fit, evaluate and predict have programs"
            )
        check_choice("stage", stage, RUNNING)
        found = self._stages.busiest(stage)
        if found is None:
            raise gg.TraceError(
                f"no program has run for stage {stage!r} since the model last changed: "
                "call fit, evaluate or predict"
            )
        return found

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages whose graphs exist now."""
        known = ["build"] if self.built else []
        if self.built and self.optimizer is not None:
            known.append("compile")
        return (
            *known,
            *[s for s in RUNNING if self._stages.busiest(s) is not None],
        )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say what became of a method that Keras had."""
            if name in REMOVED:
                raise AbsentError(f"models have no {name}: {REMOVED[name]}")
            return super().__getattr__(name)

    def _require_shape(self, stage: str) -> None:
        if not self.built:
            raise gg.TraceError(
                f"stage {stage!r} has no graph yet, since the input's shape is "
                "unknown: begin with gg.Input((width,)), call "
                "model.build((None, width)), or fit"
            )

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Show the model in a notebook as its graph."""
        from graphgrad.viz import mimebundle

        return mimebundle(self, **options)
