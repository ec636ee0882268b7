"""Names, axes and shapes that are not the usual ones, in equations."""

from __future__ import annotations

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._symbol import Symbol


def test_kept_axes_are_told_from_dropped_ones() -> None:
    """Programs that differ are not printed alike; what the sign means is said."""
    x = gg.Spec((3, 3))
    dropped = gg.explain(gg.trace(lambda x: x - gg.max(x, axis=1), x))
    kept = gg.explain(gg.trace(lambda x: x - gg.max(x, axis=1, keepdims=True), x))
    assert dropped.equations[0].unicode == "y = x − max₁(x)"
    assert kept.equations[0].unicode == "y = x − max₍₁₎(x)"
    assert "kept, with length one" in str(kept)
    assert "kept, with length one" not in str(dropped)
    both = gg.trace(lambda x: gg.sum(x, axis=(0, 1), keepdims=True), x)
    assert gg.explain(both).equations[0].unicode == "y = Σ₍₀,₁₎ x"


def test_many_inputs_of_one_name_have_symbols_of_their_own() -> None:
    """Primes are for few: beyond three, numbers tell quantities apart."""
    cells = [gg.Variable(1.0, name="w") for _ in range(130)]

    def total() -> gg.Tensor:
        found = gg.tensor(0.0)
        for each in cells:
            found = found + each
        return found

    symbols = [str(row.formula) for row in gg.explain(gg.trace(total)).where]
    assert symbols[:6] == ["w", "w′", "w′′", "w′′′", "w₄", "w₅"]
    assert len(set(symbols)) >= 130


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("_", r"\_"), ("%", r"\%"), ("#", r"\#"), ("&", r"\&"),
        ("a<b", r"\mathrm{a{<}b}"),
        ("a%b", r"\mathrm{a\%b}"),
        ("a\\b", r"\mathrm{a\text{\textbackslash{}}b}"),
        ("a^b", r"\mathrm{a\text{\^{}}b}"), ("~", r"\text{\textasciitilde{}}"),
    ],
)  # fmt: skip
def test_symbols_are_escaped_in_latex(name: str, latex: str) -> None:
    """No character of a name is a command, not even where it is the whole name."""
    assert Symbol(name).latex == latex


def test_names_are_neither_html_nor_structure_in_markdown() -> None:
    """A name is text, whatever it holds."""
    name = "a<img src=x>|b`c`\n# d [e](f) *g*"
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)], name=name)
    text = gg.explain(model).markdown()
    shown = r"a&lt;img src=x&gt;\|b\`c\` # d \[e\](f) \*g\*"
    assert text.splitlines()[0] == f"## {shown} · build"
    assert "<img" not in text


def test_an_example_of_another_shape_is_refused() -> None:
    """Equal sizes do not make a 2×3 of a 3×2; axes of length one may come and go."""
    graph = gg.trace(lambda x: x * 2.0, gg.Spec((2, 3)))
    with pytest.raises(ValueError, match=r"shape \(2, 3\) here, .* \(3, 2\)"):
        gg.explain(graph, example=np.ones((3, 2)))
    column = gg.trace(lambda x: x * 2.0, gg.Spec((2, 1)))
    assert gg.explain(column, example=[1.0, 3.0]).equations[0].substituted
