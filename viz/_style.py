"""The visual vocabulary: one meaning, one channel. docs/pictures.md explains it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "BAD",
    "FONT",
    "INK",
    "LINKS",
    "PHASES",
    "SHAPES",
    "SIGNS",
    "THICK",
    "LinkStyle",
    "Phase",
    "class_of",
    "classes",
    "head_of",
    "pen_of",
]

# Both engines know this family, and the SVG names it with a fallback.
FONT = "Helvetica"

INK = "#1F2430"
# What failed, which a double border and a word say as well.
BAD = "#B3261E"
GREY = "#5F6773"


class Phase(NamedTuple):
    """How a phase looks: its colour tells it, its letter and its column tell again."""

    color: str
    tint: str


# The four colours stay apart for people who see fewer colours; the tints decorate.
PHASES = {
    "forward": Phase("#0072B2", "#EEF6FB"),
    "loss": Phase("#AA3377", "#FAF0F5"),
    "backward": Phase("#D55E00", "#FDF3EB"),
    "update": Phase("#009E73", "#ECF8F4"),
}

# The shape of a node says what kind of thing it is.
SHAPES = {
    "operation": "box",
    "fold": "box3d",
    "parameter": "cylinder",
    "state": "cylinder",
    "input": "parallelogram",
    "constant": "plaintext",
}


class LinkStyle(NamedTuple):
    """How an edge looks; where ``color`` is None, it has that of its reader's phase."""

    style: str
    color: str | None
    head: str
    tail: str
    width: float
    means: str


LINKS = {
    "flow": LinkStyle("solid", None, "normal", "none", 1.1, "value"),
    "gradient": LinkStyle("dashed", None, "vee", "none", 1.2, "gradient"),
    "step": LinkStyle("solid", None, "normal", "none", 0.9, "value"),
    "saved": LinkStyle("dotted", "#7A828E", "vee", "odot", 0.9, "saved for backward"),
    "state": LinkStyle("solid", "#7A828E", "normal", "none", 0.8, "state read"),
    "assign": LinkStyle("bold", None, "none", "diamond", 2.2, "assignment"),
    "constant": LinkStyle("solid", "#A9B0BA", "none", "none", 0.7, "constant"),
}

# Where two graphs are compared: a sign's class, and the outline that says it again.
SIGNS = {
    "+": ("added", "solid"),
    "−": ("removed", "dotted"),
    "~": ("changed", "dashed"),
}
# Thick is what is new.
THICK = 2.4


def class_of(sign: str) -> str:
    """Return the class of what has a sign; nothing has none."""
    return SIGNS[sign][0] if sign else ""


def classes(*names: str) -> str:
    """Join the names that there are."""
    return " ".join(filter(None, names))


def head_of(kind: str, sign: str) -> str:
    """Return the head of a line's arrow; what is read no more ends at a bar."""
    return "tee" if sign == "−" else LINKS[kind].head


def pen_of(kind: str, sign: str, count: int) -> float:
    """Return the width of a line that stands for ``count`` uses."""
    more = 0.25 * min(count - 1, 8)
    return LINKS[kind].width + more + (0.8 if sign == "+" else 0.0)
