"""Labels as users may give them, in the shape in which the loss reads them."""

from __future__ import annotations

from graphgrad.layers._data import CHUNK, Array
from graphgrad.layers._layer import Shape
from graphgrad.layers._loss import Loss
from graphgrad.layers._targets import LabelError

__all__ = ["canonical_labels", "sized"]

Sized = tuple[int, ...]

# A batch size for what depends on the shape of a batch, not on its length.
ANY_BATCH = 2

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
            stop = start + len(part)
            raise LabelError(f"in y[{start}:{stop}]: {error}") from error
