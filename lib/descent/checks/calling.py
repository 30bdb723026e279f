"""Calls a candidate the same way everywhere: a function in this notebook, or one in a locked-down process.

A call never raises: what went wrong comes back as a `Failure` inside the `Outcome`.
"""

import linecache
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

QUESTIONS = 10_000  # so often a candidate may ask a function argument within one call
_LIBRARY = str(Path(__file__).resolve().parents[1])


@dataclass(frozen=True)
class Failure:
    """Why a call gave no value.

    kind: "exception", "signature" (wrong number of arguments), "interrupted", "timeout", "crash", or
    "refused" (what came back is not data). error: the exception's type. line, line_number: the
    candidate's own last line on the way to the exception, where it is known.
    """

    kind: str
    error: str = ""
    message: str = ""
    line: str = ""
    line_number: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one call came to.

    value: what was returned. failure: why nothing was. arguments: the arguments as the call left them.
    wrote: whether it wrote into an argument. asked: for each function argument the calls made to it.
    """

    value: Any = None
    failure: Failure | None = None
    arguments: tuple = ()
    wrote: bool = False
    asked: tuple[list[tuple], ...] = ()


class Candidate(Protocol):
    """Anything that can be called with arguments and answers with an outcome."""

    def call(self, arguments: tuple) -> Outcome:
        """Calls it positionally. Arrays come as prepared; functions may be asked during the call."""
        ...


@dataclass(frozen=True)
class LocalCandidate:
    """A function of this process; any other object stands for itself and is its own value."""

    program: Any

    def call(self, arguments: tuple) -> Outcome:
        """The outcome of `program(*arguments)`."""
        if not callable(self.program):
            return Outcome(value=self.program)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return Outcome(value=self.program(*arguments), arguments=arguments)
        except KeyboardInterrupt:
            return Outcome(failure=Failure("interrupted"), arguments=arguments)
        except (Exception, SystemExit) as error:
            return Outcome(failure=failure_of(error), arguments=arguments)


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception stands for, with the candidate's own last line."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_LIBRARY)
    ]
    # A call that never reached the candidate's code was refused for its arguments.
    kind = "signature" if isinstance(error, TypeError) and not frames else "exception"
    last = frames[-1] if frames else None
    return Failure(
        kind=kind,
        error=type(error).__name__,
        message=str(error),
        line=linecache.getline(last.filename, last.lineno or 0).strip() if last else "",
        line_number=(last.lineno or 0) if last else 0,
    )


@dataclass
class Recorder:
    """A function argument that notes what it was asked, and does not let itself be asked for ever."""

    function: Callable[..., Any]
    calls: list[tuple] = field(default_factory=list)

    def __call__(self, *arguments: Any) -> Any:
        """The function's answer."""
        if len(self.calls) >= QUESTIONS:
            raise RuntimeError(f"the function was asked {QUESTIONS} times: does the loop ever end?")
        # A caller may reuse one buffer for all its questions: keep a copy.
        self.calls.append(tuple(np.array(a) for a in arguments))
        return self.function(*arguments)


def prepared(argument: Any, *, writable: bool) -> Any:
    """A fresh copy of an argument: arrays read-only unless `writable`, functions recorded."""
    if isinstance(argument, np.ndarray):
        copy = argument.copy()
        copy.flags.writeable = writable
        return copy
    if isinstance(argument, list | tuple):
        return type(argument)(prepared(part, writable=writable) for part in argument)
    return Recorder(argument) if callable(argument) else argument


def unchanged(before: Any, after: Any) -> bool:
    """Whether an argument is to the bit what it was."""
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and before.tobytes() == after.tobytes()
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return True


def attempt(candidate: Candidate, arguments: tuple) -> Outcome:
    """Calls the candidate with read-only arrays; one that writes is noted, and called again with writable ones."""
    given = prepared(arguments, writable=False)
    outcome = candidate.call(given)
    wrote = outcome.failure is not None and "read-only" in outcome.failure.message
    if wrote:
        given = prepared(arguments, writable=True)
        outcome = candidate.call(given)
    changed = not all(map(unchanged, arguments, outcome.arguments))
    asked = tuple(part.calls for part in given if isinstance(part, Recorder))
    return replace(outcome, wrote=wrote or changed, asked=asked)
