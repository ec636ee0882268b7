"""Files: valid, whole and checked; and a way out where nothing can draw."""

from __future__ import annotations

import stat
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import RenderError, render
from graphgrad.viz._engines import Engine, engines

Random = Callable[[st.DataObject], gg.Graph]

SVG = "{http://www.w3.org/2000/svg}"
MAGIC = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF", ".dot": b"digraph"}


@pytest.fixture(scope="module", params=["dot", "graphviz-pure", "lanes"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return the name of an engine; graphviz-pure comes with the tests' extra."""
    name: str = request.param
    if name == "dot" and not engines(name):
        pytest.skip("this machine has no dot")
    return name


@pytest.fixture
def graph() -> gg.Graph:
    """Return a small graph."""
    return gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))


def groups(path: Path, kind: str) -> list[ET.Element]:
    """Return the groups of an SVG of a class: node, edge or cluster."""
    root = ET.parse(path).getroot()  # noqa: S314  # our own file
    return [x for x in root.iter(f"{SVG}g") if x.get("class", "").split()[:1] == [kind]]


# ---- what is drawn -------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["build", "compile", "fit"])
def test_svg_has_every_node_and_edge(
    model: gg.Sequential, engine: str, stage: str, tmp_path: Path
) -> None:
    """The drawn ids are the graph's names, and there is a line per use of a value."""
    graph = model.graph(stage)
    path = render(
        model, tmp_path / "step.svg", stage=stage, engine=engine, collapse=False
    )
    ids = [str(each.get("id")).split("_", 1)[1] for each in groups(path, "node")]
    assert sorted(node.name for node in graph.nodes) == sorted(ids)
    assert len(graph.edges) == len(groups(path, "edge"))


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_graph_is_drawn(
    random_graph: Random, data: st.DataObject, engine: str, tmp_path: Path
) -> None:
    """Whatever the names and the edges are, the file is valid and complete."""
    graph = random_graph(data)
    path = render(graph, tmp_path / "any.svg", engine=engine, collapse=False)
    assert len(graph.nodes) == len(groups(path, "node"))
    assert len(graph.edges) == len(groups(path, "edge"))


@pytest.mark.parametrize("suffix", [".svg", ".png", ".dot"])
def test_extension_chooses_the_format(
    graph: gg.Graph, suffix: str, tmp_path: Path
) -> None:
    """SVG, PNG and DOT are what their names say."""
    path = render(graph, tmp_path / f"picture{suffix}", engine="graphviz-pure")
    assert path.read_bytes().startswith(MAGIC[suffix])


@pytest.mark.skipif(not engines("dot"), reason="this machine has no dot")
def test_dot_writes_pdf(graph: gg.Graph, tmp_path: Path) -> None:
    """Graphviz itself writes PDF."""
    assert render(graph, tmp_path / "x.pdf").read_bytes().startswith(MAGIC[".pdf"])


def test_dpi_makes_larger_pictures(graph: gg.Graph, tmp_path: Path) -> None:
    """Twice the dpi are twice the pixels."""

    def width(dpi: int) -> int:
        path = render(graph, tmp_path / "x.png", engine="graphviz-pure", dpi=dpi)
        return int.from_bytes(path.read_bytes()[16:20], "big")

    assert abs(width(200) - 2 * width(100)) <= 2


def test_ids_of_two_figures_differ(graph: gg.Graph, tmp_path: Path) -> None:
    """Two pictures can stand in one page."""
    other = gg.trace(gg.exp, gg.Spec((3,)))

    def ids(thing: gg.Graph) -> set[str]:
        path = render(thing, tmp_path / "x.svg", engine="graphviz-pure")
        root = ET.parse(path).getroot()  # noqa: S314
        return {str(each.get("id")) for each in root.iter() if each.get("id")}

    assert ids(graph)
    assert set() == ids(graph) & ids(other)


def test_svg_gives_way_to_the_page(graph: gg.Graph, tmp_path: Path) -> None:
    """The drawing has a viewBox and shrinks with what it stands in."""
    path = render(graph, tmp_path / "x.svg", engine="graphviz-pure")
    root = ET.parse(path).getroot()  # noqa: S314
    assert root.get("viewBox")
    assert "max-width: 100%" in str(root.get("style"))


def test_rendering_is_deterministic(graph: gg.Graph, tmp_path: Path) -> None:
    """The same engine draws the same bytes."""
    one = render(graph, tmp_path / "1.svg", engine="graphviz-pure").read_bytes()
    assert one == render(graph, tmp_path / "2.svg", engine="graphviz-pure").read_bytes()


def test_large_pictures_are_collapsed_and_say_so(tmp_path: Path) -> None:
    """What is not asked for in full is drawn so that it can be read."""
    layers = [gg.Dense(4, "tanh") for _ in range(6)]
    deep = gg.Sequential([gg.Input((4,)), *layers])
    deep.compile("adam", "mse")
    path = render(deep, tmp_path / "x.svg", engine="graphviz-pure")
    assert len(groups(path, "node")) <= 150
    assert "Hidden" in path.read_text(encoding="utf-8")


# ---- what cannot be drawn ------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.svg.zip"])
def test_unknown_extension_lists_the_known(graph: gg.Graph, name: str) -> None:
    """The message names the four extensions."""
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot; got"):
        render(graph, name)


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_there_is_the_text_and_the_way_out(
    graph: gg.Graph, tmp_path: Path
) -> None:
    """The error names the missing piece and the command; the DOT text is saved."""
    with pytest.raises(RenderError, match=r"pip install graphviz-pure") as caught:
        render(graph, tmp_path / "x.png")
    assert "apt install graphviz" in str(caught.value)
    assert str(tmp_path / "x.dot") in str(caught.value)
    assert ["x.dot"] == [each.name for each in tmp_path.iterdir()]
    assert gg.viz.to_dot(graph).source == (tmp_path / "x.dot").read_text("utf-8")


def test_nothing_on_the_path_and_no_wheel(
    graph: gg.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search itself finds nothing where there is nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("graphgrad.viz._engines._installed_pure", lambda: None)
    assert [] == engines()
    with pytest.raises(RenderError, match="no program that draws DOT"):
        render(graph, tmp_path / "x.png")


def test_wheel_is_found_outside_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment that is not activated still finds its graphviz-pure."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ["graphviz-pure"] == [each.name for each in engines()]


def test_pdf_without_dot_names_the_fix(
    graph: gg.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """graphviz-pure does not write PDF: the message says who does."""
    pure = engines("graphviz-pure")
    monkeypatch.setattr("graphgrad.viz._render.engines", lambda *_: pure)
    with pytest.raises(
        RenderError, match=r"does not write PDF.*graphviz.*draws PDF too"
    ):
        render(graph, tmp_path / "x.pdf")


def test_unknown_engine_is_refused(graph: gg.Graph, tmp_path: Path) -> None:
    """The names of all engines are in the message."""
    with pytest.raises(ValueError, match="dot, graphviz-pure, lanes, got 'neato'"):
        render(graph, tmp_path / "x.svg", engine="neato")


@pytest.mark.usefixtures("no_engine")
def test_svg_needs_no_engine(graph: gg.Graph, tmp_path: Path) -> None:
    """Without any program, the picture is our own."""
    path = render(graph, tmp_path / "x.svg")
    assert "gg-lanes" in path.read_text(encoding="utf-8")
    assert len(graph.nodes) == len(groups(path, "node"))


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_our_own_engine_draws_svg_alone(
    graph: gg.Graph, suffix: str, tmp_path: Path
) -> None:
    """For other formats, the message says who writes them."""
    match = rf"lanes does not write {suffix[1:].upper()}.*pip install graphviz-pure"
    with pytest.raises(RenderError, match=match):
        render(graph, tmp_path / f"x{suffix}", engine="lanes")


def test_too_many_nodes_are_refused_with_a_hint(tmp_path: Path) -> None:
    """Thousands of nodes are no picture; the text has them all."""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(2100):
            x = -x
        return x

    graph = gg.trace(chain, gg.Spec((2,)))
    with pytest.raises(RenderError, match=r"2,101 nodes.*collapse=True"):
        render(graph, tmp_path / "x.svg", collapse=False)
    assert [] == list(tmp_path.iterdir())
    assert render(graph, tmp_path / "x.dot").exists()


# ---- engines that fail ---------------------------------------------------------------


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a maker of engines that run a script and replace the real ones."""
    if sys.platform == "win32":
        pytest.skip("the fakes are scripts with a shebang")
    found: list[Engine] = []

    def make(code: str, *, then_real: bool = False) -> None:
        program = tmp_path / f"engine{len(found)}"
        program.write_text(f"#!{sys.executable}\nimport sys, time\n{code}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        found.append(Engine("fake", str(program), ("svg", "png", "pdf")))
        if then_real:
            found.extend(engines("graphviz-pure"))

    monkeypatch.setattr("graphgrad.viz._render.engines", lambda *_: found)
    return make


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sys.stderr.write('lost 1 edge'); sys.exit(1)", r"code 1: lost 1 edge"),
        ("sys.exit(101)", "code 101"),
        ("pass", "code 0: no message"),
        ("print('<svg></svg>')", "drew 0 nodes and 0 edges of 4 and 3"),
        ("time.sleep(30)", "did not finish within"),
    ],
)
def test_failures_are_told(
    graph: gg.Graph, tmp_path: Path, fake: Callable[..., None], code: str, said: str
) -> None:
    """Codes, lost edges and endless layouts end in an error and the saved text."""
    fake(code)
    with pytest.raises(RenderError, match=said):
        render(graph, tmp_path / "x.svg", engine="dot", timeout=0.5)
    assert (tmp_path / "x.dot").exists()
    assert not (tmp_path / "x.svg").exists()


def test_svg_has_a_last_resort(
    graph: gg.Graph, tmp_path: Path, fake: Callable[..., None]
) -> None:
    """Where every program fails and none was asked for, the picture is our own."""
    fake("sys.exit(1)")
    path = render(graph, tmp_path / "x.svg")
    assert "gg-lanes" in path.read_text(encoding="utf-8")
    assert not (tmp_path / "x.dot").exists()


def test_second_engine_has_its_chance(
    graph: gg.Graph, tmp_path: Path, fake: Callable[..., None]
) -> None:
    """Where one engine fails, the other draws."""
    fake("sys.exit(1)", then_real=True)
    assert 4 == len(groups(render(graph, tmp_path / "x.svg"), "node"))


def test_failed_engine_leaves_the_old_picture(
    graph: gg.Graph, tmp_path: Path, fake: Callable[..., None]
) -> None:
    """A picture is replaced by a whole one or not at all."""
    (tmp_path / "x.svg").write_text("old")
    fake("sys.exit(1)")
    with pytest.raises(RenderError):
        render(graph, tmp_path / "x.svg", engine="dot")
    assert "old" == (tmp_path / "x.svg").read_text()


def test_missing_folder_is_an_ordinary_error(graph: gg.Graph, tmp_path: Path) -> None:
    """A path that cannot be written raises what opening a file would, and names it."""
    with pytest.raises(FileNotFoundError, match=r"make it first.*nowhere'$"):
        render(graph, tmp_path / "nowhere" / "x.dot")


# ---- notebooks -----------------------------------------------------------------------


def test_notebook_shows_svg_and_text(model: gg.Sequential) -> None:
    """Graphs, tensors and models have both forms; the SVG stands by itself."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    for thing in (model, model.graph("build"), gg.exp(x)):
        bundle: dict[str, Any] = gg.viz.mimebundle(thing)
        assert repr(thing) == bundle["text/plain"]
        assert bundle["image/svg+xml"].startswith("<svg")
        ET.fromstring(bundle["image/svg+xml"])  # noqa: S314


@pytest.mark.usefixtures("no_engine")
def test_notebook_never_raises(model: gg.Sequential) -> None:
    """Without an engine there is our own picture; for what has no graph, text."""
    assert "gg-lanes" in gg.viz.mimebundle(model)["image/svg+xml"]
    assert ["text/plain"] == list(gg.viz.mimebundle(gg.Sequential([gg.Dense(1)])))
    assert ["text/plain"] == list(gg.viz.mimebundle(np.ones(2)))


def test_notebook_draws_only_what_is_wanted(model: gg.Sequential) -> None:
    """IPython's include and exclude are honoured."""
    graph = model.graph("build")
    assert ["text/plain"] == list(gg.viz.mimebundle(graph, include=["text/plain"]))
    assert ["text/plain"] == list(gg.viz.mimebundle(graph, exclude=["image/svg+xml"]))
