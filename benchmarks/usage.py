"""How much memory this process has."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["peak_bytes", "resident_bytes"]

STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return the most memory that this process ever had."""
    if STATUS.exists():
        return _from_status("VmHWM")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def resident_bytes() -> int:
    """Return the memory that this process has now; where that is not told, the peak."""
    return _from_status("VmRSS") if STATUS.exists() else peak_bytes()


# What getrusage calls the peak begins with that of the parent, on Linux.
def _from_status(key: str) -> int:
    for line in STATUS.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024
    raise LookupError(f"expected {key} in {STATUS}")
