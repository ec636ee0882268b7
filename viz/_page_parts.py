"""The parts of a page: which scripts and styles, in which order, and how they join."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

_COMMENT = re.compile(r"^\s*/\*.*?\*/$", re.DOTALL | re.MULTILINE)
_REMARK = re.compile(r"(^|\s)\s*//( .*)?$")
_CAST = re.compile(r"/\*\* @type \{[^}]*\} \*/ ?")
_BEGINNING = re.compile(r"\) \{$", re.MULTILINE)
# Where a line ends or begins so, two lines mean the same as one.
_JOINT = re.compile(r"(?<=[{(\[,;])\n|\n(?=[})\].])")
_GAP = re.compile(r"\s*([{}])\s*")
_COLON = re.compile(r"(?<=[{;])([\w-]+:) ")

__all__ = ["FEATURES", "PARTS", "STYLES", "fingerprint", "script", "style", "template"]

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
    whole = "\n".join(_dense(_text(f"{name}.css")) for name in STYLES)
    return _COLON.sub(r"\1", _GAP.sub(r"\1", whole)).replace(";}", "}")


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


# Comments, indentation and most ends of lines are for who reads the sources.
def _dense(text: str) -> str:
    lines = (_REMARK.sub("", each) for each in _COMMENT.sub("", text).splitlines())
    kept = "\n".join(filter(None, (_CAST.sub("", line).strip() for line in lines)))
    kept = _BEGINNING.sub("){", kept)
    return _JOINT.sub("", kept)


@cache
def _text(name: str) -> str:
    file = resources.files("graphgrad.viz").joinpath("page", name)
    return file.read_text(encoding="utf-8")
