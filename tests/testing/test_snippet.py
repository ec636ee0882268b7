"""The printed program, run in a process that knows nothing of the failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.testing import GradientMismatch, LawError, check_layer, check_primitive

OWN = '''
import numpy as np
import graphgrad as gg
from graphgrad._ops._families import Unary

HALF = 0.5

class KitRight(Unary):
    """The square."""

    notation = "{0}^2"
    reads = ((0,),)

    def evaluate(self, *inputs):
        """Multiply."""
        return np.asarray(inputs[0] * inputs[0])

    def emit(self, out, *inputs):
        """Write the product."""
        return [f"np.multiply({inputs[0]}, {inputs[0]}, out={out})"]

    def vjp(self, i, g, y, *inputs):
        """Give twice the input."""
        return g * inputs[0] * 2.0


class KitWrong(KitRight):
    """The square, and half of its slope."""

    by: float

    def vjp(self, i, g, y, *inputs):
        """Give half of it."""
        return super().vjp(i, g, y, *inputs) * HALF


def fails():
    try:
        gg.testing.check_primitive(KitWrong(2.0), (np.ones(2),))
    except gg.testing.GradientMismatch as error:
        return error


if __name__ == "__main__":
    print(fails().snippet)
'''


def ran(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder."""
    return subprocess.run(
        [sys.executable, *args], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "how", [["mine.py"], ["-c", "import mine;print(mine.fails().snippet)"]]
)
def test_a_primitive_of_ones_own_runs_in_a_fresh_process(
    tmp_path: Path, how: list[str]
) -> None:
    """Imported from its module, or written out with what it is made of."""
    (tmp_path / "mine.py").write_text(OWN, encoding="utf-8")
    code = ran(tmp_path, *how).stdout
    assert ("class KitRight" in code) == (how[0] == "mine.py")
    assert "KitWrong(by=2.0)" in code
    again = ran(tmp_path, "-c", code)
    assert (
        "GradientMismatch: kit_wrong(by=2.0): the gradient by x[0] is 1" in again.stderr
    )


def test_a_primitive_of_graphgrad_has_its_parameters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As its constructor takes them."""

    def vjp(_: Any, *given: Any) -> Any:
        return given[1] * np.full(given[3].shape, 2.0)

    kind: Any = gg.OPS["sum"]
    monkeypatch.setattr(kind, "vjp", vjp)
    with pytest.raises(GradientMismatch) as raised:
        check_primitive(kind((0,), False), (np.ones(2),))
    assert "f = gg.OPS['sum'](axes=(0,), keepdims=False)" in raised.value.snippet


class Stopped(gg.Layer):
    """A layer that lets no gradient through."""

    def call(self, x: Any) -> Any:
        """Return the input."""
        return gg.stop_gradient(x)


@pytest.mark.parametrize(
    ("given", "call"),
    [((3,), "(layer, (3,), order=1)"), (np.ones((2, 3)), "(layer, x, order=1)")],
)
def test_a_layer_is_checked_again_by_the_same_call(given: Any, call: str) -> None:
    """For no program makes a layer of someone's own."""
    with pytest.raises(LawError, match="breaks the law 'gradients'") as raised:
        check_layer(Stopped(), given, order=1)
    told = str(raised.value)
    end = f"    gg.testing.check_layer{call}  # layer is Stopped(), as given"
    assert told.endswith(f"To see it again:\n\n{end}")
    assert "replayed" not in told
