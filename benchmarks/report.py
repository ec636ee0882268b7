"""The page: docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.aims import AIMS
from benchmarks.compare import Comparison
from benchmarks.contestants import CONTESTANTS
from benchmarks.report_start import growth, memory, start
from benchmarks.results import OURS, Results, ratio
from benchmarks.tables import percentiles, seconds, spread, table, times

__all__ = ["missed", "page"]

_HEAD = """\
# Benchmarks

Written by `make bench`; do not edit. Ratios within one run mean something, times on
another machine do not.

```sh
make bench
make bench ONLY=tiny,digits ROUNDS=3
```

The first command installs the peers into `.venv-bench`, measures all and writes this
page. With `ONLY` some of the workloads are measured, and `build/benchmarks.md` is
written; `MNIST=FOLDER` trains on the digits of these four IDX files in place of random
pixels.
"""

_HOW = """\
## How it is measured

Each contestant runs in a process of its own, bound to the same cores and with the same
number of threads. All get the same data, the same first weights and float32, and train
without a progress bar; each computes the mean loss of an epoch, as `fit` does, and
takes the rows of an epoch in a new order. Before anything is timed, each trains without
a new order, and its losses must be those of graphgrad (predictions and gradients
likewise); then all compile and warm up, and take turns, round by round, beginning with
another one each time. graphgrad has its extra `threads`, as users may have it.

*Median* is that of the rounds, *spread* the fastest and the slowest of them. *Ratio* is
the peer's median over graphgrad's: more than 1 says that graphgrad is faster. *Aim* is
the ratio that is worked towards.

*Floor* is what a step cannot fall below on this machine: its FLOPs, as graphgrad's
graph counts them, at the speed of a large GEMM, plus the bytes that it must read and
write (batch, parameters, state of the optimizer) at the speed of copying.
"""


def page(results: Results, plots: Mapping[str, str]) -> str:
    """Return the page; ``plots`` are its pictures' paths by name."""
    parts = [_HEAD, *_machine(results), _HOW]
    if results.comparisons:
        parts += ["## At a glance\n\n" + _glance(results)]
        if "ratios" in plots:
            parts += [f"![Times of all contestants over ours]({plots['ratios']})"]
        parts += missed(results)
        parts += [_section(results, each) for each in results.comparisons]
    parts += start(results)
    parts += memory(results)
    parts += growth(results, plots)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _machine(results: Results) -> Iterator[str]:
    rows = [[name, value] for name, value in results.machine.items()]
    rows += [["data", results.data]]
    if results.speeds:
        gemm, copy = results.speeds["gemm"] / 1e9, results.speeds["copy"] / 1e9
        rows += [["GEMM, 2048 x 2048, float32", f"{gemm:.0f} GFLOP/s"]]
        rows += [["copying, read and written", f"{copy:.1f} GB/s"]]
    rows += [["command", f"`{results.command}`, {results.minutes:.0f} minutes"]]
    yield "## The machine\n\n" + table(["", ""], rows).replace("--:", ":--")
    told = []
    for name, versions in results.versions.items():
        packages = ", ".join(f"{key} {value}" for key, value in versions.items())
        pools = "; ".join(results.pools[name]) or "not known"
        told.append([CONTESTANTS[name].title, packages, pools])
    head = ["contestant", "versions", "libraries with threads"]
    yield table(head, told).replace("--:", ":--")
    if results.absent:
        lines = [f"- {CONTESTANTS[k].title}: {v}" for k, v in results.absent.items()]
        yield "Not here:\n\n" + "\n".join(lines)


def _shown(results: Results) -> list[str]:
    """Return the peers that were measured at all, in their order."""
    seen = {name for each in results.comparisons for name in each.rounds}
    return [name for name in CONTESTANTS if name in seen and name != OURS]


def _glance(results: Results) -> str:
    """Return the table of ratios, with the aims in brackets."""
    peers = _shown(results)
    rows = []
    for each in results.comparisons:
        if OURS not in each.rounds:
            continue
        cells = [each.job.name, seconds(median(each.rounds[OURS]))]
        for name in peers:
            aim = AIMS.get(each.job.name, {}).get(name)
            told = times(ratio(each, name))
            cells.append(f"{told} ({aim:g})" if told and aim else told)
        rows.append(cells)
    head = ["ratio (aim)", OURS, *(CONTESTANTS[each].title for each in peers)]
    return table(head, rows)


def missed(results: Results) -> Iterator[str]:
    """Say which aims were not reached in this run, if there are any."""
    told = [
        f"{each.job.name}: {CONTESTANTS[name].title} {times(reached)} ({aim:g})"
        for each in results.comparisons
        for name, aim in AIMS.get(each.job.name, {}).items()
        if (reached := ratio(each, name)) is not None and reached < aim
    ]
    if told:
        why = "[speed.md](speed.md#what-is-out-of-reach) says why."
        yield f"Aims that this run did not reach: {'; '.join(told)}. {why}"


def _section(results: Results, each: Comparison) -> str:
    """Return the part of one workload."""
    floor = results.floor(each)
    named = [name for name in CONTESTANTS if name in each.rounds]
    latency = any(each.times.values())
    head = ["contestant", f"median, per {each.job.unit}", "spread", "ratio", "aim"]
    head += ["p50", "p90", "p99"] if latency else ["x floor"] if floor else []
    rows = []
    for name in sorted(named, key=lambda name: median(each.rounds[name])):
        rounds = each.rounds[name]
        middle = median(rounds)
        aim = AIMS.get(each.job.name, {}).get(name)
        row = [CONTESTANTS[name].title, seconds(middle), spread(rounds)]
        row += [times(ratio(each, name)), f"{aim:g}" if aim else ""]
        if latency:
            row += percentiles(each.times[name])
        elif floor:
            row += [times(middle / floor)]
        rows.append(row)
    text = f"## {each.job.name}\n\n{_sentence(each.job.title)} {_rounds(each)}"
    if floor and each.cost:
        flops, moved = each.cost
        text += (
            f" The floor of a step is {seconds(floor)}: {flops / 1e6:,.3g} MFLOP, and "
            f"{moved / 1e6:,.3g} MB to read and write."
        )
    return "\n\n".join([text, table(head, rows), *_reasons(each.cannot)])


def _sentence(title: str) -> str:
    return title[0].upper() + title[1:] + "."


def _rounds(each: Comparison) -> str:
    counts = [len(rounds) for rounds in each.rounds.values()]
    if not counts:
        return "Nobody took part."
    told = f"Rounds: {max(counts)}"
    return (
        f"{told}." if len(set(counts)) == 1 else f"{told}, the slowest {min(counts)}."
    )


def _reasons(cannot: Mapping[str, str]) -> Sequence[str]:
    lines = [f"- {CONTESTANTS[name].title}: {why}" for name, why in cannot.items()]
    return ["Not measured:\n\n" + "\n".join(lines)] if lines else []
