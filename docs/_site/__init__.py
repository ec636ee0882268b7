"""What the site has and the pages alone have not: order, reference, live pages."""

from __future__ import annotations

from typing import Any

from _site import access, check, links, live, order, pictures, reference

PARTS = (reference, order, links, live, pictures, access, check)


def setup(app: Any) -> dict[str, bool]:
    """Let each part connect to the events of the build."""
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
