"""`autograd.numpy`: NumPy's function of arrays, and graphgrad's of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

import graphgrad as gg
from stand_in.absent import AbsentError, has_tensor, is_complex

Function = Callable[..., Any]


def _array(nest: Any) -> Any:
    """Return one tensor of nested lists of tensors and numbers."""
    if isinstance(nest, list | tuple):
        return gg.stack([_array(each) for each in nest])
    return nest if isinstance(nest, gg.Tensor) else gg.tensor(np.asarray(nest))


def _below(x: Any, k: int) -> Any:
    """Return what lies on or below a diagonal of the last two axes."""
    return np.tril(np.ones(x.shape[-2:]), k) > 0


# Other names of NumPy's, and its functions that are one line of graphgrad's.
ALSO: dict[str, Function] = {
    "absolute": gg.abs,
    "fabs": gg.abs,
    "true_divide": gg.divide,
    "amax": gg.max,
    "amin": gg.min,
    "log2": lambda x: gg.log(x) / math.log(2.0),
    "log10": lambda x: gg.log(x) / math.log(10.0),
    "exp2": lambda x: gg.exp(x * math.log(2.0)),
    "logaddexp2": lambda x, y: (
        gg.logaddexp(x * math.log(2.0), y * math.log(2.0)) / math.log(2.0)
    ),
    "reciprocal": lambda x: 1.0 / x,
    "deg2rad": lambda x: x * (math.pi / 180.0),
    "radians": lambda x: x * (math.pi / 180.0),
    "rad2deg": lambda x: x * (180.0 / math.pi),
    "degrees": lambda x: x * (180.0 / math.pi),
    "flipud": lambda x: gg.flip(x, 0),
    "fliplr": lambda x: gg.flip(x, 1),
    "vstack": lambda xs: gg.concatenate([gg.atleast_2d(x) for x in xs], 0),
    "row_stack": lambda xs: gg.concatenate([gg.atleast_2d(x) for x in xs], 0),
    "hstack": lambda xs: gg.concatenate(
        [gg.atleast_1d(x) for x in xs], 0 if xs[0].ndim < 2 else 1
    ),
    "vsplit": lambda x, parts: gg.split(x, parts, 0),
    "hsplit": lambda x, parts: gg.split(x, parts, 1),
    "dsplit": lambda x, parts: gg.split(x, parts, 2),
    "array": _array,
    "ndim": lambda x: x.ndim,
    "shape": lambda x: x.shape,
    "tril": lambda x, k=0: gg.where(_below(x, k), x, 0.0),
    "triu": lambda x, k=0: gg.where(_below(x, k - 1), 0.0, x),
}
# Where a list of numbers may stand for an array, as in NumPy.
TAKES_LISTS = {"mean", "std", "var", "sum", "max", "min", "prod"}
# What autograd calls a real function of complex numbers.
OF_COMPLEX = {"real", "imag", "conj", "conjugate", "angle", "iscomplex"}


def _of_tensors(name: str) -> Function:
    """Return graphgrad's function of this name."""
    found = ALSO.get(name) or (getattr(gg, name, None) if name in _known() else None)
    if found is None:
        raise AbsentError(
            "complex numbers" if name in OF_COMPLEX else "functions", name
        )
    if name not in TAKES_LISTS:
        return found
    return lambda x, *args, **kwargs: found(_array(x), *args, **kwargs)


def _known() -> Sequence[str]:
    return [*gg.ops.__all__, "atleast_1d", "atleast_2d"]


def _both(name: str, plain: Function) -> Function:
    """Return NumPy's function, which becomes graphgrad's where it meets a tensor."""

    @wraps(plain, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        if not has_tensor((args, kwargs)):
            return plain(*args, **kwargs)
        if is_complex((args, kwargs)):
            raise AbsentError("complex numbers", name)
        return _of_tensors(name)(*args, **kwargs)

    return call


class Indexed:
    """`r_` and `c_`, which graphgrad does not have."""

    def __init__(self, plain: Any, name: str) -> None:
        self.plain, self.name = plain, name

    def __getitem__(self, key: Any) -> Any:
        if has_tensor(key):
            raise AbsentError("functions", self.name)
        return self.plain[key]


class Numpy(ModuleType):
    """NumPy, or a part of it, whose functions take tensors too."""

    def __init__(self, name: str, plain: ModuleType) -> None:
        super().__init__(name)
        self.plain = plain
        self.__path__ = []
        self.__version__ = np.__version__

    def __getattr__(self, name: str) -> Any:
        if name in {"r_", "c_"}:
            return Indexed(getattr(np, name), name)
        if name == "make_diagonal":  # autograd's own
            return _both(name, lambda x, **axes: _diagonal(np.asarray(x), **axes))
        if name == "row_stack":  # which the newest NumPy calls vstack only
            return _both(name, np.vstack)
        found = getattr(self.plain, name)
        if callable(found) and not isinstance(found, type):
            return _both(name, found)
        return found


def _diagonal(x: Any, axis1: int, axis2: int) -> Any:
    """Return matrices with these diagonals, in the last two axes."""
    assert (axis1, axis2) == (-1, -2), "the tests ask for no others"
    return x[..., None] * np.eye(x.shape[-1])
