"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from pathlib import Path
from typing import IO

__all__ = ["remove_leftovers", "write_whole"]


def write_whole(path: str, content: bytes) -> None:
    """Write a file, so that at every moment ``path`` is the old one or the new one.

    The new file is written beside the old one, flushed to the disk, and then takes its
    name. Whatever interrupts that, the old file stays, and nothing else does; what a
    process leaves that is killed meanwhile, the next one to write the file removes.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_whole(str(folder / "note"), b"whole")
    >>> [(each.name, each.read_bytes()) for each in folder.iterdir()]
    [('note', b'whole')]
    """
    # A link stays a link: what it leads to is replaced.
    target = Path(os.path.realpath(path))
    try:
        remove_leftovers(target)
        while not _replaced(target, content):
            pass
    except OSError as error:
        # The user knows the file by its own name.
        raise OSError(error.errno, error.strerror, path) from error
    _flush_folder(target.parent)


def remove_leftovers(path: Path) -> None:
    """Remove what processes that were killed while they wrote a file left beside it.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / ".note.0123456789abcdef.tmp").touch()
    >>> remove_leftovers(folder / "note")
    >>> list(folder.iterdir())
    []
    """
    left = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.tmp")
    with contextlib.suppress(OSError), os.scandir(path.parent) as found:
        for each in found:
            if left.fullmatch(each.name) and each.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError), Path(each.path).open("rb") as file:
                    # Who is still writing it has claimed it.
                    if _claim(file, wait=False):
                        Path(each.path).unlink()


# False says that somebody took it for left over, in the moment before it was claimed.
def _replaced(target: Path, content: bytes) -> bool:
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        with beside.open("xb") as file:
            _claim(file, wait=True)
            if not os.fstat(file.fileno()).st_nlink:
                return False
            _write(file, content)
            _keep_permissions(target, beside)
            if os.name == "nt":
                file.close()  # else it could not be renamed there
            beside.replace(target)
    except BaseException:
        _remove(beside)
        raise
    return True


# Until the file is closed, or the process ends. Some systems have no such claims: then
# nothing is taken for left over.
def _claim(file: IO[bytes], *, wait: bool) -> bool:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:
        return False
    try:
        flock(file, LOCK_EX if wait else LOCK_EX | LOCK_NB)
    except OSError:
        return False
    return True


def _write(file: IO[bytes], content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _keep_permissions(old: Path, new: Path) -> None:
    with contextlib.suppress(OSError):
        new.chmod(stat.S_IMODE(old.stat().st_mode))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


# Else a power failure may leave the folder as it was; where folders cannot be flushed,
# the system looks after that.
def _flush_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
