"""What a page says of a failure: the node, what was expected, what came, the fix."""

from __future__ import annotations

from typing import Any

from graphgrad.sites import in_words
from graphgrad.viz._page_material import Material

__all__ = ["failure"]


def failure(material: Material) -> dict[str, Any]:
    """Return the key ``failure``, if the page is about one."""
    site = material.site
    if site is None:
        return {}
    read = [
        {"name": name, "like": like, "numbers": _words(material, name)}
        for name, like in site.inputs.items()
    ]
    told = {
        "node": material.index[site.node],
        "kind": site.kind,
        "message": material.message,
        "equation": site.equation and f"{site.node} = {site.equation}",
        "layer": site.layer,
        "phase": site.phase,
        "expected": site.expected,
        "got": site.actual,
        "fix": site.fix,
        "reads": read,
    }
    return {"failure": {key: value for key, value in told.items() if value != ""}}


def _words(material: Material, name: str) -> str:
    assert material.site is not None, "asked of a failure alone"
    found = material.site.numbers.get(name)
    return "" if found is None else in_words(found)
