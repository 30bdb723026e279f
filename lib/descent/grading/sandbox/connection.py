"""The checker's end of the line to a child, and a watch on what the child uses."""

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from descent.checks.calling import Failure
from descent.grading.sandbox import messages, noticing, scratch, wire
from descent.grading.sandbox.clock import Clock
from descent.grading.sandbox.limits import PATIENCE, THREADS, Limits, last_words

_START = 40.0  # seconds of processor time within which a child must be ready, its libraries loaded
_WATCH = 0.05  # seconds between two looks
_GOODBYE = (
    20.0  # seconds that an ended child's guard gets to send last answers and to close the line
)


class ChildGoneError(Exception):
    """A child ended, or had to be ended; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


class _Metered:
    """A stream from which only so much can be read: no child may fill the checker's memory, or its time."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._stream, self.left = stream, 0
        self._most, self._limits = limits.output, limits

    def read(self, size: int) -> bytes:
        """`size` bytes, or ChildGoneError where that is more than is left for now, or in all."""
        if size > min(self.left, self._most):
            most = wire.LIMIT if size > self.left else self._limits.output
            raise ChildGoneError(self._limits.too_much(most))
        self.left -= size
        self._most -= size
        return self._stream.read(size)

    def close(self) -> None:
        """Closes the stream."""
        self._stream.close()


class _Turn(NamedTuple):
    """What a child may use until it is asked for something else.

    seconds: of processor time. late: of time.monotonic, when it must have answered. until, end: what its
    own clock, and time.monotonic, may come to.
    """

    seconds: float
    late: float
    until: float
    end: float


class Child:
    """A connection to a child, whose use of time and space another thread watches.

    end: ends it. hang_up: breaks the line off, whoever holds its other end. clock: of its process. folder: its
    own, where the checker can see it.
    """

    def __init__(
        self,
        reader: IO[bytes],
        writer: IO[bytes],
        end: Callable[[], int | None],
        hang_up: Callable[[], None],
        limits: Limits,
        clock: Clock,
        folder: Path,
    ) -> None:
        self._reader = _Metered(reader, limits)
        self._writer, self._end, self._hang_up, self._limits = writer, end, hang_up, limits
        self.clock, self._folder = clock, folder
        self._ended_for: Failure | None = None
        self._ended_at = 0.0
        self._seen: tuple[_Turn, float, float] | None = None
        self.level = 0
        self._told = 0
        self.noted: dict[str, None] = {}  # in their order
        self.allow(_START)

    def allow(self, seconds: float, until: float = float("inf"), end: float = float("inf")) -> None:
        """Lets it use `seconds` of processor time, and send as much as one message may hold.

        until, end: what its clock, and time.monotonic, may come to.
        """
        self._turn = _Turn(seconds, time.monotonic() + PATIENCE * seconds, until, end)
        self._reader.left = wire.LIMIT

    def send(self, message: Any) -> None:
        """Sends a message, or raises ChildGoneError."""
        self.write(wire.frame(message))

    def write(self, frames: bytes) -> None:
        """Sends messages that are bytes already, or raises ChildGoneError."""
        try:
            self._writer.write(frames)
            self._writer.flush()
        except OSError:
            raise self._gone() from None

    def receive(self, function: Callable[[int], Any] | None = None) -> Any:
        """The next message, or ChildGoneError; what is noted on the way is kept."""
        while isinstance(message := self._received(function), messages.Noted):
            self._told += 1
            if self._told <= noticing.MOST and noticing.counts(message.place):
                self.noted[message.text[: noticing.LENGTH]] = None
        return message

    def _received(self, function: Callable[[int], Any] | None) -> Any:
        try:
            message = wire.receive(self._reader, function)
        except wire.WireError as error:
            raise ChildGoneError(
                Failure("crash", message=f"What your code's process sent was no result: {error}.")
            ) from None
        except (OSError, EOFError):
            raise self._gone() from None
        if isinstance(message, messages.Ended):
            raise self._gone(message.status)
        return message

    def look(self) -> bool:
        """Ends it where it has used more than it may; returns whether no more is to be done. For one thread only.

        Where its guard is gone too, one that it has left behind may hold the line: then that is broken off.
        """
        if self._ended_for:
            late = time.monotonic() - self._ended_at > _GOODBYE
            if late:
                self._hang_up()
            return late
        if failure := self._too_much():
            self._ended_for, self._ended_at = failure, time.monotonic()
            self._end()
        return False

    def over(self) -> Failure | None:
        """Why it has been ended, or is about to be for what its folder holds; None where it goes on."""
        return self._ended_for or (
            self._limits.too_full if scratch.too_full(self._folder) else None
        )

    def close(self) -> None:
        """Ends the child."""
        self._end()
        for stream in (self._reader, self._writer):
            with contextlib.suppress(OSError):
                stream.close()

    def _too_much(self) -> Failure | None:
        """What it uses more of than it may. A turn's processor time counts from the first look at it.

        Time in which other processes kept it from running does not count at all.
        """
        turn, used, starved = self._turn, self.clock.used(), self.clock.starved()
        if self._seen is None or self._seen[0] is not turn:
            self._seen = turn, used, starved
        _, used_before, starved_before = self._seen
        now = time.monotonic()
        if self.clock.threads > THREADS:
            return self._limits.too_many
        if used > turn.until or now - starved > turn.end:
            return self._limits.used_up
        if used - used_before > turn.seconds:
            return self._limits.too_long
        if now - (starved - starved_before) > turn.late:
            return self._limits.waited
        if scratch.too_full(self._folder):
            return self._limits.too_full
        return None

    def _gone(self, status: int | None = None) -> ChildGoneError:
        if self._ended_for:
            return ChildGoneError(self._ended_for)
        status = self._end() if status is None else status
        return ChildGoneError(Failure("crash", message=last_words(status)))


class Watch:
    """A thread that ends children which use more than they may."""

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
            with self._lock:
                children = list(self._children)
            for child in children:
                if child.look():
                    self.remove(child)
