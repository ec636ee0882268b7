"""What of the scripts and styles is in a page: dense, and what it needs alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import CssLexer, JavascriptLexer
from pygments.token import Comment

import graphgrad as gg
from graphgrad.viz._page_dense import dense_script, dense_style, tokens
from graphgrad.viz._page_parts import FEATURES, NEEDS, PARTS, STYLES, script, style

Dense = Callable[..., gg.Sequential]

NAMES = (*PARTS, *FEATURES, "main")
FOLDER = Path(__file__).parents[2] / "viz" / "page"
SCRIPTS = sorted(FOLDER.glob("*.js"))
SHEETS = [FOLDER / f"{name}.css" for name in STYLES]


def lexed(text: str, lexer: JavascriptLexer | CssLexer) -> list[str]:
    """Return the tokens that another lexer sees, without gaps and comments."""
    found = lexer.get_tokens(text)
    return [v for kind, v in found if v.strip() and kind not in Comment]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_dense_scripts_have_the_same_tokens(path: Path) -> None:
    """Nothing but gaps and comments is gone."""
    text = path.read_text(encoding="utf-8")
    dense = dense_script(text)
    assert "".join(tokens(text)) == text
    assert lexed(dense, JavascriptLexer()) == lexed(text, JavascriptLexer())
    assert dense_script(dense) == dense
    assert len(dense) < len(text)
    # What HTML takes for a comment, or for the end.
    assert not re.search("<!--|-->|</script", dense)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_dense_styles_have_the_same_tokens(path: Path) -> None:
    """Of a style sheet too; the last semicolon of a block separates nothing."""
    text = path.read_text(encoding="utf-8")
    dense = dense_style(text)
    one, other = (
        re.sub(r";(?=})", "", "".join(lexed(each, CssLexer())))
        for each in (
            dense,
            text,
        )
    )
    assert one == other
    assert "\n" not in dense


PIECES = (
    *("a", "in", "1", "$b", "+", "-", "++", "--", "=>", "a / 2", "= /[/]+ '/g", ";"),
    *("(", ")", "{", "}", "`x ${a + `y ${1}`} // z`", '"a  // b"', "'\\''", ",", "."),
)


@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from((" ", "\n", " /**/ "))))
)
def test_gaps_alone_are_lost(pieces: list[tuple[str, str]]) -> None:
    """Whatever follows what: tokens stay apart, and no end of a statement is lost."""
    text = "".join(chain.from_iterable(pieces))
    kept = [each for each in tokens(text) if each != "/**/" and not each.isspace()]
    dense = dense_script(text)
    assert [each for each in tokens(dense) if not each.isspace()] == kept


@pytest.mark.parametrize(
    ("text", "dense"),
    [
        ("a\n(b)", "a\n(b)"),
        ("a\n++\nb", "a\n++\nb"),
        ("a + +b - -c", "a+ +b- -c"),
        ("return `a\n  b`", "return`a\n  b`"),
        ("x = a\n  ? b\n  : c;\ny()", "x=a?b:c;y()"),
        ("a /* one\n two */ b", "a\nb"),
        ("}\nif (a) b()", "}\nif(a)b()"),
    ],
)
def test_lines_end_where_statements_might(text: str, dense: str) -> None:
    """An end of line that could stand for a semicolon stays."""
    assert dense_script(text) == dense


def test_parts_need_only_what_is_there_with_them() -> None:
    """No script names what another defines that a page may have without it."""
    owner: dict[str, str] = {}
    texts = {name: (FOLDER / f"{name}.js").read_text("utf-8") for name in NAMES}
    top = r"^(?:async )?(?:function|const|let) (?:(\w+)|\[([^\]]*)\])"
    for name, text in texts.items():
        for one, several in re.findall(top, text, re.MULTILINE):
            owner |= dict.fromkeys([one] if one else several.split(", "), name)
    for name, text in texts.items():
        for word in set(re.findall(r"[\w$]+", text)):
            need = NEEDS.get(owner.get(word, ""))
            assert need in (None, NEEDS.get(name)), f"{name}.js: {word}"


def test_pages_have_what_they_show(dense: Dense) -> None:
    """Two graphs, epochs, a failure and equations have scripts of their own."""
    plain = gg.viz.to_html(dense(), stage="build", show_equations=False)
    whole = gg.viz.to_html(dense(), stage="build")
    compared = gg.viz.to_html(gg.viz.compare(dense(), dense(2), stages="build"))
    assert set(NEEDS) <= {*NAMES, *STYLES}
    for page, has in ((plain, ""), (whole, "Equations"), (compared, "Compare")):
        found = set(re.findall(r"function install(\w+)\(page", page.html))
        assert found & {"Equations", "Compare", "Epochs", "Failure"} == {*has.split()}
        assert (".numbered" in page.html) == (page is whole)
    assert len(script(())) < len(script({*NEEDS.values()})) - 15_000
    assert len(style(())) < len(style({*NEEDS.values()}))
