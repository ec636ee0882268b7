"""What a caller may choose about a picture, checked before anything is drawn."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from graphgrad.viz._style import PHASES

__all__ = ["AUTO", "Options", "make_options"]

AUTO = "auto"
LAYERS = "layers"


@dataclass(frozen=True)
class Options:
    """The choices, as `graphgrad.viz.to_dot` documents them."""

    phases: tuple[str, ...] = tuple(PHASES)
    collapse: frozenset[str] = frozenset()
    show_shapes: bool = True
    show_equations: bool = True
    show_constants: bool = True
    show_saved: bool = True
    show_buffers: bool = False
    show_legend: bool = True


def make_options(
    phases: Iterable[str] | str | None, collapse: Any, **switches: bool
) -> Options:
    """Check the choices and put them into one form; name what is not known."""
    known = [each.name for each in fields(Options)]
    for name in switches:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"pictures have no option {name!r}{hint}")
    return Options(
        phases=_phases(phases), collapse=frozenset(_collapse(collapse)), **switches
    )


def _phases(phases: Iterable[str] | str | None) -> tuple[str, ...]:
    if phases is None:
        return tuple(PHASES)
    wanted = (phases,) if isinstance(phases, str) else tuple(phases)
    for each in wanted:
        if each not in PHASES:
            raise ValueError(f"phases are {', '.join(PHASES)}; got {each!r}")
    if not wanted:
        raise ValueError(f"phases names at least one of {', '.join(PHASES)}; got none")
    return tuple(each for each in PHASES if each in wanted)


def _collapse(collapse: Any) -> Iterable[str]:
    if collapse is False or collapse is None:
        return ()
    if collapse is True:
        return (LAYERS,)
    return (collapse,) if isinstance(collapse, str) else tuple(collapse)
