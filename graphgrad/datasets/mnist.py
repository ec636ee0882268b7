"""MNIST: 70,000 handwritten digits, from a folder or downloaded once into a cache."""

from __future__ import annotations

import os
import reprlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphgrad.datasets._cache import cache_folder
from graphgrad.datasets._errors import DatasetError, DownloadError, MissingFileError
from graphgrad.datasets._idx import read_idx
from graphgrad.datasets._types import Pair, Split

__all__ = ["load_data"]


class _File(NamedTuple):
    """One of the four files: its name without ``.gz``, and the ``.gz`` as published."""

    name: str
    size: int
    sha256: str


_FILES = (
    _File(
        "train-images-idx3-ubyte",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    _File(
        "train-labels-idx1-ubyte",
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    _File(
        "t10k-images-idx3-ubyte",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    _File(
        "t10k-labels-idx1-ubyte",
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
)
_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
_NAMES = ", ".join(f"{file.name}[.gz]" for file in _FILES)


def load_data(path: str | os.PathLike[str] | None = None) -> Split:
    """Load MNIST as ``(x_train, y_train), (x_test, y_test)``.

    Images are uint8 of shape (60000, 28, 28) and (10000, 28, 28) with values 0 to 255,
    labels uint8 of shape (60000,) and (10000,) with values 0 to 9::

        import graphgrad as gg

        (x_train, y_train), (x_test, y_test) = gg.datasets.mnist.load_data()

    ``path`` is a folder with the four IDX files, plain or gzip; data sets of the same
    form (Fashion-MNIST, KMNIST) load as well. Without it the files are taken from
    ``$GRAPHGRAD_HOME/mnist``, else from ``graphgrad/mnist`` in the user's cache folder;
    what is missing there is downloaded (11.6 MB), checked by SHA-256 and kept. A
    download that was interrupted goes on where it stopped.

    Raises `DatasetError`, a `ValueError`, for a file that is damaged or does not fit
    the others. If a file is missing it is a `FileNotFoundError` too, and if it could
    not be downloaded an `OSError`.

    >>> import graphgrad as gg
    >>> try:
    ...     gg.datasets.mnist.load_data("no-such-folder")
    ... except gg.datasets.DatasetError as error:
    ...     print(str(error).partition(";")[0])
    path must be a folder with the files of MNIST, got 'no-such-folder': no folder there
    """
    folder = _download_missing() if path is None else _check_folder(path)
    return _read_pair(folder, *_FILES[:2]), _read_pair(folder, *_FILES[2:])


def _check_folder(path: str | os.PathLike[str]) -> Path:
    """Return the user's folder, or say what it lacks."""
    try:
        folder = Path(path).expanduser()
    except RuntimeError as error:  # a user who is not known
        raise DatasetError(
            f"path must be a folder with the files of MNIST, got {path!r}: {error}"
        ) from error
    with _readable(folder):
        return _with_files(folder, path)


def _with_files(folder: Path, path: str | os.PathLike[str]) -> Path:
    if not folder.is_dir():
        found = "a file" if folder.exists() else "no folder there"
        raise MissingFileError(
            f"path must be a folder with the files of MNIST, got {os.fspath(path)!r}: "
            f"{found}; expected in it: {_NAMES}"
        )
    missing = [file.name for file in _FILES if _find(folder, file) is None]
    if missing:
        raise MissingFileError(
            f"{folder}: expected the files {_NAMES}; missing: {', '.join(missing)}. "
            "Put them there, or call load_data() without path to download them"
        )
    return folder


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn an error of looking into a folder into one that says which."""
    try:
        yield
    except DatasetError:
        raise
    except OSError as error:
        raise DatasetError(
            f"{reprlib.repr(str(folder))}: expected a folder that can be entered, got "
            f"{error.strerror or error}"
        ) from error


def _find(folder: Path, file: _File) -> Path | None:
    """Return the file under a name that is in use, the unpacked one first."""
    dotted = file.name.replace("-idx", ".idx")  # so some archives name them
    names = (file.name, f"{file.name}.gz", dotted, f"{dotted}.gz")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _download_missing() -> Path:
    """Return the cache folder, with the files that were not in it downloaded."""
    folder = cache_folder() / "mnist"
    with _readable(folder):
        missing = [file for file in _FILES if _find(folder, file) is None]
    if not missing:
        return folder
    # Here, as urllib and ssl take longer to import than all of graphgrad.
    from graphgrad.datasets._download import fetch

    for file in missing:
        name = f"{file.name}.gz"
        urls = [mirror + name for mirror in _MIRRORS]
        try:
            fetch(urls, folder / name, file.sha256, file.size, progress=sys.stderr)
        except DownloadError as error:
            raise DownloadError(
                f"{error}\nOr put the files {_NAMES} into a folder and call "
                "load_data(path=folder). GRAPHGRAD_HOME names another place to keep "
                "downloads"
            ) from error
    return folder


def _read_pair(folder: Path, image_file: _File, label_file: _File) -> Pair:
    """Read images with their labels, and see that they belong together."""
    images = _read_array(folder, image_file, 3, "images (count, rows, columns)")
    labels = _read_array(folder, label_file, 1, "labels (count,)")
    if len(images) != len(labels):
        raise DatasetError(
            f"{folder}: expected as many labels as images, got {len(images):,} images "
            f"in {image_file.name} and {len(labels):,} labels in {label_file.name}; "
            "take both files from one data set"
        )
    return images, labels


def _read_array(folder: Path, file: _File, rank: int, what: str) -> NDArray[np.uint8]:
    """Read one file, and see that it holds what its name says."""
    path = _find(folder, file) or folder / file.name
    array = read_idx(path)
    if array.ndim != rank or array.dtype != np.uint8:
        raise DatasetError(
            f"{path}: expected {what} of uint8, got {array.dtype} of shape "
            f"{array.shape}; put the right file under this name"
        )
    return array
