"""One run at a time: a lock that the system takes back when its holder dies, however it dies."""

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from descent.grading.course import CourseError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock for as long as the block runs; raises CourseError, who holds it and since when, if it is held."""
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    note, lock = path.with_suffix(".json"), FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CourseError(_taken(note)) from None
    try:
        about = {"pid": os.getpid(), "machine": platform.node(), "since": time.ctime()}
        note.write_text(json.dumps(about))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _taken(note: Path) -> str:
    try:
        about = json.loads(note.read_text())
        who = f" (process {about['pid']} on {about['machine']}, since {about['since']})"
    except (OSError, ValueError, KeyError):
        who = ""
    return (
        f"Another run{who} is at work on this course, and two at once would get in each other's way. "
        "Wait until it has ended, or stop it; then give this command again: nothing is graded twice."
    )
