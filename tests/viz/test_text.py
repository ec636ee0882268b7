"""Text: what goes into DOT comes out of it, and stays within its box."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from graphgrad.viz._text import attributes, cut, markup, plain, quote, width_of

Read = Callable[[str], Any]

ANYTHING = st.text(st.characters(exclude_categories=()))


@given(ANYTHING)
@example("graph")
def test_quoted_text_comes_back(read: Read, text: str) -> None:
    """Reading a quoted name gives the name."""
    dot = read(f"digraph g {{\n{quote(text)} [label=x]\n}}")
    assert [text] == list(dot.nodes)


@given(ANYTHING)
def test_quoted_text_can_be_written(text: str) -> None:
    """A DOT file is UTF-8 without control characters, whatever the names are."""
    written = quote(text).encode("utf-8").decode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", written)


@given(ANYTHING, ANYTHING)
def test_different_texts_stay_different(one: str, other: str) -> None:
    """Two names never become one."""
    assert (one == other) == (quote(one) == quote(other))


@given(ANYTHING)
def test_markup_is_valid_xml(text: str) -> None:
    """An HTML-like label with any text is well formed and holds that text."""
    assert plain(text) == "".join(ET.fromstring(f"<b>{markup(text)}</b>").itertext())  # noqa: S314


@given(ANYTHING, st.floats(20, 300))
def test_cut_text_fits(text: str, room: float) -> None:
    """Cut text is within its room, and is the text itself where that fits."""
    short = cut(text, 10, room)
    assert width_of(short, 10) <= room
    assert (short == text) == (width_of(text, 10) <= room)


def test_attributes_are_written_plainly() -> None:
    """Words stay bare, numbers are short, what is None is left out."""
    pairs: list[tuple[str, Any]] = [
        ("a", "b c"),
        ("n", 1.50),
        ("x", None),
        ("w", "box"),
    ]
    assert '[a="b c", n=1.5, w=box]' == attributes(pairs)
    assert "" == attributes([("x", None)])


def test_words_of_dot_are_quoted() -> None:
    """A scope may be called like one, in any case."""
    assert '[label="NODE", class="graph"]' == attributes(
        [("label", "NODE"), ("class", "graph")]
    )
