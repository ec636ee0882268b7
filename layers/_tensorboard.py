"""TensorBoard: writes what happens in training to the files that TensorBoard shows."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_count, check_flag
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._counting import check_frequency

__all__ = ["TensorBoard"]

_MISSING = (
    "gg.callbacks.TensorBoard writes its files with tensorboardX: "
    "pip install 'graphgrad[tensorboard]'"
)


class TensorBoard(Callback):
    """Writes logs, and if wanted weights, to a folder that TensorBoard shows.

    The logs of each epoch go to ``train`` and ``validation`` in ``log_dir`` as
    ``epoch_loss`` and so on; those of every ``update_freq`` batches as ``batch_loss``;
    those of evaluations as ``evaluation_loss_vs_iterations``. ``histogram_freq`` is the
    number of epochs between histograms of the weights, with ``write_images`` pictures
    as well. ``write_graph`` writes the graph of the training step: what runs.

    >>> import tempfile
    >>> board = TensorBoard(tempfile.mkdtemp(), update_freq="batch")
    >>> board.update_freq
    1
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        """Check the arguments, and that the files can be written."""
        self.log_dir = os.fspath(log_dir)
        owner = "TensorBoard's"
        self.histogram_freq = check_count(f"{owner} histogram_freq", histogram_freq)
        self.write_graph = check_flag(f"{owner} write_graph", write_graph)
        self.write_images = check_flag(f"{owner} write_images", write_images)
        self.write_steps_per_second = check_flag(
            f"{owner} write_steps_per_second", write_steps_per_second
        )
        found = check_frequency(f"{owner} update_freq", update_freq, "epoch", "batch")
        self.update_freq = 1 if found == "batch" else found
        if profile_batch or embeddings_freq or embeddings_metadata:
            raise ArgumentError(
                "TensorBoard's profile_batch, embeddings_freq and embeddings_metadata "
                "have nothing to show here: leave them out"
            )
        self._writers: dict[str, Any] = {}
        self._start()
        _writer_class()

    def _start(self) -> None:
        self._batches = self._epoch_batches = 0
        self._trains = False
        self._since = self._batch_since = 0.0

    @property
    def watches_batches(self) -> bool:
        """Whether it writes between epochs, or counts batches."""
        return self.update_freq != "epoch" or self.write_steps_per_second

    # ---- training --------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Write the graph."""
        self._start()
        self._trains = True
        if self.write_graph:
            _write_graph(self._writer("train"), self.model.graph("compile"))

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Start the clock."""
        self._epoch_batches, self._since = 0, time.perf_counter()

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Start the clock."""
        self._batch_since = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Write the logs so far every so many batches."""
        self._batches += 1
        self._epoch_batches += 1
        every = self.update_freq
        if not isinstance(every, int) or self._batches % every:
            return
        found = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            passed = max(time.perf_counter() - self._batch_since, 1e-9)
            found["batch_steps_per_second"] = 1 / passed
        self._write("train", found, self._batches)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the logs, and the weights if it is time."""
        found = {} if logs is None else logs
        train = {f"epoch_{k}": v for k, v in found.items() if not _is_validation(k)}
        validation = {
            f"epoch_{k.removeprefix('val_')}": v
            for k, v in found.items()
            if _is_validation(k)
        }
        if self.write_steps_per_second:
            passed = max(time.perf_counter() - self._since, 1e-9)
            train["epoch_steps_per_second"] = self._epoch_batches / passed
        optimizer = self.model.optimizer
        if optimizer is not None:
            train.setdefault("epoch_learning_rate", float(optimizer.learning_rate))
        self._write("train", train, epoch)
        if validation:
            self._write("validation", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the files."""
        self._trains = False
        self._close()

    def get_state(self) -> dict[str, Any]:
        """Return how many batches there were."""
        return {"batches": self._batches}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on counting."""
        self._batches = state["batches"]

    # ---- evaluation ------------------------------------------------------------------

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Write the logs over the number of steps that the optimizer has taken."""
        optimizer = self.model.optimizer
        found = {
            f"evaluation_{name}_vs_iterations": value
            for name, value in (logs or {}).items()
        }
        self._write("validation", found, int(optimizer.iterations))
        if not self._trains:
            self._close()

    # ---- writing ---------------------------------------------------------------------

    def _writer(self, part: str) -> Any:
        if part not in self._writers:
            folder = Path(self.log_dir, part)
            self._writers[part] = _writer_class()(logdir=str(folder))
        return self._writers[part]

    def _write(self, part: str, logs: Logs, step: int) -> None:
        writer = self._writer(part)
        for name, value in logs.items():
            for place, number in enumerate(np.ravel(value).tolist()):
                tag = f"{name}/{place}" if np.ndim(value) else name
                writer.add_scalar(tag, number, step)
        writer.flush()

    def _write_weights(self, epoch: int) -> None:
        writer = self._writer("train")
        for weight in self.model.weights:
            value = weight.numpy()
            writer.add_histogram(f"{weight.name}/histogram", value, epoch)
            if self.write_images and value.ndim in (1, 2):
                picture = _as_picture(value)
                writer.add_image(
                    f"{weight.name}/image", picture, epoch, dataformats="HW"
                )
        writer.flush()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


def _is_validation(name: str) -> bool:
    return name.startswith("val_")


def _writer_class() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(_MISSING) from error
    return SummaryWriter


# Grey from 0 to 1, the smallest weight black.
def _as_picture(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    rows = np.atleast_2d(value).astype(float)
    low, high = rows.min(), rows.max()
    return (rows - low) / (high - low) if high > low else np.zeros_like(rows)


def _write_graph(writer: Any, graph: gg.Graph) -> None:
    paths = {node.name: _path(node) for node in graph.nodes}
    nodes = [
        _message("node_def", "NodeDef")(
            name=paths[node.name],
            op=type(node.op).__name__,
            input=[paths[each.name] for each in node.inputs],
        )
        for node in graph.nodes
    ]
    version = _message("versions", "VersionDef")(producer=22)
    whole = _message("graph", "GraphDef")(node=nodes, versions=version)
    event = _message("event", "Event")(graph_def=whole.SerializeToString())
    writer.file_writer.add_event(event)


# What protobuf generates is known to no type checker.
def _message(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"tensorboardX.proto.{module}_pb2"), name)


# TensorBoard folds by the parts of a path: the layer or loss, then the phase.
def _path(node: gg.Node) -> str:
    if not node.inputs:
        return node.name
    return "/".join(filter(None, (node.place.scope, node.place.phase, node.name)))
