"""C: a backend for graphs, and the code it makes of one: arrays, a step, its record."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg
from benchmarks.backend_prototype.buffers import arrays_of
from benchmarks.backend_prototype.emit import emit
from benchmarks.backend_prototype.schedule import Schedule
from benchmarks.backend_prototype.text import Memory

__all__ = ["C", "compiler", "numpys_blas"]

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


class C:
    """The backend: ``fuse`` puts elementwise nodes into one loop.

    ``threads`` divides large loops and products; ``blas`` takes the addresses from
    `numpys_blas`.
    """

    name = "c"

    def __init__(
        self,
        *,
        fuse: bool = True,
        threads: int = 1,
        blas: tuple[int, int] | None = None,
    ) -> None:
        """Choose how graphs are compiled."""
        self.fuse = fuse
        self.threads = threads
        self.blas = blas

    def rules(self) -> tuple[Callable[[gg.Node], gg.Node | None], ...]:
        """Return no rule: sums stay sums, which can be fused."""
        return ()

    def code(self, graph: gg.Graph) -> CompiledCode:
        """Compile a graph."""
        return CompiledCode(graph, self)


class CompiledCode:
    """A graph as one C function over the cells' own arrays and buffers of its own.

    Beside what any code has, `run_epoch` gathers batches from ``data`` by ``order`` and
    runs a step for each.
    """

    plan = None

    def __init__(self, graph: gg.Graph, backend: C) -> None:
        """Schedule, emit, compile, load, and take the memory."""
        self.graph = graph
        self.backend = backend
        self.schedule = Schedule(graph, fuse=backend.fuse)
        states = [effect.inputs[0].op for effect in graph.effects]
        self._written = [s.cell for s in states if isinstance(s, gg.nodes.State)]
        memory = Memory(self.schedule)
        self._text = emit(self.schedule, memory)
        self._memory_roots = memory.roots
        by_root = arrays_of(self.schedule, memory.roots)
        self._arrays = [by_root[node] for node in memory.roots]
        self.inputs = tuple(by_root[node] for node in graph.inputs)
        self.outputs = tuple(self._output(node, by_root) for node in graph.outputs)
        addresses = [array.ctypes.data for array in self._arrays]
        self._memory = (ctypes.c_void_p * len(addresses))(*addresses)
        self._library = self._load()
        self._run = self._library.run_step

    @property
    def nbytes(self) -> int:
        """The memory of the buffers, in bytes."""
        roots = zip(self._memory_roots, self._arrays, strict=True)
        bases = {
            id(array.base): array.base for node, array in roots if not node.is_leaf
        }
        return sum(base.nbytes for base in bases.values() if base is not None)

    def step(self) -> None:
        """Compute the outputs and the new state from inputs and state, in place."""
        self._run(self._memory, None)

    def noted(
        self, note: Callable[..., Any], *, values: bool = False
    ) -> Callable[[], None]:
        """Return the step in another form: at its end, the nodes are noted in order.

        Others have then taken the memory of most: no value is told.
        """
        nodes, run = self.graph.nodes, self._load("-DNOTES").run_step
        notes = np.full(len(nodes), -1, np.int32)
        address = ctypes.c_void_p(notes.ctypes.data)
        untold = [None] if values else []

        def step() -> None:
            run(self._memory, address)
            for position in notes[notes >= 0]:
                note(nodes[position].name, *untold)

        return step

    def text(self) -> str:
        """Return the C."""
        return self._text

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
        # Whoever keeps a copy of a cell's values asks how often it was written.
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
        threads = (
            ("-fopenmp", f"-DTHREADS={self.backend.threads}")
            if self.backend.threads > 1
            else ()
        )
        with tempfile.TemporaryDirectory() as folder:
            text, library = Path(folder, "step.c"), Path(folder, "step.so")
            text.write_text(self._text, encoding="utf-8")
            options = [*FLAGS, *threads, *flags, f"-I{HERE}", "-shared", "-fPIC"]
            subprocess.run(
                [command, *options, str(text), "-o", str(library), "-lm"], check=True
            )
            loaded = ctypes.CDLL(str(library))
        if self.backend.blas is not None:
            loaded.use_blas(*map(ctypes.c_void_p, self.backend.blas))
        return loaded
