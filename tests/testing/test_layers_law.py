"""check_layer passes every layer of ours, and names the law that a wrong one breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad._ops._families import Unary
from graphgrad.testing import LawError, check_layer
from graphgrad.testing import strategies as gst
from graphgrad.testing._layers import LAYER_LAWS
from graphgrad.testing._strategies_layers import TABLE

MIXING = (gl.BatchNormalization,)


# ---- layers of ours ------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
@settings(max_examples=max(2, settings().max_examples // 25))
@given(data=st.data())
def test_layers_of_ours_keep_the_law(kind: type[gg.Layer], data: st.DataObject) -> None:
    """Whatever their settings, and for inputs of all shapes that they take."""
    sides = data.draw(
        gst.shapes(0, 3).filter(lambda each: TABLE[kind](each) is not None)
    )
    layer = data.draw(gst.layers(sides, kinds=[kind]))
    names = check_layer(layer, sides, mixes_rows=isinstance(layer, MIXING))
    assert names == tuple(LAYER_LAWS)
    assert not layer.built


def test_inputs_may_be_given() -> None:
    """Whole numbers have no derivatives; a layer that is built stays as it is."""
    layer = gl.Embedding(7, 2)
    layer([[0.0]])
    before = layer.get_weights()
    check_layer(layer, np.array([[6, 1, 6], [0, 0, 2]]))
    assert all(map(np.array_equal, before, layer.get_weights()))


def test_what_is_no_layer_or_input_is_refused() -> None:
    """And so are laws that there are not."""
    with pytest.raises(TypeError, match=r"takes a layer, an object such as gg.Dense"):
        check_layer(gg.Dense, (3,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a batch of inputs, or the shape of a sample"):
        check_layer(gg.Dense(1), 3)
    with pytest.raises(ValueError, match="skip takes names of laws, got 'pickles'"):
        check_layer(gg.Dense(1), (3,), skip=["pickles"])


# ---- layers of users that are wrong --------------------------------------------------


class Scale(gl.Layer):
    """A layer as one writes it, and right."""

    def __init__(self, start: float = 2.0, **options: Any) -> None:
        """Keep the argument."""
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Any) -> None:
        """Make a weight for each feature."""
        self.factor = self.add_weight(
            "factor", (input_shape[-1],), gg.initializers.Constant(self.start)
        )

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply."""
        return x * self.factor


class MakesWeightsInCall(Scale):
    """A weight for each call."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Make one more."""
        return x * self.factor * self.add_weight("more", (), "ones")


class LosesRows(Scale):
    """Leaves out the last sample."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Return fewer rows."""
        return x[:-1]


class SaysAnotherShape(Scale):
    """Promises one more feature once it is built."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Say what is not so."""
        return (*input_shape[:-1], input_shape[-1] + self.built)


class Widens(Scale):
    """Computes in float64."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply by a wide number."""
        return x * np.float64(2) * gg.cast(self.factor, "float64")


class Counts(Scale):
    """Changes its state whenever it is called."""

    def build(self, input_shape: Any) -> None:
        """Make a counter."""
        super().build(input_shape)
        self.calls = self.add_weight("calls", (), "zeros", trainable=False)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Count."""
        self.calls.assign_add(1.0)
        return x * self.factor


class TrainsItself(Scale):
    """Changes a weight that the optimizer changes."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Make the weight smaller."""
        if training:
            self.factor.assign(self.factor * 0.5)
        return x * 2.0


class Overflows(Scale):
    """Gives no number in training."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Divide by 0."""
        return x / 0.0 if training else x * self.factor


class Centers(Scale):
    """Takes the mean over the batch, also outside training."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Subtract it."""
        return (x - gg.mean(x, axis=0)) * self.factor


class CentersInTraining(Scale):
    """Takes the mean over the batch in training."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Subtract it."""
        return (x - gg.mean(x, axis=0) if training else x) * self.factor


class Stops(Scale):
    """Lets no gradient through to the weight."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply by a constant."""
        return x * gg.stop_gradient(self.factor)


class StopsInput(Scale):
    """Lets half a gradient through to the input."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Stop one of two."""
        return (x + gg.stop_gradient(x)) * self.factor


class Remembers(Scale):
    """Depends on how often Python has run its code."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply by 3 where it is traced."""
        return x * self.factor * (3.0 if x.node is not None and x._value is None else 1)


class LosesAnArgument(Scale):
    """Keeps half of its argument."""

    def __init__(self, start: float = 2.0, **options: Any) -> None:
        """Halve it."""
        super().__init__(start / 2, **options)


class NeedsAnObject(Scale):
    """Has an argument that JSON cannot hold."""

    def get_config(self) -> dict[str, Any]:
        """Return a set."""
        return {**super().get_config(), "start": {self.start}}


class HidesState(Scale):
    """Keeps what it computes with beside its weights."""

    made = 0

    def build(self, input_shape: Any) -> None:
        """Count the layers that were built."""
        super().build(input_shape)
        HidesState.made += 1
        self.offset = float(HidesState.made)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Add the count."""
        return x * self.factor + self.offset


class IsShared(Scale):
    """Is its own copy."""

    def __deepcopy__(self, memo: Any) -> IsShared:
        """Copy nothing."""
        return self


class HoldsALambda(Scale):
    """Cannot be pickled."""

    def __init__(self, start: float = 2.0, **options: Any) -> None:
        """Keep a function without a name."""
        super().__init__(start, **options)
        self.function = lambda x: x


# The layer, the law that it breaks, and what is said.
WRONG: list[tuple[type[Scale], str, str]] = [
    (MakesWeightsInCall, "builds", "make weights in `build`"),
    (SaysAnotherShape, "builds", "which its compute_output_shape says"),
    (LosesRows, "shape", "the output has 2 rows for 3 samples"),
    (Widens, "dtype", "output has the dtype float64, expected float32"),
    (Counts, "inference", "changed counts/calls:"),
    (TrainsItself, "training", "which the optimizer trains"),
    (Overflows, "training", "in training the output is not finite"),
    (Centers, "rows", "with training=False, sample 0 gave another output"),
    (CentersInTraining, "rows", "mixes_rows=True if that is meant"),
    (Stops, "gradients", "factor"),
    (StopsInput, "gradients", "x"),
    (Remembers, "gradients", "the float32 gradient by the input is not that of"),
    (LosesAnArgument, "config", "keep each argument in an attribute of its name"),
    (NeedsAnObject, "config", "which JSON cannot hold"),
    (HidesState, "config", "the layer made by from_config gave"),
    (HoldsALambda, "pickle", "it raised"),
]


def test_a_layer_of_a_user_keeps_the_law() -> None:
    """All of it, also where its weights have a value of their own."""
    assert check_layer(Scale(3.0), (5,)) == tuple(LAYER_LAWS)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize(
    ("kind", "law", "told"), WRONG, ids=[kind.__name__ for kind, _, _ in WRONG]
)
def test_a_wrong_layer_is_told_which_law_it_breaks(
    kind: type[Scale], law: str, told: str
) -> None:
    """With the layer's name, the inputs' shape, and what came."""
    with pytest.raises(LawError) as caught:
        check_layer(kind(), (5,))
    message = str(caught.value)
    assert f"layer {kind.__name__}() breaks the law {law!r} for inputs" in message
    assert "(batch, 5)" in message
    assert told in message


@pytest.mark.parametrize(
    ("kind", "law", "told"),
    [
        (Remembers, "compiled", "a program gave another output than tensors"),
        (HidesState, "saving", "the loaded model predicted"),
    ],
)
def test_later_laws_find_what_earlier_ones_did(
    kind: type[Scale], law: str, told: str
) -> None:
    """Where those are left out."""
    earlier = tuple(LAYER_LAWS)[: tuple(LAYER_LAWS).index(law)]
    with pytest.raises(LawError, match=told):
        check_layer(kind(), (5,), skip=earlier)


def test_a_layer_that_is_its_own_copy_is_told() -> None:
    """Its copies share its variables."""
    with pytest.raises(LawError, match="a deep copy shares variables"):
        check_layer(IsShared(), (5,), skip=[n for n in LAYER_LAWS if n != "copies"])


@pytest.mark.parametrize("kind", [Centers, CentersInTraining])
def test_mixing_rows_is_allowed_in_training(kind: type[Scale]) -> None:
    """Not outside: there a prediction would depend on its neighbours."""
    if kind is Centers:
        with pytest.raises(LawError, match="with training=False, sample 0"):
            check_layer(kind(), (5,), mixes_rows=True)
    else:
        check_layer(kind(), (5,), mixes_rows=True)


class Halved(Unary):
    """Multiply by 1/2, with a derivative of 1."""

    notation = "{0}/2"
    reads = ((),)

    def evaluate(self, *inputs: Any) -> Any:
        """Halve."""
        return inputs[0] * np.asarray(0.5, inputs[0].dtype)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the product."""
        return [f"np.multiply({inputs[0]}, 0.5, out={out})"]

    def vjp(self, i: int, g: Any, y: Any, *inputs: Any) -> Any:
        """Forget the half."""
        return g


gg.OPS.pop("halved")


class Halves(Scale):
    """Uses a primitive with a wrong rule."""

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Halve the product."""
        return Halved()(x * self.factor)


def test_a_wrong_rule_of_a_primitive_is_found_in_its_layer() -> None:
    """The factor is 2."""
    with pytest.raises(LawError, match="breaks the law 'gradients'"):
        check_layer(Halves(), (5,))
