"""The errors that graphgrad raises: what was expected, what came, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphgrad._site import Site

__all__ = [
    "DTypeError",
    "GradientError",
    "GraphgradError",
    "InvariantError",
    "NonFiniteError",
    "NonFiniteWarning",
    "OutOfMemoryError",
    "ShapeError",
    "TraceError",
    "UnsupportedError",
]


class GraphgradError(Exception):
    """The base of every error that graphgrad raises on purpose.

    ``site`` says where in a graph it arose, if it did in one: see `Site`.
    """

    site: Site | None = None


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


class NonFiniteError(GraphgradError, ArithmeticError):
    """A step computed NaN or an infinity; ``site`` has the operation that did first."""


class OutOfMemoryError(GraphgradError, MemoryError):
    """Something needs more memory than there is, or may be had; none was taken."""

    # Whether it is the `allowance` of a block that was too small.
    over_allowance = False


class InvariantError(GraphgradError, AssertionError):
    """A graph that breaks a rule every graph must keep: a fault of graphgrad itself."""


class NonFiniteWarning(RuntimeWarning):
    """A step computed NaN or an infinity; ``site`` is that of a `NonFiniteError`."""

    site: Site | None = None
