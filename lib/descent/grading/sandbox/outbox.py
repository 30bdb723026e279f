"""The child's end of the line: answers that come quickly after each other wait, and go out together.

To wake the checker for each costs more than most answers do. They wait in memory that the child's guard
shares, and sends when the child has ended: what was answered is never lost. No answer waits for longer than
the next takes, so that each call's time is still its own.
"""

import mmap
import struct
from time import monotonic
from typing import IO

_COUNT = struct.Struct("I")  # bytes that wait; they follow
_ROOM = 2**16  # bytes
_PAUSE = 0.002  # seconds; an answer that comes later than this after the last ones were sent goes out at once


class Outbox:
    """Writes to the checker, as a stream does; `answer` may wait. shared: from `memory`, or None: nothing waits."""

    def __init__(self, writer: IO[bytes], shared: mmap.mmap | None = None) -> None:
        self._writer, self._shared = writer, shared
        self._waiting, self._released = 0, monotonic()

    def write(self, data: bytes) -> None:
        """Writes behind all that waits."""
        self.release()
        self._writer.write(data)

    def flush(self) -> None:
        """Sends what was written."""
        self._writer.flush()

    def answer(self, data: bytes) -> None:
        """Sends an answer, or lets it wait for more of them."""
        late = monotonic() - self._released > _PAUSE
        if self._shared is None or late or len(data) > _ROOM - self._waiting:
            self.write(data)
            self.flush()
            return
        begin = _COUNT.size + self._waiting
        self._shared[begin : begin + len(data)] = data
        self._waiting += len(data)
        _COUNT.pack_into(self._shared, 0, self._waiting)

    def release(self) -> None:
        """Sends what waits."""
        if self._shared and self._waiting:
            data = left(self._shared)
            self._waiting = 0
            _COUNT.pack_into(self._shared, 0, 0)
            self._writer.write(data)
            self._writer.flush()
        self._released = monotonic()


def memory() -> mmap.mmap:
    """Memory that a process shares with those that it forks."""
    return mmap.mmap(-1, _COUNT.size + _ROOM)


def left(shared: mmap.mmap) -> bytes:
    """What still waits there. Nothing that the child can write there makes it more than the memory holds."""
    (count,) = _COUNT.unpack_from(shared)
    return shared[_COUNT.size : _COUNT.size + count]
