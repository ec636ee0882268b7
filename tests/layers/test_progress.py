"""The line about an epoch is Keras', drawn where it can be drawn over."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from cases.progress import BAR, CODES, Clock, Terminal, never, run, visible

from graphgrad.layers._progress import Progress, check_verbose

# ---- a file or a pipe ----------------------------------------------------------------


def test_a_file_gets_the_last_line_alone() -> None:
    """The text is that of Keras, without control codes; the first step is not timed."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(0, 1, 7, 1, stream, clock)
    run(progress, clock, [1.9 + 0.007 * i for i in range(7)])
    assert "" == stream.getvalue()
    clock.now = 2.0
    progress.finish({"accuracy": 0.51, "loss": 0.7353})
    expected = f"7/7 {BAR} 2s 7ms/step - accuracy: 0.5100 - loss: 0.7353\n"
    assert expected == stream.getvalue()


def test_two_is_a_line_without_a_bar() -> None:
    """With the number of the epoch before it if there are several."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(0, 2, 7, 2, stream, clock)
    run(progress, clock, [0.1 + 0.011 * i for i in range(7)])
    progress.finish({"accuracy": 0.735, "loss": 0.6361})
    expected = "Epoch 1/2\n7/7 - 0s - 11ms/step - accuracy: 0.7350 - loss: 0.6361\n"
    assert expected == stream.getvalue()


def test_zero_is_silent() -> None:
    """Neither logs nor clock are asked."""
    stream = io.StringIO()
    progress = Progress(0, 2, 7, 0, stream, Clock())
    run(progress, Clock(), [1.0] * 7)
    progress.finish({})
    progress.close()
    assert "" == stream.getvalue()


def test_without_a_console_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program started without one has no standard output."""
    monkeypatch.setattr("sys.stdout", None)
    progress = Progress(0, 2, 1, 1)
    progress.update(1, never)
    progress.finish({"loss": 1.0})


def test_standard_output_is_looked_up_late(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has redirected it gets the line."""
    progress = Progress(2, 5, 1, 1, clock=Clock())
    progress.finish({"loss": 0.5})
    assert (
        f"Epoch 3/5\n1/1 {BAR} 0s 0s/step - loss: 0.5000\n" == capsys.readouterr().out
    )


def test_a_stream_that_cannot_write_the_bar_gets_another() -> None:
    """An old code page is no reason to fail."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Progress(0, 1, 1, 1, stream, Clock()).finish({})
    assert raw.getvalue().startswith(b"1/1 " + b"=" * 20)


# ---- a terminal ----------------------------------------------------------------------


def test_a_terminal_sees_the_bar_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drawing covers the one before; the last has its own line."""
    monkeypatch.setenv("COLUMNS", "120")
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 4, 1, stream, clock)
    run(progress, clock, [1.0, 2.0, 3.0, 4.0], lambda: {"loss": 0.5})
    progress.finish({"loss": 0.25, "val_loss": 0.75})
    assert [
        f"1/4 {BAR} 3s 1s/step - loss: 0.5000",
        f"2/4 {BAR} 2s 1s/step - loss: 0.5000",
        f"3/4 {BAR} 1s 1s/step - loss: 0.5000",
        f"4/4 {BAR} 0s 1s/step - loss: 0.5000",
        f"4/4 {BAR} 4s 1s/step - loss: 0.2500 - val_loss: 0.7500",
    ] == visible(stream.getvalue())
    full = [
        re.search("\x1b\\[32m(━*)", part) for part in stream.getvalue().split("\r")[1:]
    ]
    assert [5, 10, 15, 20, 20] == [len(found[1]) for found in full if found]


def test_a_terminal_is_drawn_on_ten_times_a_second() -> None:
    """Logs are made only for what is drawn: 2,000 steps a second cost nothing."""
    stream, clock, asked = Terminal(), Clock(), []

    def logs() -> dict[str, float]:
        asked.append(clock.now)
        return {}

    progress = Progress(0, 1, 4000, 1, stream, clock)
    run(progress, clock, [i / 2000 for i in range(1, 4001)], logs)
    assert 19 <= len(asked) <= 21
    assert all(b - a >= 0.1 for a, b in pairwise(asked))


@pytest.mark.parametrize("columns", [30, 50, 200])
def test_a_drawing_never_wraps(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is cut off, so that a return gets back to its start."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 9, 1, stream, clock)
    logs = {f"metric_{i}": 0.5 for i in range(3)}
    run(progress, clock, [float(i) for i in range(1, 9)], lambda: logs)
    drawn = CODES.sub("", stream.getvalue()).split("\r")
    assert max(len(part) for part in drawn) < columns


def test_a_shorter_line_leaves_nothing_behind() -> None:
    """The rest of a longer one is covered with spaces."""
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 2, 1, stream, clock)
    run(progress, clock, [1.0], lambda: {"a_long_name": 0.5})
    progress.finish({})
    _, longer, shorter = CODES.sub("", stream.getvalue()).split("\r")
    assert len(longer) == len(shorter.rstrip("\n"))


def test_a_bar_that_is_left_ends_its_line() -> None:
    """What is printed next starts on a line of its own."""
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 2, 1, stream, clock)
    run(progress, clock, [1.0], dict)
    progress.close()
    progress.close()
    assert 1 == stream.getvalue().count("\n")
    assert stream.getvalue().endswith("\n")


def test_a_dumb_terminal_gets_no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is treated as a file."""
    monkeypatch.setenv("TERM", "dumb")
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 2, 1, stream, clock)
    run(progress, clock, [1.0, 2.0])
    progress.finish({})
    assert f"2/2 {BAR} 2s 1s/step\n" == stream.getvalue()


# ---- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.51, "0.5100"),
        (-2.0, "-2.0000"),
        (0.001, "1.0000e-03"),
        (0.00101, "0.0010"),
        (0.0, "0.0000e+00"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_written_as_in_keras(value: float, text: str) -> None:
    """Four digits; small ones with an exponent."""
    stream = io.StringIO()
    Progress(0, 1, 1, 2, stream, Clock()).finish({"loss": value})
    assert f"1/1 - 0s - 0s/step - loss: {text}\n" == stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.0, "2s"), (0.0071, "7ms"), (0.00025, "250us")]
)
def test_the_pace_has_a_fitting_unit(seconds: float, text: str) -> None:
    """Seconds, milliseconds or microseconds per step."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(0, 1, 3, 2, stream, clock)
    run(progress, clock, [9.0, 9.0 + seconds, 9.0 + 2 * seconds])
    progress.finish({})
    assert f" - {text}/step\n" in stream.getvalue()


@pytest.mark.parametrize(
    ("pace", "text"), [(0.5, "49s"), (1.0, "1:39"), (60.0, "1:39:00")]
)
def test_the_time_left_is_written_as_in_keras(
    pace: float, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds, minutes and hours."""
    monkeypatch.setenv("COLUMNS", "120")
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 100, 1, stream, clock)
    run(progress, clock, [pace], dict)
    assert f" {text} " in visible(stream.getvalue())[0]


def test_counts_are_as_wide_as_the_total() -> None:
    """So that the bar does not jump."""
    stream, clock = Terminal(), Clock()
    progress = Progress(0, 1, 1000, 1, stream, clock)
    run(progress, clock, [1.0], dict)
    assert visible(stream.getvalue())[0].startswith("   1/1000 ━")


def test_an_epoch_that_was_stopped_says_how_far_it_got() -> None:
    """The count is of the steps done, not of those planned."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(0, 1, 10, 1, stream, clock)
    run(progress, clock, [1.0, 2.0, 3.0])
    progress.finish({})
    assert f" 3/10 {'━' * 20} 3s 1s/step\n" == stream.getvalue()


@pytest.mark.parametrize("verbose", [3, -1, "loud", None, 1.5, np.array([0, 1])])
def test_other_levels_are_refused(verbose: Any) -> None:
    """Keras prints headers only for 3, without an error."""
    with pytest.raises(ValueError, match="verbose must be 0"):
        check_verbose(verbose)


@pytest.mark.parametrize(
    ("verbose", "level"),
    [("auto", 1), (True, 1), (False, 0), (np.True_, 1), (np.int64(2), 2)],
)
def test_levels_have_other_names(verbose: Any, level: int) -> None:
    """``auto`` is a bar."""
    assert level == check_verbose(verbose)
