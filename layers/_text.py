"""Names made from names."""

from __future__ import annotations

import re
from collections.abc import Container

__all__ = ["snake_case", "unique_name"]


def snake_case(name: str) -> str:
    """Write a class name in small letters with underscores, as Keras names layers."""
    parted = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()


def unique_name(base: str, taken: Container[str]) -> str:
    """Return ``base``, or the first of ``base_1``, ``base_2``, ... that is free."""
    name, count = base, 0
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name
