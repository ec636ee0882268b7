"""A terminal gets a bar, a pipe one line, and a program without a console nothing."""

from __future__ import annotations

import io

import pytest

from graphgrad.datasets._progress import DownloadProgress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def run(stream: io.StringIO | None, total: int = 5_000_000) -> None:
    """Report a download in 1,000 steps."""
    bar = DownloadProgress(stream, "file.gz", total)
    bar.start("folder", 0)
    for step in range(1, 1001):
        bar.update(total * step // 1000)
    bar.close()


@pytest.mark.parametrize("columns", [20, 60, 120])
def test_a_terminal_gets_a_bar_on_one_line(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is drawn over itself, never wraps, and ends its line when it is closed."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    run(stream)
    text = stream.getvalue()
    assert 1 == text.count("\n")
    assert text.endswith("\n")
    assert all(len(line) < columns for line in text.rstrip("\n").split("\r"))


def test_the_bar_shows_share_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line is an empty bar and the last a full one."""
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    run(stream)
    _, first, *_, last = stream.getvalue().split("\r")
    assert first.startswith(f"file.gz [{'.' * 16}]   0%  0.000 of 5.0 MB")
    assert last.startswith(f"file.gz [{'#' * 16}] 100%  5.0 of 5.0 MB")


def test_the_bar_is_drawn_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand steps within one second draw ten lines, and those of start and end."""
    clock = iter(range(10**6))
    monkeypatch.setattr("time.monotonic", lambda: next(clock) / 2000)
    stream = Terminal()
    run(stream)
    assert stream.getvalue().count("\r") <= 12


def test_a_pipe_gets_one_plain_line() -> None:
    """The line names file, size and folder."""
    stream = io.StringIO()
    run(stream)
    assert "downloading file.gz (5.0 MB) into folder\n" == stream.getvalue()


def test_without_a_stream_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A program without a console has no stderr at all."""
    run(None)
    DownloadProgress(None, "file.gz", 1).note("words")
    assert ("", "") == capsys.readouterr()


def test_an_empty_file_can_be_reported() -> None:
    """A total of zero divides nothing."""
    stream = Terminal()
    run(stream, total=0)
    assert "100%" in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_file_that_is_there_needs_no_words(stream: io.StringIO) -> None:
    """Nothing is written before `start`."""
    DownloadProgress(stream, "file.gz", 1).close()
    assert "" == stream.getvalue()
