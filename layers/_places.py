"""Where an error arose: the layer, loss or metric that was computing, said once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._sites import note_part

__all__ = ["placed", "placed_in_layer"]

# What operations on tensors raise, which do not know who called them.
_UNPLACED = (
    gg.DTypeError,
    gg.GradientError,
    gg.ShapeError,
    gg.TraceError,
    gg.UnsupportedError,
)


def placed(
    error: gg.GraphgradError,
    place: str,
    *,
    known: str = "",
    title: str = "",
    reads: Sequence[gg.Tensor] = (),
    scope: str = "",
) -> gg.GraphgradError:
    """Return an error of the same kind that says where it arose, if it does not yet.

    One that begins with the name ``known`` does. Without a site it gets one: what is
    called ``title``, in this ``scope``, failed as it read these tensors.

    >>> import graphgrad as gg
    >>> error = placed(gg.ShapeError("shapes do not fit"), "layer 'scale'")
    >>> error
    ShapeError("layer 'scale': shapes do not fit")
    >>> placed(error, "layer 'around'") is error
    True
    """
    if title:
        note_part(error, title, reads, scope)
    if type(error) not in _UNPLACED or hasattr(error, "placed"):
        return error
    text = str(error)
    found = (
        error
        if text.startswith((*_KNOWN, known or place))
        else type(error)(f"{place}: {text}")
    )
    found.site = error.site
    vars(found)["placed"] = True
    return found


# What layers, losses and metrics say themselves.
_KNOWN = ("layer ", "loss ", "metric ")


def placed_in_layer(
    error: gg.GraphgradError, layer: Any, x: gg.Tensor
) -> gg.GraphgradError:
    """Return an error of the same kind that says which layer failed as it read ``x``.

    >>> import graphgrad as gg
    >>> placed_in_layer(gg.ShapeError("no"), gg.Dense(1, name="d"), gg.tensor([1.0]))
    ShapeError("layer 'd' (Dense(1)): no")
    """
    title = layer.title()
    place = f"layer {layer.name!r} ({title})"
    return placed(error, place, title=title, reads=(x,), scope=layer.path)
