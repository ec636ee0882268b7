"""Losses have Keras' numbers: values, means and weighted means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Dice,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)

f32 = np.float32

HOT = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], f32)
N = np.array([1, 0, 2])
P = np.array([[0.25, 0.5, 0.25], [0.125, 0.625, 0.25], [0.5, 0.25, 0.25]], f32)
Q = np.array([[0.75, 0.5, 0.25], [0.125, 0.625, 0.875], [0.5, 0.25, 0.25]], f32)
T = np.array([[1, 2, 3], [0.5, 4, 1.5], [2.5, 0.25, 6]], f32)
Z = np.array([[1.5, -0.5, 2], [0.25, -1, 0.5], [-2, 0.75, 1]], f32)
E = np.array([[0.6, 0.8], [0.8, 0.6], [1, 0], [0, 1]], f32)
EN = np.array([0, 0, 1, 1])
WEIGHTS = np.array([1, 0.5, 2, 1], f32)

# Per sample; their mean; the same with weights; their mean by the sum of weights.
KERAS_3_15_1: list[tuple[Any, ...]] = [
    (MeanSquaredError(), T, Z, [2.5, 8.6875, 15.16667], 8.784722, 12.39236, 10.62202),
    (
        MeanAbsoluteError(),
        T,
        Z,
        [1.333333, 2.083333, 3.333333],
        2.25,
        3.013889,
        2.583333,
    ),
    (
        MeanAbsolutePercentageError(),
        T,
        Z,
        [69.44444, 80.55556, 154.4444],
        101.4815,
        139.537,
        119.6032,
    ),
    (
        MeanSquaredLogarithmicError(),
        T,
        Z,
        [0.4465009, 0.9614913, 1.084015],
        0.8306689,
        1.031759,
        0.8843645,
    ),
    (Huber(), T, Z, [0.875, 1.677083, 2.875], 1.809028, 2.487847, 2.132441),
    (Huber(delta=2.5), T, Z, [1.25, 3.302083, 5.875], 3.475695, 4.883681, 4.186012),
    (LogCosh(), T, Z, [0.7891545, 1.590536, 2.744663], 1.708118, 2.357916, 2.021071),
    (
        CosineSimilarity(),
        T,
        Z,
        [-0.6813851, 0.6341829, -0.0774042],
        -0.04153546,
        -0.173034,
        -0.1483149,
    ),
    (
        BinaryCrossentropy(),
        HOT,
        P,
        [0.4228371, 1.115984, 0.7890412],
        0.7759542,
        0.8529706,
        0.7311177,
    ),
    (
        BinaryCrossentropy(from_logits=True, label_smoothing=0.25),
        HOT,
        Z,
        [1.43414, 0.6523427, 0.6194369],
        0.9019731,
        0.9997283,
        0.8569099,
    ),
    (
        BinaryFocalCrossentropy(),
        HOT,
        P,
        [0.06974902, 0.6643963, 0.3236859],
        0.3526104,
        0.349773,
        0.2998054,
    ),
    (
        BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.75, gamma=3.0),
        HOT,
        P,
        [0.02241002, 0.3685955, 0.1538056],
        0.1816037,
        0.1714397,
        0.1469483,
    ),
    (
        BinaryFocalCrossentropy(from_logits=True, label_smoothing=0.25),
        HOT,
        Z,
        [0.7675424, 0.1636296, 0.1613008],
        0.3641576,
        0.3906529,
        0.3348453,
    ),
    (
        BinaryFocalCrossentropy(gamma=0.5),
        HOT,
        P,
        [0.2592704, 0.9547981, 0.6115121],
        0.6085269,
        0.6532312,
        0.5599125,
    ),
    (
        CategoricalCrossentropy(label_smoothing=0.25),
        HOT,
        P,
        [0.8086717, 1.887559, 1.328532],
        1.341588,
        1.469839,
        1.259862,
    ),
    (
        CategoricalCrossentropy(from_logits=True),
        HOT,
        Z,
        [3.023909, 0.9441122, 0.6035439],
        1.523855,
        1.567684,
        1.343729,
    ),
    (
        CategoricalFocalCrossentropy(),
        HOT,
        P,
        [0.0433217, 0.3980181, 0.1949476],
        0.2120958,
        0.210742,
        0.180636,
    ),
    (
        CategoricalFocalCrossentropy(alpha=[0.25, 0.5, 1.0], gamma=3.0),
        HOT,
        P,
        [0.0433217, 0.3482659, 0.5848429],
        0.3254768,
        0.4623802,
        0.3963259,
    ),
    (
        CategoricalFocalCrossentropy(from_logits=True, label_smoothing=0.25),
        HOT,
        Z,
        [0.5807966, 0.1131336, 0.1027196],
        0.2655499,
        0.2809342,
        0.2408008,
    ),
    (
        SparseCategoricalCrossentropy(),
        N,
        P,
        [0.6931472, 2.079442, 1.386294],
        1.386294,
        1.501819,
        1.287273,
    ),
    (
        SparseCategoricalCrossentropy(from_logits=True, ignore_class=2),
        N,
        Z,
        [3.023909, 0.9441122, 0.0],
        1.984011,
        1.747983,
        2.330643,
    ),
    (
        KLDivergence(),
        P[::-1],
        P,
        [0.1732868, 0.0, 0.1732868],
        0.1155245,
        0.1732868,
        0.1485315,
    ),
    (
        KLDivergence(),
        HOT,
        P,
        [0.6931442, 2.079438, 1.386291],
        1.386291,
        1.501815,
        1.28727,
    ),
    (Poisson(), T, P, [2.643823, 1.999725, 3.799068], 2.814206, 3.747274, 3.21195),
    (Hinge(), HOT, Z, [2.333333, 0.75, 0.5833334], 1.222222, 1.291667, 1.107143),
    (
        Hinge(),
        2 * HOT - 1,
        Z,
        [2.333333, 0.75, 0.5833334],
        1.222222,
        1.291667,
        1.107143,
    ),
    (SquaredHinge(), HOT, Z, [5.833333, 0.9375, 1.020833], 2.597222, 2.78125, 2.383929),
    (CategoricalHinge(), HOT, Z, [3.5, 1.25, 0.75], 1.833333, 1.875, 1.607143),
    (Dice(), HOT, Q, 0.7543859, 0.7543859, None, None),
    (Dice(axis=-1), HOT, Q, [0.6, 0.9047619, 0.75], 0.7515873, 0.8507937, 0.7292517),
    (Tversky(alpha=0.25, beta=0.75), HOT, Q, 0.7723577, 0.7723577, None, None),
    (
        Tversky(alpha=0.25, beta=0.75, axis=(1,)),
        HOT,
        Q,
        [0.6363636, 0.9148936, 0.75],
        0.7670857,
        0.8646035,
        0.7410887,
    ),
    (Circle(), EN, E, [25.728, 25.728, 105.6, 105.6], 65.664, 88.84801, 78.97601),
    (
        Circle(gamma=2.0, margin=0.25, remove_diagonal=False),
        EN,
        E,
        [2.284037, 2.284037, 3.635498, 3.635498],
        2.959767,
        3.583138,
        3.185011,
    ),
    (
        CategoricalGeneralizedCrossEntropy(),
        N,
        P,
        [0.5857865, 1.292893, 1.0],
        0.9595599,
        1.077411,
        0.9234952,
    ),
    (
        CategoricalGeneralizedCrossEntropy(q=0.75),
        N,
        P,
        [0.5405287, 1.053035, 0.8619288],
        0.8184974,
        0.9303012,
        0.797401,
    ),
]


def reduced(loss: Loss, reduction: str) -> Any:
    """Return the same loss with another reduction."""
    return type(loss).from_config({**loss.get_config(), "reduction": reduction})


@pytest.mark.parametrize(
    ("loss", "y", "p", "values", "mean", "weighted", "by_weight"), KERAS_3_15_1
)
def test_keras_numbers(
    loss: Any, y: Any, p: Any, values: Any, mean: Any, weighted: Any, by_weight: Any
) -> None:
    """The values, means and weighted means of Keras 3.15.1, in float32."""
    close: Any = {"rtol": 2e-6, "atol": 2e-6}
    np.testing.assert_allclose(reduced(loss, "none")(y, p).numpy(), values, **close)
    np.testing.assert_allclose(loss(y, p).numpy(), mean, **close)
    if weighted is None:
        with pytest.raises(gg.ShapeError, match="one value for the whole batch"):
            loss(y, p, WEIGHTS[: len(p)])
        return
    w = WEIGHTS[: len(p)]
    np.testing.assert_allclose(loss(y, p, w).numpy(), weighted, **close)
    loss = reduced(loss, "mean_with_sample_weight")
    np.testing.assert_allclose(loss(y, p, w).numpy(), by_weight, **close)
