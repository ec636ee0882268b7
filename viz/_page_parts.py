"""The parts of a page: which scripts and styles, in which order, and how they join."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

_COMMENT = re.compile(r"^\s*/\*.*?\*/$", re.DOTALL | re.MULTILINE)

__all__ = ["FEATURES", "PARTS", "STYLES", "fingerprint", "script", "style", "template"]

# Functions that features call; they do nothing by themselves.
PARTS = (
    "dom",
    "store",
    "model",
    "stack",
    "route",
    "boxroute",
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
    "print",
)


def script() -> str:
    """Return the whole script of a page, in a function of its own."""
    names = (*PARTS, *FEATURES, "main")
    texts = [_dense(_text(f"{name}.js")) for name in names]
    calls = ", ".join(f"install{each.title().replace('_', '')}" for each in FEATURES)
    body = "\n".join([*texts, f"start([{calls}]);"])
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def style() -> str:
    """Return the whole style sheet of a page."""
    return "\n".join(_dense(_text(f"{name}.css")) for name in STYLES)


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


# Comments and indentation are for who reads the sources: a fifth of the size.
def _dense(text: str) -> str:
    lines = (line.strip() for line in _COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _text(name: str) -> str:
    file = resources.files("graphgrad.viz").joinpath("page", name)
    return file.read_text(encoding="utf-8")
