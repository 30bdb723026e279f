"""One notebook checked, all exercises proved, the machine looked at."""

from pathlib import Path

from descent.checks import EXERCISES, networks
from descent.checks.catalogue import VARIED
from descent.checks.prove import holes, matrix
from descent.checks.prove import prove as prove_exercise
from descent.grading import intake
from descent.grading.marking.engine import Engine
from descent.grading.words import number, so_many


def check(notebook: Path) -> int:
    """Check your own notebook; exit status 1 when something fails."""
    try:
        content, remarks = intake.parse(intake.contents(notebook.resolve()))
    except FileNotFoundError:
        print(f"There is no file {notebook}.")
        return 1
    except (intake.UnreadableError, OSError) as error:
        print(f"{notebook}: {error}")
        return 1
    tests = {k: v for k, v in intake.test_cells(content).items() if v in EXERCISES}
    if not tests:
        print(f"{notebook} has no test cells of this book; is it one of its exercise notebooks?")
        return 1
    submission = intake.submission(content, tests, remarks)
    for remark in submission.remarks:
        print(remark)
    variants = {k: v for k, v in submission.variants.items() if f"{k} ({v})" in VARIED}
    with Engine(list(tests.values()), level="public", seed="", varied=bool(variants)) as engine:
        results = engine.mark(submission, variants)
    for result in results:
        print(f"{result}\n")
    earned, most = sum(r.score for r in results), sum(r.points for r in results)
    print(f"{number(earned)} of {number(most)} points under the visible checks")
    return 0 if all(result.state == "passed" for result in results) else 1


def prove() -> int:
    """Show that every wrong version is rejected and named; exit status 1 on a hole."""
    networks.torch()  # where it is missing, that is said now: no exercise is at fault
    proofs = [prove_exercise(exercise) for exercise in VARIED.values()]
    print(matrix(proofs))
    found = holes(proofs)
    print("\n".join([*found, so_many(len(found), "hole")]))
    return 1 if found else 0


def doctor() -> int:
    """Say what this machine offers: sandbox level and how to get more, memory, compiler, GPU, browser."""
    from descent.grading.sandbox.doctor import rows

    with Engine([], level="public", seed="") as engine:
        level = engine.sandbox_level()
    for row in rows(level):
        print(f"{row.name:<10} {row.found}", *row.advice, sep=f"\n{'':11}", flush=True)
    return 0
