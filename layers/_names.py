"""Names for things: one resolver of strings, which knows what was probably meant."""

from __future__ import annotations

import inspect
import re
import reprlib
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

import graphgrad as gg
from graphgrad.layers._text import snake_case

__all__ = [
    "RENAMED",
    "IdentifierError",
    "UnknownArgumentError",
    "UnknownNameError",
    "meant",
    "nearest",
    "refuse_type",
    "refuse_unknown",
    "resolve",
    "spellings",
]

T = TypeVar("T")

_KINDS = frozenset(
    {"activation", "constraint", "initializer", "loss", "metric", "optimizer"}
    | {"regularizer"}
)

# What older versions of Keras, and others, call an argument.
RENAMED = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "bias": "use_bias",
    "eps": "epsilon",
    "init": "kernel_initializer",
    "lr": "learning_rate",
    "nb_units": "units",
    "out_features": "units",
    "output_dim": "units",
    "p": "rate",
    "prob": "rate",
    "sigma": "stddev",
}


class UnknownNameError(gg.GraphgradError, ValueError):
    """A name that stands for nothing; the message has the valid ones."""


class UnknownArgumentError(gg.GraphgradError, TypeError):
    """An argument that a function or class does not take."""


class IdentifierError(gg.GraphgradError, TypeError):
    """Neither a name nor the thing itself, but a class, a number, a list."""


def spellings(things: Iterable[T], **aliases: T) -> dict[str, T]:
    """Return what `resolve` looks names up in: Keras' spellings of every thing.

    A class goes by its name in snake case and as it is, a function by its name.

    >>> from collections import OrderedDict
    >>> sorted(spellings([OrderedDict], od=OrderedDict))
    ['OrderedDict', 'od', 'ordered_dict']
    """
    table: dict[str, T] = {}
    for thing in things:
        name: str = getattr(thing, "__name__", "")
        if inspect.isclass(thing):
            table[snake_case(name)] = thing
        table[name] = thing
    return {**table, **aliases}


def resolve(what: str, name: str, table: Mapping[str, T], *, fold: bool = False) -> T:
    """Return what ``name`` stands for in ``table``; ``fold`` ignores letter case.

    ``what`` says in the error what kind of thing was looked for.

    >>> resolve("shade", "Dark", {"dark": 0, "light": 1}, fold=True)
    0
    >>> resolve("optimizer", "drak", {"dark": 0, "light": 1})
    Traceback (most recent call last):
    ...
    graphgrad.layers._names.UnknownNameError: unknown optimizer 'drak': did you mean \
'dark'? For all names see dir(graphgrad.optimizers)
    >>> resolve("shade", "blue", {"dark": 0, "light": 1})
    Traceback (most recent call last):
    ...
    graphgrad.layers._names.UnknownNameError: unknown shade 'blue': known names: \
dark, light
    """
    known = {each.lower(): thing for each, thing in table.items()} if fold else table
    found = known.get(name.lower() if fold else name)
    if found is not None:
        return found
    near = nearest(name, table)
    hint = f"known names: {_listed(table)}"
    if near:
        hint = f"{meant(near)} {_all_names(what)}".rstrip()
    raise UnknownNameError(f"unknown {what} {name!r}: {hint}")


def nearest(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return the few ``names`` most like ``name``, letter case and underscores aside.

    >>> nearest("ReLu", ["elu", "relu", "tanh"])
    ['relu', 'elu']
    """
    import difflib

    bare: dict[str, str] = {}
    for each in names:
        bare.setdefault(_bare(each), each)
    wanted = _bare(name)
    close = difflib.get_close_matches(wanted, bare, n=count)
    if not close and len(wanted) > 2:
        close = [each for each in bare if wanted in each][:count]
    return [bare[each] for each in close]


def refuse_unknown(
    owner: str,
    given: Iterable[str],
    valid: Iterable[str],
    renamed: Mapping[str, str] | None = None,
) -> None:
    """Raise if an argument was given, each of which ``owner`` does not take.

    ``renamed`` maps names of older or other libraries to ours.

    >>> refuse_unknown("Adam", ["lr"], ["learning_rate"], {"lr": "learning_rate"})
    Traceback (most recent call last):
    ...
    graphgrad.layers._names.UnknownArgumentError: Adam takes no argument 'lr': did \
you mean 'learning_rate'? For all see help(Adam)
    """
    names = list(valid)
    for each in given:
        due = (renamed or {}).get(each)
        near = [due] if due in names else nearest(each, names)
        hint = f"it takes {', '.join(names)}"
        if near:
            described = owner if owner[:1].isupper() else f"Sequential.{owner}"
            hint = f"{meant(near)} For all see help({described})"
        raise UnknownArgumentError(f"{owner} takes no argument {each!r}: {hint}")


def refuse_type(what: str, identifier: Any, expected: str) -> NoReturn:
    """Raise for an ``identifier`` of the wrong type, where ``expected`` was due."""
    if inspect.isclass(identifier):
        name = identifier.__name__
        raise IdentifierError(
            f"{what} must be {expected}, got the class {name}; make one of it: "
            f"{name}({_needed(identifier)})"
        )
    raise IdentifierError(
        f"{what} must be {expected}, got {reprlib.repr(identifier)} "
        f"of type {type(identifier).__name__}"
    )


def _needed(cls: type) -> str:
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return "..."
    named = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    return ", ".join(f"{each.name}=..." for each in named if each.default is each.empty)


# Where the names of a kind of thing are listed.
def _all_names(what: str) -> str:
    kind = what.partition(" ")[0]
    door = "losses" if kind == "loss" else f"{kind}s"
    return f"For all names see dir(graphgrad.{door})" if kind in _KINDS else ""


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def meant(near: list[str]) -> str:
    """Ask whether one of a few names was meant; of none say nothing.

    >>> meant(["elu", "relu"])
    "did you mean 'elu' or 'relu'?"
    """
    quoted = [repr(each) for each in near]
    if not quoted:
        return ""
    listed = ", ".join(quoted[:-1])
    return f"did you mean {f'{listed} or ' if listed else ''}{quoted[-1]}?"


# One entry per thing: its first name, and the others after it.
def _listed(table: Mapping[str, Any]) -> str:
    groups: dict[int, list[str]] = {}
    for name, thing in table.items():
        groups.setdefault(id(thing), []).append(name)
    return ", ".join(
        f"{first} ({', '.join(others)})" if others else first
        for first, *others in groups.values()
    )
