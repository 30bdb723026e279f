"""Examines candidates: the cases of one exercise under one seed, and the marks they give."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from descent.checks.calling import Candidate, Failure, LocalCandidate, Outcome, attempt, kind, quiet
from descent.checks.comparing import EXACT, NAMED, difference, same
from descent.checks.exercise import Exercise, Judge, Probe, UnreadableError, Wrong
from descent.checks.result import Result, Test

LEVELS = {"public": 1, "hidden": 5}  # how many times a probe's draws are made
_FATAL = ("timeout", "crash", "interrupted")
LONGEST = 1_000  # characters of a sentence, which may quote what came back
UNTOUCHED = "the arguments are left as they were"


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
        reference = LocalCandidate(exercise.reference)
        self.exercise = exercise
        self.cases = []
        for probe in exercise.probes:
            for _ in range(probe.draws * LEVELS[level]):
                arguments = probe.draw(rng)
                self.cases.append(Case(probe, arguments, _try(reference, probe, arguments)))

    @cached_property
    def mistaken(self) -> list[tuple[Wrong, list[Outcome]]]:
        """What each wrong version makes of the cases."""
        return [
            (wrong, [_try(program, case.probe, case.arguments) for case in self.cases])
            for wrong in self.exercise.wrong
            for program in [LocalCandidate(wrong.program)]
        ]

    def mark(self, candidate: Candidate) -> Result:
        """The result of one candidate. Never raises."""
        with quiet():
            return self._mark(candidate)

    def _mark(self, candidate: Candidate) -> Result:
        outcomes: list[Outcome] = []
        for case in self.cases:
            outcomes.append(_try(candidate, case.probe, case.arguments))
            failure = outcomes[-1].failure
            if (failure and failure.kind in _FATAL) or _blank(outcomes[0], case.arguments):
                break
        if _blank(outcomes[0], self.cases[0].arguments):
            return self._result("not attempted", (), message="There is no answer here yet.")
        verdicts = [
            self._verdict(case, out)[:LONGEST]
            for case, out in zip(self.cases, outcomes, strict=False)
        ]
        tests = self._tests(verdicts, outcomes)
        if all(test.passed for test in tests):
            return self._result("passed", tests, message="Everything is right.")
        named = self._diagnose(outcomes)
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
        return self._result("failed", tests, message=message, section=self.exercise.section)

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

    def _result(self, state: str, tests: tuple[Test, ...], **said: str) -> Result:
        return Result(self.exercise.name, state, self.exercise.points, tests, **said)


def _try(candidate: Candidate, probe: Probe, arguments: tuple | list[tuple]) -> Outcome:
    """The outcome of one case, with the observed facts for its value where the probe observes."""
    several = isinstance(arguments, list)
    outcome = _attempts(candidate, arguments) if several else attempt(candidate, arguments)
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


def _attempts(candidate: Candidate, calls: list[tuple]) -> Outcome:
    """Several calls as one; or the first of them that gives nothing."""
    outcomes: list[Outcome] = []
    for arguments in calls:
        outcome = attempt(candidate, arguments)
        if outcome.failure or _nothing(outcome.value):
            return outcome
        outcomes.append(outcome)
    return Outcome(
        value=tuple(outcome.value for outcome in outcomes),
        arguments=tuple(outcome.arguments for outcome in outcomes),
        wrote=any(outcome.wrote for outcome in outcomes),
        asked=tuple(calls for outcome in outcomes for calls in outcome.asked),
    )


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
        place = f" in line {failure.line_number}: `{failure.line}`" if failure.line else ""
        return f"It raised {failure.error} ({failure.message}){place}."
    return failure.message
