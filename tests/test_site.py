"""The site of docs/: what it adds to the pages, and what it refuses."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [each for each in sorted(DOCS.rglob("*.md")) if each.name != "index.md"]


def part(name: str) -> dict[str, Any]:
    """Return the names of a part of the site."""
    return runpy.run_path(str(DOCS / name))


def test_index_leads_to_each_page_once() -> None:
    """The lists of the index are the order of the site."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    sections = part("_site/order.py")["sections"](text)
    listed = [page for pages in sections.values() for _, page in pages]
    own = [each.relative_to(DOCS) for each in PAGES]
    made = {"api", "project"}  # by the build
    expected = [each for each in own if each.parts[0] not in made]
    assert sorted(f"{each}.md" for each in listed) == sorted(map(str, expected))


def test_sidebar_follows_the_index() -> None:
    """A heading is a caption, an entry a page; other links are no entries."""
    text = "# T\n## Learn\n\n1. [One](a/one.md): x\n\nSee [two](two.md).\n"
    assert part("_site/order.py")["toctrees"](text).splitlines() == [
        "```{toctree}", ":hidden:", ":caption: Learn", "", "One <a/one>", "```"
    ]  # fmt: skip


def test_live_pages_are_made_and_shown() -> None:
    """Each mark in a page has a function that makes it, and the other way round."""
    mark = part("_site/live.py")["MARK"]
    shown = [found for each in PAGES for found in mark.findall(each.read_text("utf-8"))]
    assert {name for name, _ in shown} == set(part("live/pages.py")["PAGES"])
    assert {address.partition("=")[0] for _, address in shown} == {"", "#exercise"}


def test_a_mark_becomes_a_frame_at_its_address() -> None:
    """From the folder of the page that has it, in the state that it names."""
    text = ["# T\n\n<!-- live: digits-fit#exercise=next.1 -->\n"]
    app = SimpleNamespace(srcdir=DOCS)
    part("_site/live.py")["embed"](app, "learn/workflow", text)
    assert 'src="../_static/live/digits-fit.html#exercise=next.1"' in text[0]
    assert "<!--" not in text[0]


def test_live_pages_can_be_written(tmp_path: Path) -> None:
    """What makes a page gives one that can be saved."""
    for name, (title, make) in part("live/pages.py")["PAGES"].items():
        assert title
        assert make().save(tmp_path / f"{name}.html").stat().st_size


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<img alt="x" src="http://example.org/a.png">',
    ],
)
def test_what_is_fetched_from_elsewhere_is_found(text: str, tmp_path: Path) -> None:
    """A site that works without a network loads nothing; it may link."""
    page = tmp_path / "page.html"
    loads = part("_site/check.py")["loads"]
    page.write_text('<a href="https://example.org">x</a><img src="a.png">', "utf-8")
    assert list(loads(tmp_path)) == []
    page.write_text(text, "utf-8")
    assert len(list(loads(tmp_path))) == 1


def test_styles_that_fetch_are_found(tmp_path: Path) -> None:
    """Fonts of other places are named in style sheets."""
    loads = part("_site/check.py")["loads"]
    style = tmp_path / "style.css"
    style.write_text("a { background: url(a.svg) }", "utf-8")
    assert list(loads(tmp_path)) == []
    style.write_text('@import "https://example.org/font.css";', "utf-8")
    assert len(list(loads(tmp_path))) == 1


def test_files_that_are_not_there_are_found(tmp_path: Path) -> None:
    """What a page names is there; other sites are no files."""
    page = tmp_path / "page.html"
    page.write_text('<a href="page.html#a"></a><a href="https://a.b">x</a>', "utf-8")
    unlinked = part("_site/check.py")["unlinked"]
    assert list(unlinked(tmp_path)) == []
    page.write_text('<img src="gone.svg">', "utf-8")
    assert len(list(unlinked(tmp_path))) == 1
