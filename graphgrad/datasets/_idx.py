"""Reading IDX files, the format of MNIST, without trusting a byte of them.

A file holds two zero bytes, a code for the dtype, the number of dimensions, each length
as a big-endian uint32, then the elements in C order, big-endian.
"""

from __future__ import annotations

import io
import math
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphgrad._room import require_memory
from graphgrad.datasets._errors import DatasetError, MissingFileError

__all__ = ["read_idx"]

_DTYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_GZIP = b"\x1f\x8b"
# Deflate writes at most 258 bytes for two bits: a file can unpack to no more than this.
_MAX_RATIO = 1032
# The largest known relative of MNIST unpacks to 0.55 GB; more is taken for a bomb.
_MAX_UNPACKED = 2**30
_MAX_MORE = 1 << 20
_MAX_DIMENSIONS = 32  # NumPy 1.26 has no more
# GzipFile makes a copy of what is read at once.
_CHUNK = 1 << 20


def read_idx(path: Path) -> NDArray[Any]:
    """Read the array in an IDX file, plain or gzip, in the machine's byte order.

    What the header declares is held against the size of the file before memory is
    taken. Raises `MissingFileError` when there is no such file, and `DatasetError` when
    it cannot be read or is not exactly one IDX array; `OutOfMemoryError` when it is
    one that is larger than memory.
    """
    import zlib
    from gzip import BadGzipFile

    try:
        return _read(path)
    except FileNotFoundError as error:
        raise MissingFileError(f"{path}: expected a file, got nothing there") from error
    except EOFError as error:
        raise _damaged(path, "a whole gzip file", "one that is cut off") from error
    except (BadGzipFile, zlib.error) as error:
        raise _damaged(path, "a gzip file", f"a corrupt one ({error})") from error
    except OSError as error:
        message = f"{path}: expected a readable file, got {error.strerror or error}"
        raise DatasetError(message) from error


def _read(path: Path) -> NDArray[Any]:
    """Open the file, plain or gzip: its first bytes tell, names often lie."""
    from gzip import GzipFile

    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # opening a named pipe would wait for ever
        raise DatasetError(f"{path}: expected a regular file, got a folder or device")
    with path.open("rb") as file:
        if file.peek(2)[:2] != _GZIP:
            return _parse(path, file, status.st_size, status.st_size)
        capacity = min(_MAX_RATIO * status.st_size, _MAX_UNPACKED)
        with GzipFile(fileobj=file) as unpacked:
            return _parse(path, unpacked, capacity, status.st_size)


def _parse(
    path: Path, stream: io.BufferedIOBase, capacity: int, length: int
) -> NDArray[Any]:
    """Read header and elements from a stream that can hold ``capacity`` bytes.

    It comes from a file of ``length`` bytes.
    """
    dtype, shape = _parse_header(path, stream)
    size = math.prod(shape) * dtype.itemsize
    if size > capacity:
        declared = f"{shape} elements of {dtype.itemsize} bytes"
        raise _damaged(path, declared, f"a file that holds at most {capacity:,} bytes")
    # Deflate adds five bytes to each block; GzipFile skips zeros behind one by one.
    if length > size + size // 64 + _MAX_MORE:
        got = f"{length:,} of them for {size:,} bytes of elements"
        raise _damaged(path, f"a file of as many bytes as its elements {shape}", got)
    require_memory(size, f"the array in {path}")
    buffer = np.empty(size, np.uint8)
    filled = _fill(stream, buffer)
    if filled < size:
        got = f"{filled:,} before the file ends"
        raise _damaged(path, f"{size:,} bytes of elements {shape}", got)
    # Also makes gzip verify its checksum, which stands behind the data.
    if stream.read(1):
        raise _damaged(path, f"the end after elements {shape}", "more bytes")
    return buffer.view(dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _parse_header(
    path: Path, stream: io.BufferedIOBase
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Read the dtype and the shape that the file declares."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        expected = "IDX (0, 0, a dtype code, a number of dimensions)"
        raise _damaged(path, expected, f"the bytes {list(magic)}")
    if not 1 <= magic[3] <= _MAX_DIMENSIONS:
        raise _damaged(path, f"1 to {_MAX_DIMENSIONS} dimensions", str(magic[3]))
    sides = stream.read(4 * magic[3])
    if len(sides) < 4 * magic[3]:
        got = f"a file that ends after {len(sides) // 4} of them"
        raise _damaged(path, f"{magic[3]} lengths in the header", got)
    dtype, shape = (
        np.dtype(_DTYPES[magic[2]]),
        tuple(np.frombuffer(sides, ">u4").tolist()),
    )
    # NumPy refuses (0, 2**32, 2**32) too, although it has no elements.
    if math.prod(side for side in shape if side) * dtype.itemsize > sys.maxsize:
        raise _damaged(path, "lengths that NumPy can index", str(shape))
    return dtype, shape


def _fill(stream: io.BufferedIOBase, buffer: NDArray[np.uint8]) -> int:
    """Read until ``buffer`` is full or the stream ends; count the bytes."""
    filled = 0
    while count := stream.readinto(buffer.data[filled : filled + _CHUNK]):
        filled += count
    return filled


def _damaged(path: Path, expected: str, got: str) -> DatasetError:
    remedy = "the file is damaged or is something else: delete it and fetch it again"
    return DatasetError(f"{path}: expected {expected}, got {got}; {remedy}")
