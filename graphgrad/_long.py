"""Long products: a matrix of many rows is multiplied, and converted, by blocks."""

from __future__ import annotations

from graphgrad._node import Node
from graphgrad._ops._linalg import Matmul
from graphgrad._ops._long import LongMatmul, LongMatmulT
from graphgrad._ops._movement import Transpose
from graphgrad._ops._structure import Cast
from graphgrad._primitive import Primitive

__all__ = ["long_products"]

# Bytes of a matrix that is not to be there once more in another dtype; and those of one
# that BLAS is not to make a copy of, as it does with several threads.
CONVERTED = 1 << 22
MULTIPLIED = 1 << 25


def long_products(node: Node) -> Node | None:
    """Return a product by blocks of rows, if the first matrix is long; else None."""
    if not isinstance(node.op, Matmul) or len(node.shape) != 2:
        return None
    first, other = node.inputs
    if len(first.shape) != 2 or len(other.shape) != 2:
        return None
    op: Primitive = LongMatmul()
    long, origins = first, list[str]()
    if isinstance(first.op, Transpose) and first.op.axes == (1, 0):
        op, (long,) = LongMatmulT(), first.inputs
        origins += first.origins
    converted = isinstance(long.op, Cast) and long.dtype == other.dtype
    if long.nbytes <= (CONVERTED if converted else MULTIPLIED):
        return None
    if long.shape[0] < long.shape[1] or long.shape[0] < other.shape[1]:
        return None
    source = long
    if converted:
        (source,) = long.inputs
        origins += long.origins
    made = Node(op, (source, other), node.shape, node.dtype, node.place)
    made.origins = tuple(dict.fromkeys(origins))
    return made
