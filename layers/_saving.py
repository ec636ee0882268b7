"""Saving models and their weights in one file, and loading them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

import graphgrad as gg
from graphgrad.layers._compile_config import compile_by, described_compile
from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._identifiers import refuse_absent
from graphgrad.layers._model_file import (
    ModelFile,
    known_columns,
    read_file,
    write_file,
)
from graphgrad.layers._model_state import (
    assign_all,
    compare,
    endings,
    own_state,
    refuse,
    state_of,
)
from graphgrad.layers._names import refuse_unknown
from graphgrad.layers._random_state import kept_randomness
from graphgrad.layers._ranges import Ranges
from graphgrad.layers._registry import (
    ConfigError,
    Named,
    SavingError,
    custom_object_scope,
    notes_of_unregistered,
)
from graphgrad.layers._room import room_for
from graphgrad.layers._safetensors_file import checked_path
from graphgrad.layers._text import shortened
from graphgrad.layers._training import Trainer
from graphgrad.layers._undo import undone_if_it_fails
from graphgrad.layers._warning import warn

if TYPE_CHECKING:
    from graphgrad.layers._sequential import Sequential

__all__ = [
    "load_model",
    "load_weights",
    "restore_training",
    "save_model",
    "save_weights",
]

Path = str | os.PathLike[str]


# ---- models --------------------------------------------------------------------------


def save_model(
    model: Trainer,
    filepath: Path,
    overwrite: bool = True,
    *,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write a model to one ``.safetensors`` file, with all that training needs.

    It holds the architecture, weights, random states, what the model was compiled with,
    the optimizer's state and running metrics. ``extra`` is kept with it for
    `restore_training`. The file takes the place of an old one when it is whole. Raises
    `SavingError` for what cannot be saved, and `OSError` for what cannot be written.

    >>> import tempfile
    >>> import graphgrad as gg
    >>> path = tempfile.mkdtemp() + "/model.safetensors"
    >>> save_model(gg.Sequential([gg.Input((2,)), gg.Dense(1)]), path)
    >>> load_model(path).count_params()
    3
    """
    path = checked_path(filepath, "model.save")
    _check_free(path, overwrite=overwrite)
    if not isinstance(extra, dict | None):
        raise SavingError(f"extra is a dict of what to keep with it, got {extra!r}")
    with model.lock:
        compiled = model.optimizer is not None
        with notes_of_unregistered() as unregistered:
            described = serialize(model)
            arguments = described_compile(model) if compiled else None
        _warn_of(unregistered)
        write_file(
            path,
            state_of(model),
            model=described,
            compiled=arguments,
            prepared=model._prepared,
            labels=_labels(model),
            ranges=_ranges(model),
            columns=model._columns,
            extra=serialize(extra),
        )


_ABSENT = {
    "safe_mode": ((True,), "loading a model runs no code; pass custom_objects instead")
}


def load_model(
    filepath: Path,
    custom_objects: Mapping[str, Named] | None = None,
    compile: bool = True,  # noqa: A002 -- Keras' name
    **unknown: Any,
) -> Sequential:
    """Return the model that a file holds, compiled as it was unless ``compile`` is off.

    It goes on as the saved one would, bit for bit. Loading runs no code from the file:
    it names classes of graphgrad, registered ones, and ``custom_objects``. That is
    what Keras calls ``safe_mode=True``, which may be written, too. Raises `SavingError`
    for a file that holds no sound model, and `OSError` for one that cannot be opened.

    >>> import tempfile
    >>> import graphgrad as gg
    >>> path = tempfile.mkdtemp() + "/model.safetensors"
    >>> gg.Sequential([gg.Input((2,)), gg.Dense(1)], name="net").save(path)
    >>> load_model(path)
    <Sequential name=net, built=True>
    """
    refuse_absent("load_model", unknown, _ABSENT)
    refuse_unknown("load_model", unknown, ("filepath", "custom_objects", "compile"))
    file = read_file(filepath)
    if file.model is None:
        raise SavingError(
            f"{file.path!r} holds weights, but no model: make the model, and call "
            "model.load_weights with this path"
        )
    with custom_object_scope(custom_objects or {}), kept_randomness():
        try:
            with room_for(_arrays(file), file.described):
                return _loaded(file, compiled=compile)
        except Exception as error:  # noqa: BLE001 -- layers may raise anything
            _fail(file, error)


def _loaded(file: ModelFile, *, compiled: bool) -> Sequential:
    model = deserialize(file.model)
    if not isinstance(model, Trainer):
        raise ConfigError(f"it describes no model, but {model!r}")
    ends = {end for slot in file.parts.get("optimizer", ()) for end in endings(slot)}
    for name, variable in own_state(model).items():
        # A weight that was frozen after compile has its slots.
        variable.trainable = file.trainable.get(name, False) or name in ends
    if compiled and file.compiled is not None:
        compile_by(model, file.compiled)
        _prepare(model, file)
    whole = compiled or file.compiled is None
    _restore(model, file, _forgiven(model, file, whole=whole))
    if file.ranges is not None:
        model._ranges = _known_ranges(file.ranges, model)
    if file.columns is not None:
        model._columns = known_columns(file.columns, model._input_shape or ())
    for name, variable in own_state(model).items():
        variable.trainable = file.trainable.get(name, variable.trainable)
    return cast("Sequential", model)


# Labels that the loss reads as they are given are part of what was prepared.
def _labels(model: Trainer) -> list[Any] | None:
    labels = model.labels_seen
    return None if labels is None else [list(labels.shape), str(labels.dtype)]


def _ranges(model: Trainer) -> dict[str, Any] | None:
    return None if model._ranges is None else model._ranges.to_dict()


def _known_ranges(described: Any, model: Trainer) -> Ranges:
    found = Ranges.from_dict(described)
    shape = model._input_shape or ()
    if len(shape) > 1 and len(found) != shape[-1]:
        raise SavingError(
            f"it has ranges of {len(found)} features, and a model of {shape[-1]}"
        )
    return found


def _prepare(model: Trainer, file: ModelFile) -> None:
    if file.labels is not None and _labels(model) is None:
        model._prepare(file.labels)
    elif file.prepared and not model._prepared:
        model._prepare()


# What may be missing on either side: training state, where the model is not to train;
# slots that a weight frozen before compile has not got yet.
def _forgiven(model: Trainer, file: ModelFile, *, whole: bool) -> set[str]:
    if not whole:
        random = {name for name, kind in file.kinds.items() if kind != "parameter"}
        known = own_state(model)
        others = [arrays for part, arrays in file.parts.items() if part != "model"]
        return {n for n in random if n not in known} | {n for a in others for n in a}
    state, held = state_of(model), _all_names(file)
    training = [n for part in state if part != "model" for n in state[part]]
    if not file.prepared:
        own = [n for n, v in state["model"].items() if v.cell.kind != "parameter"]
        return {n for n in [*training, *own] if n not in held}
    frozen = {name for name, trained in file.trainable.items() if not trained}
    lacking = [n for n in training if n not in held]
    return {n for n in lacking if not frozen.isdisjoint(endings(n))}


def _all_names(file: ModelFile) -> set[str]:
    return {name for part in file.parts.values() for name in part}


def _arrays(file: ModelFile) -> list[np.ndarray[Any, Any]]:
    return [array for part in file.parts.values() for array in part.values()]


def _restore(model: Trainer, file: ModelFile, forgiven: Iterable[str] = ()) -> None:
    state = {n: v for part in state_of(model).values() for n, v in part.items()}
    arrays = {n: a for part in file.parts.values() for n, a in part.items()}
    misfits = compare(state, arrays)
    for name in forgiven:
        misfits.pop(name, None)
    refuse(
        misfits,
        f"{model!r}",
        "It was written by another model, or compiled in another way; "
        "model.load_weights takes the weights alone",
    )
    assign_all(state, arrays)


# ---- training that goes on -----------------------------------------------------------


def restore_training(model: Trainer, filepath: Path) -> dict[str, Any]:
    """Give a compiled model the state that a file holds; return what came as ``extra``.

    The model is built if need be, and must be compiled as the saved one was. Training
    then goes on as it would have without a break, bit for bit. Raises `SavingError` for
    a file that does not fit, which leaves the model as it was.

    >>> import tempfile
    >>> import graphgrad as gg
    >>> path = tempfile.mkdtemp() + "/model.safetensors"
    >>> def made():
    ...     model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    ...     model.compile("adam", "mse")
    ...     return model
    >>> save_model(made(), path, extra={"epoch": 3})
    >>> restore_training(made(), path)
    {'epoch': 3}
    """
    file = read_file(filepath)
    model._compiled("restore_training")
    if file.compiled is None:
        raise SavingError(
            f"{file.path!r} holds no training: it was written by model.save_weights, "
            "or by a model that was not compiled"
        )
    with model.lock:
        try:
            with undone_if_it_fails(model), room_for(_arrays(file), file.described):
                if not model.built:
                    model.build(_input_shape(file))
                _prepare(model, file)
                extra = _extra(file)
                _restore(model, file)
        except Exception as error:  # noqa: BLE001 -- layers may raise anything
            _fail(file, error)
    return extra


def _extra(file: ModelFile) -> dict[str, Any]:
    extra = deserialize(file.extra)
    if not isinstance(extra, dict | None):
        raise SavingError(f"what came with it is no dict: {extra!r}")
    return extra or {}


def _input_shape(file: ModelFile) -> tuple[int | None, ...]:
    try:
        return tuple(file.model["config"]["build_input_shape"])
    except (KeyError, TypeError) as error:
        raise SavingError("the model in it was not built") from error


# ---- weights -------------------------------------------------------------------------


def save_weights(model: Trainer, filepath: Path, overwrite: bool = True) -> None:
    """Write the weights of a model, by name, to one ``.safetensors`` file.

    >>> import tempfile
    >>> import graphgrad as gg
    >>> from safetensors.numpy import load_file
    >>> path = tempfile.mkdtemp() + "/weights.safetensors"
    >>> save_weights(gg.Sequential([gg.Input((2,)), gg.Dense(1)]), path)
    >>> sorted(load_file(path))
    ['dense/bias', 'dense/kernel']
    """
    path = checked_path(filepath, "model.save_weights")
    _check_free(path, overwrite=overwrite)
    _require_built(model, "save_weights")
    with model.lock:
        write_file(path, {"model": _weights(model)})


def load_weights(model: Trainer, filepath: Path, skip_mismatch: bool = False) -> None:
    """Give a model the weights of a file, by name: all of them, or none.

    The file may be of `save_weights`, of `save`, or any other of the format. With
    ``skip_mismatch`` what does not fit is left as it is, and named in a warning.

    >>> import tempfile
    >>> import graphgrad as gg
    >>> path = tempfile.mkdtemp() + "/weights.safetensors"
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> save_weights(model, path)
    >>> load_weights(model, path)
    """
    file = read_file(filepath)
    _require_built(model, "load_weights")
    others = {name for name, kind in file.kinds.items() if kind != "parameter"}
    arrays = {n: a for n, a in file.parts.get("model", {}).items() if n not in others}
    with model.lock:
        state = _weights(model)
        misfits = compare(state, arrays, "same_kind")
        if not skip_mismatch:
            refuse(
                misfits,
                f"{model!r}",
                "Nothing was loaded; skip_mismatch=True loads what fits, and "
                "model.set_weights takes weights by their order",
            )
        fitting = {n: v for n, v in state.items() if n not in misfits}
        _check_range(fitting, arrays)
        assign_all(fitting, arrays)
    if misfits:
        listed = "; ".join(f"{name!r} {why}" for name, why in misfits.items())
        told = f"weights that do not fit {model!r} were skipped: {listed}"
        warn(shortened(told), UserWarning)


def _weights(model: Trainer) -> dict[str, gg.Variable]:
    state = own_state(model)
    return {n: v for n, v in state.items() if v.cell.kind == "parameter"}


def _check_range(
    state: Mapping[str, gg.Variable], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> None:
    for name, variable in state.items():
        array = arrays[name]
        if array.dtype == variable.dtype:
            continue
        with np.errstate(over="ignore"):
            lost = np.isfinite(array) & ~np.isfinite(array.astype(variable.dtype))
        if lost.any():
            raise SavingError(
                f"{name!r} has {array[lost].flat[0]} in the file, a number beyond "
                f"{variable.dtype}"
            )


def _require_built(model: Trainer, call: str) -> None:
    if not model.built:
        raise SavingError(
            f"{model!r} has no weights yet, which model.{call} needs: begin with "
            "gg.Input((width,)), call model.build((None, width)), or fit it"
        )


# ---- refusing ------------------------------------------------------------------------


def _check_free(path: str, *, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(path):
        raise SavingError(
            f"{path!r} exists, and overwrite is False: choose another name"
        )


def _warn_of(unregistered: Mapping[str, Named]) -> None:
    for name, thing in unregistered.items():
        warn(
            f"the model uses {thing.__module__}.{thing.__qualname__}, which is not "
            "registered: mark it with @graphgrad.saving.register_keras_serializable(), "
            f"or load the model with custom_objects={{{name!r}: {thing.__name__}}}",
            UserWarning,
        )


def _fail(file: ModelFile, error: Exception) -> NoReturn:
    raise SavingError(f"{file.path!r} cannot be loaded: {error}") from error
