"""Regularizers and constraints: Keras' values, names, descriptions and effect."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad import constraints, regularizers
from graphgrad.layers._config import deserialize, serialize

KERNEL = np.array([[1, -2], [0.5, 3], [0, 1]], np.float32)

matrices = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    elements=st.floats(-5, 5).filter(lambda x: x == 0 or abs(x) > 1e-3),
)

# From Keras 3.15.1, for KERNEL.
PENALTIES: list[tuple[Any, float]] = [
    (regularizers.L1(0.1), 0.75),
    (regularizers.L2(0.1), 1.525),
    (regularizers.L1L2(0.1, 0.2), 3.8),
    (regularizers.OrthogonalRegularizer(0.3), 0.2689557),
    (regularizers.OrthogonalRegularizer(0.3, "columns"), 0.0358569),
    (regularizers.get("l1"), 0.075),
    (regularizers.get("l2"), 0.1525),
    (regularizers.L1L2(), 0.0),
]
# From Keras 3.15.1, for KERNEL.
CONSTRAINED: list[tuple[Any, Any]] = [
    (
        constraints.MaxNorm(),
        [[0.9999999, -1.0690449], [0.4999999, 1.6035674], [0.0, 0.5345225]],
    ),
    (
        constraints.MaxNorm(1.5, axis=1),
        [[0.6708204, -1.3416407], [0.2465985, 1.4795908], [0.0, 0.9999999]],
    ),
    (
        constraints.UnitNorm(),
        [[0.8944271, -0.5345225], [0.4472135, 0.8017837], [0.0, 0.2672612]],
    ),
    (
        constraints.UnitNorm(axis=[0, 1]),
        [[0.2560737, -0.5121475], [0.1280369, 0.7682213], [0.0, 0.2560737]],
    ),
    (constraints.NonNeg(), [[1, 0], [0.5, 3], [0, 1]]),
    (
        constraints.MinMaxNorm(),
        [[0.8944271, -0.5345225], [0.4472135, 0.8017837], [0.0, 0.2672612]],
    ),
    (
        constraints.MinMaxNorm(0.5, 2.0, rate=0.25, axis=1),
        [[0.9736068, -1.9472136], [0.4571995, 2.743197], [0.0, 0.9999999]],
    ),
]
# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gg
THINGS = [thing for thing, _ in PENALTIES + CONSTRAINED]


# ---- values --------------------------------------------------------------------------


@pytest.mark.parametrize(("penalty", "expected"), PENALTIES)
def test_penalties_are_keras_s(penalty: Any, expected: float) -> None:
    """No half, no mean; the dtype is the weight's."""
    found = penalty(gg.tensor(KERNEL))
    assert ((), np.float32) == (found.shape, found.dtype)
    assert pytest.approx(expected, rel=1e-5) == float(found)


@pytest.mark.parametrize(("constraint", "expected"), CONSTRAINED)
def test_constrained_weights_are_keras_s(constraint: Any, expected: Any) -> None:
    """The division is by the length plus 1e-7."""
    found = constraint(gg.tensor(KERNEL))
    assert np.float32 == found.dtype
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-7)


@given(matrices)
def test_penalties_and_their_slopes_follow_from_the_formulas(w: Any) -> None:
    """L1 pulls by its factor, L2 by twice its factor times the weight."""
    both = regularizers.L1L2(0.5, 0.25)
    expected = 0.5 * np.abs(w).sum() + 0.25 * np.square(w).sum()
    assert pytest.approx(expected) == float(both(gg.tensor(w)))
    slope = gg.grad(both)(w).numpy()
    np.testing.assert_allclose(slope, 0.5 * np.sign(w) + 0.5 * w, atol=1e-12)


@given(matrices)
def test_orthogonal_rows_cost_nothing(w: Any) -> None:
    """What is orthogonal is at the minimum, and no slope is NaN, not even at zeros."""
    law = regularizers.OrthogonalRegularizer(1.0)
    assert float(law(gg.tensor(np.eye(3)))) == 0
    assert 0 <= float(law(gg.tensor(w))) <= 1 + 1e-9
    assert np.all(np.isfinite(gg.grad(law)(w).numpy()))


def test_orthogonality_is_of_matrices() -> None:
    """Another rank is refused."""
    with pytest.raises(gg.ShapeError, match=r"for matrices, got shape \(2,\)"):
        regularizers.OrthogonalRegularizer()(gg.tensor([1.0, 2.0]))


@given(matrices, st.floats(0.1, 3))
def test_max_norm_bounds_lengths_and_keeps_directions(w: Any, bound: float) -> None:
    """Short columns stay, long ones shrink; zeros stay zeros."""
    found = constraints.MaxNorm(bound)(gg.tensor(w)).numpy()
    before, after = (np.linalg.norm(each, axis=0) for each in (w, found))
    np.testing.assert_allclose(after, np.minimum(before, bound), atol=1e-5)
    np.testing.assert_allclose(found * before, w * after, atol=1e-6)


@given(matrices, st.floats(0, 1))
def test_rate_is_the_share_of_the_way(w: Any, rate: float) -> None:
    """The length after a step lies between the old one and its bound."""
    found = constraints.MinMaxNorm(0.5, 1.0, rate)(gg.tensor(w)).numpy()
    before, after = (np.linalg.norm(each, axis=0) for each in (w, found))
    due = rate * np.clip(before, 0.5, 1.0) + (1 - rate) * before
    np.testing.assert_allclose(after, np.where(before > 0, due, 0), rtol=2e-3)


# ---- names and descriptions ----------------------------------------------------------


@pytest.mark.parametrize("thing", THINGS, ids=repr)
def test_a_description_makes_the_thing_again(thing: Any) -> None:
    """Through JSON, by its class and by what names the class."""
    config = json.loads(json.dumps(thing.get_config()))
    assert thing.get_config() == type(thing).from_config(config).get_config()
    again = deserialize(json.loads(json.dumps(serialize(thing))))
    assert (type(thing), repr(thing)) == (type(again), repr(again))


@pytest.mark.parametrize("name", ["l1l2", "L1L2", "l1_l2"])
def test_the_name_of_both_is_no_empty_penalty(name: str) -> None:
    """In Keras l1l2 adds nothing, and l1_l2 is unknown."""
    assert "L1L2(l1=0.01, l2=0.01)" == repr(regularizers.get(name))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("max_norm", constraints.MaxNorm),
        ("MaxNorm", constraints.MaxNorm),
        ("non_neg", constraints.NonNeg),
        ("unit_norm", constraints.UnitNorm),
        ("min_max_norm", constraints.MinMaxNorm),
    ],
)
def test_constraints_go_by_keras_names(name: str, kind: Any) -> None:
    """In snake case, and as the class; objects, classes, functions and None pass."""
    made: Any = kind()
    assert constraints.get(made) is made
    assert type(constraints.get(name)) is kind
    assert type(constraints.get(kind)) is kind
    assert constraints.get(gg.abs) is gg.abs
    assert constraints.get(None) is None


def test_older_spellings_make_the_classes() -> None:
    """Scripts write l2(0.01) and max_norm(3)."""
    assert "L1L2(l1=0.1, l2=0.2)" == repr(regularizers.l1_l2(l1=0.1, l2=0.2))
    assert "L2(l2=0.5)" == repr(regularizers.l2(0.5))
    assert "MaxNorm(max_value=3.0, axis=0)" == repr(constraints.max_norm(3))


@pytest.mark.parametrize(
    ("door", "wrong", "said"),
    [
        (regularizers, "l3", "unknown regularizer 'l3'.*l1"),
        (regularizers, 0.01, "must be a name, a Regularizer, a function.*got 0.01"),
        (constraints, "maxnorm", "unknown constraint 'maxnorm': did you mean 'max_nor"),
        (constraints, dict, "got the class dict"),
    ],
)
def test_what_is_neither_is_refused(door: Any, wrong: Any, said: str) -> None:
    """With what was probably meant."""
    with pytest.raises((ValueError, TypeError), match=said):
        door.get(wrong)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: regularizers.L1(-1), "L1's l1 must be at least 0"),
        (
            lambda: LOOSE.regularizers.L2("0.1"),
            "L2's l2 must be a number.*without quotes",
        ),
        (lambda: regularizers.L1L2(l2=np.inf), "L1L2's l2 must be finite"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), "'rows', 'columns'"),
        (lambda: constraints.MaxNorm(-1), "max_value must be at least 0"),
        (lambda: constraints.MinMaxNorm(2.0, 1.0), "max_value must be at least 2"),
        (lambda: constraints.MinMaxNorm(rate=2), "rate must be at least 0 and at most"),
        (lambda: LOOSE.constraints.UnitNorm(axis=0.5), "axis must be a whole number"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """Where the object is made."""
    with pytest.raises(gg.GraphgradError, match=said):
        make()


# ---- in a model ----------------------------------------------------------------------


def test_functions_regularize_and_constrain() -> None:
    """Any function of a tensor will do, and works in the program."""
    layer = gg.Dense(
        1,
        kernel_regularizer=lambda w: gg.sum(gg.square(w)) * 1e3,
        kernel_constraint=lambda w: gg.clip(w, 0.25, 0.5),
    )
    model = gg.Sequential([gg.Input((2,)), layer])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    kernel = layer.kernel.numpy()
    assert np.all((kernel >= 0.25) & (kernel <= 0.5))


def test_constraints_are_part_of_the_picture_of_fit() -> None:
    """They are recorded after the update, in the layer that they belong to."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1, kernel_constraint="non_neg")])
    model.compile("sgd", "mse")
    nodes = model.graph("compile").nodes
    found = [node for node in nodes if node.op.name == "maximum"]
    assert ["update"] == [node.phase for node in found]
    model.set_weights([[[0.001], [1.0]], [0.0]])
    model.fit(np.ones((4, 2)), -np.ones((4, 1)), epochs=5, verbose=0)
    assert 0 == model.layers[0].weights[0].numpy()[0, 0]


def test_the_activity_penalty_is_divided_by_the_batch() -> None:
    """Then it weighs the same for every batch size."""
    layer = gg.Dense(1, kernel_initializer="ones", activity_regularizer="l1")
    model = gg.Sequential([gg.Input((2,)), layer])
    model.compile("sgd", "mse")
    x = np.full((6, 2), 2.0)
    for batch_size in (2, 6):
        loss = model.evaluate(x, np.full((6, 1), 4.0), batch_size, verbose=0)
        assert pytest.approx(0.04) == loss


def test_outputs_of_all_layers_are_regularized_as_in_keras() -> None:
    """Of an embedding and of noise: 0.08 in Keras 3.15.1, half of it from each."""
    model = gg.Sequential(
        [
            gg.Input((2,)),
            gg.layers.Embedding(3, 2, "ones", activity_regularizer="l2"),
            gg.Flatten(),
            gg.Dropout(0.5, activity_regularizer=regularizers.L1(0.01)),
        ]
    )
    model.compile("sgd", "mse")
    loss = model.evaluate(np.array([[0, 1], [2, 2]]), np.ones((2, 4)), verbose=0)
    assert pytest.approx(0.08) == loss


def test_what_regularizes_outputs_is_described_if_there_is_any() -> None:
    """As in Keras, whose own descriptions lack it for None."""
    for layer in (gg.Dense(1), gg.Flatten(), gg.layers.ActivityRegularization(0.1)):
        assert "activity_regularizer" not in layer.get_config()
    layer = gg.Flatten(activity_regularizer="l2")
    again = gg.Flatten.from_config(layer.get_config())
    assert "L2" == type(again.activity_regularizer).__name__


def test_what_regularizes_outputs_is_stated_once() -> None:
    """A layer of nothing else has its factors; a wrong name is answered at once."""
    with pytest.raises(TypeError, match="takes no activity_regularizer: l1 and l2"):
        LOOSE.layers.ActivityRegularization(0.1, activity_regularizer="l2")
    with pytest.raises(ValueError, match="l2"):
        gg.Flatten(activity_regularizer="l3")


def test_layers_of_ones_own_name_regularizers_and_constraints() -> None:
    """add_weight takes whatever the arguments of our layers take."""

    class Scale(gg.Layer):
        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight(
                "factor", (2,), "ones", regularizer="l2", constraint="non_neg"
            )

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x * self.factor

    model = gg.Sequential([gg.Input((2,)), Scale()])
    assert [pytest.approx(0.02)] == [float(loss) for loss in model.losses]
    assert "NonNeg()" == repr(next(iter(model.constraints.values())))


def test_arguments_that_made_weights_cannot_be_changed_in_silence() -> None:
    """In Keras setting kernel_regularizer after build has no effect."""
    layer = gg.Dense(1)
    layer.kernel_regularizer = regularizers.get("l2")
    model = gg.Sequential([gg.Input((2,)), layer])
    assert 1 == len(model.losses)
    with pytest.raises(AttributeError, match="Dense's kernel_regularizer counted when"):
        layer.kernel_regularizer = None
    layer.activity_regularizer = regularizers.get("l1")


@pytest.mark.parametrize("name", ["lora_rank", "lora_alpha", "quantization_config"])
def test_what_dense_lacks_is_refused_with_the_reason(name: str) -> None:
    """None, Keras' default, asks for nothing."""
    LOOSE.Dense(1, **{name: None})
    with pytest.raises(TypeError, match=f"Dense takes no {name}: weights are trained"):
        LOOSE.Dense(1, **{name: 4})
