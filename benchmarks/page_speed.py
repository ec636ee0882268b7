"""How fast interactive pages are in a browser: ``python -m benchmarks.page_speed``.

Presses keys and turns the wheel as a reader would, and measures from the event until
the browser has drawn the next frame. Writes the table of docs/page.md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import graphgrad as gg
from benchmarks.backend_prototype.tables import write_between_marks
from benchmarks.machine import describe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["main"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "page.md"

# Hidden layers, optimizer.
SUBJECTS = [(1, "sgd"), (17, "adam"), (92, "adam")]

# From the event to the frame after it.
WATCH = """
window.times = [];
for (const type of ["keydown", "wheel", "input", "click"])
  window.addEventListener(type, () => {
    const start = performance.now();
    const note = () => times.push(performance.now() - start);
    requestAnimationFrame(() => setTimeout(note));
  }, {capture: true, passive: true});
"""


def main() -> None:
    """Measure all subjects, and write or print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_speed")
    parser.add_argument("--rounds", type=int, default=15, help="of each interaction")
    parser.add_argument("--print", action="store_true", help="print, write no document")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("there is no Chromium on the path: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        rows = [
            _measured(browser, Path(folder), layers, optimizer, options.rounds)
            for layers, optimizer in SUBJECTS
        ]
        about = f"Chromium {browser.version}, {describe(1)['processor']}"
        browser.close()
    how = f"medians of {options.rounds}, the longest in brackets"
    text = _table(rows, f"{about}, no graphics card; {how}.")
    if options.print:
        sys.stdout.write(f"{text}\n")
    else:
        write_between_marks(DOCUMENT, text)


def _model(layers: int, optimizer: str) -> gg.Sequential:
    gg.set_random_seed(0)
    hidden = [gg.Dense(16, "relu") for _ in range(layers)]
    model = gg.Sequential([gg.Input((16,)), *hidden, gg.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def _measured(
    browser: Browser, folder: Path, layers: int, optimizer: str, rounds: int
) -> dict[str, str]:
    model = _model(layers, optimizer)
    start = time.perf_counter()
    path = folder / f"{layers}.html"
    page = gg.viz.to_html(model, path, stage="compile")
    written = time.perf_counter() - start
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    tab.add_init_script(WATCH)
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-ready]", state="attached")
    ready = tab.evaluate("() => performance.now()")
    row = {
        "nodes": f"{page.nodes:,}",
        "size": f"{path.stat().st_size / 1000:,.0f} KB",
        "to write": f"{written:.1f} s",
        "to open": f"{ready:,.0f} ms",
    }
    for name, act in _interactions(tab).items():
        row[name] = _median(tab, act, rounds)
    tab.close()
    return row


def _interactions(tab: Page) -> dict[str, Any]:
    def wheel(dy: float, key: str = "") -> None:
        tab.mouse.move(700, 450)
        if key:
            tab.keyboard.down(key)
        tab.mouse.wheel(0, dy)
        if key:
            tab.keyboard.up(key)

    def keys(*names: str) -> None:
        for name in names:
            tab.keyboard.press(name)

    return {
        "next operation": lambda: keys("."),
        "along the data": lambda: keys("ArrowDown"),
        "move": lambda: wheel(120),
        "enlarge": lambda: wheel(-40, "Control"),
        "a phase": lambda: keys("4"),
        "isolate": lambda: keys("i"),
        "close all": lambda: keys("e", "c"),
        "open all": lambda: keys("c", "e"),
        "move, all open": lambda: wheel(120),
        "see all": lambda: keys("c", "e", "0"),
    }


# Of several events, the last one counts: those before lead to where it starts.
def _median(tab: Page, act: Any, rounds: int) -> str:
    found = []
    for _ in range(rounds):
        tab.evaluate("() => { times.length = 0; }")
        act()
        tab.evaluate("() => new Promise(requestAnimationFrame)")
        tab.evaluate("() => new Promise((done) => setTimeout(done, 30))")
        found.append(tab.evaluate("() => times.at(-1)"))
    return f"{statistics.median(found):.0f} ({max(found):.0f}) ms"


def _table(rows: list[dict[str, str]], about: str) -> str:
    lines = [f"| | {' | '.join(row['nodes'] + ' nodes' for row in rows)} |"]
    lines.append(f"| --- | {' | '.join('---:' for _ in rows)} |")
    lines += [
        f"| {name} | {' | '.join(row[name] for row in rows)} |"
        for name in rows[0]
        if name != "nodes"
    ]
    return "\n".join([about, "", *lines])


if __name__ == "__main__":
    main()
