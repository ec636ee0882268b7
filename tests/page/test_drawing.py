"""The drawing of a page: no line strikes a box or a title out, and it fits a window."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

CLASSES = (gg.layers, gg.losses, gg.optimizers)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NAMES = sorted({name for module in CLASSES for name in module.__all__})

# All lines as points, all boxes and the titles of frames as rectangles, in pixels of
# the drawing. Inputs and cylinders are narrower than the rectangle around them.
DRAWN = """() => {
    const world = document.querySelector("#canvas .world").getCTM().inverse();
    const within = (element) => world.multiply(element.getCTM());
    const rect = (element) => {
        const { x, y, width, height } = element.getBBox();
        const [a, b] = [[x, y], [x + width, y + height]].map(([u, v]) =>
            new DOMPoint(u, v).matrixTransform(within(element)));
        return [a.x, a.y, b.x, b.y];
    };
    const all = (name) => [...document.querySelectorAll(`#canvas ${name}`)];
    const lines = all(".layer-lines .line").map((path) => path.getAttribute("d"));
    const boxes = all(".node:not(.input, .constant) > .shape").map((shape) =>
        [shape.parentElement.textContent, ...rect(shape)]);
    const titles = all(".row-title, .lane-title").map((text) =>
        [text.textContent, ...rect(text)]);
    const starts = all(".row .row-title").map((text) => rect(text)[0]);
    return { lines, boxes, titles, starts };
}"""


def points_of(way: str) -> np.ndarray:
    """Return points along the Bézier curves of a path."""
    corners = np.array([float(each) for each in NUMBER.findall(way)]).reshape(-1, 2)
    t = np.linspace(0, 1, 65)[:, None]
    s = 1 - t
    weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    pieces = [corners[i : i + 4] for i in range(0, len(corners) - 3, 3)]
    return np.concatenate(
        [sum(w * p for w, p in zip(weights, piece, strict=True)) for piece in pieces]
    )


def struck(lines: list[str], rectangles: Any, by: float) -> list[str]:
    """Return the texts of the rectangles into which a line goes so far."""
    points = np.concatenate([points_of(each) for each in lines])
    found = []
    for text, left, top, right, low in rectangles:
        inside = (points > (left + by, top + by)).all(axis=1)
        inside &= (points < (right - by, low - by)).all(axis=1)
        found += [text] if inside.any() else []
    return found


def compiled(optimizer: str, *layers: Any) -> gg.Sequential:
    """Return a model of some layers, compiled."""
    model = gg.Sequential([gg.Input((8,)), *layers])
    model.compile(optimizer, "mse")
    return model


def two(optimizer: str) -> gg.Sequential:
    """Return two layers."""
    return compiled(optimizer, gg.Dense(8, "relu"), gg.Dense(1, "sigmoid"))


def trained() -> gg.Sequential:
    """Return two layers that have run."""
    model = two("adam")
    model.fit(np.ones((8, 8)), np.ones((8, 1)), verbose=0)
    return model


def nested() -> gg.Sequential:
    """Return a model in a model in a model."""
    inner = gg.Sequential([gg.Dense(8, "tanh"), gg.Dense(4, "tanh")], name="inner")
    outer = gg.Sequential([gg.Dense(8, "relu"), inner], name="outer")
    return compiled("sgd", outer, gg.Dense(1))


def many() -> gg.Sequential:
    """Return layers of many operations."""
    kinds = gg.layers
    norms = kinds.BatchNormalization(), kinds.LayerNormalization()
    between = norms[0], kinds.Dropout(0.5), gg.Dense(6, "gelu"), norms[1]
    return compiled("adam", gg.Dense(8, "relu"), *between, gg.Dense(3, "softmax"))


THINGS: dict[str, Any] = {
    "sgd": lambda: (two("sgd"), "compile"),
    "adam": lambda: (two("adam"), "compile"),
    "fit": lambda: (trained(), "fit"),
    "nested": lambda: (nested(), "compile"),
    "many": lambda: (many(), "compile"),
    "optimised": lambda: (gg.viz.compare(trained()), None),
    "edited": lambda: (gg.viz.compare(two("sgd"), two("adam"), stages="compile"), None),
    "failed": lambda: (failure(), None),
}
VIEWS: list[Any] = [None, False, True, "update", ["backward", "loss"]]


def failure() -> Exception:
    """Return the error of a model that gets another shape."""
    with pytest.raises(gg.ShapeError) as caught:
        two("sgd").fit(np.ones((8, 5)), np.ones((8, 1)), verbose=0)
    return caught.value


@pytest.mark.parametrize("name", THINGS)
def test_no_line_strikes_out_a_box_or_a_title(show: Any, name: str) -> None:
    """Whatever is open and closed."""
    thing, stage = THINGS[name]()
    for collapse in VIEWS if name != "failed" else [None]:
        view = show(thing, stage, collapse=collapse, size=(2600, 2600))
        view.press("0")
        drawn = view.js(DRAWN)
        assert drawn["boxes"]
        for kind, by in (("boxes", 3), ("titles", 1)):
            assert struck(drawn["lines"], drawn[kind], by) == [], (kind, collapse)
        view.tab.close()


@pytest.mark.parametrize("name", ["sgd", "adam", "fit", "many", "optimised", "edited"])
def test_first_view_is_as_wide_as_the_window(show: Any, name: str) -> None:
    """From the first frame to the last, in letters that can be read."""
    thing, stage = THINGS[name]()
    found = show(thing, stage).js(
        """() => {
            const edges = [...document.querySelectorAll("#canvas .row .frame")]
                .map((each) => each.getBoundingClientRect());
            const canvas = document.getElementById("canvas").getBoundingClientRect();
            return [Math.min(...edges.map((each) => each.left)) - canvas.left,
                    canvas.right - Math.max(...edges.map((each) => each.right)),
                    document.querySelector("#canvas .world").getCTM().a];
        }"""
    )
    assert min(found[:2]) >= 0
    assert found[2] >= 0.6


def test_titles_of_layers_start_below_each_other(show: Any) -> None:
    """Those of the layers, of the model that holds them, and of the loss."""
    view = show(nested(), "compile", collapse=False, size=(1600, 2600))
    view.press("0")
    code = """() => [...document.querySelectorAll("#canvas .row-title")].map((each) =>
        [each.textContent, each.getBoundingClientRect().left])"""
    starts = {text.partition(" · ")[0]: x for text, x in view.js(code)}
    names = ("outer", "outer/dense", "outer/inner", "outer/inner/dense", "dense")
    assert max(starts[name] for name in names) - min(starts[name] for name in names) < 2


def test_models_in_models_have_frames(show: Any) -> None:
    """A frame holds those of its layers, open and closed, and no other."""
    view = show(nested(), "compile", collapse=False, size=(1600, 2600))
    code = """() => [...document.querySelectorAll("#canvas .group, #canvas .row,"
        + " #canvas .box")].map((each) => {
            const { left, top, right, bottom } =
                each.querySelector(".frame, .shape").getBoundingClientRect();
            const name = each.querySelector(".name").textContent;
            return [name, left, top, right, bottom];
        })"""
    for keys in ("0", "c0"):
        view.press(*keys)
        found = {name: box for name, *box in view.js(code)}
        pairs = [("outer", "outer/dense"), ("outer", "outer/inner")]
        for a, b in [*pairs, ("outer/inner", "outer/inner/dense_1")]:
            assert found[a][0] < found[b][0] < found[b][2] < found[a][2]
            assert found[a][1] < found[b][1] < found[b][3] < found[a][3]
        assert found["outer"][3] < found["dense"][1]


def test_every_name_fits_its_box(show: Any) -> None:
    """Names of layers, losses, optimizers and operations, as the browser draws them."""

    def sums(x: gg.Tensor) -> gg.Tensor:
        return gg.add_n([x, *(gg.Variable(np.ones(2), name=name) for name in NAMES)])

    graph = gg.trace(sums, gg.Spec((2,)))
    code = """() => [...document.querySelectorAll("#canvas .node .shape")].map(
        (shape) => [...shape.parentElement.querySelectorAll("tspan")].map((text) =>
            [text.textContent, text.getComputedTextLength(),
             shape.getBBox().width])).flat()"""
    for thing, stage in [(graph, None), (many(), "compile"), (trained(), "fit")]:
        view = show(thing, stage, collapse=False, size=(2600, 2600))
        view.press("0")
        found = view.js(code)
        assert found
        assert [each for each in found if each[1] > each[2] - 4] == []


def test_what_lights_up_passes_below_the_boxes(show: Any) -> None:
    """A line that is drawn lights up where it is, others run behind what is there."""
    view = show(trained(), "fit", collapse=False)
    order = """() => [...document.querySelector("#canvas .world").children].map(
        (each) => each.getAttribute("class"))"""
    layers = view.js(order)
    assert layers.index("layer-live") < layers.index("layer-nodes")
    ways = """layer => [...document.querySelectorAll(`#canvas .layer-${layer} .line`)]
        .filter((path) => !path.parentElement.querySelector("text"))
        .map((path) => path.getAttribute("d"))"""
    view.press(".", ".", ".", ".")
    lit = set(view.js(ways, "live"))
    assert lit
    assert lit & set(view.js(ways, "lines"))
