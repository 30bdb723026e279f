"""Starts children and ends them: forked from a warm server, or spawned where processes cannot fork."""

import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Protocol

from descent.grading.sandbox import scratch
from descent.grading.sandbox.clock import Clock
from descent.grading.sandbox.connection import Child
from descent.grading.sandbox.forkserver import NUMBER, REQUEST
from descent.grading.sandbox.ladder import MOST_VARIABLE
from descent.grading.sandbox.libraries import NUMPY
from descent.grading.sandbox.limits import Limits

START_VARIABLE = (
    "DESCENT_START"  # "spawn": a fresh process for each submission, also where fork works
)
_BOOT = str(Path(__file__).with_name("boot.py"))
# What a child may know of the environment, which holds the course's secret among other things.
_ENVIRONMENT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR",
    MOST_VARIABLE,
)  # fmt: skip
_BUFFER = 2**16  # bytes that are read at a time
_CHILDREN = 1_000  # that one server forks
_ENDING = 10.0  # seconds that a server gets to end its children and to remove their folders
_TICKS = (
    os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
)  # in a second of processor time


class Source(Protocol):
    """Where children come from."""

    def prepare(self, limits: Limits) -> None:
        """Begins what the first start would have to wait for."""
        ...

    def start(self, limits: Limits) -> Child:
        """A new child."""
        ...

    def close(self) -> None:
        """Ends everything."""
        ...


def _command(role: str, library: str, limits: Limits, folder: Path) -> list[str]:
    seconds = str(int(2 * limits.submission) + 1)  # of processor time
    memory = str(limits.memory)
    return [sys.executable, "-I", _BOOT, role, library, memory, seconds, str(folder)]


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="descent-"))


class Spawned:
    """A fresh Python for each child: slower, and possible everywhere."""

    def __init__(self, library: str = NUMPY) -> None:
        self._library = library
        self._root = _new_folder()

    def prepare(self, limits: Limits) -> None:
        """Nothing: each child starts afresh."""

    def start(self, limits: Limits) -> Child:
        """A new child, spoken to over its standard input and output."""
        folder = Path(tempfile.mkdtemp(dir=self._root))
        process = subprocess.Popen(
            _command("child", self._library, limits, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(sys.executable).parent,
            env=_environment(),
        )
        reader, writer = process.stdout, process.stdin
        assert reader is not None
        assert writer is not None

        def end() -> int | None:
            process.kill()
            status = process.wait()
            scratch.remove(folder)
            return status

        clock = Clock(lambda: process.pid)
        return Child(reader, writer, end, lambda: None, limits, clock, folder)

    def close(self) -> None:
        """Removes what is left of their folders."""
        scratch.remove(self._root)


class Forked:
    """A warm server that forks a child in milliseconds; started anew if it is gone, or after many children."""

    def __init__(self, library: str = NUMPY) -> None:
        self._library = library
        self._started = self._alive = 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._root = Path()

    def prepare(self, limits: Limits) -> None:
        """Starts the server, if there is none; where that fails, `start` tries it again, and says so."""
        with self._lock, contextlib.suppress(OSError):
            self._serving(limits)

    def start(self, limits: Limits) -> Child:
        """A new child, spoken to over a socket of its own."""
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            if self._started >= _CHILDREN and not self._alive:
                self._stop()
            try:
                guard = self._ask(theirs, limits)
            except (OSError, EOFError):  # the server has died; its children have died with it
                self._stop()
                guard = self._ask(theirs, limits)
            self._started += 1
            self._alive += 1

        control, ended = self._control, False

        def end() -> None:
            nonlocal ended
            with self._lock, contextlib.suppress(OSError):
                if control is self._control and control:
                    self._alive -= not ended
                    ended = True
                    control.sendall(REQUEST.pack(b"stop ", guard))

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)

        reader = io.BufferedReader(ours.makefile("rb", buffering=0), _BUFFER)
        writer = ours.makefile("wb")
        ours.close()  # the files keep it open
        clock = Clock(lambda: _first_child(guard))
        return Child(reader, writer, end, hang_up, limits, clock, scratch.of(self._root, guard))

    def _serving(self, limits: Limits) -> socket.socket:
        """The line to the server, which is started if there is none."""
        if self._control is None:
            self._root = _new_folder()
            control, remote = socket.socketpair()
            try:
                with remote:
                    self._process = subprocess.Popen(
                        _command("server", self._library, limits, self._root),
                        stdin=remote.fileno(),
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        cwd="/",
                        env=_environment(),
                    )
            except OSError:  # no memory, or too many processes
                control.close()
                scratch.remove(self._root)
                raise
            self._control = control
        return self._control

    def _ask(self, theirs: socket.socket, limits: Limits) -> int:
        control = self._serving(limits)
        socket.send_fds(control, [REQUEST.pack(b"start", 0)], [theirs.fileno()])
        answer = control.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(answer) < NUMBER.size:
            raise EOFError
        return NUMBER.unpack(answer)[0]

    def _stop(self) -> None:
        if self._control and self._process:
            self._control.close()
            self._control = None
            self._started = self._alive = 0
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDING)
            self._process.kill()
            self._process.wait()
            scratch.remove(self._root)

    def close(self) -> None:
        """Ends the server, and with it all its children."""
        with self._lock:
            self._stop()


def _first_child(process: int) -> int | None:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/task/{process}/children").read_text().split()[0])
    return None


def source(library: str) -> Source:
    """Forked children on Linux, spawned ones elsewhere, or where the environment asks for them."""
    fork = sys.platform == "linux" and os.environ.get(START_VARIABLE) != "spawn"
    return Forked(library) if fork else Spawned(library)
