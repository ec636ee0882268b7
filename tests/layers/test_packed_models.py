"""Models with all weights in one array: the same numbers as with each in its own."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.optimizers import SGD, Adam, AdamW, Nadam, RMSprop

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(6, 4)
Y = np.linspace(1, 0, 12, dtype=np.float32).reshape(6, 2)

Values = list[np.ndarray[Any, Any]]


@contextmanager
def each_in_its_own() -> Iterator[None]:
    """Leave the variables of models and optimizers where they are, in the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gg.passes, "pack_variables", lambda *_: None)
        yield


def both_ways(run: Callable[[], Values]) -> tuple[Values, Values]:
    """Return what ``run`` gives with packed variables, and without."""
    packed = run()
    with each_in_its_own():
        return packed, run()


def assert_same_bits(run: Callable[[], Values]) -> None:
    """Compare the two ways."""
    for one, other in zip(*both_ways(run), strict=True):
        np.testing.assert_array_equal(one, other)


def fitted(model: gg.Sequential, optimizer: Any = "adam") -> gg.Sequential:
    """Train a model for a few steps, the last one on a smaller batch."""
    model.compile(optimizer, "mse")
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    return model


def state_of(*models: gg.Sequential) -> Values:
    """Return all weights, and all of the optimizers' state."""
    parts = [(model, model.optimizer) for model in models]
    return [
        variable.numpy()
        for model, optimizer in parts
        for variable in (*model.weights, *(optimizer.variables if optimizer else ()))
    ]


def is_packed(model: gg.Sequential) -> bool:
    """Return whether the program of fit updates several weights by one assignment."""
    effects = [n for n in model.graph("fit").operations if n.op.has_effect]
    return any(
        len(node.inputs[0].origins) > 1 and node.inputs[0].op.cell.kind == "parameter"  # type: ignore[attr-defined]
        for node in effects
    )


# ---- any model, any optimizer --------------------------------------------------------

HIDDEN: list[Callable[[], gg.Layer]] = [
    lambda: gg.Dense(3, "tanh"),
    lambda: gg.Dense(1, use_bias=False),
    lambda: gg.Dense(2, kernel_constraint="max_norm"),
    lambda: gg.Dense(2, kernel_regularizer="l2", bias_constraint="non_neg"),
    lambda: gg.Dropout(0.3),
    gg.layers.BatchNormalization,
    lambda: gg.Dense(3, trainable=False),
    lambda: gg.Sequential([gg.Dense(2, "relu"), gg.Dense(3)]),
]

OPTIMIZERS: list[Callable[[], Any]] = [
    lambda: SGD(0.1, momentum=0.9, nesterov=True),
    lambda: SGD(0.1, clipnorm=0.1),
    lambda: Adam(0.1, global_clipnorm=0.1),
    lambda: Adam(0.1, use_ema=True, ema_overwrite_frequency=2),
    lambda: AdamW(0.1, clipvalue=0.1, weight_decay=0.1),
    lambda: Nadam(0.1, gradient_accumulation_steps=2),
    lambda: RMSprop(0.1, centered=True, momentum=0.5),
    gg.optimizers.Adagrad,
    gg.optimizers.Adamax,
    gg.optimizers.Ftrl,
    gg.optimizers.Lion,
]


@given(
    st.lists(st.sampled_from(HIDDEN), max_size=3),
    st.sampled_from(OPTIMIZERS),
    st.booleans(),
)
@settings(max_examples=40)
def test_packed_training_gives_the_same_bits(
    hidden: Sequence[Callable[[], gg.Layer]], make: Callable[[], Any], decays: bool
) -> None:
    """Weights, slots and predictions, whatever an optimizer does to weights."""

    def run() -> Values:
        gg.set_random_seed(7)
        optimizer = make()
        if decays:
            optimizer.exclude_from_weight_decay(var_names=["bias"])
        model = gg.Sequential(
            [gg.Input((4,)), *[layer() for layer in hidden], gg.Dense(2)]
        )
        fitted(model, optimizer)
        return [*state_of(model), model.predict(X, verbose=0)]

    assert_same_bits(run)


# ---- layers that are frozen, shared, nested, copied ----------------------------------


def dense(*more: gg.Layer) -> gg.Sequential:
    """Return a model of two layers with ``more`` between."""
    gg.set_random_seed(3)
    return gg.Sequential([gg.Input((4,)), gg.Dense(3, "tanh"), *more, gg.Dense(2)])


def frozen_and_thawed() -> Values:
    """Freeze a layer in the middle, and train on without and with it."""
    model = dense(gg.Dense(3))
    model.layers[1].trainable = False
    fitted(model)
    frozen = model.layers[1].get_weights()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(frozen[0], model.layers[1].get_weights()[0])
    model.layers[1].trainable = True
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(frozen[0], model.layers[1].get_weights()[0])
    return state_of(model)


def one_layer_twice() -> Values:
    """Let two places of one model share weights."""
    shared = gg.Dense(3, "tanh")
    return state_of(fitted(dense(shared, shared)))


def two_models_share_a_layer() -> Values:
    """Train the one, the other, and the one again."""
    shared = gg.Dense(3, "tanh")
    one, other = dense(shared), dense(shared, gg.Dense(3))
    fitted(one)
    fitted(other)
    one.fit(X, Y, verbose=0)
    assert one.layers[1] is other.layers[1] is shared
    return [
        *state_of(one, other),
        one.predict(X, verbose=0),
        other.predict(X, verbose=0),
    ]


def a_trained_part() -> Values:
    """Train a model, then as a part of another, then by itself once more."""
    base = fitted(dense())
    model = fitted(gg.Sequential([base, gg.Dense(3), gg.Dense(2)]))
    base.fit(X, Y, verbose=0)
    model.fit(X, Y, verbose=0)
    return [
        *state_of(base, model),
        base.predict(X, verbose=0),
        model.predict(X, verbose=0),
    ]


def predicted_before() -> Values:
    """Make a program that reads the weights before one trains them."""
    model = dense()
    before = model.predict(X, verbose=0)
    fitted(model)
    after = model.predict(X, verbose=0)
    assert not np.array_equal(before, after)
    np.testing.assert_allclose(after, model(X), rtol=1e-5)
    return [before, after, *state_of(model)]


def grown() -> Values:
    """Put a layer on top of what is trained, and take one away."""
    model = fitted(dense())
    model.add(gg.Dense(2))
    fitted(model)
    model.pop()
    return [*state_of(fitted(model)), model.predict(X, verbose=0)]


def copied() -> Values:
    """Let copies, however made, go their own ways from the same values."""
    model = fitted(dense())
    values = model.get_weights()
    twins = [
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        gg.models.clone_model(model),
    ]
    twins[2].set_weights(values)
    for twin in twins:
        fitted(twin, "sgd")
        fitted(twin, "sgd")
    for one, other in zip(values, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    return state_of(model, *twins)


def set_by_hand() -> Values:
    """Assign weights between programs: each reads what is there then."""
    model = fitted(dense())
    model.set_weights([w * 0 + 0.5 for w in model.get_weights()])
    one = model.predict(X, verbose=0)
    model.weights[1].assign(np.ones(3))
    two = model.evaluate(X, Y, verbose=0)
    model.fit(X, Y, verbose=0)
    return [one, np.array(two), *state_of(model)]


def of_two_dtypes() -> Values:
    """Update weights of each dtype in an array of its own."""

    class Mixed(gg.Layer):
        def build(self, input_shape: Any) -> None:
            self.a = self.add_weight("a", (4, 2))
            self.b = self.add_weight("b", (2,), dtype="float64")
            self.c = self.add_weight("c", (2,))
            self.d = self.add_weight("d", (), dtype="float64")

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return gg.cast(x @ self.a * self.d + self.b, "float32") + self.c

    gg.set_random_seed(5)
    return state_of(fitted(gg.Sequential([gg.Input((4,)), Mixed()])))


SCENES = [
    frozen_and_thawed,
    one_layer_twice,
    two_models_share_a_layer,
    a_trained_part,
    predicted_before,
    grown,
    copied,
    set_by_hand,
    of_two_dtypes,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_weights_stay_right(scene: Callable[[], Values]) -> None:
    """Whose weights lie in one array with others sees the same numbers."""
    assert_same_bits(scene)


# ---- what is packed ------------------------------------------------------------------


def test_usual_models_are_packed() -> None:
    """All weights of a model in one array, and so is each slot."""
    model = fitted(dense(gg.Dense(3)))
    homes = {id(variable.cell.home) for variable in model.weights}
    assert 1 == len(homes)
    assert is_packed(model)
    names = [node.name for node in model.graph("fit").states]
    assert {"weights", "adam/momentum", "adam/velocity"} <= set(names)
    assert not any("kernel" in name or "bias" in name for name in names)


@pytest.mark.parametrize("layers", [1, 4])
def test_updates_take_as_many_operations_for_many_weights(layers: int) -> None:
    """What an update takes does not grow with the number of weights."""
    counts = [
        sum(
            node.phase == "update" and node.op.name != "unpack"
            for node in fitted(model).graph("fit").operations
        )
        for model in (dense(), dense(*[gg.Dense(3) for _ in range(layers)]))
    ]
    assert counts[0] == counts[1]


def test_parts_that_were_trained_before_are_packed_as_they_lie() -> None:
    """Nothing is copied together: each array has its own slots."""
    base = fitted(dense())
    model = fitted(gg.Sequential([base, gg.Dense(3), gg.Dense(2)]))
    graph = model.graph("fit")
    states = [n for n in graph.states if n.op.cell.kind == "slot"]  # type: ignore[attr-defined]
    assert 4 == len(states)
    packs = [node for node in graph.operations if node.op.name == "pack"]
    assert 2 == len(packs)
    assert {"backward"} == {each.phase for node in packs for each in node.inputs}


def test_every_operation_that_fit_recorded_became_something() -> None:
    """The origins of a program without folded constants are all recorded nodes."""
    model = fitted(dense(gg.Dense(3, "relu")))
    program, recorded = model.graph("fit"), model.graph("compile")
    told = {name for node in program.nodes for name in node.origins}
    update = {node.name for node in recorded.operations if node.phase == "update"}
    assert update <= told
    assert {variable.name for variable in model.weights} <= told
    assert told <= {node.name for node in recorded.nodes}


def test_versions_tell_that_a_step_changed_a_weight() -> None:
    """What was read of a weight before a step is read anew after it."""
    model = fitted(dense())
    kernel = model.weights[0]
    before, version = kernel.value.numpy(), kernel.cell.version
    model.train_on_batch(X, Y)
    assert kernel.cell.version > version
    assert not np.array_equal(before, kernel.value.numpy())
    np.testing.assert_array_equal(kernel.value.numpy(), kernel.numpy())


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copy_is_packed_as_the_model_is(copied: Any) -> None:
    """Its step has as many operations."""
    model = gg.Sequential([gg.Dense(3, "tanh"), gg.Dense(1)])
    model.compile("adam", "mse")
    x, y = np.ones((4, 2)), np.ones((4, 1))
    model.fit(x, y, verbose=0)
    other = copied(model)
    other.fit(x, y, verbose=0)
    counts = [len(each.graph("fit").operations) for each in (model, other)]
    assert counts[0] == counts[1]


def test_the_monitor_sees_a_tall_gradient_as_it_is() -> None:
    """The norm of a kernel's gradient does not depend on how the kernel lies."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 600)) / 20, rng.integers(0, 2, 32)
    model = gg.Sequential([gg.Dense(5, "tanh"), gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    model.build((None, 600))
    before = [w.numpy() for w in model.layers[0].weights]
    monitor = gg.callbacks.LearningMonitor()
    model.fit(x, y, batch_size=32, verbose=0, callbacks=[monitor])
    after = [w.numpy() for w in model.layers[0].weights]
    steps = [(b - a) / 0.01 for a, b in zip(after, before, strict=True)]
    norm = np.sqrt(sum(float(np.sum(step**2)) for step in steps))
    assert model.history is not None
    (seen,) = model.history.history["gradient_norm/dense"]
    np.testing.assert_allclose(seen, norm, rtol=1e-3)
