"""The tables of nbgrader's gradebook, as they are asked for here: few queries, whatever the size of the class."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from descent.grading.course import Course, CourseError
from descent.grading.course.settings import database
from descent.grading.release.stock import find_commands


@contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, made if there is none. Raises CourseError if it cannot be opened, or not be written."""
    find_commands()
    address, name = database(course)
    shown = re.sub(r"(?<=://)([^:@/]*):.*@", r"\1:***@", address)  # without its password
    try:
        book = Gradebook(address, name)
    except (SQLAlchemyError, InvalidEntry, ModuleNotFoundError, OSError) as error:
        said = str(error).partition("\n")[0]
        raise CourseError(
            f"the gradebook at {shown} cannot be opened: {said}. Its address is "
            "c.CourseDirectory.db_url in nbgrader_config.py; for Postgres: pip install 'psycopg[binary]'."
        ) from None
    with book:
        try:
            yield book
        except (DBAPIError, InvalidEntry) as error:
            # The disk is full or read-only, the server has gone, another program has written the same row.
            said = str(error).partition("\n")[0]
            raise CourseError(f"the gradebook at {shown} cannot be used: {said}.") from None


def entry(book: Gradebook, assignment: str) -> Any:
    """The assignment's own row; raises CourseError if it has not been released."""
    try:
        return book.find_assignment(assignment)
    except MissingEntry:
        raise CourseError(
            f"{assignment} is not in the gradebook; release it first: descent release {assignment}, "
            "with --graded where students have notebooks of their own."
        ) from None


def cells(book: Gradebook, of: Any, table: Any, *columns: Any) -> Iterator[tuple[str, str, tuple]]:
    """Student, name of the cell, and these columns of all its grades or comments."""
    found = (
        book.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(table, table.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == table.cell_id)
        .filter(SubmittedAssignment.assignment_id == of.id)
    )
    for student, name, *values in found:
        yield student, name, tuple(values)


def points_of(of: Any) -> dict[str, float]:
    """The most that each cell of an assignment earns, by its name; nbgrader's tasks are such cells, too."""
    marked = (cell for n in of.notebooks for cell in (*n.grade_cells, *n.task_cells))
    return {cell.name: float(cell.max_score) for cell in marked}


def questions_of(of: Any) -> list[str]:
    """The questions of an assignment, by name: of a cell that tests an answer, the answer's."""
    return sorted(name.removesuffix("_check") for name in points_of(of))


class Line(NamedTuple):
    """A question of one student."""

    student: str
    question: str
    score: float
    points: float
    comment: str


def cells_of(book: Gradebook, of: Any) -> list[Line]:
    """Every question of every student of an assignment, with what stands beside it, by student and question."""
    points = points_of(of)
    said = {(s, name): text for s, name, (text,) in cells(book, of, Comment, Comment.comment)}
    lines = []
    for student, name, (score,) in cells(book, of, Grade, Grade.score):
        question = name.removesuffix("_check")
        comment = said.get((student, question)) or ""
        lines.append(Line(student, question, score, points.get(name, 0.0), comment))
    return sorted(lines)


def times(book: Gradebook, assignment: str = "") -> Iterable[Any]:
    """Each submission's times, of one assignment or of all, with the notebook that bears the penalty."""
    columns: list[Any] = [
        SubmittedAssignment.id,
        SubmittedAssignment.student_id,
        SubmittedAssignment.assignment_id,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        cast(Any, Assignment).name,
        Assignment.duedate,
        SubmittedNotebook.id.label("notebook"),
        SubmittedNotebook.late_submission_penalty,
    ]
    found = (
        book.db.query(*columns)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    )
    return found.filter(Assignment.id == assignment) if assignment else found
