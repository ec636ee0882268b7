"""Coverage: which primitives have been checked, and up to which derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import graphgrad as gg
from graphgrad._primitive import OPS, Primitive
from graphgrad._types import Array
from graphgrad.testing._asked import check_whole

__all__ = ["Coverage", "coverage", "note_checked"]

# Those that are being written, from the outermost to the innermost.
_OPEN: ContextVar[tuple[Coverage, ...]] = ContextVar("coverage", default=())


@dataclass
class Coverage:
    """The primitives that checks have met; ``orders`` has the highest order of each.

    >>> import graphgrad as gg
    >>> with gg.testing.coverage() as seen:
    ...     report = gg.testing.check_grads(lambda x: gg.exp(x) * 2, (0.5,), order=1)
    >>> seen.orders
    {'exp': 1, 'multiply': 1}
    >>> seen.below(2, ["exp", "sin"])
    ['exp', 'sin']
    """

    orders: dict[str, int] = field(default_factory=dict)

    def below(self, order: int, names: Sequence[str] | None = None) -> list[str]:
        """Return the primitives (all, or of these ``names``) never checked so far."""
        check_whole("order", order, 0)
        if isinstance(names, str):
            raise TypeError(f"names must be a list of names: got {names!r}")
        wanted = OPS if names is None else names
        return [name for name in wanted if self.orders.get(name, 0) < order]

    def __str__(self) -> str:
        """Return which primitives lack a check, and of what."""
        first, second = self.below(1), self.below(2)
        never = ", ".join(first) or "none"
        once = ", ".join(name for name in second if name not in first) or "none"
        return (
            f"{len(OPS) - len(second)} of {len(OPS)} primitives were checked at second "
            f"order\nat first order alone: {once}\nnever: {never}"
        )


@contextmanager
def coverage() -> Iterator[Coverage]:
    """Note in a block which primitives `check_grads` meets, and at which order.

    The derivative of a function is made of those of its primitives: a check of the
    gradient's gradient is one of each primitive's second derivative.

    >>> import graphgrad as gg
    >>> with gg.testing.coverage() as seen:
    ...     report = gg.testing.check_grads(gg.tanh, (0.5,))
    >>> seen.orders
    {'tanh': 2}
    """
    seen = Coverage()
    token = _OPEN.set((*_OPEN.get(), seen))
    try:
        yield seen
    finally:
        _OPEN.reset(token)


def note_checked(
    function: Callable[..., Any], arrays: Sequence[Array], order: int
) -> None:
    """Note what a function consists of, right or wrong, if anybody wants to know."""
    if not _OPEN.get():
        return
    try:
        graph = gg.trace(function, *arrays)
    except Exception:  # noqa: BLE001  # the check itself tells what it raises
        return  # or it asks for values, so that no graph says what it does
    names = [node.op.name for node in graph.nodes if isinstance(node.op, Primitive)]
    for seen in _OPEN.get():
        for name in names:
            seen.orders[name] = max(order, seen.orders.get(name, 0))
