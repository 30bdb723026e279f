"""Marks as tables for other systems. Totals come from the gradebook, so manual marks are in them."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from nbgrader.api import Gradebook

from descent.grading.course import Course, CourseError
from descent.grading.words import number

Rows = Iterable[list]
_NBGRADER = (
    "assignment duedate timestamp student_id last_name first_name email raw_score "
    "late_submission_penalty score max_score"
).split()


def _nbgrader(book: Gradebook, assignments: list) -> Rows:
    """nbgrader's own columns, one row for each student and assignment; no submission is no score."""
    yield _NBGRADER
    for assignment in assignments:
        by_student = {submission.student.id: submission for submission in assignment.submissions}
        for student in book.students:
            submission = by_student.get(student.id)
            penalty = (submission.late_submission_penalty or 0.0) if submission else None
            raw = submission.score if submission else None
            yield [
                assignment.name,
                assignment.duedate,
                submission.timestamp if submission else None,
                student.id,
                student.last_name,
                student.first_name,
                student.email,
                raw,
                penalty,
                None if submission is None else max(0.0, raw - penalty),
                assignment.max_score,
            ]


def _totals(book: Gradebook, assignments: list) -> Iterable[tuple]:
    scores = {
        (submission.student.id, assignment.name): submission
        for assignment in assignments
        for submission in assignment.submissions
    }
    for student in book.students:
        row = []
        for assignment in assignments:
            submission = scores.get((student.id, assignment.name))
            earned = submission and submission.score - (submission.late_submission_penalty or 0.0)
            row.append("" if submission is None else number(max(0.0, earned)))
        yield student, row


def _canvas(book: Gradebook, assignments: list) -> Rows:
    """As Canvas imports grades: points possible in the second row; SIS User ID is the student's id here."""
    yield [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        *(a.name for a in assignments),
    ]
    yield ["    Points Possible", "", "", "", "", *(number(a.max_score) for a in assignments)]
    for student, row in _totals(book, assignments):
        name = ", ".join(part for part in (student.last_name, student.first_name) if part)
        yield [name or student.id, "", student.id, student.id, "", *row]


def _moodle(book: Gradebook, assignments: list) -> Rows:
    """As Moodle imports grades: mapped by user name or e-mail address."""
    yield ["Username", "Email address", *(a.name for a in assignments)]
    for student, row in _totals(book, assignments):
        yield [student.id, student.email or "", *row]


def _questions(book: Gradebook, assignments: list) -> Rows:
    """One row for each student and question, with what the grader said."""
    yield ["assignment", "student_id", "question", "score", "max_score", "comment"]
    for assignment in assignments:
        for submission in assignment.submissions:
            for notebook in submission.notebooks:
                said = {comment.name: comment.comment or "" for comment in notebook.comments}
                for grade in sorted(notebook.grades, key=lambda grade: grade.name):
                    question = grade.name.removesuffix("_check")
                    yield [
                        assignment.name,
                        submission.student.id,
                        question,
                        number(grade.score),
                        number(grade.max_score),
                        said.get(question, ""),
                    ]


FORMATS: dict[str, tuple[str, Callable[[Gradebook, list], Rows]]] = {
    "nbgrader": ("grades.csv", _nbgrader),
    "canvas": ("grades-canvas.csv", _canvas),
    "moodle": ("grades-moodle.csv", _moodle),
    "questions": ("grades-questions.csv", _questions),
}


def export(course: Course, formats: Iterable[str]) -> list[Path]:
    """Writes a table for each format into the course folder, and returns their paths.

    Raises CourseError if the folder is no course, or nothing has been released yet.
    """
    course.assignments()
    paths = []
    with Gradebook(course.gradebook) as book:
        assignments = book.assignments
        if not assignments:
            raise CourseError("the gradebook is empty; release and grade an assignment first")
        for name in formats:
            file, rows = FORMATS[name]
            path = course.root / file
            with path.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerows(
                    [_harmless(cell) for cell in row] for row in rows(book, assignments)
                )
            paths.append(path)
    return paths


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets a quote before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "@", "-") else cell
