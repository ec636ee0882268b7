"""Drawn layers, losses, optimizers and models fit each other, and are of all kinds."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad import losses
from graphgrad.testing import strategies as gst
from graphgrad.testing._strategies_layers import TABLE
from graphgrad.testing._strategies_models import LOSSES
from graphgrad.testing._strategies_optimizers import SETTINGS

KINDS = list(dict.fromkeys(row[0] for row in LOSSES))


def exported(door: Any, base: type) -> set[Any]:
    """Return the classes of a kind that a module exports."""
    things = [getattr(door, name) for name in door.__all__]
    classes = [each for each in things if inspect.isclass(each)]
    return {each for each in classes if issubclass(each, base)} - {base}


def test_every_class_is_drawn() -> None:
    """What graphgrad exports, and nothing is forgotten."""
    assert set(TABLE) == exported(gl, gg.Layer)
    assert {row[0] for row in LOSSES} == exported(losses, losses.Loss)
    assert set(SETTINGS) == exported(gg.optimizers, gg.optimizers.Optimizer)


@given(shape=gst.shapes(0, 3), data=st.data())
def test_layers_take_the_samples_that_they_are_drawn_for(
    shape: tuple[int, ...], data: st.DataObject
) -> None:
    """Their outputs are finite, and of the shape that they say."""
    layer = data.draw(gst.layers(shape))
    x = data.draw(gst.inputs(layer, shape))
    found = layer(x)
    assert layer.compute_output_shape((None, *shape)) == (None, *found.shape[1:])
    assert np.all(np.isfinite(found.numpy()))


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_each_class_can_be_asked_for(kind: type[gg.Layer]) -> None:
    """With samples of the number of axes that it takes."""
    for shape in ((2,), (2, 2), (2, 2, 2)):
        if TABLE[kind](shape) is not None:
            assert type(gst.smallest(gst.layers(shape, kinds=[kind]))) is kind
            return
    pytest.fail(f"{kind.__name__} takes no sample")


def test_layers_that_take_no_such_sample_are_refused() -> None:
    """The error says which do."""
    with pytest.raises(ValueError, match=r"no layer of RepeatVector takes .* Dense"):
        gst.layers((2, 3), kinds=[gl.RepeatVector])


@given(gst.losses_with_labels())
def test_losses_take_their_labels_and_outputs(case: gst.LossCase) -> None:
    """The value is a finite number, and `check` has nothing to say."""
    case.loss.check(case.y_true, case.y_pred.shape)
    value = case.loss(case.y_true, case.y_pred)
    assert value.shape == ()
    assert np.isfinite(value.item())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=2)
@given(data=st.data())
def test_outputs_of_a_last_layer_fit_the_loss(kind: Any, data: st.DataObject) -> None:
    """The activation that a case names makes such outputs."""
    case = data.draw(gst.losses_with_labels(3, [kind]))
    assert isinstance(case.loss, kind)
    unit = case.activation == "unit"
    last = gg.Dense(case.y_pred.shape[-1], None if unit else case.activation)
    model = gg.Sequential([gg.Input((2,)), last, *[gl.UnitNormalization()] * unit])
    model.compile("sgd", case.loss)
    history = model.fit(np.ones((3, 2)), case.y_true, verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_losses_that_there_are_not_are_refused() -> None:
    """A function of the user's has no labels that we knew of."""
    unknown: Any = [abs]
    with pytest.raises(
        ValueError,
        match=r"kinds must be a list of classes of graphgrad.losses.*got \[<built-in",
    ):
        gst.smallest(gst.losses_with_labels(kinds=unknown))


@given(gst.optimizers())
def test_optimizers_are_described_by_their_settings(optimizer: Any) -> None:
    """Each is made again from its configuration."""
    config = optimizer.get_config()
    assert type(optimizer).from_config(config).get_config() == config


@given(gst.schedules(0.5))
def test_schedules_start_at_the_rate(schedule: Any) -> None:
    """And end below it."""
    assert float(schedule(0)) == pytest.approx(0.5)


@given(gst.models())
def test_models_can_be_trained_and_asked(case: gst.ModelCase) -> None:
    """A step, and predictions, without a warning."""
    model, x, y = case
    model.fit(x, y, verbose=0)
    assert len(model.predict(x, verbose=0)) == len(x)


def test_models_shrink_to_a_single_layer() -> None:
    """Two samples of one number, and SGD without any option."""
    model, x, y = gst.smallest(gst.models())
    assert [layer.title() for layer in model.layers] == ["Dense(1)"]
    assert x.tolist() == y.tolist() == [[0.0], [0.0]]
    assert isinstance(model.optimizer, gg.optimizers.SGD)
    assert isinstance(model.loss, losses.MeanSquaredError)
    assert model.optimizer.clipnorm is None


def test_models_shrink_to_what_fails_in_them() -> None:
    """A fault of one layer is shown in a model of it and the last one."""

    def fails(case: gst.ModelCase) -> bool:
        return any(isinstance(each, gl.ELU) for each in case.model.layers)

    model, x, _ = gst.smallest(gst.models(), fails)
    assert [layer.title() for layer in model.layers] == ["ELU(1)", "Dense(1)"]
    assert x.shape == (2, 1)
