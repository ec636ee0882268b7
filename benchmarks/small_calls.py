"""What single calls of NumPy's cost, in pairs: the plain one, and what programs do.

``python -m benchmarks.small_calls`` prints the table of docs/speed.md.
"""

from __future__ import annotations

import timeit
from typing import Any, NamedTuple

import numpy as np

ROUNDS, CALLS = 300, 50


class Pair(NamedTuple):
    """Two ways to the same result."""

    plain: str
    ours: str


PAIRS = [
    Pair("np.add(1, x, out=y)", "np_add(x, one, y)"),
    Pair("np.add(x, bias, out=y)", "wide[...] = bias; np_add(x, wide, y)"),
    Pair("np.matmul(z, w, out=u)", "z.dot(w, u)"),
    Pair("np.copyto(y, x)", "y[...] = x"),
    Pair("np.negative(x, out=x_again)", "np_negative(x, x)"),
    Pair("np.add(total, one, out=total)", "total[()] = total[()] + number"),
    Pair("np.add(few, 1, out=sum_of_few)", "np_add(few, ones, sum_of_few)"),
    Pair("np.add.reduce(x, axis=0, out=row)", "ones.dot(x, row)"),
    Pair("np.maximum(big, 0, out=out)", "np.maximum(big, zeros, out=out)"),
]


def arrays() -> dict[str, Any]:
    """Return what the calls are about: 32 x 25 numbers, and 128 x 512."""
    rng = np.random.default_rng(0)

    def some(*shape: int) -> Any:
        return rng.random(shape, dtype=np.float32)

    x = some(32, 25)
    numbers = {"one": np.ones((), np.float32), "total": np.zeros((), np.float32)}
    matrices = {"z": some(32, 2), "w": some(2, 3), "u": some(32, 3)}
    rows = {"bias": some(25), "row": some(25), "ones": np.ones(32, np.float32)}
    large = {"big": some(128, 512), "out": some(128, 512)}
    return {
        "np": np,
        "np_add": np.add,
        "np_negative": np.negative,
        "x": x,
        "x_again": x.reshape(32, 25),
        "y": some(32, 25),
        "wide": some(32, 25),
        "number": np.float32(1),
        "few": some(32),
        "sum_of_few": some(32),
        "zeros": np.zeros((128, 512), np.float32),
        **numbers,
        **matrices,
        **rows,
        **large,
    }


def microseconds(code: str, names: dict[str, Any]) -> float:
    """Return the least time of the code, which other programs disturb least."""
    timer = timeit.Timer(code, globals=names)
    return min(timer.repeat(ROUNDS, CALLS)) / CALLS * 1e6


def main() -> None:
    """Print the table."""
    names = arrays()
    print("| instead of | µs | a program says | µs |\n|---|---|---|---|")
    for pair in PAIRS:
        plain, ours = (microseconds(code, names) for code in pair)
        print(f"| `{pair.plain}` | {plain:.2f} | `{pair.ours}` | {ours:.2f} |")


if __name__ == "__main__":
    main()
