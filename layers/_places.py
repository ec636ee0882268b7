"""Where an error arose: the layer, loss or metric that was computing, said once."""

from __future__ import annotations

import graphgrad as gg

__all__ = ["placed"]

# What operations on tensors raise, which do not know who called them.
_UNPLACED = (
    gg.DTypeError,
    gg.GradientError,
    gg.ShapeError,
    gg.TraceError,
    gg.UnsupportedError,
)


def placed(
    error: gg.GraphgradError, place: str, *, known: str = ""
) -> gg.GraphgradError:
    """Return an error of the same kind that says where it arose, if it does not yet.

    One that begins with the name ``known`` does.

    >>> import graphgrad as gg
    >>> error = placed(gg.ShapeError("shapes do not fit"), "layer 'scale'")
    >>> error
    ShapeError("layer 'scale': shapes do not fit")
    >>> placed(error, "layer 'around'") is error
    True
    """
    if type(error) not in _UNPLACED or hasattr(error, "placed"):
        return error
    text = str(error)
    found = (
        error
        if text.startswith((*_KNOWN, known or place))
        else type(error)(f"{place}: {text}")
    )
    vars(found)["placed"] = True
    return found


# What layers, losses and metrics say themselves.
_KNOWN = ("layer ", "loss ", "metric ")
