"""Whole numbers that a file says: whichever lies, no memory and no time is spent."""

from __future__ import annotations

import copy
import functools
import inspect
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import kinds
from cases.lies import edit
from hypothesis import settings

import graphgrad as gg
from graphgrad.layers._room import room_for

# What a small file may ask for, and what a small model takes besides.
ALLOWED, BESIDES = 1 << 26, 1 << 24
# To load such a model and use it once takes a tenth of these calls.
CALLS = 1_000_000

LARGE = 3 * 10**7
OTHERS = [10**12, -1, 0, 2**63]

Place = tuple[Any, ...]

# Some have no sense, about which layers and metrics warn.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class EndlessError(BaseException):
    """So many calls that they may have no end; nobody catches it."""


def bounded(work: Callable[[], object]) -> None:
    """Do it with few calls and little memory, or see it refused by us."""
    left, said = CALLS, ""

    def note(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise EndlessError

    tracemalloc.start()
    sys.setprofile(note)
    try:
        work()
    except gg.GraphgradError as error:
        said = str(error)
    finally:
        sys.setprofile(None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < ALLOWED + BESIDES
    assert "Unable to allocate" not in said, "NumPy asked for the memory"


def places(described: Any, path: Place = ()) -> Iterator[Place]:
    """Return where a description has whole numbers, and lists of them."""
    if isinstance(described, dict):
        for key, each in described.items():
            yield from places(each, (*path, key))
    elif isinstance(described, list):
        if described and all(type(each) is int for each in described):
            yield path
        for i, each in enumerate(described):
            yield from places(each, (*path, i))
    elif type(described) is int:
        yield path


def replaced(described: Any, path: Place, number: int) -> Any:
    """Return a description with a number in the place of another, or of a few."""
    whole = copy.deepcopy(described)
    at = whole
    for key in path[:-1]:
        at = at[key]
    old = at[path[-1]]
    at[path[-1]] = [number] * len(old) if isinstance(old, list) else number
    return whole


def at(described: Any, path: Place) -> Any:
    """Return what stands there."""
    for key in path:
        described = described[key]
    return described


def found(described: Any, name: str, path: Place = ()) -> Iterator[Place]:
    """Return where the configuration of a class stands in a file's texts."""
    if isinstance(described, dict):
        if described.get("class_name") == name:
            yield (*path, "config")
        for key, each in described.items():
            yield from found(each, name, (*path, key))
    elif isinstance(described, list):
        for i, each in enumerate(described):
            yield from found(each, name, (*path, i))


def lies(among: list[Place]) -> Iterator[tuple[Place, int]]:
    """Return each place with the large number, and with others: all by night."""
    thorough = settings().max_examples > 1000
    for i, place in enumerate(among):
        yield place, LARGE
        for other in OTHERS if thorough else [OTHERS[i % len(OTHERS)]]:
            yield place, other


def use(path: Path) -> None:
    """Load a model, which records its step; predict from what is not large itself."""
    model = gg.load_model(path)
    sides: tuple[Any, ...] = (model.input_shape or ())[1:]
    if model.optimizer is None and all(side < 100 for side in sides):
        with gg.backend.allowance(ALLOWED):
            model.predict(np.ones((kinds.ROWS, *sides), "float32"), verbose=0)


def attack(path: Path, among: list[Place]) -> None:
    """Let each of these numbers of a file lie in turn."""
    good, texts = path.read_bytes(), texts_of(path)
    for place, number in lies(among):
        path.write_bytes(good)
        lie = replaced(texts, place, number)
        edit(path, lambda t, lie=lie: t.update(lie))  # type: ignore[misc]
        bounded(lambda: use(path))


def texts_of(path: Path) -> dict[str, Any]:
    """Return what a file says."""
    texts: dict[str, Any] = {}
    edit(path, texts.update)
    return texts


def own(path: Path, kind: type) -> list[Place]:
    """Return where a class has whole numbers of its own, or could have."""
    texts = texts_of(path)
    *_, start = found(texts, kind.__name__)
    config = at(texts, start)
    whole = {
        name
        for name, parameter in inspect.signature(kind).parameters.items()
        if re.search(r"\bint\b", str(parameter.annotation))
    }
    unset = [(*start, n) for n in sorted(whole) if config.get(n, n) is None]
    return [*places(config, start), *unset]


# ---- the law -------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a model is saved."""
    return tmp_path / "model.safetensors"


SHAPE: Place = ("model", "config", "build_input_shape")


@pytest.mark.parametrize("name", kinds.classes("layers"))
def test_layers(name: str, path: Path) -> None:
    """What they say of themselves, and the samples that they are to be built for."""
    kind = kinds.classes("layers")[name]
    kinds.with_layer(kind).save(path)
    attack(path, [*own(path, kind), *places(at(texts_of(path), SHAPE), SHAPE)])


PARTS = {
    "initializers": "kernel_initializer",
    "regularizers": "kernel_regularizer",
    "constraints": "kernel_constraint",
}


@pytest.mark.parametrize(
    ("door", "name"), [(door, name) for door in PARTS for name in kinds.classes(door)]
)
def test_what_layers_are_made_with(door: str, name: str, path: Path) -> None:
    """An initializer draws as many numbers as the file has."""
    kind = kinds.classes(door)[name]
    layer = gg.Dense(2, **{PARTS[door]: kinds.thing(kind)})
    gg.Sequential([gg.Input((2,)), layer]).save(path)
    attack(path, own(path, kind))


GIVEN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "losses": lambda loss: {"loss": loss},
    "metrics": lambda metric: {"metrics": [metric]},
    "optimizers": lambda optimizer: {"optimizer": optimizer},
    "optimizers.schedules": lambda rate: {"optimizer": gg.optimizers.SGD(rate)},
}


@pytest.mark.parametrize(
    ("door", "name"), [(door, name) for door in GIVEN for name in kinds.classes(door)]
)
def test_what_models_are_compiled_with(door: str, name: str, path: Path) -> None:
    """Tables of thresholds and classes, slots, steps."""
    kind = kinds.classes(door)[name]
    kinds.compiled_with(**GIVEN[door](kinds.thing(kind))).save(path)
    attack(path, own(path, kind))


def test_steps(path: Path) -> None:
    """How many of them run at once is a number, and no more."""
    kinds.compiled_with().save(path)
    attack(path, [("compiled", "steps_per_execution")])


# ---- functions of a Lambda -----------------------------------------------------------

FUNCTIONS = dict(kinds.functions())
EMPTY = inspect.Parameter.empty
# As a length, a shape and the widths of a padding.
LIES: list[Any] = [LARGE, 2**63, [6, LARGE], [[0, 0], [0, LARGE], [0, 0]]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    """What they make for wide samples, and for numbers among their arguments."""
    function = FUNCTIONS[name]
    _, *others = inspect.signature(function).parameters.values()
    named = [p for p in others if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    given = {p.name: kinds.NEEDED.get(p.name, 1.0) for p in named if p.default is EMPTY}
    cases: list[tuple[Any, Any]] = [((LARGE, 2), given), ((2, LARGE), given)]
    for each in named:
        if re.search(r"\bint\b", str(each.annotation)) or each.name == "pad_width":
            cases += [((2, 3), {**given, each.name: lie}) for lie in LIES]
    for sample, arguments in cases:
        bounded(functools.partial(build, sample, function, arguments))


def build(sample: Any, function: Callable[..., Any], arguments: Any) -> None:
    """Make a model as loading does; what users' functions raise is told by loading."""
    layer = gg.layers.Lambda(function, arguments=arguments)
    try:
        with room_for([]):
            gg.Sequential([gg.Input(sample), layer])
    except gg.GraphgradError:
        raise
    except (TypeError, ValueError, IndexError, AttributeError):
        return
