"""Callbacks: objects that are told what happens during training."""

from __future__ import annotations

from graphgrad.layers._callbacks import Callback as Callback
from graphgrad.layers._callbacks import CallbackList as CallbackList
from graphgrad.layers._callbacks import History as History

__all__ = [
    "Callback",
    "CallbackList",
    "History",
]
