"""What a recorded step adds to a page: what results are like, and their values."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphgrad.recording import Statistics, statistics
from graphgrad.viz._page_material import Material
from graphgrad.viz._weights import gradients

__all__ = ["overlays", "recording"]

# A heat map has up to so many rows and columns; a vector, so many columns.
SIDE, LINE = 32, 64

# As many numbers are written out, but no more than a quarter of the cells that a value
# may have; of more, a byte each says where between the extremes.
EXACT = 48
LEVELS, BELOW, ABOVE, NOT_A_NUMBER = 252, 253, 254, 255

# All maps of a page have about so many cells together.
CELLS = 48_000

Array = np.ndarray[Any, Any]


def recording(material: Material) -> dict[str, Any]:
    """Return an entry for each value, and for each state that changed, by number.

    An entry has the facts of its numbers: ``min``, ``mean``, ``max`` of the finite
    ones; ``nan``, ``inf`` and ``zeros`` count; ``hist`` is a histogram. One number
    alone is ``value``. Of values, ``rows`` and ``columns`` of the map with ``numbers``,
    or with ``levels``, a byte each; ``every`` says which of the rows and columns they
    are, if not all.
    """
    recorded = material.recording
    if recorded is None:
        return {}
    known = {name: i for name, i in material.index.items() if name in recorded}
    changed = {
        name: array
        for name, array in recorded.after.items()
        if name in known and array.tobytes() != recorded.before[name].tobytes()
    }
    most = CELLS // max(1, len(known) + len(changed)) if material.show_values else 0
    found: dict[str, Any] = {
        "title": recorded.title,
        "nodes": {i: _entry(recorded[name], most) for name, i in known.items()},
        "after": {known[name]: _entry(a, most) for name, a in changed.items()},
        "change": {
            known[name]: _short(_largest(array, recorded.before[name]))
            for name, array in changed.items()
        },
    }
    return {"recording": found}


def overlays(material: Material) -> dict[str, Any]:
    """Return what nodes can be coloured by, each with its numbers or a node's field."""
    found: list[dict[str, Any]] = []
    measured = material.profile or material.recording
    times = {row.name: row.time_us for row in measured.nodes} if measured else {}
    if any(times.values()):
        found.append(_overlay(material, "time", "Time, median", "µs", times))
    found.append({"id": "bytes", "title": "Bytes of the result", "field": "bytes"})
    if any(not node.is_leaf for node in material.graph.nodes):
        found.append({"id": "flops", "title": "FLOPs", "field": "flops"})
    ratios = _ratios(material)
    if ratios:
        title = "Gradient to parameter"
        found.append(_overlay(material, "ratio", title, "", ratios))
    return {"overlays": found}


def _overlay(
    material: Material, key: str, title: str, unit: str, values: Mapping[str, float]
) -> dict[str, Any]:
    numbers = {
        material.index[name]: _short(value)
        for name, value in values.items()
        if name in material.index and value > 0 and math.isfinite(value)
    }
    return {"id": key, "title": title, "unit": unit, "values": numbers}


# How large a weight's gradient is against the weight, on the gradient and the weight.
def _ratios(material: Material) -> dict[str, float]:
    recorded = material.recording
    if recorded is None:
        return {}
    found: dict[str, float] = {}
    for gradient, parameters in gradients(material.graph).items():
        for parameter in parameters:
            if gradient.name in recorded and parameter.name in recorded:
                size = _norm(recorded[parameter.name])
                if size:
                    ratio = _norm(recorded[gradient.name]) / size
                    found[parameter.name] = found[gradient.name] = ratio
    return found


def _norm(array: Array) -> float:
    with np.errstate(over="ignore"):
        return float(np.sqrt((array.astype(np.float64) ** 2).sum()))


def _largest(after: Array, before: Array) -> float:
    with np.errstate(all="ignore"):
        difference = np.abs(after.astype(np.float64) - before.astype(np.float64))
    finite = difference[np.isfinite(difference)]
    return float(finite.max()) if finite.size else math.inf


# ---- entries -------------------------------------------------------------------------


def _entry(array: Array, most: int) -> dict[str, Any]:
    facts = statistics(array)
    if array.size == 1 and facts.finite:
        return {"value": _exact(array.reshape(-1)[0])}
    entry: dict[str, Any] = {}
    if facts.min is not None and facts.max is not None and facts.mean is not None:
        kind = array.dtype.type if array.dtype.kind == "f" else np.float64
        entry["min"] = _exact(kind(facts.min))
        entry["mean"] = _short(facts.mean)
        entry["max"] = _exact(kind(facts.max))
        entry["hist"] = list(facts.counts)
    counts = {"nan": facts.nan, "inf": facts.inf, "zeros": facts.zeros}
    entry |= {key: count for key, count in counts.items() if count}
    if most and array.size:
        entry |= _map(array, facts, most)
    return entry


def _map(array: Array, facts: Statistics, most: int) -> dict[str, Any]:
    flat = (
        array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    )
    down, across = _strides(*flat.shape, most)
    cells = flat[::down, ::across]
    entry: dict[str, Any] = {"rows": cells.shape[0], "columns": cells.shape[1]}
    if (down, across) != (1, 1):
        entry["every"] = [down, across]
    if cells.size <= min(EXACT, most // 4) and np.isfinite(cells).all():
        entry["numbers"] = [_exact(each) for each in cells.reshape(-1)]
    else:
        levels = _levels(cells.astype(np.float64), facts)
        entry["levels"] = base64.b64encode(levels.tobytes()).decode("ascii")
    return entry


# Every which row and column is kept, so that there are no more than ``most`` cells.
def _strides(rows: int, columns: int, most: int) -> tuple[int, int]:
    widest = LINE if rows == 1 else SIDE
    across = min(columns, widest, max(math.isqrt(most), most // rows, 1))
    down = min(rows, SIDE, max(most // across, 1))
    return -(-rows // down), -(-columns // across)


def _levels(cells: Array, facts: Statistics) -> Array:
    low, high = facts.min, facts.max
    if low is None or high is None:
        low = high = 0.0
    # Halves: the distance of the largest numbers is beyond all numbers.
    width = high / 2 - low / 2
    with np.errstate(all="ignore"):
        at = (cells / 2 - low / 2) / width * LEVELS if width else np.zeros_like(cells)
    at = np.where(np.isfinite(cells), np.rint(at), NOT_A_NUMBER)
    at[cells == -np.inf], at[cells == np.inf] = BELOW, ABOVE
    return np.asarray(at.astype(np.uint8))


# As few digits as tell it from every other number of its type.
def _exact(number: Any) -> Any:
    if number.dtype.kind != "f":
        return int(number)
    value = float(str(number))
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _short(number: float) -> float | None:
    return float(f"{number:.9g}") if math.isfinite(number) else None
