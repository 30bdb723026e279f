"""Notices what students' code reaches for outside of its own folder: for the instructor to look at, never for a mark.

Python itself tells, through an audit hook, which no code of the process can take away again. What goes around
Python is not seen here, and what is seen was mostly denied: files that are there and not Python's own, the
network, other processes, functions of C. Whether a file is there, the checker sees; the process may not.
"""

import contextlib
import linecache
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

MOST = 20  # so many texts of a child are sent
LENGTH = 120  # characters of one
MOUNTS = Path("/proc/self/mounts")

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# What modules of Python's own look at on their way.
_HARMLESS = (
    "/dev/null", "/dev/urandom", "/etc/localtime", "/etc/mime.types", "/etc/os-release", "/proc/cpuinfo",
    "/proc/meminfo", "/proc/self/stat", "/proc/self/statm", "/proc/self/status", "/sys/devices/system/cpu",
    "/usr/lib/os-release", "/usr/share", sys.executable, os.path.realpath(sys.executable),
)  # fmt: skip


class Own(NamedTuple):
    """What a process may read without a note: these places, but not those."""

    places: tuple[str, ...]
    hidden: tuple[str, ...]

    @classmethod
    def of(cls, places: Iterable[Path], hidden: Iterable[Path]) -> "Own":
        """With what Python's own modules look at."""
        return cls((*map(str, places), *_HARMLESS), tuple(map(str, hidden)))

    def holds(self, place: str) -> bool:
        """Whether a path is among them, or below."""
        return _below(place, self.places) and not _below(place, self.hidden)


def _below(place: str, parts: tuple[str, ...]) -> bool:
    return any(place == part or place.startswith(f"{part}/") for part in parts)


def notice(own: Own, tell: Callable[[str, str], None]) -> None:
    """From here on `tell` gets a text for each thing of another kind, and which file must be there for it to count."""
    told: set[str] = set()

    def hook(event: str, arguments: tuple) -> None:
        seen = _EVENTS.get(event)
        if seen is None:
            return
        with contextlib.suppress(Exception):  # whatever was done to Python's own functions
            if threading.current_thread() is not threading.main_thread():
                return
            for text, place in seen(arguments, own):
                if text[:LENGTH] not in told and len(told) < MOST:
                    told.add(text[:LENGTH])
                    tell(text[:LENGTH], place)

    sys.addaudithook(hook)


def counts(place: str) -> bool:
    """Whether this file is there, as it must be for what was told to count; where none is named, it does.

    Where to look would have another machine asked for its files, nobody looks: whoever reaches for
    /net/SOMEWHERE could have the checker wait for SOMEWHERE. There all counts.
    """
    with contextlib.suppress(ValueError, OSError):  # no path at all
        return not place or _is_fetched(place) or os.path.lexists(place)
    return False


def _is_fetched(place: str) -> bool:
    """Whether it lies where the system mounts what is reached for (autofs)."""
    lines = MOUNTS.read_text(errors="replace").splitlines() if MOUNTS.is_file() else ()
    points = (line.split()[1] for line in lines if " autofs " in line)
    return os.path.abspath(place).replace("//", "/").startswith(tuple(f"{p}/" for p in points))


_Seen = list[tuple[str, str]]  # texts, each with the file that must be there for it to count


def _opened(arguments: tuple, own: Own) -> _Seen:
    path, _, flags = arguments
    if str(path).endswith(".py") and _is_for_a_traceback():
        return []
    return _said("write" if flags & _WRITES else "read", path, own)


def _is_for_a_traceback() -> bool:
    """Whether Python looks for a line of source, as it does for what has raised."""
    frame, names = sys._getframe(3), set()
    for _ in range(4):
        if frame is not None:
            names.add(frame.f_code.co_filename)
            frame = frame.f_back
    return linecache.__file__ in names


def _listed(arguments: tuple, own: Own) -> _Seen:
    return _said("list", arguments[0], own)


def _changed(arguments: tuple, own: Own) -> _Seen:
    return [seen for path in arguments for seen in _said("change", path, own)]


def _said(verb: str, path: Any, own: Own) -> _Seen:
    """That it tried to, unless to what is the process's own or Python's."""
    if not isinstance(path, str | bytes | os.PathLike):
        return []  # a file that is open
    place = os.path.abspath(os.fsdecode(path)).replace("//", "/")
    if own.holds(place):
        return []
    needed = place if verb in ("read", "list") else os.path.dirname(place)
    return [(f"tried to {verb} {place}", needed)]


def _signalled(arguments: tuple, own: Own) -> _Seen:
    to_itself = arguments[0] == os.getpid()
    return [] if to_itself else [("tried to send a signal to another process", "")]


def _made_a_socket(arguments: tuple, own: Own) -> _Seen:
    by = sys._getframe(3).f_code.co_name  # of Python's event loop, for itself
    return [] if by == "socketpair" else [(_NETWORK, "")]


def _called(arguments: tuple, own: Own) -> _Seen:
    return [(f"tried to call C's {arguments[1]}", "")]


def _always(text: str) -> Callable[[tuple, Own], _Seen]:
    return lambda *_: [(text, "")]


_NETWORK = "tried to use the network"
_EVENTS: dict[str, Callable[[tuple, Own], _Seen]] = {
    "open": _opened,
    **dict.fromkeys(("os.listdir", "os.scandir"), _listed),
    **{f"os.{name}": _changed for name in (
        "chmod", "chown", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate", "utime")},
    **{f"socket.{name}": _always(_NETWORK) for name in ("bind", "connect", "getaddrinfo", "sendmsg", "sendto")},
    "socket.__new__": _made_a_socket,
    **{name: _always("tried to start another process or program") for name in (
        "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen")},
    **dict.fromkeys(("os.kill", "os.killpg"), _signalled),
    "ctypes.dlsym": _called,
    "sqlite3.connect": _changed,
    "resource.setrlimit": _always("tried to change its limits"),
    "resource.prlimit": _always("tried to change another process's limits"),
}  # fmt: skip
