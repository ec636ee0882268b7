"""The command `graphgrad`: arguments, messages and exit codes."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import graphgrad as gg
from graphgrad._demo import DATASETS, OUTPUT, Settings, run

__all__ = ["main", "parse"]

EXAMPLES = """\
examples:
  graphgrad demo                           "is it a 0?", on the digits that come along
  graphgrad demo --digit 8 --epochs 20     another digit, trained longer
  graphgrad demo --dataset mnist --data ~/mnist
                                           60,000 images, from a folder with their files

exit codes: 0 done, also where there is no program to draw the pictures (their DOT text
is written then); 1 the data could not be had or the output not written; 2 wrong
arguments; 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with ``argv``, by default that of the process; return a code.

    Wrong arguments, ``--help`` and ``--version`` leave with `SystemExit`, as argparse
    does.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a path may hold any sign
    settings = parse(argv)
    try:
        run(settings)
        sys.stdout.flush()
    except BrokenPipeError:
        _close_quietly()
        return 1
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except (gg.GraphgradError, OSError) as error:
        _complain(" ".join(str(error).split()))
        return 1
    return 0


def _complain(text: str) -> None:
    print(f"graphgrad: {text}", file=sys.stderr)


# Whoever read the output has left (`| head`): Python must not complain on closing
# either.
def _close_quietly() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# ---- arguments -----------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and which knows no abbreviations."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is; leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def parse(argv: Sequence[str] | None = None) -> Settings:
    """Return what the arguments choose; leave with `SystemExit` where one is wrong."""
    parser = _Parser(
        prog="graphgrad",
        description="An autodiff engine whose picture is the program that runs.",
        epilog="See graphgrad demo --help.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"graphgrad {gg.__version__}"
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND"
    )
    demo = _demo_parser(commands)
    chosen = parser.parse_args(argv)
    if chosen.command is None:
        parser.print_help(sys.stderr)
        parser.exit(2)
    if chosen.data is not None and chosen.dataset != "mnist":
        demo.error("--data names the folder of MNIST: it needs --dataset mnist")
    usual = DATASETS[chosen.dataset].epochs
    return Settings(
        dataset=chosen.dataset,
        data=chosen.data,
        digit=chosen.digit,
        epochs=usual if chosen.epochs is None else chosen.epochs,
        batch_size=chosen.batch_size,
        output=chosen.output,
        seed=chosen.seed,
    )


def _demo_parser(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    text = (
        "train a digit classifier on real images, and draw the program that trained it"
    )
    demo = commands.add_parser(
        "demo",
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    demo.add_argument(
        "--dataset",
        choices=sorted(DATASETS),
        default="digits",
        help="digits: 1,797 images of 8x8 pixels, which come along (default); "
        "mnist: 70,000 of 28x28, from --data or downloaded once",
    )
    demo.add_argument(
        "--data", metavar="FOLDER", help="the folder with the four files of MNIST"
    )
    demo.add_argument(
        "--output",
        type=Path,
        default=OUTPUT,
        metavar="FOLDER",
        help=f"where the pictures go (default: {OUTPUT})",
    )
    _add_numbers(demo)
    return demo


def _add_numbers(demo: _Parser) -> None:
    usual = ", ".join(f"{each.epochs} for {name}" for name, each in DATASETS.items())
    digit, count, seed = _Whole(0, 9), _Whole(1), _Whole(0)
    for name, kind, default, text in (
        ("digit", digit, 0, "the digit to tell from the rest (default: 0)"),
        ("epochs", count, None, f"passes over the training images (default: {usual})"),
        ("batch-size", count, 32, "images per training step (default: 32)"),
        ("seed", seed, 0, "what the random numbers start from (default: 0)"),
    ):
        shown = "0..9" if kind is digit else "N"
        demo.add_argument(
            f"--{name}", type=kind, default=default, metavar=shown, help=text
        )


class _Whole:
    """The type of an argument that is a whole number within bounds."""

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> int:
        """Return the number, or say what was expected."""
        bounds = (
            f"of at least {self.least}"
            if self.most is None
            else f"from {self.least} to {self.most}"
        )
        try:
            value = int(text)
        except ValueError:
            value = self.least - 1
        if value < self.least or (self.most is not None and value > self.most):
            raise argparse.ArgumentTypeError(
                f"expected a whole number {bounds}, got {text!r}"
            )
        return value
