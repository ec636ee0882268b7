"""Text for pictures: what DOT and SVG can carry, how wide it is, where it is cut."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

__all__ = ["attributes", "cut", "markup", "plain", "quote", "width_of"]

# Widths of Helvetica in thousandths of its size, for the characters from ! to ~.
_WIDTHS = (
    278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_SPACE, _OTHER, _BOLD = 278, 700, 1.07

# Fonts that stand in for Helvetica are up to this much wider.
_SLACK = 1.06


# Words of DOT, in any case, which mean themselves in quotes alone.
_WORDS = frozenset({"digraph", "edge", "graph", "node", "strict", "subgraph"})

# Control characters, halves of surrogate pairs, and what Unicode says is no character.
_ENDS = "".join(
    chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF)
)
_NEVER = f"\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff{_ENDS}"
_UNDRAWABLE = re.compile(f"[\n{_NEVER}]")
_TO_ESCAPE = re.compile(f'["\\\\{_NEVER}]')


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of ``text`` in points, on the generous side.

    >>> width_of("iiii", 10) < width_of("MMMM", 10)
    True
    """
    total = sum(_width(ord(each)) for each in text) / 1000
    return total * size * (_BOLD if bold else 1.0) * _SLACK


def _width(code: int) -> int:
    if 32 < code < 127:
        return _WIDTHS[code - 33]
    return _SPACE if code == 32 else _OTHER


def cut(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Shorten ``text`` in the middle until it is no wider than ``room``.

    >>> cut("a long way to go", 10, 50)
    'a lo…o go'
    """
    if width_of(text, size, bold=bold) <= room:
        return text
    kept = text if len(text) < 400 else text[:200] + text[-200:]
    while len(kept) > 1:
        middle = len(kept) // 2
        kept = kept[:middle] + kept[middle + 1 :]
        half = (len(kept) + 1) // 2
        short = f"{kept[:half]}…{kept[half:]}"
        if width_of(short, size, bold=bold) <= room:
            return short
    return "…"


def plain(text: str) -> str:
    r"""Replace what a line of XML cannot hold: line ends, control characters, halves.

    >>> plain("two\nlines")
    'two lines'
    """
    return _UNDRAWABLE.sub(lambda match: " " if match[0] in "\t\n\r" else "�", text)


def markup(text: str) -> str:
    """Write ``text`` for an HTML-like label.

    >>> markup("a < b & c")
    'a &lt; b &amp; c'
    """
    return html.escape(plain(text))


def quote(text: str) -> str:
    r"""Write ``text`` as a DOT string, in which every backslash is doubled.

    Graphviz gives ``\N`` and its like a meaning, and a DOT file cannot hold control
    characters; they become ``\x01``, which no other text is written as.

    >>> print(quote('say "hi" \\N'))
    "say \"hi\" \\N"
    """
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return "\\" + character
    return f"\\x{ord(character):02x};"


def attributes(pairs: Iterable[tuple[str, str | float | None]]) -> str:
    """Write DOT attributes; one that starts with ``<`` is an HTML-like label.

    >>> attributes([("shape", "box"), ("width", 1.5), ("label", "<a<BR/>b>")])
    '[shape=box, width=1.5, label=<a<BR/>b>]'
    """
    shown = [f"{key}={_value(value)}" for key, value in pairs if value is not None]
    return f"[{', '.join(shown)}]" if shown else ""


def _value(value: str | float) -> str:
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if value.startswith("<") and value.endswith(">"):
        return value
    bare = value.isidentifier() and value.isascii() and value.lower() not in _WORDS
    return value if bare else quote(value)
