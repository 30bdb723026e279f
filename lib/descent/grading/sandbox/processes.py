"""Starts children and ends them: forked from a warm server, or spawned where processes cannot fork."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from descent.checks.calling import Failure
from descent.grading.sandbox import wire
from descent.grading.sandbox.forkserver import BROKEN, NUMBER, REQUEST
from descent.grading.sandbox.ladder import MOST_VARIABLE
from descent.grading.sandbox.libraries import NUMPY

START_VARIABLE = (
    "DESCENT_START"  # "spawn": a fresh process for each submission, also where fork works
)
_BOOT = str(Path(__file__).with_name("boot.py"))
# What a child may know of the environment, which holds the course's secret among other things.
_ENVIRONMENT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR",
    MOST_VARIABLE,
)  # fmt: skip
_CHILDREN = 1_000  # that one server forks
_START = 120.0  # seconds within which a child must be ready, its libraries loaded
_WATCH = 0.05  # seconds between two looks at the clock


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds for one call or cell, seconds in all, bytes of memory, bytes that it sends."""

    call: float = 5.0
    submission: float = 60.0
    memory: int = 2 * 2**30
    output: int = 256 * 2**20


class ChildGoneError(Exception):
    """A child ended, or had to be ended; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


class _Metered:
    """A stream from which only so much can be read: no child may fill the checker's memory, or its time."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self.left, self._most = stream, 0, most

    def read(self, size: int) -> bytes:
        """`size` bytes, or WireError where that is more than is left for now, or in all."""
        if size > min(self.left, self._most):
            raise wire.WireError("it is far too much")
        self.left -= size
        self._most -= size
        return self._stream.read(size)

    def close(self) -> None:
        """Closes the stream."""
        self._stream.close()


class Child:
    """A connection to a child, with a deadline that another thread watches."""

    def __init__(
        self, reader: IO[bytes], writer: IO[bytes], end: Callable[[], int | None], limits: Limits
    ) -> None:
        self._reader = _Metered(reader, limits.output)
        self._writer, self._end, self._limits = writer, end, limits
        self.allow(time.monotonic() + _START)
        self.expired = False
        self.level = 0

    def allow(self, deadline: float) -> None:
        """Lets it work until `deadline` (of time.monotonic), and send as much as one message may hold."""
        self.deadline = deadline
        self._reader.left = wire.HEADER_LIMIT + wire.BODY_LIMIT + 8

    def send(self, message: Any, functions: list | None = None) -> None:
        """Sends a message, or raises ChildGoneError."""
        try:
            wire.send(self._writer, message, functions)
        except OSError:
            raise self._gone() from None

    def receive(self, function: Callable[[int], Any] | None = None) -> Any:
        """The next message, or ChildGoneError."""
        try:
            message = wire.receive(self._reader, function)
        except wire.WireError as error:
            raise ChildGoneError(
                Failure("crash", message=f"What your code's process sent was no result: {error}.")
            ) from None
        except (OSError, EOFError):
            raise self._gone() from None
        if isinstance(message, wire.Ended):
            raise self._gone(message.status)
        return message

    def expire(self) -> None:
        """Ends the child because its time is up."""
        self.expired = True
        self._end()

    def close(self) -> None:
        """Ends the child."""
        self.deadline = float("inf")
        self._end()
        for stream in (self._reader, self._writer):
            with contextlib.suppress(OSError):
                stream.close()

    def _gone(self, status: int | None = None) -> ChildGoneError:
        if self.expired:
            seconds = f"{self._limits.call:g} s"
            return ChildGoneError(
                Failure(
                    "timeout", message=f"It ran for more than {seconds}: does a loop never end?"
                )
            )
        status = self._end() if status is None else status
        return ChildGoneError(Failure("crash", message=_last_words(status)))


def _last_words(status: int | None) -> str:
    if status is None:
        return "Your code ended the process that it ran in."
    if status == BROKEN:
        return (
            "Its results could no longer be read: does your notebook change Python's or NumPy's own functions "
            "(`all`, `np.array`, …)? Give yours another name."
        )
    if status >= 0:
        return f"Your code ended its own process (exit status {status})."
    if status == -9:
        return "The process was ended by the system: it used too much time or memory."
    return f"Your code crashed Python itself (signal {-status})."


class Source(Protocol):
    """Where children come from."""

    def start(self, limits: Limits) -> Child:
        """A new child."""
        ...

    def close(self) -> None:
        """Ends everything."""
        ...


def _command(role: str, library: str, limits: Limits) -> list[str]:
    seconds = str(int(2 * limits.submission) + 1)  # of processor time
    return [sys.executable, "-I", _BOOT, role, library, str(limits.memory), seconds]


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


class Spawned:
    """A fresh Python for each child: slower, and possible everywhere."""

    def __init__(self, library: str = NUMPY) -> None:
        self._library = library

    def start(self, limits: Limits) -> Child:
        """A new child, spoken to over its standard input and output."""
        process = subprocess.Popen(
            _command("child", self._library, limits),
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
            return process.wait()

        return Child(reader, writer, end, limits)

    def close(self) -> None:
        """Nothing is left to end."""


class Forked:
    """A warm server that forks a child in milliseconds; started anew if it is gone, or after many children."""

    def __init__(self, library: str = NUMPY) -> None:
        self._library = library
        self._started = self._alive = 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

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

        reader, writer = ours.makefile("rb"), ours.makefile("wb")
        ours.close()  # the files keep it open
        return Child(reader, writer, end, limits)

    def _ask(self, theirs: socket.socket, limits: Limits) -> int:
        if self._control is None:
            self._control, remote = socket.socketpair()
            with remote:
                self._process = subprocess.Popen(
                    _command("server", self._library, limits),
                    stdin=remote.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env=_environment(),
                )
        socket.send_fds(self._control, [REQUEST.pack(b"start", 0)], [theirs.fileno()])
        answer = self._control.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(answer) < NUMBER.size:
            raise EOFError
        return NUMBER.unpack(answer)[0]

    def _stop(self) -> None:
        if self._control and self._process:
            self._control.close()
            self._control = None
            self._started = self._alive = 0
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Ends the server, and with it all its children."""
        with self._lock:
            self._stop()


def source(library: str) -> Source:
    """Forked children on Linux, spawned ones elsewhere, or where the environment asks for them."""
    fork = sys.platform == "linux" and os.environ.get(START_VARIABLE) != "spawn"
    return Forked(library) if fork else Spawned(library)


class Watch:
    """A thread that ends children whose deadline has passed."""

    def __init__(self) -> None:
        self._children: set[Child] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, child: Child) -> None:
        """Watches a child."""
        with self._lock:
            self._children.add(child)

    def remove(self, child: Child) -> None:
        """Watches it no longer."""
        with self._lock:
            self._children.discard(child)

    def close(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_WATCH):
            now = time.monotonic()
            with self._lock:
                late = [child for child in self._children if child.deadline < now]
            for child in late:
                self.remove(child)
                child.expire()
