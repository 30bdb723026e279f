"""Calls a candidate the same way everywhere: a function in this notebook, or one in a locked-down process.

A call never raises: what went wrong comes back as a `Failure` inside the `Outcome`.
"""

import linecache
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from descent.checks.networks import Network, alive, told

QUESTIONS = 10_000  # so often a candidate may ask a function argument within one call
LARGEST = 10_000_000  # so many numbers a result may hold
LONGEST = 10_000  # so many characters a text in it
DEEPEST = 10  # so deep its lists may be nested
_MESSAGE = 500  # characters of an exception's message that are kept
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


@dataclass(frozen=True)
class Seeded:
    """Stands for a fresh Generator among the arguments: equal seeds, equal draws. It travels as its seed."""

    seed: int


class Candidate(Protocol):
    """Anything that can be called with arguments and answers with an outcome."""

    def call(self, arguments: tuple) -> Outcome:
        """Calls it positionally. Arrays come as prepared; functions may be asked during the call.

        Where a `Seeded` stands, the program gets `np.random.default_rng(seed)`; where a `Network` is among
        the arguments, it gets torch's objects and tensors, and the outcome holds them as plain data again.
        """
        ...


@dataclass(frozen=True)
class LocalCandidate:
    """A function of this process; any other object stands for itself and is its own value."""

    program: Any

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
    if isinstance(value, list | tuple):
        if depth == DEEPEST or len(value) > LARGEST:
            raise NotDataError(
                "Expected numbers, got too many of them, or lists in lists in lists."
            )
        parts = [plain(part, depth + 1) for part in value]
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
    if array.size > LARGEST:
        raise NotDataError(f"Expected fewer numbers, got {array.size}.")
    return np.array(array)[()]  # a buffer may be used again


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
        frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith(_LIBRARY)
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
