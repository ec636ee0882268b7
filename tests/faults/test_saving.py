"""Disks that are full, folders that are read-only, two that save: the file is whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.layers import _atomic

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these are faults of Unix")

OLD, NEW = 3, 4000


def made(units: int) -> gg.Sequential:
    """Return a compiled model; its file has more than 16 bytes a unit."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(units)])
    model.compile("sgd", "mse")
    return model


def save(model: gg.Sequential, path: Path) -> None:
    """Save a model."""
    model.save(path)


def save_weights(model: gg.Sequential, path: Path) -> None:
    """Save its weights."""
    model.save_weights(path)


def checkpoint(model: gg.Sequential, path: Path) -> None:
    """Train a model, with a file of each epoch."""
    x, y = np.ones((4, 3)), np.ones((4, model.output_shape[-1] or 0))
    model.fit(x, y, verbose=0, callbacks=[gg.callbacks.ModelCheckpoint(str(path))])


WAYS: list[Callable[[gg.Sequential, Path], None]] = [save, save_weights, checkpoint]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of an old model, alone in its folder."""
    file = tmp_path / "model.safetensors"
    made(OLD).save(file)
    return file


@cache
def size() -> int:
    """Return how many bytes the file of the new model has."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        made(NEW).save(path)
        return path.stat().st_size


def fails(
    way: Callable[[gg.Sequential, Path], None], path: Path, *numbers: int
) -> None:
    """Save a new model: that fails, names the file, and leaves the old one alone."""
    before = path.read_bytes()
    with pytest.raises(OSError, match=path.name) as caught:
        way(made(NEW), path)
    assert caught.value.errno in numbers
    assert str(path) == caught.value.filename
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())
    assert OLD == gg.load_model(path).output_shape[-1]


# ---- disks that are full -------------------------------------------------------------


@contextmanager
def largest_file(nbytes: int) -> Iterator[None]:
    """Let the system write no file beyond so many bytes."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("way", WAYS)
def test_the_system_takes_no_more_bytes(
    way: Callable[[gg.Sequential, Path], None], path: Path, seed: int, often: int
) -> None:
    """After the first, the last, and any in between; then there is room again."""
    chosen = np.random.default_rng(seed).integers(1, size() // 2, 4 * often)
    for nbytes in [0, 1, 4096, *chosen.tolist()]:
        with largest_file(nbytes):
            fails(way, path, errno.EFBIG)
    way(made(NEW), path)
    assert [path] == list(path.parent.iterdir())


class Full:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self.file = file
        self.room = room

    def write(self, content: bytes) -> int:
        """Write what there is room for."""
        self.file.write(content[: self.room])
        if len(content) > self.room:
            self.file.flush()
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(content)
        return len(content)

    def __getattr__(self, name: str) -> Any:
        """Be the file in all else."""
        return getattr(self.file, name)


def on_a_full_disk(room: int) -> Callable[[Any, bytes], None]:
    """Return what writes files on a disk that has room for so many bytes."""
    write = _atomic._write
    return lambda file, content: write(cast("IO[bytes]", Full(file, room)), content)


@pytest.mark.parametrize("way", WAYS)
def test_a_disk_is_full(
    way: Callable[[gg.Sequential, Path], None],
    path: Path,
    seed: int,
    often: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the first byte, the last but one, and any in between."""
    chosen = np.random.default_rng(seed).integers(1, size() // 2, 4 * often)
    for room in [0, 1, *chosen.tolist()]:
        with monkeypatch.context() as patch:
            patch.setattr(_atomic, "_write", on_a_full_disk(room))
            fails(way, path, errno.ENOSPC)
    way(made(NEW), path)
    assert [path] == list(path.parent.iterdir())


# A file system of its own, where this system lets its users have one.
ON_A_SMALL_DISK = """
import errno, os, subprocess, sys
from pathlib import Path
import graphgrad as gg

def mount(*options):
    subprocess.run(["mount", *options, folder], check=True)

folder = sys.argv[1]
path = Path(folder, "model.safetensors")

def fails(number):
    before = path.read_bytes()
    try:
        gg.Sequential([gg.Input((3,)), gg.Dense(4000)]).save(path)
    except OSError as error:
        assert error.errno == number and error.filename == str(path), error
    else:
        raise AssertionError("there was room")
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())
    assert gg.load_model(path).output_shape == (None, 3)

mount("-t", "tmpfs", "-o", "size=4k", "none")
for size in range(12, 64, 8):
    mount("-o", f"remount,size={size}k")
    if not path.exists():
        gg.Sequential([gg.Input((3,)), gg.Dense(3)]).save(path)
    fails(errno.ENOSPC)
mount("-o", "remount,size=1m")
mount("-o", "remount,ro")
fails(errno.EROFS)
mount("-o", "remount,rw")
gg.Sequential([gg.Input((3,)), gg.Dense(4000)]).save(path)
assert [path] == list(path.parent.iterdir())
subprocess.run(["umount", folder], check=True)
"""


def may_mount() -> bool:
    """Return whether a process may have file systems of its own here."""
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return not subprocess.run(tried, capture_output=True, check=False).returncode


def test_a_small_disk_and_one_that_is_read_only(tmp_path: Path) -> None:
    """Those of the system itself: a file system of a few pages, then read-only."""
    if not may_mount():
        pytest.skip("this system lets its users mount nothing")
    command = ["unshare", "-rm", sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )
    assert 0 == done.returncode, done.stderr


# ---- places that cannot be written ---------------------------------------------------


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """Nothing can be below it, whoever asks: the error says the path."""
    file = tmp_path / "folder"
    file.write_text("a note")
    target = file / "model.safetensors"
    with pytest.raises(NotADirectoryError, match=r"folder/model\.safetensors"):
        made(OLD).save(target)
    with pytest.raises(OSError, match="folder"):
        checkpoint(made(OLD), target)
    assert "a note" == file.read_text()
    assert [file] == list(tmp_path.iterdir())


def test_a_name_that_a_folder_has(tmp_path: Path) -> None:
    """A folder is no old file: it stays, with all that is in it."""
    folder = tmp_path / "model.safetensors"
    (folder / "inner").mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match=r"model\.safetensors"):
        made(OLD).save(folder)
    assert [folder] == list(tmp_path.iterdir())
    assert [folder / "inner"] == list(folder.iterdir())


def test_a_backup_that_cannot_be_written(path: Path) -> None:
    """Training ends with the error, and the last whole backup is there to go on."""
    folder = path.parent / "backup"
    x, y = np.ones((4, 3)), np.ones((4, NEW))

    def train(model: gg.Sequential, epochs: int) -> Any:
        backup = gg.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
        return model.fit(x, y, epochs=epochs, verbose=0, callbacks=[backup])

    gg.set_random_seed(0)
    whole, broken = made(NEW), made(NEW)
    broken.set_weights(whole.get_weights())
    train(broken, 1)
    with largest_file(10_000), pytest.raises(OSError, match=r"latest\.safetensors"):
        train(broken, 2)
    assert ["latest.safetensors"] == [each.name for each in folder.iterdir()]
    again = made(NEW)
    train(again, 3)
    whole.fit(x, y, epochs=3, verbose=0)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# ---- two that save -------------------------------------------------------------------

WRITER = """
import sys
import graphgrad as gg
path, units, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = gg.Sequential([gg.Input((3,)), gg.Dense(units)])
print("ready", flush=True)
sys.stdin.read(1)
for _ in range(times):
    model.save(path)
"""


def test_three_processes_save_one_path(path: Path, often: int) -> None:
    """Whoever loads it meanwhile gets the whole model of one of them."""
    sizes = (2, 700, NEW)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(units), str(60 * often)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for units in sizes
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert b"ready\n" == writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"!")
        writer.stdin.flush()
    loads = 0
    while any(writer.poll() is None for writer in writers):
        assert gg.load_model(path).output_shape[-1] in {OLD, *sizes}
        loads += 1
    for writer in writers:
        with writer:
            assert 0 == writer.wait()
    assert loads
    assert gg.load_model(path).output_shape[-1] in sizes
    assert [path] == list(path.parent.iterdir())


def test_what_is_being_written_is_not_left_over(path: Path) -> None:
    """Whoever saves meanwhile leaves it alone; it is removed when nobody writes it."""
    beside = path.with_name(f".{path.name}.0123456789abcdef.tmp")
    others = [
        path.with_name(f".{path.name}.0123456789abcdef.tmp.mine"),
        path.with_name(".other.safetensors.0123456789abcdef.tmp"),
    ]
    for each in others:
        each.touch()
    with beside.open("xb") as file:
        assert _atomic._claim(file, wait=True)
        made(OLD).save(path)
        assert beside.exists()
    made(OLD).save(path)
    assert {path, *others} == set(path.parent.iterdir())


def test_what_was_taken_for_left_over_is_written_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the moment between a file's making and its claim, another may remove it."""
    claim = _atomic._claim
    taken: list[str] = []

    def late(file: IO[bytes], *, wait: bool) -> bool:
        if wait and not taken:
            taken.append(file.name)
            _atomic.remove_leftovers(path)
        return claim(file, wait=wait)

    monkeypatch.setattr(_atomic, "_claim", late)
    made(NEW).save(path)
    assert 1 == len(taken)
    assert NEW == gg.load_model(path).output_shape[-1]
    assert [path] == list(path.parent.iterdir())


def test_where_there_are_no_claims_nothing_is_left_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then half a file may be somebody's who is still at it."""
    beside = path.with_name(f".{path.name}.0123456789abcdef.tmp")
    beside.touch()
    monkeypatch.setattr(_atomic, "_claim", lambda *_, **__: False)
    made(NEW).save(path)
    assert {path, beside} == set(path.parent.iterdir())
    assert NEW == gg.load_model(path).output_shape[-1]
