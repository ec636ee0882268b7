"""The order of the site is that of the lists in index.md."""

from __future__ import annotations

import re
from typing import Any

HEADING = re.compile(r"^## (.+)$")
ENTRY = re.compile(r"^(?:-|\d+\.) \[([^\]]+)\]\(([^):]+)\.(?:md|rst)\)")

# What is made by the build, and so can be no link in a page.
MADE = """
## Reference

- [API](api/index.rst): every public name, from its docstring, with an example that runs
- [Changelog](project/changelog.md)
- [Contributing](project/contributing.md)
"""


def sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return the headings of an index, each with the titles and names of its pages."""
    found: dict[str, list[tuple[str, str]]] = {}
    heading = ""
    for line in text.splitlines():
        if match := HEADING.match(line):
            heading = match[1]
        elif match := ENTRY.match(line):
            found.setdefault(heading, []).append((match[1], match[2]))
    return found


def toctrees(text: str) -> str:
    """Write the trees of contents that the site's sidebar is made from."""
    trees = []
    for heading, pages in sections(text).items():
        lines = [f"{title} <{name}>" for title, name in pages]
        trees.append(
            "```{toctree}\n:hidden:\n:caption: " + heading + "\n\n"
            + "\n".join(lines) + "\n```\n"
        )  # fmt: skip
    return "\n".join(trees)


def complete(_app: Any, docname: str, source: list[str]) -> None:
    """Add to the index what only the site has."""
    if docname == "index":
        text = source[0] + MADE
        source[0] = f"{text}\n{toctrees(text)}"


def setup(app: Any) -> None:
    """Complete the index when it is read."""
    app.connect("source-read", complete)
