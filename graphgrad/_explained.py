"""Explanations as documents: plain text, Markdown, LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from graphgrad._markup import latex_text

if TYPE_CHECKING:
    from graphgrad._explanation import Explanation
    from graphgrad._formula import Equation

__all__ = ["as_html", "as_latex", "as_markdown", "as_text", "tag_text"]

PHASES = {
    "forward": "Forward", "loss": "Loss", "backward": "Backward", "update": "Update",
    "metric": "Metric",
}  # fmt: skip

# Brackets of one equation do not touch those of the next, on whatever page.
APART = "margin: 0.7em 0"


def as_text(explained: Explanation) -> str:
    """Write an explanation for a terminal."""
    lines = [explained.title]
    room = max((len(str(e.shown)) for e in explained.equations), default=0)
    room = min(room, 60)
    wide = max((len(str(each.number)) for each in explained.equations), default=1)
    for heading, group in _sections(explained):
        lines += ["", heading]
        for each in group:
            number = f"({each.number})".rjust(wide + 2)
            tags = tag_text(each.tags)
            lines.append(f"  {number}  {each.shown!s:<{room}}  {tags}".rstrip())
            lines += [
                f"{'':{wide + 6}}{symbol} {why}" for symbol, why in each.unprinted
            ]
    lines += ["", "where"]
    rows = [(str(each.formula), each.kind, each.meaning) for each in explained.where]
    first = max((len(row[0]) for row in rows), default=0)
    second = max((len(row[1]) for row in rows), default=0)
    lines += [
        f"  {name:<{first}}  {kind:<{second}}  {meaning}".rstrip()
        for name, kind, meaning in rows
    ]
    return "\n".join(lines)


def as_markdown(explained: Explanation) -> str:
    """Write an explanation for notebooks and for sites that know ``$$``."""
    lines = [f"## {_markdown_text(explained.title)}"]
    for heading, group in _sections(explained):
        lines += ["", f"### {_markdown_text(heading)}"]
        for each in group:
            lines += ["", f"$${each.shown.latex} \\tag{{{each.number}}}$$"]
            tags = tag_text(each.tags)
            lines += ["", f"{tags} · `{each.shape}`"]
            for left, why in each.unprinted:
                lines += ["", f"${left.latex}$ {why}"]
    lines += ["", "### where", "", "| symbol | is | meaning |", "|---|---|---|"]
    for row in explained.where:
        kind = f"`{row.kind}`" if row.kind else ""
        symbol, meaning = row.formula.latex, _markdown_text(row.meaning)
        lines.append(f"| ${symbol}$ | {kind} | {meaning} |")
    return "\n".join(lines) + "\n"


# Names are the user's: they shall be neither HTML nor the structure of the page.
def _markdown_text(text: str) -> str:
    plain = escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{c}" if c in "\\`|*_$[]" else c for c in plain)


def as_latex(explained: Explanation) -> str:
    """Write an explanation as the body of a LaTeX document that uses amsmath."""
    lines = [rf"\section*{{{latex_text(explained.title)}}}"]
    for heading, group in _sections(explained):
        lines += [rf"\subsection*{{{latex_text(heading)}}}", r"\begin{gather*}"]
        rows = [rf"  {each.shown.latex} \tag{{{each.number}}}" for each in group]
        lines += [" \\\\\n".join(rows), r"\end{gather*}"]
        lines += [
            f"In ({each.number}), ${symbol.latex}$ {latex_text(why)}.\n"
            for each in group
            for symbol, why in each.unprinted
        ]
    lines += [r"\subsection*{where}", r"\begin{description}"]
    for row in explained.where:
        text = " ".join(filter(None, (row.kind, row.meaning)))
        lines.append(rf"  \item[${row.formula.latex}$] {latex_text(text)}")
    return "\n".join([*lines, r"\end{description}", ""])


def as_html(explained: Explanation) -> str:
    """Write an explanation as a piece of HTML, with MathML and without scripts."""
    lines = ['<section class="equations">', f"<h2>{escape(explained.title)}</h2>"]
    for heading, group in _sections(explained):
        lines += [f"<h3>{escape(heading)}</h3>", "<ol>"]
        for each in group:
            names = escape(" ".join(each.nodes))
            text = f"{tag_text(each.tags)} · {each.shape}"
            note = f"<small>{escape(text)}</small>"
            for symbol, why in each.unprinted:
                note += f"<br><small>{symbol.html} {escape(why)}</small>"
            lines.append(
                f'<li value="{each.number}" data-nodes="{names}" style="{APART}">'
                f"{each.shown.html} {note}</li>"
            )
        lines.append("</ol>")
    lines += ["<h3>where</h3>", "<dl>"]
    for row in explained.where:
        kind = f"<code>{escape(row.kind)}</code> " if row.kind else ""
        lines.append(f"<dt>{row.formula.html}</dt><dd>{kind}{escape(row.meaning)}</dd>")
    return "\n".join([*lines, "</dl>", "</section>", ""])


def tag_text(tags: Sequence[str]) -> str:
    """Write the tags of operations, those that follow each other as a range.

    >>> tag_text(["F1", "F2", "F3", "B9"])
    'F1–F3, B9'
    """
    runs: list[list[str]] = []
    for tag in tags:
        if runs and _follows(runs[-1][-1], tag):
            runs[-1].append(tag)
        else:
            runs.append([tag])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]
    return ", ".join(parts)


def _follows(before: str, tag: str) -> bool:
    return before[0] == tag[0] and int(before[1:]) + 1 == int(tag[1:])


def _sections(explained: Explanation) -> Iterator[tuple[str, list[Equation]]]:
    """Yield headings with the equations of a layer, loss or optimizer in one phase."""
    titles: Mapping[str, str] = explained.about.layers

    metrics = explained.metrics

    def key(each: Equation) -> tuple[str, str]:
        return "metric" if each.scope in metrics else each.phase, each.scope

    for (phase, scope), group in groupby(explained.equations, key):
        title = titles.get(scope, "")
        parts = (PHASES.get(phase, phase), scope, title)
        yield " · ".join(filter(None, parts)), list(group)
