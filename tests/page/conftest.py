"""A real browser for the tests of pages, and what they do with it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import graphgrad as gg

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def why_no_browser() -> str:
    """Say what is missing for tests in a browser; nothing, if all is there."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed: make .venv/with-test"
    if program() is None:
        return "no Chromium is installed: apt install chromium"
    return ""


@cache
def program() -> str | None:
    """Return the path of the browser: $BROWSER_PROGRAM, or the first that is found."""
    given = os.environ.get("BROWSER_PROGRAM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser once; without one, skip, but fail where it must be there."""
    reason = why_no_browser()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program(), args=list(FLAGS)
        )
        yield started
        started.close()


@dataclass
class View:
    """A page in a tab of the browser, with all that the console said."""

    tab: Tab
    errors: list[str] = field(default_factory=list)

    def js(self, code: str, argument: Any = None) -> Any:
        """Run a function of JavaScript in the page."""
        return self.tab.evaluate(code, argument)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.tab.keyboard.press(key)

    @property
    def address(self) -> str:
        """What stands behind the # of the address."""
        return str(self.js("() => location.hash.slice(1)"))

    @property
    def selected(self) -> str | None:
        """The id of the node that is selected, from the panel."""
        found = self.tab.locator("#section-node .name")
        return found.inner_text() if found.count() else None

    def drawn(self, kind: str = "[data-node]") -> list[str]:
        """Return the ids of the nodes that are drawn, or the keys of boxes."""
        code = """kind => {
            const data = JSON.parse(document.getElementById("data").textContent);
            return [...document.querySelectorAll(`#canvas ${kind}`)].map((each) =>
                each.dataset.node ? data.nodes[each.dataset.node].id
                                  : each.dataset.box || each.dataset.key);
        }"""
        return list(self.js(code, kind))


Show = Callable[..., View]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Return a function that opens what `to_html` makes of a thing; errors fail."""
    views: list[View] = []
    folder = tmp_path / "a page's “folder”"
    folder.mkdir()

    def opened(
        thing: Any,
        stage: str | None = None,
        *,
        address: str = "",
        scheme: str = "light",
        size: tuple[int, int] = (1440, 900),
        **options: Any,
    ) -> View:
        path = folder / f"{len(views)}.html"
        gg.viz.to_html(thing, path, stage=stage, **options)
        tab = browser.new_page(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        view = View(tab)
        tab.on("console", lambda message: view.errors.append(message.text))
        tab.on("pageerror", lambda error: view.errors.append(str(error)))
        tab.goto(path.as_uri() + address)
        tab.wait_for_selector("html[data-ready]", state="attached")
        views.append(view)
        return view

    yield opened
    for view in views:
        view.tab.close()
        assert view.errors == []


@pytest.fixture
def audit() -> Callable[[View], list[tuple[str, Any]]]:
    """Return a function that lists what axe-core finds serious in a page, and where."""
    from axe_playwright_python.sync_playwright import Axe

    def serious(view: View) -> list[tuple[str, Any]]:
        found = Axe().run(view.tab).response["violations"]
        return [
            (each["id"], [node["target"] for node in each["nodes"]])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    return serious


@pytest.fixture
def dense() -> Callable[..., gg.Sequential]:
    """Return a maker of compiled models, with hidden layers that are all the same."""

    def made(layers: int = 1, optimizer: str = "sgd") -> gg.Sequential:
        gg.set_random_seed(0)
        hidden = [gg.Dense(4, "relu") for _ in range(layers)]
        model = gg.Sequential([gg.Input((4,)), *hidden, gg.Dense(1)])
        model.compile(optimizer, "mse")
        return model

    return made


@pytest.fixture(scope="session")
def read_dot() -> Callable[[str], Any]:
    """Return the reader of DOT of the tests of pictures."""
    path = Path(__file__).parents[1] / "viz" / "conftest.py"
    spec = importlib.util.spec_from_file_location("viz_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["viz_conftest"] = module
    spec.loader.exec_module(module)
    read: Callable[[str], Any] = module.read_dot
    return read
