"""Text for pictures: what DOT and SVG can carry, how wide it is, where it is cut."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

__all__ = ["attributes", "cut", "markup", "plain", "quote", "width_of"]

# Widths of DejaVu Sans, and of its bold, in thousandths of the size, for the characters
# from ! to ~. It is the widest of the fonts that stand in for Helvetica.
_PLAIN = (
    401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000,
    684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603,
    787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500,
    613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635,
    635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
)  # fmt: skip
_BOLD = (
    456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696,
    696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000,
    774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733,
    850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500,
    675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716,
    716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
)  # fmt: skip
_SPACES = {False: 318, True: 348}

# Of signs in equations, and of characters that are not known.
_SIGNS = {
    "∂": 517, "∇": 669, "σ": 634, "Σ": 632, "√": 637, "·": 318, "²": 401, "ᵀ": 385,
}  # fmt: skip
_OTHER = 840


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
    """Return the width of ``text`` in points, in the widest font that may draw it.

    >>> width_of("iiii", 10) < width_of("iiii", 10, bold=True) < width_of("MMMM", 10)
    True
    """
    return sum(_width(each, bold) for each in text) / 1000 * size


def _width(character: str, bold: bool) -> int:
    code = ord(character)
    if 32 < code < 127:
        return (_BOLD if bold else _PLAIN)[code - 33]
    return _SPACES[bold] if code == 32 else _SIGNS.get(character, _OTHER)


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
