"""Notices what students' code reaches for outside of its own folder: for the instructor to look at, never for a mark.

Python itself tells, through an audit hook, which no code of the process can take away again. What goes around
Python is not seen here, and what is seen was mostly denied: files that are there and not Python's own, the
network, other processes, functions of C.
"""

import contextlib
import os
import sys
import threading
import tokenize
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

MOST = 20  # so many texts of a child are sent
LENGTH = 120  # characters of one

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# What modules of Python's own look at on their way.
_HARMLESS = (
    "/dev/null", "/dev/urandom", "/etc/localtime", "/etc/mime.types", "/etc/os-release", "/proc/cpuinfo",
    "/proc/meminfo", "/proc/self/stat", "/proc/self/statm", "/proc/self/status", "/sys/devices/system/cpu",
    "/usr/lib/os-release", "/usr/share", sys.executable, os.path.realpath(sys.executable),
)  # fmt: skip


def notice(folder: Path, readable: Iterable[Path], tell: Callable[[str], None]) -> None:
    """From here on `tell` gets a text for each thing of another kind. folder: the process's own."""
    own = tuple(map(str, (folder, *readable, *_HARMLESS)))
    told: set[str] = set()

    def hook(event: str, arguments: tuple) -> None:
        seen = _EVENTS.get(event)
        if seen is None:
            return
        with contextlib.suppress(Exception):  # whatever was done to Python's own functions
            text = seen(arguments, own)[:LENGTH]
            is_first = threading.current_thread() is threading.main_thread() and text not in told
            if text and is_first and len(told) < MOST:
                told.add(text)
                tell(text)

    sys.addaudithook(hook)


def _opened(arguments: tuple, own: tuple[str, ...]) -> str:
    path, _, flags = arguments
    if sys._getframe(2).f_code.co_filename == tokenize.__file__:  # a line for a traceback
        return ""
    return _said("write" if flags & _WRITES else "read", path, own)


def _listed(arguments: tuple, own: tuple[str, ...]) -> str:
    return _said("list", arguments[0], own)


def _changed(arguments: tuple, own: tuple[str, ...]) -> str:
    return next(filter(None, (_said("change", path, own) for path in arguments)), "")


def _said(verb: str, path: Any, own: tuple[str, ...]) -> str:
    """That it tried to; where what it tried is there, and is neither the process's own nor Python's."""
    if not isinstance(path, str | bytes | os.PathLike):
        return ""  # a file that is open
    place = os.path.abspath(os.fsdecode(path))
    is_own = any(place == part or place.startswith(f"{part}/") for part in own)
    needed = place if verb in ("read", "list") else os.path.dirname(place)
    return "" if is_own or not os.path.lexists(needed) else f"tried to {verb} {place}"


def _signalled(arguments: tuple, own: tuple[str, ...]) -> str:
    return "" if arguments[0] == os.getpid() else "tried to send a signal to another process"


def _made_a_socket(arguments: tuple, own: tuple[str, ...]) -> str:
    by = sys._getframe(3).f_code.co_name  # of Python's event loop, for itself
    return "" if by == "socketpair" else _NETWORK


def _called(arguments: tuple, own: tuple[str, ...]) -> str:
    return f"tried to call C's {arguments[1]}"


_NETWORK = "tried to use the network"
_EVENTS: dict[str, Callable[[tuple, tuple[str, ...]], str]] = {
    "open": _opened,
    **dict.fromkeys(("os.listdir", "os.scandir"), _listed),
    **{f"os.{name}": _changed for name in (
        "chmod", "chown", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate", "utime")},
    **{f"socket.{name}": lambda *_: _NETWORK for name in ("bind", "connect", "getaddrinfo", "sendmsg", "sendto")},
    "socket.__new__": _made_a_socket,
    **{name: lambda *_: "tried to start another process or program" for name in (
        "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen")},
    **dict.fromkeys(("os.kill", "os.killpg"), _signalled),
    "ctypes.dlsym": _called,
    "resource.setrlimit": lambda *_: "tried to change its limits",
    "resource.prlimit": lambda *_: "tried to change another process's limits",
}  # fmt: skip
