"""Wrong arguments of the kit are refused: what was expected, what came, the way out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._ops._families import Unary
from graphgrad.testing import GradientMismatch, check_primitive


def square(x: Any) -> Any:
    """Return the sum of squares."""
    return gg.sum(x * x)


def cosine(g: Any, x: Any) -> Any:
    """Return the derivative of the sine, in both modes."""
    return g * np.cos(x)


def named(call: Any) -> str:
    """Return the part of a case's source that tells it from the others."""
    return re.sub(r"\W+", "-", call)


EXP, HUBER, AUC = gg.OPS["exp"], gg.losses.Huber(), gg.metrics.AUC()
SGD, DENSE = gg.optimizers.SGD(0.1), gg.Dense(2)
ROW, ROWS, RAGGED = np.ones(2), [[0.0], [1.0]], [[1.0], [2.0, 3.0]]
WRITTEN = {name: getattr(gg.testing, name) for name in gg.testing.__all__}
WRITTEN |= globals()

# What is written, and what the error says.
CASES = {
    # args
    "check_grads(square, [1.0, 2.0])": r"square takes \(x\).* 2 arguments.*\(\[1.0, 2.",
    "check_grads(square, [1, 2.0])": r"square takes \(x\).*\(\[1, 2.0\],\)",
    "check_grads(square, (RAGGED, [ROW, 1.0]))": r"of x0.*not all of one length",
    "check_grads(square, ((ROW, 1.0), 1.0))": r"square takes \(x\).* as f\(\*args\)$",
    "check_grads(square, ({'a': ROW}, 1.0))": r"square takes \(x\).* as f\(\*args\)$",
    "check_grads(square, ROW)": r"args must be a tuple.*got ndarray.*\(x,\)",
    "check_grads(square, 1.0)": r"args must be a tuple.*got float.*\(x,\)",
    "check_grads(square, {'x': 1.0})": r"args must be a tuple.*got dict",
    "check_grads(square, ())": r"args is empty.*check_grads\(f, \(x,\)\)",
    "check_grads(lambda: gg.ones(2), ())": r"args is empty",
    "check_grads(lambda x, y: x, (1.0,))": r"takes \(x, y\).* 1 argument\b",
    "check_grads(square, (RAGGED,))": r"of x.*not all of one length",
    "check_grads(square, ([1, 2],))": r"none of the arguments x .*int64.*2\.0 for 2",
    "check_grads(square, (np.ones(1) * 1j,))": r"none of the arguments x .*complex128",
    "check_grads(square, ('a',))": r"none of the arguments x .*got str",
    "check_grads(square, (1.0,), argnums=())": r"argnums names none",
    # functions
    "check_grads(None, (1.0,))": r"takes a function f.*check_grads\(f.*got None",
    "check_grads((1.0,), square)": r"takes a function f.*got \(1.0,\)",
    "check_grads(square(1.0), (1.0,))": r"takes a function f.*tensor\(1",
    "check_grads(lambda x: None, (1.0,))": r"f gives no floats.*got NoneType",
    "check_grads(lambda x: gg.argmax(x), (ROW,))": r"f gives no floats.*got int64",
    "check_grads(lambda x: 'a', (1.0,))": r"f gives no floats.*got str",
    "check_vjp(None, cosine, (1.0,))": r"check_vjp takes a function f",
    "check_vjp(np.sin, None, (1.0,))": r"check_vjp takes a function vjp.*got None",
    "check_vjp(np.sin, (1.0,), cosine)": r"check_vjp takes a function vjp.*\(1.0,\)",
    "check_vjp(np.sin, np.cos, (1.0,))": r"cos takes.* 2 arguments.*vjp\(cotangent",
    "check_vjp(np.sin, cosine, [1.0, 2.0])": r"sin takes.* 2 arguments.*\(\[1.0, 2.0\]",
    "check_vjp(lambda x: 'a', cosine, (1.0,))": r"f gives no floats.*got str",
    "check_vjp(np.sin, lambda g, x: 'a', (1.0,))": r"vjp.* floats.*by x.*got <U1",
    "check_vjp(np.sin, lambda g, x: 1j * g, (1.0,))": r"vjp.* floats.*got complex128",
    "check_jvp(np.sin, 3, (1.0,))": r"check_jvp takes a function jvp.*got 3",
    "check_jvp(np.sin, np.cos, (1.0,))": r"cos takes.* 2 arguments.*jvp\(tangents",
    "check_jvp(np.sin, lambda t, x: 'a', (1.0,))": r"jvp.* floats.*got <U1",
    "check_jvp(np.sin, lambda t, x: 1j * t, (1.0,))": r"jvp.* floats.*got complex128",
    "check_jvp(np.sin, lambda t, x: None, (1.0,))": r"jvp gave None",
    # options
    "check_grads(square, (1.0,), order='2')": r"order must be a whole number.*got '2'",
    "check_grads(square, (1.0,), order=1.5)": r"order must be a whole number.*got 1\.5",
    "check_grads(square, (1.0,), order=True)": r"order must be a whole.*got True",
    "check_grads(square, (1.0,), order=0)": r"order must be 1 or more.*got 0",
    "check_grads(square, (1.0,), modes=None)": r"modes may name.*got None",
    "check_grads(square, (1.0,), modes=3)": r"modes may name.*got 3",
    "check_grads(square, (1.0,), modes=([],))": r"modes may name",
    "check_grads(square, (1.0,), argnums='x')": r"argnums must be a pos.*got 'x'",
    "check_grads(square, (1.0,), argnums=True)": r"argnums must be a pos.*got True",
    "check_grads(square, (1.0,), dtype='foo')": r"dtype must be float64 or.*foo",
    "check_grads(square, (1.0,), dtype=int)": r"dtype must be float64 or float32.*int",
    "check_grads(square, (1.0,), dtype=None)": r"dtype must be float64 or.*None",
    "check_grads(square, (1.0,), dtype='f2')": r"dtype must be float64 or float32.*f2",
    "check_grads(square, (1.0,), rtol=-1)": r"rtol must be a number from 0 on.*got -1",
    "check_grads(square, (1.0,), rtol='a')": r"rtol must be a number.*got 'a'",
    "check_grads(square, (1.0,), rtol=np.nan)": r"rtol must be a number.*got nan",
    "check_grads(square, (1.0,), atol=[1, 2])": r"atol must be a number.*got \[1, 2\]",
    "check_grads(square, (1.0,), directions=0)": r"directions must be 1 or more.*got 0",
    "check_grads(square, (1.0,), directions='all')": r"directions must be a whole",
    "check_grads(square, (1.0,), seed=-1)": r"seed must be 0 or more.*got -1",
    "check_grads(square, (1.0,), seed=None)": r"seed must be a whole number.*got None",
    "check_vjp(np.sin, cosine, (1.0,), dtype=int)": r"dtype must be float64 or float32",
    "check_vjp(np.sin, cosine, (1.0,), rtol=-1)": r"rtol must be a number from 0 on",
    "check_jvp(np.sin, cosine, (1.0,), seed='a')": r"seed must be a whole number",
    # primitives
    "check_primitive(EXP, (ROW,))": r"takes a primitive.*OPS\['exp'\]\(\).*<class",
    "check_primitive('exp', (ROW,))": r"check_primitive takes a primitive.*got 'exp'",
    "check_primitive(gg.exp, (ROW,))": r"check_primitive takes a primitive",
    "check_primitive(EXP(), [1.0, 2.0])": r"exp does not take 2.*\(\[1.0, 2.0\],\)",
    "check_primitive(EXP(), ('a', 1.0))": r"exp does not take 2",
    "check_primitive(EXP(), ROW)": r"inputs must be a tuple.*got ndarray.*\(x,\)",
    "check_primitive(EXP(), 1.0)": r"inputs must be a tuple.*got float.*\(x,\)",
    "check_primitive(EXP(), ())": r"inputs is empty",
    "check_primitive(EXP(), ([1],))": r"none of the inputs .*got int64",
    "check_primitive(EXP(), (RAGGED,))": r"of input 0.*not all of one length",
    "check_primitive(EXP(), ('a',))": r"none of the inputs .*got <U1",
    "check_primitive(gg.OPS['add'](), (ROW,))": r"add does not take 1 input\b",
    "check_primitive(gg.OPS['greater'](), (ROW, ROW))": r"greater gives bool",
    "check_primitive(EXP(), (ROW,), order='a')": r"order must be a whole number",
    # layers
    "check_layer(gg.Dense, (3,))": r"takes a layer, an object.*got <class",
    "check_layer(DENSE, 3)": r"takes a batch of inputs, or the shape.*got 3",
    "check_layer(DENSE, 'a')": r"takes a batch of inputs, or the shape.*got 'a'",
    "check_layer(DENSE, (-1,))": r"shape of a sample.*got \(-1,\)",
    "check_layer(DENSE, (0,))": r"shape of a sample.*got \(0,\)",
    "check_layer(DENSE, RAGGED)": r"takes a batch of inputs, or the shape",
    "check_layer(DENSE, np.zeros((0, 3)))": r"one sample or more.*\(0, 3\)",
    "check_layer(DENSE, (3,), order='a')": r"order must be a whole number.*got 'a'",
    "check_layer(DENSE, (3,), order=0)": r"order must be 1 or more.*got 0",
    "check_layer(DENSE, (3,), seed='a')": r"seed must be a whole number.*got 'a'",
    "check_layer(DENSE, (3,), skip=3)": r"skip takes names of laws, got 3; they are b",
    "check_layer(DENSE, (3,), skip=None)": r"skip takes names of laws, got None",
    # losses, metrics, optimizers
    "check_loss('mse', ROWS, ROWS)": r"check_loss takes a loss.*got 'mse'",
    "check_loss(gg.losses.Huber, ROWS, ROWS)": r"check_loss takes a loss.*got <class",
    "check_loss(HUBER, [0.0], ROWS)": r"as many labels as.*\(1,\).*\(2, 1\)",
    "check_loss(HUBER, [0.0], 0.5)": r"as many labels as predictions.*\(1,\) and \(\)",
    "check_loss(HUBER, 0.0, 0.5)": r"as many labels as predictions.*\(\)",
    "check_loss(HUBER, None, ROWS)": r"labels must be numbers.*got None",
    "check_loss(HUBER, ROWS, [['a'], ['b']])": r"predictions must be numbers.*got",
    "check_loss(HUBER, RAGGED, ROWS)": r"labels must be an array.*not all of one",
    "check_loss(HUBER, [], [])": r"one row or more.*\(0,\) and \(0,\)",
    "check_loss(HUBER, ROWS, ROWS, order=0)": r"order must be 1 or more",
    "check_metric('auc', ROWS, ROWS)": r"check_metric takes a metric.*got 'auc'",
    "check_metric(AUC, [0, 1], [0.5])": r"two samples or more",
    "check_metric(AUC, [0, 1], ['a', 'b'])": r"outputs must be numbers",
    "check_metric(AUC, [0, 1], [0, 1], between=3)": r"between must be two numbers.*3",
    "check_metric(AUC, [0, 1], [0, 1], between=(1, 0))": r"between must be two numbers",
    "check_optimizer('sgd')": r"check_optimizer takes an optimizer.*got 'sgd'",
    "check_optimizer(SGD, seed='a')": r"seed must be a whole number.*got 'a'",
    # law_of
    "law_of(DENSE)": r"law_of\(Dense.*check_layer\(layer, x.*missing.*'x'",
    "law_of(DENSE, (3,), (4,))": r"check_layer\(layer, x.*too many",
    "law_of(DENSE, (3,), foo=1)": r"check_layer\(layer, x.*'foo'",
    "law_of(HUBER)": r"law_of\(Huber.*check_loss\(loss, y_true.*missing.*'y_true'",
    "law_of(AUC, [0, 1])": r"check_metric\(metric, y_true.*missing.*'y_pred'",
    "law_of(SGD, 3)": r"check_optimizer\(optimizer.*too many",
    "law_of(EXP, ([1.0],))": r"class of a primitive alone.*check_primitive",
    "law_of(EXP, order=1)": r"class of a primitive alone.*order",
    "law_of(EXP(), ([1.0],))": r"the class of a primitive.*got exp.*check_primitive",
    "law_of(gg.Dense, (3,))": r"an object.*got the class Dense",
    "law_of(gg.losses.Huber)": r"an object.*got the class Huber",
    "law_of('exp')": r"law_of takes.*got 'exp'",
    "law_of(square)": r"law_of takes.*check_grads",
    # coverage
    "Coverage().below(2, 'exp')": r"names must be a list of names.*got 'exp'",
    "Coverage().below('a')": r"order must be a whole number.*got 'a'",
}


@pytest.mark.parametrize("call", CASES, ids=named)
def test_a_wrong_argument_is_refused(call: str) -> None:
    """By what was expected and what came, and not where it leads to nonsense."""
    with pytest.raises((TypeError, ValueError, gg.GraphgradError)) as raised:
        eval(call, WRITTEN)  # noqa: S307  # what is written above
    assert not isinstance(raised.value, AssertionError)
    assert re.search(CASES[call], str(raised.value), re.DOTALL), str(raised.value)


class Wave(Unary):
    """A sine, whose rule reads its input."""

    notation = "wave({0})"
    reads = ((0,),)

    def evaluate(self, *inputs: Any) -> Any:
        """Return the sine."""
        return np.sin(inputs[0])

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the sine."""
        return [f"np.sin({inputs[0]}, out={out})"]

    def vjp(self, i: int, g: Any, y: Any, *inputs: Any) -> Any:
        """Return the cosine."""
        return g * gg.cos(inputs[0])


gg.OPS.pop("wave")


@pytest.mark.parametrize("reads", [(0,), 0, None, ((1,),), (("x",),), (), ((-2,),)])
def test_reads_that_name_nothing_are_refused(
    reads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are tuples of input numbers, or -1 for the result, one for each input."""
    check_primitive(Wave(), (ROW,))
    monkeypatch.setattr(Wave, "reads", reads)
    with pytest.raises(TypeError, match=r"reads of wave must be .*\(\(0, -1\),\)"):
        check_primitive(Wave(), (ROW,))


@pytest.mark.parametrize("reads", [((),), ((-1,),)])
def test_a_rule_that_reads_more_than_it_says_is_told(
    reads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program would not keep that value for it."""
    monkeypatch.setattr(Wave, "reads", reads)
    with pytest.raises(GradientMismatch, match=r"reads input 0.*reads\[0\]") as raised:
        check_primitive(Wave(), (ROW,))
    assert raised.value.looks_like == "reads"


def test_a_rule_that_raises_is_not_said_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own error is told."""

    def vjp(_: Any, *given: Any) -> Any:
        return gg.reshape(given[1], (-2,))

    monkeypatch.setattr(Wave, "vjp", vjp)
    with pytest.raises(gg.ShapeError, match="reshape"):
        check_primitive(Wave(), (ROW,))
