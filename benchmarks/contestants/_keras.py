"""Keras on TensorFlow, as its users call it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.contestants import _base
from benchmarks.problems import EPSILON, Array, Problem, Weights

__all__ = ["Contestant"]

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import tensorflow as tf


def model_of(problem: Problem, weights: Weights) -> Any:
    """Return the compiled model."""
    *hidden, last = problem.sizes[1:]
    binary = problem.loss == "binary"
    layers = [keras.Input((problem.sizes[0],))]
    layers += [keras.layers.Dense(units, problem.hidden) for units in hidden]
    layers += [keras.layers.Dense(last, "sigmoid" if binary else "softmax")]
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.Adam(problem.rate, epsilon=EPSILON)
        if problem.optimizer == "adam"
        else keras.optimizers.SGD(problem.rate),
        loss=keras.losses.BinaryCrossentropy()
        if binary
        else keras.losses.SparseCategoricalCrossentropy(),
    )
    model.set_weights([each for pair in weights for each in pair])
    return model


class Trainer:
    """`fit`, without its progress bar."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Make and compile the model."""
        self.problem = problem
        # Keras takes labels of the shape of the output.
        binary = problem.loss == "binary"
        self.x, self.y = x, y.astype(np.float32)[:, None] if binary else y
        self.model = model_of(problem, weights)

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        history = self.model.fit(
            self.x,
            self.y,
            batch_size=self.problem.batch,
            epochs=epochs,
            shuffle=shuffle,
            verbose=0,
        )
        losses: list[float] = history.history["loss"]
        return losses


class Contestant(_base.Contestant):
    """Keras on TensorFlow."""

    packages = ("keras", "tensorflow-cpu")

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return `predict` of the model."""
        model = model_of(problem, weights)

        def predict(x: Array) -> Array:
            result: Array = model.predict(x, verbose=0)
            return result

        return predict

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Return what runs the chain in TensorFlow, under a tape."""
        w = tf.Variable(np.full_like(start, 0.9))
        first, b, c = (tf.constant(each) for each in (start, start * 0.5, start * 0.1))

        def run() -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                y = first
                for _ in range(repeats):
                    y = tf.tanh(y * w + b) - c
                total = tf.reduce_sum(y)
            gradient = tape.gradient(total, w)
            return total.numpy(), gradient.numpy()

        return run
