"""Losses: the numbers of Keras, sample by sample and reduced, with weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

Array = np.ndarray[Any, Any]

ANY = [
    "losses.MeanSquaredError({})",
    "losses.MeanAbsoluteError({})",
    "losses.MeanAbsolutePercentageError({})",
    "losses.Huber({})",
    "losses.Huber(delta=0.3, {})",
    "losses.LogCosh({})",
    "losses.CosineSimilarity({})",
]
POSITIVE = [
    "losses.MeanSquaredLogarithmicError({})",
    "losses.Poisson({})",
]
SIGNS = [
    "losses.Hinge({})",
    "losses.SquaredHinge({})",
    "losses.CategoricalHinge({})",
]
PROBABILITIES = [
    "losses.BinaryCrossentropy({})",
    "losses.BinaryCrossentropy(label_smoothing=0.2, {})",
    "losses.BinaryFocalCrossentropy({})",
    "losses.BinaryFocalCrossentropy(gamma=3.0, apply_class_balancing=True, {})",
    "losses.Dice({})",
    "losses.Tversky(alpha=0.3, beta=0.7, {})",
]
LOGITS = [
    "losses.BinaryCrossentropy(from_logits=True, {})",
    "losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1, {})",
    "losses.BinaryFocalCrossentropy(from_logits=True, {})",
]
DISTRIBUTIONS = [
    "losses.CategoricalCrossentropy({})",
    "losses.CategoricalCrossentropy(label_smoothing=0.2, {})",
    "losses.CategoricalFocalCrossentropy({})",
    "losses.CategoricalFocalCrossentropy(alpha=0.5, gamma=1.5, {})",
    "losses.KLDivergence({})",
]
CLASS_LOGITS = [
    "losses.CategoricalCrossentropy(from_logits=True, {})",
    "losses.CategoricalFocalCrossentropy(from_logits=True, {})",
]
CLASSES = [
    "losses.CategoricalGeneralizedCrossEntropy(q=0.7, {})",
    "losses.SparseCategoricalCrossentropy({})",
    "losses.SparseCategoricalCrossentropy(ignore_class=0, {})",
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]


def labels_and_outputs(kind: str, rows: int, seed: int) -> tuple[Array, Array]:
    """Return data that suit losses of a kind.

    They lie where Keras cuts no logarithm off: on JAX it knows no joint form of a loss
    and its activation, and beyond 1e-7 its losses end, and their gradients are 0.
    """
    rng = np.random.default_rng(seed)
    wide = rng.normal(0, 2, (rows, 3))
    hot = np.eye(3)[rng.integers(0, 3, rows)]
    softmax = np.exp(wide) / np.exp(wide).sum(axis=1, keepdims=True)
    y, p = {
        "any": (rng.normal(0, 2, (rows, 3)), wide),
        "positive": (rng.uniform(0.1, 3, (rows, 3)), rng.uniform(0.1, 3, (rows, 3))),
        "signs": (rng.choice([-1.0, 1.0], (rows, 3)), wide),
        "zeros and ones": (rng.integers(0, 2, (rows, 3)), wide),
        "probabilities": (rng.integers(0, 2, (rows, 3)), 1 / (1 + np.exp(-wide))),
        "logits": (rng.integers(0, 2, (rows, 3)), 1.5 * wide),
        "distributions": (hot, softmax),
        "class logits": (hot, 1.5 * wide),
        "classes": (hot.argmax(axis=1), softmax),
    }[kind]
    return y.astype("float32"), p.astype("float32")


CASES = [
    (kind, text)
    for kind, texts in (
        ("any", ANY),
        ("positive", POSITIVE),
        ("signs", SIGNS),
        ("zeros and ones", SIGNS[:2]),
        ("probabilities", PROBABILITIES),
        ("logits", LOGITS),
        ("distributions", DISTRIBUTIONS),
        ("class logits", CLASS_LOGITS),
        ("classes", CLASSES),
    )
    for text in texts
]


@pytest.mark.parametrize(("kind", "text"), CASES)
@given(
    rows=st.sampled_from([1, 5]),
    seed=st.integers(0, 999),
    reduction=st.sampled_from(REDUCTIONS),
    weighted=st.booleans(),
)
def test_losses_are_those_of_keras(
    twins: Any,
    kind: str,
    text: str,
    *,
    rows: int,
    seed: int,
    reduction: str,
    weighted: bool,
) -> None:
    """The same labels, outputs and weights give the same loss, however reduced."""
    theirs, ours = twins.make(text.format(f"reduction={reduction!r}"))
    y, p = labels_and_outputs(kind, rows, seed)
    weights = None
    if weighted and "Dice" not in text and "Tv" not in text:
        weights = np.random.default_rng(seed).uniform(0, 2, rows).astype("float32")
    twins.agree(theirs(y, p, weights), ours(y, p, weights), rtol=2e-5, atol=2e-6)


NAMES = {
    "any": ["mse", "MSE", "mean_squared_error", "mae", "mape", "huber", "log_cosh"],
    "probabilities": ["bce", "binary_crossentropy"],
    "distributions": ["kld", "categorical_crossentropy"],
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in NAMES for name in NAMES[kind]]
)
def test_names_mean_what_they_mean_to_keras(twins: Any, kind: str, name: str) -> None:
    """A name gives the same function of labels and outputs."""
    theirs, ours = twins.make(f"losses.get({name!r})")
    y, p = labels_and_outputs(kind, 5, 1)
    twins.agree(np.mean(theirs(y, p)), np.mean(np.asarray(ours(y, p).numpy())))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("any", "mean_squared_error"),
        ("any", "mean_absolute_error"),
        ("any", "mean_absolute_percentage_error"),
        ("any", "huber"),
        ("any", "log_cosh"),
        ("any", "cosine_similarity"),
        ("positive", "mean_squared_logarithmic_error"),
        ("positive", "poisson"),
        ("signs", "hinge"),
        ("signs", "squared_hinge"),
        ("signs", "categorical_hinge"),
        ("probabilities", "binary_crossentropy"),
        ("probabilities", "binary_focal_crossentropy"),
        ("distributions", "categorical_crossentropy"),
        ("distributions", "categorical_focal_crossentropy"),
        ("distributions", "kl_divergence"),
        ("classes", "sparse_categorical_crossentropy"),
    ],
)
@given(seed=st.integers(0, 999))
def test_functions_return_one_value_a_sample(
    twins: Any, kind: str, name: str, seed: int
) -> None:
    """The functions behind the classes do not reduce over samples."""
    theirs, ours = twins.make(f"losses.{name}")
    y, p = labels_and_outputs(kind, 5, seed)
    twins.agree(theirs(y, p), ours(y, p), rtol=2e-5, atol=2e-6)
