"""The demo: train a digit classifier on real images, draw what trained it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg
from graphgrad._demo_text import draw_images, side_by_side
from graphgrad.datasets import digits, mnist

__all__ = ["DATASETS", "OUTPUT", "Settings", "run"]

OUTPUT = Path("graphgrad-demo")

Images = NDArray[np.float32]
Labels = NDArray[np.uint8]


class Dataset(NamedTuple):
    """What the demo needs to know of a data set."""

    title: str
    white: int
    epochs: int


DATASETS = {
    "digits": Dataset("UCI", white=16, epochs=10),
    "mnist": Dataset("MNIST", white=255, epochs=3),
}


class Settings(NamedTuple):
    """What a user of the demo may choose."""

    dataset: str = "digits"
    data: str | None = None
    digit: int = 0
    epochs: int = 10
    batch_size: int = 32
    output: Path = OUTPUT
    seed: int = 0


class Task(NamedTuple):
    """Images to train on and images held out, of values 0 to 1, with their digits."""

    x: Images
    y: Labels
    x_new: Images
    y_new: Labels


def run(settings: Settings) -> None:
    """Load, train, evaluate, predict and draw, and say each time what is done."""
    _say(f"graphgrad demo: is it {_a(settings.digit)}?\n")
    task = _load(settings)
    _make(settings.output)
    model = _train(task, settings)
    _evaluate(model, task, settings.digit)
    _predict(model, task, settings.digit)
    _draw(model, settings.output)
    _check(model, task, settings)
    _say(f"\nNext: open {settings.output / '3-fit.svg'} in a browser.")
    _say("A picture of a model of your own: gg.viz.render(model, 'step.svg')")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


# Before the training: that would be for nothing.
def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OSError(
            f"cannot make the folder {folder} (--output): {reason}"
        ) from error


# ---- data ----------------------------------------------------------------------------


def _load(settings: Settings) -> Task:
    known = DATASETS[settings.dataset]
    if settings.dataset == "mnist":
        (x, y), (x_new, y_new) = mnist.load_data(settings.data)
    else:
        (x, y), (x_new, y_new) = digits.load_data()
    _say(
        f"data     {len(x) + len(x_new):,} handwritten digits of "
        f"{x.shape[1]}x{x.shape[2]} pixels ({known.title}):\n"
        f"         {len(x):,} to train on, {len(x_new):,} held out"
    )
    scale = np.float32(1 / known.white)
    return Task(x * scale, y, x_new * scale, y_new)


# ---- the five lines ------------------------------------------------------------------


def _train(task: Task, settings: Settings) -> Any:
    gg.set_random_seed(settings.seed)
    epochs, batch_size = settings.epochs, settings.batch_size
    _say(
        "build    model = Sequential([Dense(25, 'sigmoid'), Dense(15, 'sigmoid'),\n"
        "                             Dense(1, 'sigmoid')])\n"
        "compile  model.compile(optimizer=Adam(0.005), loss=BinaryCrossentropy(),\n"
        "                       metrics=['accuracy'])\n"
        f"fit      model.fit(x, y == {settings.digit}, epochs={epochs}, "
        f"batch_size={batch_size})\n"
    )
    model = gg.Sequential(
        [gg.Dense(25, "sigmoid"), gg.Dense(15, "sigmoid"), gg.Dense(1, "sigmoid")]
    )
    model.compile(
        optimizer=gg.optimizers.Adam(0.005),
        loss=gg.losses.BinaryCrossentropy(),
        metrics=["accuracy"],
    )
    x = task.x.reshape(len(task.x), -1)
    start = time.perf_counter()
    model.fit(x, task.y == settings.digit, epochs=epochs, batch_size=batch_size)
    _say(f"\nTrained in {time.perf_counter() - start:.1f} s.")
    return model


def _evaluate(model: Any, task: Task, digit: int) -> None:
    x, y = task.x_new.reshape(len(task.x_new), -1), task.y_new == digit
    result = model.evaluate(x, y, verbose=0, return_dict=True)
    _say(
        f"{result['accuracy']:.1%} of the {len(y):,} held-out images are told right; "
        f'always "no" would make {1 - y.mean():.1%}.'
    )


# ---- predictions ---------------------------------------------------------------------


def _predict(model: Any, task: Task, digit: int) -> None:
    p = model.predict(task.x_new.reshape(len(task.x_new), -1), verbose=0)[:, 0]
    shown = _selected(p, task.y_new == digit)
    encoding = sys.stdout.encoding
    blocks = [
        [*drawing, "", *_caption(p[i], int(task.y_new[i]), digit)]
        for i, drawing in zip(
            shown, draw_images(task.x_new[shown], encoding), strict=True
        )
    ]
    _say(
        f"\nNew images and the probability that each is {_a(digit)}, "
        "the last one where that is\nfarthest from the truth:\n"
    )
    _say("\n".join(f"  {line}".rstrip() for line in side_by_side(blocks)))


def _selected(p: Images, is_digit: NDArray[np.bool_]) -> list[int]:
    """Return a first of the digit, a first of the rest, and the worst prediction."""
    worst = int(np.argmax(np.abs(p - is_digit)))
    firsts = [*np.flatnonzero(is_digit)[:1], *np.flatnonzero(~is_digit)[:1]]
    return [*(int(i) for i in firsts if i != worst), worst]


def _caption(p: float, truth: int, digit: int) -> list[str]:
    verdict = "right" if (p > 0.5) == (truth == digit) else "wrong"
    answer = "yes" if p > 0.5 else "no"
    return [f"{p:.1%}: {answer}", f"it is {_a(truth)}: {verdict}"]


# ---- pictures ------------------------------------------------------------------------


def _draw(model: Any, folder: Path) -> None:
    """Draw the three stages; return why they could not be drawn, if so."""
    program = model.program("fit")
    shows = {
        "build": "the forward pass of the layers",
        "compile": "the training step: with loss, backward pass, update",
        "fit": f"that step, optimized; it ran {program.runs:,} times",
    }
    lines = []
    for number, (stage, what) in enumerate(shows.items(), start=1):
        path = folder / f"{number}-{stage}.svg"
        gg.viz.render(model, path, stage=stage)
        count = len(model.graph(stage).operations)
        lines.append((path.name, f"{count:>3} operations: {what}"))
    source = folder / "3-fit.py"
    source.write_text(program.source, encoding="utf-8")
    lines.append((source.name, "the program of that step as plain NumPy, which runs"))
    _say(f"\nWrote into {folder}:")
    _say("\n".join(f"  {name:<14} {what}" for name, what in lines))


# The claim, tried on what has just been drawn.
def _check(model: Any, task: Task, settings: Settings) -> None:
    x = task.x[: settings.batch_size]
    y = task.y[: settings.batch_size] == settings.digit
    with gg.record_execution() as record:
        model.train_on_batch(x.reshape(len(x), -1), y)
    drawn = {node.name for node in model.graph("fit").nodes}
    if set(record) != drawn:
        raise gg.InvariantError(
            f"a step ran {len(set(record))} nodes, and its graph has {len(drawn)}"
        )
    _say(
        f"Checked: a step was recorded, and ran the {len(drawn)} nodes of that graph, "
        "no others."
    )
