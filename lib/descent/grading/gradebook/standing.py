"""Where each student stands in the gradebook: manual marks, late days and what they cost, the total."""

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func, update

from descent.checks.catalogue import EXERCISES
from descent.grading.course import Course
from descent.grading.course.settings import settings
from descent.grading.files import put
from descent.grading.gradebook import late
from descent.grading.gradebook.records import cells, entry, opened, points_of, times
from descent.grading.words import number, printable, shortened, so_many


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


def doubts(course: Course, assignment: str) -> list[str]:
    """What may be wrong with the marks of an assignment, and with its late days where they cost something, in sentences."""
    said = []
    with opened(course) as book:
        of = entry(book, assignment)
        rows, points = list(times(book, of.id)), points_of(of)
        granted = _granted(course, book)
        known = {student for (student,) in book.db.query(Student.id)}
    entries = course.entries()
    for name, most in points.items():
        exercise = EXERCISES.get(name.removesuffix("_check")) if name.endswith("_check") else None
        if exercise and exercise.points != most:
            said.append(
                f"{exercise.name} earns up to {so_many(exercise.points, 'point')} by its check, and the gradebook "
                f"counts {number(most)}: write what the check gives into source/{assignment}, and release it again."
            )
    if misplaced := course.misplaced(assignment, entries):
        said.append(
            f"Not graded, since it lies in no folder called submitted/STUDENT/{assignment}/: {_names(misplaced)}. "
            "If it was handed in, move it there."
        )
    if gone := {row.student_id for row in rows} - set(entries.get(assignment, ())):
        said.append(
            f"The gradebook has marks for {assignment} of {_names(gone)}, and submitted/ holds nothing of theirs: "
            "exports go on counting these marks, the class report does not. Put what was handed in back; or, to drop "
            "a student with all marks, those given by hand too: nbgrader db student remove NAME --force"
        )
    alike = Counter(unicodedata.normalize("NFC", student) for student in known)
    for name in sorted(name for name, count in alike.items() if count > 1):
        spelt = [ascii(s) for s in sorted(known) if unicodedata.normalize("NFC", s) == name]
        said.append(
            f"{printable(name, 60)} is in the gradebook {len(spelt)} times, in characters that look the same and are "
            f"not: {', '.join(spelt)}. Rename the folder in submitted/ as your list of students has the name."
        )
    if not settings(course).late_penalty:
        return said
    if untimed := len({row.id for row in rows if row.timestamp is None}) if of.duedate else 0:
        which = "1 submission has" if untimed == 1 else f"{untimed} submissions have"
        said.append(
            f"{which} no timestamp.txt that says when, and {'passes' if untimed == 1 else 'pass'} for handed in in time."
        )
    if strangers := {student for student, _ in granted.days} - known if granted else ():
        said.append(
            f"{late.EXTENSIONS_FILE} names {_names(strangers)}: no student in the gradebook is called so yet."
        )
    return said


def _names(those: Collection[str]) -> str:
    """The first of them, in order, and how many more there are."""
    return shortened([printable(name, 100) for name in sorted(those)])


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


def _granted(course: Course, book: Gradebook) -> late.Extensions | None:
    """What extensions.csv grants, also for assignments that are not released yet."""
    released = (str(assignment.name) for assignment in book.assignments)
    return late.extensions(course, sorted({*released, *course.assignments()}))


def _days_late(row: Any, clock: tzinfo) -> int:
    return late.days_late(row.timestamp, row.duedate, row.extension or late.NONE, clock)
