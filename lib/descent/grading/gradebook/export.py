"""Marks as tables for other systems. Totals come from the gradebook, so manual marks and late days are in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from descent.grading import spreadsheet
from descent.grading.course import Course, CourseError
from descent.grading.gradebook import roster
from descent.grading.gradebook.records import cells_of, opened, questions_of
from descent.grading.gradebook.roster import CANVAS, MOODLE, Roster
from descent.grading.gradebook.standing import Total, settle, totals
from descent.grading.words import number

Rows = Iterable[list]
_NBGRADER = [
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
]


@dataclass(frozen=True)
class _Class:
    """What the tables are made of. totals: of (student, assignment), where something was handed in."""

    book: Gradebook
    roster: Roster
    students: dict[str, Any]
    assignments: dict[str, Any]
    totals: dict[tuple[str, str], Total]

    def row(self, student: str) -> list[str]:
        """A student's marks, by assignment; empty where nothing was handed in."""
        pairs = ((student, name) for name in self.assignments)
        return [number(self.totals[p].counts) if p in self.totals else "" for p in pairs]

    def heads(self, lms: str) -> list[str]:
        """The assignments as the LMS calls them."""
        known = self.roster.heads.get(lms, {})
        return [known.get(name, name) for name in self.assignments]


def _nbgrader(all_of_it: _Class) -> Rows:
    """The columns of nbgrader's own export."""
    yield _NBGRADER
    nothing = Total(0.0, 0.0, None)
    for name, assignment in all_of_it.assignments.items():
        for student, about in all_of_it.students.items():
            total = all_of_it.totals.get((student, name), nothing)
            person = (student, about.last_name or "", about.first_name or "", about.email or "")
            points = (total.score, total.penalty, total.counts, float(assignment.max_score))
            rounded = (round(p, 2) for p in points)
            yield [name, assignment.duedate or "", total.handed_in or "", *person, *rounded]


def _canvas(all_of_it: _Class) -> Rows:
    """As Canvas imports grades: points possible in the second row; its own cells for each student, if it gave them."""
    columns = all_of_it.roster.columns(CANVAS)
    yield [*columns, *all_of_it.heads(CANVAS)]
    points = [number(a.max_score or 0.0) for a in all_of_it.assignments.values()]
    yield ["    Points Possible", *[""] * (len(columns) - 1), *points]
    cells = all_of_it.roster.of(CANVAS)
    for student, about in all_of_it.students.items():
        name = ", ".join(part for part in (about.last_name, about.first_name) if part) or student
        own = {"Student": name, "SIS User ID": student, "SIS Login ID": student}
        own = cells.get(student, own)
        yield [*(own.get(column, "") for column in columns), *all_of_it.row(student)]


def _moodle(all_of_it: _Class) -> Rows:
    """As Moodle imports grades: mapped by any of the columns that it gave, or by user name or e-mail address.

    Moodle gives the marks of a row to the student of the row before, if the cell by which it tells students
    apart is empty: so no such column is written, and nobody who is not in its list. It refuses a file that
    names somebody whom it does not know. An empty mark becomes 0 in a new column: "-" is none.
    """
    listed = all_of_it.roster.of(MOODLE) or {
        student: {"Username": student, "Email address": about.email or ""}
        for student, about in all_of_it.students.items()
    }
    rows = {student: own for student, own in listed.items() if student in all_of_it.students}
    heads = all_of_it.roster.columns(MOODLE)
    columns = [name for name in heads if all(own.get(name, "").strip() for own in rows.values())]
    yield [*columns, *all_of_it.heads(MOODLE)]
    for student in sorted(rows):
        marks = (mark or "-" for mark in all_of_it.row(student))
        yield [*(rows[student][name] for name in columns), *marks]


def _questions(all_of_it: _Class) -> Rows:
    """One row for each student, with a column for each question; empty where nothing was handed in."""
    book, assignments = all_of_it.book, all_of_it.assignments.values()
    lines = {of.name: cells_of(book, of) for of in assignments}
    columns = [(of.name, question) for of in assignments for question in questions_of(of)]
    scores = {(x.student, name, x.question): x.score for name in lines for x in lines[name]}
    yield ["student_id", "last_name", "first_name", *(f"{name}: {q}" for name, q in columns)]
    for student, about in all_of_it.students.items():
        found = (scores.get((student, *column)) for column in columns)
        marks = ("" if score is None else number(score) for score in found)
        yield [student, about.last_name or "", about.first_name or "", *marks]


def _comments(all_of_it: _Class) -> Rows:
    """One row for each student and question, with what the grader said."""
    yield ["assignment", "student_id", "question", "score", "max_score", "comment"]
    for name, assignment in all_of_it.assignments.items():
        for cell in cells_of(all_of_it.book, assignment):
            points = (number(cell.score), number(cell.points))
            yield [name, cell.student, cell.question, *points, cell.comment]


FORMATS: dict[str, tuple[str, Callable[[_Class], Rows]]] = {
    "nbgrader": ("grades.csv", _nbgrader),
    "canvas": ("grades-canvas.csv", _canvas),
    "moodle": ("grades-moodle.csv", _moodle),
    "questions": ("grades-questions.csv", _questions),
    "comments": ("grades-comments.csv", _comments),
}


def export(course: Course, formats: Iterable[str]) -> list[Path]:
    """Writes a table for each format into the course folder, and returns their paths.

    Late days are settled first. Raises CourseError if the folder is no course, or nothing has been released yet.
    """
    course.assignments()
    with opened(course) as book:
        assignments = {str(assignment.name): assignment for assignment in book.assignments}
        if not assignments:
            raise CourseError("the gradebook is empty; release and grade an assignment first")
        settle(course, book)
        students = {str(s.id): s for s in sorted(book.students, key=lambda s: str(s.id))}
        all_of_it = _Class(book, roster.load(course), students, assignments, totals(book))
        tables = [FORMATS[name] for name in formats]
        return [spreadsheet.write(course.root / file, rows(all_of_it)) for file, rows in tables]


def left_out(course: Course) -> list[str]:
    """Who has marks and is not in Moodle's table, since Moodle's list does not name them; nobody where there is none."""
    listed = roster.load(course).of(MOODLE)
    with opened(course) as book:
        return sorted({student for student, _ in totals(book)} - set(listed)) if listed else []
