"""Strategies draw what they say, and shrink to what one would find by hand."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.testing import strategies as gst

Shape = tuple[int, ...]

# ---- domains -------------------------------------------------------------------------

ends = st.integers(-5, 5)


@st.composite
def domains(draw: st.DrawFn) -> gst.Domain:
    """Draw a domain that has a number in it, made of several."""
    low = draw(ends)
    found = gst.between(low, low + draw(st.integers(1, 8)))
    if draw(st.booleans()):
        kinks = draw(st.lists(ends, min_size=1, max_size=3))
        found &= gst.away_from(*kinks, margin=draw(st.sampled_from([0.125, 0.25])))
    return found & gst.distinct if draw(st.booleans()) else found


@given(domain=domains(), data=st.data())
def test_every_element_is_in_the_domain(
    domain: gst.Domain, data: st.DataObject
) -> None:
    """Between the ends, away from the kinks, and all different if that is asked."""
    dtype = data.draw(st.sampled_from(["float32", "float64", "float16"]))
    x = data.draw(gst.arrays(dtype, domain=domain))
    assert x.dtype == dtype
    assert all(float(each) in domain for each in x.flat)
    if domain.distinct:
        assert len(set(x.ravel().tolist())) == x.size


@given(one=domains(), data=st.data())
def test_what_is_in_both_is_in_the_conjunction(
    one: gst.Domain, data: st.DataObject
) -> None:
    """And nothing else."""
    other = gst.away_from(data.draw(ends)) & gst.between(-3, 9)
    number = data.draw(gst.floats(gst.between(-9, 9)))
    try:
        both = one & other
    except ValueError:
        return
    assert (number in both) == (number in one and number in other)


def test_a_domain_without_a_number_is_refused() -> None:
    """The error says what the domain was."""
    makes: list[Callable[[], gst.Domain]] = [
        lambda: gst.between(2, 1),
        lambda: gst.between(0, 1) & gst.between(2, 3),
        lambda: gst.between(-0.1, 0.1) & gst.away_from(0.0),
        lambda: gst.positive & gst.between(-1, 0),
    ]
    for make in makes:
        with pytest.raises(ValueError, match=r"no number is in Domain\(low="):
            make()
    with pytest.raises(ValueError, match="margin must be above 0, got 0"):
        gst.away_from(1.0, margin=0)


@pytest.mark.parametrize(
    ("domain", "intervals"),
    [
        (gst.Domain(), ((-3.0, 3.0),)),
        (gst.positive, ((0.125, 3.0),)),
        (gst.between(10, 12), ((10, 12),)),
        (gst.Domain(low=10.0), ((10.0, 16.0),)),
        (gst.Domain(high=-10.0), ((-16.0, -10.0),)),
        (gst.away_from(1.0, margin=0.5), ((-3.0, 0.5), (1.5, 3.0))),
        (gst.away_from(5.0), ((-3.0, 3.0),)),
    ],
)
def test_open_sides_end_somewhere(domain: gst.Domain, intervals: Any) -> None:
    """At 3, or 6 behind the other end."""
    assert intervals == domain.intervals()


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_integers_are_in_the_domain_and_the_dtype(dtype: str) -> None:
    """What the dtype cannot hold is not drawn."""
    low = 0 if dtype == "uint8" else -2
    drawn = gst.arrays(dtype, (1,), gst.between(-2.5, 400) & gst.away_from(1.0))
    assert gst.smallest(drawn).tolist() == [0]
    if dtype != "uint8":
        assert gst.smallest(drawn, lambda x: x[0] < -1).tolist() == [low]
    top = 255 if dtype == "uint8" else 400
    assert gst.smallest(drawn, lambda x: x[0] >= top).tolist() == [top]


def test_what_no_dtype_can_hold_is_refused() -> None:
    """Whole numbers between 1/4 and 1/2; complex ones anywhere."""
    with pytest.raises(ValueError, match="no whole number that int64 holds is in"):
        gst.smallest(gst.arrays("int64", (1,), gst.between(0.25, 0.5)))
    with pytest.raises(
        TypeError, match=r"floats, .*integers or booleans.*got 'complex128'"
    ):
        gst.smallest(gst.arrays("complex128", (1,)))


@pytest.mark.parametrize("number", [0.3, -1e30, 1e-20])
def test_a_single_number_is_a_domain(number: float) -> None:
    """Also where it is no multiple of a power of two."""
    x = gst.smallest(gst.arrays("float32", (2,), gst.between(number, number)))
    assert x.tolist() == [np.float32(number)] * 2


def test_many_distinct_numbers_can_be_drawn() -> None:
    """More than there are in a small array's grid."""
    x = gst.smallest(gst.arrays("float64", (2000,), gst.distinct & gst.between(0, 1)))
    assert len(set(x.tolist())) == 2000


# ---- what examples shrink to ---------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "condition", "due"),
    [
        (gst.Domain(), lambda _: True, [0.0, 0.0]),
        (gst.Domain(), lambda x: x.sum() > 4, [2.0, 3.0]),
        (gst.Domain(), lambda x: x[0] < x[1] < 0, [-2.0, -1.0]),
        (gst.Domain(), lambda x: x[0] > 2.5, [3.0, 0.0]),
        (gst.Domain(), lambda x: 0 < x[0] < 1, [0.5, 0.0]),
        (gst.positive, lambda _: True, [1.0, 1.0]),
        (gst.distinct, lambda _: True, [0.0, 1.0]),
        (gst.away_from(0.0, margin=0.5), lambda _: True, [0.5, 0.5]),
        (gst.between(5, 9), lambda x: x[1] > x[0], [5.0, 6.0]),
    ],
)
def test_arrays_shrink_to_small_whole_numbers(
    domain: gst.Domain, condition: Any, due: list[float]
) -> None:
    """The smallest failing values are what one would write."""
    found = gst.smallest(gst.arrays("float64", (2,), domain), condition)
    assert due == found.tolist()


def test_arrays_shrink_to_the_smallest_failing_shape() -> None:
    """A function that is wrong for several columns fails for one row of two."""
    drawn = gst.arrays(shape=gst.shapes(2, 2))
    found = gst.smallest(drawn, lambda x: gg.sum(x, 0).shape != (1,))
    assert found.tolist() == [[0.0, 0.0]]


def test_a_wrong_gradient_shrinks_to_its_core() -> None:
    """Tanh, with a derivative that is wrong above 1: a single 2."""

    def wrong(x: np.ndarray[Any, Any]) -> bool:
        slope = (1 - np.tanh(x) ** 2) * np.where(x > 1, 0.5, 1)
        right = gg.grad(lambda t: gg.sum(gg.tanh(t)))(x).numpy()
        return not np.allclose(slope, right)

    found = gst.smallest(gst.arrays(), wrong)
    assert found.shape == ()
    assert found.item() == 2.0


# ---- shapes, axes, indices -----------------------------------------------------------


@given(gst.broadcastable_shapes(3))
def test_broadcastable_shapes_broadcast(drawn: tuple[Shape, ...]) -> None:
    """NumPy agrees."""
    assert len(drawn) == 3
    np.broadcast_shapes(*drawn)


@given(gst.matmul_shapes())
def test_matmul_shapes_multiply(drawn: tuple[Shape, Shape]) -> None:
    """And the product of ours has the shape of NumPy's."""
    a, b = map(np.ones, drawn)
    assert (a @ b).shape == gg.matmul(a, b).shape


@pytest.mark.parametrize(
    ("condition", "due"),
    [
        (lambda *_: True, ((1,), (1,))),
        (lambda a, b: len(a) == len(b) == 2, ((1, 1), (1, 1))),
        (lambda a, b: len(a) == 3 and len(b) == 1, ((1, 1, 1), (1,))),
        (lambda *pair: pair[0] == (1, 2), ((1, 2), (2,))),
    ],
)
def test_matmul_shapes_are_of_all_kinds(condition: Any, due: Any) -> None:
    """Vectors, matrices and batches, each as small as can be."""
    found = gst.smallest(gst.matmul_shapes(), lambda pair: condition(*pair))
    assert due == found


def test_matmul_batches_broadcast() -> None:
    """One of the batches may be longer, or have more axes."""

    def differs(pair: tuple[Shape, Shape]) -> bool:
        a, b = pair
        return len(a) > 2 and len(b) > 2 and a[:-2] != b[:-2]

    a, b = gst.smallest(gst.matmul_shapes(), differs)
    assert sorted([a[:-2], b[:-2]], key=str) in (
        [(1,), (2,)],
        [(1,), (1, 1)],
        [(1, 1), (1,)],
    )


@given(shape=gst.shapes(0, 4), data=st.data())
def test_axes_are_those_of_reductions(shape: Shape, data: st.DataObject) -> None:
    """NumPy takes them, and so do ours."""
    axis = data.draw(gst.axes(shape))
    x = np.ones(shape)
    assert np.sum(x, axis=axis).shape == gg.sum(x, axis=axis).shape


def test_axes_are_of_all_kinds() -> None:
    """None, from the front, from the back, several, none at all."""
    drawn = gst.axes(2)
    assert gst.smallest(drawn) is None
    assert gst.smallest(drawn, lambda axis: axis == -2) == -2
    assert gst.smallest(drawn, lambda axis: isinstance(axis, int)) == 0
    assert gst.smallest(drawn, lambda axis: isinstance(axis, tuple)) == ()
    assert gst.smallest(drawn, lambda axis: axis == (-1, 0)) == (-1, 0)
    assert gst.smallest(gst.axes(0), lambda axis: axis is not None) == ()


@given(shape=gst.shapes(0, 3, min_side=0), data=st.data())
def test_indices_are_numpys(shape: Shape, data: st.DataObject) -> None:
    """Whatever is drawn takes elements, and gradients go back to them."""
    index = data.draw(gst.indices(shape))
    x = np.arange(float(np.prod(shape))).reshape(shape)
    expected = x[index]
    np.testing.assert_array_equal(gg.getitem(x, index).numpy(), expected)
    due = np.zeros(shape)
    np.add.at(due, index, 1.0)
    found = gg.grad(lambda t: gg.sum(gg.getitem(t, index)))(x)
    np.testing.assert_array_equal(found.numpy(), due)


@pytest.mark.parametrize(
    "kind",
    [
        lambda index: index is None or (isinstance(index, tuple) and None in index),
        lambda index: isinstance(index, slice),
        lambda index: isinstance(index, int),
        lambda index: index is ...,
        lambda index: getattr(index, "dtype", None) == np.bool_ and index.ndim == 2,
        lambda index: (
            isinstance(index, tuple)
            and [type(each) for each in index] == [slice, np.ndarray]
        ),
    ],
)
def test_indices_are_of_all_kinds(kind: Any) -> None:
    """New axes, slices, integers, ellipses, masks, and arrays beside slices."""

    def safe(index: Any) -> bool:
        try:
            return bool(kind(index))
        except ValueError:  # an array, compared with None
            return False

    gst.smallest(gst.indices((2, 3)), safe)


# ---- without Hypothesis --------------------------------------------------------------


def test_the_kit_loads_no_hypothesis_but_for_strategies() -> None:
    """Who checks gradients alone needs none."""
    code = "import sys, graphgrad.testing; print('hypothesis' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_without_hypothesis_the_way_to_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error names the extra."""
    for name in [n for n in sys.modules if n.startswith("graphgrad.testing._hypo")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'graphgrad\[testing\]"):
        importlib.import_module("graphgrad.testing._hypothesis")
