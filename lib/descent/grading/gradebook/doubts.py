"""What may be wrong with the marks of an assignment, in sentences that say what to do."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from nbgrader.api import Student

from descent.checks.catalogue import EXERCISES
from descent.grading.course import Course
from descent.grading.course.settings import settings
from descent.grading.gradebook.late import EXTENSIONS_FILE
from descent.grading.gradebook.records import entry, opened, points_of, times
from descent.grading.gradebook.standing import granted
from descent.grading.words import number, printable, shortened, so_many


def doubts(course: Course, assignment: str) -> list[str]:
    """All that there is to say; of late days only where they cost something."""
    with opened(course) as book:
        of = entry(book, assignment)
        rows, points = list(times(book, of.id)), points_of(of)
        extended = granted(course, book)
        students = {student for (student,) in book.db.query(Student.id)}
    said = [
        *_other_points(assignment, points),
        *_in_no_place(course, assignment, {row.student_id for row in rows}),
        *_spelt_twice(students),
    ]
    if settings(course).late_penalty:
        said += _untimed(rows) if of.duedate else ()
        said += _unknown(
            {student for student, _ in extended.days} - students if extended else set()
        )
    return said


def _other_points(assignment: str, points: dict[str, float]) -> Iterator[str]:
    """Where a check gives other points than the gradebook counts. points: by the cell's name."""
    for name, most in points.items():
        exercise = EXERCISES.get(name.removesuffix("_check")) if name.endswith("_check") else None
        if exercise and exercise.points != most:
            yield (
                f"{exercise.name} earns up to {so_many(exercise.points, 'point')} by its check, and the gradebook "
                f"counts {number(most)}: write what the check gives into source/{assignment}, and release it again."
            )


def _in_no_place(course: Course, assignment: str, marked: set[str]) -> Iterator[str]:
    """What was handed in under a wrong name, and whose marks are there without anything handed in."""
    entries = course.entries()
    if misplaced := course.misplaced(assignment, entries):
        yield (
            f"Not graded, since it lies in no folder called submitted/STUDENT/{assignment}/: {_names(misplaced)}. "
            "If it was handed in, move it there."
        )
    if gone := marked - set(entries.get(assignment, ())):
        yield (
            f"The gradebook has marks for {assignment} of {_names(gone)}, and submitted/ holds nothing of theirs: "
            "exports go on counting these marks, the class report does not. Put what was handed in back; or, to drop "
            "a student with all marks, those given by hand too: nbgrader db student remove NAME --force"
        )


def _spelt_twice(students: set[str]) -> Iterator[str]:
    """Who is there twice, as where a Mac writes a letter and its accent apart."""
    spelt = defaultdict(list)
    for student in sorted(students):
        spelt[unicodedata.normalize("NFC", student)].append(ascii(student))
    for name, ways in sorted(spelt.items()):
        if len(ways) > 1:
            yield (
                f"{printable(name, 60)} is in the gradebook {len(ways)} times, in characters that look the same and are "
                f"not: {', '.join(ways)}. Rename the folder in submitted/ as your list of students has the name."
            )


def _untimed(rows: list[Any]) -> Iterator[str]:
    """Of how many submissions nobody knows when they came."""
    if count := len({row.id for row in rows if row.timestamp is None}):
        has, passes = ("has", "passes") if count == 1 else ("have", "pass")
        yield (
            f"{so_many(count, 'submission')} {has} no timestamp.txt that says when, and {passes} for handed in in time."
        )


def _unknown(extended: set[str]) -> Iterator[str]:
    """Whose extensions are those of no student."""
    if extended:
        names = _names(extended)
        yield f"{EXTENSIONS_FILE} names {names}: no student in the gradebook is called so yet."


def _names(those: Collection[str]) -> str:
    """The first of them, in order, and how many more there are."""
    return shortened([printable(name, 100) for name in sorted(those)])
