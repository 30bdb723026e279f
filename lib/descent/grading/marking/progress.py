"""How far a run is, and when it will be done."""

import sys
import time

from descent.grading.marking.journal import Mark

_SECONDS = 1.0  # between two lines, where lines cannot be written over


class Progress:
    """Called after each submission, it says how many are done, and about how long the rest will take.

    In a terminal one line is written over; elsewhere there is a line a second at most, and the last.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._said = 0.0
        self._here = 0

    def __call__(self, done: int, of: int, mark: Mark) -> None:
        """Says it."""
        now = time.monotonic()
        self._here += 1
        each = (now - self._began) / self._here
        text = f"  {done} of {of}: {mark.student}, {each:.2f} s each, {_words(each * (of - done))} left"
        if sys.stderr.isatty():
            print(f"\r{text[:79]:<79}", end="\n" * (done == of), file=sys.stderr, flush=True)
        elif done == of or now - self._said > _SECONDS:
            self._said = now
            print(text, file=sys.stderr, flush=True)


def _words(seconds: float) -> str:
    """A duration, as exact as an estimate is."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
