"""Where an error arose: the layer, loss or metric that was computing, said once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._sites import note_part

__all__ = ["note_layer", "note_place"]

# What operations on tensors raise, which do not know who called them.
_UNPLACED = (
    gg.DTypeError,
    gg.GradientError,
    gg.ShapeError,
    gg.TraceError,
    gg.UnsupportedError,
)


def note_place(
    error: gg.GraphgradError,
    place: str,
    *,
    known: str = "",
    title: str = "",
    reads: Sequence[gg.Tensor] = (),
    scope: str = "",
) -> None:
    """Let an error say where it arose, if it does not yet.

    It stays the same error, to be raised once more, so that it has no other cause. One
    that begins with the name ``known`` says so. Without a site it gets one: what is
    called ``title``, in this ``scope``, failed as it read these tensors.

    >>> import graphgrad as gg
    >>> error = gg.ShapeError("shapes do not fit")
    >>> note_place(error, "layer 'scale'")
    >>> note_place(error, "layer 'around'")
    >>> error
    ShapeError("layer 'scale': shapes do not fit")
    """
    if title:
        note_part(error, title, reads, scope)
    if type(error) not in _UNPLACED or hasattr(error, "placed"):
        return
    text = str(error)
    if not text.startswith((*_KNOWN, known or place)):
        error.args = (f"{place}: {text}",)
    vars(error)["placed"] = True


# What layers, losses and metrics say themselves.
_KNOWN = ("layer ", "loss ", "metric ")


def note_layer(error: gg.GraphgradError, layer: Any, x: gg.Tensor) -> None:
    """Let an error say which layer failed as it read ``x``.

    >>> import graphgrad as gg
    >>> error = gg.ShapeError("no")
    >>> note_layer(error, gg.Dense(1, name="d"), gg.tensor([1.0]))
    >>> error
    ShapeError("layer 'd' (Dense(1)): no")
    """
    title = layer.title()
    place = f"layer {layer.name!r} ({title})"
    note_place(error, place, title=title, reads=(x,), scope=layer.path)
