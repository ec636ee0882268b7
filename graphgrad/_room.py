"""How much memory there is: what cannot fit is refused before any of it is taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from graphgrad._context import local
from graphgrad._errors import OutOfMemoryError

__all__ = ["allowance", "available_memory", "require_memory"]

# Less than this is not worth a look at the system, which takes as long as a step.
SMALL = 1 << 26

_MEMINFO = Path("/proc/meminfo")
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


class _Allowed(local):
    left: int | None = None


_ALLOWED = _Allowed()


@contextlib.contextmanager
def allowance(nbytes: int) -> Iterator[None]:
    """Let all that is asked for in the block need so many bytes together: files lie.

    What a block within asks for counts here, too.

    >>> with allowance(1000):
    ...     require_memory(600, "a table")
    ...     require_memory(600, "another one")
    Traceback (most recent call last):
    ...
    graphgrad._errors.OutOfMemoryError: another one needs 600 bytes (600 bytes), and \
400 are left of those that were allowed
    """
    if nbytes < 0:
        raise ValueError(f"allowance takes at least 0 bytes, got {nbytes}")
    before = _ALLOWED.left
    start = _ALLOWED.left = nbytes if before is None else min(nbytes, before)
    try:
        yield
    finally:
        used = start - _ALLOWED.left
        _ALLOWED.left = None if before is None else before - used


def require_memory(nbytes: int, what: str) -> None:
    """Raise an `OutOfMemoryError` if ``what`` needs more bytes than are available.

    Systems promise more memory than they have, and end a process that comes to use it.
    Where nothing is known of the system, or it is little memory, nothing is raised.

    >>> try:
    ...     require_memory(10**18, "the weight 'dense/kernel'")
    ... except MemoryError as error:
    ...     print(str(error)[:72])
    the weight 'dense/kernel' needs 1,000,000,000,000,000,000 bytes (888 PiB
    """
    nbytes = max(nbytes, 0)  # of sizes below 0: that gives nothing back
    if _ALLOWED.left is not None:
        if nbytes > _ALLOWED.left:
            error = OutOfMemoryError(
                f"{what} needs {nbytes:,} bytes ({_rounded(nbytes)}), and "
                f"{_ALLOWED.left:,} are left of those that were allowed"
            )
            error.over_allowance = True
            raise error
        _ALLOWED.left -= nbytes
    if nbytes < SMALL:
        return
    available = available_memory()
    if available is not None and nbytes > available:
        raise OutOfMemoryError(
            f"{what} needs {nbytes:,} bytes ({_rounded(nbytes)}), and "
            f"{available:,} ({_rounded(available)}) are available: check the sizes "
            "that were asked for, or make them smaller"
        )


def available_memory() -> int | None:
    """Return the bytes that this process can get; None where the system does not tell.

    >>> available = available_memory()
    >>> available is None or available > 0
    True
    """
    known = [*_free(), *_allowed()]
    return max(1, min(known)) if known else None


# What Linux could give without ending any process, and what other systems have at all.
def _free() -> list[int]:
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
        found = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines}
        if "MemAvailable" in found:
            return [found["MemAvailable"] + found.get("SwapFree", 0)]
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        from os import sysconf

        return [sysconf("SC_PAGE_SIZE") * sysconf("SC_PHYS_PAGES")]
    return []


# The limits of the container and of the process, if any.
def _allowed() -> list[int]:
    known = []
    with contextlib.suppress(OSError, ValueError):
        known.append(int(_CONTAINER.read_text(encoding="ascii")))
    with contextlib.suppress(ImportError, AttributeError):
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit

        limit = getrlimit(RLIMIT_AS)[0]
        if limit != RLIM_INFINITY:
            known.append(limit)
    return known


def _rounded(nbytes: int) -> str:
    size, units = float(nbytes), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        del units[0]
    return f"{size:,.0f} {units[0]}" if size >= 10 else f"{size:.1f} {units[0]}"
