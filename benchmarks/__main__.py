"""The command: ``python -m benchmarks``, or ``make bench``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.contestants import CONTESTANTS
from benchmarks.plots import draw
from benchmarks.process import ROOT
from benchmarks.report import page
from benchmarks.run import GROUPS, run

__all__ = ["main"]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(GROUPS)}")
    parser.add_argument("--contestants", default="", help=f"of {','.join(CONTESTANTS)}")
    parser.add_argument(
        "--rounds", type=int, default=5, help="turns of each contestant"
    )
    parser.add_argument("--threads", type=int, default=2, help="of each contestant")
    parser.add_argument(
        "--mnist", default=None, help="a folder with the four IDX files"
    )
    parser.add_argument("--output", type=Path, default=None, help="the page to write")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="graphgrad and NumPy alone, the smallest workload, one round",
    )
    options = parser.parse_args(arguments)
    for name, known in (("only", GROUPS), ("contestants", CONTESTANTS)):
        chosen = [each for each in getattr(options, name).split(",") if each]
        if unknown := [each for each in chosen if each not in known]:
            parser.error(f"--{name} has {unknown[0]!r}, expected {', '.join(known)}")
        setattr(options, name, chosen or list(known))
    if options.rounds < 1 or options.threads < 1:
        parser.error("--rounds and --threads must be at least 1")
    if options.quick:
        options.only, options.contestants = ["tiny"], ["graphgrad", "numpy"]
        options.rounds = 1
    return options


def main(arguments: list[str]) -> None:
    """Measure, and write the page and its pictures."""
    options = parse(arguments)
    whole = options.only == list(GROUPS) and options.contestants == list(CONTESTANTS)
    output = options.output
    if output is None:
        output = ROOT / ("docs" if whole else "build") / "benchmarks.md"
    results = run(options)
    images = output.parent / "images" / "benchmarks"
    names = draw(results, images)
    plots = {name: f"images/benchmarks/{name}.svg" for name in names}
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page(results, plots), encoding="utf-8")
    sys.stderr.write(f"{output}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
