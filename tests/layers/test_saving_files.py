"""Files that cannot be written: what was there stays, and it is said why."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
import pytest
from cases.files import made

import graphgrad as gg
from graphgrad.layers import _atomic
from graphgrad.layers._registry import SavingError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a saved model, alone in its folder."""
    file = tmp_path / "model.safetensors"
    made().save(file)
    return file


def test_an_old_file_may_be_kept(path: Path) -> None:
    """With overwrite off."""
    before = path.read_bytes()
    for call in (made(5).save, made(5).save_weights):
        with pytest.raises(SavingError, match="exists, and overwrite is False"):
            call(path, overwrite=False)
    assert before == path.read_bytes()
    made(5).save(path)
    assert 5 == gg.load_model(path).output_shape[1]


@pytest.mark.parametrize("where", ["write", "flush", "replace"])
@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
)
def test_an_old_file_survives_what_interrupts_the_new(
    path: Path, where: str, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or a user who has waited enough: nothing is lost, nothing left."""
    before = path.read_bytes()

    def fail(*_: Any) -> NoReturn:
        raise fault

    def half(file: IO[bytes], content: bytes) -> NoReturn:
        file.write(content[:100])
        raise fault

    target, name, how = {
        "write": (_atomic, "_write", half),
        "flush": (os, "fsync", fail),
        "replace": (Path, "replace", fail),
    }[where]
    monkeypatch.setattr(target, name, how)
    with pytest.raises(type(fault)) as caught:
        made(5).save(path)
    monkeypatch.undo()
    if isinstance(fault, OSError):
        assert (errno.ENOSPC, str(path)) == (caught.value.errno, caught.value.filename)  # type: ignore[attr-defined]
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_a_folder_that_may_not_be_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the file that was asked for, not the one beside it."""

    def refuse(beside: Path, *_: Any) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied", str(beside))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError, match=r"/model\.safetensors'"):
        made().save(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_permissions_and_links_are_kept(path: Path) -> None:
    """A new file gets the usual ones, one that is replaced keeps its own."""
    plain = path.with_name("plain")
    plain.touch()
    assert stat.S_IMODE(plain.stat().st_mode) == stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o640)
    link = path.with_name("link.safetensors")
    link.symlink_to(path)
    made(5).save(link)
    assert link.is_symlink()
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)
    assert 5 == gg.load_model(path).output_shape[1]


WRITER = """
import sys
import graphgrad as gg
units = int(sys.argv[2])
model = gg.Sequential([gg.Input((3,)), gg.Dense(units)])
for _ in range(40):
    model.save(sys.argv[1])
"""


def test_two_processes_write_one_file(path: Path) -> None:
    """At every moment it is the whole file of one of them."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(units)])
        for units in (2, 300)
    ]
    while any(writer.poll() is None for writer in writers):
        assert gg.load_model(path).output_shape[1] in (2, 300)
    assert [0, 0] == [writer.wait() for writer in writers]
    assert gg.load_model(path).output_shape[1] in (2, 300)
    assert [path] == list(path.parent.iterdir())


def test_a_description_that_is_no_description_any_more(path: Path) -> None:
    """An argument of megabytes belongs in a weight; the error comes before the file."""
    before = path.read_bytes()
    huge = np.zeros(6_000_000)
    layer = gg.Dense(1, kernel_initializer=gg.initializers.Constant(huge))
    with pytest.raises(SavingError, match="a file takes no description"):
        gg.Sequential([layer]).save(path)
    assert before == path.read_bytes()
