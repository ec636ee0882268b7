"""Labels as users may give them, in the shape in which the loss reads them."""

from __future__ import annotations

from graphgrad.layers._data import CHUNK, Array
from graphgrad.layers._layer import Shape
from graphgrad.layers._loss import Loss
from graphgrad.layers._samples import Samples, classes_of
from graphgrad.layers._targets import LabelError
from graphgrad.layers._warning import ContractWarning, warn

__all__ = ["canonical_labels", "sized", "warn_of_one_class"]

Sized = tuple[int, ...]

# A batch size for what depends on the shape of a batch, not on its length.
ANY_BATCH = 2

# So many labels are of one class by chance once in a thousand times, if there are two.
MANY = 11

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


def warn_of_one_class(loss: Loss, samples: Samples, output: Shape) -> None:
    """Warn if samples of a loss of classes have one class alone, and it is no chance.

    >>> import graphgrad as gg
    >>> import numpy as np
    >>> samples = Samples(np.zeros((3, 1)), np.array([0, 0, 1]))
    >>> warn_of_one_class(gg.losses.BinaryCrossentropy(), samples, (None, 1))
    """
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
