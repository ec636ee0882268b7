"""Links that leave docs/: to pages that the build makes, or to a name in the code."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OUTWARD = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+)([^):]*)\)")
# A file as the name of a link: the site shows the title of the page.
NAMED = re.compile(r"\[`?([\w/-]+\.md)`?\]\(((?:\.\./)*[\w/-]+\.md)\)")
INWARD = re.compile(r"\]\(docs/([^)]*)\)")

# Files of the repository that are pages of the site too.
COPIED = {"CHANGELOG.md": "project/changelog.md"}
COPIED["CONTRIBUTING.md"] = "project/contributing.md"
COPIED["README.md"] = "index.md"


def copy(app: Any) -> None:
    """Copy what stands outside of docs/, with its links as seen from the copy."""
    for name, page in COPIED.items():
        if page != "index.md":
            text = (ROOT / name).read_text(encoding="utf-8")
            text = INWARD.sub(r"](../\1)", text)
            write(Path(app.srcdir, page), text)


def write(path: Path, text: str) -> None:
    """Write a page, if it says something new: others need not be built again."""
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def resolve(app: Any, docname: str, source: list[str]) -> None:
    """Replace the links of a page that lead out of docs/."""
    here = Path(app.srcdir, docname).parent

    def replaced(match: re.Match[str]) -> str:
        path = Path(os.path.normpath(here / match[2] / match[3]))
        if path.is_relative_to(app.srcdir):
            return match[0]
        name = path.relative_to(ROOT).as_posix()
        if name in COPIED:
            page = os.path.relpath(Path(app.srcdir, COPIED[name]), here)
            return f"[{match[1]}]({page})"
        same = match[1].strip("`") in {name, f"{name}/"}
        return f"`{name}`" if same else f"{match[1]} (`{name}`)"

    source[0] = NAMED.sub(r"[](\2)", OUTWARD.sub(replaced, source[0]))


def setup(app: Any) -> None:
    """Copy before the pages are looked for; resolve when one is read."""
    app.connect("builder-inited", copy)
    app.connect("source-read", resolve)
