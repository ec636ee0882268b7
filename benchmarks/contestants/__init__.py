"""The contestants, by the names that the command knows."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from benchmarks.contestants._base import Contestant

__all__ = ["CONTESTANTS", "Entry", "contestant"]


class Entry(NamedTuple):
    """Where a contestant is defined, and how tables call it."""

    title: str
    module: str
    variant: str = ""
    package: str = ""  # what `start` imports


CONTESTANTS = {
    "graphgrad": Entry("graphgrad", "_graphgrad", package="graphgrad"),
    "numpy": Entry("NumPy by hand", "_numpy", package="numpy"),
    "torch": Entry("PyTorch eager", "_torch", package="torch"),
    "torch-fused": Entry("PyTorch, fused Adam", "_torch", "fused"),
    "jax": Entry("JAX jit", "_jax", "jit", package="jax"),
    "jax-scan": Entry("JAX scan", "_jax", "scan"),
    "keras": Entry("Keras on TensorFlow", "_keras", package="keras"),
    "sklearn": Entry("scikit-learn", "_sklearn", package="sklearn.neural_network"),
    "autograd": Entry("HIPS autograd", "_autograd", package="autograd.numpy"),
    "mygrad": Entry("MyGrad", "_mygrad", package="mygrad"),
    "tinygrad": Entry("tinygrad TinyJit", "_tinygrad", package="tinygrad"),
}


def contestant(name: str) -> Contestant:
    """Import a contestant with its library."""
    entry = CONTESTANTS[name]
    module = import_module(f"benchmarks.contestants.{entry.module}")
    made: Contestant = module.Contestant(entry.variant)
    return made
