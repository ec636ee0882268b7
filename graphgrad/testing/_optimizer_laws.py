"""The laws of optimizers, each a function that raises what it found."""

from __future__ import annotations

import copy
import json
import pickle
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._types import Array
from graphgrad.optimizers.schedules import PiecewiseConstantDecay
from graphgrad.testing._asked import check_whole
from graphgrad.testing._laws import FoundError, close, same

__all__ = [
    "OptimizerUnderTest",
    "compiled",
    "config",
    "copies",
    "descent",
    "pickles",
    "rate",
    "repeats",
    "rest",
    "saving",
    "schedule",
    "slots",
]

__tracebackhide__ = True  # pytest shows the line of the test

# How many steps are compared, and how many are enough to come nearer to a minimum.
STEPS, MANY = 6, 60
# A few roundings of float32: what sums may lose that are added up in another order.
ULPS = 5e-7
# Rates that float32 has, so that a schedule and a number are the same.
HIGH, LOW = 0.125, 0.03125
# One that none should find too large for a function of curvature 1.
SMALL = 0.01

Named = list[tuple[str, Array]]


class OptimizerUnderTest:
    """An optimizer, of which each law makes its own, with weights and gradients.

    >>> case = OptimizerUnderTest(gg.optimizers.SGD(0.5))
    >>> [weight.shape for weight in case.weights()], len(case.gradients)
    ([(3,), (2, 3)], 6)
    """

    def __init__(self, optimizer: gg.optimizers.Optimizer, *, seed: int = 0) -> None:
        """Draw gradients by ``seed``."""
        if not isinstance(optimizer, gg.optimizers.Optimizer):
            raise TypeError(
                "check_optimizer takes an optimizer, an object such as "
                f"gg.optimizers.Adam(0.1), got {optimizer!r}"
            )
        check_whole("seed", seed, 0)
        self.optimizer = optimizer
        random = np.random.default_rng(seed)
        self.gradients = [
            [random.normal(size=shape).astype(np.float32) for shape in ((3,), (2, 3))]
            for _ in range(STEPS)
        ]

    def fresh(self, **changed: Any) -> gg.optimizers.Optimizer:
        """Return one like it that has made no step, with some arguments changed."""
        kept = self.optimizer.get_config()
        missing = sorted(changed.keys() - kept.keys())
        if missing:
            raise FoundError(
                f"it takes no {missing[0]}: pass what is not of your own on, by "
                "super().__init__(learning_rate, **options)"
            )
        made: gg.optimizers.Optimizer = type(self.optimizer).from_config(kept | changed)
        return made

    def weights(self) -> list[gg.Variable]:
        """Return new weights; they start farther from the minimum than 0 is."""
        starts: dict[str, Any] = {
            "layer/bias": [2.0, -1.5, 1.0],
            "layer/kernel": [[1.0, -2.0, 1.5], [-1.0, 2.0, -1.5]],
        }
        return [
            gg.Variable(np.array(start, np.float32), name=name)
            for name, start in starts.items()
        ]

    def after(
        self,
        optimizer: gg.optimizers.Optimizer,
        run: Callable[..., Any] | None = None,
        weights: list[gg.Variable] | None = None,
    ) -> Named:
        """Return weights and state by name, after a step for each gradient."""
        mine = self.weights() if weights is None else weights
        with np.errstate(all="ignore"):
            for grads in self.gradients:
                if run is None:
                    optimizer.apply(list(zip(map(gg.tensor, grads), mine, strict=True)))
                else:
                    run(*grads)
        return [(each.name, each.numpy()) for each in [*mine, *optimizer.variables]]

    def report(self, law: str, found: str) -> str:
        """Write what is told of a broken law."""
        return f"optimizer {self.optimizer.title()} breaks the law {law!r}: {found}"


def _alike(due: Named, found: Named, what: str, tolerance: float = 0.0) -> None:
    if [name for name, _ in due] != [name for name, _ in found]:
        raise FoundError(
            f"{what} state called {', '.join(name for name, _ in found)}, expected "
            f"{', '.join(name for name, _ in due)}"
        )
    for (name, mine), (_, other) in zip(due, found, strict=True):
        told = f"{what} another {name}:"
        if tolerance:
            close(mine, other, told, tolerance)
        else:
            same(mine, other, told)


# ---- state ---------------------------------------------------------------------------


def slots(case: OptimizerUnderTest) -> None:
    """Check that each weight has its slots, like it, and that all stays finite."""
    optimizer, weights = case.fresh(), case.weights()
    case.after(optimizer, weights=weights)
    for weight in weights:
        names = [f"{optimizer.name}/{slot}/{weight.name}" for slot in optimizer.slots]
        for each in optimizer.variables:
            if each.name in names:
                _like(each, weight)
    for each in [*weights, *optimizer.variables]:
        if not np.all(np.isfinite(each.numpy())) and "/average/" not in each.name:
            raise FoundError(f"{each.name} is not finite: {each.numpy()}")


def _like(slot: gg.Variable, weight: gg.Variable) -> None:
    if (slot.shape, slot.dtype) != (weight.shape, weight.dtype):
        raise FoundError(
            f"{slot.name} is {slot.dtype} {slot.shape}, and its weight "
            f"{weight.dtype} {weight.shape}"
        )
    if slot.trainable:
        raise FoundError(f"{slot.name} can be trained: make it with trainable=False")


# ---- steps ---------------------------------------------------------------------------


def rate(case: OptimizerUnderTest) -> None:
    """Check that a learning rate of 0 moves nothing, and one that is not 0 does."""
    found = case.weights()
    case.after(case.fresh(learning_rate=0.0), weights=found)
    _stay(case, found, "a learning rate of 0 moves")
    moved = case.weights()
    case.after(case.fresh(learning_rate=HIGH), weights=moved)
    for weight, start in zip(moved, case.weights(), strict=True):
        if np.array_equal(weight.numpy(), start.numpy()):
            raise FoundError(
                f"with a learning rate of {HIGH:g}, {STEPS} steps leave {weight.name} "
                "as it was: assign its new value, gg.assign(variable, ...)"
            )


def rest(case: OptimizerUnderTest) -> None:
    """Check that gradients of 0 move nothing from the start, without weight decay."""
    decays = {"weight_decay": 0.0} if case.optimizer.weight_decay else {}
    optimizer, weights = case.fresh(**decays), case.weights()
    for _ in range(STEPS):
        optimizer.apply([(gg.zeros_like(each), each) for each in weights])
    _stay(case, weights, "without weight decay, gradients of 0 move")


def _stay(case: OptimizerUnderTest, found: list[gg.Variable], what: str) -> None:
    for weight, start in zip(found, case.weights(), strict=True):
        same(start.numpy(), weight.numpy(), f"{what} {weight.name}:")


def descent(case: OptimizerUnderTest) -> None:
    """Check that steps come nearer to the minimum of a convex quadratic function."""
    optimizer, weights = case.fresh(learning_rate=SMALL), case.weights()
    targets = [np.sign(each.numpy()) * 0.25 for each in weights]

    def loss() -> float:
        pairs = zip(weights, targets, strict=True)
        return float(sum(np.sum((w.numpy() - t) ** 2) for w, t in pairs) / 2)

    before = loss()
    for _ in range(MANY):
        grads = [each.numpy() - t for each, t in zip(weights, targets, strict=True)]
        optimizer.apply(list(zip(map(gg.tensor, grads), weights, strict=True)))
    after = loss()
    if not after < before:
        raise FoundError(
            f"after {MANY} steps with a learning rate of {SMALL:g}, ½ Σ (w - t)² is "
            f"{after:.6g}, and was {before:.6g}"
        )


def compiled(case: OptimizerUnderTest) -> None:
    """Check that programs leave the weights and the state that tensors leave."""
    eager, program = case.fresh(), case.fresh()
    weights = case.weights()

    def step(*grads: gg.Tensor) -> gg.Tensor:
        program.apply(list(zip(grads, weights, strict=True)))
        return program.learning_rate * 1

    program.build(weights)
    due = case.after(eager)
    found = case.after(program, gg.jit(step), weights)
    _alike(due, found, "a program left", ULPS)


def schedule(case: OptimizerUnderTest) -> None:
    """Check that a schedule does what it does to assign its numbers step by step."""
    falling = PiecewiseConstantDecay([STEPS // 2], [HIGH, LOW])
    scheduled, assigned, constant = case.weights(), case.weights(), case.weights()
    case.after(case.fresh(learning_rate=falling), weights=scheduled)
    case.after(case.fresh(learning_rate=HIGH), weights=constant)
    optimizer = case.fresh(learning_rate=HIGH)
    for i, grads in enumerate(case.gradients):
        optimizer.learning_rate = float(falling(i))
        optimizer.apply(list(zip(map(gg.tensor, grads), assigned, strict=True)))
    for one, other in zip(assigned, scheduled, strict=True):
        what = (
            f"with a rate of {HIGH:g} that a schedule lowers to {LOW:g}, {one.name} is "
            "not what it is where that is assigned:"
        )
        same(one.numpy(), other.numpy(), what)
    pairs = zip(scheduled, constant, strict=True)
    if all(np.array_equal(one.numpy(), other.numpy()) for one, other in pairs):
        raise FoundError(
            f"a schedule that lowers the rate from {HIGH:g} to {LOW:g} changes "
            "nothing: take the rate that `update_step` is given"
        )


def repeats(case: OptimizerUnderTest) -> None:
    """Check that the same gradients lead to the same bits."""
    due, found = case.after(case.fresh()), case.after(case.fresh())
    _alike(due, found, "a second run left")


# ---- copies --------------------------------------------------------------------------


def config(case: OptimizerUnderTest) -> None:
    """Check that the arguments that an optimizer names make one that steps alike."""
    kept = case.optimizer.get_config()
    try:
        json.dumps(gg.optimizers.serialize(case.optimizer))
    except TypeError as error:
        raise FoundError(
            f"get_config gave {kept!r}, which JSON cannot hold ({error}): return "
            "numbers, texts, lists and dicts, or gg.optimizers.serialize(object)"
        ) from error
    again = case.fresh()
    if again.get_config() != kept:
        raise FoundError(
            f"get_config gave {kept!r}, and that of the optimizer made from it "
            f"{again.get_config()!r}: keep each argument in an attribute of its name"
        )
    if not case.optimizer.built:
        due = case.after(copy.deepcopy(case.optimizer))
        _alike(due, case.after(again), "the optimizer made by from_config left")


def saving(case: OptimizerUnderTest) -> None:
    """Check that a model comes back from a file with all state, and trains on alike."""
    own = {type(case.optimizer).__name__: type(case.optimizer)}
    if case.optimizer.schedule is not None:
        own[type(case.optimizer.schedule).__name__] = type(case.optimizer.schedule)  # type: ignore[assignment]

    def through_a_file(model: gg.Sequential) -> gg.Sequential:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            # Who is registered nowhere is told so; here it is known.
            warnings.simplefilter("ignore", UserWarning)
            path = str(Path(folder) / "model.safetensors")
            model.save(path)
            return gg.load_model(path, custom_objects=own)

    _check_copy(case, through_a_file, "the loaded model")


def copies(case: OptimizerUnderTest) -> None:
    """Check that a deep copy trains on alike, and apart."""
    _check_copy(case, copy.deepcopy, "a deep copy")


def pickles(case: OptimizerUnderTest) -> None:
    """Check that an optimizer comes out of a pickle as it went in."""
    _check_copy(case, lambda model: pickle.loads(pickle.dumps(model)), "a pickled copy")  # noqa: S301


def _check_copy(
    case: OptimizerUnderTest,
    copied: Callable[[gg.Sequential], gg.Sequential],
    what: str,
) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(8, 3)).astype(np.float32)
    y = random.normal(size=(8, 2)).astype(np.float32)
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2)])
    model.compile(case.fresh(), "mse")
    model.fit(x, y, batch_size=4, epochs=2, verbose=0, shuffle=False)
    other = copied(model)
    _alike(_state(model), _state(other), f"{what} has")
    model.fit(x, y, batch_size=4, epochs=2, verbose=0, shuffle=False)
    due = _state(model)
    other.fit(x, y, batch_size=4, epochs=2, verbose=0, shuffle=False)
    _alike(due, _state(model), f"{what} was trained on, and the model has")
    _alike(due, _state(other), f"trained on, {what} has")


def _state(model: gg.Sequential) -> Named:
    assert model.optimizer is not None
    state = [*model.weights, *model.optimizer.variables]
    return [(each.name, each.numpy()) for each in state]
