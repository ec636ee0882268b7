"""What a page says of the epochs of a training: facts of nodes, and what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad.viz._page_material import Material
from graphgrad.viz._page_nodes import visible

__all__ = ["epochs"]

# A page has about so many numbers of nodes: of more epochs, it shows some.
NUMBERS = 60_000

# What nodes can be shaded by, and what of a node is shown over the epochs: how it is
# called, and how its scale goes.
FIELDS = {
    "rms": ("root mean square", "log"),
    "mean": ("mean", "linear"),
    "min": ("minimum", "linear"),
    "max": ("maximum", "linear"),
    "zeros": ("share of zeros", "share"),
    "dead": ("dead units", "share"),
    "saturated": ("outputs at a limit", "share"),
    "bad": ("NaN and Inf", "count"),
}

Array = np.ndarray[Any, Any]


def epochs(material: Material) -> dict[str, Any]:
    """Return the key ``epochs``, if epochs of a training are shown.

    ``at`` are the epochs; ``fields`` says of each fact its title and scale; ``nodes``
    has of each number the facts over the epochs, or one number where it never changes;
    ``findings`` are what rules say, each with the places of its epochs, and ``rules``
    the rules. ``every`` says that only each so manieth of the samples is here.
    """
    recorder = material.recorder
    if recorder is None:
        return {}
    known = set(recorder.nodes)
    names = [x for x in material.index if x in known and _has(material, x)]
    shown = max(1, NUMBERS // (len(FIELDS) * max(1, len(names))))
    every = -(-len(recorder.epochs) // shown)
    at = recorder.epochs[::-1][::every][::-1]
    places = [recorder.epochs.index(epoch) for epoch in at]
    table = _Table(recorder, places)
    nodes = {material.index[name]: _facts(material, name, table) for name in names}
    used = {field for facts in nodes.values() for field in facts}
    found: dict[str, Any] = {
        "at": list(at),
        "fields": [
            {"id": key, "title": title, "scale": scale}
            for key, (title, scale) in FIELDS.items()
            if key in used
        ],
        "nodes": nodes,
        "findings": _findings(material, at),
        "rules": recorder.rules.texts(),
    }
    if every > 1:
        found["every"] = every
    return {"epochs": found}


# Counters and random states are no quantities.
def _has(material: Material, name: str) -> bool:
    is_amount = material.graph[name].dtype.kind in "fb"
    return is_amount and material.scene.items[name].kind != "constant"


class _Table:
    """The facts of a recorder at some of its epochs."""

    def __init__(self, recorder: Any, places: Sequence[int]) -> None:
        self.columns = {name: i for i, name in enumerate(recorder.nodes)}
        self.facts = {
            field: recorder.facts(field)[list(places)]
            for field in (*_KEPT, "norm", "nan", "inf")
        }

    def series(self, name: str, field: str) -> Array:
        """Return a fact of a node over the epochs."""
        return np.asarray(self.facts[field][:, self.columns[name]])


_KEPT = ("mean", "min", "max", "zeros", "dead", "saturated")


def _facts(material: Material, name: str, table: _Table) -> dict[str, Any]:
    size = math.prod(material.graph[name].shape)

    def series(field: str) -> Array:
        return table.series(name, field)

    values = {field: series(field) for field in _KEPT}
    rms = series("norm") / math.sqrt(max(size, 1))
    values["rms"] = np.where(np.isnan(values["mean"]), np.nan, rms)
    values["bad"] = series("nan") + series("inf")
    if size == 1:
        values = {"mean": values["mean"], "bad": values["bad"]}
    found = {field: _column(values[field]) for field in FIELDS if field in values}
    missing = (None, 0) if size != 1 else (None,)
    return {
        field: column
        for field, column in found.items()
        if column is not None and not (field == "bad" and column in missing)
    }


# One number, where all are the same; none, where there is none.
def _column(values: Array) -> Any:
    numbers = [_short(each) for each in values.tolist()]
    if all(each == numbers[0] for each in numbers):
        return numbers[0]
    return numbers


def _short(number: float) -> float | None:
    if not math.isfinite(number):
        return None
    value = float(f"{number:.3g}")
    return int(value) if value == int(value) and abs(value) < 1e6 else value


def _findings(material: Material, at: Sequence[int]) -> list[dict[str, Any]]:
    known: dict[tuple[str, str, tuple[str, ...]], dict[str, Any]] = {}
    for each in material.recorder.findings:
        if each.epoch not in at:
            continue
        key = each.layer, each.wrong, each.nodes
        numbers = [material.index[n] for n in each.nodes if n in material.index]
        entry = known.setdefault(
            key,
            {
                "layer": visible(each.layer),
                "wrong": each.wrong,
                "nodes": numbers,
                "at": [],
                "text": "",
            },
        )
        entry["at"].append(at.index(each.epoch))
        entry["text"] = visible(each.message)
    return list(known.values())
