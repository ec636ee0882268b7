"""kill -9: a training that is begun again ends in the bits of one never disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import graphgrad as gg

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows knows no kill -9")

EPOCHS = 6

# Says on its output what it is about to do, and waits for an answer where it is told
# to: so that it is killed there, and not somewhere near. What it trains with is the
# same each time it is started, as a user would start it.
TRAINING = f"""
import os, signal, sys
import numpy as np
import graphgrad as gg
from graphgrad.layers import _atomic

folder, result, save_freq, double, kill_at = sys.argv[1:]
moments = 0

def moment():
    \"\"\"Be killed here, if it is the moment.\"\"\"
    global moments
    moments += 1
    if moments == int(kill_at):
        os.kill(os.getpid(), signal.SIGKILL)

def dies_on_its_way(name, owner):
    \"\"\"Let there be a moment before a function of the system, and one after it.\"\"\"
    before = getattr(owner, name)
    def call(*args, **options):
        moment()
        found = before(*args, **options)
        moment()
        return found
    setattr(owner, name, call)

class Half:
    \"\"\"A file that is written in two parts.\"\"\"
    def __init__(self, file):
        self.file = file
    def __enter__(self):
        self.file.__enter__()
        return self
    def __exit__(self, *error):
        return self.file.__exit__(*error)
    def __getattr__(self, name):
        return getattr(self.file, name)
    def write(self, content):
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        moment()
        return self.file.write(content[len(content) // 2 :])

opened = _atomic.Path.open

def open_half(path, mode="r", *how, **options):
    file = opened(path, mode, *how, **options)
    return Half(file) if "x" in mode else file

_atomic.Path.open = open_half
dies_on_its_way("fsync", os)
dies_on_its_way("replace", _atomic.Path)
dies_on_its_way("unlink", _atomic.Path)

class Steps(gg.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        moment()
    def on_train_batch_end(self, batch, logs=None):
        moment()

rng = np.random.default_rng(0)
x = rng.normal(size=(22, 3)).astype("float32")
y = (x.sum(axis=1) > 0).astype("float32")
gg.set_random_seed(0)
model = gg.Sequential([gg.Input((3,)), gg.Dense(4, "tanh"), gg.Dropout(0.5),
                       gg.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
freq = save_freq if save_freq == "epoch" else int(save_freq)
backup = gg.callbacks.BackupAndRestore(folder, freq, double == "double")
history = model.fit(x, y, 4, {EPOCHS}, 0, [backup, Steps()])
print(moments)
kill_at = 0
model.save(result)
"""


def start(folder: Path, save_freq: str, double: str, kill_at: int) -> Any:
    """Run the training, and return how it ended."""
    result = folder / "result.safetensors"
    arguments = [str(folder / "backup"), str(result), save_freq, double, str(kill_at)]
    command = [sys.executable, "-c", TRAINING, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False
    )


def bits(folder: Path) -> dict[str, bytes]:
    """Return what the training has made: weights, slots, counters, dropout's state."""
    found = load_file(folder / "result.safetensors")
    return {name: array.tobytes() for name, array in found.items()}


CASES = [("epoch", "single"), ("1", "single"), ("4", "double"), ("epoch", "double")]


@pytest.mark.parametrize(("save_freq", "double"), CASES)
def test_a_killed_training_ends_in_the_same_bits(
    tmp_path: Path, save_freq: str, double: str, seed: int
) -> None:
    """It is killed several times, in steps and while it saves, and begun again."""
    whole = tmp_path / "whole"
    whole.mkdir()
    undisturbed = start(whole, save_freq, double, 0)
    assert 0 == undisturbed.returncode, undisturbed.stderr
    due, count = bits(whole), int(undisturbed.stdout)
    assert {"result.safetensors"} == {each.name for each in whole.iterdir()}

    killed = tmp_path / "killed"
    killed.mkdir()
    chance = np.random.default_rng([seed, CASES.index((save_freq, double))])
    for kill_at in [*chance.integers(1, count + 1, 3).tolist(), 0]:
        ended = start(killed, save_freq, double, kill_at)
        if ended.returncode == 0:
            break
        assert -signal.SIGKILL == ended.returncode, ended.stderr
    assert due == bits(killed)
    # Nothing of the killed ones is left, neither backups nor halves of such.
    assert {"result.safetensors"} == {each.name for each in killed.iterdir()}


def test_a_training_that_is_killed_by_the_clock(tmp_path: Path, seed: int) -> None:
    """At whatever moment, also within a step, from without."""
    whole = tmp_path / "whole"
    whole.mkdir()
    before = time.monotonic()
    assert 0 == start(whole, "1", "single", 0).returncode
    took = time.monotonic() - before
    killed = tmp_path / "killed"
    arguments = [str(killed / "backup"), str(killed / "result.safetensors"), "1"]
    killed.mkdir()
    command = [sys.executable, "-c", TRAINING, *arguments, "single", "0"]
    for share in np.random.default_rng(seed).uniform(0.5, 1.0, 3):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            process.communicate(timeout=took * share)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    assert 0 == start(killed, "1", "single", 0).returncode
    assert bits(whole) == bits(killed)
    assert {"result.safetensors"} == {each.name for each in killed.iterdir()}


SAVER = """
import sys
import graphgrad as gg
model = gg.Sequential([gg.Input((3,)), gg.Dense(20_000)])
print("ready", flush=True)
while True:
    model.save(sys.argv[1])
"""


def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_file(
    tmp_path: Path, seed: int
) -> None:
    """And whoever saves next removes what it left beside it."""
    path = tmp_path / "model.safetensors"
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2)])
    model.save(path)
    for pause in np.random.default_rng(seed).uniform(0, 0.02, 5):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert b"ready\n" == process.stdout.readline()
        with process:
            try:
                process.wait(pause)
            except subprocess.TimeoutExpired:
                process.kill()
        assert gg.load_model(path).output_shape[1] in {2, 20_000}
    model.save(path)
    assert 2 == gg.load_model(path).output_shape[1]
    assert [path] == list(tmp_path.iterdir())
