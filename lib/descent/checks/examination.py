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
    attempts,
    kind,
    quiet,
)
from descent.checks.comparing import EXACT, NAMED, difference, fingerprint, same
from descent.checks.exercise import Exercise, Judge, Probe, UnreadableError, Wrong
from descent.checks.result import Result, Test

LEVELS = {"public": 1, "hidden": 5}  # how many times a probe's draws are made
LONGEST = 1_000  # characters of a sentence, which may quote what came back
UNTOUCHED = "the arguments are left as they were"


Drawn = tuple[Probe, tuple | list[tuple]]


@dataclass(frozen=True)
class Case:
    """The arguments of one call, or a list of them for several, and what the reference makes of them."""

    probe: Probe
    arguments: tuple | list[tuple]
    expected: Outcome


class Examination:
    """All cases of an exercise at one level, drawn from `seed`; one examination serves any number of candidates.

    level: "public" or "hidden". seed: any text; the same seed gives the same cases on every machine.
    """

    def __init__(self, exercise: Exercise, level: str = "public", seed: str = "") -> None:
        digest = hashlib.sha256(f"{exercise.name}|{level}|{seed}".encode()).digest()
        rng = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
        self.exercise = exercise
        drawn = [
            (probe, probe.draw(rng))
            for probe in exercise.probes
            for _ in range(probe.draws * LEVELS[level])
        ]
        expected = outcomes(LocalCandidate(exercise.reference), drawn)
        self.cases = [Case(*case, right) for case, right in zip(drawn, expected, strict=True)]

    @cached_property
    def mistaken(self) -> list[tuple[Wrong, list[Outcome]]]:
        """What each wrong version makes of the cases."""
        return [
            (wrong, outcomes(LocalCandidate(wrong.program), self._drawn))
            for wrong in self.exercise.wrong
        ]

    @property
    def _drawn(self) -> list[Drawn]:
        return [(case.probe, case.arguments) for case in self.cases]

    def mark(self, candidate: Candidate) -> Result:
        """The result of one candidate. Never raises."""
        with quiet():
            return self._mark(candidate)

    def _mark(self, candidate: Candidate) -> Result:
        tried = outcomes(candidate, self._drawn[:1])  # alone: a blank answer is asked no more
        if _blank(tried[0], self.cases[0].arguments):
            return self._result("not attempted", (), message="There is no answer here yet.")
        if not tried[0].fatal:
            tried += outcomes(candidate, self._drawn[1:])
        verdicts = [
            self._verdict(case, outcome)[:LONGEST]
            for case, outcome in zip(self.cases, tried, strict=False)
        ]
        tests = self._tests(verdicts, tried)
        if all(test.passed for test in tests):
            return self._result("passed", tests, message="Everything is right.")
        named = self._diagnose(tried)
        first = next((verdict for verdict in verdicts if verdict), "")
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
        return difference(self.exercise, case.arguments, case.expected.value, outcome.value) or ""

    def _tests(self, verdicts: list[str], outcomes: list[Outcome]) -> tuple[Test, ...]:
        """One test for each probe, and one for the arguments; the first must pass for the others to earn."""
        tests: list[Test] = []
        for probe in self.exercise.probes:
            own = [case.probe is probe for case in self.cases]
            said = [v for v, mine in zip(verdicts, own, strict=False) if mine]
            missing = len(said) < sum(own)  # the run ended before
            message = next((v for v in said if v), verdicts[-1] if missing else "")
            tests.append(_test(probe.name, probe.points, not message, message, tests))
        if self.exercise.untouched:
            wrote = any(outcome.wrote for outcome in outcomes)
            message = "Your function writes into its arguments." if wrote else ""
            tests.append(_test(UNTOUCHED, self.exercise.untouched, not wrote, message, tests))
        return tuple(tests)

    def _diagnose(self, outcomes: list[Outcome]) -> Wrong | None:
        """The wrong version whose outcomes these are, on every case that was tried."""
        for wrong, theirs in self.mistaken:
            if all(
                mine.wrote == other.wrote
                and same(self.exercise, case.arguments, other, mine, NAMED)
                for case, mine, other in zip(self.cases, outcomes, theirs, strict=False)
            ) and any(
                mine.wrote != case.expected.wrote
                or self._verdict(case, mine)
                or not (
                    mine.failure or same(self.exercise, case.arguments, case.expected, mine, EXACT)
                )
                for case, mine in zip(self.cases, outcomes, strict=False)
            ):
                return wrong
        return None

    def _result(self, state: str, tests: tuple[Test, ...], **said: Any) -> Result:
        exercise = self.exercise
        return Result(
            exercise.name, state, exercise.points, tests, variant=exercise.variant, **said
        )


def outcomes(candidate: Candidate, drawn: Sequence[Drawn]) -> list[Outcome]:
    """The outcome of each case, up to one that ends the candidate."""
    calls = [call for _, given in drawn for call in (given if isinstance(given, list) else [given])]
    tried, found = iter(attempts(candidate, calls)), []
    for probe, given in drawn:
        own = list(islice(tried, len(given) if isinstance(given, list) else 1))
        if not own:
            break
        found.append(_observed(probe, given, _joined(own) if isinstance(given, list) else own[0]))
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
