"""Forks while other threads are at work: the child is whole, or says what is not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this system starts no process by a fork"
)

# In a process of its own, for pytest has threads and files that a fork would copy. A
# child that hangs is one of the faults: it is killed, and its parent says so.
START = """
import gc, os, sys, threading, warnings
import numpy as np
import graphgrad as gg
warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
x = np.linspace(-1, 1, 30).reshape(10, 3).astype("float32")
y = x.sum(axis=1)

def made(seed=0):
    gg.set_random_seed(seed)
    model = gg.Sequential([gg.Input((3,)), gg.Dense(4, "tanh"), gg.Dense(1)])
    model.compile("adam", "mse")
    return model

def trained(model):
    model.fit(x, y, epochs=2, batch_size=4, verbose=0)
    return b"".join(each.tobytes() for each in model.get_weights())

def stop():
    inside.set()
    forked.wait()

inside, forked = threading.Event(), threading.Event()

def beside(work, check):
    \"\"\"Fork while another thread is within \"work\", and check the child.\"\"\"
    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        try:
            check()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    forked.set()
    thread.join()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the child failed"
"""


def run(code: str) -> None:
    """Run a program; a process that hangs is ended, and fails."""
    command = [sys.executable, "-c", START + code]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )
    assert 0 == done.returncode, done.stderr


def test_a_fork_while_another_thread_compiles_leaves_the_collector_on() -> None:
    """The thread that would have turned it on again is not in the child."""
    run("""
def traced(x):
    stop()
    return gg.tanh(x)

def check():
    assert gc.isenabled()
    gg.trace(gg.tanh, gg.Spec((3,)))
    assert gc.isenabled()

beside(lambda: gg.trace(traced, gg.Spec((3,))), check)
assert gc.isenabled()
gc.disable()  # what the user has turned off stays off
inside.clear(), forked.clear()

def check():
    assert not gc.isenabled()

beside(lambda: gg.trace(traced, gg.Spec((3,))), check)
assert not gc.isenabled()
""")


def test_a_child_compiles_and_trains_while_another_thread_did() -> None:
    """What all models share is free there, and gives the bits of a serial run."""
    run("""
due = trained(made())

class Slow(gg.layers.Layer):
    def call(self, x):
        if threading.current_thread() is not threading.main_thread():
            stop()
        return x

def work():
    model = gg.Sequential([gg.Input((3,)), Slow(), gg.Dense(1)])
    model.compile("sgd", "mse")

def check():
    assert trained(made()) == due

beside(work, check)
assert trained(made()) == due
""")


def test_a_child_compiles_while_another_thread_makes_programs() -> None:
    """The fork waits for what would be seen half made, the places of weights."""
    run("""
from itertools import count
due = trained(made())
ended = threading.Event()

def work():
    for seed in count():
        model = gg.Sequential([gg.Input((3,)), gg.Dense(4, "tanh"), gg.Dense(1)])
        model.compile("adam", "mse")
        model.predict(x, verbose=0)
        inside.set()
        if forked.is_set():
            return

def check():
    assert trained(made()) == due

for _ in range(10):
    beside(work, check)
    inside.clear(), forked.clear()
""")


def test_a_model_that_another_thread_trained_is_refused_in_the_child() -> None:
    """It may be in the middle of a step; a copy from a file is not."""
    run("""
import tempfile
model = made()
path = tempfile.mkdtemp() + "/model.safetensors"
model.save(path)
idle = made()
due = idle.predict(x, verbose=0)
halt = gg.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: stop())

def check():
    for call in (
        lambda: model.predict(x, verbose=0),
        lambda: model.evaluate(x, y, verbose=0),
        lambda: model.fit(x, y, verbose=0),
        lambda: model.save(path),
    ):
        try:
            call()
        except gg.GraphgradError as error:
            assert "forked" in str(error)
        else:
            raise AssertionError("a model that was cut is used")
    assert (idle.predict(x, verbose=0) == due).all()
    assert (gg.load_model(path).predict(x, verbose=0) == due).all()

beside(lambda: model.fit(x, y, batch_size=4, verbose=0, callbacks=[halt]), check)
model.predict(x, verbose=0)
""")


def test_a_compiled_function_that_another_thread_ran_works_in_the_child() -> None:
    """It computes anew all that a run leaves."""
    run("""
def traced(x):
    if threading.current_thread() is not threading.main_thread():
        stop()
    return x * 2

double = gg.jit(traced)

def check():
    assert double([1.0]).numpy() == 2

beside(lambda: double([1.0]), check)
assert double([1.0]).numpy() == 2
""")


def test_a_fork_within_a_training_leaves_both_going() -> None:
    """A callback that starts a process, as loaders of data do."""
    run("""
due = trained(made())
here = []

class Fork(gg.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if not epoch:
            here.append(os.fork())

model = made()
model.fit(x, y, epochs=2, batch_size=4, verbose=0, callbacks=[Fork()])
found = b"".join(each.tobytes() for each in model.get_weights())
if not here[0]:
    os._exit(found != due)
assert found == due
assert os.waitstatus_to_exitcode(os.waitpid(here[0], 0)[1]) == 0
""")
