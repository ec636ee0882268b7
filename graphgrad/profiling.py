"""Profiling: the time, the FLOPs and the bytes of each operation of a program.

>>> import graphgrad as gg
>>> fast = gg.jit(lambda x: gg.square(x) + x)
>>> profile = gg.profiling.profile(fast, [1.0, 2.0, 3.0], steps=5)
>>> [(row.name, row.flops) for row in profile.nodes]
[('square', 3), ('add', 3)]
"""

from graphgrad._profile import Profile as Profile
from graphgrad._profiler import Profiler as Profiler
from graphgrad._profiler import profile as profile

__all__ = ["Profile", "Profiler", "profile"]
