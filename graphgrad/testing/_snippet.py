"""Snippets: a failure as a program that can be run."""

from __future__ import annotations

import ast
import importlib
import inspect
import reprlib
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from graphgrad._primitive import OPS, Primitive
from graphgrad._tensor import Tensor
from graphgrad._tree import leaves
from graphgrad._types import Array
from graphgrad.testing._smallest import Call

__all__ = ["snippet"]

# Longer arrays are not written out.
LONGEST = 200

# What can be written, in nests too.
PLAIN = (bool, int, float, complex, str, bytes, slice, range, np.generic, type(None))
WRITTEN = (*PLAIN, tuple, list, dict, np.ndarray, Tensor)


def snippet(
    functions: Mapping[str, Callable[..., Any]], call: Call, arrays: Sequence[Array]
) -> str:
    """Return code that checks functions once more, with these arrays.

    They are ``f`` alone, or with its ``vjp`` or ``jvp``. Functions are imported where
    that is possible, or written as in their file, with what they use of it; else a
    comment says that it is the function that was given.
    """
    lines = ["import numpy as np", "import graphgrad as gg", ""]
    known, names = {"np", "gg"}, []
    for name, function in functions.items():
        called, written = _function(function, name, known)
        lines += written
        names.append(called)
    args = tuple(call.filled(arrays))
    *_, last = functions
    check = "check_grads" if last == "f" else f"check_{last}"
    given = ", ".join(names)
    lines.append("")
    if any(_count(each) > LONGEST for each in leaves(args)):
        lines.append("# long arrays are of ones here, like those that failed")
    lines += [f"args = {_literal(args)}", f"gg.testing.{check}({given}, args)"]
    return "\n".join(lines)


def _function(
    f: Callable[..., Any], name: str, known: set[str]
) -> tuple[str, list[str]]:
    """Return what a function is called in the program, and the lines that say it.

    That is ``name``, or its own, which others of its file may call it by.
    """
    if isinstance(f, Primitive) and OPS.get(f.name) is type(f) and not f.params():
        return name, [f"{name} = gg.OPS[{f.name!r}]()"]
    module, path = getattr(f, "__module__", None), getattr(f, "__qualname__", None)
    if module and path and "<" not in path and _is_there(f, module, path):
        if "." not in path:
            return name, [f"from {module} import {path} as {name}"]
        outer, inner = path.split(".", 1)
        return name, [f"from {module} import {outer}", f"{name} = {outer}.{inner}"]
    # A method needs its object, and what a closure holds is not in its source.
    if (
        inspect.isfunction(f)
        and f.__name__ != "<lambda>"
        and not f.__code__.co_freevars
    ):
        try:
            source = textwrap.dedent(inspect.getsource(f))
            lines = [*_used(f, source, known), *source.rstrip().splitlines()]
        except (OSError, TypeError, SyntaxError):
            pass
        else:
            return f.__name__, lines
    told = getattr(f, "__qualname__", repr(f))
    return name, [f"{name} = ...  # {told}, as it was given"]


# What a function uses of its file, each name once.
def _used(f: FunctionType, source: str, known: set[str]) -> list[str]:
    lines = []
    known.add(f.__name__)
    nodes = ast.walk(ast.parse(source))
    for name in [each.id for each in nodes if isinstance(each, ast.Name)]:
        if name in f.__globals__ and name not in known:
            known.add(name)
            lines += _defined(name, f.__globals__[name], known)
    return lines


def _defined(name: str, value: Any, known: set[str]) -> list[str]:
    if inspect.ismodule(value):
        return [f"import {value.__name__} as {name}"]
    if callable(value):
        called, lines = _function(value, name, known)
        return lines if called == name else [*lines, f"{name} = {called}"]
    if isinstance(value, WRITTEN) and sum(map(_count, leaves(value))) <= LONGEST:
        return [f"{name} = {_literal(value)}"]
    return [f"{name} = ...  # as it was there: {reprlib.repr(value)}"]


def _is_there(f: Callable[..., Any], module: str, path: str) -> bool:
    if module == "__main__":
        return False
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return found is f


def _count(leaf: Any) -> int:
    return leaf.size if isinstance(leaf, np.ndarray | Tensor) else 1


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key!r}: {_literal(x)}" for key, x in value.items())
        return f"{{{inner}}}"
    if isinstance(value, tuple | list):
        inner = ", ".join(map(_literal, value))
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, Tensor):
        return f"gg.tensor({_array(value.numpy())})"
    return _array(value) if isinstance(value, np.ndarray) else _single(value)


def _single(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return _numbers(value)
    return repr(value) if isinstance(value, PLAIN) else "..."


def _array(value: Array) -> str:
    if value.dtype.kind not in "biufc":
        return f"np.array({value.tolist()})" if value.dtype.kind in "US" else "..."
    if value.size > LONGEST:
        return f"np.ones({value.shape}, np.{value.dtype})"
    dtype = "" if value.dtype in (np.float64, np.int64, bool) else f", np.{value.dtype}"
    return f"np.array({_numbers(value.tolist())}{dtype})"


def _numbers(value: Any) -> str:
    return repr(value).replace("nan", "np.nan").replace("inf", "np.inf")
