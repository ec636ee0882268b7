"""An IDX file gives back its array; all that is no such file is a `DatasetError`."""

from __future__ import annotations

import gzip
import os
import struct
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from graphgrad.datasets import DatasetError
from graphgrad.datasets._idx import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def encode(array: NDArray[Any]) -> bytes:
    """Write an array as IDX."""
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def read(content: bytes) -> NDArray[Any]:
    """Read the array in a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        return read_idx(path)


def shapes(least_side: int = 0) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw shapes of one to four dimensions."""
    return hnp.array_shapes(max_dims=4, min_side=least_side, max_side=4)


ARRAYS = st.sampled_from(sorted(CODES)).flatmap(lambda name: hnp.arrays(name, shapes()))
SMALL = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@given(array=ARRAYS, packed=st.booleans())
def test_reading_undoes_writing(array: NDArray[Any], packed: bool) -> None:
    """Shape, dtype and every bit come back, in the machine's byte order."""
    content = encode(array)
    found = read(gzip.compress(content) if packed else content)
    assert array.dtype.newbyteorder("=") == found.dtype
    assert array.shape == found.shape
    assert array.tobytes() == found.tobytes()


@pytest.mark.parametrize("content", [encode(SMALL), gzip.compress(encode(SMALL))])
def test_a_file_cut_off_anywhere_is_refused(content: bytes, tmp_path: Path) -> None:
    """No beginning of a file passes for the whole."""
    path = tmp_path / "cut"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DatasetError, match=r"expected .*, got .*fetch it again"):
            read_idx(path)


@given(tail=st.binary(min_size=1, max_size=9))
def test_bytes_after_the_data_are_refused(tail: bytes) -> None:
    """A file holds one array and nothing else, packed or not."""
    content = encode(SMALL)
    with pytest.raises(DatasetError, match="got more bytes"):
        read(content + tail)
    with pytest.raises(DatasetError, match="got more bytes"):
        read(gzip.compress(content + tail))


@given(tail=st.binary(min_size=1, max_size=9).filter(lambda tail: tail[0] != 0))
def test_rubbish_after_the_gzip_data_is_refused(tail: bytes) -> None:
    """Only zeros, which gzip allows as padding, may follow the packed data."""
    with pytest.raises(DatasetError, match="gzip"):
        read(gzip.compress(encode(SMALL)) + tail)


@given(place=st.integers(0, 15), value=st.integers(0, 255))
def test_a_changed_header_is_refused_or_read_as_it_says(place: int, value: int) -> None:
    """With one byte of the header changed, dtype and shape must still fill the file."""
    content = bytearray(encode(SMALL))
    content[place] = value
    try:
        found = read(bytes(content))
    except DatasetError:
        return
    assert content == encode(found)


@given(data=st.data())
def test_a_flipped_bit_in_a_gzip_file_never_changes_the_array(
    data: st.DataObject,
) -> None:
    """Each flip is found by the checksum, or is in a field that means nothing here."""
    content = bytearray(gzip.compress(encode(SMALL), mtime=0))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = read(bytes(content))
    except DatasetError:
        return
    np.testing.assert_array_equal(found, SMALL)


@given(start=st.sampled_from([b"", b"\0\0\x08", b"\x1f\x8b\x08"]), rest=st.binary())
def test_any_bytes_are_an_array_or_a_dataset_error(start: bytes, rest: bytes) -> None:
    """Nothing else is raised, whatever the file holds."""
    try:
        found = read(start + rest)
    except DatasetError:
        return
    assert start + rest == encode(found)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "sides",
    [(2**32 - 1,), (2**16, 2**16), (2**32 - 1,) * 32, (0, 2**32 - 1, 2**32 - 1)],
)
def test_a_huge_declared_size_takes_no_memory(
    sides: tuple[int, ...], packed: bool, tmp_path: Path
) -> None:
    """The lie is found before memory is asked for."""
    content = struct.pack(f">BBBB{len(sides)}I", 0, 0, 0x0E, len(sides), *sides)
    path = tmp_path / "huge"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert peak_of_refusal(path) < 2**20


def test_a_gzip_bomb_takes_no_memory(tmp_path: Path) -> None:
    """Large files may not declare anything they like either: there is a ceiling."""
    header = struct.pack(">BBBBI", 0, 0, 0x08, 1, 2**30 + 1)
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(header + os.urandom(2**21), compresslevel=0))
    assert peak_of_refusal(path) < 2**20


def peak_of_refusal(path: Path) -> int:
    """Return the most memory in use while a file is refused."""
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError, match=r"holds at most|can index"):
            read_idx(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_most_compressible_file_is_read() -> None:
    """What gzip packs best is still taken for what it is."""
    zeros = np.zeros((4, 2**20), np.uint8)
    packed = gzip.compress(encode(zeros))
    assert len(packed) * 1000 < zeros.size
    np.testing.assert_array_equal(read(packed), zeros)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\0\0\x07\x01\0\0\0\0", "expected IDX"),
        (b"\x89PNG\r\n\x1a\n", "expected IDX"),
        (b"", r"got the bytes \[\]"),
        (b"\0\0\x08\x00\x05", "expected 1 to 32 dimensions, got 0"),
        (b"\0\0\x08\x21" + bytes(132), "expected 1 to 32 dimensions, got 33"),
        (b"\0\0\x08\x02\0\0\0\1", "expected 2 lengths .* after 1 of them"),
        (b"\x1f\x8b\x08\0 not deflate at all", "a corrupt one"),
    ],
)
def test_the_message_says_what_is_wrong(content: bytes, expected: str) -> None:
    """Each kind of damage is named."""
    with pytest.raises(DatasetError, match=expected):
        read(content)


def test_a_missing_file_is_a_file_not_found_error(tmp_path: Path) -> None:
    """It can be caught as what it is, as a `ValueError` and as a `DatasetError`."""
    for kind in (FileNotFoundError, ValueError, DatasetError):
        with pytest.raises(kind, match=r"absent: expected a file"):
            read_idx(tmp_path / "absent")


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder is refused, and a named pipe does not make the reader wait."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(DatasetError, match="expected a regular file"):
            read_idx(path)


def test_an_error_of_the_disk_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the system refuses comes as a `DatasetError`."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "file").write_bytes(encode(SMALL))
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DatasetError, match=r"file: .* got Permission denied"):
        read_idx(tmp_path / "file")
