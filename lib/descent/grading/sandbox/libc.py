"""The C library, by which the kernel is asked for what Python has no function for."""

import ctypes
from functools import cache


@cache
def libc() -> ctypes.CDLL:
    """Opened once: a forked process finds it open."""
    return ctypes.CDLL(None, use_errno=True)
