"""The command: what it prints, what it writes, and how it fails."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._cli import main
from graphgrad._demo_text import draw_images, side_by_side

QUICK = ["demo", "--epochs", "1", "--batch-size", "256"]
PICTURES = ["1-build.svg", "2-compile.svg", "3-fit.svg"]
COMMAND = [sys.executable, "-m", "graphgrad"]


def accuracy(text: str) -> float:
    """Return the share of held-out images that the demo says are right."""
    (found,) = re.findall(r"([\d.]+)% of the [\d,]+ held-out images", text)
    return float(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for the output that does not exist yet."""
    return tmp_path / "deep" / "demo"


# ---- the demo, end to end ------------------------------------------------------------


def test_default_demo_learns_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without arguments, 98 % of the held-out images are right, and all is drawn."""
    monkeypatch.chdir(tmp_path)
    assert 0 == main(["demo"])
    text = capsys.readouterr().out
    assert accuracy(text) >= 98
    assert 'always "no" would make 90.9%' in text
    assert "Epoch 10/10" in text
    assert "it is a 0: " in text
    written = sorted(each.name for each in (tmp_path / "graphgrad-demo").iterdir())
    assert [*PICTURES, "3-fit.py"] == [*written[:2], *written[:1:-1]]
    for name in written:
        assert f"  {name}" in text
    for name in PICTURES:
        root = ET.parse(tmp_path / "graphgrad-demo" / name).getroot()  # noqa: S314
        assert root.tag.endswith("svg")


def test_written_program_runs_by_itself(folder: Path) -> None:
    """The file with the program needs NumPy alone."""
    assert 0 == main([*QUICK, "--output", str(folder)])
    run = [sys.executable, str(folder / "3-fit.py")]
    assert "graphgrad" not in (folder / "3-fit.py").read_text(encoding="utf-8")
    assert subprocess.run(run, cwd=folder, check=False).returncode == 0


def test_seed_decides_what_is_printed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same seed gives the same numbers, another seed others."""

    def numbers(seed: str) -> str:
        assert 0 == main([*QUICK, "--seed", seed, "--output", str(folder)])
        return re.sub(r"\d+\w?s/step|Trained in .*", "", capsys.readouterr().out)

    assert numbers("1") == numbers("1") != numbers("2")


def test_digit_can_be_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The question, the labels and the captions are about the chosen digit."""
    assert 0 == main([*QUICK, "--digit", "8", "--output", str(folder)])
    text = capsys.readouterr().out
    assert text.startswith("graphgrad demo: is it an 8?\n")
    assert "y == 8" in text
    assert "it is an 8: " in text


def test_process_without_terminal_input_or_unicode(folder: Path) -> None:
    """In a pipe, without input, in ASCII: no control codes, and no other signs."""
    run = subprocess.run(
        [*COMMAND, *QUICK, "--output", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (0, b"") == (run.returncode, run.stderr)
    text = run.stdout.decode("ascii")
    assert "\x1b" not in text
    assert "\r" not in text.replace("\r\n", "\n")
    assert "##" in text
    assert "6/6 ====" in text


def test_reader_may_leave(folder: Path) -> None:
    """Piped into `head`, the command ends without a traceback."""
    with subprocess.Popen(
        [*COMMAND, *QUICK, "--output", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


# ---- MNIST ---------------------------------------------------------------------------


def write_idx(
    path: Path, array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    """Write an array of bytes as a packed IDX file."""
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(head + array.tobytes()))


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """Return a folder with a data set like MNIST, of 60 and 20 random images."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 60), ("t10k", 20)):
        images = rng.integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        labels = np.arange(count, dtype=np.uint8) % 10
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels)
    return tmp_path


def test_mnist_comes_from_a_folder(
    mnist: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo trains on the images of the folder, three times over by default."""
    arguments = ["demo", "--dataset", "mnist", "--data", str(mnist)]
    assert 0 == main([*arguments, "--output", str(folder)])
    text = capsys.readouterr().out
    assert "80 handwritten digits of 28x28 pixels (MNIST)" in text
    assert "60 to train on, 20 held out" in text
    assert "Epoch 3/3\n2/2 " in text
    assert PICTURES == sorted(each.name for each in folder.glob("*.svg"))


@pytest.mark.skipif(
    "GRAPHGRAD_MNIST" not in os.environ,
    reason="GRAPHGRAD_MNIST names no folder with the files of MNIST",
)
@pytest.mark.parametrize("digit", [0, 8])
def test_real_mnist_is_learned(
    digit: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the 60,000 images, the default reaches 98 % on the 10,000 held out."""
    data = os.environ["GRAPHGRAD_MNIST"]
    arguments = ["demo", "--dataset", "mnist", "--data", data, "--digit", str(digit)]
    assert 0 == main([*arguments, "--output", str(folder)])
    assert accuracy(capsys.readouterr().out) >= 98


# ---- what can go wrong ---------------------------------------------------------------


@pytest.fixture
def _no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("graphgrad.viz._engines._installed_pure", lambda: None)


@pytest.mark.usefixtures("_no_engine")
def test_without_a_renderer_the_pictures_are_drawn(folder: Path) -> None:
    """No program is needed for SVG, and an old picture gives way."""
    folder.mkdir(parents=True)
    (folder / "3-fit.svg").write_text("an old picture", encoding="utf-8")
    assert 0 == main([*QUICK, "--output", str(folder)])
    assert PICTURES == sorted(each.name for each in folder.glob("*.svg"))
    assert "gg-lanes" in (folder / "3-fit.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--digit", "10"], "--digit: expected a whole number from 0 to 9, got '10'"),
        (["--epochs", "0"], "--epochs: expected a whole number of at least 1, got '0'"),
        (["--batch-size", "x"], "--batch-size: expected a whole number"),
        (["--seed", "-1"], "--seed: expected a whole number of at least 0"),
        (["--dataset", "cifar"], "choose from"),
        (["--data", "x"], "it needs --dataset mnist"),
        (["--epoch", "3"], "unrecognized arguments: --epoch 3"),
    ],
)
def test_wrong_arguments_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and one line that names the argument and what was expected."""
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(["demo", *arguments])
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert line.endswith("--help")


def test_data_errors_are_one_line(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without the files of MNIST is named; nothing is written."""
    arguments = ["demo", "--dataset", "mnist", "--data", str(tmp_path)]
    assert 1 == main([*arguments, "--output", str(folder)])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"graphgrad: {tmp_path}: expected the files train-images")
    assert not folder.exists()


def test_output_is_refused_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that cannot be made is told before time is spent."""
    (tmp_path / "file").touch()
    assert 1 == main([*QUICK, "--output", str(tmp_path / "file" / "x")])
    out, err = capsys.readouterr()
    assert "Epoch" not in out
    (line,) = err.splitlines()
    assert "cannot make the folder" in line
    assert "--output" in line


def test_interruption_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends the command as shells expect."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("graphgrad._cli.run", interrupted)
    assert 130 == main(["demo"])
    assert "graphgrad: interrupted\n" == capsys.readouterr().err


def test_a_picture_that_lies_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If a step did not run what the graph shows, the demo says so and fails."""

    @contextlib.contextmanager
    def too_little() -> Iterator[list[str]]:
        yield ["matmul"]

    monkeypatch.setattr(gg, "record_execution", too_little)
    assert 1 == main([*QUICK, "--output", str(folder)])
    assert "a step ran 1 nodes, and its graph has" in capsys.readouterr().err


# ---- around it -----------------------------------------------------------------------


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Both leave with 0; the help of the demo has examples and the exit codes."""
    for arguments, shown in (
        (["--version"], f"graphgrad {gg.__version__}\n"),
        (["--help"], "usage: graphgrad"),
        (["demo", "--help"], "exit codes: 0"),
    ):
        with pytest.raises(SystemExit, match=r"\A0\Z"):
            main(arguments)
        assert shown in capsys.readouterr().out


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the help where errors go."""
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main([])
    assert "usage: graphgrad" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("encoding", "full"), [("utf-8", "█"), ("cp1252", "#"), (None, "#")]
)
def test_images_are_drawn_in_what_the_stream_can_show(
    encoding: str | None, full: str
) -> None:
    """Two characters a pixel, or one for two rows of a large image."""
    small, large = np.ones((1, 3, 2)), np.ones((1, 28, 20))
    assert [[full * 4] * 3] == draw_images(small, encoding)
    assert [[full * 20] * 14] == draw_images(large, encoding)


def test_blank_margins_that_all_share_are_cut() -> None:
    """What is blank in every image is not drawn; a blank image stays whole."""
    images = np.zeros((2, 4, 4))
    images[0, 1, 1] = images[1, 2, 1] = 1
    assert [["##", "  "], ["  ", "##"]] == draw_images(images, "ascii")
    assert [[" " * 8] * 4] == draw_images(images[:1] * 0, "ascii")
    assert [] == side_by_side([])
