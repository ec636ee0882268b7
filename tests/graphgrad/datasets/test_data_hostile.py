"""Files, folders and paths that would hang the reader, or give an error of Python's."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from graphgrad import _room
from graphgrad.datasets import DatasetError, mnist
from graphgrad.datasets._download import fetch
from graphgrad.datasets._errors import DownloadError
from graphgrad.datasets._idx import read_idx
from graphgrad.datasets._part import Part

HEADER = struct.pack(">BBBBI", 0, 0, 0x08, 1, 3)


@pytest.mark.parametrize("packed", [True, False])
def test_zeros_behind_an_array_are_not_skipped_for_days(
    packed: bool, tmp_path: Path
) -> None:
    """A file of a terabyte may take no room on the disk."""
    content = HEADER + b"abc"
    path = tmp_path / "long"
    path.write_bytes(gzip.compress(content) if packed else content)
    os.truncate(path, 2**40)
    with pytest.raises(DatasetError, match=r"as many bytes as its elements"):
        read_idx(path)


def test_zeros_of_a_block_of_a_tape_are_skipped(tmp_path: Path) -> None:
    """As gzip itself does."""
    path = tmp_path / "padded"
    path.write_bytes(gzip.compress(HEADER + b"abc") + bytes(10_240))
    np.testing.assert_array_equal(read_idx(path), [97, 98, 99])


def test_an_array_beyond_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is as long as it says: the error has the bytes, and none were taken."""
    monkeypatch.setattr(_room, "available_memory", lambda: 2**30)
    path = tmp_path / "large"
    path.write_bytes(struct.pack(">BBBBII", 0, 0, 0x08, 2, 2**20, 2**20))
    os.truncate(path, 2**40 + 12)
    with pytest.raises(MemoryError, match=r"large needs 1,099,511,627,776 bytes"):
        read_idx(path)


@pytest.mark.parametrize("path", ["~nosuchuserx/mnist", "a" * 5000, "a\0b"])
def test_a_path_that_no_folder_has(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument, or what the environment says."""
    with pytest.raises(DatasetError):
        mnist.load_data(path)
    if "\0" not in path:
        monkeypatch.setenv("GRAPHGRAD_HOME", path)
        with pytest.raises(DatasetError):
            mnist.load_data()


def test_a_folder_that_has_the_name_of_a_file(tmp_path: Path) -> None:
    """It is not taken for what was downloaded, and the way out is said."""
    (tmp_path / "file.gz").mkdir()
    with pytest.raises(DownloadError, match=r"file\.gz: expected a file .* remove it"):
        fetch([], tmp_path / "file.gz", "0" * 64, 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such device")
def test_what_was_left_may_have_no_end(tmp_path: Path) -> None:
    """More than was expected is none of ours, and is not read."""
    (tmp_path / "file.part").symlink_to("/dev/zero")
    with pytest.raises(DownloadError):
        Part(tmp_path / "file.part", 3, "0" * 64)
    (tmp_path / "long.part").write_bytes(b"")
    os.truncate(tmp_path / "long.part", 2**40)
    with Part(tmp_path / "long.part", 3, "0" * 64) as part:
        assert 0 == part.size
