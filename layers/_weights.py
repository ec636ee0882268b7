"""What has weights: its own, and those of the layers that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

import graphgrad as gg
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._changes import changed
from graphgrad.layers._forward import current_forward
from graphgrad.layers._seen import Look
from graphgrad.layers._settings import is_ours, is_sealed, settings, value_of
from graphgrad.layers._text import Names, snake_case, unique_name
from graphgrad.layers._values import Array, set_values
from graphgrad.nodes import Line

__all__ = ["Function", "PartError", "Weighted"]

Function = Callable[[gg.Tensor], Any]
T = TypeVar("T")


class PartError(gg.GraphgradError, ValueError):
    """A layer that is made of itself, or of what it does not keep."""


class Weighted:
    """A holder of weights, and of parts that hold weights; the base of layers."""

    built: bool
    _line: Line

    # Attributes whose inner changes make another program, too.
    _noticed: ClassVar[tuple[str, ...]] = ("activity_regularizer",)

    def __init__(self, *, trainable: bool = True) -> None:
        """Start without weights."""
        self._variables: list[gg.Variable] = []
        self._regularizers: dict[gg.Variable, Function] = {}
        self._constraints: dict[gg.Variable, Function] = {}
        self._trainable = check_flag(f"{type(self).__name__}'s trainable", trainable)
        self._version = 0

    @property
    def name(self) -> str:
        """The name, unique in what this is a part of."""
        return self.default_name()

    def default_name(self) -> str:
        """Return the name where none was given."""
        return snake_case(type(self).__name__)

    @property
    def children(self) -> list[Any]:
        """The layers kept in attributes, also in lists, tuples and dicts."""
        found = dict.fromkeys(_kept_in(vars(self), Weighted))
        found.pop(self, None)
        return list(found)

    def keeps(self, part: Weighted) -> bool:
        """Return whether a part is kept as it is in an attribute, found out fast."""
        for each in vars(self).values():  # noqa: SIM110 -- without a generator
            if each is part:
                return True
        return False

    def flattened(self) -> list[Any]:
        """Return this and all layers that it is made of, outer ones first, each once.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Sequential([gg.Dense(1)]), gg.Dense(2)])
        >>> [layer.name for layer in model.flattened()]
        ['sequential', 'sequential', 'dense', 'dense']
        """
        found: dict[Weighted, None] = {}
        self._collect(found, ())
        return list(found)

    def _collect(
        self, found: dict[Weighted, None], around: tuple[Weighted, ...]
    ) -> None:
        if self in around:
            raise PartError(
                f"{around[-1].name!r} keeps {self.name!r}, which it is a part of, in "
                "an attribute, as if that were a part of it: keep weakref.ref(...)"
            )
        if self not in found:
            found[self] = None
            for child in self.children:
                child._collect(found, (*around, self))

    # ---- weights ---------------------------------------------------------------------

    @property
    def variables(self) -> list[gg.Variable]:
        """All state: the weights, and what remembers randomness."""
        parts = self.flattened()
        return list(dict.fromkeys(v for part in parts for v in part._variables))

    def named_variables(self, path: str = "") -> dict[gg.Variable, str]:
        """Return all state with the names that it has here, whatever is around this.

        >>> import graphgrad as gg
        >>> inner = gg.Sequential([gg.Input((2,)), gg.Dense(1)], name="inner")
        >>> model = gg.Sequential([inner])
        >>> list(model.named_variables().values())
        ['inner/dense/kernel', 'inner/dense/bias']
        >>> list(inner.named_variables().values())
        ['dense/kernel', 'dense/bias']
        """
        own = {v: path + v.name.rpartition("/")[2] for v in self._variables}
        for child in self.children:
            own = child.named_variables(f"{path}{child.name}/") | own
        return {v: own[v] for v in self.variables if v in own}

    @property
    def weights(self) -> list[gg.Variable]:
        """All weights, trainable or not, in the order of the layers; each once."""
        return [v for v in self.variables if v.cell.kind == "parameter"]

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it sets all inner layers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        checked = check_flag(f"{self.name!r}'s trainable", value)
        for part in self.flattened():
            part._trainable = checked

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        return list(dict.fromkeys(self._trained()))

    def _trained(self) -> Iterator[gg.Variable]:
        if self._trainable:
            own = (v for v in self._variables if v.cell.kind == "parameter")
            yield from (v for v in own if v.trainable)
            for child in self.children:
                yield from child._trained()

    @property
    def non_trainable_weights(self) -> list[gg.Variable]:
        """The weights that training leaves alone."""
        trained = set(self.trainable_weights)
        return [v for v in self.weights if v not in trained]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def losses(self) -> list[gg.Tensor]:
        """What the regularizers of trained weights add to the loss."""
        trained = set(self.trainable_weights)
        found = []
        for part in self.flattened():
            with gg.phase("loss"), gg.scope(part.path, part._line):
                pairs = part._regularizers.items()
                found += [penalty(w) for w, penalty in pairs if w in trained]
        return found

    @property
    def constraints(self) -> dict[gg.Variable, Function]:
        """The constraints of weights, by weight."""
        parts = self.flattened()
        return {v: c for part in parts for v, c in part._constraints.items()}

    def count_params(self) -> int:
        """Count the numbers in the weights."""
        return sum(weight.size for weight in self.weights)

    def get_weights(self) -> list[Array]:
        """Return copies of the weights' values."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Take over values for all weights, in the order of `get_weights`."""
        set_values(f"layer {self.name!r}", self.weights, weights)

    # ---- keeping them ----------------------------------------------------------------

    def _keep(
        self,
        variable: gg.Variable,
        regularizer: Function | None = None,
        constraint: Function | None = None,
    ) -> None:
        # As in Keras, what is trained comes first.
        trained = [i for i, v in enumerate(self._variables) if v.trainable]
        at = max(trained, default=-1) + 1
        self._variables.insert(
            at if variable.trainable else len(self._variables), variable
        )
        if regularizer is not None:
            self._regularizers[variable] = regularizer
        if constraint is not None:
            self._constraints[variable] = constraint
        changed()

    # A variable that is only kept in an attribute is a weight like any other.
    def _adopt_variables(self) -> None:
        kept = set(self.variables)
        names = {v.name.rpartition("/")[2] for v in self._variables}
        for name, value in list(vars(self).items()):
            for variable in _kept_in([value], gg.Variable):
                if variable not in kept:
                    own = unique_name(name, names)
                    variable.cell.name = f"{self.name}/{own}"
                    self._keep(variable)
                    kept.add(variable)
                    names.add(own)

    def forget(self) -> None:
        """Go back to before `build`: drop all weights."""
        for part in self.flattened():
            part._variables.clear()
            part._regularizers.clear()
            part._constraints.clear()
            part.built = False
        changed()

    def _name_weights(self, path: str) -> None:
        for variable in self._variables:
            own = variable.name.rpartition("/")[2]
            variable.cell.name = f"{path}/{own}"
        changed()
        names = Names()
        for child in self.children:
            child.rename(names.free(child.name), path)

    # ---- changes ---------------------------------------------------------------------

    def _changed(self) -> None:
        # While it computes, a layer may remember things; the next step is the same.
        if current_forward() is None:
            vars(self)["_version"] = vars(self).get("_version", 0) + 1
            changed()

    def looks(self, parts: Sequence[Weighted]) -> list[Look]:
        """Return how to look at what a program of this depends on besides its parts.

        That is the settings of regularizers and constraints, which layers may share.
        """
        return [
            look
            for part in parts
            for look in (
                *[(settings, each) for each in part._regularizers.values()],
                *[(settings, each) for each in part._constraints.values()],
                *[(value_of, vars(part).get(name)) for name in part._noticed],
            )
        ]

    def unmarked(self) -> list[Look]:
        """Return how to look for parts that may come and go without a mark."""
        if not is_ours(self):
            return [(_children_of, self)]
        others = [each for name, each in vars(self).items() if name not in _MARKED]
        return [
            (_parts_in, each)
            for each in others
            if isinstance(each, _CONTAINERS) and not is_sealed(each)
        ]


def _children_of(part: Weighted) -> list[Any]:
    return part.children


def _parts_in(container: Any) -> list[Weighted]:
    return _kept_in(container, Weighted)


# Containers that are changed here alone.
_MARKED = ("_variables", "_regularizers", "_constraints")


# A list, not a generator per value: layers of one's own are asked at every call.
def _kept_in(container: Any, kind: type[T]) -> list[T]:
    """Return all of a kind in a list, tuple or dict, also in such within it."""
    found: list[T] = []
    for each in container.values() if isinstance(container, dict) else container:
        if isinstance(each, kind):
            found.append(each)
        elif isinstance(each, _CONTAINERS):
            found += _kept_in(each, kind)
    return found


_CONTAINERS = (list, tuple, dict)
