"""The list of mutants that change nothing names lines that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("equivalents.txt")
BLOCKS = [
    [line for line in block.splitlines() if not line.startswith("#")]
    for block in LIST.read_text(encoding="utf-8").split("\n\n")
]


@pytest.mark.parametrize(
    "block", [each for each in BLOCKS if each], ids=lambda block: block[1][2:50]
)
def test_equivalent_is_of_today(block: list[str]) -> None:
    """A block has a module, a line of it, what becomes of that line, and a reason."""
    module, before, *rest = block
    folder = module.removeprefix("graphgrad/") if "/layers/" in module else module
    source = " ".join((ROOT / folder).read_text(encoding="utf-8").split())
    assert before[:2] == "- "
    assert " ".join(before[2:].split()) in source
    after = [line for line in rest if line.startswith("+ ")]
    assert after
    assert rest[len(after) :], "without a reason"
