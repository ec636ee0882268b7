"""failure: what went wrong, on the graph up to the node that failed."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from graphgrad.viz._failed import NO_SITE, site_in
from graphgrad.viz._page import Page
from graphgrad.viz._to_html import to_html

__all__ = ["failure", "show_failures"]


def failure(error: Any, path: str | os.PathLike[str] | None = None) -> Page:
    """Show where an error or a warning arose: an interactive page of the graph so far.

    The node that failed and its layer are marked, with what was expected, what came and
    the way out above. ``error`` has a ``site`` (see `graphgrad.sites.Site`), or is one;
    `TypeError` for others. With ``path``, the page is also written
    there, whole or not at all. ``gg.viz.render(error, "failure.svg")`` draws the same.

    >>> import graphgrad as gg
    >>> try:
    ...     gg.trace(lambda x: gg.tanh(x) @ x, gg.Spec((2, 3)))
    ... except gg.ShapeError as error:
    ...     gg.viz.failure(error)
    <Page: shape · matmul, 3 nodes>
    """
    site = site_in(error)
    if site is None:
        raise TypeError(NO_SITE.format(type(error).__name__))
    return to_html(error, path)


def show_failures(*, on: bool = True) -> None:
    """Let a notebook show each error that arose in a graph as its page, too.

    The traceback comes first, as always. ``on=False`` takes it back. `RuntimeError`
    outside of IPython.

    >>> show_failures()
    Traceback (most recent call last):
    ...
    RuntimeError: there is no notebook here: call gg.viz.failure(error, "failure.html")
    """
    shell = _shell()
    if shell is None:
        raise RuntimeError(
            'there is no notebook here: call gg.viz.failure(error, "failure.html")'
        )
    from graphgrad import GraphgradError

    shell.set_custom_exc((GraphgradError,) if on else (), _shown if on else None)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


# What IPython calls: the shell, and the three parts of an exception.
def _shown(
    shell: Any, kind: type[BaseException], error: Any, trace: Any, tb_offset: Any = None
) -> None:
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    if error.site is not None:
        importlib.import_module("IPython.display").display(failure(error))
