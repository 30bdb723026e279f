"""The one writer into nbgrader's gradebook, so that formgrader and exports see our marks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import parse_utc

from descent.checks.result import Result
from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.journal import Mark
from descent.grading.stock import find_commands
from descent.grading.words import explained


def opened(course: Course) -> Gradebook:
    """The course's gradebook, made if there is none."""
    find_commands()
    return Gradebook(course.gradebook)


def write(course: Course, assignment: str, marks: Iterable[Mark]) -> None:
    """Writes marks and diagnoses in one transaction. Manual marks and comments are left as they are.

    Raises CourseError if the assignment has not been released.
    """
    with opened(course) as book, book.db.no_autoflush:
        try:
            entry = book.find_assignment(assignment)
        except MissingEntry:
            raise CourseError(
                f"{assignment} is not in the gradebook; release it first: descent release {assignment}"
            ) from None
        students: dict[Any, Student] = {student.id: student for student in book.students}
        known: dict[Any, Any] = {found.student_id: found for found in entry.submissions}
        written = _written(book, entry)
        for mark in marks:
            if written.get(mark.student, {}).items() >= _rows(course, mark).items():
                continue
            student = students.get(mark.student) or Student(id=mark.student)
            submission = known.get(mark.student) or _new(entry, student)
            submission.timestamp = _handed_in(course, mark) or submission.timestamp
            results = {result.exercise: result for result in mark.results}
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    result = results.get(grade.name.removesuffix("_check"))
                    if result:
                        grade.auto_score = result.score
                        grade.needs_manual_grade = grade.manual_score is not None
                for comment in notebook.comments:
                    if comment.name in results:
                        comment.auto_comment = _said(mark, results[comment.name])
            book.db.add(submission)
        book.db.commit()


def _rows(course: Course, mark: Mark) -> dict[str, Any]:
    """What a mark leaves in the gradebook: score and words by exercise, and when it was handed in."""
    rows: dict[str, Any] = {r.exercise: (r.score, _said(mark, r)) for r in mark.results}
    when = _handed_in(course, mark)
    return rows | {"": when} if when else rows


def _written(book: Gradebook, entry: Any) -> dict[Any, dict[str, Any]]:
    """What earlier runs have left there, by student: three queries, whatever the size of the class."""
    own = SubmittedAssignment.assignment_id == entry.id
    words: dict[Any, str] = {}
    rows: dict[Any, dict[str, Any]] = {
        student: {"": when}
        for student, when in book.db.query(
            SubmittedAssignment.student_id, SubmittedAssignment.timestamp
        ).filter(own)
    }
    for table, column in ((Comment, Comment.auto_comment), (Grade, Grade.auto_score)):
        found = (
            book.db.query(SubmittedAssignment.student_id, BaseCell.name, column)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(table, table.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == table.cell_id)
            .filter(own)
        )
        for student, name, value in found:
            if table is Comment:
                words[student, name] = value
            else:
                exercise = name.removesuffix("_check")
                rows[student][exercise] = (value, words.get((student, exercise)))
    return rows


def _new(entry: Any, student: Student) -> Any:
    """A submission with all its rows, as nbgrader's own `add_submission` makes it."""
    submission = SubmittedAssignment(assignment=entry, student=student)
    for notebook in submission.assignment.notebooks:
        own = SubmittedNotebook(notebook=notebook, assignment=submission)
        for cell in notebook.grade_cells:
            Grade(cell_id=cell.id, cell=cell, notebook=own)
        for cell in notebook.solution_cells:
            Comment(cell_id=cell.id, cell=cell, notebook=own)
        for cell in notebook.task_cells:
            Comment(cell_id=cell.id, cell=cell, notebook=own)
            Grade(cell_id=cell.id, cell=cell, notebook=own)
    return submission


def _handed_in(course: Course, mark: Mark) -> datetime | None:
    """What the exchange noted in timestamp.txt, if it is there and a time."""
    note = course.root / "submitted" / mark.student / mark.assignment / "timestamp.txt"
    try:
        return parse_utc(intake.contents(note)[:100].decode().splitlines()[0].strip())
    except (OSError, ValueError, IndexError, ArithmeticError, TypeError, intake.UnreadableError):
        return None  # whatever a student's hand has made of it


def _said(mark: Mark, result: Result) -> str:
    return mark.reason or explained(result)
