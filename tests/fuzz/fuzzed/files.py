"""Bytes that are read: models, weights, IDX, and descriptions as JSON."""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.datasets._errors import DatasetError
from graphgrad.datasets._idx import read_idx

FOLDER = Path(tempfile.mkdtemp(prefix="fuzzed-"))


def _small() -> gg.Sequential:
    """Return a model that has something of each: state, slots, metrics, randomness."""
    gg.set_random_seed(0)
    model = gg.Sequential(
        [
            gg.Input((3,)),
            gg.Dense(2, "relu", kernel_regularizer="l2"),
            gg.layers.BatchNormalization(),
            gg.Dropout(0.5, seed=1),
            gg.Dense(1, "sigmoid"),
        ],
        name="small",
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def _file(save: Callable[[Path], Any], suffix: str) -> bytes:
    """Return what something writes into a file."""
    path = FOLDER / f"seed{suffix}"
    save(path)
    return path.read_bytes()


MODEL = _small()


def model_file(data: bytes) -> None:
    """Load a model from a file."""
    path = FOLDER / "model.safetensors"
    path.write_bytes(data)
    try:
        model = gg.load_model(path)
    except gg.GraphgradError:
        return
    assert isinstance(model.get_config(), dict)
    model.save(path)


def weights_file(data: bytes) -> None:
    """Load weights into a model, which has either all of them afterwards or none."""
    path = FOLDER / "model.weights.safetensors"
    path.write_bytes(data)
    before = MODEL.get_weights()
    try:
        MODEL.load_weights(path)
    except gg.GraphgradError:
        for old, new in zip(before, MODEL.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


def idx_file(data: bytes) -> None:
    """Read an IDX file, plain or gzip."""
    path = FOLDER / "images-idx3-ubyte"
    path.write_bytes(data)
    with contextlib.suppress(DatasetError):
        read_idx(path)


def description(data: bytes) -> None:
    """Make each kind of thing from a description that JSON brought."""
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        return
    for make in (
        gg.Sequential.from_config,
        gg.Dense.from_config,
        gg.layers.deserialize,
        gg.optimizers.deserialize,
        gg.losses.deserialize,
        gg.initializers.deserialize,
    ):
        with contextlib.suppress(gg.GraphgradError):
            make(config)


def models() -> list[bytes]:
    """Return files of models, with and without what training needs."""
    plain = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    return [_file(each.save, ".safetensors") for each in (MODEL, plain)]


def weights() -> list[bytes]:
    """Return files of weights."""
    return [_file(MODEL.save_weights, ".weights.safetensors")]


def idx() -> list[bytes]:
    """Return IDX files of several dtypes, plain and packed."""
    small = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (2, 2, 2))
    labels = b"\0\0\x08\x01\0\0\0\x04\1\2\3\4"
    doubles = b"\0\0\x0e\x01\0\0\0\x01" + np.array([1.5], ">f8").tobytes()
    plain = [small + bytes(range(8)), labels, doubles]
    return plain + [gzip.compress(each, mtime=0) for each in plain]


def descriptions() -> list[bytes]:
    """Return descriptions of everything that has one."""
    things = [
        MODEL.get_config(),
        gg.layers.serialize(MODEL.layers[0]),
        MODEL.layers[0].get_config(),
        gg.optimizers.serialize(MODEL.optimizer),
        gg.losses.serialize(gg.losses.BinaryCrossentropy()),
        gg.initializers.serialize(gg.initializers.GlorotUniform(seed=1)),
        "relu",
    ]
    return [json.dumps(each).encode() for each in things]
