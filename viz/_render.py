"""render: a picture as a file, drawn by whatever engine there is, and checked."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from graphgrad.viz._engines import (
    FORMATS,
    LANES,
    Engine,
    RenderError,
    engines,
    run_engine,
)
from graphgrad.viz._options import AUTO, Options, make_options
from graphgrad.viz._to_dot import Subject, digraph_of, scene_of, subject_of, svg_of

__all__ = ["DRAWABLE", "draw", "form_of", "render", "svg_text", "write"]

# No picture of more nodes is of use to anybody; engines take minutes for it.
DRAWABLE = 2000

_INSTALL = (
    "pip install graphviz-pure brings one that draws SVG and PNG; Graphviz itself "
    "(apt install graphviz, brew install graphviz, winget install graphviz) draws "
    "PDF too"
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_EDGE = re.compile(rb'<g id="[^"]*" class="edge[ "]')
_NODE = re.compile(rb'<g id="[^"]*" class="node[ "]')
_OWN_IDS = re.compile(r'<g id="(graph|clust|edge)(\d+)"')
_PROLOG = re.compile(r"\A.*?(?=<svg)", re.DOTALL)


def render(
    thing: Any,
    path: str | os.PathLike[str],
    *,
    stage: str | None = None,
    engine: str | None = None,
    dpi: int = 120,
    timeout: float = 60.0,
    collapse: Any = None,
    phases: Any = None,
    **switches: bool,
) -> Path:
    """Draw ``thing`` into a file: SVG, PNG, PDF or DOT, by the extension of ``path``.

    ``thing``, ``stage`` and the options are those of `to_dot`; but where ``collapse``
    is not given, pictures that would be too large to read are collapsed as far as
    needed, which they say. ``engine`` is "dot", "graphviz-pure", or "lanes", which
    writes SVG by itself; without it, the first program that is installed, the other one
    if that fails, and for SVG "lanes" in the end. ``dpi`` is for PNG. The file appears
    whole or not at all. Returns the path.

    >>> import graphgrad as gg, pathlib, tempfile
    >>> x = gg.tensor(2.0, requires_grad=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = gg.viz.render(gg.exp(x), pathlib.Path(folder, "exp.dot"))
    ...     print(path.name, '"exp"' in path.read_text(encoding="utf-8"))
    exp.dot True
    """
    path = Path(path)
    form = form_of(path)
    _check_folder(path)
    if collapse is None:
        collapse = False if form == "dot" else AUTO
    options = make_options(phases, collapse, **switches)
    subject = subject_of(thing, stage)
    own = partial(_own_svg, subject, options)
    if form == "svg" and _is_alone(engine):
        write(path, own().encode("utf-8"))
        return path
    scene = scene_of(subject, options)
    if form != "dot":
        _check_size(len(scene.items))
    source = digraph_of(subject, scene, options).source
    counts = len(scene.items), len(scene.links)
    extra = [f"-Gdpi={dpi}"] if form == "png" else []
    resort = own if form == "svg" and engine is None else None
    data = draw(source, path, form, counts, engine, extra, timeout, resort)
    write(path, data)
    return path


# Whether our own SVG is asked for, or nothing else is there.
def _is_alone(engine: str | None) -> bool:
    return not any(each.program for each in engines(engine)) and engine in (None, LANES)


def _own_svg(subject: Subject, options: Options) -> str:
    scene = scene_of(subject, options)
    _check_size(len(scene.items))
    return f"{_DECLARATION}{svg_of(subject, scene, options)}\n"


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        text = "No such folder; make it first"
        raise FileNotFoundError(errno.ENOENT, text, str(path.parent))


def form_of(path: Path) -> str:
    """Return the format that the extension of ``path`` asks for."""
    form = path.suffix.lower().lstrip(".").replace("gv", "dot")
    if form not in FORMATS:
        names = ", ".join(f".{each}" for each in FORMATS)
        raise ValueError(f"a picture's name ends in {names}; got {path.name!r}")
    return form


def svg_text(thing: Any, *, stage: str | None = None, timeout: float = 20.0) -> str:
    """Return the picture as an ``<svg>`` element, to stand inside a page."""
    options = make_options(None, AUTO)
    subject = subject_of(thing, stage)
    text = ""
    able = engines()
    if able:
        scene = scene_of(subject, options)
        _check_size(len(scene.items))
        source = digraph_of(subject, scene, options).source
        counts = len(scene.items), len(scene.links)
        with contextlib.suppress(RenderError):
            text = _drawn(able, source, "svg", counts, [], timeout).decode("utf-8")
    return _PROLOG.sub("", text or _own_svg(subject, options))


def _check_size(count: int) -> None:
    if count > DRAWABLE:
        raise RenderError(
            f"the picture would have {count:,} nodes, and {DRAWABLE:,} are the most "
            "that is drawn: collapse=True gives a box per layer, phases='forward' "
            "a part; to_dot and a path that ends in .dot give all of it as text"
        )


# ---- drawing -------------------------------------------------------------------------


def draw(
    source: str,
    path: Path,
    form: str,
    counts: tuple[int, int],
    engine: str | None = None,
    options: Sequence[str] = (),
    timeout: float = 60.0,
    resort: Callable[[], str] | None = None,
) -> bytes:
    """Return the drawn file; where that fails, save the DOT text beside it and say so.

    ``counts`` are the nodes and edges of ``source``; what is drawn must have as many.
    Where no engine can, ``resort`` gives the file, if there is one.
    """
    if form == "dot":
        return source.encode("utf-8")
    able = engines(engine)
    try:
        return _drawn(able, source, form, counts, options, timeout)
    except RenderError as error:
        if resort is not None:
            return resort().encode("utf-8")
        beside = path.with_suffix(".dot")
        write(beside, source.encode("utf-8"))
        text = f"cannot draw {path.name}: {error}. The DOT text is in {beside}"
        raise RenderError(text) from error


def _drawn(
    able: list[Engine],
    source: str,
    form: str,
    counts: tuple[int, int],
    options: Sequence[str],
    timeout: float,
) -> bytes:
    fit = [each for each in able if form in each.formats]
    if not fit:
        raise RenderError(_missing(able, form))
    failures: dict[str, None] = {}
    for each, plain in product(fit, ([], ["-Gsplines=line"])):
        try:
            return _checked(each, source, form, counts, [*options, *plain], timeout)
        except RenderError as error:  # noqa: PERF203  # each engine has its chance
            failures[str(error)] = None
    raise RenderError("; ".join(failures))


def _missing(able: list[Engine], form: str) -> str:
    if not able:
        return f"no program that draws DOT is installed: {_INSTALL}"
    names = " and ".join(each.name for each in able)
    return f"{names} does not write {form.upper()}: {_INSTALL}"


# Engines have been seen to drop edges, and to say so at best in their exit code.
def _checked(
    engine: Engine,
    source: str,
    form: str,
    counts: tuple[int, int],
    options: list[str],
    timeout: float,
) -> bytes:
    def run(kind: str) -> bytes:
        is_poor = engine.name != "dot" and kind == "png"
        text = source.translate(_SIGNS) if is_poor else source
        return run_engine(engine, text, kind, options=options, timeout=timeout)

    svg = run("svg")
    drawn = len(_NODE.findall(svg)), len(_EDGE.findall(svg))
    if drawn != counts:
        raise RenderError(
            f"{engine.name} drew {drawn[0]} nodes and {drawn[1]} edges of {counts[0]} "
            f"and {counts[1]}"
        )
    return _finished(svg) if form == "svg" else run(form)


# The fonts inside graphviz-pure lack a few signs; they stand for something as short.
_SIGNS = str.maketrans({"∧": "&amp;", "∨": "|", "∛": "³√", "⊙": "·", "∈": "in"})


# Ids that differ between figures, so that several can stand in one page; and a width
# that gives way to that of the page.
def _finished(svg: bytes) -> bytes:
    text = svg.decode("utf-8")
    mark = re.search(r'<g id="(g[0-9a-f]{6}_)', text)
    prefix = mark[1] if mark else ""
    text = _OWN_IDS.sub(rf'<g id="{prefix}\1\2"', text)
    text = text.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)
    return text.encode("utf-8")


# ---- writing -------------------------------------------------------------------------


def write(path: Path, data: bytes) -> None:
    """Put ``data`` into a file that appears whole or not at all."""
    file, name = tempfile.mkstemp(prefix=".graphgrad-", dir=path.parent)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
