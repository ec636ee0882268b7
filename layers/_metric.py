"""Metric: a number that is kept on the graph, over batches; the base of all metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

import graphgrad as gg
from graphgrad.layers import _initializers
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._config import Configurable, serialize
from graphgrad.layers._first_values import first_values, wanted
from graphgrad.layers._identifiers import FixedError
from graphgrad.layers._loss import Loss, weights_like
from graphgrad.layers._names import IdentifierError
from graphgrad.layers._places import note_place
from graphgrad.layers._room import check_memory
from graphgrad.layers._targets import as_float
from graphgrad.layers._text import snake_case

__all__ = ["Mean", "MeanMetricWrapper", "Metric", "Sum"]

Array = np.ndarray[Any, Any]
Values = Callable[..., gg.Tensor]


class Metric(Configurable):
    """A number that is kept up to date on the graph, batch after batch.

    Subclasses make their state with `add_weight`, record how a batch changes it in
    `update_state`, and compute the number from it in `result`. ``direction`` says what
    is better, "up" or "down", to callbacks that watch the metric.

    >>> import graphgrad as gg
    >>> class Count(Metric):
    ...     def __init__(self, name="count"):
    ...         super().__init__(name)
    ...         self.seen = self.add_weight(name="seen", initializer="zeros")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.seen.assign_add(y_pred.shape[0])
    ...     def result(self):
    ...         return self.seen
    >>> count = Count()
    >>> count.update_state([0, 1, 1], gg.tensor([0.2, 0.8, 0.1]))
    >>> count.value()
    3.0
    """

    _door = "metrics"
    direction: str | None = None

    # Whether the model that it measures predicts numbers, as its loss tells; a model
    # sets it.
    _of_numbers: bool = False

    # Arguments from which the state is made: they count no more when it is there.
    _fixed: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, unless it is an argument that no longer counts."""
        known = vars(self)
        if name in self._fixed and name in known and known.get("_variables"):
            kind = type(self).__name__
            raise FixedError(
                f"{kind}'s {name} says what metric {self.name!r} has counted: make a "
                f"new metric, {kind}({name}=...), and compile again"
            )
        super().__setattr__(name, value)

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name, which is the key in the history and the scope on the graph.

        ``dtype`` is there for Keras' sake: metrics are kept in float64.
        """
        if dtype not in (None, "float32", "float64"):
            raise ArgumentError(
                f"{type(self).__name__}'s dtype must be None, 'float32' or 'float64', "
                f"got {dtype!r}: a metric is kept in float64; leave it out"
            )
        self.dtype = dtype
        self.name = name or self.default_name()
        # Whether the user chose it: else it may get a number in a list of metrics.
        self.has_own_name = self.name != self.default_name()
        self._variables: list[gg.Variable] = []
        self._initial: list[Array] = []

    @property
    def variables(self) -> list[gg.Variable]:
        """The state."""
        return self._variables

    # ---- what subclasses define ------------------------------------------------------

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in a batch: labels, predictions and, if any, sample weights."""
        raise NotImplementedError(f"{type(self).__name__} defines no update_state")

    def result(self) -> Any:
        """Return the number, or the numbers, for all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} defines no result")

    def default_name(self) -> str:
        """Return the name where none was given."""
        return snake_case(type(self).__name__)

    # ---- what they use ---------------------------------------------------------------

    def add_weight(
        self,
        *args: Any,
        name: str | None = None,
        shape: Sequence[int] | None = None,
        initializer: Any = None,
        dtype: Any = None,
    ) -> gg.Variable:
        """Make a part of the state, which `reset_state` sets back to how it starts.

        ``add_weight(name, shape, initializer)`` and, as in Keras 3, ``add_weight(shape,
        initializer, dtype)``. The ``initializer`` is a name, an initializer, or a
        number; zeros unless given.
        """
        asked = wanted(
            f"metric {self.name!r}",
            args,
            name=name,
            shape=shape,
            initializer=initializer,
            dtype=dtype,
        )
        full = f"{self.name}/{asked.name or f'state_{len(self.variables)}'}"
        check_memory(full, asked.shape, "float64")
        how = "zeros" if asked.initializer is None else asked.initializer
        number = isinstance(how, int | float)
        first = _initializers.get(_initializers.Constant(how) if number else how)
        variable = gg.Variable(
            first_values(first, asked.shape, "float64", full),
            name=full,
            dtype=np.dtype(asked.dtype or "float64"),
            trainable=False,
            kind="metric",
        )
        self.variables.append(variable)
        self._initial.append(variable.numpy())
        return variable

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = "float64",
        name: str | None = None,
    ) -> gg.Variable:
        """Do what `add_weight` does, with Keras' order of arguments."""
        return self.add_weight(shape, initializer, dtype, name=name)

    # ---- what everybody uses ---------------------------------------------------------

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Record `update_state` in the phase loss, in a scope of the metric's name."""
        with gg.phase("loss"), gg.scope(self.name, self._line):
            try:
                self.update_state(*args, **kwargs)
            except gg.GraphgradError as error:
                kind = type(self).__name__
                note_place(
                    error,
                    f"metric {self.name!r}",
                    known=kind,
                    title=kind,
                    reads=[each for each in args if isinstance(each, gg.Tensor)],
                    scope=self.name,
                )
                raise

    def value(self) -> Any:
        """Return `result` as a float, or as an array if it has several numbers.

        >>> Mean().value()
        0.0
        """
        with gg.no_grad():
            result = self.result()
        array = np.asarray(result.numpy() if isinstance(result, gg.Tensor) else result)
        return array if array.ndim else float(array)

    def reset_state(self) -> None:
        """Forget all batches."""
        for variable, start in zip(self._variables, self._initial, strict=True):
            variable.assign(start)

    def rename(self, name: str) -> None:
        """Take another name, also for the state, as where two metrics have one name.

        >>> mean = Mean()
        >>> mean.rename("speed")
        >>> mean.total.name
        'speed/total'
        """
        for variable in self.variables:
            own = variable.name.removeprefix(f"{self.name}/")
            variable.cell.name = f"{name}/{own}"
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in a batch and return the number for all so far."""
        self.update(*args, **kwargs)
        return self.value()

    def __repr__(self) -> str:
        """Say what the metric is."""
        return f"<{type(self).__name__} name={self.name}>"


class Averaging(Metric):
    """What keeps a mean: the sum of all values so far, and of their weights."""

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Start with no values, whose mean is 0."""
        super().__init__(name, dtype)
        self.total = self.add_weight("total")
        self.count = self.add_weight("count")

    def add(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of any shape; weights match their shape, or its first axes."""
        values, weight = _weighed(values, sample_weight)
        if not values.shape and isinstance(sample_weight, int | float):
            # A batch size keeps its name on the graph.
            self._add(values * sample_weight, sample_weight)
        elif weight is None:
            values = _per_sample(values, 1)
            self._add(gg.sum(values), values.shape[0] if values.shape else 1)
        elif not values.shape:
            weight = weights_like(values, weight, self.name)
            self._add(values * weight, weight)
        else:
            values = _per_sample(values, max(weight.ndim, 1))
            weight = weights_like(values, weight, self.name)
            weight = gg.broadcast_to(weight, values.shape)
            self._add(gg.sum(values * weight), gg.sum(weight))

    def _add(self, total: gg.Tensor, count: Any) -> None:
        self.total.assign_add(total)
        self.count.assign_add(count)

    def result(self) -> float:
        """Return the mean."""
        count: float = self.count.item()
        return self.total.item() / count if count else 0.0


class Mean(Averaging):
    """The mean of all values it was given, weighted if there are weights.

    Of no values at all it is 0.

    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0])
    >>> mean.update_state(8.0, 2)
    >>> mean.result()
    5.0
    """

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of any shape; weights match their shape, or its first axes."""
        self.add(values, sample_weight)


class Sum(Metric):
    """The sum of all values it was given, each times its weight if there are weights.

    >>> total = Sum()
    >>> total.update_state([1.0, 3.0])
    >>> total.update_state([[1.0, 2.0], [4.0, 5.0]], sample_weight=[0.0, 2.0])
    >>> total.result()
    22.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Start with 0."""
        super().__init__(name, dtype)
        self.total = self.add_weight("total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of any shape; weights match their shape, or its first axes."""
        values, weight = _weighed(values, sample_weight)
        if weight is not None:
            values = values * weights_like(values, weight, self.name)
        self.total.assign_add(gg.sum(values))

    def result(self) -> float:
        """Return the sum."""
        return float(self.total)


class MeanMetricWrapper(Averaging):
    """The mean over all samples of a function of labels and predictions.

    >>> import graphgrad as gg
    >>> miss = MeanMetricWrapper(lambda y_true, y_pred: abs(y_true - y_pred), "miss")
    >>> miss(gg.tensor([1.0, 2.0]), gg.tensor([1.0, 5.0]))
    1.5
    """

    def __init__(
        self,
        fn: Values,
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Wrap ``fn``, which is called with ``kwargs``, and take its name.

        A loss gives its values per sample, before they are reduced.
        """
        self.fn = fn
        self.arguments = kwargs
        super().__init__(name, dtype)
        if isinstance(fn, Loss):
            self.direction = "down"

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; one that the function is called with counts for it too."""
        super().__setattr__(name, value)
        arguments = vars(self).get("arguments", {})
        if name in arguments:
            arguments[name] = value

    def default_name(self) -> str:
        """Return the name of a subclass or, for this class itself, of the function."""
        if type(self) is not MeanMetricWrapper:
            return super().default_name()
        if isinstance(self.fn, Loss):
            return self.fn.name
        own: str = getattr(self.fn, "__name__", snake_case(type(self.fn).__name__))
        return "lambda" if own == "<lambda>" else own

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric, those of the function too."""
        config = super().get_config()
        if "fn" in config:
            config |= {name: serialize(each) for name, each in self.arguments.items()}
        return config

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        if isinstance(self.fn, Loss):
            self.add(*_of_loss(self.fn, y_true, y_pred, sample_weight))
            return
        values = self.fn(y_true, y_pred, **self.arguments)
        if not isinstance(values, gg.Tensor):
            raise IdentifierError(
                f"metric {self.name!r} returned {type(values).__name__}, expected a "
                "tensor: compute with gg's functions and operators, as in gg.mean(...)"
            )
        self.add(values, sample_weight)


# The values of a loss, and the weights that they have, if any. An output of shape (n,)
# has a value for each sample, not one for all.
def _of_loss(loss: Loss, y_true: Any, y_pred: Any, weight: Any) -> tuple[Any, Any]:
    p = as_float(y_pred)
    p = gg.expand_dims(p, -1) if p.ndim == 1 else p
    y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
    loss.check_output(p)
    values, counted = loss.call(y, p), loss.counted(y, p)
    if counted is None or weight is None:
        return values, weight if counted is None else counted
    return values, counted * weights_like(counted, weight, loss.title())


def _weighed(values: Any, sample_weight: Any) -> tuple[gg.Tensor, gg.Tensor | None]:
    weight = None if sample_weight is None else gg.cast(sample_weight, "float64")
    return gg.cast(values, "float64"), weight


# The mean over all axes that are not those of samples (and of weights).
def _per_sample(values: gg.Tensor, kept: int) -> gg.Tensor:
    inner = tuple(range(kept, values.ndim))
    if not inner:
        return values
    if math.prod(values.shape[kept:]) == 1:
        return gg.reshape(values, values.shape[:kept])
    return gg.mean(values, axis=inner)
