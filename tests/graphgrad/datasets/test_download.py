"""A download ends with the right bytes under the right name, or with a clear error."""

from __future__ import annotations

import errno
import functools
import hashlib
import io
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphgrad.datasets import DatasetError
from graphgrad.datasets._download import fetch
from graphgrad.datasets._errors import DownloadError
from graphgrad.datasets._lock import folder_lock

CONTENT = bytes(range(256)) * 1024
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Mirror(ThreadingHTTPServer):
    """A server that does what it is told: one action per request, then ``whole``."""

    daemon_threads = False

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.actions: list[str] = []
        self.ranges: list[str | None] = []
        self.closing = threading.Event()

    def reset(self, *actions: str) -> None:
        """Set the actions of the next requests, and forget the earlier ones."""
        self.actions, self.ranges = list(actions), []

    @property
    def url(self) -> str:
        """The address of the file."""
        return f"http://127.0.0.1:{self.server_address[1]}/file.gz"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up."""


class Handler(BaseHTTPRequestHandler):
    """Gives `CONTENT`, more or less."""

    @property
    def mirror(self) -> Mirror:
        """The server, which has the actions."""
        assert isinstance(self.server, Mirror)
        return self.server

    def do_GET(self) -> None:
        """Do the next action."""
        wanted = self.headers.get("Range")
        self.mirror.ranges.append(wanted)
        action = self.mirror.actions.pop(0) if self.mirror.actions else "whole"
        name, _, number = action.partition(" ")
        begin = int(wanted[6:-1]) if wanted else 0
        if name == "stall":
            self.mirror.closing.wait()
        elif name == "status":
            self.send_error(int(number))
        elif name == "cut":
            self.give(CONTENT, begin, sent=int(number))
        elif name == "ignore-range":
            self.give(CONTENT, 0)
        elif name == "wrong":
            self.give(bytes(len(CONTENT)), begin)
        elif name == "login-page":
            self.give(b"<html>please pay</html>", 0)
        elif name == "endless":
            self.give(CONTENT * 2, 0, has_length=False)
        elif name == "wrong-range":
            self.give(CONTENT, begin, claimed=begin + 1)
        else:
            self.give(CONTENT, begin)

    def give(
        self,
        content: bytes,
        begin: int,
        *,
        sent: int | None = None,
        claimed: int | None = None,
        has_length: bool = True,
    ) -> None:
        """Send ``content`` from ``begin``, but hang up after ``sent`` bytes."""
        self.send_response(206 if begin else 200)
        if begin:
            first = begin if claimed is None else claimed
            whole = f"{first}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", f"bytes {whole}")
        if has_length:
            self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin:][:sent])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
        """Keep the log out of the tests' output."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Serve from this machine, past any proxy."""
    monkeypatch.setenv("no_proxy", "*")
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


def download(url: str, folder: Path, *more: str, **options: Any) -> Path:
    """Fetch the file into ``folder``."""
    path = folder / "sub" / "file.gz"
    fetch([url, *more], path, SHA256, len(CONTENT), **options)
    return path


def leave_part(folder: Path, content: bytes) -> Path:
    """Leave what a killed process would."""
    path = folder / "sub" / "file.gz.part"
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def test_the_file_arrives_and_nothing_else(mirror: Mirror, tmp_path: Path) -> None:
    """The right bytes stand under the name, and no unfinished file beside it."""
    path = download(mirror.url, tmp_path)
    assert CONTENT == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_a_file_that_is_there_is_not_asked_for(mirror: Mirror, tmp_path: Path) -> None:
    """The second call makes no request and says nothing."""
    download(mirror.url, tmp_path)
    mirror.reset()
    stream = io.StringIO()
    assert CONTENT == download(mirror.url, tmp_path, progress=stream).read_bytes()
    assert [] == mirror.ranges
    assert "" == stream.getvalue()


def test_a_cut_connection_is_continued(mirror: Mirror, tmp_path: Path) -> None:
    """Only what is missing is asked for again, from whichever mirror is next."""
    mirror.reset("cut 1000", "cut 70000")
    assert CONTENT == download(mirror.url, tmp_path, mirror.url + "?2").read_bytes()
    assert [None, "bytes=1000-", "bytes=71000-"] == mirror.ranges


def test_a_killed_download_is_continued(mirror: Mirror, tmp_path: Path) -> None:
    """What an earlier process left is taken up by the next."""
    leave_part(tmp_path, CONTENT[:5000])
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert ["bytes=5000-"] == mirror.ranges


def test_a_download_killed_before_its_renaming_needs_no_server(
    mirror: Mirror, tmp_path: Path
) -> None:
    """All bytes were here already."""
    leave_part(tmp_path, CONTENT)
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert [] == mirror.ranges


@pytest.mark.parametrize("rubbish", [bytes(len(CONTENT)), bytes(len(CONTENT) + 1)])
def test_rubbish_of_full_size_is_thrown_away(
    rubbish: bytes, mirror: Mirror, tmp_path: Path
) -> None:
    """An unfinished file that cannot become the right one is started anew."""
    leave_part(tmp_path, rubbish)
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert [None] == mirror.ranges


def test_a_part_with_a_wrong_beginning_is_replaced(
    mirror: Mirror, tmp_path: Path
) -> None:
    """The hash reveals it when the rest has come, and the whole is asked for."""
    leave_part(tmp_path, bytes(5000))
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert ["bytes=5000-", None] == mirror.ranges


def test_a_server_that_ignores_ranges_starts_over(
    mirror: Mirror, tmp_path: Path
) -> None:
    """The whole file replaces what was here."""
    leave_part(tmp_path, CONTENT[:5000])
    mirror.reset("ignore-range")
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert ["bytes=5000-"] == mirror.ranges


@pytest.mark.parametrize("action", ["login-page", "wrong-range", "status 503", "stall"])
def test_a_bad_answer_costs_nothing_that_was_here(
    action: str, mirror: Mirror, tmp_path: Path
) -> None:
    """The next request goes on where the good bytes ended."""
    leave_part(tmp_path, CONTENT[:5000])
    mirror.reset(action)
    timeout = 0.5 if action == "stall" else 15.0
    path = download(mirror.url, tmp_path, timeout=timeout)
    assert CONTENT == path.read_bytes()
    assert ["bytes=5000-", "bytes=5000-"] == mirror.ranges


def test_the_next_mirror_is_asked_after_a_404(mirror: Mirror, tmp_path: Path) -> None:
    """One good mirror is enough."""
    mirror.reset("status 404", "whole")
    assert CONTENT == download(mirror.url, tmp_path, mirror.url).read_bytes()


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("status 404", "HTTP 404 Not Found"),
        ("wrong", f"expected SHA-256 {SHA256}, got "),
        ("stall", "no answer within 0.05 s"),
        ("login-page", "expected 262,144 bytes, got 23"),
        ("endless", "expected 262,144 bytes, got more"),
    ],
)
def test_the_error_says_what_each_mirror_answered(
    action: str, said: str, mirror: Mirror, tmp_path: Path
) -> None:
    """No file is left, finished or not, and the message has address and reason."""
    mirror.reset(*[action] * 6)
    with pytest.raises(DownloadError) as caught:
        download(mirror.url, tmp_path, mirror.url + "?2", timeout=0.05)
    for url in (mirror.url, mirror.url + "?2"):
        assert f"{url}: {said}" in str(caught.value)
    assert [] == list((tmp_path / "sub").iterdir())
    assert 6 == len(mirror.ranges)


def test_the_error_says_what_is_kept(mirror: Mirror, tmp_path: Path) -> None:
    """After too many cuts the bytes stay for the next call, which uses them."""
    mirror.reset(*["cut 100"] * 3)
    with pytest.raises(DownloadError, match=r"300 of 262,144 bytes are kept in"):
        download(mirror.url, tmp_path)
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert "bytes=300-" == mirror.ranges[-1]


def test_nobody_listens(mirror: Mirror, tmp_path: Path) -> None:
    """A refused connection is an `OSError` as well as a `DatasetError`."""
    with Mirror() as closed:
        url = closed.url
    for kind in (DatasetError, OSError, ValueError):
        with pytest.raises(kind, match=r"(?i)refused"):
            download(url, tmp_path)
    assert CONTENT == download(url, tmp_path, mirror.url).read_bytes()


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://127.0.0.1/x", "http://[x"])
def test_only_urls_of_the_web_are_opened(url: str, tmp_path: Path) -> None:
    """Local files and broken addresses are refused."""
    with pytest.raises(DownloadError, match="mirrors, got"):
        download(url, tmp_path)


ANSWERS = ["whole", "ignore-range", "wrong", "login-page", "endless", "wrong-range"]
STATUSES = ["status 404", "status 416", "status 500"]
CUTS = st.integers(0, len(CONTENT)).map("cut {}".format)
ACTIONS = st.sampled_from([*ANSWERS, *STATUSES]) | CUTS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(actions=st.lists(ACTIONS, max_size=6), left=st.binary(max_size=9) | st.none())
def test_the_name_stands_for_the_right_bytes(
    mirror: Mirror, actions: list[str], left: bytes | None
) -> None:
    """Whatever servers do and earlier calls left: the right file, or an error."""
    mirror.reset(*actions)
    with tempfile.TemporaryDirectory() as folder:
        if left is not None:
            leave_part(Path(folder), left)
        path = Path(folder, "sub", "file.gz")
        try:
            download(mirror.url, Path(folder), mirror.url)
        except DownloadError:
            assert not path.exists()
            mirror.reset()
            download(mirror.url, Path(folder))
        assert CONTENT == path.read_bytes()


class FullDisk(io.BytesIO):
    """A file on a disk without room."""

    def write(self, data: object) -> int:
        """Fail as a full disk does."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_no_fault_of_the_mirror(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said at once, with the file's name, and no other mirror is tried."""
    monkeypatch.setattr(Path, "open", lambda *_, **__: FullDisk())
    with pytest.raises(DownloadError, match=r"file\.gz\.part: .* No space left"):
        download(mirror.url, tmp_path, mirror.url)
    assert 1 == len(mirror.ranges)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "sub").write_text("in the way", encoding="utf-8")
    with pytest.raises(DownloadError, match=r"sub: expected to make it"):
        download("http://127.0.0.1/", tmp_path)


def test_a_pipe_gets_one_line_per_file(mirror: Mirror, tmp_path: Path) -> None:
    """The line names file, size and folder, however often the connection is cut."""
    stream = io.StringIO()
    mirror.reset("cut 1000", "cut 2000")
    download(mirror.url, tmp_path, progress=stream)
    folder = tmp_path / "sub"
    assert f"downloading file.gz (0.3 MB) into {folder}\n" == stream.getvalue()


def test_a_pipe_is_told_what_is_here_already(mirror: Mirror, tmp_path: Path) -> None:
    """A continued download says so."""
    stream = io.StringIO()
    leave_part(tmp_path, CONTENT[:5000])
    download(mirror.url, tmp_path, progress=stream)
    assert "(0.3 MB, 0.005 of it here already)" in stream.getvalue()


class Interrupting(io.StringIO):
    """A terminal at which somebody presses Ctrl-C when the bar is complete."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True

    def write(self, text: str) -> int:
        """Interrupt once all bytes are here."""
        if "100%" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_an_interrupted_download_is_continued(mirror: Mirror, tmp_path: Path) -> None:
    """Ctrl-C leaves the bytes that came, and the next call needs no more."""
    with pytest.raises(KeyboardInterrupt):
        download(mirror.url, tmp_path, progress=Interrupting())
    mirror.reset()
    assert CONTENT == download(mirror.url, tmp_path).read_bytes()
    assert [] == mirror.ranges


class Listening(io.StringIO):
    """A stream that tells another thread when something is written."""

    def __init__(self) -> None:
        """Nothing was written yet."""
        super().__init__()
        self.written = threading.Event()

    def write(self, text: str) -> int:
        """Write, and tell."""
        count = super().write(text)
        self.written.set()
        return count


def test_two_downloads_at_once_make_one_request(mirror: Mirror, tmp_path: Path) -> None:
    """The second waits, says so, and finds the file that the first brought."""
    stream = Listening()
    (tmp_path / "sub").mkdir()
    work = functools.partial(download, mirror.url, tmp_path, progress=stream)
    second = threading.Thread(target=work)
    with folder_lock(tmp_path / "sub", on_wait=lambda: None):
        second.start()
        assert stream.written.wait(10)
        (tmp_path / "sub" / "file.gz").write_bytes(CONTENT)
    second.join()
    assert f"waiting for a download into {tmp_path / 'sub'}\n" == stream.getvalue()
    assert [] == mirror.ranges
