"""Names that mean something to HTML, JavaScript, DOT or the direction of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Show = Callable[..., Any]

NAMES = [
    "</script><script>alert(1)</script>",
    "<!--",
    "\"quotes\" 'and' `ticks`",
    "back\\slash\\N",
    "${1+1} {{title}}",
    "&lt;img src=x onerror=alert(1)&gt;<img src=x onerror=alert(1)>",
    "right\u202eto left\u2066",
    "line\u2028and\u2029paragraph",
    "half\ud800",
    "100% #closed=a&selected=b|c*~",
    "ohm Ω 日本語 🙂",
]


def graph_with(name: str) -> gg.Graph:
    """Return a graph of one layer of that name, which has a variable of that name."""
    w = gg.Variable(np.ones(3, np.float32), name=name)

    def layer(x: gg.Tensor) -> gg.Tensor:
        with gg.scope(name.replace("/", "_")):
            return gg.tanh(x * w)

    return gg.trace(layer, gg.Spec((3,), np.float32))


@pytest.mark.parametrize("name", NAMES)
def test_name_is_text_and_nothing_else(show: Show, name: str) -> None:
    """The page shows the name, runs nothing of it, and finds it in its address."""
    graph = graph_with(name)
    view = show(graph)
    assert len(view.drawn()) == len(graph)
    view.press("End")
    assert view.selected == graph.operations[-1].name.encode(
        "utf-16", "surrogatepass"
    ).decode("utf-16", "replace")
    view.press("c", "e", "c", "i", "i")
    again = show(graph, address=f"#{view.address}")
    assert again.selected == view.selected
    assert again.drawn("[data-box]") == view.drawn("[data-box]")
    assert view.tab.locator("script").count() == 2
    assert view.tab.locator("img").count() == 0


def test_page_asks_for_nothing(browser: Any, tmp_path: Any) -> None:
    """No request leaves the page, and its policy forbids scripts from elsewhere."""
    path = tmp_path / "page.html"
    gg.viz.to_html(graph_with("plain"), path)
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-ready]", state="attached")
    assert asked == [path.as_uri()]
    blocked = tab.evaluate("""() => new Promise((done) => {
        document.addEventListener("securitypolicyviolation", (event) =>
            done(event.violatedDirective));
        const script = document.createElement("script");
        script.textContent = "window.broken = true";
        document.body.append(script);
    })""")
    assert blocked.startswith("script-src")
    tab.close()
