"""Downloading a file of known size and hash, resumably, from any of several mirrors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TextIO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from graphgrad.datasets._errors import DatasetError, DownloadError
from graphgrad.datasets._lock import folder_lock
from graphgrad.datasets._part import Part
from graphgrad.datasets._progress import DownloadProgress

__all__ = ["fetch"]

_CHUNK = 1 << 16
# A connection that is cut costs one round, and the next goes on where it stopped.
_ROUNDS = 3


def fetch(
    urls: Sequence[str],
    destination: Path,
    sha256: str,
    size: int,
    *,
    progress: TextIO | None = None,
    timeout: float = 15.0,
) -> None:
    """Download ``destination`` from the first of ``urls`` that gives the right bytes.

    A file that is there already is left alone: only checked bytes ever get that name.
    Until then they are in ``destination`` with ``.part`` at its end, which a later call
    continues, from whichever mirror. ``progress`` is the stream that is told about it;
    a server that is silent for ``timeout`` seconds is given up.

    Raises `DownloadError` when no mirror gave the file or it could not be stored.
    """
    if _is_there(destination):
        return
    bar = DownloadProgress(progress, destination.name, size)
    folder = destination.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise DownloadError(f"{folder}: expected to make it, got {reason}") from error
    with folder_lock(folder, lambda: bar.note(f"waiting for a download into {folder}")):
        # Another process may have brought it while this one waited.
        if _is_there(destination):
            return
        unfinished = destination.with_name(f"{destination.name}.part")
        with Part(unfinished, size, sha256) as part:
            bar.start(str(folder), part.size)
            _complete(part, urls, bar, timeout)
            part.publish(destination)


def _is_there(destination: Path) -> bool:
    if destination.exists() and not destination.is_file():
        raise DownloadError(
            f"{destination}: expected a file or nothing there, got a folder or device: "
            "remove it, or give it another name"
        )
    return destination.exists()


def _complete(
    part: Part, urls: Sequence[str], bar: DownloadProgress, timeout: float
) -> None:
    """Go from mirror to mirror until the file is whole, or say why it is not."""
    failures: dict[str, str] = {}
    try:
        for url in [*urls] * _ROUNDS:
            if part.is_whole:
                break
            failures[url] = _try_mirror(url, part, bar, timeout)
    finally:
        bar.close()
    if not part.is_whole:
        raise _give_up(part, failures)


def _try_mirror(url: str, part: Part, bar: DownloadProgress, timeout: float) -> str:
    """Bring ``part`` as far as this mirror does; return why it is not whole, if so."""
    try:
        _continue_part(url, part, bar, timeout)
    except DatasetError:  # of the disk: another mirror would not help
        raise
    except HTTPError as error:
        error.close()
        return f"HTTP {error.code} {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return f"no answer within {timeout:g} s"
        return f"{reason}" or type(reason).__name__
    if part.size < part.expected_size:
        return f"the connection ended at {part.size:,} of {part.expected_size:,} bytes"
    if not part.is_whole:
        found = part.sha256
        part.restart()
        return f"expected SHA-256 {part.expected_sha256}, got {found}"
    return ""


def _continue_part(url: str, part: Part, bar: DownloadProgress, timeout: float) -> None:
    """Ask for the bytes that are missing and append what comes."""
    headers = {"User-Agent": "graphgrad", "Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
    if not url.startswith(("http://", "https://")):
        raise ValueError("expected a URL of http or https")
    request = Request(url, headers=headers)  # noqa: S310 (the scheme was checked)
    with urlopen(request, timeout=timeout) as response:  # noqa: S310
        _align(response, part)
        while chunk := response.read1(_CHUNK):
            if part.size + len(chunk) > part.expected_size:
                part.restart()
                expected = f"{part.expected_size:,} bytes"
                raise ConnectionError(f"expected {expected}, got more")
            part.append(chunk)
            bar.update(part.size)


def _align(response: HTTPResponse, part: Part) -> None:
    """See that the answer goes on where ``part`` ends, or start over with the whole."""
    begin = 0
    if response.status == 206:
        found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        begin = int(found[1]) if found else -1
        if begin != part.size:
            got = response.headers.get("Content-Range")
            raise ConnectionError(f"expected the bytes from {part.size:,}, got {got}")
    # Before a good part is thrown away: the login page of a hotel says 200 too.
    if response.length not in (None, part.expected_size - begin):
        expected = f"{part.expected_size - begin:,} bytes"
        raise ConnectionError(f"expected {expected}, got {response.length:,}")
    if not begin and part.size:
        part.restart()


def _give_up(part: Part, failures: dict[str, str]) -> DownloadError:
    """Say what each mirror answered, and what is kept."""
    lines = [f"{part.path.stem}: expected it from one of {len(failures)} mirrors, got"]
    lines += [f"  {url}: {reason}" for url, reason in failures.items()]
    if part.size:
        done = f"{part.size:,} of {part.expected_size:,} bytes"
        lines.append(f"{done} are kept in {part.path}; the next call goes on there")
    return DownloadError("\n".join(lines))
