"""Handwritten digits to learn with: `digits` comes along, `mnist` is fetched once."""

from __future__ import annotations

from graphgrad.datasets import digits, mnist
from graphgrad.datasets._errors import DatasetError

__all__ = ["DatasetError", "digits", "mnist"]
