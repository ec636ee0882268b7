"""Arguments of fit and of other calls that mean nothing are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cases.fits import Stop, X, Y, network, same, state

import graphgrad as gg

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"nb_epoch": 3}, "did you mean 'epochs'"),
    ({"epoch": 3}, "did you mean 'epochs'"),
    ({"workers": 2}, "workers.*in the thread that trains"),
    ({"use_multiprocessing": True}, "use_multiprocessing"),
    ({"shuffle": "yes"}, "shuffle must be one of True, False, 'batch'"),
    ({"batch_size": -1}, "at least 1, got -1"),
    ({"batch_size": 2.5}, "at least 1, got 2.5"),
    ({"batch_size": "all"}, "'full' takes all"),
    ({"epochs": 2.0}, "epochs must be a whole number"),
    ({"initial_epoch": -1}, "initial_epoch"),
    ({"steps_per_epoch": 0}, "steps_per_epoch must be a whole number of at least 1"),
    ({"validation_steps": 3}, "nothing to validate on"),
    ({"validation_batch_size": 3}, "nothing to validate on"),
    ({"validation_freq": 3}, "nothing to validate on"),
    ({"validation_freq": 0, "validation_data": (X, Y)}, "validation_freq"),
    ({"validation_freq": [0], "validation_data": (X, Y)}, "each epoch of"),
    ({"validation_data": (X, Y, Y, Y)}, "pair"),
    ({"validation_data": (X[:3], Y)}, r"validation_data\[0\] has 3"),
    ({"validation_data": (X, Y, -Y - 1)}, r"validation_data\[2\]\[\d+\] is -"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_arguments_that_mean_nothing_are_refused(options: Any, message: str) -> None:
    """Each message names the argument and the way out, before anything changes."""
    model = network()
    before = state(model)
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(X, Y, verbose=0, **options)
    assert same(before, state(model))


def test_other_calls_refuse_what_they_do_not_take() -> None:
    """With the name that was probably meant."""
    model: Any = network()
    calls: list[tuple[Any, str]] = [
        (
            lambda: model.evaluate(X, Y, sample_weights=Y),
            "did you mean 'sample_weight'",
        ),
        (lambda: model.predict(X, batchsize=3), "did you mean 'batch_size'"),
        (lambda: model.predict(X, workers=3), "in the thread"),
        (lambda: model.train_on_batch(X, Y, class_weights={}), "'class_weight'"),
        (lambda: model.test_on_batch(X, Y, weights=Y), "'sample_weight'"),
        (lambda: model.evaluate(X, Y, return_dict="yes"), "True or False"),
        (lambda: model.evaluate(X, Y, steps=0), "steps"),
    ]
    for call, message in calls:
        with pytest.raises((ValueError, TypeError), match=message):
            call()


def test_steps_limit_what_is_evaluated_and_predicted() -> None:
    """So many batches of the data, from the first on."""
    model = network()
    assert (10, 1) == model.predict(X, batch_size=5, steps=2, verbose=0).shape
    expected = model.evaluate(X[:10], Y[:10], verbose=0)
    found = model.evaluate(X, Y, batch_size=5, steps=2, verbose=0)
    assert expected == pytest.approx(found, rel=1e-6)
    assert (20, 1) == model.predict(X, steps=3, verbose=0).shape


def test_what_fit_remembers_is_what_it_returned() -> None:
    """model.history is the history, until the next one."""
    model = network()
    first = model.fit(X, Y, verbose=0)
    assert first is model.history
    assert first is not model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("often", ["epoch", 1, 3])
def test_a_backup_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, often: Any
) -> None:
    """With a shuffle and dropout, from files, in a model made anew."""
    whole = network()
    expected = whole.fit(X, Y, 5, 3, verbose=0).history
    broken = network()
    backup = gg.callbacks.BackupAndRestore(str(tmp_path), save_freq=often)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, Y, 5, 3, 0, [backup, Stop(KeyboardInterrupt())])
    gg.set_random_seed(99)
    again = network()
    backup = gg.callbacks.BackupAndRestore(str(tmp_path), save_freq=often)
    found = again.fit(X, Y, 5, 3, 0, [backup]).history
    assert same(state(whole), state(again))
    assert {name: values[-2:] for name, values in expected.items()} == {
        name: values[-2:] for name, values in found.items()
    }
