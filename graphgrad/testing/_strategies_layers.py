"""Strategies for layers: every one that graphgrad exports, with drawn settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad._types import Array
from graphgrad.testing._asked import check_whole
from graphgrad.testing._asked_strategies import as_kinds, as_shape
from graphgrad.testing._domains import between
from graphgrad.testing._hypothesis import st
from graphgrad.testing._strategies_arrays import arrays

__all__ = ["activations", "inputs", "layers"]

Sides = tuple[int, ...]
Layers = st.SearchStrategy[gg.Layer]

ACTIVATIONS = (
    None, "relu", "tanh", "sigmoid", "softmax", "softplus", "elu", "gelu", "leaky_relu",
    "silu", "selu", "hard_sigmoid",
)  # fmt: skip
# What an Embedding knows: the numbers below this.
IDS = 5

# Settings whose first value is the default, which examples shrink to.
flags = st.sampled_from([True, False])
rates = st.sampled_from([0.5, 0.25, 0.125])
seeds = st.integers(0, 9)
weights = st.sampled_from(["zeros", "ones", "glorot_uniform", "he_normal"])
penalties = st.sampled_from([None, "l2", "l1", "l1l2"])
limits = st.sampled_from([None, "max_norm", "non_neg", "unit_norm"])


def activations() -> st.SearchStrategy[str | None]:
    """Return a strategy for what a layer's ``activation`` may be; None first.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.activations(), lambda name: name)
    'relu'
    """
    return st.sampled_from(ACTIVATIONS)


def layers(
    input_shape: Sequence[int | None],
    *,
    kinds: Sequence[type[gg.Layer]] | None = None,
) -> Layers:
    """Return a strategy for layers that take samples of ``input_shape``.

    The shape is a sample's, as that of `Input`: without the batch. All classes of
    graphgrad that take such a sample are drawn, with settings of all kinds, or those of
    ``kinds`` alone. They are not built yet. An `Embedding` takes numbers below 5 alone,
    which `inputs` knows.

    >>> from graphgrad.testing import strategies as gst
    >>> drawn = gst.layers((4,), kinds=[gg.Dense])
    >>> found = gst.smallest(drawn)
    >>> found.title(), found.activation.__name__
    ('Dense(1)', 'linear')
    """
    sides = _sides(input_shape)
    chosen = as_kinds(kinds, TABLE, "graphgrad.layers", "Dense")
    fitting = {kind: made for kind in TABLE if (made := TABLE[kind](sides)) is not None}
    wanted = [made for kind, made in fitting.items() if kind in chosen]
    if not wanted:
        named = ", ".join(kind.__name__ for kind in chosen)
        raise ValueError(
            f"no layer of {named} takes samples of shape {sides}, expected one of "
            f"{', '.join(kind.__name__ for kind in fitting)}"
        )
    return st.one_of(wanted)


def inputs(
    layer: gg.Layer, input_shape: Sequence[int | None], rows: int = 3
) -> st.SearchStrategy[Array]:
    """Return a strategy for ``rows`` samples that fit a drawn layer.

    Numbers between -3 and 3, or whole ones where the layer takes nothing else.

    >>> from graphgrad.testing import strategies as gst
    >>> x = gst.smallest(gst.inputs(gl.Embedding(5, 2), (1,)), lambda x: x.sum() > 4)
    >>> x.ravel()
    array([0., 1., 4.], dtype=float32)
    """
    if not isinstance(layer, gg.Layer):
        raise TypeError(
            f"inputs takes a layer, an object such as gg.Dense(3), got {layer!r}"
        )
    check_whole("rows", rows, 0)
    shape = (rows, *_sides(input_shape))
    first = layer
    while isinstance(first, gg.Sequential) and first.layers:
        first = first.layers[0]
    if isinstance(first, gl.Embedding):
        top = int(first.input_dim) - 1
        return arrays("int64", shape, between(0, top)).map(
            lambda x: x.astype("float32")
        )
    return arrays("float32", shape)


def _sides(input_shape: Sequence[int | None]) -> Sides:
    shape = as_shape("input_shape", input_shape, open_=True)
    return tuple(side for side in shape if side is not None)


# ---- the table -----------------------------------------------------------------------

# For a sample's shape the strategy for layers of a class, or None if it takes none.
Make = Callable[[Sides], Layers | None]
TABLE: dict[type[gg.Layer], Make] = {}


def _anywhere(kind: type[gg.Layer], *args: Any, **settings: Any) -> None:
    TABLE[kind] = lambda _: st.builds(kind, *args, **settings)


def _where(
    kind: type[gg.Layer],
    fits: Callable[[Sides], bool],
    made: Callable[[Sides], Layers],
) -> None:
    TABLE[kind] = lambda sides: made(sides) if fits(sides) else None


def _some(sides: Sides) -> bool:
    return len(sides) >= 1


def _divisors(number: int) -> list[int]:
    return [n for n in range(1, number + 1) if number % n == 0]


# The softmax of a single number is 1, about which layers warn.
def _dense(units: int, activation: str | None, *args: Any, **settings: Any) -> gg.Layer:
    suits = None if units == 1 and activation == "softmax" else activation
    return gl.Dense(units, suits, *args, **settings)


_anywhere(gl.Identity)
_anywhere(gl.Flatten)
_anywhere(gl.Activation, st.sampled_from(ACTIVATIONS[1:4]))
_anywhere(gl.ActivityRegularization, rates, rates)
_anywhere(gl.ELU, st.sampled_from([1.0, 0.5]))
_anywhere(gl.LeakyReLU, st.sampled_from([0.25, 0.5]))
_anywhere(
    gl.ReLU,
    st.sampled_from([None, 6.0, 0.5]),
    st.sampled_from([0.0, 0.25]),
    st.sampled_from([0.0, 0.5]),
)
_anywhere(gl.Dropout, rates, seed=seeds)
_anywhere(gl.AlphaDropout, rates, seed=seeds)
_anywhere(gl.GaussianDropout, rates, seed=seeds)
_anywhere(gl.GaussianNoise, rates, seed=seeds)
_anywhere(gl.Rescaling, st.sampled_from([2.0, 0.5, -1.0]), st.sampled_from([0.0, 1.0]))
_anywhere(gl.Lambda, st.sampled_from([gg.square, gg.tanh, gg.abs]))
_anywhere(
    gl.Normalization,
    st.none(),
    st.sampled_from([0.0, 1.5]),
    st.sampled_from([1.0, 4.0]),
    st.sampled_from([False, True]),
)
_where(
    gl.Dense,
    _some,
    lambda _: st.builds(
        _dense,
        st.integers(1, 4),
        activations(),
        flags,
        st.sampled_from(["glorot_uniform", "he_normal", "ones"]),
        weights,
        kernel_regularizer=penalties,
        bias_regularizer=penalties,
        activity_regularizer=penalties,
        kernel_constraint=limits,
    ),
)
_where(
    gl.Embedding,
    _some,
    lambda _: st.builds(
        gl.Embedding, st.just(IDS), st.integers(1, 3), embeddings_regularizer=penalties
    ),
)
_where(
    gl.PReLU,
    _some,
    lambda sides: st.builds(
        gl.PReLU,
        weights,
        penalties,
        limits,
        st.none() | st.integers(1, len(sides)).map(lambda axis: [axis]),
    ),
)
_where(
    gl.Softmax,
    lambda sides: bool(sides) and sides[-1] > 1,
    lambda sides: st.builds(
        gl.Softmax, axes_of(sides).filter(lambda axis: axis < 0 or sides[axis - 1] > 1)
    ),
)
_where(
    gl.BatchNormalization,
    _some,
    lambda sides: st.builds(
        gl.BatchNormalization,
        axes_of(sides),
        st.sampled_from([0.99, 0.5]),
        center=flags,
        scale=flags,
        gamma_regularizer=penalties,
    ),
)
_where(
    gl.LayerNormalization,
    _some,
    lambda sides: st.builds(
        gl.LayerNormalization, axes_of(sides), center=flags, scale=flags
    ),
)
_where(
    gl.RMSNormalization,
    _some,
    lambda sides: st.builds(gl.RMSNormalization, axes_of(sides)),
)
_where(
    gl.UnitNormalization,
    _some,
    lambda sides: st.builds(gl.UnitNormalization, axes_of(sides)),
)
_where(
    gl.GroupNormalization,
    _some,
    lambda sides: st.builds(
        gl.GroupNormalization,
        st.sampled_from(_divisors(sides[-1])),
        center=flags,
        scale=flags,
    ),
)
_where(
    gl.Permute,
    _some,
    lambda sides: st.builds(
        gl.Permute, st.permutations(range(1, len(sides) + 1)).map(tuple)
    ),
)
_where(
    gl.Reshape,
    _some,
    lambda sides: st.sampled_from(_divisors(math.prod(sides))).map(
        lambda side: gl.Reshape((side, -1))
    ),
)
_where(
    gl.RepeatVector,
    lambda sides: len(sides) == 1,
    lambda _: st.builds(gl.RepeatVector, st.integers(1, 3)),
)
_where(
    gl.SpatialDropout1D,
    lambda sides: len(sides) == 2,
    lambda _: st.builds(gl.SpatialDropout1D, rates, seed=seeds),
)
for _kind, _ndim in (
    (gl.GlobalAveragePooling1D, 2),
    (gl.GlobalMaxPooling1D, 2),
    (gl.GlobalAveragePooling2D, 3),
    (gl.GlobalMaxPooling2D, 3),
):
    _where(
        _kind,
        lambda sides, ndim=_ndim: len(sides) == ndim,  # type: ignore[misc]
        lambda _, kind=_kind: st.builds(  # type: ignore[misc]
            kind, keepdims=st.booleans()
        ),
    )
_where(
    gg.Sequential,
    _some,
    lambda _: st.builds(
        lambda units, layer: gg.Sequential([gl.Dense(units), layer]),
        st.integers(1, 3),
        st.builds(gl.Activation, st.sampled_from(ACTIVATIONS[1:4])),
    ),
)


def axes_of(sides: Sides) -> st.SearchStrategy[int]:
    """Return a strategy for an axis of a batch other than the batch's: -1 first.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(axes_of((2, 3)), lambda axis: axis != -1)
    1
    """
    return st.sampled_from([-1, *range(1, len(sides))])
