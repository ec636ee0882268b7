"""What an interactive page knows: the scene as one object of JSON, section by section.

Every section is a function from a `Material` to the keys that it adds. The page's
scripts read the same keys: docs/page.md lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from graphgrad import Dim
from graphgrad.viz._page_comparison import comparison
from graphgrad.viz._page_epochs import epochs
from graphgrad.viz._page_equations import equations
from graphgrad.viz._page_failure import failure
from graphgrad.viz._page_links import links
from graphgrad.viz._page_material import Material
from graphgrad.viz._page_nodes import nodes, numbered_lines, schedule, visible
from graphgrad.viz._page_recording import overlays, recording
from graphgrad.viz._page_rows import closed, groups, lanes, repeats, rows
from graphgrad.viz._page_schedule import buffers, pairs
from graphgrad.viz._style import LINKS, PHASES
from graphgrad.viz._text import plain

__all__ = ["SECTIONS", "json_text", "page_data"]

Section = Callable[[Material], Mapping[str, Any]]

_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def page_data(material: Material) -> dict[str, Any]:
    """Return all that the page of ``material`` shows."""
    data: dict[str, Any] = {}
    for section in SECTIONS:
        data.update(section(material))
    return data


def json_text(data: Mapping[str, Any]) -> str:
    r"""Write ``data`` as JSON that can stand inside a ``<script>`` element.

    >>> json_text({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


# ---- sections ------------------------------------------------------------------------


def _title(material: Material) -> dict[str, Any]:
    return {
        "title": visible(plain(material.title)),
        "facts": material.facts,
        "stage": material.stage,
        "hidden": material.scene.hidden,
        **_assumed(material),
    }


# Sizes and counts stand for such lengths, where the shapes have names for them.
def _assumed(material: Material) -> dict[str, Any]:
    sides = [side for node in material.graph.nodes for side in node.shape]
    named = sorted({f"{side} = {int(side)}" for side in sides if isinstance(side, Dim)})
    return {"assumed": ", ".join(named)} if named else {}


def _phases(material: Material) -> dict[str, Any]:
    present = {item.phase for item in material.scene.items.values()}
    return {
        "phases": [
            {"name": name, "letter": name[0].upper()}
            for name in PHASES
            if name in present
        ],
        "phases_shown": list(material.phases),
    }


def _places(material: Material) -> dict[str, Any]:
    around = groups(material)
    return {
        **({"groups": around} if around else {}),
        "rows": rows(material),
        "lanes": lanes(material),
        "repeats": repeats(material),
        "closed": closed(material),
    }


def _nodes(material: Material) -> dict[str, Any]:
    entries = nodes(material)
    written = numbered_lines(entries)
    return {"nodes": entries, "written": written, "schedule": schedule(material)}


def _links(material: Material) -> dict[str, Any]:
    kinds = {
        kind: {"means": style.means, "head": style.head, "tail": style.tail}
        for kind, style in LINKS.items()
        if any(link.kind == kind for link in material.scene.links)
    }
    return {"links": links(material), "kinds": kinds}


SECTIONS: tuple[Section, ...] = (
    _title,
    _phases,
    _places,
    _nodes,
    _links,
    comparison,
    epochs,
    buffers,
    pairs,
    recording,
    overlays,
    equations,
    failure,
)
