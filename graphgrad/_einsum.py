"""einsum: Einstein's summation, composed of transposes, sums and matrix products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError, UnsupportedError
from graphgrad._ops._families import f, make_room, promote, register
from graphgrad._tensor import Tensor
from graphgrad._types import Shape, size_of

__all__ = ["einsum"]

# A label for each axis: a letter, or ".0", ".1", ... for the axes of an ellipsis, which
# are counted from the right so that equal labels broadcast.
Labels = tuple[str, ...]


@register
def einsum(subscripts: str, *operands: Any) -> Tensor:
    """Multiply and sum as the labels say: ``"ij,jk->ik"`` is a product of two matrices.

    Labels that the result lacks are summed over; without ``->`` the result has those
    that occur once, in alphabetical order. An ellipsis stands for the other axes. The
    operands are taken from left to right, two at a time.

    >>> import graphgrad as gg
    >>> gg.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
    tensor([21., 43.])
    """
    if not isinstance(subscripts, str) or not operands:
        raise UnsupportedError(
            "einsum takes a string of labels and then the operands, "
            f"got {type(subscripts).__name__} and {len(operands)} operands"
        )
    tensors = promote(operands)
    terms, output = parse(subscripts, [each.ndim for each in tensors])
    sizes = _sizes(terms, tensors)
    labelled = zip(tensors, terms, strict=True)
    pairs = [_prepared(each, labels, sizes) for each, labels in labelled]
    result, labels = pairs[0]
    for i, (other, others) in enumerate(pairs[1:], start=2):
        wanted = {*output, *(label for _, later in pairs[i:] for label in later)}
        result, labels = _contract(result, labels, other, others, wanted)
    result, labels = _summed(result, labels, output)
    return f.transpose(result, [labels.index(label) for label in output])


# ---- reading the labels --------------------------------------------------------------


def parse(subscripts: str, ranks: Sequence[int]) -> tuple[list[Labels], Labels]:
    """Return the labels of the axes of each operand and of the result."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ShapeError(
            f"einsum {subscripts!r} names {len(parts)} operands, got {len(ranks)}"
        )
    ranked = zip(parts, ranks, strict=True)
    terms = [_labels(part, rank, subscripts) for part, rank in ranked]
    seen = [label for term in terms for label in term]
    dots = tuple(sorted({label for label in seen if label[0] == "."}, reverse=True))
    if not arrow:
        once = {label for label in seen if seen.count(label) == 1 and label[0] != "."}
        return terms, (*dots, *sorted(once))
    letters = len(right.replace("...", ""))
    rank = letters + len(dots) if "..." in right else letters
    output = _labels(right, rank, subscripts)
    if len(set(output)) != len(output) or not set(output) <= set(seen):
        raise ShapeError(
            f"einsum {subscripts!r}: each label of the result occurs in it once, "
            "and in an operand"
        )
    return terms, output


def _labels(part: str, rank: int, subscripts: str) -> Labels:
    before, dots, after = part.partition("...")
    letters = before + after
    if letters and not (letters.isascii() and letters.isalpha()):
        raise ShapeError(f"einsum {subscripts!r}: a label is a letter, got {part!r}")
    rest = rank - len(letters)
    if rest < 0 or (rest and not dots):
        raise ShapeError(f"einsum {subscripts!r}: {part!r} does not label {rank} axes")
    return (*before, *[f".{i}" for i in reversed(range(rest))], *after)


def _sizes(terms: Iterable[Labels], tensors: Iterable[Tensor]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for labels, tensor in zip(terms, tensors, strict=True):
        for label, side in zip(labels, tensor.shape, strict=True):
            known = sizes.setdefault(label, side)
            if known == 1:
                sizes[label] = side
            elif side not in (1, known):
                raise ShapeError(
                    f"einsum: label {label!r} has the lengths {known} and {side}; a "
                    "label has one length, give the other axis another letter"
                )
    return sizes


# ---- steps ---------------------------------------------------------------------------


def _prepared(
    x: Tensor, labels: Labels, sizes: dict[str, int]
) -> tuple[Tensor, Labels]:
    """Take diagonals where a label repeats; drop axes that only broadcast."""
    for label in dict.fromkeys(labels):
        places = [i for i, each in enumerate(labels) if each == label]
        if len(places) > 1:
            rest = [i for i in range(len(labels)) if i not in places]
            make_room(8 * x.shape[places[0]], "the diagonal of einsum")
            order = np.arange(x.shape[places[0]])
            x = f.getitem(f.transpose(x, [*places, *rest]), (order,) * len(places))
            labels = (label, *[labels[i] for i in rest])
    thin = [i for i, each in enumerate(labels) if x.shape[i] == 1 != sizes[each]]
    kept = tuple([each for i, each in enumerate(labels) if i not in thin])
    return f.squeeze(x, thin), kept


def _summed(x: Tensor, labels: Labels, wanted: Iterable[str]) -> tuple[Tensor, Labels]:
    kept = tuple([label for label in labels if label in wanted])
    axes = [i for i, label in enumerate(labels) if label not in wanted]
    return (f.sum(x, axes) if axes else x), kept


def _contract(
    a: Tensor, ours: Labels, b: Tensor, theirs: Labels, wanted: set[str]
) -> tuple[Tensor, Labels]:
    """Multiply two operands, and sum over the labels that nobody wants any more."""
    a, ours = _summed(a, ours, {*wanted, *theirs})
    b, theirs = _summed(b, theirs, {*wanted, *ours})
    shared = [label for label in ours if label in theirs]
    batch = tuple([label for label in shared if label in wanted])
    inner = tuple([label for label in shared if label not in wanted])
    rows = tuple([label for label in ours if label not in theirs])
    columns = tuple([label for label in theirs if label not in ours])
    a = f.transpose(a, [ours.index(label) for label in (*batch, *rows, *inner)])
    b = f.transpose(b, [theirs.index(label) for label in (*batch, *inner, *columns)])
    n, m, k = len(batch), len(rows), len(inner)
    heads: Shape = a.shape[: n + m]
    tails: Shape = b.shape[n + k :]
    left = (*a.shape[:n], size_of(a.shape[n : n + m]), size_of(a.shape[n + m :]))
    right = (*b.shape[:n], size_of(b.shape[n : n + k]), size_of(tails))
    if inner:
        product = f.matmul(f.reshape(a, left), f.reshape(b, right))
        return f.reshape(product, (*heads, *tails)), (*batch, *rows, *columns)
    wide = f.reshape(a, (*heads, *[1] * len(tails)))
    tall = f.reshape(b, (*b.shape[:n], *[1] * m, *tails))
    return wide * tall, (*batch, *rows, *columns)
