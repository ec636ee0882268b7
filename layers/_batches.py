"""Streams: data that come batch by batch, from generators, loaders and data sets."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._data import Array, DataError
from graphgrad.layers._names import refuse_unknown

__all__ = ["Parts", "PyDataset", "Sequence", "Stream", "is_stream", "parts_of"]

_ENDLESS = (itertools.cycle, itertools.count, itertools.repeat)

# What has one of these is an array, a frame or a tensor, and not a stream of batches.
_ARRAYS = (
    "collect_schema",
    "__array__",
    "__array_interface__",
    "__dlpack__",
    "to_numpy",
    "detach",
    "tocsr",
    "__dataframe__",
)


class PyDataset:
    """Batches that are computed when they are needed: subclass, and say how.

    ``len`` is the number of batches, ``self[i]`` is one: x, (x, y) or (x, y,
    sample_weight). `fit` takes them in a new order in every epoch unless told
    ``shuffle=False``, and calls `on_epoch_end` after each.

    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         x = np.arange(4.0) + 4 * index
    ...         return x, x**2
    >>> len(Squares())
    3
    """

    def __init__(
        self,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
        **unknown: Any,
    ) -> None:
        """Take Keras' arguments, as far as they change nothing."""
        refuse_unknown(
            type(self).__name__,
            unknown,
            ("workers", "use_multiprocessing", "max_queue_size"),
        )
        if workers not in (0, 1) or use_multiprocessing:
            raise ArgumentError(
                f"{type(self).__name__} makes its batches in the thread that trains: "
                f"workers={workers!r} and use_multiprocessing={use_multiprocessing!r} "
                "would be ignored; leave them out"
            )
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __len__(self) -> int:
        """Return the number of batches."""
        raise NotImplementedError(f"{type(self).__name__} defines no __len__")

    def __getitem__(self, index: int) -> Any:
        """Return a batch."""
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None if they never end."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Run before the first batch of an epoch."""

    def on_epoch_end(self) -> None:
        """Run after the last batch of an epoch."""


# Keras' older name.
Sequence = PyDataset


def is_stream(data: Any) -> bool:
    """Return whether ``data`` gives batches and is no array itself.

    >>> is_stream([1, 2]), is_stream(iter([1, 2])), is_stream(PyDataset())
    (False, True, True)
    """
    if isinstance(data, list | tuple | str | bytes | bytearray | dict | range | type):
        return False
    if isinstance(data, AbstractSet):
        return False
    if data is None or any(hasattr(data, name) for name in _ARRAYS):
        return False
    if isinstance(data, memoryview) or type(data).__module__ == "array":
        return False
    return hasattr(data, "__iter__") or hasattr(data, "__getitem__")


class Stream:
    """A stream of batches that is gone through once, or again and again."""

    def __init__(self, data: Any) -> None:
        """Find out how many batches there are, and whether they come again."""
        self.data = data
        self.length = _length(data)
        self.indexed = hasattr(data, "__getitem__") and self.length is not None
        self.once = not self.indexed and hasattr(data, "__next__")
        unsaid = isinstance(data, PyDataset) and self.length is None
        self.endless = unsaid or isinstance(data, _ENDLESS)
        self._iterator: Iterator[Any] | None = None
        self._fresh = False
        self._held: list[Any] = []

    @property
    def counts_passes(self) -> bool:
        """Whether the data are told when a pass begins or ends, and do something."""
        hooks = ("on_epoch_begin", "on_epoch_end")
        found = [(getattr(type(self.data), hook, None), hook) for hook in hooks]
        return any(each not in (None, getattr(PyDataset, hook)) for each, hook in found)

    def peek(self) -> Any:
        """Return the first batch, which comes again when the stream begins."""
        if self.indexed:
            return self.data[0]
        if self._iterator is None:
            self._start()
        if not self.more():
            used = "; it gives them once: make a new one for each call"
            raise DataError(f"{self} gives no batch{used if self.once else ''}")
        return self._held[0]

    def begin(self, order: Array | None = None) -> None:
        """Begin a pass, in ``order`` if there is one; a generator goes on."""
        _call(self.data, "on_epoch_begin")
        if self.indexed:
            places = range(self.length or 0) if order is None else order.tolist()
            self._held.clear()
            self._iterator = (self.data[index] for index in places)
        elif self._iterator is None or not (self.once or self._fresh):
            self._start()
        self._fresh = False

    def _start(self) -> None:
        self._held.clear()
        self._iterator = iter(self.data)
        self._fresh = True

    def end(self) -> None:
        """Say that a pass has ended."""
        _call(self.data, "on_epoch_end")

    def more(self) -> bool:
        """Return whether there is another batch in this pass."""
        if not self._held and self._iterator is not None:
            self._held.extend(itertools.islice(self._iterator, 1))
        return bool(self._held)

    def next(self) -> Any:
        """Return the next batch; `more` says whether there is one."""
        assert self.more(), "next is called while there is more"
        return self._held.pop()

    def __repr__(self) -> str:
        """Say what gives the batches."""
        return f"the {type(self.data).__name__}"


def _length(data: Any) -> int | None:
    try:
        length = data.num_batches if isinstance(data, PyDataset) else len(data)
    except (TypeError, NotImplementedError):
        return None
    if length == 0:
        raise DataError(f"x, a {type(data).__name__}, is empty: it has no batch")
    return None if length is None else int(length)


def _call(data: Any, hook: str) -> None:
    found = getattr(data, hook, None)
    if callable(found):
        found()


class Parts(NamedTuple):
    """What a batch consists of."""

    x: Any
    y: Any = None
    weight: Any = None


def parts_of(batch: Any, what: str) -> Parts:
    """Return inputs, labels and weights of a batch: x, (x,), (x, y) or (x, y, weight).

    A list is a batch of rows, unless it holds two or three arrays and nothing else.

    >>> parts_of(([[1.0]], [2.0]), "batch 0").y
    [2.0]
    """
    if isinstance(batch, dict):
        raise DataError(
            f"{what} is a dict with {', '.join(map(repr, batch))}: give (x, y), with "
            "one array each"
        )
    if isinstance(batch, list) and _holds_arrays(batch):
        if len(batch) in (2, 3):
            return Parts(*batch)
        return Parts(batch[0] if len(batch) == 1 and batch[0].ndim > 1 else batch)
    if not isinstance(batch, tuple):
        return Parts(batch)
    if not 1 <= len(batch) <= 3:
        raise DataError(
            f"{what} is a tuple of {len(batch)}, expected (x,), (x, y) or (x, y, "
            f"sample_weight): {reprlib.repr(batch)}"
        )
    return Parts(*batch)


def _holds_arrays(batch: list[Any]) -> bool:
    return all(hasattr(each, "__array__") and hasattr(each, "ndim") for each in batch)
