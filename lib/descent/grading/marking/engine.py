"""Marks one submission: its cells run in a child, the cases and the reference stay here."""

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from descent.checks import networks
from descent.checks.advice import raised
from descent.checks.calling import Failure, NotDataError, Outcome, Question, prepared
from descent.checks.catalogue import EXERCISES
from descent.checks.examination import Examination
from descent.checks.functions import Recorder
from descent.checks.notebook import missing
from descent.checks.result import Result
from descent.grading.intake import Submission
from descent.grading.sandbox import wire
from descent.grading.sandbox.connection import Child, ChildGoneError, Watch
from descent.grading.sandbox.libraries import NUMPY, TORCH, TORCH_OPTIM
from descent.grading.sandbox.limits import PATIENCE, Limits
from descent.grading.sandbox.processes import source


class WeakSandboxError(Exception):
    """The machine's sandbox does not reach the level that was asked for."""


class StartError(Exception):
    """No child could be started; that is never a submission's doing."""


class Engine:
    """Marks submissions; any number of threads may share one.

    exercises: their names. level, seed: which cases are tried. sandbox: the least level accepted.
    varied: whether submissions may be to variants of them.
    """

    def __init__(
        self,
        exercises: list[str],
        *,
        level: str,
        seed: str,
        limits: Limits | None = None,
        sandbox: int = 0,
        varied: bool = False,
    ) -> None:
        if any(EXERCISES[name].needs for name in exercises):
            networks.torch().set_num_threads(1)  # as in the children; jobs share the processors
        self._exercises = [EXERCISES[name] for name in exercises]
        versions = [v for e in self._exercises for v in (e.family if varied else (e,))]
        self.examinations = {v.label: Examination(v, level, seed) for v in versions}
        for examination in self.examinations.values():
            examination.mistaken  # noqa: B018  computed here, once, before threads share it
        self.packed = cache(_packed)  # each question once, for all submissions
        self.limits = limits or Limits()
        self.sandbox = sandbox
        self.level = 0  # of the sandbox, that the last child reached
        self._source, self._watch = source(_library(list(self.examinations.values()))), Watch()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all its processes."""
        self._source.close()
        self._watch.close()

    def mark(
        self, submission: Submission, variants: Mapping[str, str] = MappingProxyType({})
    ) -> list[Result]:
        """A result for each exercise, as of `marked`."""
        return self.marked(submission, variants)[0]

    def marked(
        self, submission: Submission, variants: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[list[Result], tuple[str, ...]]:
        """A result for each exercise, and what the sandbox noticed: for the instructor to look at.

        Raises as `start` does, and nothing that is the submission's doing. variants: those that are asked
        for, by the exercise's name.
        """
        labels = [e.varied(variants.get(e.name, "")).label for e in self._exercises]
        asked = [self.examinations[label] for label in labels]
        session = _Session(self, submission)
        try:
            results = [
                replace(_timed(session, e, len(asked) - done), variant=e.exercise.variant)
                for done, e in enumerate(asked)
            ]
        finally:
            session.close()
        return results, session.noted

    def sandbox_level(self) -> int:
        """The level that a child reaches here."""
        with self.child() as child:
            return child.level

    def start(self) -> Child:
        """A child that is ready, and watched. Raises StartError, or WeakSandboxError if it is not locked down enough."""
        try:
            child = self._source.start(self.limits)
        except (OSError, EOFError) as error:
            raise StartError(f"no process for students' code could be started: {error!r}") from None
        self._watch.add(child)
        try:
            child.level = _expect(wire.Ready, child.receive()).level
        except ChildGoneError as gone:
            self.stop(child)
            raise StartError(
                f"no process for students' code could be started: {gone.failure.message}"
            ) from None
        self.level = child.level
        if child.level < self.sandbox:
            self.stop(child)
            raise WeakSandboxError(
                f"the sandbox reaches level {child.level} here, level {self.sandbox} is required"
            )
        return child

    def stop(self, child: Child) -> None:
        """Ends a child."""
        self._watch.remove(child)
        child.close()

    @contextmanager
    def child(self) -> Iterator[Child]:
        """A child for as long as the block runs."""
        child = self.start()
        try:
            yield child
        finally:
            self.stop(child)


def _library(examinations: list[Examination]) -> str:
    """What students' code may import: of torch the optimisers only where an answer is to use them."""
    needs = {examination.exercise.needs for examination in examinations}
    return next((library for library in (TORCH_OPTIM, TORCH) if library in needs), NUMPY)


def _timed(session: "_Session", examination: Examination, left: int) -> Result:
    began = time.monotonic()
    result = session.mark(examination, left)
    return replace(result, seconds=round(time.monotonic() - began, 3))


class _Session:
    """One submission's way through its children: where one dies, a fresh one takes up what still runs."""

    def __init__(self, engine: Engine, submission: Submission) -> None:
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
        if self._child and self._child.clock.has_threads():
            self.close()  # what another question has left running would take this one's time
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
        arguments: tuple = ()
        try:
            child = self._revive()
            self._give_time(child, self._until)
            packed = [self._engine.packed(question, writable) for question in questions]
            head = wire.frame(wire.Calls(name, len(packed)))
            child.write(b"".join([head, *(one.frame for one in packed)]))
            for question, one in zip(questions, packed, strict=True):
                arguments = question.arguments
                self._give_time(child, self._until)
                yield self._outcome(child, arguments, one)
        except ChildGoneError as gone:
            self._ended[f"{name} was ended: {gone.failure.message}"] = None
            self.close()
            yield Outcome(failure=gone.failure, arguments=arguments)

    def _outcome(self, child: Child, arguments: tuple, packed: "_Packed") -> Outcome:
        """What one call came to; functions are answered on the way."""
        functions = [Recorder(function) for function in packed.functions]
        while isinstance(message := child.receive(functions.__getitem__), wire.Ask):
            answer = _answer(functions, message)
            try:
                child.send(answer)
            except NotDataError as error:
                child.send(wire.Decline("ValueError", str(error)))
        if not isinstance(message, wire.Returned | wire.Failed):
            raise ChildGoneError(_not_an_answer())
        left = arguments if message.echo == packed.echo else _left(arguments, message.echo)
        asked = tuple(function.calls for function in functions)
        if isinstance(message, wire.Failed):
            failure = self._engine.limits.explained(message.failure, child.level)
            return Outcome(failure=failure, arguments=left, asked=asked)
        return Outcome(message.value, arguments=left, asked=asked)

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
        """What the sandbox noticed."""
        return (*self._reached, *self._ended)

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
                    self._child.send(wire.List())
                    self._names = _expect(wire.Listed, self._child.receive()).names
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
                child.send(wire.Run(cell.name, cell.source))
                ran = _expect(wire.Ran, child.receive())
            except ChildGoneError as gone:
                self._deadly[cell.name] = gone.failure
                self._ended[f"{cell.name} was ended: {gone.failure.message}"] = None
                return False
            if ran.failure:
                self._broken[cell.name] = self._engine.limits.explained(ran.failure, child.level)
        return True


class _Remote:
    """A candidate that lives in a child."""

    def __init__(self, session: _Session, name: str) -> None:
        self._session, self._name = session, name

    def calls(self, questions: Sequence[Question], *, writable: bool) -> Iterator[Outcome]:
        """The outcome of each call."""
        return self._session.calls(self._name, questions, writable)


@dataclass(frozen=True)
class _Packed:
    """A question as it travels. echo: what comes back with the answer where nothing was changed."""

    frame: bytes
    echo: bytes
    functions: tuple[Callable, ...]


def _packed(question: Question, writable: bool) -> _Packed:
    arguments = prepared(question.arguments, writable=writable)
    functions: list[Recorder] = []
    frame = wire.frame(wire.Call(arguments), functions)
    return _Packed(frame, wire.echo(arguments), tuple(one.function for one in functions))


def _answer(functions: Sequence[Callable], question: wire.Ask) -> Any:
    """What a function argument says, or that it raised."""
    try:
        arguments = question.arguments
        return wire.Answer(functions[question.function](*arguments))
    except Exception as error:
        return wire.Decline(type(error).__name__, str(error)[: wire.TEXT_LIMIT])


def _expect(kind: type, message: Any) -> Any:
    if not isinstance(message, kind):
        raise ChildGoneError(_not_an_answer())
    return message


def _not_an_answer() -> Failure:
    return Failure("crash", message="What your code's process sent was no answer.")


def _left(sent: tuple, echo: bytes) -> tuple:
    """The arguments as the call left them; what does not fit counts as unchanged."""
    try:
        message = wire.receive(io.BytesIO(echo)) if echo else None
    except (wire.WireError, EOFError):
        raise ChildGoneError(_not_an_answer()) from None
    left = message.arguments if isinstance(message, wire.Left) else ()
    if not (isinstance(left, tuple) and len(left) == len(sent)):
        return sent
    pairs = zip(sent, left, strict=True)
    return tuple(was if callable(was) else now for was, now in pairs)
