"""The bytes of a download that are here so far, on disk and in a running SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import final

from graphgrad.datasets._errors import DownloadError

__all__ = ["Part"]

_CHUNK = 1 << 16


@final
class Part:
    """An unfinished file: appended to, continued after a crash, published when whole.

    Errors of the disk are raised as `DownloadError`, apart from those of the network.
    """

    def __init__(self, path: Path, size: int, sha256: str) -> None:
        """Take up what an earlier call left at ``path``."""
        self.path, self.expected_size, self.expected_sha256 = path, size, sha256
        self.size = 0
        self._hash = hashlib.sha256()
        with _disk_errors(path):
            # Unbuffered: a full disk shows at the write, not when the file is closed.
            self._file = path.open("a+b", buffering=0)
        try:
            self._take_up()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Part:
        """Return the part itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file and keep it for the next try, unless it is empty."""
        self._file.close()
        if not self.size:
            self.path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes that are here, in hexadecimal."""
        return self._hash.hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether these are the bytes that were asked for."""
        return self.size == self.expected_size and self.sha256 == self.expected_sha256

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        rest = memoryview(chunk)
        with _disk_errors(self.path):
            while rest:
                rest = rest[self._file.write(rest) :]
        self._count(chunk)

    def restart(self) -> None:
        """Throw away the bytes that are here."""
        with _disk_errors(self.path):
            self._file.truncate(0)
        self.size, self._hash = 0, hashlib.sha256()

    def publish(self, destination: Path) -> None:
        """Give the whole file its name, in one step and safe from a power cut."""
        with _disk_errors(destination):
            os.fsync(self._file.fileno())
            self._file.close()
            self.path.replace(destination)

    def _take_up(self) -> None:
        with _disk_errors(self.path):
            self._file.seek(0)
            # One that is longer is none of ours, and may have no end.
            while self.size <= self.expected_size:
                if not (chunk := self._file.read(_CHUNK)):
                    break
                self._count(chunk)
        if self.size >= self.expected_size and not self.is_whole:
            self.restart()

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Turn an error of the disk into one that says where and why."""
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"{path}: expected room and permission to write it, got "
            f"{error.strerror or error}"
        ) from error
