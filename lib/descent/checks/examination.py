"""Examines candidates: the cases of one exercise under one seed, and the marks they give."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from descent.checks.advice import raised
from descent.checks.calling import (
    Candidate,
    Failure,
    LocalCandidate,
    Outcome,
    Question,
    attempts,
    kind,
    quiet,
)
from descent.checks.comparing import EXACT, NAMED, Yardstick, fingerprint, same
from descent.checks.exercise import Exercise, Judge, Probe, UnreadableError, Wrong
from descent.checks.result import Result, Test

LEVELS = {"public": 1, "hidden": 5}  # how many times a probe's draws are made
LONGEST = 1_000  # characters of a sentence, which may quote what came back
UNTOUCHED = "the arguments are left as they were"


class BrokenExerciseError(Exception):
    """An exercise's own reference fails where a value is expected, or the other way about."""


@dataclass(frozen=True)
class Drawn:
    """The arguments of one call, or a list of them for several, and a question for each call."""

    probe: Probe
    arguments: tuple | list[tuple]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Case(Drawn):
    """What was drawn, what the reference makes of it, and the yardstick of that value."""

    expected: Outcome
    yardstick: Yardstick


class Examination:
    """All cases of an exercise at one level, drawn from `seed`; one examination serves any number of candidates.

    level: "public" or "hidden". seed: any text; the same seed gives the same cases on every machine.
    Raises BrokenExerciseError where the reference fails: what fails alike would count as right.
    """

    def __init__(self, exercise: Exercise, level: str = "public", seed: str = "") -> None:
        digest = hashlib.sha256(f"{exercise.name}|{level}|{seed}".encode()).digest()
        rng = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
        self.exercise = exercise
        drawn = [
            _drawn(probe, probe.draw(rng))
            for probe in exercise.probes
            for _ in range(probe.draws * LEVELS[level])
        ]
        expected = outcomes(LocalCandidate(exercise.reference), drawn)
        for one, right in zip(drawn, expected, strict=True):
            failed = (right.failure.error or right.failure.kind) if right.failure else ""
            if failed != one.probe.raises:
                raise BrokenExerciseError(
                    f"{exercise.label}: on {one.probe.name!r} its reference comes to {right.failure or 'a value'}"
                )
        self.cases = [
            Case(
                one.probe,
                one.arguments,
                one.questions,
                right,
                Yardstick(exercise, one.arguments, right.value),
            )
            for one, right in zip(drawn, expected, strict=True)
        ]

    @cached_property
    def mistaken(self) -> list[tuple[Wrong, list[Outcome]]]:
        """What each wrong version makes of the cases."""
        return [
            (wrong, outcomes(LocalCandidate(wrong.program), self.cases))
            for wrong in self.exercise.wrong
        ]

    def mark(self, candidate: Candidate) -> Result:
        """The result of one candidate. Never raises."""
        with quiet():
            return self._mark(candidate)

    def _mark(self, candidate: Candidate) -> Result:
        tried = outcomes(candidate, self.cases[:1])  # alone: a blank answer is asked no more
        if _blank(tried[0], self.cases[0].arguments):
            return self._result("not attempted", (), message="There is no answer here yet.")
        if not tried[0].fatal:
            tried += outcomes(candidate, self.cases[1:])
        verdicts = self._verdicts(tried)
        tests = self._tests(verdicts, tried)
        if all(test.passed for test in tests):
            return self._result("passed", tests, message="Everything is right.")
        named = self._diagnose(tried, verdicts)
        first = next((verdict for verdict in verdicts if verdict), tests[0].message)
        if named:
            return self._result(
                "failed",
                tests,
                message=named.sentence,
                detail=named.because,
                diagnosis=named.name,
                section=named.section,
            )
        message = first or "Your function writes into its arguments: work on a copy."
        section, digest = self.exercise.section, fingerprint(tried)
        return self._result("failed", tests, message=message, section=section, outcome=digest)

    def _verdicts(self, outcomes: list[Outcome]) -> list[str]:
        """What is wrong with each case. A probe's first wrong value decides: its others are passed over."""
        verdicts, decided = [], None
        for case, outcome in zip(self.cases, outcomes, strict=False):
            passed_over = case.probe is decided and not outcome.failure
            verdict = "" if passed_over else self._verdict(case, outcome)[:LONGEST]
            decided = case.probe if verdict else decided
            verdicts.append(verdict)
        return verdicts

    def _verdict(self, case: Case, outcome: Outcome) -> str:
        """The empty string if the case is right, otherwise what is wrong with it."""
        expected = case.expected.failure
        if outcome.failure:
            raised_as_wanted = expected and expected.error == outcome.failure.error
            return "" if raised_as_wanted else _explain(outcome.failure, self.exercise)
        if expected:
            return f"Expected {expected.error} ({expected.message}), got a value."
        if case.probe.judge and outcome.value is not None:
            return _judged(case.probe.judge, case.arguments, outcome.value)
        return case.yardstick.difference(outcome.value) or ""

    def _tests(self, verdicts: list[str], outcomes: list[Outcome]) -> tuple[Test, ...]:
        """One test for each probe, and one for the arguments; the first must pass for the others to earn."""
        tests: list[Test] = []
        for probe in self.exercise.probes:
            own = [case.probe is probe for case in self.cases]
            said = [v for v, mine in zip(verdicts, own, strict=False) if mine]
            missing = len(said) < sum(own)  # the run ended before
            message = next((v for v in said if v), verdicts[-1] if missing else "")
            message = message or ("" if tests else self._shown_of_the_first(outcomes))
            tests.append(_test(probe.name, probe.points, not message, message, tests))
        if self.exercise.untouched:
            wrote = any(outcome.wrote for outcome in outcomes)
            message = "Your function writes into its arguments." if wrote else ""
            tests.append(_test(UNTOUCHED, self.exercise.untouched, not wrote, message, tests))
        return tuple(tests)

    def _shown_of_the_first(self, outcomes: list[Outcome]) -> str:
        """What cases of other probes show to be wrong with the first one's."""
        said = (
            _judged(case.probe.first, case.arguments, outcome.value)
            for case, outcome in zip(self.cases, outcomes, strict=False)
            if case.probe.first and not outcome.failure and not _nothing(outcome.value)
        )
        return next(filter(None, said), "")

    def _diagnose(self, outcomes: list[Outcome], verdicts: list[str]) -> Wrong | None:
        """The wrong version whose outcomes these are, on every case that was tried."""
        for wrong, theirs in self.mistaken:
            if all(
                mine.wrote == other.wrote
                and same(self.exercise, case.arguments, other, mine, NAMED)
                for case, mine, other in zip(self.cases, outcomes, theirs, strict=False)
            ) and any(
                mine.wrote != case.expected.wrote
                or verdict
                or not (
                    mine.failure or same(self.exercise, case.arguments, case.expected, mine, EXACT)
                )
                for case, mine, verdict in zip(self.cases, outcomes, verdicts, strict=False)
            ):
                return wrong
        return None

    def _result(self, state: str, tests: tuple[Test, ...], **said: Any) -> Result:
        exercise = self.exercise
        return Result(
            exercise.name, state, exercise.points, tests, variant=exercise.variant, **said
        )


def _drawn(probe: Probe, arguments: tuple | list[tuple]) -> Drawn:
    calls = arguments if isinstance(arguments, list) else [arguments]
    return Drawn(probe, arguments, tuple(map(Question, calls)))


def outcomes(candidate: Candidate, cases: Sequence[Drawn]) -> list[Outcome]:
    """The outcome of each case, up to one that ends the candidate."""
    questions = [question for case in cases for question in case.questions]
    tried, found = iter(attempts(candidate, questions)), []
    for case in cases:
        own = list(islice(tried, len(case.questions)))
        if not own:
            break
        outcome = _joined(own) if isinstance(case.arguments, list) else own[0]
        found.append(_observed(case.probe, case.arguments, outcome))
    return found


def _joined(several: list[Outcome]) -> Outcome:
    """Several calls as one; or the first of them that gives nothing."""
    for outcome in several:
        if outcome.failure or _nothing(outcome.value):
            return outcome
    return Outcome(
        value=tuple(outcome.value for outcome in several),
        arguments=tuple(outcome.arguments for outcome in several),
        wrote=any(outcome.wrote for outcome in several),
        asked=tuple(calls for outcome in several for calls in outcome.asked),
    )


def _observed(probe: Probe, arguments: tuple | list[tuple], outcome: Outcome) -> Outcome:
    """The outcome with the observed facts for its value where the probe observes."""
    if probe.observe is None or outcome.failure or _nothing(outcome.value):
        return outcome
    try:
        return replace(outcome, value=probe.observe(arguments, outcome))
    except UnreadableError as error:
        failure = Failure("refused", message=str(error))
    except Exception:  # the value is data, but not of the kind that can be observed
        failure = Failure(
            "refused", message=f"Expected another kind of result, got {kind(outcome.value)}."
        )
    return replace(outcome, failure=failure)


def _judged(judge: Judge, arguments: tuple | list[tuple], value: Any) -> str:
    try:
        return judge(arguments, value) or ""
    except Exception:  # the value is data, but not of the kind that can be judged
        return f"Expected another kind of result, got {kind(value)}."


def _nothing(value: Any) -> bool:
    return value is None or value is ...


def _blank(outcome: Outcome, arguments: tuple | list[tuple]) -> bool:
    """Whether the first outcome is that of an answer not yet written."""
    failure, value = outcome.failure, outcome.value
    unset = value is ... or (value is None and arguments == ())
    return failure.error == "NotImplementedError" if failure else unset


def _test(name: str, points: float, passed: bool, message: str, before: list[Test]) -> Test:
    counts = passed and (not before or before[0].passed)
    return Test(name, points, points if counts else 0.0, passed, message)


def _explain(failure: Failure, exercise: Exercise) -> str:
    """A failure in one sentence to the student."""
    if failure.kind == "signature":
        return f"It cannot be called as `{exercise.call}`: {failure.message}."
    if failure.kind == "interrupted":
        return "The check was interrupted: does a loop in it never end?"
    if failure.kind == "exception":
        return f"It raised {raised(failure)}"
    return failure.message
