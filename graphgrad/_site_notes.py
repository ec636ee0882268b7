"""What errors get to know of their site, and what their messages say of it."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._context import current_place, line_of
from graphgrad._errors import DTypeError, GraphgradError, OutOfMemoryError, ShapeError
from graphgrad._node import Line, Node, Place
from graphgrad._operators import FUNCTIONS
from graphgrad._primitive import Primitive
from graphgrad._room import require_memory
from graphgrad._site import Stand, input_node, site_of
from graphgrad._tensor import Tensor
from graphgrad._types import describe

__all__ = ["explain", "kind_of", "note_function", "note_operation", "told_by"]


def explain(op: Primitive, inputs: Sequence[Tensor]) -> None:
    """Raise why an operation cannot be computed, if its rule of shapes knows.

    NumPy says that shapes do not fit; the rule says what would, and how large it is.
    """
    try:
        result = op.infer(*inputs)
        size = int(math.prod(result.shape)) * result.dtype.itemsize
        require_memory(size, f"{op.name} of shape {result.shape}")
    except (ShapeError, OutOfMemoryError) as error:
        note_operation(error, op, inputs)
        raise error from None


def note_operation(
    error: GraphgradError, op: Primitive, operands: Sequence[Any]
) -> None:
    """Give an error that a primitive raised about its operands a site.

    In a trace, where operations have names, its message gets the equation.
    """
    if error.site is not None:
        return
    letters = "abcdefghijklmnopqrstuvwxyz"
    nodes = [_operand(each, letters[i % 26]) for i, each in enumerate(operands)]
    told = told_by(error)
    told["actual"] = told["actual"] or " and ".join(map(describe, nodes))
    error.site = site_of(kind_of(error), op, nodes, current_place(1), told=told)
    traced = any(type(each) is Node for each in operands)
    if traced and error.args and isinstance(error.args[0], str):
        site = error.site
        written = f" (in {site.node} = {site.equation})"
        error.args = (error.args[0] + written, *error.args[1:])


def note_function(error: GraphgradError, place: Place) -> bool:
    """Give an error that one of our functions raised before it applied a primitive one.

    Which one, and what it was given, is read off the traceback. Return whether there is
    a site now.

    >>> note_function(ShapeError("raised by nobody"), Place())
    False
    """
    if error.site is None:
        called = _called(error)
        if called is not None:
            name, operands, line = called
            place = place._replace(line=line or place.line)
            nodes = [_operand(each, "abc"[i % 3]) for i, each in enumerate(operands)]
            told = told_by(error)
            told["actual"] = told["actual"] or " and ".join(map(describe, nodes))
            error.site = site_of(kind_of(error), Stand(name), nodes, place, told=told)
    return error.site is not None


# The innermost function of tensors that was called with tensors, and who called it.
def _called(error: BaseException) -> tuple[str, list[Tensor], Line | None] | None:
    found, trace = None, error.__traceback__
    while trace is not None:
        code, known = trace.tb_frame.f_code, trace.tb_frame.f_locals
        ours = str(trace.tb_frame.f_globals.get("__name__")).startswith("graphgrad._")
        if ours and code.co_name in FUNCTIONS:
            several = bool(code.co_flags & inspect.CO_VARARGS)
            taken = code.co_argcount + code.co_kwonlyargcount + several
            given = [known.get(each) for each in code.co_varnames[:taken]]
            tensors = [t for each in given for t in _tensors(each)]
            if tensors:
                found = (code.co_name, tensors, line_of(trace.tb_frame))
        trace = trace.tb_next
    return found


def _tensors(given: Any) -> list[Tensor]:
    parts = given if isinstance(given, list | tuple) else [given]
    return [each for each in parts if isinstance(each, Tensor)]


def _operand(each: Any, letter: str) -> Node:
    if isinstance(each, Node):
        return each
    node: Node | None = getattr(each, "_node", None)
    if node is not None:
        return node
    array = each if hasattr(each, "dtype") else np.asarray(each)
    known = array.dtype.kind in "fiub"
    return input_node(
        letter if known else str(array.dtype),
        tuple(array.shape),
        array.dtype if known else np.dtype(np.float32),
    )


def kind_of(error: BaseException) -> str:
    """Return what is wrong, in a word.

    >>> kind_of(ShapeError("no"))
    'shape'
    """
    if isinstance(error, ShapeError):
        return "shape"
    return "dtype" if isinstance(error, DTypeError) else "value"


_FIX = r"(?:(?:; |: )(?P<fix>.*))?"
_ALIKE = (
    rf"(?:.*? expected )?(?P<expected>.*?),? got (?P<actual>.*?){_FIX}",
    rf"(?P<actual>.*), expected (?P<expected>.*?){_FIX}",
    # What is not said to be expected is what is wrong with what came.
    r"(?P<actual>.*?)(?:(?:; |\. (?=[A-Z]))(?P<fix>.*))?",
)


def told_by(error: BaseException) -> dict[str, str]:
    """Return what a message says was expected, what came, and the way out.

    Most are made alike: what is due, "got" what came, and then the fix. Where nothing
    is said to be due, nothing was expected, and what came is what is wrong.

    >>> told_by(ValueError("flip needs axes below 2, got 3; leave it out"))
    {'expected': 'flip needs axes below 2', 'actual': '3', 'fix': 'leave it out'}
    >>> told_by(ValueError("axis 3 does not exist; take one from -2 to 1"))
    {'expected': '', 'actual': 'axis 3 does not exist', 'fix': 'take one from -2 to 1'}
    """
    tried = [re.fullmatch(each, str(error), re.DOTALL) for each in _ALIKE]
    parts = next(each for each in tried if each is not None).groupdict()
    return {name: parts.get(name) or "" for name in ("expected", "actual", "fix")}
