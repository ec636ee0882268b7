"""Layer: a named function of tensors with weights, the unit of models."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import graphgrad as gg
from graphgrad.layers._arguments import check_float32
from graphgrad.layers._config import Configurable, arguments_of
from graphgrad.layers._constraints import get as get_constraint
from graphgrad.layers._first_values import first_values, wanted
from graphgrad.layers._forward import (
    Forward,
    current_forward,
    forward_pass,
    pass_on_trial,
    takes_training,
)
from graphgrad.layers._identifiers import FixedError
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._names import RENAMED, IdentifierError, refuse_unknown
from graphgrad.layers._places import note_layer
from graphgrad.layers._random_state import kept_randomness
from graphgrad.layers._regularizers import get as get_regularizer
from graphgrad.layers._room import check_room
from graphgrad.layers._shapes import (
    Shape,
    as_float_tensor,
    known_sides,
    legacy_shape,
    show_shape,
)
from graphgrad.layers._sites import refused
from graphgrad.layers._taken import Values
from graphgrad.layers._text import check_name
from graphgrad.layers._weights import PartError, Weighted

__all__ = ["Layer", "Shape", "as_float_tensor", "show_shape"]

# The batch size that stands for any while an output's shape is found by tracing.
NOMINAL_BATCH = 32


class UninitializedError(gg.GraphgradError, AttributeError):
    """A layer whose own `__init__` did not call that of its base."""


class Layer(Weighted, Configurable):
    """A function of tensors with weights: subclasses define `build` and `call`.

    `build` gets the input's shape, batch first, and makes weights with `add_weight`;
    `call` computes with gg's functions on tensors, which may be traced. Layers kept in
    attributes (also in lists and dicts) are part of the layer: their weights are its
    weights. If ``call`` takes ``training``, it is told whether the model is trained.

    A layer is named by its model unless it was given a ``name``. The constructor passes
    ``**options`` on to the base, and keeps each argument in an attribute of its name:
    then `get_config` knows how to make the layer again.

    >>> import graphgrad as gg
    >>> class Scale(gg.layers.Layer):
    ...     def __init__(self, start="ones", **options):
    ...         super().__init__(**options)
    ...         self.start = start
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", (input_shape[-1],), self.start)
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Scale()([[1.0, 2.0]])
    tensor([[1., 2.]], dtype=float32, from multiply)
    >>> Scale(name="scale").get_config()
    {'start': 'ones', 'name': 'scale', 'trainable': True, 'dtype': 'float32'}
    """

    _door = "layers"

    # What was found last by tracing, and for which input and versions of the parts.
    _known: tuple[Any, Shape] | None = None

    # What may be set without making another program: a step does not depend on it, or
    # finds out by itself.
    _unnoticed = frozenset({"built", "trainable"})

    # Whether it is trained as a whole.
    is_model = False

    # What the base keeps to itself.
    _own = frozenset(
        {"_constraints", "_first_input", "_name", "_parent", "_regularizers"}
        | {"_trainable", "_variables", "_version"}
    )

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        activity_regularizer: Any = None,
        **unknown: Any,
    ) -> None:
        """Make a layer without weights yet.

        ``activity_regularizer`` gives what the output adds to the loss, divided by the
        batch size: a name, an object or a function of a tensor.

        Of Keras' older arguments ``input_shape`` and ``input_dim`` are taken, which say
        of a model's first layer what `Input` says.
        """
        check_name(name)
        self._first_input: Shape | None = legacy_shape(unknown)
        kind = type(self)
        refuse_unknown(kind.__name__, unknown, arguments_of(kind), RENAMED)
        check_float32(type(self).__name__, dtype)
        super().__init__(trainable=trainable)
        self._name = name
        self._parent = ""
        self.activity_regularizer: Any = get_regularizer(activity_regularizer)
        self.built = False

    # ---- what subclasses define ------------------------------------------------------

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of ``input_shape``, batch first."""

    def call(self, x: gg.Tensor, *args: Any, **kwargs: Any) -> gg.Tensor:
        """Compute the layer's output."""
        raise NotImplementedError(f"{type(self).__name__} defines no call(x)")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the output's shape, or raise what does not fit; found by tracing.

        A layer that knows it defines this, and says in its own words what is wrong.
        """
        if not self.built:
            return self._on_trial(input_shape)._shape_traced(input_shape)
        key = (input_shape, *[part._version for part in self.flattened()])
        if self._known is None or self._known[0] != key:
            # Not set as an attribute: what is remembered changes no program.
            vars(self)["_known"] = (key, self._shape_traced(input_shape))
        return self._known[1]  # type: ignore[index]  # it is known now

    def input_values(self) -> Values | None:
        """Return which numbers data may hold if it comes first; None: all finite."""

    def title(self) -> str:
        """Return the layer as one would write it, for pictures."""
        return f"{type(self).__name__}()"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer, by name, fit for JSON.

        As in Keras, of the base's own a regularizer of outputs is left out if None.
        """
        config = super().get_config()
        if config.get("activity_regularizer", False) is None:
            del config["activity_regularizer"]
        return config

    # ---- what they use ---------------------------------------------------------------

    def add_weight(
        self,
        *args: Any,
        name: str | None = None,
        shape: Sequence[int] | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        kind: str = "parameter",
    ) -> gg.Variable:
        """Make a weight and remember it; its full name is ``layer/name``.

        ``add_weight(name, shape, initializer)`` and, as in Keras 3, ``add_weight(shape,
        initializer, dtype)``; the initializer is ``glorot_uniform`` unless given.
        ``regularizer`` gives what the weight adds to the loss, ``constraint`` what
        becomes of its value after each step: names, objects or functions of a tensor.
        """
        asked = wanted(
            f"layer {self.name!r}",
            args,
            name=name,
            shape=shape,
            initializer=initializer,
            dtype=dtype,
        )
        full, kept = f"{self.path}/{asked.name or 'weight'}", asked.dtype or "float32"
        check_room(full, asked.shape, kept)
        how = "glorot_uniform" if asked.initializer is None else asked.initializer
        variable = gg.Variable(
            first_values(get_initializer(how), asked.shape, kept, full),
            name=full,
            dtype=kept,
            trainable=trainable,
            kind=kind,
        )
        self._keep(variable, get_regularizer(regularizer), get_constraint(constraint))
        return variable

    def add_loss(self, value: Any) -> None:
        """Add a number to the loss of the batch, from within `call`."""
        forward = current_forward()
        if forward is not None:
            with gg.phase("loss"):
                forward.losses.append(gg.sum(gg.cast(value, "float32")))

    def refuse_shape(self, expected: str, input_shape: Shape, hint: str = "") -> None:
        """Raise the error of an input that does not fit this layer."""
        raise refused(self, expected, input_shape, hint)

    # ---- names -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name, unique in a model."""
        return self._name or self.default_name()

    @property
    def path(self) -> str:
        """The name with those of the layers that it is part of, from the outermost."""
        return f"{self._parent}/{self.name}" if self._parent else self.name

    @property
    def was_named(self) -> bool:
        """Whether the user or a model gave the layer its name."""
        return self._name is not None

    @property
    def dtype(self) -> str:
        """The dtype of weights and outputs: models compute in float32."""
        return "float32"

    def rename(self, name: str, parent: str = "") -> None:
        """Take on a name, below ``parent``, and name weights and inner layers by it."""
        self._name, self._parent = name, parent
        self._name_weights(self.path)

    # ---- building and calling --------------------------------------------------------

    def ensure_built(self, input_shape: Shape) -> None:
        """Build for ``input_shape`` if that has not been done."""
        if self.built:
            return
        if self.declares_shape:
            self.compute_output_shape(input_shape)
        self._name_weights(self.path)
        try:
            self.build(input_shape)
            self._adopt_variables()
            self._build_children(input_shape)
        except BaseException:
            self.forget()
            raise
        self.built = True

    # Layers that `build` has left to be built are, by the shapes that `call` gives.
    def _build_children(self, input_shape: Shape) -> None:
        self._name_weights(self.path)
        if not all(child.built for child in self.children):
            self._trial_graph(input_shape)

    def _trial_graph(self, input_shape: Shape) -> gg.Graph:
        x = gg.Spec((gg.Dim(NOMINAL_BATCH, "batch"), *known_sides(input_shape)))
        with pass_on_trial():
            return gg.trace(lambda x: self._checked_call(x, training=False), x)

    def _shape_traced(self, input_shape: Shape) -> Shape:
        return (None, *self._trial_graph(input_shape).outputs[0].shape[1:])

    def _on_trial(self, input_shape: Shape) -> Layer:
        trial = copy.deepcopy(self)
        with kept_randomness():
            trial.build(input_shape)
            trial._adopt_variables()
            trial._build_children(input_shape)
        return trial

    @property
    def declares_shape(self) -> bool:
        """Whether the class says by itself what its outputs' shape is."""
        return type(self).compute_output_shape is not Layer.compute_output_shape

    def __call__(self, x: Any, training: bool | None = None) -> gg.Tensor:
        """Compute the output of the layer, building it first if need be.

        ``training`` None means: as the layer around it, and False without one.
        """
        tensor = as_float_tensor(x)
        shape = (None, *tensor.shape[1:]) if tensor.shape else ()
        fresh = not self.built
        self.ensure_built(shape)
        declared = self.compute_output_shape(shape) if self.declares_shape else None
        with forward_pass(training) as forward:
            self._check_part(forward, fresh=fresh)
            output = self._checked_call(tensor, training=forward.training)
            if declared is not None and output.shape[1:] != declared[1:]:
                found = show_shape((None, *output.shape[1:]))
                raise gg.ShapeError(
                    f"layer {self.name!r} ({self.title()}) returned the shape {found}, "
                    f"expected {show_shape(declared)}, which its compute_output_shape "
                    "says"
                )
            self._note(output)
        return output

    def _note(self, output: gg.Tensor) -> None:
        forward = current_forward()
        assert forward is not None, "a layer is called in a forward pass"
        if self.activity_regularizer is not None:
            with gg.phase("loss"), gg.scope(self.path, self._line):
                penalty = self.activity_regularizer(output)
                forward.losses.append(penalty / output.shape[0])
        if self._variables or not self.children:
            forward.outputs.append((self, output))

    # What is called within layers must be part of one of them, or it is never trained.
    # What had weights before may be part of a model that is not there: a weak reference
    # to a layer of it, in a layer that is called alone.
    def _check_part(self, forward: Forward, *, fresh: bool) -> None:
        around = forward.calling
        if forward.trial or not around or around[-1].keeps(self):
            return
        if any(self in each.flattened() for each in around):
            return
        if self.trainable_weights and (fresh or around[0].is_model):
            if fresh:
                self.forget()
            raise PartError(
                f"layer {self.name!r} ({self.title()}), called in "
                f"{around[-1].name!r}, is none of its parts, so that its weights would "
                "never be trained: make it in __init__ or build, and keep it in an "
                "attribute"
            )

    def _checked_call(self, x: gg.Tensor, *, training: bool) -> gg.Tensor:
        options = {"training": training} if takes_training(type(self).call) else {}
        forward = current_forward()
        assert forward is not None, "a layer is called in a forward pass"
        forward.calling.append(self)
        try:
            with gg.scope(self.path, self._line):
                output: Any = self.call(x, **options)
        except gg.GraphgradError as error:
            note_layer(error, self, x)
            raise
        finally:
            forward.calling.pop()
        if isinstance(output, gg.Tensor):
            return output
        wrong = IdentifierError(
            f"layer {self.name!r} ({self.title()}) returned a "
            f"{type(output).__name__}, expected a tensor: return what call computes"
        )
        note_layer(wrong, self, x)
        raise wrong

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say of what `__init__` makes that it was not called."""
            if name == "built" or name in Layer._own:
                kind = type(self).__name__
                raise UninitializedError(
                    f"{kind} is not ready: its __init__ has to call "
                    "super().__init__(**options) first"
                )
            # For what a property says of itself, or Python.
            return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; what a program depends on makes the next step another."""
        before: Any = vars(self).get(name)
        if isinstance(before, gg.Variable) and self._would_lose(before, value):
            raise FixedError(
                f"{self.name}.{name} is the weight {before.name!r}, which the model "
                f"would go on training: write layer.{name}.assign(value)"
            )
        super().__setattr__(name, value)
        if name not in self._unnoticed and not self._is_own(name):
            self._changed()

    def _would_lose(self, weight: gg.Variable, value: Any) -> bool:
        kept = vars(self).get("_variables", ())
        return weight is not value and any(weight is each for each in kept)

    def _is_own(self, name: str) -> bool:
        return name in self._own

    def __repr__(self) -> str:
        """Say what the layer is."""
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
