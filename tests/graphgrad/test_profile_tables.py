"""What a profile tells: rows by name, copies, tables and files."""

from __future__ import annotations

import copy
import csv
import io
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cases.profiles import Clock, Timed, step

import graphgrad as gg
from graphgrad import _profiler
from graphgrad.profiling import Profile, profile


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which profiles are made in this test."""
    found = Clock()
    monkeypatch.setattr(_profiler, "_now", found)
    return found


def made() -> Profile:
    """Return a profile of a function with scopes."""
    return profile(gg.jit(gg.value_and_grad(step)), np.ones((2, 3)), steps=2)


def test_rows_are_asked_for_by_name() -> None:
    """As nodes are of a graph, by name or tag, and layers by their names."""
    found = made()
    assert "exp" in found
    assert "x" not in found
    row = found["exp"]
    assert found[row.tag] is row
    assert found["second"].operations == sum(n.scope == "second" for n in found.nodes)
    assert found["second"] in found.layers
    with pytest.raises(
        KeyError, match="no operation or layer 'Exo': did you mean 'exp"
    ):
        found["Exo"]
    with pytest.raises(KeyError, match="'nothing': see its nodes and layers"):
        found["nothing"]
    with pytest.raises(KeyError, match="no operation or layer 0"):
        found[0]  # type: ignore[index]


def test_a_profile_goes_over_its_operations() -> None:
    """It has as many rows as there are operations, each of which is in it."""
    found = made()
    assert (len(found), tuple(found)) == (len(found.nodes), found.nodes)
    assert found.nodes[0] in found


def test_titles_of_layers_are_keys_if_there_is_one_of_them() -> None:
    """Two that are alike have names, and what is both is the operation."""
    rows = made().nodes
    program = made().program
    titles = {"first": "Layer(3)", "second": "exp"}

    def titled(titles: dict[str, str]) -> Profile:
        more = {"runs": 1, "step_us": 1.0, "fastest_us": 1.0, "clock_us": 0.0}
        return Profile(program, rows, titles=titles, **more)  # type: ignore[arg-type]

    found = titled(titles)
    assert found["Layer(3)"] == found["first"]
    assert found["exp"].primitive == "exp"
    assert "Layer(3)" not in titled(dict.fromkeys(titles, "Layer(3)"))


def test_one_name_stands_for_itself_and_counts_once() -> None:
    """A string is no list of letters; an operation of a layer is a part of it."""
    found = made()
    assert found.of("exp").flops == found["exp"].flops
    whole = found.of(["first", "exp"])
    assert (whole.operations, whole.flops) == (
        found["first"].operations,
        found["first"].flops,
    )


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copies_have_the_tables_and_the_picture(
    copied: Callable[[Profile], Profile],
) -> None:
    """The same numbers and graph; the program is made anew when it is asked for."""
    w = gg.Variable([1.0, 2.0, 3.0], name="w")
    found = profile(gg.jit(lambda x: gg.assign(w, w + gg.exp(x))), np.ones(3), steps=2)
    other = copied(found)
    assert other.to_dict() == found.to_dict()
    assert str(other) == str(found)
    dots = [gg.viz.to_dot(each, show_buffers=True).source for each in (other, found)]
    # Pickles leave out which line of the source made a node.
    lines = re.compile(r" · test_profile_tables\.py:[^·]*(?= ·)")
    assert lines.sub("", dots[0]) == lines.sub("", dots[1])
    assert [n.name for n in other.program.graph.nodes] == [
        node.name for node in found.graph.nodes
    ]
    assert found.program is not other.program


def test_the_table_of_a_file_is_the_rows(tmp_path: Path) -> None:
    """A line for each operation, with all that is known of it."""
    found = made()
    found.to_csv(tmp_path / "step.csv")
    with (tmp_path / "step.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [row.name for row in found.nodes]
    assert [float(row["time_us"]) for row in rows] == [n.time_us for n in found.nodes]
    assert [int(row["bytes"]) for row in rows] == [row.nbytes for row in found.nodes]
    assert rows[0]["shape"] == "2x3"
    text = (tmp_path / "step.csv").read_text(encoding="utf-8")
    assert found.to_csv(buffer := io.StringIO()) is None
    assert found.to_csv() == buffer.getvalue() == text


def test_the_dict_is_fit_for_json() -> None:
    """It comes back from JSON as it went."""
    told = made().to_dict()
    assert json.loads(json.dumps(told)) == told
    assert [each["name"] for each in told["phases"]] == ["forward", "loss", "backward"]


def test_the_text_has_all_tables() -> None:
    """The step, phases with the total, layers with their phases, operations."""
    found = made()
    step_table, phases, layers, operations = str(found).split("\n\n")
    many = f"{len(found.nodes)} operations, "
    assert step_table.startswith(f"value_and_grad(step): {many}medians of 2")
    names = [line.split()[0] for line in phases.splitlines()]
    assert names == ["phase", "forward", "loss", "backward", "total"]
    assert layers.split()[:4] == ["layer", "forward", "loss", "backward"]
    names = [line.split()[1] for line in operations.splitlines()[1:]]
    assert sorted(names) == sorted(row.name for row in found.nodes)
    assert repr(found).startswith(f"<Profile of value_and_grad(step): {many}")
    page = found._repr_html_()
    assert page.startswith("<pre>value_and_grad(step): ")
    assert page.endswith("</pre>")


def test_a_long_program_shows_its_slowest_operations(clock: Clock) -> None:
    """They come first, and the text says which share of the time they have."""

    def f(x: gg.Tensor) -> gg.Tensor:
        for _ in range(20):
            x = gg.sin(x)
        return x

    costs = {"sin_10": 8000, **{f"sin_{i}": 600 for i in (1, 19)}}
    found = profile(Timed(gg.trace(f, gg.Spec(())), clock, costs), np.float32(1))
    lines = str(found).split("\n\n")[-1].splitlines()
    assert lines[1].startswith("F11 sin_10")
    assert lines[-1] == "The 15 slowest of 20: 100 %"
    assert len(lines) == 17
