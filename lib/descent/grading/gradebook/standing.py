"""Where each student stands in the gradebook: manual marks, late days and what they cost, the total."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func, update

from descent.grading.course import Course
from descent.grading.course.settings import settings
from descent.grading.files import put
from descent.grading.gradebook import late
from descent.grading.gradebook.records import cells, entry, opened, points_of, times


class Late(NamedTuple):
    """What a submission's late days come to.

    used: of the student's free days, those used up by this assignment and by what was due before it. free: how
    many there are in the course. penalty: the points that the others cost.
    """

    days: int = 0
    used: int = 0
    free: int = 0
    penalty: float = 0.0


@dataclass
class Standing:
    """What a student has in the gradebook for one assignment.

    manual: points given by hand and comments written by hand, by exercise or name of the cell. waiting:
    the names of what is still to be marked by hand.
    """

    score: float = 0.0
    points: float = 0.0
    manual: dict[str, tuple[float | None, str]] = field(default_factory=dict)
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    late: Late = field(default_factory=Late)

    @property
    def total(self) -> float:
        """The points that count."""
        return max(0.0, self.score - self.late.penalty)


def standings(course: Course, assignment: str) -> dict[str, Standing]:
    """What each student has for an assignment, manual marks and late days with it, which are settled first."""
    with opened(course) as book:
        counted, _ = _settled(course, book)
        of = entry(book, assignment)
        points, most = points_of(of), float(of.max_score or 0.0)
        own = counted.get(assignment, {})
        found = {student: Standing(points=most, late=days) for student, days in own.items()}
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
    """Brings extensions and late penalties up to date, for every student; returns the assignments whose pages are old.

    They follow from due dates, times of handing in, extensions.csv and the course's policy; nothing else
    is kept, so that any of these may change at any time.
    """
    counted, changed = _settled(course, book)
    shown = _shown(course)
    return {
        name
        for name, own in counted.items()
        if (name in changed if name not in shown else shown[name] != _late(own.items()))
    }


def note_shown(course: Course, assignment: str, standing: Mapping[str, Standing]) -> None:
    """Notes what an assignment's pages say of late days: by that `settle` knows later whether they are old."""
    own = _late((student, its.late) for student, its in standing.items())
    put(_path(course), json.dumps(_shown(course) | {assignment: own}).encode())


def _path(course: Course) -> Path:
    return course.root / "feedback" / "late_days.json"  # goes where the pages go


def _shown(course: Course) -> dict[str, dict[str, list]]:
    """What pages say of late days, by assignment and student; empty where nothing is known."""
    try:
        return dict(json.loads(_path(course).read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}


def _late(counted: Iterable[tuple[str, Late]]) -> dict[str, list]:
    """Those who were late, as JSON has them."""
    return {student: list(own) for student, own in counted if own.days}


def _settled(course: Course, book: Gradebook) -> tuple[dict[str, dict[str, Late]], set[str]]:
    """Late days by assignment and student, as the gradebook has them from now on; and where penalties changed."""
    policy = settings(course)
    extensions = granted(course, book)
    points = {a.id: float(a.max_score or 0.0) for a in book.assignments}
    rows = list(times(book))
    new = []
    for row in rows:
        if extensions is not None:
            extension = extensions.of(row.student_id, row.name)
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
    counted: dict[str, dict[str, Late]] = defaultdict(dict)
    for student, own in students.items():
        days = [_days_late(notebooks[0], policy.clock) for notebooks in own.values()]
        charged = late.charged(days, policy.late_days)
        for notebooks, begun, (used, beyond) in zip(own.values(), days, charged, strict=True):
            of = notebooks[0]
            penalty = points[of.assignment_id] * min(1.0, beyond * policy.late_penalty)
            counted[str(of.name)][student] = Late(begun, used, policy.late_days, penalty)
            for row in notebooks:  # the first bears it all
                if penalty != (row.late_submission_penalty or 0.0):
                    new.append({"id": row.notebook, "late_submission_penalty": penalty})
                    changed.add(str(row.name))
                penalty = 0.0
    if new:
        book.db.execute(update(SubmittedNotebook), new)
        book.db.commit()
    return counted, changed


def granted(course: Course, book: Gradebook) -> late.Extensions | None:
    """What extensions.csv grants, also for assignments that are not released yet."""
    released = (str(assignment.name) for assignment in book.assignments)
    return late.extensions(course, sorted({*released, *course.assignments()}))


def _days_late(row: Any, clock: tzinfo) -> int:
    return late.days_late(row.timestamp, row.duedate, row.extension or late.NONE, clock)
