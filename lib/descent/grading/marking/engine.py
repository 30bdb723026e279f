"""Marks one submission: its cells run in a child, the cases and the reference stay here."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from descent.checks import networks
from descent.checks.catalogue import EXERCISES
from descent.checks.examination import Examination
from descent.checks.exercise import Exercise
from descent.checks.result import Result
from descent.grading.intake import Submission
from descent.grading.marking.session import Session, expected, packed
from descent.grading.sandbox import messages
from descent.grading.sandbox.connection import Child, ChildGoneError, Watch
from descent.grading.sandbox.libraries import NUMPY, TORCH, TORCH_OPTIM
from descent.grading.sandbox.limits import Limits
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
        self.limits = limits or Limits()
        self._source = source(_library(versions))
        self._source.prepare(self.limits)  # it loads its libraries while the cases are drawn
        self.examinations = {v.label: Examination(v, level, seed) for v in versions}
        for examination in self.examinations.values():
            examination.mistaken  # noqa: B018  computed here, once, before threads share it
        self.packed = cache(packed)  # each question once, for all submissions
        self.sandbox = sandbox
        self.level = 0  # of the sandbox, that the last child reached
        self._watch = Watch()

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
        session = Session(self, submission)
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
        """A child that is ready, and watched; where it or its server is ended before it is, another is started.

        Raises StartError, or WeakSandboxError if it is not locked down enough.
        """
        with suppress(StartError):
            return self._started()
        return self._started()

    def _started(self) -> Child:
        try:
            child = self._source.start(self.limits)
        except (OSError, EOFError) as error:
            raise StartError(f"no process for students' code could be started: {error!r}") from None
        self._watch.add(child)
        try:
            child.level = expected(messages.Ready, child.receive()).level
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


def _library(exercises: list[Exercise]) -> str:
    """What students' code may import: of torch the optimisers only where an answer is to use them."""
    needs = {exercise.needs for exercise in exercises}
    return next((library for library in (TORCH_OPTIM, TORCH) if library in needs), NUMPY)


def _timed(session: Session, examination: Examination, left: int) -> Result:
    began = time.monotonic()
    result = session.mark(examination, left)
    return replace(result, seconds=round(time.monotonic() - began, 3))
