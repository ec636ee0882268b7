"""A layer with a batch of inputs: what the laws of layers are asked of."""

from __future__ import annotations

import copy
import reprlib
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._types import Array
from graphgrad.layers._shapes import show_shape
from graphgrad.testing._asked import check_finite, check_whole

__all__ = ["LayerCase"]

__tracebackhide__ = True  # pytest shows the line of the test


class LayerCase:
    """A layer, never touched, a copy of it that is built, and a batch of inputs.

    >>> case = LayerCase(gg.Dense(2), (3,))
    >>> case.x.shape, case.layer.built, case.built.built
    ((3, 3), False, True)
    """

    def __init__(
        self,
        layer: gg.Layer,
        x: Any,
        *,
        mixes_rows: bool = False,
        order: int = 2,
        seed: int = 0,
        rows: int = 3,
    ) -> None:
        """Draw a batch by ``seed`` if ``x`` is the shape of a sample."""
        if not isinstance(layer, gg.Layer):
            raise TypeError(
                "check_layer takes a layer, an object such as gg.Dense(3), got "
                f"{layer!r}"
            )
        check_whole("order", order, 1)
        check_whole("seed", seed, 0)
        self.layer, self.mixes_rows, self.order = layer, mixes_rows, order
        # Whether there are derivatives by the input: numbers that count have none.
        self.smooth = True
        self.seed = seed
        # What it was given, as it is written.
        self.given = "x"
        if _is_shape(x):
            self.given = repr(tuple(x))
            given = self._drawn(tuple(side for side in x if side is not None), rows)
        else:
            given = _batch(x)
            self.smooth = given.dtype.kind == "f"
        self.x = np.asarray(given, np.float32)
        self._built: gg.Layer | None = None

    def _drawn(self, sides: tuple[int, ...], rows: int) -> Array:
        rng = np.random.default_rng(self.seed)
        x = rng.normal(size=(rows, *sides)).astype(np.float32)
        values = self.layer.input_values()
        if values is not None and values.misfits(x) is not None:
            self.smooth = False
            return rng.integers(0, 2, x.shape).astype(np.float32)
        return x

    @property
    def built(self) -> gg.Layer:
        """The copy that is built; whoever changes it takes a `twin`."""
        if self._built is None:
            self._built = copy.deepcopy(self.layer)
            self._built(self.x)
        return self._built

    @property
    def twin(self) -> gg.Layer:
        """Another copy with the same weights and random state."""
        return copy.deepcopy(self.built)

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the inputs, batch first."""
        return (None, *self.x.shape[1:])

    @property
    def is_random(self) -> bool:
        """Whether training draws random numbers."""
        return any(each.cell.kind == "random" for each in self.built.variables)

    def again(self) -> str:
        """Write the call that checks it; who wrote the layer knows how to make it.

        >>> LayerCase(gg.Dense(2), (3,), order=1).again()
        'gg.testing.check_layer(layer, (3,), order=1)  # layer is Dense(2), as given'
        """
        kept = {"mixes_rows": False, "order": 2, "seed": 0}
        options = "".join(
            f", {name}={getattr(self, name)!r}"
            for name, usual in kept.items()
            if getattr(self, name) != usual
        )
        call = f"gg.testing.check_layer(layer, {self.given}{options})"
        return f"{call}  # layer is {self.layer.title()}, as given"

    def report(self, law: str, found: str) -> str:
        """Write what is told of a broken law."""
        title = self.layer.title()
        shape = show_shape(self.input_shape)
        return (
            f"layer {title} breaks the law {law!r} for inputs of shape {shape}: {found}"
        )


def _is_shape(x: Any) -> bool:
    if not isinstance(x, tuple) or not all(
        side is None or isinstance(side, int | np.integer) for side in x
    ):
        return False
    if any(side is not None and side < 1 for side in x):
        raise _refused(x)
    return True


def _batch(x: Any) -> Array:
    try:
        given = np.array(x)
    except ValueError:
        raise _refused(x) from None
    if given.ndim == 0 or given.dtype.kind not in "biuf":
        raise _refused(x)
    if not len(given):
        raise ValueError(
            f"check_layer takes a batch of one sample or more; got shape {given.shape}"
        )
    check_finite("x", given)
    return given


def _refused(x: Any) -> ValueError:
    return ValueError(
        "check_layer takes a batch of inputs, or the shape of a sample, a tuple such "
        f"as (4,); got {reprlib.repr(x)}"
    )
