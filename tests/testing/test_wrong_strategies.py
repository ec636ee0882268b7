"""Strategies refuse what nothing could be drawn for, in words of the kit."""

from __future__ import annotations

import re

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.testing import strategies as gst

# What is written, and what the error says.
CASES = {
    # dtypes and shapes
    "gst.arrays('c16', (2,))": r"dtype must be one of floats.*booleans.*got 'c16'",
    "gst.arrays('foo')": r"dtype must be one of floats.*got 'foo'",
    "gst.arrays(None)": r"dtype must be one of floats.*got None",
    "gst.arrays('longdouble')": r"up to 64 bits.*got 'longdouble'",
    "gst.arrays('f8', 3)": r"shape must be a tuple of whole.*\(2, 3\): got 3",
    "gst.arrays('f8', (2.5,))": r"shape must be a tuple of whole.*got \(2\.5,\)",
    "gst.arrays('f8', (-1,))": r"shape must be a tuple of whole.*got \(-1,\)",
    "gst.arrays('f8', (None,))": r"shape must be a tuple of whole numbers from 0 on, s",
    "gst.arrays('f8', 'ab')": r"shape must be a tuple of whole.*got 'ab'",
    "gst.floats(dtype='i8')": r"dtype must be one of floats.*got 'i8'",
    "gst.floats(count='a')": r"count must be a whole number: got 'a'",
    "gst.axes(-1)": r"number of axes must be 0 or more: got -1",
    "gst.axes(True)": r"number of axes must be a whole number: got True",
    "gst.axes((2, -1))": r"shape must be a tuple of whole.*got \(2, -1\)",
    "gst.indices(3)": r"shape must be a tuple of whole.*got 3",
    # domains
    "gst.arrays('f8', (2,), (0, 1))": r"domain must be a Domain.*got \(0, 1\)",
    "gst.floats(3)": r"domain must be a Domain, such as.*between\(0, 1\): got 3",
    "gst.positive & 3": r"domain must be a Domain.*got 3",
    "gst.between('a', 1)": r"low must be a number: got 'a'",
    "gst.between(0, np.nan)": r"high must be a number: got nan",
    "gst.between(1, 0)": r"no number is in Domain\(low=1, high=0",
    "gst.between(np.inf, np.inf)": r"no number is in Domain\(low=inf",
    "gst.between(-np.inf, -np.inf)": r"no number is in Domain\(low=-inf",
    "gst.away_from([0.0, 1.0])": r"a kink must be a number: got \[0\.0, 1\.0\]",
    "gst.away_from(0.0, margin=0)": r"margin must be above 0, got 0",
    "gst.away_from(0.0, margin=-1)": r"margin must be 0 or more: got -1",
    "gst.away_from(0.0, margin='a')": r"margin must be a number: got 'a'",
    "gst.Domain(avoid=3)": r"avoid must be pairs, each a point.*got 3",
    "gst.Domain(avoid=((0.0, 'a'),))": r"margin must be a number: got 'a'",
    # the least and the most
    "gst.shapes(-1)": r"min_ndim must be 0 or more: got -1",
    "gst.shapes(3, 2)": r"min_ndim must not be above max_ndim: got 3 and 2",
    "gst.shapes(0, 100)": r"max_ndim must be 32 or less: got 100",
    "gst.shapes(1.5)": r"min_ndim must be a whole number: got 1\.5",
    "gst.shapes(min_side=5)": r"min_side must not be above max_side: got 5 and 4",
    "gst.broadcastable_shapes(0)": r"count must be 1 or more: got 0",
    "gst.broadcastable_shapes(2, -1)": r"max_ndim must be 0 or more: got -1",
    "gst.matmul_shapes('a')": r"max_batch_ndim must be a whole number: got 'a'",
    "gst.matmul_shapes(min_side=5)": r"min_side must not be above max_side",
    # layers, losses, optimizers, models
    "gst.layers(3)": r"input_shape must be a tuple.*or None for any.*got 3",
    "gst.layers((3,), kinds=gg.Dense)": r"kinds must be a list.*\[Dense\]: got <class",
    "gst.layers((3,), kinds=['Dense'])": r"kinds must be a.*'Dense'\]; there are Ident",
    "gst.layers((3,), kinds=[])": r"kinds must be a list of classes.*got \[\]",
    "gst.layers((), kinds=[gg.Dense])": r"no layer of Dense takes samples of shape",
    "gst.inputs(gg.Dense, (3,))": r"inputs takes a layer, an object.*got <class",
    "gst.inputs(gg.Dense(2), 3)": r"input_shape must be a tuple.*got 3",
    "gst.inputs(gg.Dense(2), (3,), rows='a')": r"rows must be a whole number: got 'a'",
    "gst.losses_with_labels(-1)": r"rows must be 0 or more: got -1",
    "gst.losses_with_labels(kinds=['mse'])": r"kinds must be a list.*\[Huber\]: got",
    "gst.models(-1)": r"max_layers must be 0 or more: got -1",
    "gst.optimizers(kinds=['sgd'])": r"kinds must be a list.*\[SGD\].*there are SGD, ",
    "gst.optimizers(kinds=[gg.optimizers.Optimizer])": r"kinds must be a list.*SGD",
    "gst.schedules('a')": r"rate must be a number: got 'a'",
    "gst.schedules(-1)": r"rate must be 0 or more: got -1",
    # primitives
    "gst.examples('exp')": r"takes the class of a primitive.*OPS\['exp'\], got 'exp'",
    "gst.examples(gg.OPS['exp']())": r"takes the class of a primitive.*got exp",
    "gst.smallest(gst.shapes)": r"smallest takes a strategy.*got <function shapes",
    "gst.smallest(gst.shapes(), 3)": r"a function of what it draws.*and 3",
}

# What is known to be wrong where an example is drawn, of a dtype or a shape drawn too.
DRAWN = {
    "gst.arrays(gst.floats(), (2,))": r"dtype must be one of floats.*got 0\.0",
    "gst.arrays('f8', gst.floats())": r"shape must be a tuple.*got 0\.0",
    "gst.arrays('u1', (2,), gst.between(-5, -1))": r"no whole number that uint8 holds",
    "gst.arrays('f2', (2,), gst.between(1e6, 1e7))": r"no number that float16 holds",
    "gst.arrays('i8', (5,), gst.distinct & gst.between(0, 2))": r"3 numbers of int64",
    "gst.arrays('f2', (20,), gst.distinct & gst.between(0, 1e-7))": r"are 2 numbers of",
    "gst.arrays('f2', (9999,), gst.distinct & gst.between(0, 1))": r"expected 9999",
}
WRITTEN = {"gst": gst, "gg": gg, "np": np}


@pytest.mark.parametrize("call", CASES, ids=lambda call: re.sub(r"\W+", "-", call))
def test_a_wrong_argument_is_refused_at_once(call: str) -> None:
    """By what was expected and what came, before anything is drawn."""
    with pytest.raises((TypeError, ValueError)) as raised:
        eval(call, WRITTEN)  # noqa: S307  # what is written above
    assert type(raised.value) in (TypeError, ValueError)
    assert re.search(CASES[call], str(raised.value), re.DOTALL), str(raised.value)


@pytest.mark.parametrize("call", DRAWN, ids=lambda call: re.sub(r"\W+", "-", call))
def test_what_cannot_be_drawn_is_refused(call: str) -> None:
    """With how much there is, and not by what NumPy or Hypothesis makes of it."""
    strategy = eval(call, WRITTEN)  # noqa: S307  # what is written above
    with pytest.raises((TypeError, ValueError)) as raised:
        gst.smallest(strategy)
    assert type(raised.value) in (TypeError, ValueError)
    assert re.search(DRAWN[call], str(raised.value), re.DOTALL), str(raised.value)


def test_a_domain_that_a_dtype_holds_in_part_is_drawn_from_that() -> None:
    """And not beyond, where a number would be infinite."""
    x = gst.smallest(
        gst.arrays("f2", (2,), gst.between(6e4, 1e6)), lambda x: x[0] < x[1]
    )
    assert np.all(np.isfinite(x))
