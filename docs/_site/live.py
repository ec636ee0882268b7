"""Interactive pages: what `docs/live/pages.py` writes, where a page has a mark for it.

A page says ``<!-- live: NAME -->``, which a code host does not show; what follows a #
is the state in which the page opens.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

MARK = re.compile(r"^<!-- live: ([\w-]+)(#[^\s>]+)? -->$", re.MULTILINE)

FRAME = """```{{raw}} html
<figure class="live">
<iframe src="{src}" title="{title}" loading="lazy"></iframe>
<figcaption><a href="{src}">{title}: open it on a page of its own</a></figcaption>
</figure>
```"""


def makers(app: Any) -> dict[str, Any]:
    """Return the title of each page, and the function that makes it, by name."""
    script = runpy.run_path(str(Path(app.srcdir, "live", "pages.py")))
    pages: dict[str, Any] = script["PAGES"]
    return pages


def embed(app: Any, docname: str, source: list[str]) -> None:
    """Put a frame in the place of each mark."""
    if not MARK.search(source[0]):
        return
    known = makers(app)
    up = "../" * docname.count("/")

    def frame(match: re.Match[str]) -> str:
        src = f"{up}_static/live/{match[1]}.html{match[2] or ''}"
        return FRAME.format(src=src, title=known[match[1]][0])

    source[0] = MARK.sub(frame, source[0])


def write(app: Any, exception: Exception | None) -> None:
    """Write all pages into the site."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir, "_static", "live")
        folder.mkdir(exist_ok=True)
        for name, (_, make) in makers(app).items():
            make().save(folder / f"{name}.html")


def setup(app: Any) -> None:
    """Embed when a page is read; write at the end."""
    app.connect("source-read", embed)
    app.connect("build-finished", write)
