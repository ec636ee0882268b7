"""What leaves the page: SVG, PNG, DOT, paper, and the frame in a notebook."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]

SVG = "{http://www.w3.org/2000/svg}"


def parsed(path: Path) -> Any:
    """Return the root of an SVG file that the page made."""
    return ET.parse(path).getroot()  # noqa: S314  # it is our own


def saved(view: Any, button: str) -> Path:
    """Press a button of the menu, and return the file that the browser saved."""
    view.tab.get_by_text("Export", exact=True).click()
    with view.tab.expect_download() as download:
        view.tab.get_by_text(button).click()
    path = Path(download.value.path())
    named: Path = path.with_name(download.value.suggested_filename)
    return path.rename(named)


def test_svg_is_the_view_and_stands_alone(show: Show, dense: Dense) -> None:
    """Every box of the view, with colours written out and no class left."""
    model = dense()
    graph = model.graph("compile")
    path = saved(show(model, "compile", collapse=False, size=(700, 500)), "SVG")
    assert path.name == "sequential-compile.svg"
    root = parsed(path)
    text = path.read_text(encoding="utf-8")
    assert root.tag == f"{SVG}svg"
    assert "class=" not in text
    assert "var(" not in text
    tags = {each.text for each in root.iter(f"{SVG}tspan")}
    assert set(graph.tags().values()) <= tags


def test_svg_has_the_marks_of_the_step(show: Show, dense: Dense) -> None:
    """What runs, is done and is to come looks in the file as it does on the page."""
    widths: dict[str, set[str]] = {}
    for address in ("#step=4", ""):
        view = show(dense(), "compile", collapse=False, address=address)
        shapes = parsed(saved(view, "SVG")).iter()
        widths[address] = {
            f"{name} {each.get(name)}"
            for each in shapes
            for name in ("stroke-width", "stroke-opacity")
            if each.get(name)
        }
    assert {"stroke-width 4px", "stroke-opacity 0.35"} <= widths["#step=4"]
    assert not {"stroke-width 4px", "stroke-opacity 0.35"} & widths[""]


def test_svg_of_a_closed_layer_has_its_box(show: Show, dense: Dense) -> None:
    """The export shows what is open and closed, as the page does."""
    path = saved(show(dense(), "compile", collapse=True), "SVG")
    texts = {each.text for each in parsed(path).iter(f"{SVG}text")}
    assert {"dense", "dense_1", "mean_squared_error"} <= texts
    assert "matmul" not in texts


def test_png_is_a_picture(show: Show, dense: Dense) -> None:
    """A PNG twice as large as the drawing, with more than its ground in it."""
    path = saved(show(dense(), "compile"), "PNG")
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n")
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    assert width > 1000
    assert height > 1000
    assert len(data) > 50_000


def test_dot_names_the_nodes_and_lines_of_the_view(
    show: Show, dense: Dense, read_dot: Callable[[str], Any]
) -> None:
    """The DOT text has the nodes by their names; saved values count when shown."""
    model = dense()
    graph = model.graph("compile")
    path = saved(show(model, "compile", collapse=False, address="#saved=1"), "DOT")
    dot = read_dot(path.read_text(encoding="utf-8"))
    assert set(dot.nodes) == {node.name for node in graph.nodes}
    assert {(a, b) for a, b, _ in dot.edges} == set(graph.edges)


def test_exports_of_hostile_names_can_be_read(
    show: Show, read_dot: Callable[[str], Any]
) -> None:
    """Whatever nodes are called, SVG is XML and DOT names them as they are."""
    names = ['say "hi" \\N', "<b>&amp;</b>", "two\nlines", "bell\x07", "half\ud800"]
    variables = [gg.Variable(np.ones(3, np.float32), name=name) for name in names]

    def total(x: gg.Tensor) -> gg.Tensor:
        for each in variables:
            x = x + each
        return x

    graph = gg.trace(total, gg.Spec((3,), np.float32))
    view = show(graph)
    texts = {each.text for each in parsed(saved(view, "SVG")).iter(f"{SVG}tspan")}
    assert {'say "hi" \\N', "<b>&amp;</b>", "two lines"} <= texts
    dot = read_dot(saved(view, "DOT").read_text(encoding="utf-8"))
    assert set(dot.nodes) == {node.name for node in graph.nodes}


def test_print_shows_all_of_the_graph(show: Show, dense: Dense) -> None:
    """On paper stands the whole view, light, without buttons; then it is as before."""
    graph = dense().graph("compile")
    view = show(graph, size=(700, 500), scheme="dark", collapse=False)
    before = sorted(view.drawn())
    assert len(before) < len(graph)
    view.tab.emulate_media(media="print")
    view.tab.wait_for_selector("#canvas svg[viewBox]", state="attached")
    assert sorted(view.drawn()) == sorted(node.name for node in graph.nodes)
    tags = view.tab.locator("#paper .in-order .tag").all_inner_texts()
    assert tags == list(graph.tags().values())
    numbers = view.tab.locator("#paper .number").all_inner_texts()
    count = len(gg.explain(graph).equations)
    assert numbers == [f"({n})" for n in range(1, count + 1)]
    assert view.js("() => document.body.scrollWidth <= innerWidth")
    assert not view.tab.locator("#panel").is_visible()
    assert not view.tab.locator("#outline").is_visible()
    assert not view.tab.locator("#dock").is_visible()
    assert not view.tab.locator("#tools").is_visible()
    ink = view.js("() => getComputedStyle(document.body).color")
    assert ink == "rgb(31, 36, 48)"
    assert len(view.tab.pdf()) > 10_000
    view.tab.emulate_media(media="screen")
    view.tab.wait_for_selector("#canvas svg:not([viewBox])", state="attached")
    assert sorted(view.drawn()) == before
    assert not view.tab.locator("#paper").count()


def test_print_keeps_the_secret_of_a_question(show: Show, dense: Dense) -> None:
    """While something is asked, the list and the equations do not tell it on paper."""
    view = show(dense(), "compile", address="#exercise=next.3")
    view.tab.emulate_media(media="print")
    view.tab.wait_for_selector("#paper", state="attached")
    assert not view.tab.locator("#paper").is_visible()


def test_notebook_frame_works_without_an_address(
    browser: Any, dense: Dense, tmp_path: Path
) -> None:
    """In a sandboxed frame the page works, though it may not change its address."""
    page = gg.viz.to_html(dense(), stage="compile")
    path = tmp_path / "notebook.html"
    frame = page._repr_html_()
    path.write_text(f"<!DOCTYPE html><body>{frame}</body>", encoding="utf-8")
    tab = browser.new_page()
    errors: list[str] = []
    tab.on("console", lambda message: errors.append(message.text))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(path.as_uri())
    inner = tab.frame_locator("iframe")
    inner.locator("[role=option]").first.click()
    assert inner.locator("#section-node .name").inner_text() == "matmul"
    inner.locator("#canvas").press("t")
    inner.locator("html[data-theme=dark]").wait_for(state="attached")
    tab.close()
    assert errors == []
