"""Embedding: a vector of its own for each of many whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_count
from graphgrad.layers._constraints import get as get_constraint
from graphgrad.layers._data import check_values
from graphgrad.layers._dense import ADAPTERS
from graphgrad.layers._identifiers import FixedArguments, refuse_absent
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._regularizers import get as get_regularizer
from graphgrad.layers._taken import Values

__all__ = ["Embedding"]

# Beyond this, float32, in which data come, does not have all whole numbers.
_MOST = 2**24

# Numbers of vectors beside which the calls for a change of their own do not count.
_LARGE = 2**13

_ABSENT = {
    **ADAPTERS,
    "mask_zero": (
        (False,),
        "layers here know no masks; give sample weights, or a vector to the id 0",
    ),
    "weights": ((None,), "build the model, then call set_weights"),
}


class Embedding(FixedArguments, Layer):
    """Puts a learned vector of ``output_dim`` numbers in the place of each id.

    Ids are whole numbers from 0 to ``input_dim - 1``; what else comes is an error, in
    compiled programs too.

    >>> import graphgrad as gg
    >>> layer = gg.layers.Embedding(3, 2, "ones")
    >>> layer([[0, 2]]).shape
    (1, 2, 2)
    """

    _fixed = frozenset(
        {
            "input_dim",
            "output_dim",
            "embeddings_initializer",
            "embeddings_regularizer",
            "embeddings_constraint",
        }
    )

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        **options: Any,
    ) -> None:
        """Check the arguments; the vectors come with `build`.

        Keras' older ``input_length`` says how many ids a sample has.
        """
        refuse_absent("Embedding", options, _ABSENT)
        length = options.pop("input_length", None)
        if length is not None:
            options.setdefault("input_shape", (length,))
        super().__init__(**options)
        self.input_dim = check_count("Embedding's input_dim", input_dim, 1)
        self.output_dim = check_count("Embedding's output_dim", output_dim, 1)
        if self.input_dim > _MOST:
            raise ArgumentError(
                f"Embedding's input_dim is at most {_MOST}, got {input_dim}: data come "
                "in float32, which does not tell larger ids apart"
            )
        self.embeddings_initializer = get_initializer(embeddings_initializer)
        self.embeddings_regularizer = get_regularizer(embeddings_regularizer)
        self.embeddings_constraint = get_constraint(embeddings_constraint)
        self.embeddings: gg.Variable

    def build(self, input_shape: Shape) -> None:
        """Make the vectors."""
        self.embeddings = self.add_weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        # Among other weights, a tall narrow matrix would lie column by column, and be
        # copied at each step, as rows are looked up and added to: it stays apart.
        if self.input_dim * self.output_dim >= _LARGE:
            self.embeddings.cell.bound = True

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Look the vectors up."""
        ids = gg.cast(gg.stop_gradient(x), "int64")
        # What is no id becomes one that is out of bounds, which programs refuse; a
        # negative one would count from the end.
        valid = gg.logical_and(gg.greater_equal(ids, 0), gg.equal(ids, x))
        safe = gg.where(valid, ids, np.int64(self.input_dim))
        return gg.take(self.embeddings, safe, axis=0)

    def __call__(self, x: Any, training: bool | None = None) -> gg.Tensor:
        """Look the vectors up, after a check of the ids if they are known."""
        if not isinstance(x, gg.Tensor) or x._value is not None:
            known = x.detach().numpy() if isinstance(x, gg.Tensor) else np.asarray(x)
            check_values(self.input_values(), self, "the input", known)
        return super().__call__(x, training)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Add the vector's axis."""
        if not input_shape:
            self.refuse_shape("at least the batch axis", input_shape)
        return (*input_shape, self.output_dim)

    def input_values(self) -> Values:
        """Return which numbers are ids."""
        hint = "input_dim is the number of different ids"
        return Values(0, self.input_dim - 1, whole=True, hint=hint)

    def title(self) -> str:
        """Return, for example, ``Embedding(1000, 16)``."""
        return f"Embedding({self.input_dim}, {self.output_dim})"
