"""Small callbacks: write logs to a file, stop at NaN, call functions, swap averages."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphgrad.layers._arguments import ArgumentError, check_flag
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._callbacks import LossError
from graphgrad.layers._names import refuse_type, refuse_unknown
from graphgrad.layers._progress import announce
from graphgrad.layers._sites import note_loss
from graphgrad.layers._warning import warn

__all__ = ["CSVLogger", "LambdaCallback", "TerminateOnNaN"]


class CSVLogger(Callback):
    """Writes the logs of every epoch to a file, one line each as soon as there is one.

    The columns are the epoch, from 0, and the logs in alphabetical order; if the first
    epoch has none of a validation, there are columns for those, too. What an epoch does
    not have is ``NA``. With ``append`` lines are added to a file of an earlier
    training, under its columns.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     logger = CSVLogger(Path(folder, "training.csv"))
    ...     logger.on_train_begin()
    ...     logger.on_epoch_end(0, {"loss": 0.5})
    ...     Path(folder, "training.csv").read_text().split()
    ['epoch,loss,val_loss', '0,0.5,NA']
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        separator: str = ",",
        append: bool = False,
    ) -> None:
        """Check the arguments; the file is written when training begins."""
        if not isinstance(separator, str) or len(separator) != 1:
            raise ArgumentError(
                f"CSVLogger's separator must be one character, got {separator!r}"
            )
        self.filename = os.fspath(filename)
        self.separator = separator
        self.append = check_flag("CSVLogger's append", append)
        self.keys: list[str] | None = None
        self._mode = "a"
        self._ignored: set[str] = set()

    def check_fit(self, names: Sequence[str] | None) -> None:
        """Raise if a folder is where the file would be."""
        if Path(self.filename).is_dir():
            raise ArgumentError(
                f"CSVLogger's filename {self.filename!r} is a folder, expected a file: "
                "add the file's name, as in 'training.csv'"
            )

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Make the folder, and find the columns of a file to go on with."""
        self.keys = self._header() if self.append else None
        # Only the first line makes a new file: after a break the old one goes on.
        self._mode = "w" if self.keys is None else "a"
        Path(self.filename).parent.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line."""
        found = logs or {}
        if self.keys is None:
            self.keys = sorted(found)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys if "/" not in key]
            self._write(["epoch", *self.keys])
        self._write([epoch, *[_cell(found.get(key, "NA")) for key in self.keys]])
        self._warn_of_new(set(found) - set(self.keys))

    def get_state(self) -> dict[str, Any]:
        """Return the columns, and where the file ends."""
        path = Path(self.filename)
        return {"keys": self.keys, "size": path.stat().st_size if path.exists() else 0}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on after that: lines of an epoch that is to be run again are taken off."""
        path = Path(self.filename)
        if state["keys"] is not None and path.exists():
            self.keys, self._mode = list(state["keys"]), "a"
            os.truncate(path, min(state["size"], path.stat().st_size))

    def _warn_of_new(self, names: set[str]) -> None:
        if names - self._ignored:
            self._ignored |= names
            unknown = ", ".join(sorted(names))
            warn(
                f"{self.filename} has no column for {unknown}: its columns are those "
                "of its first epoch; write to a new file to have them all",
            )

    def _header(self) -> list[str] | None:
        path = Path(self.filename)
        if not path.exists():
            return None
        with path.open(encoding="utf-8", newline="") as file:
            first = next(csv.reader(file, delimiter=self.separator), None)
        return first[1:] if first else None

    # Nothing stays open: whatever ends the training, the file is whole.
    def _write(self, row: list[Any]) -> None:
        with Path(self.filename).open(self._mode, encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=self.separator).writerow(row)
        self._mode = "a"


def _cell(value: Any) -> Any:
    if isinstance(value, str) or not np.ndim(value):
        return value
    return f"[{', '.join(map(str, np.asarray(value).tolist()))}]"


class TerminateOnNaN(Callback):
    """Ends training after the batch that made the loss NaN or infinite.

    With ``raise_error`` it ends with an error, so that `fit` does not return. Unless
    ``on_nonfinite`` of `fit` is "ignore", the error's ``site`` is the operation that
    first was not finite, where `fit` can find it, and else the loss.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> stop = TerminateOnNaN()
    >>> stop.set_model(model)
    >>> stop.on_batch_end(3, {"loss": float("nan")})
    Batch 3: Invalid loss, terminating training
    >>> model.stop_training
    True
    """

    def __init__(self, raise_error: bool = False) -> None:
        """Check the argument."""
        self.raise_error = check_flag("TerminateOnNaN's raise_error", raise_error)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            error = LossError(
                f"the loss is {loss} after batch {batch}: the step was too large, or "
                "the numbers are; try a smaller learning_rate, and scale x to -1 to 1"
            )
            if self.model.loss is not None:
                note_loss(error, self.model, self.model.loss)
            raise error
        announce(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True


class LambdaCallback(Callback):
    """Calls functions at its hooks.

    Each is called as the method of that name of `Callback`: with the logs, or with the
    number of the epoch or batch and the logs. All hooks may be given.

    >>> told = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    >>> told.on_epoch_end(0, {"loss": 0.5})
    0 {'loss': 0.5}
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any] | None,
    ) -> None:
        """Check that they are functions, and that there are such hooks."""
        hooks = [name for name in vars(Callback) if name.startswith("on_")]
        unknown = [name for name in kwargs if name not in hooks]
        refuse_unknown("LambdaCallback", unknown, hooks)
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if function is None:
                continue
            if not callable(function):
                refuse_type(f"LambdaCallback's {name}", function, "a function")
            setattr(self, name, function)
