"""A thousand models trained and dropped in one process leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# In a process of its own: in this one, other tests leave what they like.
MANY = """
import gc, sys, tracemalloc
from pathlib import Path
import numpy as np
import graphgrad as gg

x, y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

def trained():
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2, "tanh"), gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=4, verbose=0)

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096

def blocks():
    gc.collect()
    return sys.getallocatedblocks(), len(gc.get_objects())

count = int(sys.argv[1])
for _ in range(count // 10):
    trained()
before, size = blocks(), resident()
for _ in range(count):
    trained()
after = blocks()
assert after[0] - before[0] < 500, (before, after)
assert after[1] - before[1] < 50, (before, after)
assert resident() - size < 8e6, (size, resident())

tracemalloc.start()
for _ in range(20):
    trained()
gc.collect()
before = tracemalloc.get_traced_memory()[0]
for _ in range(count // 20):
    trained()
gc.collect()
# It keeps the name of each program's code, for as long as it looks.
assert tracemalloc.get_traced_memory()[0] - before < 600 * count // 20
"""


@pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"),  # noqa: PTH110 -- no folder of ours
    reason="this system does not tell the memory of a process",
)
def test_a_thousand_models_leave_no_memory_behind(often: int) -> None:
    """Neither objects, nor blocks of memory, nor pages of the process."""
    command = [sys.executable, "-c", MANY, str(1_000 if often == 1 else 10_000)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    assert 0 == done.returncode, done.stderr


def test_a_model_is_freed_when_it_is_dropped() -> None:
    """With its programs, once Python has looked for cycles."""
    code = """
import gc, weakref
import numpy as np
import graphgrad as gg
model = gg.Sequential([gg.Input((3,)), gg.Dense(1)])
model.compile("adam", "mse")
model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
model.predict(np.ones((4, 3)), verbose=0)
parts = [model, model.optimizer, *model.layers, *model.weights]
parts += [program for program in model._stages.programs.values()]
left = [weakref.ref(each) for each in parts if hasattr(each, "__weakref__")]
assert len(left) > 3
del model, parts
gc.collect()
assert [] == [each() for each in left if each() is not None]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
