"""The plugin and law_of in a run of pytest of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

import graphgrad as gg
from graphgrad.testing import law_of
from graphgrad.testing._layers import LAYER_LAWS
from graphgrad.testing._losses import LOSS_LAWS

pytest_plugins = ["pytester"]

CONFTEST = 'pytest_plugins = ["graphgrad.testing.pytest"]\n'

PRIMITIVE = '''
import numpy as np
import graphgrad as gg
from graphgrad._ops._families import Unary


class Cubed(Unary):
    """The cube."""

    notation = "{0}^3"
    reads = ((0,),)
    elementwise = True

    def evaluate(self, *inputs):
        """Multiply three times."""
        return np.asarray(inputs[0] ** 3)

    def emit(self, out, *inputs):
        """Write the power."""
        return [f"np.power({inputs[0]}, 3, out={out})"]

    def vjp(self, i, g, y, *inputs):
        """Three times the square."""
        return g * gg.square(inputs[0]) * FACTOR


test_cubed = gg.testing.law_of(Cubed)
'''


@pytest.fixture(autouse=True)
def without_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pytest be as brief as at a desk: where CI is set it repeats what failed."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run pytest in a process of its own, without what this project asks of it."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


def test_a_right_primitive_passes_the_whole_law(pytester: pytest.Pytester) -> None:
    """One line makes five tests, and the report names the primitive."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(PRIMITIVE.replace("FACTOR", "3.0"))
    result = run(pytester, "-v")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(
        [
            "*::test_cubed[[]values] PASSED*",
            "*::test_cubed[[]derivatives] PASSED*",
            "*= gradient coverage =*",
            "checked at second order: *cubed*",
        ]
    )
    result.stdout.no_fnmatch_line("never:*")


def test_a_wrong_primitive_fails_one_law(pytester: pytest.Pytester) -> None:
    """The derivative: the values are right."""
    pytester.makepyfile(PRIMITIVE.replace("FACTOR", "2.0"))
    result = run(pytester)
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*breaks the law 'derivatives' for inputs of shape*"])


def test_the_fixture_checks_and_the_report_counts(pytester: pytest.Pytester) -> None:
    """What was checked at first order alone is said, and with an option what never."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import graphgrad as gg

        def test_tanh(check_grads):
            check_grads(gg.tanh, (0.5,))

        def test_sine(check_grads):
            check_grads(gg.sin, (0.5,), order=1)
        """
    )
    result = run(pytester, "--gradient-coverage")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*= gradient coverage =*",
            "checked at second order: tanh",
            "at first order alone: sin",
            "never: *expm1*",
        ]
    )


def test_without_checks_nothing_is_said(pytester: pytest.Pytester) -> None:
    """The plugin is quiet where it has nothing to tell."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_nothing(): pass")
    result = run(pytester)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*gradient coverage*")


def test_the_option_is_there_with_p_as_well(pytester: pytest.Pytester) -> None:
    """Without a conftest."""
    pytester.makepyfile("def test_nothing(): pass")
    result = run(pytester, "-p", "graphgrad.testing.pytest", "--gradient-coverage")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["checked at second order: none", "never: *tanh*"])


def test_pytest_does_not_load_us_by_itself() -> None:
    """Who has graphgrad installed starts pytest as fast as before."""
    code = (
        "import sys, pytest; pytest.main(['--collect-only', '-q', '-p', "
        "'no:cacheprovider', '--rootdir', '/', '--co', '--version']); "
        "print('graphgrad' in sys.modules)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True, cwd="/")
    assert out.splitlines()[-1] == "False"


FAILURES = """
import numpy as np
import graphgrad as gg
from graphgrad import testing

class Wrong(gg.Layer):
    def call(self, x):
        return x * 2 - gg.stop_gradient(x)

class Raising(gg.Layer):
    def call(self, x):
        return gg.reshape(x, (1, 2, 3, 4))

def test_gradient():
    testing.check_grads(lambda x: x - gg.stop_gradient(x), ([0.5, 1.0],))

def test_random():
    testing.check_grads(lambda x: x * np.random.normal(), ([0.5, 1.0],))

def test_shape():
    testing.check_vjp(np.sin, lambda g, x: g[0], ([0.5, 1.0],))

def test_argument():
    testing.check_grads(gg.sin, 1.0)

def test_no_float():
    testing.check_grads(gg.argmax, ([1.0, 2.0],))

def test_input():
    testing.check_primitive(gg.OPS["exp"](), (1.0, 2.0))

def test_layer():
    testing.check_layer(Wrong(), (2,), skip=["config"])

def test_loss():
    testing.check_loss(gg.losses.Huber(), [[1.0]], [[np.inf]])

def test_raising_function():
    testing.check_grads(lambda x: 1 / 0, (1.0,))

def test_raising_layer():
    testing.check_layer(Raising(), (2,))
"""


def test_pytest_shows_the_line_of_the_test_and_the_message(
    pytester: pytest.Pytester,
) -> None:
    """No line of the kit; each message once; and the line of whatever else raised."""
    pytester.makepyfile(FAILURES)
    result = run(pytester)
    result.assert_outcomes(failed=10)
    text = result.stdout.str()
    assert "graphgrad/testing/" not in text
    assert "hidden" not in text
    assert text.count(">       testing.check_") == 10
    assert text.count("To see it again:") == 2
    result.stdout.fnmatch_lines(
        [
            "*GradientMismatch: the gradient by x[[]0[]] is 1, and should be 0 *",
            "*GradientMismatch: f is not deterministic*",
            "*GradientMismatch: sin: the gradient by x has the shape*",
            "*TypeError: args must be a tuple*",
            "*GraphgradError: f gives no floats*",
            "*TypeError: exp does not take 2 inputs*",
            "*LawError: layer Wrong() breaks the law 'gradients'*",
            "*LawError: loss Huber breaks the law 'value'*",
            "*ZeroDivisionError*",
            "*return gg.reshape(x, (1, 2, 3, 4))",
            "*LawError: layer Raising() breaks the law 'builds'*",
        ]
    )


# ---- law_of --------------------------------------------------------------------------

test_dense = law_of(gg.Dense(2, "tanh"), (3,))
test_noise = law_of(gg.layers.GaussianNoise(0.5, seed=1), (2, 2), skip=["pickle"])
test_huber = law_of(gg.losses.Huber(), [[0.0], [1.0]], [[0.25], [3.0]])
test_recall = law_of(gg.metrics.Recall(), [0, 1, 1], [0.25, 0.75, 0.5])
test_adam = law_of(gg.optimizers.Adam(0.125))


def test_law_of_makes_a_test_for_each_law() -> None:
    """By the names of the laws, less those that are left out."""

    def laws(test: object) -> tuple[str, ...]:
        (mark,) = test.pytestmark  # type: ignore[attr-defined]
        found: tuple[str, ...] = mark.args[1]
        return found

    assert laws(test_dense) == tuple(LAYER_LAWS)
    assert "pickle" not in laws(test_noise)
    assert laws(test_huber) == tuple(LOSS_LAWS)


def test_law_of_refuses_what_has_no_law() -> None:
    """A class of layers is no layer yet; a function has check_grads."""
    with pytest.raises(TypeError, match=r"or an optimizer, such as gg.Dense\(3\)"):
        law_of(gg.Dense, (3,))
    with pytest.raises(TypeError, match="for a function there is check_grads"):
        law_of(gg.tanh)
    with pytest.raises(ValueError, match="skip takes names of laws, got 'shape'"):
        law_of(gg.OPS["tanh"], skip=["shape"])
