"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str, content: bytes) -> None:
    """Write a file, so that at every moment ``path`` is the old one or the new one.

    The new file is written beside the old one, flushed to the disk, and then takes its
    name. Whatever interrupts that, the old file stays, and nothing else does.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_whole(str(folder / "note"), b"whole")
    >>> [(each.name, each.read_bytes()) for each in folder.iterdir()]
    [('note', b'whole')]
    """
    # A link stays a link: what it leads to is replaced.
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        _write(beside, content)
        _keep_permissions(target, beside)
        beside.replace(target)
    except OSError as error:
        _remove(beside)
        # The user knows the file by its own name.
        raise OSError(error.errno, error.strerror, path) from error
    except BaseException:
        _remove(beside)
        raise
    _flush_folder(target.parent)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
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
