"""Mutation testing: small faults put into the sources, which tests have to notice.

python -m mutated optimizers --sample 100 --seed 1

cosmic-ray makes the mutants. What it has no answer to is done here: it starts a process
and one command for every mutant, whichever line it changes. Here a coverage run says
once which tests reach which line; a fork of a process that has imported NumPy, pytest
and Hypothesis then runs only these, the most specific ones first, until one fails.

Only a copy of the package in .mutation is changed, never the checkout.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import hashlib
import json
import math
import os
import resource
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import coverage
import pytest

from mutated.made import (
    BUDGET,
    BUILD,
    CONTROL,
    COPY,
    FAILED,
    GROUPS,
    KILLED,
    MAP,
    PACKAGES,
    PATIENCE,
    PYTEST,
    QUICK,
    ROOM,
    ROOT,
    TESTS,
    Mutant,
    equivalents,
    sampled,
)

# ---- which tests reach a line ---


class Watch:
    """Plugin: what each test that passes covers, and how long it takes."""

    def __init__(self) -> None:
        files = [str(COPY / each) for group in GROUPS.values() for each in group]
        self.coverage = coverage.Coverage(
            data_file=str(BUILD / "coverage"), include=files, config_file=False
        )
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Count what is covered from here on for this test."""
        self.coverage.switch_context(nodeid)
        self.seconds[nodeid] = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long it took, and whether it passed."""
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def write(self) -> None:
        """Write the tests, their seconds, and by module and line which reach it."""
        data = self.coverage.get_data()
        tests = sorted(set(self.seconds) - self.failed)
        number = {test: index for index, test in enumerate(tests)}
        reached = {}
        for file in data.measured_files():
            lines = data.contexts_by_lineno(file)
            reached[Path(file).relative_to(COPY).as_posix()] = {
                line: sorted(number[test] for test in found if test in number)
                for line, found in lines.items()
            }
        seconds = [self.seconds[test] for test in tests]
        entry = {"tests": tests, "seconds": seconds, "reached": reached}
        MAP.write_text(json.dumps(entry))
        print(f"{len(tests)} tests, {len(self.failed)} failed or skipped")  # noqa: T201


class Tests:
    """The tests, and which of them reach a line of a module."""

    def __init__(self) -> None:
        entry = json.loads(MAP.read_text())
        self.names: list[str] = entry["tests"]
        self.seconds: list[float] = entry["seconds"]
        self.reached = entry["reached"]
        self.kills: Counter[int] = Counter()
        self.breadth = Counter(
            test
            for lines in self.reached.values()
            for found in lines.values()
            for test in found
        )

    def of(self, mutant: Mutant) -> tuple[list[int], list[int]]:
        """Return the tests of a mutant: the most specific ones, then the others.

        First of all come those that killed others; then a test is specific to a module
        if most lines that it reaches are there.
        What is outside of functions runs when the module is imported: all tests count
        that reach anything in it. Where a statement goes on no line runs, and others
        run once in a process: there, all tests count that reach anything in the
        function.
        """
        lines = self.reached.get(mutant.module, {})
        found = set(lines.get(str(mutant.line), ()))
        body = body_of(mutant)
        if not body or len(found) <= 1:
            near = [tests for line, tests in lines.items() if int(line) in body]
            found = {test for tests in near or lines.values() for test in tests}
        here = Counter(test for tests in lines.values() for test in tests)
        rank = {
            test: (-self.kills[test], -here[test] / self.breadth[test])
            for test in found
        }
        first = self.within(QUICK, found, rank)
        return first, self.within(BUDGET, found - {*first}, self.seconds)

    def within(self, budget: float, found: set[int], rank: Any) -> list[int]:
        """Return the tests that rank first and take no longer than this together."""
        chosen: list[int] = []
        for test in sorted(found, key=lambda test: (rank[test], test)):
            if self.seconds[test] <= budget:
                budget -= self.seconds[test]
                chosen.append(test)
        return chosen

    def run(self, some: list[int]) -> str:
        """Run tests, and say what became of the mutant that is there."""
        limit = PATIENCE + math.ceil(10 * sum(self.seconds[test] for test in some))
        FAILED.unlink(missing_ok=True)
        found = in_fork([self.names[test] for test in some], limit)
        if FAILED.exists():
            self.kills[self.names.index(FAILED.read_text())] += 1
        return found


def body_of(mutant: Mutant) -> range:
    """Return the lines of the innermost function around a mutant, if there is one."""
    tree = ast.parse((COPY / mutant.module).read_text())
    bodies = [
        range(node.body[0].lineno, (node.end_lineno or 0) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    around = [body for body in bodies if mutant.line in body]
    return min(around, key=len, default=range(0))


# ---- one round ---


class Only:
    """Plugin: of what is collected, only these tests, in this order."""

    def __init__(self, tests: Iterable[str]) -> None:
        self.order = {test: index for index, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what is wanted."""
        kept = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(kept, key=lambda item: self.order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which one fails."""
        if report.failed:
            FAILED.write_text(report.nodeid)


def prepare() -> None:
    """Let this process find the copy first, and let its children find it too."""
    sys.path[0] = str(COPY)
    os.environ |= {
        "PYTHONPATH": str(COPY),
        "HYPOTHESIS_PROFILE": "mutation",
        "OPENBLAS_NUM_THREADS": "1",
    }
    os.chdir(ROOT)
    for name in ("numpy", "hypothesis.extra.numpy", "safetensors.numpy", "graphviz"):
        import_module(name)


def take_no_more() -> None:
    """Let this process take no more memory than this."""
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))


def in_fork(tests: list[str], limit: int) -> str:
    """Run tests in a process of their own, and say what became of the mutant there."""
    process = os.fork()
    if process == 0:
        os.setsid()
        signal.alarm(limit)
        take_no_more()
        sink = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(sink, stream)
        sys.dont_write_bytecode = True
        files = sorted({test.split("::")[0] for test in tests})
        code = 1
        try:
            code = pytest.main([*PYTEST, "-x", *files], plugins=[Only(tests)])
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "timeout"
    return "survived" if status == 0 else "killed"


def outcome(mutant: Mutant, tests: Tests) -> str:
    """Put a mutant into the copy, and say whether its tests notice."""
    path = COPY / mutant.module
    source, times = path.read_text(), path.stat()
    path.write_text(mutant.source())
    os.utime(path, (times.st_atime, times.st_mtime + 2))
    try:
        for some in tests.of(mutant):
            found = tests.run(some) if some else "survived"
            if found != "survived":
                return found
        return "survived"
    finally:
        path.write_text(source)
        os.utime(path, (times.st_atime, times.st_mtime))


# ---- the command ---


def copy() -> None:
    """Lay out the package as it is installed, where it may be changed."""
    shutil.rmtree(COPY, ignore_errors=True)
    for package, folder in PACKAGES.items():
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, COPY / package, ignore=without)
    compileall.compile_dir(COPY, quiet=1)


def draw_map() -> None:
    """Run the tests once on what is unchanged, to know which of them reach what."""
    process = os.fork()
    if process == 0:
        take_no_more()
        watch = Watch()
        watch.coverage.start()
        pytest.main([*PYTEST, *TESTS], plugins=[watch])
        watch.coverage.stop()
        watch.write()
        os._exit(0)
    os.waitpid(process, 0)


def interval(part: int, whole: int) -> tuple[float, float]:
    """Return Wilson's interval of a share, at 95 %."""
    z = 1.96
    share, square = part / whole, z * z / whole
    middle = share + square / 2
    half = z * math.sqrt(share * (1 - share) / whole + square / (4 * whole))
    return (middle - half) / (1 + square), (middle + half) / (1 + square)


class Killed:
    """The mutants that were killed before, by the whole text of the mutated module.

    They stay killed while that is the same, as tests are only added: what was broken
    off goes on, and after a new test only the survivors are tried again.
    """

    def __init__(self) -> None:
        text = KILLED.read_text() if KILLED.exists() else ""
        self.found = dict(line.split(" ") for line in text.splitlines())

    def __call__(self, mutant: Mutant, tests: Tests) -> str:
        """Say what becomes of a mutant, or what became of it."""
        key = hashlib.sha256(f"{mutant.module} {mutant.source()}".encode()).hexdigest()
        if key not in self.found:
            found = outcome(mutant, tests)
            if found == "survived":
                return found
            self.found[key] = found
            with KILLED.open("a") as file:
                file.write(f"{key} {found}\n")
        return self.found[key]


def outdated() -> bool:
    """Return whether tests or sources are newer than the map."""
    if not MAP.exists():
        return True
    files = [ROOT / test for test in TESTS if test.endswith(".py")]
    for folder in (*PACKAGES.values(), *TESTS):
        files += (ROOT / folder).rglob("*.py")
    return max(file.stat().st_mtime for file in files) > MAP.stat().st_mtime


def main() -> None:
    """Test a sample of the mutants of a group, or all of them, and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=sorted(GROUPS))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    copy()
    prepare()
    if outdated():
        draw_map()
    tests, listed, became = Tests(), equivalents(), Killed()
    counts: Counter[str] = Counter()
    mutants = sampled(given.group, given.sample, given.seed)
    for number, mutant in enumerate(mutants):
        before, after = mutant.change()
        keys = [(mutant.module, before, each) for each in (after, "*")]
        equivalent = any(key in listed for key in keys)
        found = "equivalent" if equivalent else became(mutant, tests)
        counts[found] += 1
        print(f"{number + 1}/{len(mutants)} {found} {mutant}", flush=True)  # noqa: T201
        if found == "survived":
            print(f"- {before}\n+ {after}", flush=True)  # noqa: T201
        same = mutant._replace(operator="core/NoOp")
        if number % CONTROL == CONTROL - 1 and outcome(same, tests) != "survived":
            raise SystemExit(f"tests fail without any mutant: {tests.of(mutant)}")
    killed = counts["killed"] + counts["timeout"]
    whole = killed + counts["survived"]
    low, high = interval(killed, whole)
    print(  # noqa: T201
        f"{given.group}: {killed} of {whole} mutants killed"
        f" ({counts['timeout']} by time), {killed / whole:.1%},"
        f" 95 % interval {low:.1%} to {high:.1%}; {counts['equivalent']} equivalent"
    )


if __name__ == "__main__":
    main()
