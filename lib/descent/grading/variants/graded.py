"""Assignments whose marks count: each student's notebook asks for variants of its own.

Which assignments these are, under which secret they were released, and among which variants, stands in the
course's `variants.json`, so that a later version of the book gives nobody another. Which of them a student
has follows from the name and the secret, and from nothing else.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from descent.checks.catalogue import EXERCISES, VARIED
from descent.checks.variants import chosen
from descent.grading import intake
from descent.grading.course import SEED_FILE, Course, CourseError
from descent.grading.files import put
from descent.grading.variants import secret
from descent.grading.words import clean

FILE = "variants.json"
FOLDER = "release_graded"
_NAMES = "names the variant"


@dataclass(frozen=True)
class Graded:
    """An assignment with variants: their names by exercise, and the secret that chooses."""

    secret: str
    variants: dict[str, list[str]]

    def of(self, student: str) -> dict[str, str]:
        """The student's variants, by exercise; the submission has no say in it."""
        return {
            name: chosen(self.secret, student, name, among) for name, among in self.variants.items()
        }


def notebook_of(course: Course, student: str, assignment: str) -> Path:
    """Where a student's own notebook is written."""
    return course.root / FOLDER / student / assignment / f"{assignment}.ipynb"


def find(course: Course, assignment: str) -> Graded | None:
    """An assignment that was released with variants, or None.

    Raises CourseError if that was under another secret, or among variants that this version does not have, or
    if the list that says so is gone.
    """
    found = _noted(course, assignment)
    if found is None and _made(course, assignment):
        raise CourseError(
            f"{assignment} was released with variants, as {course.root / FOLDER} shows, but {course.root / FILE} "
            "does not name it: every answer would be marked as the book's. Put that file back from another copy of "
            f"the course; or write it anew with the version of the book that released {assignment}: descent release "
            f"--graded {assignment}. If it is to have no variants, remove its folders from {course.root / FOLDER}."
        )
    return found


def note(course: Course, assignment: str, exercises: list[str]) -> Graded:
    """The assignment, which has variants from now on, among those that its exercises have today.

    Raises CourseError as `find` does, if none of them has a variant, and if there are submissions to the
    assignment as it was.
    """
    if known := _noted(course, assignment):
        return known
    found = [EXERCISES[name] for name in exercises if name in EXERCISES]
    variants = {e.name: [v.name for v in e.variants] for e in found if e.variants}
    if not variants:
        raise CourseError(
            f"none of the exercises of {assignment} has a variant: release it without --graded."
        )
    if course.submissions(assignment) and not _made(course, assignment):
        raise CourseError(
            f"{assignment} has submissions already, to the notebook that is the same for all; with variants "
            "they would be marked as wrong. Name another assignment, or move the submissions away."
        )
    own = {"secret": secret.fingerprint(course.seed), "variants": variants}
    content = json.dumps(_read(course) | {assignment: own}, indent=1, sort_keys=True)
    put(course.root / FILE, content.encode() + b"\n")
    return Graded(course.seed, variants)


def foreign(submission: intake.Submission, variants: dict[str, str]) -> list[str]:
    """What there is to say where a submission's test cells name other variants than the student's own."""
    return [
        f"The check of {name} {_NAMES} {clean(said, 100)!r}; the one for this student is "
        f"{variants.get(name, 'none')!r}, and that was marked."
        for name, said in submission.variants.items()
        if said != variants.get(name, "")
    ]


def doubt(course: Course, assignment: str, events: Iterable[Iterable[str]]) -> str:
    """What there is to say where notebooks name variants that are not their students' own; else nothing.

    events: those of each submission. Nothing is refused: anybody may write a variant's name into a notebook.
    """
    count = sum(any(_NAMES in said for said in own) for own in events)
    if not count:
        return ""
    name = "1 notebook names" if count == 1 else f"{count} notebooks name"
    if find(course, assignment):
        return (
            f"{name} other variants of {assignment} than those of the student, which are what was marked: descent "
            f"report says whose. If submitted/ calls students otherwise than {FOLDER}/ does, rename its folders and "
            "grade again."
        )
    return (
        f"{name} variants, but this course has none for {assignment}: the book's own was marked. If it was released "
        f"with --graded, copy {FILE} from the course where that was done and grade again; if not, descent report "
        "says whose they are."
    )


def _noted(course: Course, assignment: str) -> Graded | None:
    """What the list of assignments says of this one."""
    content = _read(course).get(assignment)
    if content is None:
        return None
    if content["secret"] != secret.fingerprint(course.seed):
        raise CourseError(
            f"{assignment} was released under another secret (fingerprint {content['secret']}) than the course "
            f"has now ({secret.fingerprint(course.seed)}): every student would be marked by another's variant. "
            f"Move {course.root / SEED_FILE} away and restore the right one: descent secret restore FILE."
        )
    labels = [f"{name} ({variant})" for name, own in content["variants"].items() for variant in own]
    gone = [label for label in labels if label not in VARIED]
    if gone:
        raise CourseError(
            f"{assignment} was released with variants that this version of the book does not have: "
            f"{', '.join(gone)}. Grade it with the version that released it."
        )
    return Graded(course.seed, content["variants"])


def _made(course: Course, assignment: str) -> bool:
    """Whether there are students' own notebooks of this assignment."""
    return any((course.root / FOLDER).glob(f"*/{escape(assignment)}"))


def _read(course: Course) -> dict[str, Any]:
    path = course.root / FILE
    try:
        content = json.loads(path.read_bytes()) if path.exists() else {}
        if not all({"secret", "variants"} <= set(own) for own in content.values()):
            raise ValueError("an entry has no secret or no variants")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CourseError(
            f"{path} is damaged ({error}); it says which assignments have variants. Put it back from another copy "
            "of the course."
        ) from None
    return content
