"""Labels as users may give them, in the shape in which the loss reads them."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad.layers._data import CHUNK, Array
from graphgrad.layers._frames import column_names
from graphgrad.layers._layer import Shape
from graphgrad.layers._loss import Loss
from graphgrad.layers._samples import Samples, classes_of
from graphgrad.layers._taken import Values
from graphgrad.layers._targets import LabelError
from graphgrad.layers._warning import ContractWarning, warn

__all__ = ["canonical_labels", "sized", "warn_of_label_column", "warn_of_labels"]

Sized = tuple[int, ...]

# A batch size for what depends on the shape of a batch, not on its length.
ANY_BATCH = 2

# So many labels are of one class by chance once in a thousand times, if there are two.
MANY = 11

# Which numbers activations give.
REACH = {
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "softmax", "sparsemax"), Values(0, 1)),
    **dict.fromkeys(("tanh", "hard_tanh", "softsign"), Values(-1, 1)),
    **dict.fromkeys(("relu", "softplus", "exponential"), Values(low=0)),
    "relu6": Values(0, 6),
}

# Labels with more numbers than this are checked part by part.
LARGE = 16 * CHUNK


def sized(shape: Shape, batch: int = ANY_BATCH) -> Sized:
    """Return a shape with a number for the batch."""
    return (batch, *[side for side in shape[1:] if side is not None])


def canonical_labels(loss: Loss, labels: Array, output: Shape) -> Array:
    """Return all labels in the shape that the loss reads, or raise what is wrong.

    ``output`` is the shape of the model's output. An axis of length one at the end may
    be left out or added.
    """
    whole = sized(output, len(labels))
    _check(loss, labels, output)
    due = loss.label_spec(whole).shape
    if labels.shape == due:
        return labels
    shorter = labels.shape[:-1] if labels.shape[-1:] == (1,) else None
    if due in ((*labels.shape, 1), shorter):
        return labels.reshape(due)
    if loss.reads_labels_as_given:
        return labels
    raise LabelError(
        f"{loss.title()} compares labels of shape {due} with the model's outputs, "
        f"got labels of shape {labels.shape}"
    )


def warn_of_labels(
    loss: Loss, samples: Samples, output: Shape, activation: str
) -> None:
    """Warn of labels that are taken, and of which nothing can be learned.

    ``activation`` is the name of the last one, which the ``output`` comes from.

    >>> import graphgrad as gg
    >>> import numpy as np
    >>> samples = Samples(np.zeros((3, 1)), np.array([0, 0, 1]))
    >>> warn_of_labels(gg.losses.BinaryCrossentropy(), samples, (None, 1), "sigmoid")
    """
    _warn_of_one_class(loss, samples, output)
    y, kind = samples.y, loss.labels(output).kind
    if y is None:
        return
    if kind == "one-hot":
        _warn_of_several(loss, y)
    if loss._of_numbers and activation in REACH:
        _warn_of_reach(y, activation)


def warn_of_label_column(x: Any, y: Any, samples: Samples) -> None:
    """Warn if labels are a column of the frame ``x``, by name and by all numbers.

    >>> import numpy as np
    >>> warn_of_label_column([[1.0]], [1.0], Samples(np.ones((1, 1)), np.ones(1)))
    """
    columns, name = column_names(x), getattr(y, "name", None)
    if columns is None or name not in columns or samples.y is None:
        return
    column = samples.x[:, columns.index(name)]
    if np.array_equal(column, samples.y.reshape(len(column), -1)[:, 0]):
        warn(
            f"y is the column {name!r} of x: all that is learned is to copy it; leave "
            "it out of x",
            ContractWarning,
        )


def _warn_of_several(loss: Loss, y: Array) -> None:
    classes = y.sum(axis=getattr(loss, "axis", -1))
    # Rows of zeros may be there so as not to count, but not all.
    bad = classes > 1 if classes.any() else classes == 0
    if bad.any() and ((y == 0) | (y == 1)).all():
        where = ", ".join(map(str, np.argwhere(bad)[0]))
        warn(
            f"y[{where}] names {classes[bad][0]:g} classes ({bad.sum():,} of "
            f"{bad.size:,}), and {loss.title()} tells the one of a sample; for several "
            "at once use BinaryCrossentropy, with the activation 'sigmoid'",
            ContractWarning,
        )


def _warn_of_reach(y: Array, activation: str) -> None:
    bad = REACH[activation].misfits(y)
    if bad is not None and 2 * bad.sum() > bad.size:
        warn(
            f"y reaches from {y.min():g} to {y.max():g}, and the model ends in "
            f"{activation!r}, which gives {REACH[activation]}: {bad.sum():,} of "
            f"{bad.size:,} labels cannot be met; scale y, or leave the activation out",
            ContractWarning,
        )


# A class alone, where that is no chance.
def _warn_of_one_class(loss: Loss, samples: Samples, output: Shape) -> None:
    kinds, y = loss.labels(output), samples.y
    if y is None or kinds.classes is None or len(y) < MANY:
        return
    # Most labels show it in the first rows that they are of several.
    classes = None if (y[:MANY] != y[:1]).any() else classes_of(y)
    if classes is not None and (classes == classes[0]).all():
        warn(
            f"y holds the class {classes[0]} alone, {len(classes):,} times: all that a "
            f"model can learn is to say it always, and {loss.title()} tells "
            f"{kinds.classes} classes; shuffle the samples before you take a part",
            ContractWarning,
        )


def _check(loss: Loss, labels: Array, output: Shape) -> None:
    if labels.size <= LARGE:
        loss.check(labels, sized(output, len(labels)))
        return
    rows = max(1, CHUNK * len(labels) // labels.size)
    for start in range(0, len(labels), rows):
        part = labels[start : start + rows]
        try:
            loss.check(part, sized(output, len(part)))
        except LabelError as error:
            # The whole says where and how often, which only an error asks for.
            loss.check(labels, sized(output, len(labels)))
            raise error from None
