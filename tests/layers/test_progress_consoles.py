"""Progress in notebooks, odd consoles and logs, and between messages."""

from __future__ import annotations

import io
import sys
from types import ModuleType

import numpy as np
import pytest
from cases.progress import BAR, CODES, Clock, Terminal, run, visible

from graphgrad.layers import _console
from graphgrad.layers._progress import Progress, announce

# ---- a notebook ----------------------------------------------------------------------


class OutStream(io.StringIO):
    """A stream of ipykernel, which is no terminal."""


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> OutStream:
    """Return the stream of a cell."""
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    monkeypatch.setattr(OutStream, "__module__", "ipykernel.iostream")
    return OutStream()


def test_a_notebook_sees_the_bar_grow(
    notebook: OutStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a return goes back over a line of any length: nothing is cut off."""
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "dumb")
    clock = Clock()
    progress = Progress(0, 1, 2, 1, notebook, clock)
    run(progress, clock, [1.0, 2.0], lambda: {"a_rather_long_name": 0.5})
    progress.finish({"loss": 0.25})
    assert [
        f"1/2 {BAR} 1s 1s/step - a_rather_long_name: 0.5000",
        f"2/2 {BAR} 0s 1s/step - a_rather_long_name: 0.5000",
        f"2/2 {BAR} 2s 1s/step - loss: 0.2500",
    ] == [each.rstrip() for each in visible(notebook.getvalue())]


def test_another_stream_in_a_notebook_gets_the_last_line_alone(
    notebook: OutStream,
) -> None:
    """Such as a file that standard output was redirected to."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(0, 1, 1, 1, stream, clock)
    run(progress, clock, [1.0], dict)
    assert ("", "") == (stream.getvalue(), notebook.getvalue())


# ---- steps whose number is not known -------------------------------------------------


def test_steps_of_unknown_number_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a bar until the last of them, and without a time that is left."""
    monkeypatch.setenv("COLUMNS", "120")
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, None, 1, stream, clock)
    run(progress, clock, [2.0, 3.0, 4.0], lambda: {"loss": 0.5})
    clock.now = 9.0
    progress.finish({"loss": 0.25})
    assert [
        "1/Unknown 2s 2s/step - loss: 0.5000",
        "2/Unknown 3s 1s/step - loss: 0.5000",
        "3/Unknown 4s 1s/step - loss: 0.5000",
        f"3/3 {BAR} 9s 1s/step - loss: 0.2500",
    ] == [each.rstrip() for each in visible(stream.getvalue())]


@pytest.mark.parametrize(
    ("verbose", "line"), [(1, f"3/3 {BAR} 4s 1s/step\n"), (2, "3/3 - 4s - 1s/step\n")]
)
def test_a_file_learns_how_many_steps_there_were(verbose: int, line: str) -> None:
    """The time of a validation is none of the steps'."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(0, 1, None, verbose, stream, clock)
    run(progress, clock, [2.0, 3.0, 4.0])
    progress.finish({})
    assert line == stream.getvalue()


def test_no_step_at_all_is_no_error() -> None:
    """As with a generator that yields nothing."""
    stream = io.StringIO()
    Progress(0, 1, None, 1, stream, Clock()).finish({})
    assert f"0/0 {BAR} 0s 0s/step\n" == stream.getvalue().replace("  ", " ")


# ---- odd consoles and logs -----------------------------------------------------------


def test_a_very_narrow_terminal_has_a_shorter_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only while it is drawn over: the last line may wrap."""
    monkeypatch.setenv("COLUMNS", "16")
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 4, 1, stream, clock)
    run(progress, clock, [1.0, 2.0, 3.0], lambda: {"loss": 0.5})
    drawn = CODES.sub("", stream.getvalue()).split("\r")[1:]
    assert all(each.startswith(f"{i}/4 ━") for i, each in enumerate(drawn, 1))
    assert max(map(len, drawn)) < 16


@pytest.mark.parametrize(
    ("windows", "variables", "coloured"),
    [
        (False, {}, True),
        (False, {"NO_COLOR": "1"}, False),
        (True, {}, False),
        (True, {"WT_SESSION": "1"}, True),
        (True, {"WT_SESSION": "1", "NO_COLOR": ""}, False),
    ],
)
def test_colours_are_left_out_where_they_would_be_rubbish(
    windows: bool,
    variables: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The old console of Windows, and whoever sets NO_COLOR, get the bar alone."""
    for name in ("NO_COLOR", "WT_SESSION", "ANSICON", "TERM", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_console, "_WINDOWS", windows)
    stream = Terminal()
    Progress(0, 1, 1, 1, stream, Clock()).finish({})
    assert coloured == ("\x1b[" in stream.getvalue())
    assert stream.getvalue().startswith("\r")


def test_a_name_that_the_stream_cannot_write_does_not_end_the_training() -> None:
    """It has a ? instead."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Progress(0, 1, 1, 2, stream, Clock()).finish({"größe": 0.5})
    assert b"1/1 - 0s - 0s/step - gr??e: 0.5000\n" == raw.getvalue()


def test_several_numbers_are_written_in_brackets() -> None:
    """As of a metric that has one for each class."""
    stream = io.StringIO()
    Progress(0, 1, 1, 2, stream, Clock()).finish({"f1": np.array([0.5, 1.0])})
    assert "1/1 - 0s - 0s/step - f1: [0.5000, 1.0000]\n" == stream.getvalue()


def test_what_layers_have_is_not_shown() -> None:
    """There is one for each of them."""
    stream = io.StringIO()
    Progress(0, 1, 1, 2, stream, Clock()).finish({"loss": 1, "gradient_norm/a": 2.0})
    assert "1/1 - 0s - 0s/step - loss: 1.0000\n" == stream.getvalue()


# ---- messages of callbacks -----------------------------------------------------------


def test_a_message_takes_the_place_of_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which comes back under it: the message is not written behind the bar."""
    monkeypatch.setenv("COLUMNS", "120")
    stream, clock = Terminal(), Clock()
    monkeypatch.setattr(sys, "stdout", stream)
    progress = Progress(0, 1, 2, 1, clock=clock)
    run(progress, clock, [1.0, 2.0], dict)
    announce("Epoch 1: early stopping")
    progress.finish({})
    announce("Restored.")
    *_, blank, message, after = CODES.sub("", stream.getvalue()).split("\r")
    assert not blank.strip()
    assert "Epoch 1: early stopping\n" == message
    assert f"2/2 {BAR} 2s 1s/step\nRestored.\n" == after


def test_a_message_in_a_file_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without control codes or empty lines."""
    progress = Progress(0, 1, 1, 1, clock=Clock())
    progress.update(1, dict)
    announce("one")
    progress.finish({})
    assert f"one\n1/1 {BAR} 0s 0s/step\n" == capsys.readouterr().out


def test_a_bar_that_was_left_is_no_longer_in_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its line has ended."""
    stream, clock = Terminal(), Clock()
    monkeypatch.setattr(sys, "stdout", stream)
    progress = Progress(0, 1, 2, 1, clock=clock)
    run(progress, clock, [1.0], dict)
    progress.close()
    before = len(stream.getvalue())
    announce("done")
    assert "done\n" == stream.getvalue()[before:]


def test_a_message_without_a_console_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program started without one has no standard output."""
    monkeypatch.setattr("sys.stdout", None)
    announce("nobody hears it")
