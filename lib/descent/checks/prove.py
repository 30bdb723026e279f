"""Proves the checkers: every wrong version is rejected and named, every right one accepted, no probe is dead."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from descent.checks.calling import LocalCandidate
from descent.checks.examination import UNTOUCHED, Examination
from descent.checks.exercise import Exercise

RIGHT_SEEDS = 50  # seeds under which every right version must pass
WRONG_SEEDS = 5  # seeds under which every wrong version must fail and be named


@dataclass
class Row:
    """One wrong version: the tests that reject it, and the names it was given, over all seeds."""

    wrong: str
    rejected_by: set[str]  # tests that reject it under every seed
    named: set[str]
    holes: list[str] = field(default_factory=list)


@dataclass
class Proof:
    """The matrix of one exercise: its tests, a row for each wrong version, and what is not as it should be.

    exercise: its label, which names the variant too.
    """

    exercise: str
    tests: list[str]
    rows: list[Row]
    right: int
    holes: list[str]


def prove(
    exercise: Exercise, right_seeds: int = RIGHT_SEEDS, wrong_seeds: int = WRONG_SEEDS
) -> Proof:
    """Tries the right versions under `right_seeds` seeds, the wrong ones at both levels under `wrong_seeds`."""
    rows = [Row(wrong.name, set(), set()) for wrong in exercise.wrong]
    tests = [probe.name for probe in exercise.probes] + [UNTOUCHED] * bool(exercise.untouched)
    for level in ("public", "hidden"):
        for seed in range(wrong_seeds):
            examination = Examination(exercise, level, str(seed))
            for wrong, row in zip(exercise.wrong, rows, strict=True):
                result = examination.mark(LocalCandidate(wrong.program))
                failed = {test.name for test in result.tests if not test.passed}
                first = (level, seed) == ("public", 0)
                row.rejected_by = failed if first else row.rejected_by & failed
                row.named.add(result.diagnosis)
                if result.score >= exercise.points:
                    row.holes.append(f"accepted at level {level}, seed {seed}")
    for wrong, row in zip(exercise.wrong, rows, strict=True):
        strangers = row.named - {wrong.name, *wrong.twins}
        row.holes += [f"named {name!r}" if name else "not named" for name in sorted(strangers)]

    holes = [
        f"no wrong version is rejected by {test!r} alone"
        for test in tests
        if not any(row.rejected_by == {test} for row in rows)
    ]
    if len(exercise.right) < 5:
        holes.append(f"only {len(exercise.right)} right versions, at least 5 wanted")
    for seed in range(right_seeds):
        examination = Examination(exercise, "public" if seed % 5 else "hidden", f"right {seed}")
        for index, program in enumerate(exercise.right):
            result = examination.mark(LocalCandidate(program))
            if result.score < exercise.points:
                holes.append(f"right version {index} refused under seed {seed}: {result.message}")
    return Proof(exercise.label, tests, rows, len(exercise.right), holes)


def holes(proofs: Iterable[Proof]) -> list[str]:
    """Everything that is not as it should be, a line each."""
    return [
        line
        for proof in proofs
        for line in (
            *(f"{proof.exercise}: {hole}" for hole in proof.holes),
            *(f"{proof.exercise}: {row.wrong}: {hole}" for row in proof.rows for hole in row.holes),
        )
    ]


def matrix(proofs: Iterable[Proof]) -> str:
    """The proofs as text: for each wrong version the tests that reject it, numbered, and its name."""
    lines = []
    for proof in proofs:
        width = max(len(row.wrong) for row in proof.rows)
        lines.append(f"\n{proof.exercise}: {len(proof.rows)} wrong, {proof.right} right versions")
        lines += [f"  ({number}) {test}" for number, test in enumerate(proof.tests, start=1)]
        for row in proof.rows:
            marks = " ".join(
                f"({number})" if test in row.rejected_by else " . "
                for number, test in enumerate(proof.tests, start=1)
            )
            verdict = "; ".join(row.holes) or "rejected and named"
            lines.append(f"  {row.wrong:<{width}}  {marks}  {verdict}")
    return "\n".join(lines)
