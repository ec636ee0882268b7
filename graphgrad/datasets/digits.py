"""The 1,797 handwritten digits of UCI, 8x8 pixels each, shipped with graphgrad."""

from __future__ import annotations

import numpy as np

from graphgrad.datasets._types import Split

__all__ = ["load_data"]

_TRAIN = 1500


def load_data() -> Split:
    """Load the 8x8 digits as ``(x_train, y_train), (x_test, y_test)``.

    Images are uint8 of shape (count, 8, 8) with values 0 to 16 (not 255), labels are
    uint8 of shape (count,) with values 0 to 9. The first 1,500 images, in the order of
    the source, are for training and the last 297 for testing. The split is always the
    same and nothing is shuffled: neighbours in the file tend to share a writer, so a
    shuffled split would test on writers that were trained on. Each digit makes up 9 to
    11 % of either part. Every call returns new arrays.

    Source and licence (CC BY 4.0) stand in ``DIGITS.md`` beside this module.

    >>> import graphgrad as gg
    >>> (x_train, y_train), (x_test, y_test) = gg.datasets.digits.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((1500, 8, 8), (1500,), (297, 8, 8), (297,))
    >>> y_train[:10].tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    from importlib.resources import files  # here: it costs more than this module

    source = files("graphgrad.datasets").joinpath("digits.npz")
    with source.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    train = images[:_TRAIN], labels[:_TRAIN]
    test = images[_TRAIN:], labels[_TRAIN:]
    return train, test
