"""Two graphs in one page: signs, sides, counterparts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import graphgrad as gg

Show = Callable[..., Any]
Dense = Callable[..., gg.Sequential]

HUGE = (3000, 3000)


@pytest.fixture
def pair(dense: Dense) -> gg.viz.Comparison:
    """Return SGD against Adam."""
    return gg.viz.compare(dense(), dense(1, "adam"), stages="compile")


@pytest.fixture
def edited() -> gg.viz.Comparison:
    """Return a net before and after an edit: relu is tanh, and the width another."""
    nets = []
    for width, activation in ((3, "relu"), (4, "tanh")):
        gg.set_random_seed(0)
        net = gg.Sequential([gg.Input((2,)), gg.Dense(width, activation), gg.Dense(1)])
        net.compile("sgd", "mse")
        nets.append(net)
    return gg.viz.compare(*nets, stages="compile")


def names(nodes: Any) -> set[str]:
    """Return the names of nodes."""
    return {node.name for node in nodes}


def test_signs_are_drawn(show: Show, edited: gg.viz.Comparison) -> None:
    """Each sign stands in its node, and the line of the node says it again."""
    view = show(edited, size=HUGE)
    assert set(view.drawn("[data-node].added:not(.constant)")) == names(
        n for n in edited.added if n.op.name != "constant"
    )
    lost = set(view.drawn("[data-node].removed:not(.constant)"))
    assert {name.removesuffix(" (before)") for name in lost} == names(
        n for n in edited.removed if n.op.name != "constant"
    )
    for sign in ("added", "removed", "changed"):
        text = view.tab.locator(f"#canvas .{sign} .head").first.text_content()
        assert text[0] == {"added": "+", "removed": "−", "changed": "~"}[sign]
    dashes = {
        sign: view.js(
            "s => getComputedStyle(document.querySelector(s)).strokeDasharray",
            f"#canvas .operation.{sign} > .shape",
        )
        for sign in ("added", "removed", "changed")
    }
    assert len(set(dashes.values())) == 3


def test_sides_hide_what_the_other_has(show: Show, edited: gg.viz.Comparison) -> None:
    """Before and after have the nodes of their graphs, also in the list and by link."""
    view = show(edited, size=HUGE)
    everything = set(view.drawn())
    view.tab.get_by_role("button", name="+ after").click()
    assert set(view.drawn()) == names(edited.after.nodes)
    assert "side=after" in view.address
    view.tab.get_by_role("button", name="− before").click()
    assert len(view.drawn()) == len(edited.before.nodes)
    listed = view.tab.locator("#operations [role=option]:visible").count()
    assert listed == len(edited.before.operations)
    again = show(edited, size=HUGE, address=f"#{view.address}")
    assert set(again.drawn()) == set(view.drawn())
    view.press("b")
    assert set(view.drawn()) == everything


def test_each_side_says_what_its_own_nodes_are(
    show: Show, edited: gg.viz.Comparison
) -> None:
    """Before has the shapes of before: drawing, list and panel; both have after's."""
    address = "#selected=matmul"
    view = show(edited, size=HUGE, address=address)
    node = view.tab.locator("#canvas .node.selected")
    panel = view.tab.locator("#section-result")
    option = view.tab.locator("#operations [aria-selected='true']")
    now, was = edited.after["matmul"], edited.before["matmul"]
    assert now.shape[-1] == 4
    assert was.shape[-1] == 3

    def says(width: int) -> None:
        for place in (node, panel, option):
            text = place.text_content()
            assert f"(batch, {width})" in text
            assert f"(batch, {7 - width})" not in text

    says(4)
    view.press("b")
    says(4)
    view.press("b")
    says(3)
    again = show(edited, size=HUGE, address="#side=before&selected=matmul")
    text = again.tab.locator("#section-result").text_content()
    assert "(batch, 3)" in text
    view.press("b")
    says(4)


def test_texts_of_before_call_operations_by_the_tags_of_the_picture(
    edited: gg.viz.Comparison,
) -> None:
    """An equation of before names what it reads as the picture does."""
    page = gg.viz.to_html(edited)
    match = re.search(r'id="data">(.*?)</script>', page.html, re.DOTALL)
    assert match
    data = json.loads(match[1])
    known = {each.get("tag") for each in data["nodes"]}
    told = [
        each["was"] for each in data["comparison"]["nodes"].values() if "was" in each
    ]
    assert told
    for was in told:
        for line in was.get("lines", []):
            assert set(re.findall(r"\b[FLBU]\d+\b", line)) <= known


def test_lines_of_each_side(show: Show, edited: gg.viz.Comparison) -> None:
    """A line that only one graph has is drawn with it, and ends at a bar if lost."""
    view = show(edited, size=HUGE)
    assert view.tab.locator("#canvas .line.removed").count() > 0
    end = view.tab.locator("#canvas .line.removed").first.get_attribute("marker-end")
    assert "tee" in end
    view.press("b")
    assert view.tab.locator("#canvas .line.removed").count() == 0
    assert view.tab.locator("#canvas .line.added").count() > 0
    view.press("b")
    assert view.tab.locator("#canvas .line.added").count() == 0


def test_panel_shows_the_counterpart(show: Show, edited: gg.viz.Comparison) -> None:
    """The words are those of the comparison; both sides are listed."""
    view = show(edited)
    for match in edited.changed:
        node = match.after[0]
        if node.is_leaf:
            continue
        view.js("id => { location.hash = `selected=${id}`; }", node.name)
        view.tab.wait_for_selector(f"#section-node .name >> text={node.name}")
        card = view.tab.locator("#section-counterpart").inner_text()
        assert all(what in card for what in match.what)
        assert match.before[0].name in card
    view.js("() => { location.hash = 'selected=tanh'; }")
    view.tab.wait_for_selector("#section-counterpart .verdict.added")


def test_summary_counts_and_leads(show: Show, pair: gg.viz.Comparison) -> None:
    """The table adds up to the comparison; a click on a listed node selects it."""
    view = show(pair)
    numbers = view.js("""() => [2, 3, 4].map((i) =>
        [...document.querySelectorAll(`table.signs tbody tr`)]
            .reduce((sum, row) => sum + Number(row.children[i].textContent), 0))""")

    def count(nodes: Any) -> int:
        return sum(n.op.name != "constant" for n in nodes)

    changed = [m.after[0] for m in pair.changed]
    assert numbers == [count(pair.added), count(pair.removed), count(changed)]
    view.tab.locator("#section-list-changed .node-link").first.click()
    assert view.selected in names(changed)


def test_keys_walk_over_differences(show: Show, pair: gg.viz.Comparison) -> None:
    """`d` reaches every operation that is different, in order."""
    view = show(pair)
    different = names(pair.added) | {m.after[0].name for m in pair.changed}
    wanted = [n.name for n in pair.after.operations if n.name in different]
    found = []
    for _ in wanted:
        view.press("d")
        found.append(view.selected)
    assert sorted(found) == sorted(wanted)
    view.press("D")
    assert view.selected == found[-2]


def test_closed_boxes_count_signs(show: Show, pair: gg.viz.Comparison) -> None:
    """A box says how much in it is different."""
    view = show(pair, collapse=True)
    texts = view.tab.locator("#canvas .box .signs").all_text_contents()
    total = sum(int(part[1:]) for text in texts for part in text.split())
    drawn = {n.name for n in (*pair.added, *pair.removed)}
    drawn |= {m.after[0].name for m in pair.changed}
    assert 0 < total <= len(drawn)


def test_search_and_dot_know_the_signs(show: Show, edited: gg.viz.Comparison) -> None:
    """`added` is a word to search for; exported DOT has signs and classes."""
    view = show(edited, size=HUGE)
    view.press("/")
    view.tab.keyboard.type("added operation")
    wanted = {n.name for n in edited.added if not n.is_leaf}
    assert set(view.drawn(".match[data-node]")) == wanted


def test_names_are_text(show: Show) -> None:
    """Whatever layers are called, the page is whole, and says so."""
    nets = []
    for name in ("<b>&amp;\u202e", "<script>alert(1)"):
        gg.set_random_seed(0)
        named = gg.Dense(2, name=name)
        net = gg.Sequential([gg.Input((2,)), named, gg.Dense(1, name="out")])
        net.compile("sgd", "mse")
        nets.append(net)
    found = gg.viz.compare(*nets, stages="compile")
    view = show(found)
    text = view.tab.locator("#section-differences").inner_text()
    assert "<b>&amp;⟨U+202E⟩ is <script>alert(1) now" in text
    assert "<pre>" in found._repr_html_()


def test_compare_page_without_colours(show: Show, pair: gg.viz.Comparison) -> None:
    """Dark, and by link: the page opens without a word in the console."""
    view = show(pair, scheme="dark", address="#side=after&selected=sqrt")
    assert view.selected == "sqrt"
