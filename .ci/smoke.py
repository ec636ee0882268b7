"""What the wheel promises, tried by .ci/run where nothing else is installed."""

from __future__ import annotations

import sys
from importlib import metadata, resources
from pathlib import Path

import numpy as np

import graphgrad as gg
import graphgrad.layers
import graphgrad.viz

expected = int(sys.argv[1])
installed = Path(str(resources.files("graphgrad")))
modules = sorted(installed.rglob("*.py"))
assert len(modules) == expected, f"expected {expected} modules, got {len(modules)}"
assert (installed / "py.typed").is_file(), "py.typed is missing"
for name in ("layers", "viz", "tests"):
    assert not (installed.parent / name).exists(), f"{name} landed in site-packages"

gg.set_random_seed(0)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y = np.array([[0], [0], [0], [1]], dtype=np.float32)
model = gg.Sequential([gg.Dense(4, "tanh"), gg.Dense(1, "sigmoid")])
model.compile(loss=gg.losses.BinaryCrossentropy())
loss = model.fit(X, y, epochs=50, verbose=0).history["loss"]
assert loss[-1] < loss[0], f"expected a falling loss, got {loss[0]} to {loss[-1]}"
assert model.predict(X, verbose=0).shape == (4, 1), "predict gave another shape"
page = graphgrad.viz.to_html(model, stage="fit")
assert page.html.startswith("<!DOCTYPE html>"), "no page"
assert "digraph" in graphgrad.viz.to_dot(model, stage="fit").source, "no DOT text"

print(
    f"graphgrad {metadata.version('graphgrad')}: {len(modules)} modules, "
    f"trained from a loss of {loss[0]:.3f} to {loss[-1]:.3f}"
)
