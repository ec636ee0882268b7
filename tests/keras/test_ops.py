"""Functions of tensors under the names of keras.ops give what they give there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

UNARY = [
    "abs", "absolute", "arctan", "cbrt", "celu", "cos", "cosh", "elu", "erf", "exp",
    "expm1", "flip", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "isfinite", "isinf", "isnan", "leaky_relu",
    "log_sigmoid", "log_softmax", "logical_not", "logsumexp", "negative", "norm",
    "ones_like", "ravel", "reciprocal", "relu", "relu6", "selu", "sigmoid", "sign",
    "silu", "sin", "sinc", "sinh", "size", "soft_shrink", "softmax", "softplus",
    "softsign", "sparse_plus", "sparse_sigmoid", "square", "squareplus", "squeeze",
    "stop_gradient", "swish", "tan", "tanh", "tanh_shrink", "transpose", "zeros_like",
]  # fmt: skip
REDUCTIONS = [
    "all", "amax", "amin", "any", "argmax", "argmin", "cumprod", "cumsum", "logsumexp",
    "max", "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip
BINARY = [
    "add", "arctan2", "divide", "divide_no_nan", "equal", "greater", "greater_equal",
    "hypot", "less", "less_equal", "logaddexp", "logical_and", "logical_or",
    "logical_xor", "maximum", "minimum", "multiply", "not_equal", "subtract",
    "true_divide",
]  # fmt: skip
OTHERS = [
    "arange(5)",
    "arange(1.0, 2.0, 0.25)",
    "arccos(x / 9)",
    "arcsin(x / 9)",
    "broadcast_to(x, (2, 3, 4))",
    "cast(x, 'int32')",
    "clip(x, -1.0, x_max=1.0)",
    "concatenate([x, y], axis=-1)",
    "convert_to_tensor([1.5, 2.0])",
    "convert_to_tensor([1, 2])",
    "dot(x, transpose(y))",
    "einsum('ij,kj->ik', x, y)",
    "expand_dims(x, 1)",
    "eye(3, 4, 1)",
    "full((2, 3), 7)",
    "full_like(x, 7)",
    "gelu(x, False)",
    "identity(3)",
    "linspace(0.0, 1.0, 5)",
    "log(abs(x) + 1)",
    "log1p(abs(x))",
    "matmul(x, transpose(y))",
    "max(x, axis=1, initial=0.5)",
    "moments(x, axes=[0])",
    "moveaxis(x, 0, 1)",
    "norm(x, ord=1, axis=-1, keepdims=True)",
    "one_hot(np.array([2, 0]), 3)",
    "one_hot(np.array([2, 0]), 3, axis=0)",
    "ones((2, 3))",
    "outer(x, y)",
    "pad(x, ((1, 2), (0, 1)), 'constant', 9.0)",
    "pad(x, 1, mode='reflect')",
    "power(abs(x), 1.5)",
    "repeat(x, 2, axis=1)",
    "reshape(x, newshape=(4, -1))",
    "roll(x, 1, axis=0)",
    "rsqrt(abs(x) + 1)",
    "shape(x)",
    "split(x, 2, axis=-1)",
    "sqrt(abs(x))",
    "stack([x, y], axis=1)",
    "std(x, -1, True)",
    "sum(x, [0, 1], True)",
    "swapaxes(x, 0, 1)",
    "take(x, np.array([2, 0]), axis=0)",
    "take_along_axis(x, np.array([[1], [0], [3]]), axis=1)",
    "tensordot(x, y, axes=[[1], [1]])",
    "threshold(x, 0.5, 0.1)",
    "tile(x, (2, 1))",
    "unstack(x, axis=1)",
    "where(x > 0, x, y)",
    "zeros((2,), dtype='int32')",
]
TEXTS = [
    *(f"{name}(x)" for name in UNARY),
    *(f"{name}(x, 1)" for name in REDUCTIONS),
    *(f"{name}(x, y)" for name in BINARY),
    *OTHERS,
]


def parts(value: Any) -> list[Any]:
    """Return the tensors of a result, of which there may be several."""
    return list(value) if isinstance(value, list | tuple) else [value]


@pytest.mark.parametrize("text", TEXTS)
def test_ops_are_those_of_keras(twins: Any, text: str) -> None:
    """The same shapes and numbers, in the order that Keras has its arguments."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(scale=2, size=(2, 3, 4)).astype("float32")
    results = []
    for library in (twins.keras, twins.ours):
        names = {name: getattr(library.ops, name) for name in dir(library.ops)}
        a, b = (library.ops.convert_to_tensor(each) for each in (x, y))
        results.append(parts(eval(text, {**names, "np": np, "x": a, "y": b})))
    theirs, ours = results
    assert len(theirs) == len(ours)
    for expected, actual in zip(theirs, ours, strict=True):
        assert np.shape(expected) == np.shape(actual)
        twins.agree(expected, actual)
