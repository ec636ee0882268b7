"""What the built site promises: it needs no network, and its search knows all pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOADS = re.compile(
    r"<(?:script|img|iframe|source|link(?![^>]*rel=\"(?:canonical|author)\"))\b[^>]*?"
    r"(?:src|href)=\"((?:https?:)?//[^\"]*)"
)
STYLE_LOADS = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]*)")


def loads(folder: Path) -> Iterator[str]:
    """Yield what the files of a site would fetch from elsewhere."""
    for pattern, ending in ((LOADS, "html"), (STYLE_LOADS, "css")):
        for path in sorted(folder.rglob(f"*.{ending}")):
            for found in pattern.findall(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(folder)} loads {found}"


def unlinked(folder: Path) -> Iterator[str]:
    """Yield the local files that the pages name, and that are not there."""
    for path in sorted(folder.rglob("*.html")):
        if "_static" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"(?:src|href)=\"([^\"#?:]+)[\"#?]", text):
            if not (path.parent / found).exists():
                yield f"{path.relative_to(folder)} names {found}, which is not there"


def unsearched(folder: Path, docnames: set[str]) -> Iterator[str]:
    """Yield the pages that the search does not know."""
    index = (folder / "searchindex.js").read_text(encoding="utf-8")
    for name in sorted(docnames):
        if f'"{name}"' not in index:
            yield f"the search does not know {name}"


def check(app: Any, exception: Exception | None) -> None:
    """Refuse a site that breaks a promise."""
    if exception is not None or app.builder.format != "html":
        return
    from sphinx.errors import ExtensionError

    folder = Path(app.outdir)
    broken = [*loads(folder), *unlinked(folder)]
    broken += unsearched(folder, app.env.found_docs)
    if broken:
        raise ExtensionError("\n".join(broken))


def setup(app: Any) -> None:
    """Check what has been built, last of all."""
    app.connect("build-finished", check, priority=900)
