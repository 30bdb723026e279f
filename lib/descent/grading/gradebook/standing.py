"""Where each student stands in the gradebook: manual marks, late days and what they cost, the total."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func, update

from descent.grading.course import Course
from descent.grading.course.settings import settings
from descent.grading.gradebook import late
from descent.grading.gradebook.records import cells, entry, opened, points_of, times


@dataclass
class Standing:
    """What a student has in the gradebook for one assignment.

    manual: points given by hand and comments written by hand, by exercise or name of the cell. waiting:
    the names of what is still to be marked by hand. late: days late; penalty: points that they cost.
    """

    score: float = 0.0
    points: float = 0.0
    manual: dict[str, tuple[float | None, str]] = field(default_factory=dict)
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    late: int = 0
    penalty: float = 0.0

    @property
    def total(self) -> float:
        """The points that count."""
        return max(0.0, self.score - self.penalty)


def standings(course: Course, assignment: str) -> dict[str, Standing]:
    """What each student has for an assignment, manual marks and late days with it."""
    found: dict[str, Standing] = {}
    clock = settings(course).clock
    with opened(course) as book:
        of = entry(book, assignment)
        points, most = points_of(of), float(of.max_score or 0.0)
        for row in times(book, of.id):
            of_student = found.setdefault(row.student_id, Standing(points=most))
            of_student.late = _days_late(row, clock)
            of_student.penalty += row.late_submission_penalty or 0.0
        for student, name, grade in cells(
            book, of, Grade, Grade.score, Grade.manual_score, Grade.needs_manual_grade
        ):
            standing = found[student]
            exercise = name.removesuffix("_check")
            standing.score += grade[0]
            standing.scores[exercise] = (grade[0], points.get(name, 0.0))
            if grade[1] is not None:
                standing.manual[exercise] = (grade[1], "")
            if grade[2]:
                standing.waiting.add(exercise)
        for student, name, (comment,) in cells(book, of, Comment, Comment.manual_comment):
            if comment:
                score, _ = found[student].manual.get(name, (None, ""))
                found[student].manual[name] = (score, comment)
    return found


def doubts(course: Course, assignment: str) -> list[str]:
    """What may be wrong with the late days of an assignment where they cost something, in sentences."""
    if not settings(course).late_penalty:
        return []
    said = []
    with opened(course) as book:
        of = entry(book, assignment)
        untimed = sum(row.timestamp is None for row in times(book, of.id)) if of.duedate else 0
        granted = _granted(course, book)
        known = {student.id for student in book.students}
    if untimed:
        were = "1 submission has" if untimed == 1 else f"{untimed} submissions have"
        said.append(f"{were} no timestamp.txt that says when, and pass for handed in in time.")
    if strangers := sorted({student for student, _ in granted.days} - known if granted else ()):
        said.append(
            f"{late.EXTENSIONS_FILE} names {', '.join(strangers)}: no student in the gradebook is called so yet."
        )
    return said


def waiting(course: Course, assignment: str) -> int:
    """How many submissions hold something that is still to be marked by hand."""
    with opened(course) as book:
        own = SubmittedNotebook.assignment_id == SubmittedAssignment.id
        return (
            book.db.query(SubmittedAssignment.id)
            .join(SubmittedNotebook, own)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .filter(SubmittedAssignment.assignment_id == entry(book, assignment).id)
            .filter(Grade.needs_manual_grade)
            .distinct()
            .count()
        )


@dataclass(frozen=True)
class Total:
    """What a submission came to. handed_in: when, if that is known."""

    score: float
    penalty: float
    handed_in: datetime | None

    @property
    def counts(self) -> float:
        """The points that count."""
        return max(0.0, self.score - self.penalty)


def totals(book: Gradebook) -> dict[tuple[str, str], Total]:
    """What each student's submission to each assignment came to; late days must have been settled."""
    scores = (
        book.db.query(SubmittedNotebook.assignment_id, func.sum(Grade.score))
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .group_by(SubmittedNotebook.assignment_id)
    )
    earned: dict[str, float] = {submission: score or 0.0 for submission, score in scores}
    rows, penalty = list(times(book)), defaultdict(float)
    for row in rows:
        penalty[row.id] += row.late_submission_penalty or 0.0
    return {
        (row.student_id, row.name): Total(earned.get(row.id, 0.0), penalty[row.id], row.timestamp)
        for row in rows
    }


def settle(course: Course, book: Gradebook) -> set[str]:
    """Brings extensions and late penalties up to date, for every student and assignment; returns where penalties changed.

    They follow from due dates, times of handing in, extensions.csv and the course's policy; nothing else
    is kept, so that any of these may change at any time.
    """
    policy = settings(course)
    granted = _granted(course, book)
    points = {a.id: float(a.max_score or 0.0) for a in book.assignments}
    rows = list(times(book))
    new = []
    for row in rows:
        if granted is not None:
            extension = granted.of(row.student_id, row.name)
            if extension != (row.extension or late.NONE):
                new.append({"id": row.id, "extension": extension})
    if new:
        book.db.execute(update(SubmittedAssignment), new)
        book.db.commit()
        rows = list(times(book))
    rows.sort(key=lambda row: (row.duedate is None, row.duedate, row.name))
    students: dict[str, dict[str, list[Any]]] = {}
    for row in rows:
        students.setdefault(row.student_id, {}).setdefault(row.id, []).append(row)
    new, changed = [], set()
    for own in students.values():
        days = late.charged(
            (_days_late(r[0], policy.clock) for r in own.values()), policy.late_days
        )
        for notebooks, beyond in zip(own.values(), days, strict=True):
            penalty = points[notebooks[0].assignment_id] * min(1.0, beyond * policy.late_penalty)
            for row in notebooks:  # the first bears it all
                if penalty != (row.late_submission_penalty or 0.0):
                    new.append({"id": row.notebook, "late_submission_penalty": penalty})
                    changed.add(str(row.name))
                penalty = 0.0
    if new:
        book.db.execute(update(SubmittedNotebook), new)
        book.db.commit()
    return changed


def _granted(course: Course, book: Gradebook) -> late.Extensions | None:
    """What extensions.csv grants, also for assignments that are not released yet."""
    released = (str(assignment.name) for assignment in book.assignments)
    return late.extensions(course, sorted({*released, *course.assignments()}))


def _days_late(row: Any, clock: tzinfo) -> int:
    return late.days_late(row.timestamp, row.duedate, row.extension or late.NONE, clock)
