"""Models with callbacks that save them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any


class Model:
    """Writes files that say what was asked."""

    stop_training = False
    resume_at: Any = None
    optimizer: Any = None
    get_weights: Any = None
    set_weights: Any = None

    def __init__(self) -> None:
        """Start with nothing saved."""
        self.saved: list[str] = []
        self.metrics = [SimpleNamespace(name="accuracy", direction="up")]
        self.state = 0

    def save(self, path: str) -> None:
        """Save the model."""
        Path(path).write_text("model", encoding="utf-8")
        self.saved.append(Path(path).name.removesuffix(".safetensors"))

    def save_weights(self, path: str) -> None:
        """Save the weights."""
        Path(path).write_text("weights", encoding="utf-8")
        self.saved.append(Path(path).name.removesuffix(".safetensors"))
