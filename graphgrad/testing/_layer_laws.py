"""The laws of layers, each a function that raises what it found."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._types import Array
from graphgrad.layers._shapes import show_shape
from graphgrad.testing._laws import NEAR, FoundError, close, same
from graphgrad.testing._layer_case import LayerCase
from graphgrad.testing._replay import replayed
from graphgrad.testing._report import AGAIN, GradientMismatch, NoPowerError

__all__ = [
    "builds",
    "compiled",
    "config",
    "copies",
    "dtype",
    "gradients",
    "inference",
    "pickles",
    "rows",
    "saving",
    "shape",
    "training",
]

__tracebackhide__ = True  # pytest shows the line of the test

# ---- values --------------------------------------------------------------------------


def builds(case: LayerCase) -> None:
    """Check that a copy can be built and called, twice, and leaves the input alone."""
    before = case.x.copy()
    layer = copy.deepcopy(case.layer)
    layer(case.x)
    if not layer.built:
        raise FoundError("it is not built after a call: let `build` be the base's")
    count = len(layer.variables)
    layer(case.x)
    if len(layer.variables) != count:
        raise FoundError(
            f"it has {len(layer.variables)} variables after a second call, and had "
            f"{count}: make weights in `build`, which is called once"
        )
    if not np.array_equal(before, case.x):
        raise FoundError("it changed its input")


def shape(case: LayerCase) -> None:
    """Check that `compute_output_shape` says what comes, also for other batches."""
    said = copy.deepcopy(case.layer).compute_output_shape(case.input_shape)
    after = case.built.compute_output_shape(case.input_shape)
    for x in (case.x, case.x[:2]):
        found = case.built(x).shape
        for when, due in (("before it was built", said), ("once built", after)):
            if tuple(due) != (None, *found[1:]):
                raise FoundError(
                    f"compute_output_shape said {show_shape(due)} {when}, the output "
                    f"has the shape {found}"
                )
        if found[0] != len(x):
            raise FoundError(
                f"the output has {found[0]} rows for {len(x)} samples: the first axis "
                "is the batch's"
            )


def dtype(case: LayerCase) -> None:
    """Check that outputs and trained weights are float32."""
    found = {"output": case.built(case.x).dtype} | {
        each.name: each.dtype for each in case.built.trainable_weights
    }
    for name, kind in found.items():
        if kind != np.float32:
            raise FoundError(
                f"{name} has the dtype {kind}, expected float32: cast constants, as in "
                "gg.cast(value, x.dtype)"
            )


def inference(case: LayerCase) -> None:
    """Check that outside training calls agree, and state stays as it was."""
    layer = case.twin
    before = layer.get_weights()
    first = layer(case.x).numpy()
    same(first, layer(case.x).numpy(), "two calls outside training gave")
    told = layer(case.x, training=False).numpy()
    same(first, told, "a call gave, beside one with training=False,")
    for weight, old in zip(layer.weights, before, strict=True):
        same(old, weight.numpy(), f"a call outside training changed {weight.name}:")


def training(case: LayerCase) -> None:
    """Check that in training outputs fit and are finite, and weights stay."""
    layer, other = case.twin, case.twin
    found = layer(case.x, training=True)
    due = case.built(case.x)
    if (found.shape, found.dtype) != (due.shape, due.dtype):
        raise FoundError(
            f"in training the output is {found.dtype} {found.shape}, outside "
            f"{due.dtype} {due.shape}"
        )
    if not np.all(np.isfinite(found.numpy())):
        raise FoundError(f"in training the output is not finite: {found.numpy()}")
    again = other(case.x, training=True).numpy()
    same(found.numpy(), again, "in training two copies with the same state gave")
    pairs = zip(layer.trainable_weights, case.built.trainable_weights, strict=True)
    for weight, old in pairs:
        what = f"training=True changed {weight.name}, which the optimizer trains:"
        same(old.numpy(), weight.numpy(), what)


def rows(case: LayerCase) -> None:
    """Check that a sample's output is the same whatever else is in the batch."""
    modes = [False] if case.mixes_rows or case.is_random else [False, True]
    for mode in modes:
        whole = case.twin(case.x, training=mode).numpy()
        for i in (0, len(case.x) - 1):
            alone = np.repeat(case.x[i : i + 1], len(case.x), axis=0)
            found = case.twin(alone, training=mode).numpy()
            close(
                whole[i],
                found[i],
                f"with training={mode}, sample {i} gave another output where the "
                "others of its batch were replaced (mixes_rows=True if that is meant):",
            )


# ---- derivatives ---------------------------------------------------------------------


def gradients(case: LayerCase) -> None:
    """Check derivatives by input and weights, in and outside training."""
    from graphgrad.testing import check_grads

    for mode in (False, True):
        layer = case.twin
        weights = layer.trainable_weights
        function = _named(
            replayed(_calling(layer, training=mode), case.x, weights), layer
        )
        values = [np.asarray(each, np.float64) for each in _values(case.x, weights)]
        argnums = tuple(range(0 if case.smooth else 1, len(values)))
        if argnums:
            try:
                check_grads(
                    function,
                    tuple(values),
                    order=case.order,
                    argnums=argnums,
                )
            except (GradientMismatch, NoPowerError) as error:
                # A program needs the layer, which only its user can write.
                told = str(error).partition(AGAIN)[0]
                raise FoundError(
                    f"with training={mode}: {told}{AGAIN}    {case.again()}"
                ) from None
            _check_float32(case, function, values, training=mode)


def _check_float32(
    case: LayerCase,
    function: Callable[..., Any],
    values: list[Array],
    *,
    training: bool,
) -> None:
    layer = case.twin
    found = _gradients(layer, training=training)(gg.tensor(case.x, requires_grad=True))
    seed = _weights_of(found[0].shape)
    due = gg.grad(
        lambda *args: gg.sum(function(*args) * seed), tuple(range(len(values)))
    )(*values)
    names = ["the input", *[each.name for each in layer.trainable_weights]]
    for name, mine, wide in zip(names, found[1:], due, strict=True):
        close(
            wide.numpy(),
            mine.numpy(),
            f"with training={training}, the float32 gradient by {name} is not that of "
            "float64:",
            NEAR,
        )


def compiled(case: LayerCase) -> None:
    """Check that programs give the values, gradients and state of tensors."""
    for mode in (False, True):
        eager, program = case.twin, case.twin
        due = _gradients(eager, training=mode)(gg.tensor(case.x, requires_grad=True))
        found = gg.jit(_gradients(program, training=mode))(case.x)
        names = [
            "output",
            "gradient by the input",
            *[f"gradient by {each.name}" for each in eager.trainable_weights],
        ]
        told = f"with training={mode}, a program gave another"
        for name, a, b in zip(names, due, found, strict=True):
            close(a.numpy(), b.numpy(), f"{told} {name} than tensors:", NEAR)
        for one, other in zip(eager.variables, program.variables, strict=True):
            close(one.numpy(), other.numpy(), f"{told} state of {one.name}:")


def _gradients(layer: gg.Layer, *, training: bool) -> Callable[[Any], Any]:
    def run(x: gg.Tensor) -> list[gg.Tensor]:
        output = layer(x, training=training)
        total = gg.sum(output * _weights_of(output.shape))
        return [output, *gg.gradients(total, [x, *layer.trainable_weights])]

    return run


def _weights_of(sides: Sequence[int]) -> Array:
    random = np.random.default_rng(1).uniform(0.5, 1.5, tuple(map(int, sides)))
    return np.asarray(random, np.float32)


def _calling(layer: gg.Layer, *, training: bool) -> Callable[[Any], gg.Tensor]:
    return lambda x: layer(x, training=training)


def _values(x: Array, weights: Sequence[gg.Variable]) -> list[Array]:
    return [x, *[each.numpy() for each in weights]]


# A function whose arguments have the names of what they stand for.
def _named(function: Callable[..., Any], layer: gg.Layer) -> Callable[..., Any]:
    names = ["x"]
    for weight in layer.trainable_weights:
        last = weight.name.rpartition("/")[2]
        name = last if last.isidentifier() and last not in names else f"w{len(names)}"
        names.append(name)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    named: Any = function
    named.__signature__ = inspect.Signature(
        [inspect.Parameter(name, kind) for name in names]
    )
    named.__name__ = type(layer).__name__
    return named  # type: ignore[no-any-return]


# ---- copies --------------------------------------------------------------------------


def config(case: LayerCase) -> None:
    """Check that the arguments that a layer names make one that computes the same."""
    kept = case.layer.get_config()
    try:
        through = json.loads(json.dumps(kept))
    except TypeError as error:
        raise FoundError(
            f"get_config gave {kept!r}, which JSON cannot hold ({error}): return "
            "numbers, texts, lists and dicts, or gg.layers.serialize(object)"
        ) from error
    again = type(case.layer).from_config(through)
    if again.get_config() != kept:
        raise FoundError(
            f"get_config gave {kept!r}, and that of the layer made from it "
            f"{again.get_config()!r}: keep each argument in an attribute of its name"
        )
    # Built, not called: what was adapted to data is among the weights.
    again.ensure_built(case.input_shape)
    _same_shapes(case.built, again)
    again.set_weights(case.built.get_weights())
    due = case.built(case.x).numpy()
    same(due, again(case.x).numpy(), "the layer made by from_config gave")


def _same_shapes(one: gg.Layer, other: gg.Layer) -> None:
    mine, yours = ([each.shape for each in layer.weights] for layer in (one, other))
    if mine != yours:
        raise FoundError(
            f"the layer made by from_config has weights of shapes {yours}, expected "
            f"{mine}: get_config leaves out an argument"
        )


def saving(case: LayerCase) -> None:
    """Check that a model that holds the layer comes back from a file as it was."""
    model = gg.Sequential([gg.Input(case.x.shape[1:]), case.twin])
    due = model.predict(case.x, verbose=0)
    close(case.built(case.x).numpy(), due, "predict gave another output:")
    known = {type(part).__name__: type(part) for part in model.flattened()}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.safetensors")
        with warnings.catch_warnings():
            # Who is registered nowhere is told so; here it is known.
            warnings.simplefilter("ignore", UserWarning)
            model.save(path)
        again = gg.load_model(path, custom_objects=known)
    same(due, again.predict(case.x, verbose=0), "the loaded model predicted")


def copies(case: LayerCase) -> None:
    """Check that a deep copy computes the same in training, and goes on apart."""
    _check_copy(case, copy.deepcopy, "a deep copy")


def pickles(case: LayerCase) -> None:
    """Check that the layer comes out of a pickle as it went in."""
    _check_copy(case, lambda layer: pickle.loads(pickle.dumps(layer)), "a pickled copy")  # noqa: S301


def _check_copy(
    case: LayerCase, copied: Callable[[gg.Layer], gg.Layer], what: str
) -> None:
    layer = case.twin
    other = copied(layer)
    for mode in (False, True):
        due = layer(case.x, training=mode).numpy()
        found = other(case.x, training=mode).numpy()
        same(due, found, f"with training={mode}, {what} gave")
    if not set(layer.variables).isdisjoint(other.variables):
        raise FoundError(f"{what} shares variables with the layer")
