"""What this process may use of the machine. In a container that can be less than the machine has."""

import math
import os
from pathlib import Path

CONTAINER = Path("/sys/fs/cgroup")  # where a container finds its own limits, in one of two forms
MEMORY = Path("/proc/meminfo")


def processors(container: Path = CONTAINER) -> int:
    """How many processors: those that it may run on, but no more than its container's share, rounded up."""
    own = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    share = _text(container / "cpu.max").split() or [
        _text(container / "cpu" / "cpu.cfs_quota_us"),
        _text(container / "cpu" / "cpu.cfs_period_us"),
    ]
    if not all(map(str.isdigit, share)):  # "max", "-1": as much as there is
        return len(own)
    quota, period = map(int, share)
    return min(len(own), max(1, math.ceil(quota / period)))


def free_memory(container: Path = CONTAINER, memory: Path = MEMORY) -> int | None:
    """Bytes of memory that can be had, of the machine and in its container; None where that is not known."""
    free = _numbers(memory).get("MemAvailable")
    if free is None:
        return None
    free *= 1024
    for folder, most, used in (
        (container, "memory.max", "memory.current"),
        (container / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, taken = _text(folder / most), _text(folder / used)
        if limit.isdigit() and taken.isdigit():
            given_back = _numbers(folder / "memory.stat").get(
                "inactive_file", 0
            )  # when it is short
            free = min(free, max(0, int(limit) - int(taken) + given_back))
    return free


def _numbers(path: Path) -> dict[str, int]:
    """Names and numbers, a pair on each line."""
    pairs = (line.replace(":", " ").split()[:2] for line in _text(path).splitlines())
    return {name: int(number) for name, number in pairs}


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
