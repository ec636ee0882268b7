"""Pictures: the build draws them anew, and each leads to itself in full size."""

from __future__ import annotations

import contextlib
import io
import runpy
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.osutil import relative_uri


def lead_to_full_size(app: Any, doctree: Any, docname: str) -> None:
    """Make a link of each picture, and of each link to a picture."""
    here = app.builder.get_target_uri(docname)
    names = {uri: name for uri, (_, name) in app.env.images.items()}
    for image in list(doctree.findall(nodes.image)):
        name = names.get(image["uri"])
        outer = image.parent
        while isinstance(outer, nodes.inline | addnodes.download_reference):
            outer.replace_self(image)
            outer = image.parent
        if name is None or isinstance(outer, nodes.reference):
            continue
        link = nodes.reference("", "", refuri=relative_uri(here, f"_images/{name}"))
        link["classes"] = ["picture"]
        image.replace_self(link)
        link += image
    for link in list(doctree.findall(addnodes.download_reference)):
        name = Path(link["reftarget"]).name
        if name in names.values():
            uri = relative_uri(here, f"_images/{name}")
            link.replace_self(nodes.reference("", "", *link.children, refuri=uri))


def draw(app: Any, exception: Exception | None) -> None:
    """Draw what docs/images/draw.py draws, in the place of the copies."""
    if exception is None and app.builder.format == "html":
        script = runpy.run_path(str(Path(app.srcdir, "images", "draw.py")))
        with contextlib.redirect_stdout(io.StringIO()):
            script["main"](Path(app.outdir, "_images"))


def setup(app: Any) -> None:
    """Link when a page is resolved; draw at the end."""
    app.connect("doctree-resolved", lead_to_full_size)
    app.connect("build-finished", draw)
