"""The cache folder follows the environment and the platform."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from graphgrad.datasets._cache import cache_folder


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give every test an empty home and none of the variables."""
    for name in ("GRAPHGRAD_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ".cache/graphgrad"),
        ("darwin", "Library/Caches/graphgrad"),
        ("win32", "AppData/Local/graphgrad"),
    ],
)
def test_each_platform_has_its_place(
    platform: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without variables the folder is in the home, where the platform wants it."""
    monkeypatch.setattr(sys, "platform", platform)
    assert tmp_path / expected == cache_folder()


def test_graphgrad_home_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The variable wins over the platform; an empty one counts as unset."""
    monkeypatch.setenv("GRAPHGRAD_HOME", str(tmp_path / "mine"))
    assert tmp_path / "mine" == cache_folder()
    monkeypatch.setenv("GRAPHGRAD_HOME", "")
    assert cache_folder() != tmp_path / "mine"


def test_the_platforms_own_variables_are_heeded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """XDG_CACHE_HOME must be absolute, as its specification says."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert tmp_path / "xdg" / "graphgrad" == cache_folder()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert tmp_path / ".cache" / "graphgrad" == cache_folder()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert tmp_path / "local" / "graphgrad" == cache_folder()
