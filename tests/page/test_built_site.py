"""The site that `make docs` has built, in a browser: quiet, narrow, searched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

SITE = Path(__file__).parents[2] / "site"
PAGES = sorted(
    each.relative_to(SITE).as_posix()
    for each in SITE.rglob("*.html")
    if "_static" not in each.parts
)
AUDITED = ("learn/start", "conventions", "api/viz")

pytestmark = pytest.mark.skipif(not PAGES, reason="site/ is not built: make docs")


@pytest.fixture
def tab(browser: Browser, scheme: Any) -> Iterator[Tab]:
    """Open a tab as narrow as a telephone."""
    size: Any = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.fixture
def scheme() -> str:
    """Name the scheme where it makes no difference."""
    return "light"


def address(page: str) -> str:
    """Return where a page of the site is."""
    return (SITE / page).as_uri()


def test_pages_need_nothing_else_and_fit(tab: Tab) -> None:
    """No page asks the network, complains, or is wider than the screen."""
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda each: asked.append(each.url))
    tab.on("console", lambda each: said.append(f"{tab.url}: {each.text}"))
    wide = []
    for page in PAGES:
        tab.goto(address(page))
        code = "document.documentElement.scrollWidth > window.innerWidth"
        if tab.evaluate(code):
            wide.append(page)
    known = ("file:", "data:", "blob:", "about:")
    assert [each for each in asked if not each.startswith(known)] == []
    assert said == []
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_audit_finds_nothing_serious(tab: Tab) -> None:
    """axe-core has no objection of weight."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    serious = []
    for page in AUDITED:
        tab.goto(address(f"{page}.html"))
        for each in axe.run(tab).response["violations"]:
            if each["impact"] in ("serious", "critical"):
                targets = [node["target"] for node in each["nodes"]]
                serious.append((page, each["id"], targets[:3]))
    assert serious == []


def test_search_finds_pages_and_names(tab: Tab) -> None:
    """The index of the search is a file of the site."""
    for words, found in (("saturated", "The lab"), ("LearningMonitor", "callbacks")):
        tab.goto(f"{address('search.html')}?q={words}")
        results = tab.locator("#search-results li")
        results.first.wait_for()
        assert any(found in each for each in results.all_inner_texts())


def test_live_pages_show_their_graphs(tab: Tab) -> None:
    """The frames hold interactive pages, and these draw where a reader sees it."""
    tab.goto(address("learn/workflow.html"))
    frames = tab.locator("figure.live iframe")
    assert frames.count() == 3
    for i in range(3):
        frame = frames.nth(i)
        frame.scroll_into_view_if_needed()
        drawn = frame.content_frame.locator("#canvas [data-node]")
        drawn.first.wait_for(state="attached")
        assert drawn.count()
        canvas = frame.content_frame.locator("#canvas").bounding_box()
        assert canvas
        assert canvas["height"] > 200
