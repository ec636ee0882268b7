"""Messages: what goes wrong is said in words that fit, and where it went wrong."""

from __future__ import annotations

import importlib
import weakref
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers


def data(rows: int = 8) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    x = np.arange(2.0 * rows).reshape(rows, 2) / rows
    return x, np.arange(rows) % 2


def model_of(*parts: Any, loss: Any = "mse", **options: Any) -> gg.Sequential:
    """Return a compiled model of layers."""
    model = gg.Sequential(list(parts))
    model.compile(optimizer="sgd", loss=loss, **options)
    return model


# ---- layers that are no parts --------------------------------------------------------


class Fresh(gg.layers.Layer):
    """Makes a layer whenever it is called."""

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Compute by a layer of no name."""
        return gg.Dense(1)(x)


NO_PART = "'dense'.*called in '.*', is none of its parts"


def test_a_layer_that_is_made_in_call_is_refused() -> None:
    """It would be another one in each program, and never be trained."""
    with pytest.raises(ValueError, match=NO_PART):
        model_of(gg.Input((2,)), Fresh())
    with pytest.raises(ValueError, match=r"keep it in an attribute"):
        Fresh()(np.ones((1, 2)))


def test_a_layer_from_outside_is_refused() -> None:
    """A closure is no part, though the layer has weights already."""
    outer = gg.Dense(1)
    outer(np.ones((1, 2)))

    class Closure(gg.layers.Layer):
        def call(self, x: gg.Tensor) -> gg.Tensor:
            return outer(x)

    def by_function(x: gg.Tensor) -> gg.Tensor:
        return gg.Dense(1)(x)

    for layer in (Closure(), layers.Lambda(by_function)):
        with pytest.raises(ValueError, match=NO_PART):
            model_of(layer).fit(*data(), verbose=0)


def test_parts_in_lists_and_dicts_and_of_parts_around_are_called() -> None:
    """What the model trains may be called, wherever it is kept."""

    class Many(gg.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.some = [gg.Dense(2)]
            self.named = {"one": gg.Sequential([gg.Dense(2)])}

        def build(self, input_shape: Any) -> None:
            self.late = gg.Dense(1)

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return self.late(self.named["one"](self.some[0](x)))

    class Tied(gg.layers.Layer):
        def __init__(self, other: gg.layers.Layer, **options: Any) -> None:
            super().__init__(**options)
            self.other = weakref.ref(other)

        def call(self, x: gg.Tensor) -> gg.Tensor:
            other = self.other()
            assert other is not None
            return other(x)

    first = gg.Dense(2)
    model = model_of(gg.Input((2,)), first, Tied(first), gg.Sequential([Many()]))
    model.fit(*data(), verbose=0)
    assert model(np.ones((1, 2))).shape == (1, 1)


def test_a_refused_layer_leaves_the_pass_as_it_was() -> None:
    """After the error, other layers are called as before."""
    with pytest.raises(ValueError, match="parts"):
        Fresh()(np.ones((1, 2)))
    assert gg.Dense(1)(np.ones((1, 2))).shape == (1, 1)


# ---- losses without a path -----------------------------------------------------------


@pytest.mark.parametrize(
    "loss",
    [
        lambda y, _: gg.mean(y * 0 + 1),
        lambda y, p: gg.mean(1.0 * (p > 0.5) - y),
        lambda y, p: gg.mean(abs(y - gg.sign(p))),
        lambda y, p: gg.mean(abs(y - gg.stop_gradient(p))),
    ],
)
def test_a_loss_that_no_weight_changes_is_refused(loss: Any) -> None:
    """Comparisons, signs and constants have no gradient: nothing would be learned."""
    with pytest.raises(gg.GradientError, match=r"'lambda' depends on no weight.*p > 0"):
        model_of(gg.Dense(1), loss=loss).fit(*data(), verbose=0)


def test_a_loss_of_penalties_alone_trains() -> None:
    """A regularizer is a path to the weights."""
    model = model_of(
        gg.Dense(1, kernel_regularizer="l2"), loss=lambda y, _: gg.mean(y * 0)
    )
    model.fit(*data(), verbose=0)


# ---- the place of an error -----------------------------------------------------------


class Scale(gg.layers.Layer):
    """Does what its function does."""

    def __init__(self, function: Any, **options: Any) -> None:
        """Keep the function."""
        super().__init__(**options)
        self.function = function

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Call it."""
        result: gg.Tensor = self.function(x)
        return result


def test_an_error_in_a_layer_names_the_innermost_one() -> None:
    """The class stays, and the layer is named once."""
    wrong = Scale(lambda x: x @ np.ones((3, 3)), name="scale")
    with pytest.raises(gg.ShapeError) as raised:
        gg.Sequential([gg.Sequential([wrong])])(np.ones((1, 2)))
    text = str(raised.value)
    assert text.startswith("layer 'scale' (Scale()): matmul")
    assert text.count("layer") == 1


@pytest.mark.parametrize(
    "function", [float, bool, lambda x: x.numpy(), np.asarray, lambda x: x.item()]
)
def test_a_value_asked_for_in_a_trace_names_the_layer_and_the_way_out(
    function: Any,
) -> None:
    """Values are there when a layer is called by itself, and not while it is traced."""
    layer = Scale(lambda x: x * (function(gg.sum(x)) is None), name="scale")
    with pytest.raises(gg.TraceError) as raised:
        model_of(gg.Input((2,)), layer, gg.Dense(1))
    text = str(raised.value)
    assert text.startswith("layer 'scale' (Scale()): ")
    assert ("gg.where instead of if" in text) == (function is bool)
    assert ("gg's functions" in text) == (function is not bool)


def test_an_error_in_a_loss_or_a_metric_names_it() -> None:
    """Functions of the user's, and classes."""

    def off(y: Any, p: Any) -> Any:
        return y * 0 + p @ np.ones((3, 3))

    class Off(gg.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return off(y_true, y_pred)

    for loss in (off, Off()):
        with pytest.raises(gg.ShapeError, match="loss 'off': matmul"):
            model_of(gg.Dense(1), loss=loss).fit(*data(), verbose=0)
    with pytest.raises(gg.ShapeError, match="metric 'off': matmul"):
        model_of(gg.Dense(1), metrics=[off]).fit(*data(), verbose=0)


@pytest.mark.parametrize("text", ["shapes do not fit", "loss 'off': no", "layer 'a'"])
@pytest.mark.parametrize("where", ["loss", "metric", "layer"])
def test_the_causes_of_an_error_come_to_an_end(where: str, text: str) -> None:
    """Whether a place was added to its text, or it had one."""

    def off(*_: Any) -> Any:
        raise gg.ShapeError(text)

    parts: dict[str, Any] = {
        "loss": ([gg.Dense(1)], {"loss": off}),
        "metric": ([gg.Dense(1)], {"metrics": [off]}),
        "layer": ([gg.Sequential([Scale(off)]), gg.Dense(1)], {}),
    }
    layers, options = parts[where]
    with pytest.raises(gg.ShapeError) as raised:
        model_of(*layers, **options).fit(*data(), verbose=0)
    error: BaseException | None = raised.value
    seen: list[BaseException] = []
    while error is not None:
        assert not any(error is each for each in seen)
        seen.append(error)
        error = error.__cause__ or error.__context__


# ---- making layers and models --------------------------------------------------------


def test_a_class_is_no_layer() -> None:
    """One is made of it; what it needs is named."""
    with pytest.raises(TypeError, match=r"make one of it: Flatten\(\)"):
        gg.Sequential([layers.Flatten])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"make one of it: Dense\(units=...\)"):
        gg.Sequential([layers.Dense])  # type: ignore[list-item]


def test_what_was_compiled_is_what_is_to_be_compiled_again() -> None:
    """A changed model names its own optimizer and loss."""
    model = model_of(gg.Input((2,)), gg.Dense(1))
    model.add(gg.Dense(1))
    with pytest.raises(
        gg.GraphgradError,
        match=r"other layers .*compile\(optimizer='sgd', loss='mean_squared_error'\) ",
    ):
        model.fit(*data(), verbose=0)


def test_a_forgotten_super_init_is_named() -> None:
    """Whatever is asked of the layer first."""

    class Forgetful(gg.layers.Layer):
        def __init__(self) -> None:
            self.units = 3

    for use in (lambda f: gg.Sequential([f]), lambda f: f.name, lambda f: f([[1.0]])):
        with pytest.raises(AttributeError, match=r"super\(\).__init__\(\*\*options\)"):
            use(Forgetful())
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'unit'"):
        gg.Dense(1).unit  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("make", "given", "due"),
    [
        (layers.Dense, {"output_dim": 3}, "units"),
        (layers.Dense, {"unit": 3}, "units"),
        (layers.Dense, {"units": 3, "init": "zeros"}, "kernel_initializer"),
        (layers.Dense, {"units": 3, "W_regularizer": "l2"}, "kernel_regularizer"),
        (layers.Dropout, {"p": 0.5}, "rate"),
        (gg.optimizers.SGD, {"lr": 0.5}, "learning_rate"),
    ],
)
def test_an_argument_of_another_name_is_named_before_what_is_missing(
    make: Any, given: Any, due: str
) -> None:
    """The old name is what the user wrote, and what is to be changed."""
    with pytest.raises(TypeError, match=f"takes no .*did you mean '{due}'"):
        make(**given)


# ---- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("from graphgrad.layers import Conv2D", "there is no convolution"),
        ("from graphgrad.layers import LSTM", "no recurrent layers"),
        ("from graphgrad.layers import Dens", "did you mean 'Dense'"),
        ("from graphgrad.layers import Concatenate", "needs branches"),
        ("from graphgrad.optimizers import Adamm", "did you mean 'Adam'"),
        ("from graphgrad.losses import Adam", "it is graphgrad.optimizers.Adam"),
        ("from graphgrad.models import Model", r"gg.Sequential\("),
        ("from graphgrad import Model", r"gg.Sequential\("),
        ("from graphgrad import Denze", "did you mean 'Dense'"),
        ("from graphgrad import LayerNormalization", "it is graphgrad.layers.Layer"),
    ],
)
def test_a_name_that_is_not_here_is_explained(statement: str, said: str) -> None:
    """The attribute says so; `hasattr` can ask for it as always."""
    module, name = statement.removeprefix("from ").split(" import ")
    door = importlib.import_module(module)
    with pytest.raises(AttributeError, match=f"{module!r} has no .*{name!r}: .*{said}"):
        getattr(door, name)
    assert not hasattr(door, name)
    assert not hasattr(door, "__wrapped__")


@pytest.mark.parametrize(
    "name",
    [
        "predict_classes",
        "predict_proba",
        "fit_generator",
        "evaluate_generator",
        "predict_generator",
    ],
)
def test_methods_that_keras_dropped_name_their_successors(name: str) -> None:
    """Old scripts call them."""
    due = name.partition("_")[0]
    with pytest.raises(AttributeError, match=rf"{name}: write model.{due}\("):
        getattr(gg.Sequential([gg.Dense(1)]), name)


def test_a_suggestion_stands_alone() -> None:
    """Where a name is near, the others are not listed; it is said where they are."""
    with pytest.raises(ValueError, match="'mze': did you mean") as raised:
        gg.losses.get("mze")
    assert str(raised.value).endswith("For all names see dir(graphgrad.losses)")
    with pytest.raises(TypeError, match="did you mean 'units'") as refused:
        layers.Dense(3, unit=3)
    assert str(refused.value).endswith("For all see help(Dense)")
    with pytest.raises(TypeError, match="it takes units, activation, use_bias, "):
        layers.Dense(3, xyz=3)
