"""Snippets: a failure as a program that can be run."""

from __future__ import annotations

import ast
import importlib
import inspect
import reprlib
import sys
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
    if isinstance(f, Primitive):
        return name, _primitive(f, name, known)
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
        lines = _written(f, f.__globals__, known)
        if lines:
            return f.__name__, lines
    told = getattr(f, "__qualname__", repr(f))
    return name, [f"{name} = ...  # {told}, as it was given"]


# Classes of primitives are entered in a table by their modules; those of users are
# there only when their module is imported, or written out.
def _primitive(op: Primitive, name: str, known: set[str]) -> list[str]:
    kind = type(op)
    module, path = kind.__module__, kind.__qualname__
    given = ", ".join(f"{key}={_literal(x)}" for key, x in op.params().items())
    if "..." in given:
        return [f"{name} = ...  # {op!r}, as it was given"]
    if module.startswith("graphgrad.") and OPS.get(op.name) is kind:
        return [f"{name} = gg.OPS[{op.name!r}]({given})"]
    if "." not in path and _is_there(kind, module, path):
        return [f"from {module} import {path}", f"{name} = {path}({given})"]
    scope = vars(sys.modules[module]) if module in sys.modules else {}
    held = [getattr(each, "__code__", None) for each in vars(kind).values()]
    closed = any(set(code.co_freevars) - {"__class__"} for code in held if code)
    lines = [] if closed else _written(kind, scope, known)
    made = f"{kind.__name__}({given})" if lines else f"...  # {op!r}, as it was given"
    return [*lines, f"{name} = {made}"]


# The source of a function or a class, after what it uses of its file, each name once;
# nothing if there is none.
def _written(
    f: FunctionType | type, scope: Mapping[str, Any], known: set[str]
) -> list[str]:
    try:
        source = textwrap.dedent(inspect.getsource(f))
        nodes = list(ast.walk(ast.parse(source)))
    except (OSError, TypeError, SyntaxError):
        return []
    lines = []
    known.add(f.__name__)
    for name in [each.id for each in nodes if isinstance(each, ast.Name)]:
        if name in scope and name not in known:
            known.add(name)
            lines += _defined(name, scope[name], known)
    return [*lines, *source.rstrip().splitlines()]


def _defined(name: str, value: Any, known: set[str]) -> list[str]:
    if inspect.ismodule(value):
        return [f"import {value.__name__} as {name}"]
    if inspect.isclass(value) and not _is_there(value, value.__module__, name):
        found = sys.modules.get(value.__module__)
        lines = _written(value, vars(found) if found else {}, known)
        return lines or [f"{name} = ...  # as it was there: {reprlib.repr(value)}"]
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
