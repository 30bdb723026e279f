"""Marks as tables for other systems. Totals come from the gradebook, so manual marks are in them."""

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from descent.grading.course import Course, CourseError
from descent.grading.records import opened
from descent.grading.words import number

Rows = Iterable[list]
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def _nbgrader(book: Gradebook, path: Path) -> None:
    """nbgrader's own table."""
    plugin = CsvExportPlugin()
    plugin.to = str(path)
    plugin.export(book)
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    _write(path, rows)


def _totals(book: Gradebook) -> Iterable[tuple]:
    assignments = book.assignments
    scores = {
        (submission.student.id, assignment.name): submission
        for assignment in assignments
        for submission in assignment.submissions
    }
    for student in sorted(book.students, key=lambda student: student.id):
        row = []
        for assignment in assignments:
            submission = scores.get((student.id, assignment.name))
            if submission is None:
                row.append("")
            else:
                penalty = submission.late_submission_penalty or 0.0
                row.append(number(max(0.0, submission.score - penalty)))
        yield student, row


def _canvas(book: Gradebook) -> Rows:
    """As Canvas imports grades: points possible in the second row; SIS User ID is the student's id here."""
    yield [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        *(a.name for a in book.assignments),
    ]
    yield [
        "    Points Possible",
        "",
        "",
        "",
        "",
        *(number(a.max_score or 0.0) for a in book.assignments),
    ]
    for student, row in _totals(book):
        name = ", ".join(part for part in (student.last_name, student.first_name) if part)
        yield [name or student.id, "", student.id, student.id, "", *row]


def _moodle(book: Gradebook) -> Rows:
    """As Moodle imports grades: mapped by user name or e-mail address."""
    yield ["Username", "Email address", *(a.name for a in book.assignments)]
    for student, row in _totals(book):
        yield [student.id, student.email or "", *row]


def _questions(book: Gradebook) -> Rows:
    """One row for each student and question, with what the grader said."""
    yield ["assignment", "student_id", "question", "score", "max_score", "comment"]
    for assignment in book.assignments:
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


def _table(rows: Callable[[Gradebook], Rows]) -> Callable[[Gradebook, Path], None]:
    """Writes rows as a CSV file."""

    def write(book: Gradebook, path: Path) -> None:
        _write(path, rows(book))

    return write


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets a quote before it; numbers stay."""
    if not isinstance(cell, str) or cell[:1] not in ("=", "+", "@", "-", "\t", "\r"):
        return cell
    return cell if _NUMBER.fullmatch(cell) else f"'{cell}"


FORMATS: dict[str, tuple[str, Callable[[Gradebook, Path], None]]] = {
    "nbgrader": ("grades.csv", _nbgrader),
    "canvas": ("grades-canvas.csv", _table(_canvas)),
    "moodle": ("grades-moodle.csv", _table(_moodle)),
    "questions": ("grades-questions.csv", _table(_questions)),
}


def export(course: Course, formats: Iterable[str]) -> list[Path]:
    """Writes a table for each format into the course folder, and returns their paths.

    Raises CourseError if the folder is no course, or nothing has been released yet.
    """
    course.assignments()
    paths = []
    with opened(course) as book:
        if not book.assignments:
            raise CourseError("the gradebook is empty; release and grade an assignment first")
        for name in formats:
            file, write = FORMATS[name]
            write(book, course.root / file)
            paths.append(course.root / file)
    return paths
