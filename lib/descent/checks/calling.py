"""Calls a candidate the same way everywhere: a function in this notebook, or one in a locked-down process.

A call never raises: what went wrong comes back as a `Failure` inside the `Outcome`.
"""

import linecache
import math
import sysconfig
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from descent.checks.functions import Formula, Recorder
from descent.checks.networks import Network, alive, told

LARGEST = 300_000  # so many numbers a result may hold, or rows without any
PARTS = 3_000_000  # so many parts the lists may have that an exercise's calls return
LONGEST = 10_000  # so many characters a text in it
DEEPEST = 10  # so deep its lists may be nested
_FATAL = ("timeout", "crash", "interrupted")
_MESSAGE = 500  # characters of an exception's message that are kept
# Files that are nobody's answer: this package, Python's own, and what is installed.
_LIBRARIES = (
    str(Path(__file__).resolve().parents[1]),
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    "<frozen",
)


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

    @property
    def fatal(self) -> bool:
        """Whether it ended what was called, so that nothing more can be asked of it."""
        return self.failure is not None and self.failure.kind in _FATAL


@dataclass(frozen=True)
class Seeded:
    """Stands for a fresh Generator among the arguments: equal seeds, equal draws. It travels as its seed."""

    seed: int


@dataclass(frozen=True, eq=False)
class Question:
    """The arguments of one call, which any number of candidates are asked: nobody may change them.

    It is equal to nothing but itself, so that what is made of it once can be kept beside it.
    """

    arguments: tuple


class Candidate(Protocol):
    """Anything that can be called with arguments and answers with an outcome."""

    def calls(self, questions: Sequence[Question], *, writable: bool) -> Iterator[Outcome]:
        """Calls it positionally with the arguments of each question, as `prepared`; functions may be asked.

        Where a `Seeded` stands, the program gets `np.random.default_rng(seed)`; where a `Network` is among
        the arguments, it gets torch's objects and tensors, and the outcome holds them as plain data again.
        """
        ...


@dataclass(frozen=True)
class LocalCandidate:
    """A function of this process; any other object stands for itself and is its own value."""

    program: Any

    def calls(self, questions: Sequence[Question], *, writable: bool) -> Iterator[Outcome]:
        """The outcome of each call, as it is asked for."""
        for question in questions:
            own = prepared(question.arguments, writable=writable)
            outcome = self.call(own)
            asked = tuple(part.calls for part in own if isinstance(part, Recorder))
            yield replace(outcome, asked=asked) if asked else outcome

    def call(self, arguments: tuple) -> Outcome:
        """The outcome of `program(*arguments)`, its value as plain data."""
        try:
            with quiet():
                given = alive(arguments)
                value = self._value(given)
                arguments = told(arguments, given)
        except NotDataError as error:
            failure = Failure("refused", message=str(error))
        except KeyboardInterrupt:
            failure = Failure("interrupted")
        except BaseException as error:  # whatever a program raises is its own failure
            failure = failure_of(error)
        else:
            return Outcome(value=value, arguments=arguments)
        return Outcome(failure=failure, arguments=arguments)

    def _value(self, arguments: tuple) -> Any:
        if not callable(self.program):
            if arguments and self.program is not ...:
                raise NotDataError(f"It is no function, but {kind(self.program)}.")
            return plain(self.program)
        given = (
            np.random.default_rng(part.seed) if isinstance(part, Seeded) else part
            for part in arguments
        )
        return plain(self.program(*given))


class NotDataError(TypeError):
    """What came back is not data; the text says so to the student."""


@contextmanager
def quiet() -> Iterator[None]:
    """No warning is shown or raised: stock nbgrader pays nothing where there is text on stderr."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def plain(value: Any, depth: int = 0) -> Any:
    """A returned value as plain data of its own: None, Ellipsis, numbers, texts, arrays, lists and tuples of them.

    Tensors and whatever else is like an array become arrays. Raises NotDataError for anything else, and what
    the value's own methods raise.
    """
    if isinstance(value, str) and len(value) > LONGEST:
        raise NotDataError(f"Expected numbers, got a text of {len(value)} characters.")
    if value is None or value is ... or type(value) in (bool, int, float, complex, str):
        return value
    if depth > DEEPEST or (isinstance(value, list | tuple) and len(value) > LARGEST):
        raise NotDataError("Expected numbers, got too many of them, or lists in lists in lists.")
    if isinstance(value, list | tuple):
        parts = [plain(part, depth + 1) for part in value]
        if depth == 0 and parts_of(parts)[1] > LARGEST:
            raise NotDataError("Expected numbers, got long texts among very many of them.")
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, Iterator):
        raise NotDataError(f"Expected numbers, got {kind(value)}: collect what it gives in a list.")
    detach = getattr(value, "detach", None)  # a tensor
    if detach is not None or isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value) if detach is None else detach().cpu().numpy()
        if array.dtype == object:
            return plain(array.tolist(), depth + 1)
    else:
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise NotDataError(f"Expected numbers, got {kind(value)}.") from None
    if array.dtype.kind not in "biufc":
        raise NotDataError(f"Expected numbers, got an array of {array.dtype}.")
    if extent(array.shape) > LARGEST:
        raise NotDataError(f"Expected fewer numbers, got an array of shape {array.shape}.")
    return np.array(array)[()]  # a buffer may be used again


def parts_of(value: Any) -> tuple[int, int]:
    """How many parts it has, lists among them, and the characters that an array of it takes where texts are in it.

    There each member takes as many as the longest text.
    """
    waiting, lists, members, longest = [value], 0, 0, 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, list | tuple):
            waiting.extend(part)
            lists += 1
        else:
            members += 1
            longest = max(longest, len(part)) if isinstance(part, str) else longest
    return lists + members, members * longest


def extent(shape: Sequence[int]) -> int:
    """What it takes to go through an array: so many numbers, or rows where these hold none."""
    return math.prod(length or 1 for length in shape)


def kind(value: Any) -> str:
    """What it is, with an article."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    name = type(value).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception stands for, with the candidate's own last line."""
    trace = error.__traceback__
    frames = [
        frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith(_LIBRARIES)
    ]
    last = frames[-1] if frames else None
    try:
        message = str(error)[:_MESSAGE]
    except Exception:
        message = "its own message cannot be read"
    return Failure(
        kind="signature" if isinstance(error, TypeError) and _at_the_call(trace) else "exception",
        error=type(error).__name__,
        message=message,
        line=linecache.getline(last.filename, last.lineno or 0).strip() if last else "",
        line_number=(last.lineno or 0) if last else 0,
    )


def _at_the_call(trace: TracebackType | None) -> bool:
    """Whether it was raised by `_value`, which calls the program, and not within the program."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    return bool(trace) and trace.tb_frame.f_code is LocalCandidate._value.__code__


def prepared(argument: Any, *, writable: bool) -> Any:
    """A fresh copy of an argument: arrays read-only unless `writable`, functions recorded."""
    if isinstance(argument, np.ndarray):
        copy = argument.copy()
        copy.flags.writeable = writable
        return copy
    if isinstance(argument, list | tuple):
        return type(argument)(prepared(part, writable=writable) for part in argument)
    if isinstance(argument, Formula):
        return replace(argument, asked=0)
    return Recorder(argument) if callable(argument) else argument


def unchanged(before: Any, after: Any) -> bool:
    """Whether an argument is to the bit what it was, or one that is there to be changed."""
    if callable(before) or isinstance(before, Network):
        return True
    if type(before) is not type(after):
        return False
    if isinstance(before, np.ndarray):
        form = (before.shape, before.dtype)
        return form == (after.shape, after.dtype) and before.tobytes() == after.tobytes()
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return before is after or before == after


def attempts(candidate: Candidate, questions: Sequence[Question]) -> list[Outcome]:
    """The outcome of each call, in order, up to the first after which nothing can be asked any more.

    Arrays are read-only; a program that writes is noted, and called again with writable ones.
    """
    outcomes = _called(candidate, questions, writable=False)
    writing = [n for n, o in enumerate(outcomes) if o.failure and "read-only" in o.failure.message]
    again = _called(candidate, [questions[n] for n in writing], writable=True)
    for n, outcome in zip(writing, again, strict=False):
        outcomes[n] = replace(outcome, wrote=True)
        if outcome.fatal:
            return outcomes[: n + 1]
    return outcomes


def _called(
    candidate: Candidate, questions: Sequence[Question], *, writable: bool
) -> list[Outcome]:
    outcomes = []
    answers = candidate.calls(questions, writable=writable)
    for question, outcome in zip(questions, answers, strict=False):
        before, after = question.arguments, outcome.arguments
        changed = after is not before and not all(map(unchanged, before, after))
        outcomes.append(replace(outcome, wrote=True) if changed else outcome)
        if outcome.fatal:
            break
    return outcomes
