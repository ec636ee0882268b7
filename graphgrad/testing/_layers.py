"""check_layer: one line that gives a layer the whole law of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.testing import _layer_laws
from graphgrad.testing._laws import chosen, told
from graphgrad.testing._layer_case import LayerCase

__all__ = ["LAYER_LAWS", "check_law", "check_layer"]

__tracebackhide__ = True  # pytest shows the line of the test

# What is checked, in this order.
LAYER_LAWS = {
    "builds": _layer_laws.builds,
    "shape": _layer_laws.shape,
    "dtype": _layer_laws.dtype,
    "inference": _layer_laws.inference,
    "training": _layer_laws.training,
    "rows": _layer_laws.rows,
    "gradients": _layer_laws.gradients,
    "compiled": _layer_laws.compiled,
    "config": _layer_laws.config,
    "saving": _layer_laws.saving,
    "copies": _layer_laws.copies,
    "pickle": _layer_laws.pickles,
}


def check_layer(
    layer: gg.Layer,
    x: Any,
    *,
    mixes_rows: bool = False,
    order: int = 2,
    skip: Sequence[str] = (),
    seed: int = 0,
) -> tuple[str, ...]:
    """Check that a layer keeps every law of layers, and return the laws' names.

    ``x`` is a batch of inputs, or the shape of a sample as `Input` takes it: then some
    are drawn by ``seed``. The layer itself is left alone: what is built, trained and
    saved are copies of it.

    - ``builds``: it can be called; weights are its variables.
    - ``shape``: `compute_output_shape` says what comes, before and after building.
    - ``dtype``: weights and outputs are float32.
    - ``inference``: outside training nothing is random and nothing changes.
    - ``training``: outputs have the same shape and are finite, and weights are left
      to the optimizer.
    - ``rows``: a sample's output does not depend on the others of its batch; in
      training neither, unless it ``mixes_rows``, as `BatchNormalization` does.
    - ``gradients``: those by input and weights are the slopes of the values, also of
      the second ``order``, by `check_grads`; in float32 they are the same numbers.
    - ``compiled``: programs compute values, gradients and state as tensors do.
    - ``config``: ``from_config(get_config())`` computes the same, also through JSON.
    - ``saving``: a model that holds it, saved and loaded, predicts the same bits.
    - ``copies``, ``pickle``: copies compute the same, and go on apart.

    Laws that a layer cannot keep are named in ``skip``. `LawError` says which law was
    broken, by which layer, and what came.

    >>> import graphgrad as gg
    >>> from graphgrad.testing import check_layer
    >>> laws = check_layer(gg.Dense(2, "tanh"), (3,))
    >>> len(laws), laws[:3]
    (12, ('builds', 'shape', 'dtype'))
    """
    names = chosen(LAYER_LAWS, skip)
    case = LayerCase(layer, x, mixes_rows=mixes_rows, order=order, seed=seed)
    for name in names:
        check_law(case, name)
    return names


def check_law(case: LayerCase, name: str) -> None:
    """Check one law by its name.

    >>> check_law(LayerCase(gg.Dense(1), (2,)), "shape")
    """
    told(lambda found: case.report(name, found), LAYER_LAWS[name], case)
