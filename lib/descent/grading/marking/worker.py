"""What a worker does, on this machine or another: marks one submission under the terms that all share."""

import gc
import threading
import time
from dataclasses import dataclass
from multiprocessing.util import Finalize

from descent.checks.result import Result
from descent.grading.intake import Submission
from descent.grading.marking.engine import Engine
from descent.grading.marking.journal import library_digest
from descent.grading.sandbox import ladder
from descent.grading.sandbox.limits import Limits


class OtherLibraryError(Exception):
    """A worker has another version of the library, under which marks may differ."""


@dataclass(frozen=True)
class Terms:
    """Under what all submissions of a run are marked.

    library: the digest of the code that does it. varied: whether the exercises come in variants.
    """

    exercises: tuple[str, ...]
    seed: str
    limits: Limits
    sandbox: int
    library: str
    varied: bool = False


_engines: dict[Terms, Engine] = {}
_lock = threading.Lock()


def _engine(terms: Terms) -> Engine:
    """This worker's engine for these terms, made once: it draws the cases and starts the fork servers."""
    if terms.library != library_digest():
        raise OtherLibraryError(
            "a worker has another version of the library, of Python or of NumPy, under which marks may "
            "differ: install the same on all machines"
        )
    with _lock:
        if terms not in _engines:
            from threadpoolctl import threadpool_limits

            ladder.keep_out()
            threadpool_limits(1)  # as in the children; jobs share the processors
            engine = Engine(
                list(terms.exercises),
                level="hidden",
                seed=terms.seed,
                limits=terms.limits,
                sandbox=terms.sandbox,
                varied=terms.varied,
            )
            Finalize(None, engine.close, exitpriority=0)  # at the worker's end
            _engines[terms] = engine
            gc.freeze()  # what is there now stays: it need not be looked through again
        return _engines[terms]


def sandbox_level(terms: Terms) -> int:
    """The level that this worker reaches; raises WeakSandboxError if it is not enough."""
    return _engine(terms).sandbox_level()


def marked(
    terms: Terms, submission: Submission, variants: dict[str, str]
) -> tuple[tuple[Result, ...], tuple[str, ...], int, float]:
    """The result of each exercise in the student's variant, what the sandbox noticed, its level, and the seconds taken."""
    engine, began = _engine(terms), time.monotonic()
    results, noted = engine.marked(submission, variants)
    return tuple(results), noted, engine.level, round(time.monotonic() - began, 3)
