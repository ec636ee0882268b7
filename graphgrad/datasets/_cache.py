"""Where downloads are kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from graphgrad.datasets._errors import DatasetError

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """Return ``$GRAPHGRAD_HOME``, else graphgrad's folder in the platform's cache.

    Raises `DatasetError` where the user has no home that would have it.
    """
    chosen = os.environ.get("GRAPHGRAD_HOME")
    try:
        return Path(chosen).expanduser() if chosen else _platform_folder()
    except RuntimeError as error:  # a user who is not known
        raise DatasetError(
            f"GRAPHGRAD_HOME must name a folder for downloads, got {chosen!r}: {error}"
        ) from error


def _platform_folder() -> Path:
    return _platform_cache() / "graphgrad"


def _platform_cache() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    # The XDG rules say to ignore a relative path.
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return xdg if xdg.is_absolute() else Path.home() / ".cache"
