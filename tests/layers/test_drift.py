"""Ranges of training inputs, and inputs that lie outside of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad.callbacks import InputRanges
from graphgrad.contracts import Drift, DriftWarning, FeatureDrift, Ranges
from graphgrad.layers._drift import DriftMeter
from graphgrad.layers._ranges import Meter, parts
from graphgrad.layers._registry import SavingError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X.sum(axis=1)

ARRAYS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(2, 12), st.integers(1, 3)),
    elements=st.floats(-1e3, 1e3, width=32),
)


def model(width: int = 3) -> gg.Sequential:
    """Return a compiled model."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((width,)), gg.Dense(1)])
    made.compile("sgd", "mse")
    return made


def trained() -> gg.Sequential:
    """Return a model that knows the ranges of X."""
    made = model()
    made.fit(X, Y, verbose=0, callbacks=[InputRanges()])
    return made


def ranges_of(x: np.ndarray) -> Ranges:
    """Return ranges by NumPy, over all axes but the last."""
    flat = x.astype(np.float32).astype(np.float64).reshape(-1, x.shape[-1])
    found = (flat.min(0), flat.max(0), flat.mean(0), flat.std(0))
    return Ranges(len(flat), *(tuple(each.tolist()) for each in found))


def close(one: Ranges | None, other: Ranges) -> bool:
    """Say whether all numbers are the same, but for the order of sums."""
    assert one is not None
    exact = (one.count, one.low, one.high) == (other.count, other.low, other.high)
    means = np.allclose(one.mean, other.mean, atol=1e-9)
    return exact and means and np.allclose(one.std, other.std, atol=1e-6)


# ---- measuring -----------------------------------------------------------------------


@given(ARRAYS, st.integers(1, 11))
def test_parts_measure_as_the_whole(x: np.ndarray, at: int) -> None:
    """However the data are divided, and after a break."""
    meter = Meter()
    meter.add(x[:at])
    meter = Meter(meter.ranges())
    if len(x) > at:
        meter.add(x[at:])
    assert close(meter.ranges(), ranges_of(x))


def test_nothing_has_no_ranges() -> None:
    """Before anything has passed."""
    assert Meter().ranges() is None


def test_numbers_far_from_zero_keep_their_deviation() -> None:
    """Sums of squares would leave none of it."""
    meter = Meter()
    for part in (np.full((1000, 1), 1e6 - 1), np.full((1000, 1), 1e6 + 1)):
        meter.add(part)
    found = meter.ranges()
    assert found is not None
    assert (1e6, 1.0) == (found.mean[0], found.std[0])


def test_parts_are_small_and_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """With rows of an index, too."""
    monkeypatch.setattr("graphgrad.layers._ranges.CHUNK", 6)
    assert [2, 2, 1] == [len(part) for part in parts(X[:5])]
    rows = np.array([7, 3, 9])
    assert np.array_equal(X[rows], np.concatenate(list(parts(X, rows))))


@pytest.mark.parametrize(
    "change",
    [
        {"count": 0},
        {"count": "many"},
        {"low": [0.0]},
        {"high": [1.0, float("nan")]},
        {"mean": None},
        {"std": ["a", "b"]},
        {"count": True},
        {"low": [1e6, 0.0]},
        {"std": [1.0, -1.0]},
    ],
)
def test_what_is_damaged_is_refused(change: dict[str, Any]) -> None:
    """As all of a file that a model is loaded from."""
    known = ranges_of(X[:, :2]).to_dict()
    assert Ranges.from_dict(json.loads(json.dumps(known))) == ranges_of(X[:, :2])
    with pytest.raises(SavingError, match="what it says of inputs is damaged"):
        Ranges.from_dict({**known, **change})
    with pytest.raises(SavingError, match="damaged"):
        Ranges.from_dict({})


def test_one_feature_is_told_as_one() -> None:
    """In the table of the contract."""
    made = model(1)
    made.fit(X[:, :1], Y, verbose=0, callbacks=[InputRanges()])
    assert "seen    1 feature  " in str(made.contract)


# ---- recording -----------------------------------------------------------------------


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give X in four batches."""
    for start in range(0, 40, 10):
        yield X[start : start + 10], Y[start : start + 10]


class Batches(gg.utils.PyDataset):
    """X in four batches, again and again."""

    def __len__(self) -> int:
        """Count them."""
        return 4

    def __getitem__(self, index: int) -> Any:
        """Return one."""
        return list(batches())[index]


def test_fit_records_what_it_trains_on() -> None:
    """Once, however many epochs there are; what is held out is not."""
    made = model()
    made.fit(X, Y, epochs=3, verbose=0, callbacks=[InputRanges()])
    assert close(made.contract.seen, ranges_of(X))
    made.fit(X, Y, verbose=0, validation_split=0.25, callbacks=[InputRanges()])
    assert close(made.contract.seen, ranges_of(X[:30]))
    held_out = (100 * X, Y)
    made.fit(X, Y, verbose=0, validation_data=held_out, callbacks=[InputRanges()])
    assert close(made.contract.seen, ranges_of(X))


def test_rows_that_stratify_leaves_are_those_recorded() -> None:
    """They are named by an index."""
    made = gg.Sequential([gg.Input((3,)), gg.Dense(1, "sigmoid")])
    made.compile("sgd", "binary_crossentropy")
    y = np.repeat([0, 1], 20)
    options: dict[str, Any] = {"validation_split": 0.5, "stratify": True, "verbose": 0}
    made.fit(X, y, callbacks=[InputRanges()], **options)
    assert close(made.contract.seen, ranges_of(np.r_[X[:10], X[20:30]]))


@pytest.mark.parametrize("once", [True, False])
def test_batches_of_a_stream_are_recorded_as_they_come(once: bool) -> None:
    """The first one, which is looked at before, counts as the others do."""
    made = model()
    data = batches() if once else Batches()
    made.fit(data, epochs=1 if once else 2, verbose=0, callbacks=[InputRanges()])
    whole = X if once else np.concatenate([X, X])
    assert close(made.contract.seen, ranges_of(whole))


def test_one_callback_begins_anew_with_each_fit() -> None:
    """The ranges are those of the last one."""
    ranges, made = InputRanges(), model()
    made.fit(100 * X, Y, verbose=0, callbacks=[ranges])
    made.fit(X, Y, verbose=0, callbacks=[ranges])
    assert close(made.contract.seen, ranges_of(X))


def test_images_have_features_along_the_last_axis() -> None:
    """And numbers in a row are one feature."""
    made = gg.Sequential([gg.Input((4, 2)), gg.layers.Flatten(), gg.Dense(1)])
    made.compile("sgd", "mse")
    x = RNG.normal(size=(10, 4, 2))
    made.fit(x, np.ones(10), verbose=0, callbacks=[InputRanges()])
    assert close(made.contract.seen, ranges_of(x))
    line = model(1)
    line.fit(X[:, 0], Y, verbose=0, callbacks=[InputRanges()])
    assert close(line.contract.seen, ranges_of(X[:, :1]))
    assert line.contract.drift([99.0]).features[0].row == 0


def test_training_is_the_same_with_ranges_and_without() -> None:
    """They are no part of the program."""
    one, other = model(), model()
    one.fit(X, Y, epochs=2, verbose=0)
    other.fit(X, Y, epochs=2, verbose=0, callbacks=[InputRanges()])
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)
    assert one.contract.seen is None


def test_ranges_are_those_of_inputs_of_this_shape() -> None:
    """A model that is built for others has none."""
    made = gg.Sequential([gg.layers.GlobalAveragePooling1D(), gg.Dense(1)])
    made.compile("sgd", "mse")
    made.fit(np.ones((4, 2, 3)), np.ones(4), verbose=0, callbacks=[InputRanges()])
    made.build((None, 5, 3))
    assert made.contract.seen is None


def test_a_training_that_goes_on_goes_on_with_its_ranges() -> None:
    """As `BackupAndRestore` does it."""
    first, second = InputRanges(), InputRanges()
    first.look_at_inputs(X[:30], "fit")
    state = json.loads(json.dumps(first.get_state()))
    second.set_state(state)
    second.look_at_inputs(X[30:], "fit")
    assert close(Ranges.from_dict(second.get_state()), ranges_of(X))
    empty = InputRanges()
    empty.set_state(InputRanges().get_state())
    assert {} == empty.get_state()


def test_ranges_of_other_features_are_refused_in_a_file(tmp_path: Path) -> None:
    """As arrays of another shape are."""
    made = trained()
    made._ranges = ranges_of(X[:, :2])
    made.save(tmp_path / "m.safetensors")
    with pytest.raises(SavingError, match="ranges of 2 features, and a model of 3"):
        gg.load_model(tmp_path / "m.safetensors")


# ---- comparing -----------------------------------------------------------------------


def test_what_lies_outside_is_said_feature_by_feature() -> None:
    """By hand: the range 0 to 2 has the deviation 1, and 5 is 3 beyond."""
    made = model(2)
    x = np.array([[0.0, 4.0], [2.0, 4.0]])
    made.fit(x, [1, 2], verbose=0, callbacks=[InputRanges()])
    found = made.contract.drift([[1.0, 4.0], [-1.0, 4.5], [5.0, 4.0]])
    constant = FeatureDrift(1, 4.0, 4.0, 4.0, 4.5, outside=1, row=1, far=np.inf)
    far = FeatureDrift(0, 0.0, 2.0, -1.0, 5.0, outside=2, row=1, far=3.0)
    assert Drift(3, 2, (constant, far)) == found
    assert found
    assert str(found).splitlines() == [
        "2 of 3 rows lie outside of the ranges of training:",
        "  feature 1 from 4 to 4.5, beyond 4 to 4 (once in row 1)",
        "  feature 0 from -1 to 5, 3 std beyond 0 to 2 (2 times, first in row 1)",
    ]
    described = json.loads(json.dumps(found.to_dict()))
    assert [None, 3.0] == [each["far"] for each in described["features"]]


def test_inputs_of_training_do_not_drift() -> None:
    """Not by the last bit either, whatever dtype they come in."""
    made = trained()
    for x in (X, X.astype(np.float32), X[::-1], X[5:6]):
        found = made.contract.drift(x)
        assert not found
        assert str(found).endswith("lie within the ranges of training")


@given(ARRAYS, st.integers(1, 11))
def test_parts_compare_as_the_whole(x: np.ndarray, at: int) -> None:
    """Rows are counted on."""
    seen = Ranges(2, *[(v,) * x.shape[1] for v in (-10.0, 10.0, 0.0, 10.0)])
    one, other = DriftMeter(seen), DriftMeter(seen)
    one.add(x)
    other.add(x[:at])
    if len(x) > at:
        other.add(x[at:])
    assert one.drift() == other.drift()
    outside = (x < -10) | (x > 10)
    assert one.drift().rows_outside == outside.any(axis=1).sum()
    counts = {each.feature: each.outside for each in one.drift().features}
    assert counts == {i: n for i, n in enumerate(outside.sum(axis=0)) if n}


def test_many_features_are_not_all_said() -> None:
    """The farthest are; the table has all."""
    meter = DriftMeter(Ranges(2, *[(v,) * 9 for v in (0.0, 1.0, 0.5, 0.5)]))
    meter.add(np.full((1, 9), 7.0))
    lines = str(meter.drift()).splitlines()
    assert (7, "  and 4 more features") == (len(lines), lines[-1])
    assert len(meter.drift().features) == 9


@pytest.mark.parametrize("stage", ["predict", "evaluate"])
@pytest.mark.parametrize("stream", [False, True])
def test_predict_and_evaluate_warn_if_asked(stage: str, stream: bool) -> None:
    """Once for a call, with the rows of all batches; without the callback nothing."""
    made = trained()
    x = X.copy()
    x[33, 1] = 50.0
    y = () if stage == "predict" else (Y,)
    data: Any = (x, *y)
    if stream:
        rows = [slice(0, 20), slice(20, 40)]
        data = ([tuple(each[part] for each in (x, *y)) for part in rows],)
        data = (iter(data[0]),)
    call = getattr(made, stage)
    with pytest.warns(DriftWarning, match=r"feature 1 .* in row 33\)") as caught:
        call(*data, verbose=0, callbacks=[InputRanges()])
    assert "1 of 40 rows" in str(caught[0].message)
    call(x, *y, verbose=0)
    call(X, *y, verbose=0, callbacks=[InputRanges()])


def test_two_of_them_warn_once() -> None:
    """They would say the same."""
    x = X.copy()
    x[33, 1] = 50.0
    with pytest.warns(DriftWarning) as caught:
        trained().predict(x, verbose=0, callbacks=[InputRanges(), InputRanges()])
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("index", "said", "label"),
    [
        (list("abcd"), "(once in row 'c')", "'c'"),
        ([7, 8, 9, 10], "(once in row 9)", "9"),
        (None, "(once in row 2)", None),
    ],
)
def test_rows_are_called_as_the_index_calls_them(
    index: Any, said: str, label: str | None
) -> None:
    """The number of the row is there as well; one that is its label has none."""
    made = model()
    frame = pd.DataFrame(X, columns=["p", "q", "r"])
    made.fit(frame, Y, verbose=0, callbacks=[InputRanges()])
    new = pd.DataFrame(X[:4].copy(), index, ["p", "q", "r"])
    new.iloc[2, 1] = 50.0
    (found,) = made.contract.drift(new).features
    assert (found.row, found.label, found.name) == (2, label, "q")
    assert said in str(found)


def test_a_validation_within_fit_is_not_compared() -> None:
    """Its data are not those of a model in use."""
    made = trained()
    held_out = (100 * X, Y)
    made.fit(X, Y, verbose=0, validation_data=held_out, callbacks=[InputRanges()])


def test_without_ranges_the_way_to_them_is_said() -> None:
    """Before anything is predicted."""
    made = model()
    said = r"fit with callbacks=\[gg\.callbacks\.InputRanges\(\)\]"
    with pytest.raises(gg.GraphgradError, match=said):
        made.contract.drift(X)
    with pytest.raises(gg.GraphgradError, match=said):
        made.predict(X, verbose=0, callbacks=[InputRanges()])


def test_what_cannot_be_compared_is_refused() -> None:
    """As `predict` refuses it."""
    made = trained()
    with pytest.raises(gg.ShapeError, match="with 2 along axis 1"):
        made.contract.drift(X[:, :2])
    with pytest.raises(ValueError, match=r"x\[0, 0\] is nan"):
        made.contract.drift(X * np.nan)
    with pytest.raises(ValueError, match="of 3 features, got inputs of shape"):
        DriftMeter(ranges_of(X)).add(np.ones((2, 4)))


@pytest.mark.parametrize("call", ["predict", "evaluate"])
def test_rows_that_steps_leave_out_are_not_compared(call: str) -> None:
    """They are not predicted either."""
    made, x = trained(), X.copy()
    x[20:] *= 100
    labels = () if call == "predict" else (Y,)
    options: dict[str, Any] = {"batch_size": 10, "verbose": 0}
    use = getattr(made, call)
    use(x, *labels, steps=2, callbacks=[InputRanges()], **options)
    with pytest.warns(DriftWarning, match="of 30 rows"):
        use(x, *labels, steps=3, callbacks=[InputRanges()], **options)
