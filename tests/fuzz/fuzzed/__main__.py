"""Search with atheris: ``python -m fuzzed names --minutes 10``.

What it learns stays in build/fuzz, and so does an input that fails: name that file
after the target to see the error again. Ten seconds and 2 GB of memory fail too.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["graphgrad"]):
    from fuzzed.targets import TARGETS

KEPT = Path("build", "fuzz")


def main() -> None:
    """Fuzz one target, or run it on the files that are named."""
    parser = argparse.ArgumentParser(prog="python -m fuzzed", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("files", nargs="*", help="inputs to run, instead of a search")
    parser.add_argument("--minutes", type=float, default=1.0)
    asked = parser.parse_args()
    target = TARGETS[asked.target]
    corpus = KEPT / asked.target
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(target.seeds()):
        (corpus / f"seed{i}").write_bytes(seed)
    options = [
        f"-max_total_time={round(60 * asked.minutes)}",
        f"-artifact_prefix={KEPT}/{asked.target}-",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    inputs = asked.files or [*options, str(corpus)]
    atheris.Setup([sys.argv[0], *inputs], target.run)
    atheris.Fuzz()


main()
