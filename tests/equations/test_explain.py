"""gg.explain: the lesson's model in its equations, documents, messages, one node."""

from __future__ import annotations

import re
import warnings
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import graphgrad as gg
from graphgrad._explanation import Explanation

# What the lesson derives with paper and pencil.
BUILD = """
a₁ = σ(X·W₁ + b₁)
a₂ = σ(a₁·W₂ + b₂)
a₃ = σ(a₂·W₃ + b₃)
"""
STEP = """
z₁ = X·W₁ + b₁
a₁ = σ(z₁)
z₂ = a₁·W₂ + b₂
a₂ = σ(z₂)
z₃ = a₂·W₃ + b₃
L = Σ H(y, σ(z₃)) / batch
total_loss ← total_loss + batch·L
count_loss ← count_loss + batch
δ₃ = (1 / batch)·(σ(z₃) − y)
∂L/∂b₃ = Σ₀ δ₃
∂L/∂W₃ = a₂ᵀ·δ₃
δ₂ = (δ₃·W₃ᵀ) ⊙ a₂ ⊙ (1 − a₂)
∂L/∂b₂ = Σ₀ δ₂
∂L/∂W₂ = a₁ᵀ·δ₂
δ₁ = (δ₂·W₂ᵀ) ⊙ a₁ ⊙ (1 − a₁)
∂L/∂b₁ = Σ₀ δ₁
∂L/∂W₁ = Xᵀ·δ₁
t ← t + 1
"""
SGD = """
W₁ ← W₁ − η·∂L/∂W₁
b₁ ← b₁ − η·∂L/∂b₁
W₂ ← W₂ − η·∂L/∂W₂
b₂ ← b₂ − η·∂L/∂b₂
W₃ ← W₃ − η·∂L/∂W₃
b₃ ← b₃ − η·∂L/∂b₃
"""
ADAM = """
m ← m + (1 − β₁)·(∂L/∂θ − m)
v ← v + (1 − β₂)·((∂L/∂θ)² − v)
θ ← θ − (η·√(1 − β₂ᵗ) / (1 − β₁ᵗ))·(m / (√v + ε))
"""


def lesson(optimizer: str = "sgd", *, width: int = 784) -> gg.Sequential:
    """Return the lesson's model, compiled."""
    gg.set_random_seed(0)
    model = gg.Sequential(
        [
            gg.Input((width,)),
            gg.Dense(25, "sigmoid"),
            gg.Dense(15, "sigmoid"),
            gg.Dense(1, "sigmoid"),
        ],
        name="lesson",
    )
    model.compile(optimizer, gg.losses.BinaryCrossentropy())
    return model


def lines(explained: Explanation) -> list[str]:
    """Return the equations as text."""
    return [each.unicode for each in explained.equations]


def parsed(text: str) -> ET.Element:
    """Read our own markup, which must be well formed."""
    return ET.fromstring(text)  # noqa: S314  # our own text


# ---- what is said --------------------------------------------------------------------


def test_build_is_the_forward_pass() -> None:
    """A layer is one equation."""
    assert lines(gg.explain(lesson(), "build")) == BUILD.split("\n")[1:-1]


def test_compile_is_the_derivation_of_the_lesson() -> None:
    """Forward, loss, backward, update, as one derives them by hand."""
    assert lines(gg.explain(lesson())) == (STEP + SGD[1:]).split("\n")[1:-1]


def test_fit_says_what_runs() -> None:
    """All weights are one vector; sums are products with ones."""
    model = lesson("adam", width=4)
    model.fit(np.eye(4), [0, 1, 1, 0], batch_size=2, verbose=0)
    found = lines(gg.explain(model))
    assert found[0] == "W₁ = reshape(θ[0:100]; 4×25)"
    assert "∂L/∂b₁ = 𝟏₂·δ₁" in found
    assert "∂L/∂θ = [∂L/∂W₁, ∂L/∂b₁, ∂L/∂W₂, ∂L/∂b₂, ∂L/∂W₃, ∂L/∂b₃]" in found
    assert found[-3:] == ADAM.split("\n")[1:-1]


def test_each_symbol_is_told() -> None:
    """The list under the equations names weights, settings and functions."""
    model = lesson("adam")
    told = {str(each.formula): each for each in gg.explain(model).where}
    assert told["W₁"][1:] == ("f32 (784, 25)", "parameter dense/kernel", "dense/kernel")
    assert told["β₁"].meaning == "beta_1 = 0.9"
    assert told["δ₁"].meaning == "gradient of the loss by z₁, ∂L/∂z₁"
    assert told["a₁"].meaning == "output of layer dense, Dense(25, sigmoid)"
    assert told["σ"].meaning.startswith("Take the logistic function")
    symbols = re.findall(r"[^\W\d]\w*′?", " ".join(lines(gg.explain(model))))
    assert {"X", "η", "m_W₁"} <= set(symbols) & set(told)


def test_a_function_is_told_as_the_operation_that_it_is() -> None:
    """Not as one that has it inside its formula."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    told = {str(w.formula): w.meaning for w in gg.explain(model, stage="compile").where}
    assert told["σ"].startswith("Take the logistic function")
    assert told["H"].startswith("Take the binary cross-entropy")

    def f(a: gg.Tensor, b: gg.Tensor) -> gg.Tensor:
        return gg.xlogy(a, b) + gg.log(a)

    found = gg.explain(gg.trace(f, 1.0, 2.0)).where[-1]
    assert str(found.formula) == "log"
    assert found.meaning.startswith("Take the natural logarithm")


def test_equations_are_linked_to_nodes() -> None:
    """By name, and by the tags of the picture."""
    first = gg.explain(lesson()).equations[0]
    assert first.nodes == ("matmul", "add")
    assert first.tags == ("F1", "F2")
    assert (first.node, first.phase, first.scope) == ("add", "forward", "dense")
    assert first.shape == "f32 (batch, 25)"


def test_one_node_and_its_rule() -> None:
    """A node's own equation, with names, and what it adds to derivatives."""
    explained = gg.explain(lesson())
    found = explained.node("sigmoid")
    assert str(found.formula) == "a₁ = σ(z₁)"
    assert [str(e) for e in found.vjp] == ["∂L/∂z₁ += ∂L/∂a₁ ⊙ a₁ ⊙ (1 − a₁)"]
    assert [(str(w.formula), w.kind) for w in found.where] == [
        ("a₁", "f32 (batch, 25)"),
        ("z₁", "f32 (batch, 25)"),
    ]
    found = explained.node("matmul")
    assert str(found.formula) == "F1 = X·W₁"
    assert str(explained.node("F1").formula) == "F1 = X·W₁"
    # Nobody asks for the derivative by the data.
    assert [str(each) for each in found.vjp] == ["∂L/∂W₁ += Xᵀ·∂L/∂F1"]
    assert explained.node("transpose").vjp == ()
    assert re.fullmatch(r"W₁ ← U\d+", str(explained.node("assign_2").formula))
    assert str(explained.node("x").formula) == "X"


def test_every_node_can_be_asked_for() -> None:
    """Also those of the update, and leaves."""
    explained = gg.explain(lesson("adam"))
    for node in explained.graph.nodes:
        assert explained.node(node.name).formula.unicode


def test_numbers_are_put_in_where_they_are_few() -> None:
    """An example is computed, and nothing is trained by it."""
    w = gg.Variable([[1.0], [2.0]], name="w")

    def step(x: gg.Tensor) -> gg.Tensor:
        return gg.assign(w, w - 0.5 * gg.transpose(x))

    explained = gg.explain(gg.trace(step, gg.Spec((1, 2), "f8")), example=[[4.0, 8.0]])
    assert str(explained.equations[0].substituted) == (
        "w ← w − 0.5·xᵀ = [[1], [2]] − 0.5·[[4, 8]]ᵀ = [[−1], [−2]]"
    )
    assert w.numpy().tolist() == [[1.0], [2.0]]
    assert r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}" in explained.latex()


def test_numbers_stand_where_their_names_did() -> None:
    """The constant first, as in the equation before; with the same minus everywhere."""
    graph = gg.trace(lambda a: gg.exp(a) * 1e-7 - 2.5e-6, 0.0)
    (found,) = gg.explain(graph, example=0.0).equations
    assert str(found.substituted) == (
        "y = 1e−07·exp(a) − 2.5e−06 = 1e−07·exp(0) − 2.5e−06 = −2.4e−06"
    )
    squared = gg.trace(lambda a, b: a + b * 2.0, 0.0, 0.0)
    explained = gg.explain(squared, example=(1.0, 3.0))
    assert "= 1 + 2·3 = 7" in str(explained)
    assert "<mn>2.4e−06</mn>" in gg.explain(graph, example=0.0).html()


def test_what_is_too_large_to_print_is_said_below_its_equation() -> None:
    """A symbol that stays among numbers says why, once a line, in all four forms."""
    w = gg.Variable(np.ones((17, 1)), name="w")
    graph = gg.trace(lambda x: gg.abs(x @ w), gg.Spec((1, 17), "f8"))
    explained = gg.explain(graph, example=np.ones((1, 17)))
    (equation,) = explained.equations
    assert str(equation.substituted) == "y = |x·w| = [[17]]"
    words = ["x (1 × 17) is too large to print", "w (17 × 1) is too large to print"]
    assert [f"{symbol} {why}" for symbol, why in equation.unprinted] == words
    lines = str(explained).splitlines()
    at = lines.index(next(line for line in lines if "[[17]]" in line))
    assert [line.strip() for line in lines[at + 1 : at + 3]] == words
    assert r"$\mathbf{w}$ (17 × 1) is too large to print" in explained.markdown()
    told = r"In (1), $\mathbf{w}$ (17 $\times$ 1) is too large to print."
    assert told in explained.latex()
    assert "</math> (17 × 1) is too large to print</small>" in explained.html()


def test_large_results_are_said_and_not_repeated() -> None:
    """A result that is not printed says so; a line ends with what has numbers."""
    graph = gg.trace(lambda x: x * 2.0, gg.Spec((2, 2, 5), "f8"))
    (equation,) = gg.explain(graph, example=np.ones((2, 2, 5))).equations
    assert str(equation.substituted) == "y = 2·x"
    assert [f"{symbol} {why}" for symbol, why in equation.unprinted] == [
        "x (2 × 2 × 5) has too many axes to print",
        "y (2 × 2 × 5) has too many axes to print",
    ]
    outer = gg.trace(lambda a, b: a * b, gg.Spec((5, 1), "f8"), gg.Spec((1, 5), "f8"))
    ones = np.ones((5, 1)), np.ones((1, 5))
    (equation,) = gg.explain(outer, example=ones).equations
    column = "[[1], [1], [1], [1], [1]]"
    assert str(equation.substituted) == f"y = a ⊙ b = {column} ⊙ [[1, 1, 1, 1, 1]]"
    assert [why for _, why in equation.unprinted] == ["(5 × 5) is too large to print"]
    assert gg.explain(graph).equations[0].unprinted == ()


def test_models_take_an_example_of_any_size() -> None:
    """The graph is recorded for so many rows."""
    model = lesson(width=2)
    before = [each.numpy() for each in model.weights]
    explained = gg.explain(model, "compile", example=([[1.0, 0.0]], [1.0]))
    text = str(explained.equations[8].substituted)
    assert text.startswith("δ₃ = (1 / 1)·(σ(z₃) − y) = (1 / 1)·(σ([[")
    assert all(
        (a == b.numpy()).all() for a, b in zip(before, model.weights, strict=True)
    )


# ---- what can be explained -----------------------------------------------------------


def test_functions_programs_graphs_and_tensors() -> None:
    """Whatever has a graph."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    fast = gg.jit(lambda x: gg.sum(x * x))
    fast([1.0, 2.0])
    (program,) = fast.programs.values()  # type: ignore[attr-defined]
    for thing in (fast, program, program.graph, gg.sum(x * x)):
        assert len(gg.explain(thing).equations) == 1
    # Of arrays that are fixed, a tape keeps the shape.
    (equation,) = gg.explain(gg.sum(x * np.array([3.0, 4.0]))).equations
    assert equation.unicode == "y = Σ input ⊙ C₁"
    fresh = gg.jit(lambda x: x + 1.0)
    assert lines(gg.explain(fresh, example=np.ones(3))) == ["y = x + 1"]


def test_messages_say_what_can_be_done() -> None:
    """What has no graph, no stage, no program, or another shape."""
    with pytest.raises(TypeError, match="equations are made of a model, a Graph"):
        gg.explain(3)
    with pytest.raises(TypeError, match=r"got a function: .* after gg\.trace"):
        gg.explain(lambda x: x)
    with pytest.raises(ValueError, match="a stage is one of build, compile"):
        gg.explain(lesson(), "train")
    with pytest.raises(TypeError, match="only a model has stages"):
        gg.explain(gg.trace(gg.tanh, gg.Spec(())), "fit")
    with pytest.raises(TypeError, match="has not been called"):
        gg.explain(gg.jit(gg.tanh))
    graph = gg.trace(gg.tanh, gg.Spec((3,)))
    with pytest.raises(ValueError, match="an array for each, got 2"):
        gg.explain(graph, example=(1.0, 2.0))
    with pytest.raises(ValueError, match=r"has the shape \(3,\) here"):
        gg.explain(graph, example=[1.0])


# ---- documents -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def explained() -> Explanation:
    """Return equations with fractions, roots, sums, choices and matrices."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(2, "elu"), gg.Dense(2, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    x, y = np.eye(3, dtype="float32")[:2], np.eye(2, dtype="float32")
    return gg.explain(model, "compile", example=(x, y))


def test_text(explained: Explanation) -> None:
    """A heading for each layer and phase; every equation once."""
    text = str(explained)
    assert "Forward · dense · Dense(2, elu)" in text
    assert "Update · adam" in text
    assert text.count("\n  (1)  ") + text.count("\n   (1)  ") == 1
    assert len(text.split("\nwhere\n")) == 2


def test_latex_is_what_renderers_take(explained: Explanation) -> None:
    """Matplotlib reads it; of matrices and cases it reads the parts."""
    parser = MathTextParser("agg")
    read = 0
    for each in explained.equations:
        if r"\begin" not in each.latex:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parser.parse(f"${each.latex}$")
            read += 1
    assert read > 10
    body = explained.latex()
    assert body.isascii()
    assert body.count(r"\begin{gather*}") == body.count(r"\end{gather*}") > 3
    assert r"\frac{\partial L}{\partial \mathbf{W}_{1}}" in body
    assert r"\mathbf{a}_{1}^{\top}" in body


def test_html_is_well_formed_mathml(explained: Explanation) -> None:
    """Each equation is one ``math`` element, with its text as alternative."""
    for each in explained.equations:
        root = parsed(each.html)
        assert root.tag == "math"
        assert root.attrib["alttext"] == each.unicode
    page = explained.html()
    parsed(page)
    assert "<script" not in page
    assert page.count("<li value=") == len(explained.equations)
    assert 'data-nodes="matmul add"' in page
    assert page.count('style="margin: 0.7em 0"') == len(explained.equations)


def test_markdown_has_an_equation_per_block(explained: Explanation) -> None:
    """As notebooks show it."""
    text = explained.markdown()
    assert text.count("$$") >= 2 * len(explained.equations)
    assert r"\tag{1}$$" in text
    assert explained._repr_markdown_() == text
    for row in text.split("### where")[1].strip().splitlines():
        assert len(re.findall(r"(?<!\\)\|", row)) == 4


def test_names_are_no_markup() -> None:
    """Names of layers and weights are text, whatever is in them."""

    class Odd(gg.Layer):
        def build(self, input_shape: tuple[int | None, ...]) -> None:
            self.w = self.add_weight("w_<b>&_$", (1,))

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x * self.w

    model = gg.Sequential([gg.Input((1,)), Odd(name='say "<i>" & $x_1$')])
    found = gg.explain(model, "build")
    parsed(found.html())
    assert r"\$x\_1\$" in found.latex()
    assert "<i>" not in found.html()


def test_what_is_not_shown_is_cut_too() -> None:
    """A chain of conversions is no deep tree."""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(3000):
            x = gg.identity(x)
        return x

    found = gg.explain(gg.trace(chain, gg.Spec((2,))))
    assert lines(found)[0] == "u₁ = x"
    assert str(found)


def test_a_long_chain_is_cut_into_equations() -> None:
    """No recursion gets deep, and no line gets long."""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(3000):
            x = gg.tanh(x)
        return x

    found = gg.explain(gg.trace(chain, gg.Spec((2,))))
    assert len(found.equations) == 250
    assert max(len(line) for line in lines(found)) < 100
    assert {name for each in found.equations for name in each.nodes} == {
        node.name for node in found.graph.operations
    }
