"""Weights and slots in homes, and steps that change them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st

import graphgrad as gg

Shape = tuple[int, ...]


Step = Callable[..., gg.Tensor]


def variables(shapes: Sequence[Shape], *, packed: bool) -> list[list[gg.Variable]]:
    """Return weights and slots of these shapes, side by side or each by itself."""
    found = [
        [
            gg.Variable(np.linspace(i + start, i + start + 1, math.prod(s)).reshape(s))
            for i, s in enumerate(shapes)
        ]
        for start in (0.0, 0.5)
    ]
    for each, name in zip(found, ("weights", "slots"), strict=True):
        if packed:
            gg.passes.pack_variables(each, name)
    return found


def updating(
    recipe: Sequence[Sequence[int]],
    weights: list[gg.Variable],
    slots: list[gg.Variable],
) -> Step:
    """Return a step that does to the weight i what ``recipe[i]`` says."""

    def step(*inputs: gg.Tensor) -> gg.Tensor:
        # As gradients are: what makes one does not make the others.
        parts = [gg.sin(x) * gg.sum(x) for x in inputs]
        seen = [gg.sum(gg.ravel(part) * 0.5) for part in parts]
        for w, m, g, choices in zip(weights, slots, parts, recipe, strict=True):
            new = one_of(choices[0], m, g, w)
            if choices[1] % 4:
                gg.assign(m, new)
            gg.assign(w, one_of(choices[2], w, new, g))
            if choices[3] == 0:
                gg.assign(w, gg.minimum(w, 3.0))
        return gg.add_n([*seen, *(gg.sum(w) for w in weights)])

    return step


def one_of(choice: int, a: gg.Tensor, b: gg.Tensor, c: gg.Tensor) -> gg.Tensor:
    """Return one of a few formulas."""
    formulas = [
        lambda: a * 0.9 + b,
        lambda: a - 0.1 * b,
        lambda: gg.maximum(a, b) - c / 3.0,
        lambda: b * gg.sum(c),  # not elementwise: each lane has a number of its own
        lambda: c,
    ]
    return formulas[choice]()


choices = st.tuples(*[st.integers(0, 4)] * 4)


def graph_of(
    shapes: Sequence[Shape], recipe: Sequence[Sequence[int]], *, packed: bool
) -> tuple[gg.Graph, list[gg.Variable]]:
    """Return the optimized graph of a step, and all its variables."""
    weights, slots = variables(shapes, packed=packed)
    specs = [gg.Spec(shape, np.dtype("f8")) for shape in shapes]
    graph = gg.trace(updating(recipe, weights, slots), *specs)
    return gg.passes.optimize(graph), [*weights, *slots]
