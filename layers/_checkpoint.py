"""ModelCheckpoint: saves the model while it is trained, always or when it is better."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphgrad.layers._arguments import (
    ArgumentError,
    check_count,
    check_flag,
    check_number,
)
from graphgrad.layers._batch_clock import BatchClock
from graphgrad.layers._callback import Logs
from graphgrad.layers._counting import check_frequency
from graphgrad.layers._monitor import Monitor, MonitorError
from graphgrad.layers._names import nearest
from graphgrad.layers._progress import announce
from graphgrad.layers._safetensors_file import checked_path

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Monitor):
    """Saves the model at the end of each epoch, or every ``save_freq`` batches.

    ``filepath`` may name the epoch (from 1), the batch and logs, as in
    ``"{epoch:02d}-{val_loss:.2f}.safetensors"``; folders are made. With
    ``save_best_only`` the model is saved when ``monitor`` is better than at any time
    before, and than ``initial_value_threshold``; with ``save_weights_only`` the weights
    alone are saved.

    >>> import tempfile
    >>> import graphgrad as gg
    >>> class Net(gg.Sequential):
    ...     def save(self, path):
    ...         print("saved", path.rpartition("/")[2])
    >>> model = Net([gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     each = ModelCheckpoint(folder + "/{epoch:02d}.safetensors")
    ...     _ = model.fit([[1.0]], [1.0], epochs=2, verbose=0, callbacks=[each])
    saved 01.safetensors
    saved 02.safetensors
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        """Check the arguments."""
        super().__init__(monitor, mode)
        self.filepath = os.fspath(filepath)
        if not isinstance(self.filepath, str) or not self.filepath:
            raise ArgumentError(
                f"ModelCheckpoint's filepath is the name of a file, got {filepath!r}"
            )
        self._fields = _fields(self.filepath)
        self.verbose = check_count("ModelCheckpoint's verbose", verbose, flag=True)
        self.save_best_only = check_flag(
            "ModelCheckpoint's save_best_only", save_best_only
        )
        self.save_weights_only = check_flag(
            "ModelCheckpoint's save_weights_only", save_weights_only
        )
        self.save_freq = check_frequency(
            "ModelCheckpoint's save_freq", save_freq, "epoch"
        )
        if initial_value_threshold is not None:
            initial_value_threshold = check_number(
                "ModelCheckpoint's initial_value_threshold", initial_value_threshold
            )
        checked_path(self.filepath, "ModelCheckpoint")
        self.initial_value_threshold = initial_value_threshold
        self.best = initial_value_threshold
        self._clock = BatchClock(self.save_freq)
        self._epoch = 0

    @property
    def watches(self) -> bool:
        """Whether the log is needed: only to know what is best."""
        return self.save_best_only

    def set_model(self, model: Any) -> None:
        """Remember the model; what was the best of another says nothing of it."""
        if self.model is not None and model is not self.model:
            self.best = self.initial_value_threshold
        super().set_model(model)

    @property
    def watches_batches(self) -> bool:
        """Whether it saves between batches."""
        return self.save_freq != "epoch"

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise for a log that will not exist, be it watched or in the path."""
        by_batch = self.watches_batches
        if by_batch and self.watches and self.monitor.startswith("val_"):
            raise MonitorError(
                f"ModelCheckpoint monitors {self.monitor!r}, which there is only at "
                "the end of an epoch: use save_freq='epoch', or monitor="
                f"{self.monitor.removeprefix('val_')!r}"
            )
        super().check_fit(names)
        if names is not None:
            here = [name for name in names if not name.startswith("val_")]
            self._check_fields([*here, "batch"] if by_batch else names)
        if Path(self.filepath).is_dir():
            raise ArgumentError(
                f"ModelCheckpoint's filepath {self.filepath!r} is a folder, expected a "
                "file: add the file's name, as in '{epoch:02d}.safetensors'"
            )

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Save every so many batches, if that is wanted."""
        if self._clock.strikes(batch):
            self._save(self._epoch, batch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, unless that is done between batches."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def get_state(self) -> dict[str, Any]:
        """Return the best value, and how many batches ago it saved."""
        return {"best": self.best, "clock": self._clock.get_state()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Save again when it is better than that, or time."""
        self.best = state["best"]
        self._clock.set_state(state["clock"])

    # ---- saving ----------------------------------------------------------------------

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        path = self._path(epoch, batch, logs)
        if not self._is_due(epoch, logs, path):
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        self._say(epoch, f"finished saving model to {path}")

    def _is_due(self, epoch: int, logs: Logs, path: str) -> bool:
        if not self.save_best_only:
            self._say(epoch, f"saving model to {path}")
            return True
        value = self.value(logs)
        if value is None:
            self.warn_if_missing(logs)
            return False
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self.is_better(value, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self.best = value
        change = f"improved from {best} to {value:.5f}"
        self._say(epoch, f"{self.monitor} {change}, saving model to {path}")
        return True

    def _say(self, epoch: int, what: str) -> None:
        if self.verbose > 0:
            announce(f"Epoch {epoch + 1}: {what}")

    def _path(self, epoch: int, batch: int | None, logs: Logs) -> str:
        values: dict[str, Any] = {**logs, "epoch": epoch + 1}
        if batch is not None:
            values["batch"] = batch + 1
        self._check_fields(list(values))
        return self.filepath.format_map(values)

    def _check_fields(self, names: Sequence[str]) -> None:
        known = ["epoch", *[name for name in names if name != "epoch"]]
        for each in self._fields:
            if each not in known:
                near = [repr(name) for name in nearest(each, known)]
                meant = f"did you mean {' or '.join(near)}? " if near else ""
                raise ArgumentError(
                    f"ModelCheckpoint's filepath {self.filepath!r} names {each!r}, "
                    f"which is not known when it saves: {meant}"
                    f"Known are: {', '.join(known)}"
                )


# The names in braces.
def _fields(path: str) -> list[str]:
    try:
        parsed = list(string.Formatter().parse(path))
    except ValueError as error:
        raise ArgumentError(
            f"ModelCheckpoint's filepath {path!r} is no pattern: {error}; a brace that "
            "is meant as such is written twice"
        ) from error
    return [name for _, name, _, _ in parsed if name is not None]
