"""The arguments of compile, fit, evaluate and predict, checked or refused."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np

from graphgrad.layers._arguments import (
    ArgumentError,
    check_choice,
    check_count,
    check_flag,
    unquoted,
)
from graphgrad.layers._names import UnknownArgumentError, refuse_type, refuse_unknown
from graphgrad.layers._progress import check_verbose

__all__ = [
    "FULL",
    "ON_NONFINITE",
    "FitPlan",
    "check_batch_size",
    "check_compile",
    "check_steps",
    "only_one",
    "refuse_hooks",
    "refuse_others",
]

# What `fit` does where the loss is not finite.
ON_NONFINITE = ("warn", "raise", "restore", "ignore")

FULL: Literal["full"] = "full"

# What older versions of Keras called an argument.
_RENAMED = {
    "nb_epoch": "epochs",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "validation_steps",
    "validation": "validation_data",
    "val_data": "validation_data",
    "val_split": "validation_split",
    "bs": "batch_size",
    "objective": "loss",
}

_RATE = "the rate is the optimizer's: optimizer=gg.optimizers.SGD(0.01), for example"
_READER = "batches are read in the thread that trains, and none are read ahead"

# What Keras takes or took, and what is to be said about it here.
_REASONS = {
    "lr": _RATE,
    "learning_rate": _RATE,
    "workers": _READER,
    "use_multiprocessing": _READER,
    "max_queue_size": _READER,
    "show_accuracy": "say compile(metrics=['accuracy'])",
    "class_mode": "what kind of accuracy is meant follows from the labels' shape",
    "sample_weight_mode": "there is one weight a sample",
    "target_tensors": "labels are given to fit",
    "distribute": "a model runs in one process",
}


_STEP = (
    "a step is one graph, traced from layers, loss, metrics and optimizer, which calls "
    "nothing in between: put it into one of these, or write a loop with gg.gradients"
)
_MEASURE = "write a subclass of gg.metrics.Metric, and pass it to compile as a metric"

# What a subclass of Keras' models may define, and what it would define here.
_HOOKS = {
    "compute_loss": "write a function of (y_true, y_pred), or a subclass of "
    "gg.losses.Loss; what depends on layers is added by layer.add_loss in its call",
    "compute_metrics": _MEASURE,
    **dict.fromkeys(("train_step", "test_step", "predict_step"), _STEP),
    **dict.fromkeys(
        ("make_train_function", "make_test_function", "make_predict_function"), _STEP
    ),
}


def refuse_hooks(kind: type) -> None:
    """Raise if a class of models defines what Keras would call, and we do not.

    >>> refuse_hooks(object)
    """
    for name, instead in _HOOKS.items():
        if hasattr(kind, name):
            raise UnknownArgumentError(
                f"{kind.__name__} defines {name}, which is not called here: {instead}"
            )


def refuse_others(owner: str, given: Mapping[str, Any], valid: Collection[str]) -> None:
    """Raise if arguments were given that ``owner`` does not take, and say why.

    >>> refuse_others("fit", {"nb_epoch": 3}, ["epochs"])
    Traceback (most recent call last):
    ...
    graphgrad.layers._names.UnknownArgumentError: fit takes no argument 'nb_epoch': \
did you mean 'epochs'? For all see help(Sequential.fit)
    """
    for name in given:
        if name in _REASONS:
            raise ArgumentError(f"{owner} takes no {name}: {_REASONS[name]}")
    refuse_unknown(owner, given, valid, _RENAMED)


# ---- compile -------------------------------------------------------------------------


def check_compile(
    *,
    loss: Any,
    loss_weights: Any,
    run_eagerly: Any,
    steps_per_execution: Any,
    jit_compile: Any,
    auto_scale_loss: Any,
) -> int:
    """Refuse what `compile` does not do; return the steps per execution."""
    if loss is None:
        raise ArgumentError(
            "compile needs a loss to minimise, such as loss='binary_crossentropy'"
        )
    described = isinstance(loss, dict) and "class_name" in loss
    if isinstance(loss, list | tuple | dict) and not described:
        raise ArgumentError(
            f"a sequential model has one output, and so one loss: got {loss!r}"
        )
    if loss_weights is not None:
        raise ArgumentError(
            "loss_weights weigh the losses of several outputs, and a sequential model "
            f"has one: got {loss_weights!r}; for metrics write metrics=[...], and to "
            "weigh samples use sample_weight or class_weight in fit"
        )
    if check_flag("run_eagerly", run_eagerly or False):
        raise ArgumentError(
            "run_eagerly=True is not there: a step is always the program that the "
            "graph shows. To look inside, call model(x), which computes at once and "
            "stops at breakpoints, or look at model.graph('fit') and gg.gradients"
        )
    if jit_compile is False:
        raise ArgumentError(
            "jit_compile=False is not there: training is always a compiled program; "
            "leave it out. model(x) computes without one"
        )
    if jit_compile is not None:
        check_choice("jit_compile", jit_compile, ["auto", True])
    # Losses are only scaled for float16, in which no model computes here.
    check_flag("auto_scale_loss", auto_scale_loss)
    return check_count("steps_per_execution", steps_per_execution, 1)


def check_metrics(name: str, metrics: Any) -> list[Any]:
    """Return metrics as a list; a bare name may be a mistake for one."""
    if metrics is None:
        return []
    if not isinstance(metrics, list | tuple):
        refuse_type(name, metrics, "a list, such as ['accuracy']")
    inner = only_one(metrics)
    return list(inner if isinstance(inner, list | tuple) else metrics)


def only_one(given: Any) -> Any:
    """Return what a list of one holds: Keras has lists for each of several outputs.

    >>> only_one(["mse"]), only_one("mse")
    ('mse', 'mse')
    """
    return given[0] if isinstance(given, list | tuple) and len(given) == 1 else given


# ---- numbers -------------------------------------------------------------------------


def check_steps(name: str, value: Any) -> int | None:
    """Return a number of steps, or None, which means all that there are."""
    return None if value is None else check_count(name, value, 1)


def check_batch_size(size: Any, name: str = "batch_size") -> int | str | None:
    """Return the number of rows of a batch; None is the usual one, ``full`` all.

    >>> check_batch_size("full")
    'full'
    """
    if size is None or (isinstance(size, str) and size == FULL):
        return FULL if size else None
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        way_out = "'full' takes all rows at once"
        if isinstance(size, tuple):
            way_out = "held-out data are validation_data=(x, y)"
        raise ArgumentError(
            f"{name} is a whole number of at least 1, got {reprlib.repr(size)}"
            f"{unquoted(size)}; {way_out}"
        )
    return int(size)


# ---- fit -----------------------------------------------------------------------------


class FitPlan:
    """What `fit` was asked to do, apart from the data."""

    def __init__(
        self,
        *,
        epochs: Any,
        initial_epoch: Any,
        steps_per_epoch: Any,
        verbose: Any,
        shuffle: Any,
        validation_freq: Any,
        validation_steps: Any,
        on_nonfinite: Any = "warn",
    ) -> None:
        """Check the arguments."""
        self.on_nonfinite = check_choice("on_nonfinite", on_nonfinite, ON_NONFINITE)
        if not isinstance(shuffle, bool | np.bool_):
            check_choice("shuffle", shuffle, [True, False, "batch"])
        self.epochs = check_count("epochs", epochs)
        self.initial_epoch = check_count("initial_epoch", initial_epoch)
        self.steps_per_epoch = check_steps("steps_per_epoch", steps_per_epoch)
        self.verbose = check_verbose(verbose)
        self.shuffle = shuffle if isinstance(shuffle, str) else bool(shuffle)
        self.validation_freq = _frequency(validation_freq)
        self.validation_steps = check_steps("validation_steps", validation_steps)

    def validates(self, epoch: int) -> bool:
        """Return whether there is a validation after an epoch; the first is 0."""
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return epoch + 1 in self.validation_freq

    def refuse_validation_options(self, batch_size: Any) -> None:
        """Raise if a validation without data was described."""
        options = {
            "validation_batch_size": batch_size is not None,
            "validation_steps": self.validation_steps is not None,
            "validation_freq": self.validation_freq != 1,
        }
        for name in [name for name, given in options.items() if given]:
            raise ArgumentError(
                f"{name} is given, but nothing to validate on: add validation_data or "
                "validation_split"
            )


def _frequency(value: Any) -> int | list[int]:
    if isinstance(value, list | tuple | set | range):
        return [check_count("each epoch of validation_freq", each, 1) for each in value]
    return check_count("validation_freq", value, 1)
