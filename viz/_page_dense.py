"""Scripts and styles of a page without what is for those who read the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["dense_script", "dense_style", "tokens"]

_TOKEN = re.compile(
    r"""
    \s+
    | //[^\n]* | /\*.*?\*/
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | [\w$\#]+
    | \+\+ | -- | .
    """,
    re.DOTALL | re.VERBOSE,
)
_REGEX = re.compile(r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
_WORD = re.compile(r"[\w$#]")

# After these a slash begins a regular expression; after all else it divides.
_BEFORE_REGEX = {*"(,=:[!&|?{};", "return"}
# A statement neither ends after the first, nor does one begin with the second.
_GOES_ON = {*"{([,;=?:<>&|*%+-.!~"}
_CONTINUES = {*"})].,;?:&|=*%<>"}

_STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE_GAP = re.compile(r"\s*([{};,])\s*")
_STYLE_COLON = re.compile(r"(?<=[{;])([\w-]+:) ")


def dense_script(text: str) -> str:
    r"""Return a script without comments, indentation and spaces that mean nothing.

    Ends of lines stay where a statement might end without a semicolon.

    >>> dense_script("// a remark\nconst a = b / 2; // half\nf(`${a} b`);")
    'const a=b/2;f(`${a} b`);'
    """
    made: list[str] = []
    gap = ""
    for each in tokens(text):
        if each.isspace() or each.startswith(("//", "/*")):
            gap += each
            continue
        if gap and made:
            made.append(_between(made[-1], each, "\n" in gap))
        made.append(each)
        gap = ""
    return "".join(made)


def dense_style(text: str) -> str:
    r"""Return a style sheet without comments, and in one line.

    >>> dense_style("/* Names. */\nh1, h2 {\n  color: red;\n}\n")
    'h1,h2{color:red}'
    """
    text = _STYLE_GAP.sub(r"\1", _STYLE_COMMENT.sub("", text).strip())
    lines = (line.strip() for line in text.splitlines())
    return _STYLE_COLON.sub(r"\1", " ".join(lines)).replace(";}", "}")


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of a script, with its gaps and comments: all of the text.

    >>> [*tokens("a = /[/]/g; // b")]
    ['a', ' ', '=', ' ', '/[/]/g', ';', ' ', '// b']
    """
    at, before = 0, ";"
    while at < len(text):
        end = _end_of(text, at, before)
        token = text[at:end]
        yield token
        if not token.isspace() and not token.startswith(("//", "/*")):
            before = token
        at = end


# A gap that is left: a space between words, or the end of a line.
def _between(before: str, after: str, ends_line: bool) -> str:
    if ends_line and before not in _GOES_ON and after not in _CONTINUES:
        return "\n"
    # Two words, or what would be one mark.
    words = _WORD.match(before[-1]) and _WORD.match(after)
    marks = before[-1] == after[0] and after[0] in "+-"
    return " " if words or marks else ""


def _end_of(text: str, at: int, before: str) -> int:
    if text[at] == "`":
        return _end_of_template(text, at)
    if text[at] == "/" and before in _BEFORE_REGEX:
        found = _REGEX.match(text, at)
        if found:
            return found.end()
    found = _TOKEN.match(text, at)
    assert found, "any character is a token"
    return found.end()


# What stands in ${} is a script again, with templates of its own.
def _end_of_template(text: str, at: int) -> int:
    at += 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at = _end_of_hole(text, at + 2)
        else:
            at += 1
    return at + 1


def _end_of_hole(text: str, at: int) -> int:
    depth, before = 1, "{"
    while depth:
        end = _end_of(text, at, before)
        token = text[at:end]
        depth += {"{": 1, "}": -1}.get(token, 0)
        before = before if token.isspace() else token
        at = end
    return at
