"""What a model was compiled with, as a description, and compiling by one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._metric import Metric
from graphgrad.layers._registry import ConfigError
from graphgrad.layers._training import Trainer

__all__ = ["compile_by", "described_compile"]


def described_compile(model: Trainer) -> dict[str, Any]:
    """Return the arguments of `compile` by name, fit for JSON.

    A model keeps each in an attribute of its name, perhaps a private one; where that
    has what was made of it, what was given is in ``_wanted_metrics`` and such. What is
    kept nowhere is checked, and means nothing more.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> model.compile("sgd", "mse", metrics=["mse"])
    >>> described_compile(model)["metrics"]
    ['mse']
    """
    found = {}
    for name in arguments_of_compile():
        for kept in (f"_wanted_{name}", name, f"_{name}"):
            if hasattr(model, kept):
                found[name] = serialize(_made(getattr(model, kept)))
                break
    return found


def arguments_of_compile() -> list[str]:
    """Return the names of the arguments of `compile`.

    >>> arguments_of_compile()[:2]
    ['optimizer', 'loss']
    """
    _, *parameters = inspect.signature(Trainer.compile).parameters.values()
    return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]


def compile_by(model: Trainer, config: Any) -> None:
    """Compile a model with the arguments that were described.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Dense(1)])
    >>> compile_by(model, {"optimizer": "sgd", "loss": "mse"})
    >>> model.loss.name
    'mean_squared_error'
    """
    if not isinstance(config, Mapping):
        raise ConfigError(f"the arguments of compile are a dict, got {config!r}")
    arguments = {name: deserialize(value) for name, value in config.items()}
    try:
        inspect.signature(model.compile).bind(**arguments)
    except TypeError as error:
        raise ConfigError(f"compile does not take these arguments: {error}") from error
    model.compile(**arguments)


# A metric may have been given as a class, which `compile` makes one of.
def _made(given: Any) -> Any:
    if isinstance(given, list | tuple):
        return [_made(each) for each in given]
    if isinstance(given, dict):
        return {name: _made(each) for name, each in given.items()}
    if inspect.isclass(given) and issubclass(given, Metric):
        return given()
    return given
