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


def numbers(text: str, line: str, i: int) -> float:
    """Return a number of the line that the pattern finds, or of its first group."""
    match = re.search(line, text, re.MULTILINE)
    assert match is not None, text
    return float(re.findall(r"\d+\.?\d*", match[match.re.groups])[i])


def test_every_example_is_tested() -> None:
    """A new script needs a test here."""
    names = {each.name for each in EXAMPLES.glob("*.py")}
    assert names == set(
        re.findall(r'run\("(\w+\.py)"\)', Path(__file__).read_text("utf-8"))
    )


def test_xor_needs_a_hidden_layer(run: Run) -> None:
    """The neuron stays undecided, the network with a hidden layer is right."""
    text = run("xor.py")
    assert re.search(r"^neuron .* loss 0.69", text, re.MULTILINE)
    assert re.search(r"^hidden .* 100% right$", text, re.MULTILINE)


def test_class_weights_find_the_few(run: Run) -> None:
    """Balanced weights find far more of the ill, and call more of the others ill."""
    text = run("tabular.py")
    precision, recall = (numbers(text, r"^equal .*", i) for i in (1, 2))
    precision_balanced, recall_balanced = (
        numbers(text, r"^balanced .*", i) for i in (1, 2)
    )
    assert recall_balanced > recall + 10
    assert precision_balanced < precision


def test_the_best_epoch_of_a_regression_is_kept(run: Run) -> None:
    """The model is far better than the mean, and near to what noise allows."""
    text = run("regression.py")
    stopped, best = (numbers(text, r"^Stopped after .*", i) for i in (0, 1))
    assert stopped - best == 10
    mean, model = (numbers(text, r"^The mean .*", i) for i in (0, 1))
    assert (mean > 300, model < 60) == (True, True)


def test_a_penalty_helps_against_overfitting(run: Run) -> None:
    """What knows the seen points best is worst with new ones."""
    text = run("overfitting.py")
    seen, new = (numbers(text, r"^neither .*", i) for i in (0, 1))
    seen_l2, new_l2 = (numbers(text, r"^L2 0.01 (.*)", i) for i in (0, 1))
    assert seen < seen_l2 < new_l2 < new


def test_digits_are_told_apart(run: Run) -> None:
    """Far more digits are right than the tenth that chance would make."""
    text = run("digits.py")
    assert numbers(text, r"^.* of 297 new images", 0) > 85
    assert "dense_1 (Dense)" in text


def test_gradients_are_right_and_find_the_minimum(run: Run) -> None:
    """Newton's method with our derivatives ends where all is one."""
    text = run("gradients.py")
    assert re.search(r"^  7  f = .*x = \[1\. 1\. 1\.\]$", text, re.MULTILINE)
    assert "determinant 2.000000" in text
