"""The errors that graphgrad raises: what was expected, what came, what to do."""

from __future__ import annotations

__all__ = [
    "DTypeError",
    "GradientError",
    "GraphgradError",
    "InvariantError",
    "ShapeError",
    "TraceError",
    "UnsupportedError",
]


class GraphgradError(Exception):
    """The base of every error that graphgrad raises on purpose."""


class ShapeError(GraphgradError, ValueError):
    """Shapes that do not fit an operation, a layer or a label."""


class DTypeError(GraphgradError, TypeError):
    """A dtype that an operation does not take."""


class GradientError(GraphgradError, RuntimeError):
    """A derivative that cannot be had: nothing recorded, or its graph was freed."""


class TraceError(GraphgradError, RuntimeError):
    """A value was asked for while a function was traced, when there are none."""


class UnsupportedError(GraphgradError, TypeError):
    """A NumPy function or operation that tensors do not support."""


class InvariantError(GraphgradError, AssertionError):
    """A graph that breaks a rule every graph must keep: a fault of graphgrad itself."""
