"""Scripts: those of examples/ are Keras scripts, but for the lines that import."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = ["xor.py", "tabular.py", "regression.py", "overfitting.py", "digits.py"]


def with_keras(script: str) -> str:
    """Return the text of a script, with Keras where graphgrad was."""
    text = (EXAMPLES / script).read_text("utf-8")
    assert "import graphgrad as keras\nfrom graphgrad import layers\n" in text
    ours = re.findall(r"graphgrad\S*", text)
    assert set(ours) <= {"graphgrad", "graphgrad.datasets"}
    text = text.replace("import graphgrad as keras\n", "import keras\n")
    return text.replace("from graphgrad import layers\n", "from keras import layers\n")


def output(code: str, folder: Path) -> str:
    """Run the code in an empty folder, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8")
    return done.stdout.decode("utf-8")


def shape(text: str) -> list[str]:
    """Return the lines without what differs from training to training: numbers.

    The tables of `summary` and the lines of progress are drawn in other ways.
    """
    lines = [
        re.sub(r"[\d.,:%\[\] -]+", " ", line).strip() for line in text.splitlines()
    ]
    drawn = re.compile(r"[━─│┃┏┡└├]|Epoch|step|params|^Model|^\W*$")
    return [line for line in lines if not drawn.search(line)]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_says_the_same_with_keras(script: str, tmp_path: Path) -> None:
    """With Keras it runs as well, and prints the same lines but for the numbers."""
    theirs = output(with_keras(script), tmp_path)
    ours = output((EXAMPLES / script).read_text("utf-8"), tmp_path)
    assert shape(theirs) == shape(ours)


def test_both_learn_exclusive_or(tmp_path: Path) -> None:
    """Whatever the weights that they start from."""
    for code in (with_keras("xor.py"), (EXAMPLES / "xor.py").read_text("utf-8")):
        text = output(code, tmp_path)
        assert re.search(r"^neuron .* loss 0\.69", text, re.MULTILINE)
        assert re.search(r"^hidden .* 100% right$", text, re.MULTILINE)


def test_the_digits_are_told_apart_by_both(tmp_path: Path) -> None:
    """More than 85 % of the new digits are right."""
    for code in (with_keras("digits.py"), (EXAMPLES / "digits.py").read_text("utf-8")):
        (share,) = re.findall(r"([\d.]+)% of 297 new images", output(code, tmp_path))
        assert float(share) > 85
