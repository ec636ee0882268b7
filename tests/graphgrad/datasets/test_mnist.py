"""MNIST loads from a folder, the cache and a mirror, or says what is wrong."""

from __future__ import annotations

import functools
import gzip
import hashlib
import inspect
import struct
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphgrad.datasets import DatasetError, mnist
from graphgrad.datasets._errors import DownloadError

Arrays = dict[str, NDArray[Any]]


def tiny() -> Arrays:
    """Return the content of the four files, in small."""
    random = np.random.default_rng(0)
    return {
        "train-images-idx3-ubyte": random.integers(0, 256, (5, 4, 3), np.uint8),
        "train-labels-idx1-ubyte": np.arange(5, dtype=np.uint8),
        "t10k-images-idx3-ubyte": random.integers(0, 256, (2, 4, 3), np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(2, dtype=np.uint8),
    }


def encode(array: NDArray[Any]) -> bytes:
    """Write an array of bytes as IDX."""
    code = {"uint8": 8, "int8": 9}[array.dtype.name]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.tobytes()


def write(folder: Path, arrays: Arrays, *, packed: bool = True) -> Path:
    """Write the files, as they are published or unpacked."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        content = encode(array)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return folder


def check(found: Any, arrays: Arrays) -> None:
    """Compare what was loaded with what was written."""
    (x_train, y_train), (x_test, y_test) = found
    for array, expected in zip(
        (x_train, y_train, x_test, y_test), arrays.values(), strict=True
    ):
        assert np.uint8 == array.dtype
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_is_loaded(packed: bool, tmp_path: Path) -> None:
    """Plain and gzip files do, and a path may be a string."""
    folder = write(tmp_path / "data", tiny(), packed=packed)
    check(mnist.load_data(folder), tiny())
    check(mnist.load_data(str(folder)), tiny())


def test_dotted_names_are_known(tmp_path: Path) -> None:
    """Some archives write train-images.idx3-ubyte."""
    folder = write(tmp_path / "data", tiny(), packed=False)
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.replace("-idx", ".idx"))
    check(mnist.load_data(folder), tiny())


def test_a_gzip_file_without_its_ending_is_known(tmp_path: Path) -> None:
    """The first bytes tell what a file is, as browsers rename and unpack."""
    folder = write(tmp_path / "data", tiny())
    for path in list(folder.iterdir()):
        path.rename(path.with_suffix(""))
    check(mnist.load_data(folder), tiny())


def test_the_error_names_the_files_that_are_missing(tmp_path: Path) -> None:
    """It lists what is expected, what is missing, and the way out."""
    folder = write(tmp_path / "data", tiny())
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    expected = r"expected the files train-images.*; missing: t10k-labels-idx1-ubyte\. "
    for kind in (DatasetError, ValueError, FileNotFoundError):
        with pytest.raises(kind, match=expected):
            mnist.load_data(folder)


@pytest.mark.parametrize(
    ("name", "found"), [("absent", "no folder there"), ("mnist.npz", "a file")]
)
def test_a_path_that_is_no_folder_is_refused(
    name: str, found: str, tmp_path: Path
) -> None:
    """Neither a missing folder nor Keras' file name is silently downloaded."""
    (tmp_path / "mnist.npz").touch()
    with pytest.raises(
        DatasetError, match=f"must be a folder .* got .*{name}.*{found}"
    ):
        mnist.load_data(tmp_path / name)


def test_counts_must_agree(tmp_path: Path) -> None:
    """Images with fewer labels are refused, with both numbers."""
    arrays = tiny() | {"train-labels-idx1-ubyte": np.zeros(4, np.uint8)}
    with pytest.raises(DatasetError, match=r"got 5 images in train.* and 4 labels in"):
        mnist.load_data(write(tmp_path / "data", arrays))


@pytest.mark.parametrize(
    ("name", "array", "got"),
    [
        ("t10k-images-idx3-ubyte", np.zeros(2, np.uint8), r"uint8 of shape \(2,\)"),
        (
            "t10k-labels-idx1-ubyte",
            np.zeros((2, 1), np.uint8),
            r"uint8 of shape \(2, 1",
        ),
        ("t10k-labels-idx1-ubyte", np.zeros(2, np.int8), r"int8 of shape \(2,\)"),
    ],
)
def test_each_file_must_hold_what_its_name_says(
    name: str, array: NDArray[Any], got: str, tmp_path: Path
) -> None:
    """Files under each other's names are found out."""
    folder = write(tmp_path / "data", tiny() | {name: array})
    with pytest.raises(DatasetError, match=rf"{name}.gz: expected .* got {got}"):
        mnist.load_data(folder)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """The message has the file and says to fetch it again."""
    folder = write(tmp_path / "data", tiny())
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b\x08 cut")
    with pytest.raises(DatasetError, match=r"t10k-images.*\.gz: .* fetch it again"):
        mnist.load_data(folder)


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, silently."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
        """Keep the log out of the tests' output."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Put a local mirror in the place of the real ones; return its folder."""
    folder = write(tmp_path / "mirror", tiny())
    files = []
    for name in tiny():
        content = (folder / f"{name}.gz").read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        files.append(mnist._File(name, len(content), digest))
    monkeypatch.setattr(mnist, "_FILES", tuple(files))
    monkeypatch.setenv("GRAPHGRAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    handler = functools.partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(mnist, "_MIRRORS", (f"{address}/gone/", f"{address}/"))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


def test_what_is_missing_is_downloaded_once(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line per file goes to stderr; afterwards the cache does without the mirror."""
    check(mnist.load_data(), tiny())
    out, err = capsys.readouterr()
    assert "" == out
    assert [line.split()[:2] for line in err.splitlines()] == [
        ["downloading", f"{name}.gz"] for name in tiny()
    ]
    for path in mirror.iterdir():
        path.unlink()
    check(mnist.load_data(), tiny())
    assert "" == capsys.readouterr().err
    names = {path.name for path in (tmp_path / "home" / "mnist").iterdir()}
    assert {f"{name}.gz" for name in tiny()} == names


def test_files_put_into_the_cache_are_used(mirror: Path, tmp_path: Path) -> None:
    """Unpacked files do as well, and only the rest is downloaded."""
    name = "train-images-idx3-ubyte"
    mine = {name: np.full((5, 4, 3), 7, np.uint8)}
    write(tmp_path / "home" / "mnist", mine, packed=False)
    (mirror / f"{name}.gz").unlink()
    check(mnist.load_data(), tiny() | mine)


@pytest.mark.usefixtures("mirror")
def test_a_damaged_cache_is_mended_as_the_message_says(tmp_path: Path) -> None:
    """Deleting the named file is enough."""
    mnist.load_data()
    path = tmp_path / "home" / "mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DatasetError, match="delete it and fetch it again"):
        mnist.load_data()
    path.unlink()
    check(mnist.load_data(), tiny())


def test_a_mirror_with_other_bytes_is_refused(mirror: Path) -> None:
    """The error has the hashes and the way out without a network."""
    write(mirror, {"train-images-idx3-ubyte": np.zeros((5, 4, 3), np.uint8)})
    expected = r"(?s)train-images-idx3-ubyte\.gz: .*load_data\(path=folder\)"
    with pytest.raises(DownloadError, match=expected):
        mnist.load_data()


def test_the_published_files_are_described() -> None:
    """Names, sizes and hashes have the form that the downloader relies on."""
    assert list(tiny()) == [file.name for file in mnist._FILES]
    assert all(len(bytes.fromhex(file.sha256)) == 32 for file in mnist._FILES)
    # The sizes are printed on the page of the data set's authors.
    sizes = [file.size for file in mnist._FILES]
    assert [9_912_422, 28_881, 1_648_877, 4_542] == sizes
    assert all(url.startswith("https://") for url in mnist._MIRRORS)


@pytest.mark.usefixtures("mirror")
def test_the_example_of_the_docstring_runs() -> None:
    """The lines that users copy are executed as they stand."""
    doc = inspect.getdoc(mnist.load_data) or ""
    block = doc.partition("::\n")[2].partition("``path``")[0]
    names: dict[str, Any] = {}
    exec(textwrap.dedent(block), names)  # noqa: S102 (our own docstring)
    assert (5, 4, 3) == names["x_train"].shape


def test_importing_loads_no_network_modules() -> None:
    """Those take longer to import than all the rest."""
    code = (
        "import sys, graphgrad.datasets; "
        "print({'ssl', 'http.client', 'urllib.request'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "set()\n" == result.stdout
