"""The examples run as scripts, and do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
Run = Callable[[str], str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs an example in an empty folder and returns what it prints."""

    def output(name: str) -> str:
        command = [sys.executable, "-W", "error", str(EXAMPLES / name)]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=False,
        )
        assert (0, "") == (done.returncode, done.stderr.decode("utf-8"))
        return done.stdout.decode("utf-8")

    return output


def test_every_example_is_tested() -> None:
    """A new script needs a test here."""
    names = {each.name for each in EXAMPLES.glob("*.py")}
    assert names == set(
        re.findall(r'run\("(\w+\.py)"\)', Path(__file__).read_text("utf-8"))
    )


def test_xor_needs_a_hidden_layer(run: Run, tmp_path: Path) -> None:
    """The neuron stays undecided, the network with a hidden layer is right."""
    text = run("xor.py")
    assert re.search(r"^neuron .* loss 0.69", text, re.MULTILINE)
    assert re.search(r"^hidden .* 100% right$", text, re.MULTILINE)
    assert ["xor.svg"] == [each.name for each in tmp_path.iterdir()]


def test_digits_are_told_apart(run: Run) -> None:
    """Far more digits are right than the tenth that chance would make."""
    text = run("digits.py")
    (share,) = re.findall(r"^([\d.]+)% of 297 new images", text, re.MULTILINE)
    assert float(share) > 85
    assert "dense_1 (Dense)" in text


def test_gradients_are_right_and_find_the_minimum(run: Run) -> None:
    """Newton's method with our derivatives ends where all is one."""
    text = run("gradients.py")
    assert re.search(r"^  7  f = .*x = \[1\. 1\. 1\.\]$", text, re.MULTILINE)
    assert "determinant 2.000000" in text
