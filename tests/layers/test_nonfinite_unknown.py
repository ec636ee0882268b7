"""Steps that cannot be run again, or not all: what is said of those."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.diverging import STEPS, X, Y, batches, fit, growing, made, site_of, warned

import graphgrad as gg
from graphgrad.layers import _nonfinite
from graphgrad.layers._nonfinite import Search


def test_of_a_generator_a_warning_says_what_is_not_known() -> None:
    """And how to know it."""
    found = warned(
        lambda: growing().fit(batches(), steps_per_epoch=4, epochs=4, verbose=0)
    )
    assert found.site is None
    assert "cannot be asked for again" in str(found)
    assert "on_nonfinite='raise'" in str(found)


def test_a_callback_that_changes_weights_is_noticed() -> None:
    """Between batches; what would be computed again is not what was."""

    class Shrink(gg.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Change a weight, but not in each step."""
            if batch == 0:
                weight = self.model.weights[1]
                weight.assign(weight.numpy() * 0.5)

    found = warned(lambda: fit(growing(), epochs=9, callbacks=[Shrink()]))
    assert found.site is None
    assert "a callback perhaps" in str(found)
    model = growing()
    site = site_of(
        lambda: fit(model, epochs=9, callbacks=[Shrink()], on_nonfinite="restore")
    )
    assert site.kind in ("NaN", "Inf")


class Silent:
    """A backend that does not tell what operations compute."""

    name = "silent"

    def rules(self) -> Any:
        """Have those of NumPy."""
        return gg.backend.NumPy().rules()

    def code(self, *args: Any, **options: Any) -> Any:
        """Let NumPy do it, but tell nothing."""
        made = gg.backend.NumPy().code(*args, **options)
        inner = made.noted

        def noted(note: Any, *, values: bool = False) -> Any:
            if not values:
                return inner(note)
            return inner(lambda name, _: note(name, None), values=True)

        made.noted = noted  # type: ignore[method-assign]
        return made


def test_a_backend_that_tells_nothing_leaves_the_step() -> None:
    """Which is said."""
    with gg.backend.using(Silent()):
        found = warned(lambda: fit(growing(), epochs=9))
    assert found.site is None
    assert "the backend tells no more" in str(found)


def test_without_memory_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training goes on."""

    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(gg.recording, "recorded", full)
    model = growing()
    found = warned(lambda: fit(model, epochs=4))
    assert "There is no memory" in str(found)
    assert model.program("fit").runs == 4 * STEPS


def test_a_rate_that_changes_between_epochs_is_right() -> None:
    """What was changed before an epoch began is part of the state that is kept."""
    rates = gg.callbacks.LearningRateScheduler(lambda epoch: 0.01 if epoch < 2 else 1e9)
    model = made(gg.Dense(8, "relu"), gg.Dense(1), optimizer=gg.optimizers.SGD(0.01))
    found = warned(lambda: fit(model, epochs=4, callbacks=[rates]))
    assert found.site is not None
    assert "in epoch 3" in str(found)


def test_epochs_of_few_steps_share_a_copy_of_a_large_state() -> None:
    """The step is found though it is several epochs after the copy."""

    def wide() -> gg.Sequential:
        return made(gg.Dense(3000), gg.Dense(1), optimizer=gg.optimizers.SGD(1.0))

    model = wide()
    found = warned(lambda: fit(model, X, Y, batch_size=100, epochs=20))
    assert found.site is not None
    losses = model.history.history["loss"]  # type: ignore[union-attr]
    assert 2 < int(np.isfinite(losses).argmin()) < 19
    epoch = int(np.isfinite(losses).argmin()) + 1
    assert f"in epoch {epoch}: in step 1" in str(found).replace(
        f"of epoch {epoch - 1}, ", ""
    )


def test_orders_of_epochs_are_kept_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where they come to more than the bound, the state is copied instead.

    A number of an order takes four bytes: 8 of 400 bytes are the first above 3,000.
    """
    monkeypatch.setattr(_nonfinite, "LARGE", 3000)
    search = Search(made(gg.Dense(1)), _Replaying(), "warn")  # type: ignore[arg-type]
    most = 0
    for epoch in range(20):
        search.begin(epoch, np.arange(100), 0, 0)
        search.ran(1)
        most = max(most, len(search._passes))
    assert most == 8


class _Replaying:
    """Data whose batches can be asked for again."""

    replays = True
