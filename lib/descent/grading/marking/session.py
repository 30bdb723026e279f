"""One submission's way through its children, and how questions travel to them."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from descent.checks.advice import raised
from descent.checks.calling import (
    LARGEST,
    PARTS,
    Failure,
    NotDataError,
    Outcome,
    Question,
    parts_of,
    prepared,
)
from descent.checks.examination import Examination
from descent.checks.functions import Recorder
from descent.checks.notebook import missing
from descent.checks.result import Result
from descent.grading.intake import Submission
from descent.grading.sandbox import echo, messages, noticing, wire
from descent.grading.sandbox.connection import Child, ChildGoneError
from descent.grading.sandbox.limits import PATIENCE

if TYPE_CHECKING:
    from descent.grading.marking.engine import Engine

_NAMES = 1_000  # names of a child that are looked through
_TOO_MANY_PARTS = Failure(
    "crash", message="What your code returned came to millions of parts in all: return arrays."
)


class Session:
    """One submission's way through its children: where one dies, a fresh one takes up what still runs."""

    def __init__(self, engine: "Engine", submission: Submission) -> None:
        self._engine, self._submission = engine, submission
        self._child: Child | None = None
        self._spent = 0.0  # seconds of processor time, of children that are gone
        seconds = engine.limits.submission
        self._end = self._until = seconds, time.monotonic() + PATIENCE * seconds
        self._reached: dict[str, None] = {}  # what its code reached for, in its order
        self._ended: dict[str, None] = {}  # what had to be ended, and why
        self._names: list[str] = []
        self._broken: dict[str, Failure] = {}  # cells that raised, by name
        self._deadly: dict[str, Failure] = {}  # cells that hung or crashed: not run again

    def mark(self, examination: Examination, left: int = 1) -> Result:
        """The result of one exercise, which may use its share of the time: there are `left` to mark."""
        name = examination.exercise.name
        if self._child and (self._child.clock.has_threads() or self._child.over()):
            self.close()  # what another question has left behind is none of this one's doing
        try:
            self._revive()
        except ChildGoneError as gone:
            return self._unheard(examination, gone.failure)
        (used, most), (now, end) = zip(self._now(), self._end, strict=True)
        if used >= most or now >= end:
            return self._unheard(examination, self._engine.limits.used_up)
        self._until = used + (most - used) / left, now + (end - now) / left
        if name in self._names:
            return examination.mark(_Remote(self, name))
        cell = self._submission.defines(name)
        failures = self._broken | self._deadly
        failure = failures.get(cell.name) if cell else None
        if failure and failure.error == "NotImplementedError":
            points, said = examination.exercise.points, "There is no answer here yet."
            return Result(name, "not attempted", points, message=said)
        if failure is None:
            return missing(name, self._names, otherwise=" in your notebook.")
        return self._unheard(examination, failure)

    def _unheard(self, examination: Examination, failure: Failure) -> Result:
        exercise = examination.exercise
        said = raised(failure) if failure.error else failure.message
        return Result(
            exercise.name,
            "failed",
            exercise.points,
            message=f"The cell with your answer could not be run. {said}",
        )

    def calls(self, name: str, questions: Sequence[Question], writable: bool) -> Iterator[Outcome]:
        """The outcome of each call, as it comes; a call that ends the child is the last. Never raises."""
        arguments, parts = (), 0
        try:
            child = self._revive()
            self._give_time(child, self._until)
            packed = [self._engine.packed(question, writable) for question in questions]
            head = wire.frame(messages.Calls(name, len(packed)))
            child.write(b"".join([head, *(one.frame for one in packed)]))
            for question, one in zip(questions, packed, strict=True):
                arguments = question.arguments
                self._give_time(child, self._until)
                outcome, more = self._outcome(child, arguments, one)
                parts += more
                if parts > PARTS:
                    raise ChildGoneError(_TOO_MANY_PARTS)
                yield outcome
        except ChildGoneError as gone:
            self._ended[f"{name} was ended: {gone.failure.message}"] = None
            self.close()
            yield Outcome(failure=gone.failure, arguments=arguments)

    def _outcome(self, child: Child, arguments: tuple, packed: "Packed") -> tuple[Outcome, int]:
        """What one call came to, and of how many parts that is; functions are answered on the way."""
        functions = [Recorder(function) for function in packed.functions]
        while isinstance(message := child.receive(functions.__getitem__), messages.Ask):
            answer = _answer(functions, message)
            try:
                child.send(answer)
            except NotDataError as error:
                child.send(messages.Decline("ValueError", str(error)))
        if not isinstance(message, messages.Returned | messages.Failed):
            raise ChildGoneError(_not_an_answer())
        try:
            same = message.echo == packed.echo
            left = arguments if same else echo.left(arguments, message.echo)
        except wire.WireError:
            raise ChildGoneError(_not_an_answer()) from None
        value = message.value if isinstance(message, messages.Returned) else None
        (parts, room), (parts_left, room_left) = parts_of(value), parts_of(left)
        if max(room, room_left) > LARGEST:
            raise ChildGoneError(_not_an_answer())
        parts += parts_left
        asked = tuple(function.calls for function in functions)
        if isinstance(message, messages.Failed):
            failure = self._engine.limits.explained(message.failure, child.level)
            return Outcome(failure=failure, arguments=left, asked=asked), parts
        return Outcome(value, arguments=left, asked=asked), parts

    def close(self) -> None:
        """Ends the child, if there is one."""
        if self._child:
            self._spent += self._child.clock.used()
            self._reached |= self._child.noted
            self._engine.stop(self._child)
            self._child = None

    def _now(self) -> tuple[float, float]:
        """The seconds of processor time that the submission has used, and those of the clock on the wall."""
        used = self._child.clock.used() if self._child else 0.0
        return self._spent + used, time.monotonic()

    @property
    def noted(self) -> tuple[str, ...]:
        """What the sandbox noticed: not more than a page can show, however many children there were."""
        return (*list(self._reached)[: noticing.MOST], *list(self._ended)[: noticing.MOST])

    def _give_time(self, child: Child, until: tuple[float, float]) -> None:
        """Lets the child work for one call or cell. until: what the clocks of `_now` may come to."""
        child.allow(self._engine.limits.call, until[0] - self._spent, until[1])

    def _revive(self) -> Child:
        """The child, with all cells run that can be."""
        while self._child is None:
            if any(now >= end for now, end in zip(self._now(), self._end, strict=True)):
                raise ChildGoneError(self._engine.limits.used_up)
            self._child = self._engine.start()
            self._spent -= self._child.clock.used()  # its start is none of the submission's doing
            try:
                if self._run_cells(self._child):
                    self._child.send(messages.List())
                    listed = expected(messages.Listed, self._child.receive())
                    self._names = listed.names[:_NAMES]
                else:
                    self.close()
            except ChildGoneError:
                self.close()
                raise
        return self._child

    def _run_cells(self, child: Child) -> bool:
        """Runs the cells; False if one of them ended the child."""
        for cell in self._submission.cells:
            if cell.name in self._deadly:
                continue
            self._give_time(child, self._end)
            try:
                child.send(messages.Run(cell.name, cell.source))
                ran = expected(messages.Ran, child.receive())
                if over := child.over():
                    raise ChildGoneError(over)
            except ChildGoneError as gone:
                self._deadly[cell.name] = gone.failure
                self._ended[f"{cell.name} was ended: {gone.failure.message}"] = None
                return False
            if ran.failure:
                self._broken[cell.name] = self._engine.limits.explained(ran.failure, child.level)
        return True


class _Remote:
    """A candidate that lives in a child."""

    def __init__(self, session: Session, name: str) -> None:
        self._session, self._name = session, name

    def calls(self, questions: Sequence[Question], *, writable: bool) -> Iterator[Outcome]:
        """The outcome of each call."""
        return self._session.calls(self._name, questions, writable)


@dataclass(frozen=True)
class Packed:
    """A question as it travels. echo: what comes back with the answer where nothing was changed."""

    frame: bytes
    echo: bytes
    functions: tuple[Callable, ...]


def packed(question: Question, writable: bool) -> Packed:
    """The question, packed once for all submissions. Raises as `wire.frame` does."""
    arguments = prepared(question.arguments, writable=writable)
    functions: list[Recorder] = []
    frame = wire.frame(messages.Call(arguments), functions)
    return Packed(frame, echo.of(arguments), tuple(one.function for one in functions))


def _answer(functions: Sequence[Callable], question: messages.Ask) -> Any:
    """What a function argument says, or that it raised."""
    try:
        arguments = question.arguments
        return messages.Answer(functions[question.function](*arguments))
    except Exception as error:
        return messages.Decline(type(error).__name__, str(error)[: wire.TEXT_LIMIT])


def expected(kind: type, message: Any) -> Any:
    """The message, if it is of that kind; else ChildGoneError."""
    if not isinstance(message, kind):
        raise ChildGoneError(_not_an_answer())
    return message


def _not_an_answer() -> Failure:
    return Failure("crash", message="What your code's process sent was no answer.")
