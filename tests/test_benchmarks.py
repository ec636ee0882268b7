"""The benchmarks run: the smallest of them, with graphgrad and NumPy alone."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what imports a module of the benchmarks, which are not installed."""
    monkeypatch.syspath_prepend(ROOT)
    return lambda name: import_module(f"benchmarks.{name}")


def rows(page: str, title: str) -> dict[str, list[str]]:
    """Return the cells of the table below a title, by the first of each row."""
    part = re.split(r"^## ", page, flags=re.MULTILINE)
    (found,) = (each for each in part if each.startswith(f"{title}\n"))
    lines = [each for each in found.splitlines() if each.startswith("| ")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: others for first, *others in cells}


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    """Both contestants compute the same, are timed, and stand in the tables."""
    output = tmp_path / "benchmarks.md"
    command = [sys.executable, "-W", "error", "-m", "benchmarks", "--quick"]
    done = subprocess.run(
        [*command, "--output", str(output)],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page = output.read_text(encoding="utf-8")
    for title in ("tiny", "xor"):
        table = rows(page, title)
        assert {"graphgrad", "NumPy by hand"} == set(table), done.stderr
        assert table["graphgrad"][2] == "1"
        assert all(float(cells[-1].replace(",", "")) > 1 for cells in table.values())
    assert set(rows(page, "At a glance")) == {"tiny", "xor"}
    (picture,) = re.findall(r"!\[[^]]*\]\((.*?)\)", page)
    assert (tmp_path / picture).is_file()


def test_an_aim_that_was_not_reached_is_told(load: Any) -> None:
    """The page names each by its workload, its peer, and what was aimed at."""
    results, jobs = load("results"), {each.name: each for each in load("jobs").JOBS}
    rounds = {"graphgrad": [1.0], "jax": [2.0], "numpy": [3.0]}
    tiny = load("compare").Comparison(jobs["tiny"], rounds=rounds)
    told = results.Results("make bench", 2, {}, "random", comparisons=[tiny])
    (line,) = load("report").missed(told)
    assert "tiny: JAX jit 2 (2.5)" in line
    assert "NumPy by hand" not in line
    rounds["jax"] = [2.5]
    assert not list(load("report").missed(told))


def test_what_computes_something_else_is_not_timed(load: Any) -> None:
    """Losses may differ by rounding and by Adam's epsilon, not by more."""
    disagree = load("compare").disagree
    assert disagree([0.7, 0.5], [0.7001, 0.5001]) is None
    assert "0.49 where 0.5 is right" in disagree([0.7, 0.5], [0.7, 0.49])
    assert "something else" in disagree([0.7, 0.5], [0.7])


def test_a_process_that_dies_gives_a_reason(load: Any, tmp_path: Path) -> None:
    """A peer that is not installed, or crashes, does not end the run."""
    process = load("process").Process("nobody", tmp_path, 1)
    assert process.ask("hello") == {"cannot": "KeyError: 'nobody'"}
    process.close()


def test_aims_are_about_workloads_and_contestants(load: Any) -> None:
    """A name that changes takes its aims with it."""
    jobs = {each.name for each in load("jobs").JOBS}
    contestants = set(load("contestants").CONTESTANTS)
    for job, aims in load("aims").AIMS.items():
        assert job in jobs
        assert set(aims) <= contestants


@pytest.mark.parametrize("name", ["growth", "tables"])
def test_examples_in_docstrings(load: Any, name: str) -> None:
    """The examples of the benchmarks' own helpers are right."""
    failed, tried = doctest.testmod(load(name))
    assert (failed, tried > 0) == (0, True)
