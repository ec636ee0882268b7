"""Training: the losses, metrics and weights of Keras, for whatever can be combined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

Array = np.ndarray[Any, Any]

# Smooth, so that rounding does not decide on which side of a kink a unit lies.
HIDDEN = [
    "layers.Dense(5, 'tanh')",
    "layers.Dense(3, 'softplus', kernel_regularizer=regularizers.L2(0.01))",
    "layers.Dense(4, 'gelu', kernel_constraint=constraints.MaxNorm(1.0))",
    "layers.Dense(4, 'silu', activity_regularizer=regularizers.L2(0.01))",
    "layers.Dense(5, 'elu', use_bias=False), layers.BatchNormalization()",
    "layers.Dense(5, 'sigmoid'), layers.LayerNormalization()",
    "layers.Dense(4), layers.Activation('mish')",
    "layers.Dense(4), layers.PReLU()",
]
# The last layer, the losses that fit it, their metrics, and how labels are drawn.
HEADS = {
    "binary": (
        "layers.Dense(1, 'sigmoid')",
        [
            "'binary_crossentropy'",
            "losses.BinaryCrossentropy(label_smoothing=0.1)",
            "losses.BinaryFocalCrossentropy()",
            "'mse'",
        ],
        "['accuracy', metrics.AUC(num_thresholds=21, name='auc')]",
    ),
    "logits": (
        "layers.Dense(1)",
        ["losses.BinaryCrossentropy(from_logits=True)"],
        "[metrics.BinaryAccuracy(threshold=0.0)]",
    ),
    "categorical": (
        "layers.Dense(3, 'softmax')",
        [
            "'categorical_crossentropy'",
            "losses.CategoricalCrossentropy(label_smoothing=0.1)",
            "'kl_divergence'",
        ],
        "['accuracy', metrics.TopKCategoricalAccuracy(k=2)]",
    ),
    "sparse": (
        "layers.Dense(3, 'softmax')",
        ["'sparse_categorical_crossentropy'"],
        "['accuracy', metrics.SparseTopKCategoricalAccuracy(k=2)]",
    ),
    "regression": (
        "layers.Dense(2)",
        ["'mse'", "'mae'", "losses.Huber(delta=0.5)", "'log_cosh'"],
        "['mae', metrics.RootMeanSquaredError(name='rmse')]",
    ),
}
OPTIMIZERS = [
    "optimizers.SGD(0.1, momentum=0.9, nesterov=True)",
    "optimizers.SGD(optimizers.schedules.CosineDecay(0.2, 5), clipnorm=0.5)",
    "optimizers.RMSprop(0.01, weight_decay=0.01)",
    "optimizers.Adam(0.02)",
    "optimizers.Adam(optimizers.schedules.ExponentialDecay(0.05, 3, 0.5))",
    "optimizers.AdamW(0.02, weight_decay=0.02, global_clipnorm=1.0)",
    "optimizers.Adagrad(0.05, use_ema=True, ema_momentum=0.8)",
    "optimizers.Nadam(0.02, clipvalue=0.1)",
]


@dataclass
class Case:
    """A model, what it is compiled with, and its data."""

    layers: str
    compiled: dict[str, str]
    x: Array
    y: Array
    weights: Array | None
    fit: dict[str, Any]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a training that Keras and we can do."""
    kind = draw(st.sampled_from(sorted(HEADS)))
    last, losses, metrics = HEADS[kind]
    hidden = draw(st.lists(st.sampled_from(HIDDEN), max_size=2))
    compiled = {
        "optimizer": draw(st.sampled_from(OPTIMIZERS)),
        "loss": draw(st.sampled_from(losses)),
        "metrics": metrics,
    }
    rows = draw(st.sampled_from([16, 23]))
    seed = draw(st.integers(0, 999))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4)).astype("float32")
    classes = rng.integers(0, 3, rows)
    y = {
        "binary": classes % 2,
        "logits": classes % 2,
        "categorical": np.eye(3)[classes],
        "sparse": classes,
        "regression": rng.normal(size=(rows, 2)),
    }[kind].astype("float32")
    fit: dict[str, Any] = {"epochs": 3, "batch_size": draw(st.sampled_from([8, 64]))}
    weights = None
    weighted = draw(st.sampled_from(["no", "samples", "classes"]))
    if weighted == "samples":
        weights = rng.uniform(0, 2, rows).astype("float32")
        # Keras would broadcast class numbers against probabilities, and say nothing.
        extra = "'accuracy'" if kind == "sparse" else "'mse'"
        compiled["weighted_metrics"] = f"[{extra}]"
    elif weighted == "classes" and kind != "regression":
        fit["class_weight"] = {0: 0.5, 1: 2.0}
    held_out = draw(st.sampled_from(["none", "split", "data"]))
    if held_out == "split":
        fit["validation_split"] = 0.25
    elif held_out == "data":
        fit["validation_data"] = (x[:5], y[:5])
        fit["validation_freq"] = draw(st.sampled_from([1, 2]))
    return Case(", ".join([*hidden, last]), compiled, x, y, weights, fit)


# Which is true, and Keras says nothing: a last batch may have one sample.
@pytest.mark.filterwarnings("ignore:.*batch of one sample:UserWarning")
@given(cases())
def test_training_is_that_of_keras(twins: Any, case: Case) -> None:
    """Every loss, every metric and every weight, after three epochs; then the use."""
    both = twins.models(case.layers, seed=len(case.x), **case.compiled)
    twins.trained_alike(
        both,
        case.x,
        case.y,
        sample_weight=case.weights,
        rtol=2e-3,
        atol=3e-4,
        **case.fit,
    )
    twins.agree(
        *[
            model.evaluate(case.x, case.y, batch_size=8, verbose=0, return_dict=True)
            for model in both
        ],
        rtol=2e-3,
        atol=3e-4,
    )
    twins.agree(
        *[model.predict(case.x, verbose=0) for model in both], rtol=2e-3, atol=1e-3
    )
    assert both[0].count_params() == both[1].count_params()


def classifier(twins: Any, **more: str) -> tuple[tuple[Any, Any], tuple[Array, Array]]:
    """Return two small classifiers, and data."""
    both = twins.models(
        "layers.Dense(3, 'tanh'), layers.Dense(1, 'sigmoid')",
        optimizer="optimizers.Adam(0.05)",
        loss="'binary_crossentropy'",
        metrics="['accuracy']",
        **more,
    )
    rng = np.random.default_rng(0)
    x = rng.normal(size=(23, 4)).astype("float32")
    return both, (x, (x.sum(axis=1) > 0).astype("float32"))


@pytest.mark.parametrize("shape", [(23,), (23, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_labels_of_any_dtype_and_rank(
    twins: Any, shape: tuple[int, ...], dtype: str
) -> None:
    """Labels (n,) and (n, 1), numbers or truths, train alike."""
    both, (x, y) = classifier(twins)
    twins.trained_alike(both, x, y.reshape(shape).astype(dtype), epochs=2)


@pytest.mark.parametrize(
    "options",
    [
        {"initial_epoch": 1},
        {"steps_per_epoch": 2},
        {"validation_split": 0.3, "validation_batch_size": 2},
        {"validation_split": 0.3, "validation_batch_size": 2, "validation_steps": 1},
        {"validation_split": 0.3, "validation_freq": 2},
        {"validation_split": 0.3, "validation_freq": [1, 3]},
    ],
    ids=repr,
)
def test_arguments_of_fit_mean_what_they_mean_to_keras(
    twins: Any, options: dict[str, Any]
) -> None:
    """Which epochs and batches are run, and when is validated."""
    both, (x, y) = classifier(twins)
    twins.trained_alike(both, x, y, epochs=4, batch_size=4, **options)
    assert both[0].history.epoch == both[1].history.epoch


def test_validation_samples_have_weights(twins: Any) -> None:
    """The third of validation_data weighs the validation loss as in Keras."""
    both, (x, y) = classifier(twins, weighted_metrics="['accuracy']")
    w = np.linspace(0, 2, len(x)).astype("float32")
    twins.trained_alike(
        both,
        x,
        y,
        sample_weight=w,
        validation_data=(x, y, w[::-1]),
        epochs=2,
        batch_size=8,
    )


@pytest.mark.parametrize("rows", [31, 32, 70])
def test_batches_are_of_32_samples(twins: Any, rows: int) -> None:
    """Without a batch size, and the last batch counts by its size."""
    both, _ = classifier(twins)
    rng = np.random.default_rng(rows)
    x, y = rng.normal(size=(rows, 4)), rng.integers(0, 2, rows)
    twins.trained_alike(both, x, y, epochs=2, validation_split=0.2)


def test_generators_train_as_in_keras(twins: Any) -> None:
    """Batches of several sizes, with weights, two epochs of three steps."""
    both, (x, y) = classifier(twins)
    w = np.linspace(0, 2, len(x)).astype("float32")

    def batches() -> Iterator[tuple[Array, ...]]:
        while True:
            for part in (slice(0, 8), slice(8, 16), slice(16, 23)):
                yield x[part], y[part, None], w[part]

    histories = [
        model.fit(
            batches(), steps_per_epoch=3, epochs=2, shuffle=False, verbose=0
        ).history
        for model in both
    ]
    twins.agree(*histories)
    twins.agree(*[model.get_weights() for model in both], rtol=1e-3)


def test_training_goes_on_where_it_ended(twins: Any) -> None:
    """A second fit keeps weights, slots and counts."""
    both, (x, y) = classifier(twins)
    for _ in range(2):
        twins.trained_alike(both, x, y, epochs=2, batch_size=8)


def test_frozen_layers_stay_as_they_are(twins: Any) -> None:
    """What is not trainable before compile does not change, here nor there."""
    both, (x, y) = classifier(twins)
    for model in both:
        model.layers[0].trainable = False
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    before = both[1].get_weights()
    twins.trained_alike(both, x, y, epochs=2, batch_size=8)
    np.testing.assert_array_equal(before[0], both[1].get_weights()[0])


def test_single_batches_are_those_of_keras(twins: Any) -> None:
    """What train, test and predict on a batch return, step by step."""
    both, (x, y) = classifier(twins)
    w = np.linspace(0, 2, len(x)).astype("float32")
    for options in ({}, {"sample_weight": w}, {"class_weight": {0: 3.0}}):
        twins.agree(
            *[m.train_on_batch(x, y, return_dict=True, **options) for m in both]
        )
    twins.agree(*[model.test_on_batch(x, y) for model in both])
    twins.agree(*[model.test_on_batch(x, y, sample_weight=w) for model in both])
    twins.agree(*[model.predict_on_batch(x) for model in both])


def test_evaluation_takes_weights_and_steps(twins: Any) -> None:
    """The arguments of evaluate and predict."""
    both, (x, y) = classifier(twins, weighted_metrics="['accuracy']")
    w = np.linspace(0, 2, len(x)).astype("float32")
    for options in ({"sample_weight": w}, {"steps": 2}, {"batch_size": 5}):
        # As a dict: the list of Keras has the metric twice where names collide.
        given_ = {"batch_size": 8, "verbose": 0, "return_dict": True} | options
        twins.agree(*[model.evaluate(x, y, **given_) for model in both])
    twins.agree(*[m.predict(x, batch_size=8, steps=2, verbose=0) for m in both])


def test_compiling_anew_forgets_the_metrics(twins: Any) -> None:
    """Keras goes on with the metrics of the first compile; we do what is written."""
    both, (x, y) = classifier(twins)
    histories = []
    for model in both:
        model.fit(x, y, verbose=0)
        model.compile("sgd", "binary_crossentropy")
        histories.append(set(model.fit(x, y, verbose=0).history))
    assert [{"accuracy", "loss"}, {"loss"}] == histories


def test_descriptions_of_models_have_the_keys_of_keras(twins: Any) -> None:
    """What makes a layer in Keras, by name, makes ours: no key of ours is another."""
    texts = ["layers.Dense(3, 'relu', kernel_regularizer='l2')", "layers.Dropout(0.5)"]
    for text in texts:
        theirs, ours = [layer.get_config() for layer in twins.make(text)]
        assert set(ours) <= set(theirs)
