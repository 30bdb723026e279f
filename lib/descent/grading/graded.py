"""Assignments whose marks count: each student's notebook asks for variants of its own.

Which assignments these are, and under which secret they were released, stands in the course's
`variants.json`; which variants a student has follows from the name and that secret, and from nothing else.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from descent.checks.catalogue import EXERCISES
from descent.checks.variants import all_chosen
from descent.grading import intake, secret
from descent.grading.course import Course, CourseError
from descent.grading.files import put
from descent.grading.words import clean

FILE = "variants.json"
FOLDER = "release_graded"


def notebook_of(course: Course, student: str, assignment: str) -> Path:
    """Where a student's own notebook is written."""
    return course.root / FOLDER / student / assignment / f"{assignment}.ipynb"


def is_graded(course: Course, assignment: str) -> bool:
    """Whether an assignment has variants; raises CourseError if it was released under another secret."""
    released_under = _read(course).get(assignment)
    if released_under not in (None, secret.fingerprint(course.seed)):
        raise CourseError(
            f"{assignment} was released under another secret (fingerprint {released_under}) than the course "
            f"has now ({secret.fingerprint(course.seed)}): every student would be marked by another's variant. "
            "Restore the right one: descent secret restore FILE."
        )
    return released_under is not None


def note(course: Course, assignment: str) -> None:
    """Notes that an assignment has variants from now on.

    Raises CourseError if it was released under another secret, or if there are submissions to it as it was.
    """
    if is_graded(course, assignment):
        return
    if course.submissions(assignment):
        raise CourseError(
            f"{assignment} has submissions already, to the notebook that is the same for all; with variants "
            "they would be marked as wrong. Name another assignment, or move the submissions away."
        )
    content = _read(course) | {assignment: secret.fingerprint(course.seed)}
    put(course.root / FILE, json.dumps(content, indent=1, sort_keys=True).encode() + b"\n")


def variants_of(course: Course, student: str, exercises: Iterable[str]) -> dict[str, str]:
    """The student's variants, by exercise."""
    return all_chosen(course.seed, student, [EXERCISES[name] for name in exercises])


def foreign(submission: intake.Submission, variants: dict[str, str]) -> list[str]:
    """What there is to say where a submission's test cells name other variants than the student's own."""
    return [
        f"The check of {name} names the variant {clean(said, 100)!r}; the one for this student is "
        f"{variants.get(name, 'none')!r}, and that was marked."
        for name, said in submission.variants.items()
        if said != variants.get(name, "")
    ]


def _read(course: Course) -> dict[str, str]:
    path = course.root / FILE
    try:
        content = json.loads(path.read_text()) if path.exists() else {}
    except ValueError as error:
        raise CourseError(
            f"{path} is damaged ({error}); it says which assignments have variants."
        ) from None
    return content
