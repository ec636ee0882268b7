"""What the tests of pictures share: a reader of DOT, random graphs, a trained model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import strategies as st

import graphgrad as gg

TOKEN = re.compile(r'"((?:\\.|[^"\\])*)"|([A-Za-z_0-9.\-]+(?<!-))|(->|[{}\[\]=,;])|(<)')
ESCAPE = re.compile(r"\\(x([0-9a-f]+);|.)", re.DOTALL)

Attributes = dict[str, str]


@dataclass
class Dot:
    """What a DOT text says: nodes and edges with attributes, nodes of clusters."""

    nodes: dict[str, Attributes] = field(default_factory=dict)
    edges: list[tuple[str, str, Attributes]] = field(default_factory=list)
    clusters: dict[str, list[str]] = field(default_factory=dict)
    graph: Attributes = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The edges as sorted pairs, once per edge."""
        return sorted((source, target) for source, target, _ in self.edges)


def unescape(text: str) -> str:
    """Return what a quoted DOT string of ours stands for."""

    def one(match: re.Match[str]) -> str:
        return chr(int(match[2], 16)) if match[2] else match[1]

    return ESCAPE.sub(one, text)


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of the tokens: a word, a quoted name, a mark, HTML."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = TOKEN.match(text, at)
        assert match, f"not DOT: {text[at : at + 40]!r}"
        at = match.end()
        if match[4]:
            start, depth = at, 1
            while depth:
                depth += {"<": 1, ">": -1}.get(text[at], 0)
                at += 1
            yield "html", text[start : at - 1]
        elif match[3]:
            yield "mark", match[3]
        else:
            yield ("word", match[2]) if match[2] else ("name", unescape(match[1]))


def read_dot(text: str) -> Dot:
    """Read the DOT that to_dot writes; fail where it is not well formed."""
    found, stream = Dot(), list(tokens(text))
    assert stream[0] == ("word", "digraph")
    at = 3
    open_clusters: list[str] = []
    while at < len(stream):
        kind, word = stream[at]
        if (kind, word) == ("mark", "}"):
            if open_clusters:
                open_clusters.pop()
            at += 1
        elif (kind, word) == ("word", "subgraph"):
            open_clusters.append(stream[at + 1][1])
            found.clusters[stream[at + 1][1]] = []
            at += 3
        elif stream[at + 1] == ("mark", "->"):
            attributes, end = read_attributes(stream, at + 3)
            found.edges.append((word, stream[at + 2][1], attributes))
            at = end
        else:
            attributes, end = read_attributes(stream, at + 1)
            if (kind, word) == ("word", "graph") and open_clusters:
                found.titles[open_clusters[-1]] = attributes["label"]
            elif (kind, word) == ("word", "graph"):
                found.graph = attributes
            elif (kind, word) not in (("word", "node"), ("word", "edge")):
                assert word not in found.nodes, f"{word!r} is declared twice"
                found.nodes[word] = attributes
                for cluster in open_clusters:
                    found.clusters[cluster].append(word)
            at = end
    return found


def read_attributes(stream: list[tuple[str, str]], at: int) -> tuple[Attributes, int]:
    """Read a list in brackets, if there is one; return it and the place behind it."""
    found: Attributes = {}
    if at >= len(stream) or stream[at] != ("mark", "["):
        return found, at
    at += 1
    while stream[at] != ("mark", "]"):
        assert stream[at + 1] == ("mark", "=")
        found[stream[at][1]] = stream[at + 2][1]
        at += 3
        if stream[at] == ("mark", ","):
            at += 1
    return found, at + 1


@pytest.fixture(scope="session")
def read() -> Callable[[str], Dot]:
    """Return the reader of DOT."""
    return read_dot


# ---- graphs --------------------------------------------------------------------------

SHAPE = (2, 2)
KIND = st.sampled_from(["parameter", "slot"])
PHASES = ("forward", "loss", "backward", "update")
SCOPES = ("", "dense", "adam", 'say "\\N" <b>&')


def draw_graph(data: st.DataObject) -> gg.Graph:
    """Draw a graph of any operations at any places, with state of any name."""
    names = data.draw(st.lists(st.text(max_size=8), max_size=3, unique=True))
    kinds = data.draw(st.lists(KIND, min_size=len(names), max_size=len(names)))
    state = [
        gg.Variable(np.ones(SHAPE), name=name, kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    ]
    count = data.draw(st.integers(1, 12))

    def record(x: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        known = [x, y, *state]
        for _ in range(count):
            operand = st.sampled_from(known)
            a, b = data.draw(operand), data.draw(st.one_of(operand, st.just(1.5)))
            f = data.draw(st.sampled_from([gg.add, gg.multiply, gg.matmul, gg.maximum]))
            place = (
                data.draw(st.sampled_from(SCOPES)),
                data.draw(st.sampled_from(PHASES)),
            )
            with gg.scope(place[0]), gg.phase(place[1]):
                result = a @ a if f is gg.matmul else f(a, b)
                known.append(result)
                if data.draw(st.booleans()) and state:
                    data.draw(st.sampled_from(state)).assign(result)
        return known[-1]

    return gg.trace(
        record, gg.Spec(SHAPE, np.dtype("f8")), gg.Spec(SHAPE, np.dtype("f8"))
    )


@pytest.fixture(scope="session")
def random_graph() -> Callable[[st.DataObject], gg.Graph]:
    """Return the maker of random graphs."""
    return draw_graph


@pytest.fixture(scope="session")
def model() -> gg.Sequential:
    """Return a small model that has been trained for four steps."""
    gg.set_random_seed(0)
    model = gg.Sequential(
        [gg.Input((6,)), gg.Dense(3, "sigmoid"), gg.Dense(1, "sigmoid")], name="small"
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = np.arange(96, dtype=np.float32).reshape(16, 6) / 96
    model.fit(x, np.arange(16) % 2, batch_size=8, epochs=2, verbose=0)
    return model


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every program that draws DOT away."""
    monkeypatch.setattr("graphgrad.viz._render.engines", lambda *_: [])
