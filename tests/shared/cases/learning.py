"""Models whose learning is watched."""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.callbacks import LayerView, StepView

RATE = 0.25


def net(*layers: gg.Layer, width: int = 3) -> gg.Sequential:
    """Return a model with these layers, built and with its own names."""
    gg.set_random_seed(2)
    model = gg.Sequential([gg.Input((width,)), *layers])
    model.compile("sgd", "mse")
    return model


def program(model: gg.Sequential, probe: Any, batch: int) -> gg.Program:
    """Return a step of gradient descent that the probe is recorded into."""
    weights = model.trainable_weights

    def step(x: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        views, out = [], x
        for layer in model.layers:
            out = layer.call(out, training=True)
            views.append(LayerView(layer.name, layer, out))
        loss = gg.mean(gg.square(out - y))
        gradients = dict(zip(weights, gg.gradients(loss, weights), strict=True))
        before = {weight: gg.identity(weight) for weight in weights}
        for weight in weights:
            gg.assign(weight, weight - RATE * gradients[weight])
        after = {weight: gg.identity(weight) for weight in weights}
        with gg.phase("update"), gg.scope(probe.name):
            probe.record(StepView(batch, views, gradients, before, after))
        return loss

    sides = model.input_shape[1:], model.output_shape[1:]
    specs = [gg.Spec((batch, *[side or 0 for side in each])) for each in sides]
    return gg.Program(gg.passes.optimize(gg.trace(step, *specs)))


def run(made: gg.Program, x: Any, y: Any = 0.0) -> None:
    """Take one step."""
    made.inputs[0][...], made.inputs[1][...] = x, y
    made.run()
