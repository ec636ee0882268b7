"""autograd's own tests, run over graphgrad: what passes, and why the rest cannot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
SUITES = sorted((ROOT / "build" / "replays").glob("autograd-*/tests"))
ROW = re.compile(r"^\| (passed|skipped)[^|]* \|[^|]*\| (\d+) \|$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not SUITES, reason="make replays brings the tests")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Run the tests; return outcome, reason and name of each."""
    out = tmp_path_factory.mktemp("replays") / "outcomes.tsv"
    suite = str(SUITES[0])
    pytest_alone = ("-m", "pytest", "-c", os.devnull, "--rootdir", suite)
    subprocess.run(
        [sys.executable, *pytest_alone, "-q", "-p", "stand_in.plugin", suite],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent),
            "REPLAYS_OUT": str(out),
        },
        check=False,
    )
    return [line.split("\t") for line in out.read_text("utf-8").splitlines()]


def test_no_test_fails(outcomes: list[list[str]]) -> None:
    """What graphgrad has does what autograd's tests ask for."""
    assert [name for outcome, _, name in outcomes if outcome == "failed"] == []


def test_counts_are_those_of_the_page(outcomes: list[list[str]]) -> None:
    """``UPDATE_DOCS=1`` writes the table anew."""
    counts = Counter((outcome, reason) for outcome, reason, _ in outcomes)
    table = [
        f"| {outcome} | {reason or 'in full'} | {count} |"
        for (outcome, reason), count in sorted(counts.items())
    ]
    page = PAGE.read_text("utf-8")
    rows = [found.group() for found in ROW.finditer(page)]
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(page.replace("\n".join(rows), "\n".join(table)), "utf-8")
        return
    assert rows == table
