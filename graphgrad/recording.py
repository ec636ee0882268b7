"""Recording: every value of one real step of a program.

>>> import graphgrad as gg
>>> fast = gg.jit(lambda x: gg.square(x) + x)
>>> recording = gg.recording.record(fast, [1.0, 2.0, 3.0])
>>> recording["square"]
array([1., 4., 9.])
"""

from graphgrad._array_facts import Statistics as Statistics
from graphgrad._array_facts import statistics as statistics
from graphgrad._live import Live as Live
from graphgrad._live import live_ranges as live_ranges
from graphgrad._live import memory_over as memory_over
from graphgrad._recorder import Observer as Observer
from graphgrad._recorder import observe as observe
from graphgrad._recorder import record as record
from graphgrad._recorder import recorded as recorded
from graphgrad._recording import Recording as Recording

__all__ = [
    "Live",
    "Observer",
    "Recording",
    "Statistics",
    "live_ranges",
    "memory_over",
    "observe",
    "record",
    "recorded",
    "statistics",
]
