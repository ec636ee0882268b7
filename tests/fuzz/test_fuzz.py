"""Good inputs, changed a little: a result, or an error of graphgrad's; no memory."""

from __future__ import annotations

import tracemalloc

import pytest
from fuzzed.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

# Beside some copies of the input: what a small model and its picture take.
ROOM = 32 << 20

places = st.floats(0, 1)
pieces = st.binary(max_size=8) | st.sampled_from(
    [b"\0", b"\xff" * 4, b"-1", b"1e309", b"null", b"[", b'"', b"{}", b"\\", b"9" * 30]
)
edits = st.lists(st.tuples(places, places, pieces), max_size=4)


def edited(data: bytes, changes: list[tuple[float, float, bytes]]) -> bytes:
    """Return the bytes with a piece, long or short, replaced at some places."""
    for where, length, piece in changes:
        start = round(where * len(data))
        end = start + round(length**8 * (len(data) - start))
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=settings().max_examples // 2)
@given(data=st.data())
def test_changed_inputs_end_well(name: str, data: st.DataObject) -> None:
    """Nothing but the target's own errors comes, and memory stays in proportion."""
    target = TARGETS[name]
    seed = data.draw(st.sampled_from(target.seeds()))
    changed = edited(seed, data.draw(edits))
    tracemalloc.start()
    try:
        target.run(changed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < ROOM + 64 * len(changed)
