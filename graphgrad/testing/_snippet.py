"""Snippets: a failure as a program that can be run."""

from __future__ import annotations

import importlib
import inspect
import reprlib
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
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


def snippet(
    functions: Mapping[str, Callable[..., Any]], call: Call, arrays: Sequence[Array]
) -> str:
    """Return code that checks functions once more, with these arrays.

    They are ``f`` alone, or with its ``vjp`` or ``jvp``, by these names. Functions are
    imported where that is possible, or written as in their file, with what they use of
    it; else a comment says that it is the function that was given.
    """
    lines = ["import numpy as np", "import graphgrad as gg", ""]
    known = {"np", "gg"}
    for name, function in functions.items():
        lines += _function(function, name, known)
    args = tuple(call.filled(arrays))
    *_, last = functions
    check = "check_grads" if last == "f" else f"check_{last}"
    given = ", ".join(functions)
    lines.append("")
    if any(np.size(each) > LONGEST for each in leaves(args)):
        lines.append("# long arrays are of ones here, like those that failed")
    lines += [f"args = {_literal(args)}", f"gg.testing.{check}({given}, args)"]
    return "\n".join(lines)


def _function(f: Callable[..., Any], name: str, known: set[str]) -> list[str]:
    if isinstance(f, Primitive) and OPS.get(f.name) is type(f) and not f.params():
        return [f"{name} = gg.OPS[{f.name!r}]()"]
    module, path = getattr(f, "__module__", None), getattr(f, "__qualname__", None)
    if module and path and "<" not in path and _is_there(f, module, path):
        if "." not in path:
            return [f"from {module} import {path} as {name}"]
        outer, inner = path.split(".", 1)
        return [f"from {module} import {outer}", f"{name} = {outer}.{inner}"]
    code, called = getattr(f, "__code__", None), getattr(f, "__name__", "")
    if code is not None and called != "<lambda>" and not code.co_freevars:
        try:
            source = textwrap.dedent(inspect.getsource(f))
        except (OSError, TypeError):
            pass
        else:
            lines = [*_used(f, known), *source.rstrip().splitlines()]
            return lines if called == name else [*lines, f"{name} = {called}"]
    told = getattr(f, "__qualname__", repr(f))
    return [f"{name} = ...  # {told}, as it was given"]


# What a function uses of its file, each name once.
def _used(f: Callable[..., Any], known: set[str]) -> list[str]:
    lines = []
    there: dict[str, Any] = getattr(f, "__globals__", {})
    known.add(getattr(f, "__name__", ""))
    for name in _names(f.__code__):
        if name in there and name not in known:
            known.add(name)
            lines += _defined(name, there[name], known)
    return lines


def _names(code: CodeType) -> list[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [*code.co_names, *(name for each in inner for name in _names(each))]


def _defined(name: str, value: Any, known: set[str]) -> list[str]:
    if inspect.ismodule(value):
        return [f"import {value.__name__} as {name}"]
    if callable(value):
        return _function(value, name, known)
    if isinstance(value, bool | int | float | str | tuple | list | dict | np.ndarray):
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
    return _array(value) if isinstance(value, np.ndarray) else repr(value)


def _array(value: Array) -> str:
    if value.size > LONGEST:
        return f"np.ones({value.shape}, np.{value.dtype})"
    dtype = "" if value.dtype in (np.float64, np.int64, bool) else f", np.{value.dtype}"
    return f"np.array({value.tolist()}{dtype})"
