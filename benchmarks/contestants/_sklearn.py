"""scikit-learn's MLPClassifier."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.contestants import _base
from benchmarks.problems import BETA_1, BETA_2, EPSILON, Array, Problem, Weights

__all__ = ["Contestant"]

# It says after every fit that it could go on.
warnings.simplefilter("ignore", ConvergenceWarning)


def classifier(problem: Problem, x: Array, y: Array, weights: Weights) -> MLPClassifier:
    """Return the model with these weights: it makes its own, in a first step."""
    model = MLPClassifier(
        problem.sizes[1:-1],
        activation="relu" if problem.hidden == "relu" else "logistic",
        solver=problem.optimizer,
        alpha=0.0,
        learning_rate_init=problem.rate,
        momentum=0.0,
        nesterovs_momentum=False,
        beta_1=BETA_1,
        beta_2=BETA_2,
        epsilon=EPSILON,
        max_iter=1,
        tol=0.0,
        n_iter_no_change=1_000_000,
        warm_start=True,
    )
    model.partial_fit(x[:500], y[:500], classes=np.unique(y))
    model.set_params(batch_size=min(problem.batch, len(x)))
    model.coefs_ = [kernel.copy() for kernel, _ in weights]
    model.intercepts_ = [bias.copy() for _, bias in weights]
    return model


class Trainer:
    """`fit`, which goes on from the weights that are there."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Make the model."""
        self.x, self.y = x, y
        self.model = classifier(problem, x, y, weights)

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        self.model.set_params(max_iter=epochs, shuffle=shuffle)
        self.model.n_iter_ = 0
        self.model.fit(self.x, self.y)
        return [float(each) for each in self.model.loss_curve_[-epochs:]]


class Contestant(_base.Contestant):
    """scikit-learn."""

    packages = ("scikit-learn",)

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return `predict_proba`, of the second class."""
        x = np.zeros((2, problem.sizes[0]), np.float32)
        model = classifier(problem, x, np.array([0, 1]), weights)
        return lambda x: np.asarray(model.predict_proba(x)[:, 1:])
