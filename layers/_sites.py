"""Sites of what goes wrong with layers, losses and data, on the graph of the model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._shapes import Shape, show_shape

__all__ = [
    "layer_site",
    "layer_titles",
    "misfit",
    "note_before",
    "note_counts",
    "note_inputs",
    "note_labels",
    "note_loss",
    "note_part",
    "note_value",
    "refused",
]

# The length that stands for that of any batch.
_BATCH = gg.Dim(32, "batch")

_NOT_FINITE = re.compile(r" is (nan|-?inf)\b|hold[s]? (nan|-?inf)\b", re.IGNORECASE)


def note_part(
    error: gg.GraphgradError, title: str, reads: Sequence[Any], scope: str
) -> None:
    """Give an error without a site that of a part which failed to read its inputs."""
    place = gg.nodes.Place(scope, "forward" if len(reads) == 1 else "loss")
    if gg.sites.note_function(error, place):
        return
    nodes = [
        getattr(each, "node", None) or gg.sites.input_node("xyzuvw"[i % 6], each.shape)
        for i, each in enumerate(reads)
    ]
    error.site = gg.sites.site_of(
        _kind(error), gg.sites.Stand(title), nodes, place, told=gg.sites.told_by(error)
    )


def refused(
    layer: Any, expected: str, input_shape: Shape, hint: str = ""
) -> gg.ShapeError:
    """Return the error of an input that does not fit a layer."""
    got = f"an input of shape {show_shape(input_shape)}"
    hint = hint or "put a Reshape or a Flatten before it, or give it other data"
    title = layer.title()
    error = gg.ShapeError(
        f"layer {layer.name!r} ({title}) expected {expected}, got {got}; {hint}"
    )
    told = {"expected": expected, "actual": got, "fix": hint}
    x = gg.sites.input_node("x", _sized(input_shape))
    error.site = gg.sites.site_of(
        "shape", gg.sites.Stand(title), [x], gg.nodes.Place(layer.path), told=told
    )
    return error


def misfit(layer: Any, due: Shape, input_shape: Shape) -> gg.ShapeError:
    """Return the error of an input that has not the shape ``due`` of a model's."""
    # The first axis of one sample is taken for the batch.
    sample = len(input_shape) + 1 == len(due)
    hint = "for one sample add the batch axis, as with x[None]" if sample else ""
    return refused(layer, f"an input of shape {show_shape(due)}", input_shape, hint)


def note_before(
    error: gg.GraphgradError, layers: Iterable[Any], input_shape: Shape
) -> None:
    """Put the layers before the one that failed in front of the site of its error."""
    if error.site is not None:
        error.site = gg.sites.grafted(error.site, _declared(layers, input_shape))


# A box for each layer: nothing has been recorded of what is not built yet.
def _declared(layers: Iterable[Any], input_shape: Shape) -> gg.nodes.Node:
    node, shape = gg.sites.input_node("x", _sized(input_shape)), input_shape
    for layer in layers:
        shape = layer.compute_output_shape(shape)
        stand = gg.sites.Stand(layer.title())
        node = gg.nodes.Node(
            stand, (node,), _sized(shape), node.dtype, gg.nodes.Place(layer.path)
        )
    return node


def _sized(shape: Shape) -> tuple[int, ...]:
    return tuple([_BATCH if side is None else side for side in shape])


def layer_site(model: Any, path: str, kind: str, message: str) -> gg.sites.Site | None:
    """Return the site of a layer that does not learn: what leads to its output."""
    graph = model.graph("build")
    inside = [node for node in graph.operations if node.scope == path]
    if not inside:
        return None
    end = inside[-1]
    text, _, fix = message.partition(": ")[2].partition("; ")
    return gg.sites.Site(
        kind=kind.replace("_", " "),
        operation=end.op.name,
        node=end.name,
        graph=gg.sites.behind(end),
        equation=gg.equation(end),
        inputs={gg.short_name(each): gg.describe(each) for each in end.inputs},
        layer=path,
        phase=end.phase,
        expected="a layer that learns",
        actual=text,
        fix=fix,
        titles=layer_titles(model),
    )


def layer_titles(model: Any) -> dict[str, str]:
    """Return what each layer of a built model is, and how many parameters it has."""
    told = {}
    for layer in model.flattened():
        count = layer.count_params()
        noun = "parameter" if count == 1 else "parameters"
        counted = f"{count:,} {noun}" if count else ""
        told[layer.path] = " · ".join(filter(None, [layer.title(), counted]))
    return told


# ---- data ----------------------------------------------------------------------------


def note_inputs(error: gg.GraphgradError, model: Any, x: Any) -> None:
    """Give an error about a model's inputs a site: the first layer, their reader."""
    if error.site is not None:
        return
    layer, kind = model.layers[0], _kind(error)
    node = gg.sites.input_node("x", _shape_of(x))
    told = _told(error, kind)
    site = gg.sites.site_of(
        kind,
        gg.sites.Stand(layer.title()),
        [node],
        gg.nodes.Place(layer.path),
        told=told,
    )
    error.site = site if kind == "shape" else _at(site, "x")


def note_labels(error: gg.GraphgradError, model: Any, y: Any, loss: Any) -> None:
    """Give an error about labels a site: the loss, which compares them."""
    if error.site is not None:
        return
    kind = _kind(error)
    labels = gg.sites.input_node("y", _shape_of(y))
    nodes = [labels, _output(model)]
    stand, place = gg.sites.Stand(loss.title()), gg.nodes.Place(loss.name, "loss")
    told = _told(error, kind)
    if kind == "shape":
        due = loss.label_spec(nodes[1].shape).shape
        told["expected"] = f"labels of shape {due}"
        told["actual"] = f"labels of shape {labels.shape}"
    site = gg.sites.site_of(kind, stand, nodes, place, told=told)
    error.site = replace(site, kind="label") if kind == "shape" else _at(site, "y")


def note_loss(error: gg.GraphgradError, model: Any, loss: Any) -> None:
    """Give the error of a loss that is not finite a site: the loss, and what it reads.

    Labels are taken to have the shape of the output: all that is known is the loss.
    """
    output = _output(model)
    told = _told(error, kind := _kind(error))
    error.site = gg.sites.site_of(
        kind,
        gg.sites.Stand(loss.title()),
        [gg.sites.input_node("y", output.shape), output],
        gg.nodes.Place(loss.name, "loss"),
        told=told,
    )


def note_value(
    error: gg.GraphgradError | gg.NonFiniteWarning, variable: gg.Variable, value: Any
) -> None:
    """Give what is said of a weight's value a site: the layer that it is for."""
    scope, _, name = variable.name.rpartition("/")
    node = gg.sites.input_node(name, value.shape)
    kind = _kind(error)
    site = gg.sites.site_of(
        kind,
        gg.sites.Stand("assign"),
        [node],
        gg.nodes.Place(scope),
        told=_told(error, kind),
    )
    error.site = replace(_at(site, name), layer=scope)


def note_counts(error: gg.GraphgradError, x: Any, y: Any, loss: Any) -> None:
    """Give an error about labels that are not as many as the samples a site."""
    told = {
        "expected": f"{len(x):,} labels: one for each sample of x",
        "actual": f"{len(y):,} labels",
        "fix": "give x and y as many rows: what lies in one row belongs together",
    }
    labels = gg.sites.input_node("y", y.shape)
    stand, place = gg.sites.Stand(loss.title()), gg.nodes.Place(loss.name, "loss")
    site = gg.sites.site_of("label", stand, [labels], place, told=told)
    error.site = _at(site, "y")


def _output(model: Any) -> gg.nodes.Node:
    if model.built:
        return model.graph("build").outputs[0]  # type: ignore[no-any-return]
    shape = model._input_shape
    return (
        _declared(model.layers, shape)
        if shape
        else gg.sites.input_node("output", (_BATCH,))
    )


# What is wrong are the data themselves, not what reads them.
def _at(site: gg.sites.Site, name: str) -> gg.sites.Site:
    node = site.graph[name]
    return replace(
        site,
        operation=name,
        node=name,
        equation="",
        inputs={},
        layer="",
        actual=site.actual or gg.describe(node),
    )


def _shape_of(data: Any) -> tuple[int, ...]:
    shape = getattr(data, "shape", None)
    if shape is None:
        try:
            shape = np.shape(data)
        except Exception:  # noqa: BLE001  # what is wrong is said already
            shape = (0,)
    return (_BATCH, *tuple(shape)[1:])


def _told(error: BaseException, kind: str) -> dict[str, str]:
    told = gg.sites.told_by(error)
    if kind in ("NaN", "Inf"):
        text, _, fix = str(error).rpartition("; ")
        actual = (text or fix).partition(": ")[0]
        return {"expected": "finite numbers", "actual": actual, "fix": fix}
    return told


def _kind(error: BaseException) -> str:
    found = _NOT_FINITE.search(str(error))
    if found is None:
        return gg.sites.kind_of(error)
    return "NaN" if "nan" in found[0].lower() else "Inf"
