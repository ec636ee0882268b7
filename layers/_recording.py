"""Recording: every value that one step of a model computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_choice
from graphgrad.layers._batches import Stream, is_stream
from graphgrad.layers._callbacks import CallbackList
from graphgrad.layers._data import DataError
from graphgrad.layers._fed import USUAL, Convert
from graphgrad.layers._runner import Runner
from graphgrad.layers._samples import Samples
from graphgrad.layers._separable import losses_separate
from graphgrad.layers._sites import note_labels
from graphgrad.layers._threads import one_at_a_time
from graphgrad.layers._training import Trainer
from graphgrad.layers._training_arguments import refuse_others

if TYPE_CHECKING:
    from graphgrad.recording import Recording

__all__ = ["STAGES", "Recorded"]

STAGES = ("fit", "evaluate", "predict")
RECORD = ("x", "y", "sample_weight", "stage")


class Recorded(Trainer):
    """A trainable model that can show what a step computes."""

    @one_at_a_time
    def record(
        self,
        x: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        *,
        stage: str = "fit",
        **unknown: Any,
    ) -> Recording:
        """Run one real step on this batch, and return every value that it computed.

        What runs is the program of ``stage``: fit, evaluate or predict, which takes no
        ``y``. All of ``x``, ``y`` and ``sample_weight`` is one batch, checked as that
        method does; of a stream of batches it is the first.

        The model stays as it is: weights, the optimizer's slots, metrics, the random
        state and what counts runs are put back bit for bit, also after an error. If
        need be it is built first, as by `fit`.

        The result has the value of each node, `print` shows them as a table, and
        `graphgrad.viz.to_html` steps through them; see `graphgrad.recording.Recording`.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1, use_bias=False)])
        >>> model.set_weights([[[1.0], [2.0]]])
        >>> model.compile("sgd", "mse")
        >>> recording = model.record([[1.0, 1.0]], [5.0])
        >>> recording["dense/matmul"], recording.after["dense/kernel"].ravel()
        (array([[3.]], dtype=float32), array([1.04, 2.04], dtype=float32))
        """
        refuse_others("record", unknown, RECORD)
        check_choice("stage", stage, STAGES)
        found: list[Recording] = []

        def keep(program: gg.Program, rows: int) -> None:
            called = self._called(stage, rows, program)
            found.append(gg.recording.recorded(program, **called))

        self._on_batch("record", stage, (x, y, sample_weight), keep)
        return found[0]

    # Let ``run`` have the program of a stage with this batch in it, and its rows.
    def _on_batch(
        self,
        call: str,
        stage: str,
        batch: tuple[Any, Any, Any],
        run: Callable[[gg.Program, int], Any],
    ) -> None:
        data, convert, _ = self._for_stage(call, stage, *batch)
        rows = 0 if isinstance(data, Stream) else len(data)
        # The program is that of the method, which may have another for shuffled rows.
        source = self._source(stage, data, convert, rows, shuffled=stage == "fit")
        source.begin()
        Runner(run=lambda program: run(program, source.size)).through(source, 1)

    # What a program and its scopes are called.
    def _called(self, stage: str, rows: int, program: gg.Program) -> dict[str, Any]:
        return {
            "title": f"{self.name} · {stage}, batch of {rows}",
            "titles": {layer.path: layer.title() for layer in self.flattened()},
            "naming": gg.equations.naming_of(self, stage, program.graph),
        }

    def _for_stage(
        self, call: str, stage: str, x: Any, y: Any, weight: Any
    ) -> tuple[Samples | Stream, Convert, int]:
        """Return the checked data for a stage, the model being ready to take them."""
        if stage == "predict":
            return self._to_predict(x, y, weight)
        return self._to_train(call, stage, x, y, weight)

    def _to_predict(
        self, x: Any, y: Any, weight: Any
    ) -> tuple[Samples | Stream, Convert, int]:
        for name, value in (("y", y), ("sample_weight", weight)):
            if value is not None:
                raise ArgumentError(
                    f"stage 'predict' reads no labels, and {name} is given: leave it "
                    "out, or take stage 'fit' or 'evaluate'"
                )
        data = Stream(x) if is_stream(x) else Samples(self._inputs(x))
        self._build_for(self._first(data, self._convert_inputs).x)
        return data, self._convert_inputs, self._usual_rows(CallbackList([], self))

    def _to_train(
        self, call: str, stage: str, x: Any, y: Any, weight: Any
    ) -> tuple[Samples | Stream, Convert, int]:
        _, loss = self._compiled(call)
        if y is None and x is not None and not is_stream(x):
            missing = DataError(
                f"stage {stage!r} compares with labels y, got None; give (x, y), or "
                "take stage='predict', which needs none"
            )
            note_labels(missing, self, y, loss)
            raise missing
        data, convert = self._given(x, y, weight), self._converter()
        self._ensure_ready(self._first(data, convert))
        if stage == "fit":
            self._require_trainable()
            return data, convert, USUAL
        alike = losses_separate(loss, self._measured)
        return data, convert, self._usual_rows(CallbackList([], self), alike=alike)
