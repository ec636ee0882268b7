"""The parts of a page: which scripts and styles, in which order, and how they join."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources

from graphgrad.viz._page_dense import dense_script, dense_style

__all__ = [
    "FEATURES",
    "NEEDS",
    "PARTS",
    "STYLES",
    "fingerprint",
    "script",
    "style",
    "template",
]

# Functions that features call; they do nothing by themselves.
PARTS = (
    "dom",
    "store",
    "model",
    "stack",
    "route",
    "boxroute",
    "captions",
    "clear",
    "shapes",
    "things",
    "marks",
    "viewport",
    "pointers",
    "dot",
    "ramp",
    "heatmap",
    "epochdock",
    "epochpanel",
    "math",
    "paper",
    "ordering",
    "predicting",
)

# Each is a file with one function `installX(page)`; they are called in this order.
FEATURES = (
    "keys",
    "canvas",
    "panel",
    "facts",
    "layers",
    "equations",
    "outline",
    "toolbar",
    "legend",
    "collapse",
    "search",
    "isolate",
    "compare",
    "epochs",
    "walk",
    "schedule",
    "dock",
    "memory",
    "pairing",
    "values",
    "overlays",
    "exercise",
    "export",
    "print",
    "failure",
    "help",
)

STYLES = (
    "base",
    "layout",
    "graph",
    "panel",
    "compare",
    "dock",
    "epochs",
    "values",
    "equations",
    "exercise",
    "failure",
    "narrow",
    "print",
)


# What shows a section of the data is left out of pages that lack it.
NEEDS = {
    "compare": "comparison",
    "epochs": "epochs",
    "epochdock": "epochs",
    "epochpanel": "epochs",
    "equations": "equations",
    "math": "equations",
    "paper": "equations",
    "failure": "failure",
}


def script(keys: Collection[str]) -> str:
    """Return the script of a page whose data have these keys, in one function."""
    features = _needed(FEATURES, keys)
    names = (*_needed(PARTS, keys), *features, "main")
    calls = ", ".join(f"install{each.title().replace('_', '')}" for each in features)
    body = "\n".join([*map(_script_of, names), f"start([{calls}]);"])
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def style(keys: Collection[str]) -> str:
    """Return the style sheet of a page whose data have these keys."""
    return "\n".join(map(_style_of, _needed(STYLES, keys)))


def _needed(names: Iterable[str], keys: Collection[str]) -> list[str]:
    return [each for each in names if each not in NEEDS or NEEDS[each] in keys]


def template() -> str:
    """Return the skeleton of a page, with names in double braces to fill in."""
    return _text("page.html")


def fingerprint(text: str) -> str:
    """Return what a content security policy calls ``text``.

    >>> fingerprint("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def _script_of(name: str) -> str:
    return dense_script(_text(f"{name}.js"))


@cache
def _style_of(name: str) -> str:
    return dense_style(_text(f"{name}.css"))


def _text(name: str) -> str:
    file = resources.files("graphgrad.viz").joinpath("page", name)
    return file.read_text(encoding="utf-8")
