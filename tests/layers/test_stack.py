"""Stacks of layers: building, names, shapes, weights, the summary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg

# The table that Keras 3.15 prints for Dense(3) and Dense(1) over two inputs, without
# the optimizer's numbers, which it adds to the model's total.
SUMMARY = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 3)              │             9 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ (None, 1)              │             4 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 13 (52.00 B)
 Trainable params: 13 (52.00 B)
 Non-trainable params: 0 (0.00 B)"""


def two_layers() -> gg.Sequential:
    """Return the model of the summary."""
    return gg.Sequential([gg.Input((2,)), gg.Dense(3), gg.Dense(1)])


def test_summary_is_keras_table() -> None:
    """The text comes in one call of print_fn."""
    printed: list[str] = []
    two_layers().summary(print_fn=printed.append)
    assert printed == [SUMMARY]


@pytest.fixture(autouse=True)
def of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the terminal as wide as a pipe counts."""
    monkeypatch.setenv("COLUMNS", "80")


def summary_lines(model: gg.Sequential, **options: Any) -> list[str]:
    """Return the lines of the summary."""
    printed: list[str] = []
    model.summary(print_fn=printed.append, **options)
    return printed[0].splitlines()


def test_summary_shows_models_in_models_when_asked() -> None:
    """Keras' indentation; the totals are those of the whole."""
    inner = gg.Sequential([gg.Dense(3), gg.Dense(2)], name="inner")
    model = gg.Sequential([gg.Input((2,)), inner, gg.Dense(1)])
    closed, opened = summary_lines(model), summary_lines(model, expand_nested=True)
    rows = [line for line in opened if line not in closed]
    assert ["   └ dense (Dense)", "   └ dense_1 (Dense)"] == [
        row.split("│")[1].rstrip()[1:] for row in rows
    ]
    assert closed[-3:] == opened[-3:]


def test_summary_shows_what_is_trained_when_asked() -> None:
    """Y, N, or nothing to train; the lines are all of one length."""
    layers = [gg.Dense(3, trainable=False), gg.Flatten(), gg.Dense(1)]
    model = gg.Sequential([gg.Input((2,)), *layers])
    lines = summary_lines(model, show_trainable=True, line_length=90)
    rows = [line for line in lines if line.startswith("│")]
    assert ["N", "-", "Y"] == [row.split("│")[4].strip() for row in rows]
    assert {90} == {len(line) for line in lines[1:-3]}


def test_summary_goes_on_below_where_a_name_is_long() -> None:
    """As in Keras, nothing is cut off."""
    layer = gg.layers.BatchNormalization()
    lines = summary_lines(gg.Sequential([gg.Input((2,)), layer]))
    rows = [line for line in lines if line.startswith("│")]
    assert [
        "│ batch_normalization             │ (None, 2)              │             8 │",
        "│ (BatchNormalization)            │                        │               │",
    ] == rows


def test_summary_shows_a_range_of_layers() -> None:
    """From the first match of one pattern to the last of the other."""
    model = gg.Sequential([gg.Input((2,)), *[gg.Dense(2) for _ in range(4)]])
    lines = summary_lines(model, layer_range=["dense_1", "dense_[12]"])
    rows = [line.split()[1] for line in lines if line.startswith("│")]
    assert ["dense_1", "dense_2"] == rows
    with pytest.raises(ValueError, match="did you mean 'dense"):
        model.summary(layer_range=["dens", "dense_1"])
    with pytest.raises(ValueError, match="two names"):
        model.summary(layer_range=["dense"])
    with pytest.raises(ValueError, match="no room"):
        model.summary(line_length=20)


def test_summary_of_an_unbuilt_model_says_so() -> None:
    """Shapes and counts are unknown before the input's shape is."""
    printed: list[str] = []
    gg.Sequential([gg.Dense(3)]).summary(print_fn=printed.append)
    assert "│ ?                      │   0 (unbuilt) │" in printed[0]


def test_an_input_builds_the_model_at_once() -> None:
    """Shapes as in Keras, with None for the batch; layers omit the Input."""
    model = two_layers()
    assert model.built
    assert model.input_shape == (None, 2)
    assert model.output_shape == (None, 1)
    assert [layer.name for layer in model.layers] == ["dense", "dense_1"]
    assert [w.name for w in model.weights] == [
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "dense_1/bias",
    ]


def test_names_do_not_depend_on_other_models() -> None:
    """The second model of a session has the names of the first."""
    assert [layer.name for layer in two_layers().layers] == ["dense", "dense_1"]
    assert [layer.name for layer in two_layers().layers] == ["dense", "dense_1"]


def test_a_model_without_input_is_built_by_the_first_data() -> None:
    """Before, it has no weights and says what is missing."""
    model = gg.Sequential([gg.Dense(3)])
    assert model.weights == []
    with pytest.raises(AttributeError, match=r"gg\.Input"):
        _ = model.input_shape
    model(np.zeros((5, 2)))
    assert model.input_shape == (None, 2)


@pytest.mark.parametrize("side", [None, 0, -1, 2.5])
def test_a_model_is_built_for_lengths_that_data_can_have(side: Any) -> None:
    """Also if no layer has a weight that would have a negative length."""
    model = gg.Sequential([gg.Flatten()])
    with pytest.raises(gg.ShapeError, match="whose lengths are known"):
        model.build((None, side))
    assert not model.built


def test_weights_are_copied_out_and_checked_in() -> None:
    """get_weights gives copies; set_weights takes them in the same order."""
    model = two_layers()
    weights = [np.full_like(w, i) for i, w in enumerate(model.get_weights())]
    model.set_weights(weights)
    found = model.get_weights()
    assert all(map(np.array_equal, found, weights))
    found[0][...] = 9
    assert all(map(np.array_equal, model.get_weights(), weights))


def test_kernels_have_inputs_first() -> None:
    """An output is x kernel + bias, the kernel (inputs, units)."""
    layer = gg.Dense(3)
    y = layer(np.ones((1, 2))).detach()
    kernel, bias = layer.get_weights()
    assert kernel.shape == (2, 3)
    np.testing.assert_allclose(y, np.ones((1, 2)) @ kernel + bias, 1e-6)


def test_more_axes_are_contracted_along_the_last() -> None:
    """(2, 5, 3) gives (2, 5, units)."""
    layer = gg.Dense(4)
    assert layer(np.ones((2, 5, 3))).shape == (2, 5, 4)
    assert layer.kernel.shape == (3, 4)


def test_one_column_may_be_given_as_a_vector() -> None:
    """(n,) fed to Input((1,)) is (n, 1), as in Keras."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    assert model.predict(np.ones(7), verbose=0).shape == (7, 1)


def test_images_are_flattened() -> None:
    """Flatten keeps the batch."""
    model = gg.Sequential([gg.Flatten(), gg.Dense(2)])
    assert model.predict(np.ones((3, 28, 28)), verbose=0).shape == (3, 2)
    assert model.output_shape == (None, 2)


def test_layers_are_added_popped_and_found() -> None:
    """Adding builds on, popping takes off."""
    model = two_layers()
    model.add(gg.Activation("relu", name="last"))
    assert model.get_layer("last") is model.get_layer(index=2)
    assert len(model) == 3
    assert model.pop().name == "last"
    assert len(model) == 2
    with pytest.raises(ValueError, match="dense, dense_1"):
        model.get_layer("nope")


def test_a_shared_layer_counts_once() -> None:
    """The same layer twice has one set of weights."""
    shared = gg.Dense(2)
    model = gg.Sequential([gg.Input((2,)), shared, shared])
    assert model.count_params() == 6


def test_two_layers_of_one_name_are_refused() -> None:
    """A user's name is not changed silently."""
    with pytest.raises(ValueError, match="'a'"):
        gg.Sequential([gg.Dense(1, name="a"), gg.Dense(1, name="a")])


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (gg.Dense(1), "list of layers"),
        (["relu"], r"gg\.Activation"),
        ([gg.Dense(1), gg.Input((2,))], "before the first layer"),
    ],
)
def test_what_is_no_list_of_layers_is_refused(layers: object, message: str) -> None:
    """The message says what a model is made of."""
    with pytest.raises((TypeError, ValueError), match=message):
        gg.Sequential(layers)  # type: ignore[arg-type]


def test_a_layer_of_the_users_own_is_built_traced_and_trained() -> None:
    """build, call and add_weight are all that a layer needs."""

    class Scale(gg.Layer):
        """Multiplies by a weight for each column."""

        def build(self, input_shape: tuple[int | None, ...]) -> None:
            self.factor = self.add_weight("factor", (input_shape[-1] or 0,), "ones")

        def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
            return x * self.factor

    model = gg.Sequential([Scale()])
    model.compile(gg.optimizers.SGD(0.1), "mse")
    model.fit([[1.0, 2.0]], [[2.0, 2.0]], epochs=200, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], [2.0, 1.0], rtol=1e-3)
    assert {node.scope for node in model.graph("build").operations} == {"scale"}


def test_stages_exist_one_after_the_other() -> None:
    """Each stage's graph is there when its call was made, and says so before."""
    model = gg.Sequential([gg.Dense(1)])
    assert not model.stages
    with pytest.raises(gg.TraceError, match="input's shape is unknown"):
        model.graph("build")
    model.build((None, 2))
    assert list(model.stages) == ["build"]
    with pytest.raises(gg.GraphgradError, match=r"model\.compile"):
        model.graph("compile")
    model.compile("sgd", "mse")
    assert list(model.stages) == ["build", "compile"]
    with pytest.raises(gg.TraceError, match="fit has not run"):
        model.graph("fit")
    with pytest.raises(gg.TraceError, match=r"no program .* own: model\.graph\('comp"):
        model.program("compile")
    with pytest.raises(ValueError, match="stage must be one of 'fit', 'evaluate'"):
        model.program("train")
    model.fit(np.zeros((3, 2)), np.zeros(3), verbose=0)
    assert list(model.stages) == ["build", "compile", "fit"]
    assert "(batch, 1)" in str(model.graph("compile"))
    assert "(3, 1)" in str(model.graph("fit"))
    with pytest.raises(ValueError, match="build, compile, fit, evaluate, predict"):
        model.graph("train")


def test_run_counts_are_those_of_the_steps() -> None:
    """70 rows in batches of 32 are two runs of one program and one of another."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((70, 2)), np.zeros(70), epochs=3, verbose=0)
    assert model.program("fit").runs == 6
    assert model.program("fit").inputs[0].shape == (32, 2)
