"""BackupAndRestore: goes on with a training that was interrupted."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from graphgrad.layers._arguments import ArgumentError, check_flag
from graphgrad.layers._atomic import remove_leftovers
from graphgrad.layers._batch_clock import BatchClock
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._counting import check_frequency
from graphgrad.layers._text import unique_name
from graphgrad.layers._warning import warn

__all__ = ["BackupAndRestore"]


class BackupAndRestore(Callback):
    """Saves the whole state of the training, and goes on from there after a break.

    After an interruption run the same program again: it restores weights, optimizer and
    random state, what the other callbacks and the history remember, and goes on after
    the last epoch, or the last batch if ``save_freq`` is a number of batches, that was
    saved. It then computes what it would have computed without a break. It is told
    after all other callbacks, wherever it stands among them.

    With ``double_checkpoint`` the state before the last is kept too, for a file that
    cannot be read. With ``delete_checkpoint`` the files are deleted when training has
    come to its end; nothing else in ``backup_dir`` is touched.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> backup = BackupAndRestore(folder, save_freq=100)
    >>> backup.path.name
    'latest.safetensors'
    """

    place = 2

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: int | str = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        """Check the arguments; the folder is made when there is something to save."""
        self.backup_dir = os.fspath(backup_dir)
        if not isinstance(self.backup_dir, str) or not self.backup_dir:
            raise ArgumentError(
                f"BackupAndRestore's backup_dir is a folder, got {backup_dir!r}"
            )
        self.save_freq = check_frequency(
            "BackupAndRestore's save_freq", save_freq, "epoch"
        )
        self.double_checkpoint = check_flag(
            "BackupAndRestore's double_checkpoint", double_checkpoint
        )
        self.delete_checkpoint = check_flag(
            "BackupAndRestore's delete_checkpoint", delete_checkpoint
        )
        folder = Path(self.backup_dir)
        self.path = folder / "latest.safetensors"
        self._before = folder / "previous.safetensors"
        self._clock = BatchClock(self.save_freq)
        self._epoch = 0

    @property
    def watches_batches(self) -> bool:
        """Whether it saves between batches."""
        return self.save_freq != "epoch"

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Restore the state that was saved last, if there is one."""
        self._epoch = 0
        self._clock = BatchClock(self.save_freq)
        found = self._restored()
        if found is not None:
            self._epoch, batch = int(found["epoch"]), int(found["batch"])
            self.model.resume_at = (self._epoch, batch)
            states = found.get("callbacks", {})
            for name, each in self._named_others().items():
                if states.get(name):
                    each.set_state(states[name])

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Save every so many batches, if that is wanted."""
        if self._clock.strikes(batch):
            self._save(batch + 1)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, unless that is done between batches."""
        self._epoch = epoch + 1
        if self.save_freq == "epoch":
            self._save(0)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete the files if training came to its end; else they are needed."""
        planned = self.params.get("epochs", self._epoch)
        ended = self._epoch >= planned or self.model.stop_training
        if self.delete_checkpoint and ended:
            for path in (self.path, self._before):
                path.unlink(missing_ok=True)
            remove_leftovers(self.path)
            with suppress(OSError):  # there are files of others in it
                Path(self.backup_dir).rmdir()

    # ---- files -----------------------------------------------------------------------

    def _restored(self) -> dict[str, Any] | None:
        if self.path.exists() and not self._before.exists():
            return self._restore(self.path)
        if self.path.exists():
            try:
                return self._restore(self.path)
            except (OSError, ValueError) as error:
                warn(
                    f"the last backup cannot be restored, the one before is: {error}",
                    RuntimeWarning,
                )
        if not self._before.exists():
            return None
        extra = self._restore(self._before)
        self._before.replace(self.path)
        return extra

    def _restore(self, path: Path) -> dict[str, Any]:
        # Saving knows models, and models know callbacks: so it is imported late.
        from graphgrad.layers._saving import restore_training

        return restore_training(self.model, str(path))

    # A file is written whole or not at all; so there is always one, the last or the one
    # before.
    def _save(self, batch: int) -> None:
        Path(self.backup_dir).mkdir(parents=True, exist_ok=True)
        if self.double_checkpoint and self.path.exists():
            self.path.replace(self._before)
        states = {name: each.get_state() for name, each in self._named_others().items()}
        where = {"epoch": self._epoch, "batch": batch, "callbacks": states}
        from graphgrad.layers._saving import save_model

        save_model(self.model, str(self.path), extra=where)

    # By class, and by number if there are several of one.
    def _named_others(self) -> dict[str, Callback]:
        named: dict[str, Callback] = {}
        for each in self.others:
            named[unique_name(type(each).__name__, named)] = each
        return named
