"""plot_model: Keras' drawing of a model, a box per layer."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graphgrad import GraphgradError
from graphgrad.viz._render import draw, form_of, write
from graphgrad.viz._style import FONT
from graphgrad.viz._text import attributes, markup, quote

__all__ = ["plot_model"]

_NOT_BUILT = (
    "This model has not yet been built. Build the model first by calling `build()` or "
    "by calling the model on a batch of data."
)
_RANKDIRS = ("TB", "BT", "LR", "RL")
_DARK, _TRAINED, _FROZEN, _BLUE = "#1F2430", "#0B6E4F", "#8A1C1C", "#0072B2"


class _Choice(NamedTuple):
    """What is shown of each layer."""

    shapes: bool
    dtype: bool
    names: bool
    activations: bool
    trainable: bool
    nested: bool


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    **kwargs: Any,
) -> Any:
    """Draw a model as a box per layer into ``to_file``, with Keras' arguments.

    ``rankdir`` is TB (downwards), LR (to the right), BT or RL; ``dpi`` is for PNG;
    ``expand_nested`` shows the layers of a model that is a layer. PNG where ``to_file``
    has no extension. Returns an image to display in a notebook, and elsewhere the
    `graphviz.Digraph`. For what happens inside the layers see `render`.

    >>> import graphgrad as gg, pathlib, tempfile
    >>> model = gg.Sequential([gg.Input((8,)), gg.Dense(3, "relu"), gg.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dot = gg.viz.plot_model(model, pathlib.Path(folder, "model.dot"))
    >>> dot.source.count("Dense")
    2
    """
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    if rankdir not in _RANKDIRS:
        raise ValueError(f"rankdir is one of {', '.join(_RANKDIRS)}, got {rankdir!r}")
    if not getattr(model, "built", True):
        raise GraphgradError(_NOT_BUILT)
    choice = _Choice(
        shapes=show_shapes,
        dtype=show_dtype,
        names=show_layer_names,
        activations=show_layer_activations,
        trainable=show_trainable,
        nested=expand_nested,
    )
    writer = _Writer(choice)
    lines = [_defaults(rankdir), *writer.model(model), *writer.edges]
    import graphviz

    dot = graphviz.Digraph("model", body=[f"{line}\n" for line in lines])
    path = Path(to_file)
    form = form_of(path) if path.suffix else "png"
    counts = writer.nodes, len(writer.edges)
    options = [f"-Gdpi={dpi}"] if form == "png" else []
    write(path, draw(dot.source, path, form, counts, options=options))
    return _displayed(path, form) or dot


def _defaults(rankdir: str) -> str:
    graph = attributes([("rankdir", rankdir), ("bgcolor", "white"), ("fontname", FONT)])
    node = attributes([("shape", "plaintext"), ("fontname", FONT), ("margin", 0.0)])
    edge = attributes([("arrowsize", 0.7), ("color", _BLUE)])
    return f"\tgraph {graph}\n\tnode {node}\n\tedge {edge}"


class _Writer:
    """Writes the layers of a model as a chain, and counts what it writes.

    The edges come after everything else: a box that an edge in a cluster names would
    become part of the cluster.
    """

    def __init__(self, choice: _Choice) -> None:
        self.choice = choice
        self.nodes = 0
        self.edges: list[str] = []
        self.last: str | None = None

    def model(self, model: Any, prefix: str = "") -> Iterator[str]:
        """Write the layers of ``model``; ``prefix`` keeps nested names apart."""
        shape = getattr(model, "input_shape", None)
        dtype = str(getattr(model, "dtype", "float32"))
        if not prefix:
            yield from self._box("input", _Told("Input", "input", shape, shape, dtype))
        for layer in model.layers:
            after = None if shape is None else layer.compute_output_shape(shape)
            key = f"{prefix}{layer.name}"
            if self.choice.nested and hasattr(layer, "layers"):
                label = attributes([("label", f"<{markup(layer.name)}>")])
                yield f"\tsubgraph {quote('cluster_' + key)} {{\n\t\tgraph {label}"
                yield from self.model(layer, prefix=f"{key}/")
                yield "\t}"
            else:
                yield from self._box(key, _told(layer, shape, after, dtype))
            shape = after

    def _box(self, key: str, told: _Told) -> Iterator[str]:
        key = f"layer:{key}"
        yield f"\t{quote(key)} {attributes([('label', _table(told, self.choice))])}"
        self.nodes += 1
        if self.last is not None:
            self.edges.append(f"\t{quote(self.last)} -> {quote(key)}")
        self.last = key


class _Told(NamedTuple):
    """What can be shown of a layer."""

    kind: str
    name: str
    before: Any
    after: Any
    dtype: str
    activation: str = ""
    trainable: bool | None = None


def _told(layer: Any, before: Any, after: Any, dtype: str) -> _Told:
    function = getattr(layer, "activation", None)
    name = function if isinstance(function, str) else getattr(function, "__name__", "")
    weights = bool(getattr(layer, "weights", ()))
    trained = bool(getattr(layer, "trainable", True)) if weights else None
    dtype = str(getattr(layer, "dtype", dtype))
    kind = type(layer).__name__
    return _Told(kind, layer.name, before, after, dtype, name, trained)


def _table(told: _Told, choice: _Choice) -> str:
    head = f"{told.name} ({told.kind})" if choice.names else told.kind
    rows = [_row(f'<FONT COLOR="white"><B>{markup(head)}</B></FONT>', _DARK)]
    if choice.activations and told.activation:
        rows.append(_row(f"Activation: <B>{markup(told.activation)}</B>"))
    if choice.shapes and told.before is not None:
        rows.append(_row(f"Input shape: <B>{markup(str(told.before))}</B>"))
        rows.append(_row(f"Output shape: <B>{markup(str(told.after))}</B>"))
    if choice.dtype:
        rows.append(_row(f"Output dtype: <B>{markup(told.dtype)}</B>"))
    if choice.trainable and told.trainable is not None:
        word, color = ("Trainable", _TRAINED) if told.trainable else ("Frozen", _FROZEN)
        rows.append(_row(f'<FONT COLOR="white"><B>{word}</B></FONT>', color))
    start = '<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="8">'
    return f"<{start}{''.join(rows)}</TABLE>>"


def _row(text: str, fill: str = "white") -> str:
    return f'<TR><TD BGCOLOR="{fill}" COLOR="{_DARK}">{text}</TD></TR>'


# In a notebook, the file that has just been written.
def _displayed(path: Path, form: str) -> Any:
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None or form not in ("png", "svg"):
        return None
    display = importlib.import_module("IPython.display")
    show = display.SVG if form == "svg" else display.Image
    return show(filename=str(path))
