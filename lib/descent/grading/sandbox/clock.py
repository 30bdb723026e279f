"""What a process uses of time: the processor's, which is the same on a busy machine and on a quiet one."""

import contextlib
import os
import sys
import time
from collections.abc import Callable

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100  # in a second


class Clock:
    """Shows what one process has used. process: gives its number, or None as long as it is not known.

    Elsewhere than on Linux all time that has passed counts as used.
    """

    def __init__(self, process: Callable[[], int | None]) -> None:
        self._process, self._number = process, None
        self._began, self._used, self._starved = time.monotonic(), 0.0, 0.0
        self.threads = 1  # when last looked at

    def used(self) -> float:
        """Seconds of processor time, its own and the system's for it."""
        if sys.platform != "linux":
            return time.monotonic() - self._began
        with contextlib.suppress(OSError), open(self._path("stat"), "rb") as file:
            counts = file.read().rpartition(b")")[2].split()  # what stands before is its name
            self._used = (int(counts[11]) + int(counts[12])) / _TICKS
            self.threads = int(counts[17])
        return self._used

    def has_threads(self) -> bool:
        """Whether more than its main thread runs."""
        self.used()
        return self.threads > 1

    def starved(self) -> float:
        """Seconds in which it was ready to run, and the processors did something else."""
        with contextlib.suppress(OSError, IndexError), open(self._path("schedstat"), "rb") as file:
            self._starved = int(file.read().split()[1]) * 1e-9
        return self._starved

    def _path(self, name: str) -> str:
        if self._number is None:
            self._number = self._process()
        return f"/proc/{self._number}/{name}"
