"""Text that is drawn: names of models and layers, in every form that has them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import graphgrad as gg
from fuzzed.files import FOLDER

QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
BRACES = re.compile(r"(?<!\\)(?:\\\\)*([{}])")

Model = gg.Sequential


class Tags(HTMLParser):
    """The elements of a page, with the names of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Note an element."""
        self.found.append((tag, *(name for name, _ in attrs)))


def skeleton(dot: str) -> str:
    """Return a DOT text without the names, labels, ids and places in it."""
    dot = re.sub(r"id=g[0-9a-f]+_|=[0-9.]+", "", dot)
    bare, depth = "", 0
    for mark in re.split(r"([<>])", QUOTED.sub('""', dot.replace("->", "-."))):
        depth += {"<": 1, ">": -1}.get(mark, 0)
        bare += mark if depth == 0 else ""
    return bare


def made(model: str, layer: str) -> Model:
    """Return a compiled model of these names."""
    network = Model([gg.Input((2,)), gg.Dense(1, name=layer)], name=model)
    network.compile("sgd", "mse")
    return network


def structure(model: Model) -> dict[str, Any]:
    """Return all that a name must not change, of each form that a picture has."""
    told = gg.explain(model)
    return {
        "dot": skeleton(gg.viz.to_dot(model).source),
        "page": Tags(gg.viz.to_html(model).html).found,
        "equations": Tags(told.html()).found,
    }


PLAIN = structure(made("a b", "c d"))


def names(data: bytes) -> None:
    """Draw and explain a model with names of any characters."""
    text = data.decode("utf-8", "surrogateescape")
    half = len(text) // 2
    try:
        model = made(text[:half], text[half:])
    except ValueError:  # which layers have for names that they do not take
        return
    for form, found in structure(model).items():
        assert found == PLAIN[form], form
    told = gg.explain(model)
    for written in (str(told), told.markdown(), gg.viz.to_html(model).html):
        written.encode()
    marks = [match[1] for match in BRACES.finditer(told.latex())]
    assert marks.count("{") == marks.count("}"), "braces of LaTeX"
    drawn = ET.parse(gg.viz.render(model, FOLDER / "names.svg", engine="lanes"))  # noqa: S314
    tags = {each.tag.rpartition("}")[2] for each in drawn.iter()}
    assert not tags & {"script", "a", "foreignObject"}
    assert not [a for each in drawn.iter() for a in each.attrib if a.startswith("on")]


def odd() -> list[bytes]:
    """Return names that mean something to a format."""
    texts = [
        'say "hi"\\',
        "<script>alert(1)<",
        "--><!--]]>",
        "\\N\\L\\G\\n",
        "\u202eabc\u2066",
        "\0\x1b\x7f\x85\ufeff",
        "\ud800\udfff",
        "{{}}$%^_&#~`|*[](x)",
        "&lt;&amp;&#60;",
        "a\r\n\u2028\u2029b",
        "long " * 200,
        "𝒳é漢字🙂",
    ]
    return [text.encode("utf-8", "surrogatepass") for text in texts]
