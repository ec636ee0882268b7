"""Compiled: what `gg.Program` is to NumPy, for C: arrays, `run`, a record of it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg
from benchmarks.backend_prototype.buffers import arrays_of
from benchmarks.backend_prototype.emit import emit
from benchmarks.backend_prototype.schedule import Schedule
from benchmarks.backend_prototype.text import Memory

__all__ = ["CompiledProgram", "compiler", "numpys_blas"]

Array = NDArray[Any]
HERE = Path(__file__).parent

# Results stay what IEEE 754 says, but that a product and a sum may be joined, which
# rounds once instead of twice, where the machine has an instruction for it.
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")


def compiler() -> str | None:
    """Return the system's C compiler, or None where there is none."""
    return shutil.which("cc")


def numpys_blas() -> tuple[int, int] | None:
    """Return the addresses of sgemm and dgemm in NumPy's own OpenBLAS, if it has one.

    Wheels of NumPy bundle it, under names of their own and with 64-bit sizes.
    """
    folder = Path(np.__file__).parents[1] / "numpy.libs"
    for path in sorted(folder.glob("libscipy_openblas64_*")):
        library = ctypes.CDLL(str(path))
        names = ("scipy_cblas_sgemm64_", "scipy_cblas_dgemm64_")
        functions = [getattr(library, name) for name in names]
        single, twice = (ctypes.cast(f, ctypes.c_void_p).value for f in functions)
        return (single or 0, twice or 0)
    return None


class CompiledProgram:
    """A graph as one C function over the cells' own arrays and buffers of its own.

    It has `run`, ``graph``, ``inputs``, ``outputs`` and ``source`` as `gg.Program` has
    them; `run_recorded` returns the names of the executed nodes; `run_epoch` gathers
    batches from ``data`` by ``order`` and runs a step for each. ``threads`` divides
    large loops and products; ``blas`` takes the addresses from `numpys_blas`.
    """

    def __init__(
        self,
        graph: gg.Graph,
        *,
        fuse: bool = True,
        threads: int = 1,
        blas: tuple[int, int] | None = None,
    ) -> None:
        """Schedule, emit, compile, load, and take the memory."""
        self.graph = graph
        self.threads = threads
        self.schedule = Schedule(graph, fuse=fuse)
        states = [effect.inputs[0].op for effect in graph.effects]
        self._written = [s.cell for s in states if isinstance(s, gg.nodes.State)]
        memory = Memory(self.schedule)
        self.source = emit(self.schedule, memory)
        self._memory_roots = memory.roots
        by_root = arrays_of(self.schedule, memory.roots)
        self._arrays = [by_root[node] for node in memory.roots]
        self.inputs = tuple(by_root[node] for node in graph.inputs)
        self.outputs = tuple(self._output(node, by_root) for node in graph.outputs)
        addresses = [array.ctypes.data for array in self._arrays]
        self._memory = (ctypes.c_void_p * len(addresses))(*addresses)
        self._blas = blas
        self._library = self._load()
        self._step = self._library.run_step

    @property
    def nbytes(self) -> int:
        """The memory of the buffers, in bytes."""
        roots = zip(self._memory_roots, self._arrays, strict=True)
        bases = {
            id(array.base): array.base for node, array in roots if not node.is_leaf
        }
        return sum(base.nbytes for base in bases.values() if base is not None)

    def run(self) -> None:
        """Compute the outputs and the new state from inputs and state, in place."""
        self._step(self._memory, None)
        self._tell_cells(1)

    def run_recorded(self) -> list[str]:
        """Run, and return the names of the nodes that were executed, in order."""
        notes = np.full(len(self.graph.nodes), -1, np.int32)
        self._load("-DNOTES").run_step(self._memory, ctypes.c_void_p(notes.ctypes.data))
        self._tell_cells(1)
        return [self.graph.nodes[position].name for position in notes if position >= 0]

    def run_epoch(self, data: Sequence[Array], order: Array) -> None:
        """Run a step for each whole batch of ``order``, over the rows of ``data``."""
        for array, node in zip(data, self.graph.inputs, strict=True):
            due, got = (node.dtype, node.shape[1:]), (array.dtype, array.shape[1:])
            if due != got or not array.flags.c_contiguous:
                raise gg.ShapeError(
                    f"{node.name} takes rows of {due} side by side, got {got}"
                )
        batch = self.graph.inputs[0].shape[0]
        order = np.ascontiguousarray(order, np.int64)
        rows = min(len(array) for array in data)
        if order.size and not 0 <= order.min() <= order.max() < rows:
            raise IndexError(f"a row of the order is out of bounds for {rows} rows")
        starts = (ctypes.c_void_p * len(data))(*[each.ctypes.data for each in data])
        steps = len(order) // batch
        self._library.run_epoch(
            self._memory,
            starts,
            ctypes.c_void_p(order.ctypes.data),
            ctypes.c_int64(steps),
        )
        self._tell_cells(steps)

    # Whoever keeps a copy of a cell's values asks how often it was written.
    def _tell_cells(self, steps: int) -> None:
        for cell in self._written:
            cell.writes += steps

    def _output(self, node: gg.Node, by_root: dict[gg.Node, Array]) -> Array:
        place = self.schedule.places.of[node]
        root = self.schedule.in_state.get(place.root, place.root)
        flat = by_root[root].reshape(-1)[place.offset :]
        strides = [stride * flat.itemsize for stride in place.strides]
        return np.lib.stride_tricks.as_strided(flat, node.shape, strides)

    # A library of its own for each: one that is loaded cannot be told from another.
    def _load(self, *flags: str) -> ctypes.CDLL:
        command = compiler()
        if command is None:
            raise RuntimeError("there is no C compiler (cc) on the path: install one")
        threads = ("-fopenmp", f"-DTHREADS={self.threads}") if self.threads > 1 else ()
        with tempfile.TemporaryDirectory() as folder:
            text, library = Path(folder, "step.c"), Path(folder, "step.so")
            text.write_text(self.source, encoding="utf-8")
            options = [*FLAGS, *threads, *flags, f"-I{HERE}", "-shared", "-fPIC"]
            subprocess.run(
                [command, *options, str(text), "-o", str(library), "-lm"], check=True
            )
            loaded = ctypes.CDLL(str(library))
        if self._blas is not None:
            loaded.use_blas(*map(ctypes.c_void_p, self._blas))
        return loaded
