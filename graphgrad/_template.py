"""Notations filled in: the templates in which primitives declare their equations."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["filled_in"]

# What stands below an operator in a notation: the name of a parameter.
BELOW = re.compile(r"_\{([a-z]\w*)\}")


def filled_in(notation: str, names: tuple[str, ...], op: Any = None) -> str:
    """Write a notation over the names of inputs.

    Parameters that stand below operators are taken from ``op``, or left out. Axes that
    are kept with length one stand in parentheses.

    >>> import graphgrad as gg
    >>> total = gg.OPS["sum"]((0,))
    >>> filled_in("Σ_{axes} {0}", ("x",), total), filled_in("Σ_{axes} {0}", ("x",))
    ('Σ_{0} x', 'Σ x')
    """
    text = BELOW.sub(lambda found: _below(op, found[1]), notation)
    return text.format(*names, *names[-1:] * 2, all=", ".join(names))


def _below(op: Any, name: str) -> str:
    if op is None:
        return ""
    value = getattr(op, name)
    parts = value if isinstance(value, tuple) else (value,)
    shown = [f"{e:g}" if isinstance(e, float) else str(e) for e in parts]
    between = "×" if name == "shape" else ","
    text = between.join(each for each in shown if each != "None")
    text = "∅" if name == "axes" and not text else text
    if name == "axes" and text != "∅" and getattr(op, "keepdims", False):
        text = f"({text})"
    # Braces of the text itself, for the template.
    return f"_{{{{{text}}}}}" if text else ""
