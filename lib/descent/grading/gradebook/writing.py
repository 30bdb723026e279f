"""The one writer into nbgrader's gradebook, so that formgrader and exports see our marks. On sqlite or Postgres."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy.orm import selectinload

from descent.checks.result import Result
from descent.grading.course import Course
from descent.grading.gradebook.late import handed_in
from descent.grading.gradebook.papers import Paper, Shelf
from descent.grading.gradebook.records import cells, entry, opened, times
from descent.grading.gradebook.standing import settle
from descent.grading.marking.journal import Mark
from descent.grading.words import clean, explained

BATCH = 500  # submissions between two commits
NO_ANSWER = "No response."  # nbgrader's own words
# None before what it points to.
_TABLES = (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)


def write(course: Course, assignment: str, marks: Iterable[Mark]) -> set[str]:
    """Writes marks and diagnoses where they have changed, in batches; then the late days of the whole course.

    Returns the other assignments that they cost more or less than before. Manual marks and comments are left as they are; one is shown to a person again where the answer or its mark
    has changed. Raises CourseError if the assignment has not been released.
    """
    shelf = Shelf(course, assignment)
    with opened(course) as book, book.db.no_autoflush:
        of = entry(book, assignment)
        before = written(book, of)
        changed = (
            mark
            for mark in marks
            if not (before.get(mark.student, {}).items() >= _rows(course, mark).items())
            or not shelf.has(mark)
        )
        while some := list(islice(changed, BATCH)):
            papers = [shelf.paper(mark) for mark in some]
            _put(book, of, course, zip(some, papers, strict=True))
            book.db.commit()
            book.db.expunge_all()
            of = entry(book, assignment)
            for paper in papers:  # only now: what is marked as new in the gradebook is so no longer
                paper.save()
        return settle(course, book) - {assignment}


def _put(book: Gradebook, of: Any, course: Course, marked: Iterable[tuple[Mark, Paper]]) -> None:
    """Adds the rows of these marks to the session."""
    pairs = list(marked)
    names = [mark.student for mark, _ in pairs]
    students = {row.id for row in book.db.query(Student.id).filter(Student.id.in_(names))}
    of_all = (
        book.db.query(SubmittedAssignment)
        .filter(
            SubmittedAssignment.assignment_id == of.id, SubmittedAssignment.student_id.in_(names)
        )
        .options(
            selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades),
            selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.comments),
        )
    )
    known: dict[Any, Any] = {submission.student_id: submission for submission in of_all}
    added: list[Any] = []
    for mark, paper in pairs:
        first = mark.student not in known
        if mark.student not in students:
            added.append(Student(id=mark.student))
        rows = _submission(of, mark.student, known.get(mark.student), added)
        rows.submission.timestamp = handed_in(course, mark.student, mark.assignment)
        results = {result.exercise: result for result in mark.results}
        for name, grade in rows.grades:
            result = results.get(name.removesuffix("_check"))
            if result:
                if result.exercise in paper.new or result.score != grade.auto_score:
                    grade.needs_manual_grade = grade.manual_score is not None
                grade.auto_score = result.score
            elif name in paper.written and (first or name in paper.new):
                grade.auto_score = None if paper.written[name] else 0.0
                grade.needs_manual_grade = bool(paper.written[name])
            elif name in paper.new:
                grade.needs_manual_grade = True
        for name, comment in rows.comments:
            if name in results:
                comment.auto_comment = said(mark, results[name])
            elif name in paper.written:
                comment.auto_comment = None if paper.written[name] else NO_ANSWER
    for kind in _TABLES:
        book.db.bulk_save_objects([row for row in added if type(row) is kind])


def _rows(course: Course, mark: Mark) -> dict[str, Any]:
    """What a mark leaves in the gradebook: score and words by exercise, and when it was handed in."""
    rows: dict[str, Any] = {r.exercise: (r.score, said(mark, r)) for r in mark.results}
    return rows | {"": handed_in(course, mark.student, mark.assignment)}


def written(book: Gradebook, of: Any) -> dict[Any, dict[str, Any]]:
    """What earlier runs have left there, by student: three queries, whatever the size of the class."""
    rows: dict[Any, dict[str, Any]] = {
        row.student_id: {"": row.timestamp} for row in times(book, of.id)
    }
    words = {(s, name): said for s, name, (said,) in cells(book, of, Comment, Comment.auto_comment)}
    for student, name, (score,) in cells(book, of, Grade, Grade.auto_score):
        exercise = name.removesuffix("_check")
        rows[student][exercise] = (score, words.get((student, exercise)))
    return rows


class _Submission(NamedTuple):
    """A submission's row, and those of its cells with their names."""

    submission: Any
    grades: list[tuple[str, Any]]
    comments: list[tuple[str, Any]]


def _submission(of: Any, student: str, known: Any, added: list[Any]) -> _Submission:
    """All the rows that nbgrader's own `add_submission` makes; those that the gradebook does not have join `added`.

    They are tied by their keys alone: that is quicker. known: the submission that is there, or None.
    """

    def row(there: Any, kind: Any, **keys: str) -> Any:
        if there is None:
            added.append(there := kind(id=new_uuid(), **keys))
        return there

    submission = row(known, SubmittedAssignment, assignment_id=of.id, student_id=student)
    owns = {own.notebook_id: own for own in submission.notebooks}
    rows = _Submission(submission, [], [])
    for notebook in of.notebooks:
        keys = {"notebook_id": notebook.id, "assignment_id": submission.id}
        own = row(owns.get(notebook.id), SubmittedNotebook, **keys)
        grades = {grade.cell_id: grade for grade in own.grades}
        comments = {comment.cell_id: comment for comment in own.comments}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            keys = {"cell_id": cell.id, "notebook_id": own.id}
            rows.grades.append((cell.name, row(grades.get(cell.id), Grade, **keys)))
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            keys = {"cell_id": cell.id, "notebook_id": own.id}
            rows.comments.append((cell.name, row(comments.get(cell.id), Comment, **keys)))
    return rows


def said(mark: Mark, result: Result) -> str:
    """The words that go with a score: why there is none, or what the grader has found."""
    return clean(mark.reason, 1000) or explained(result)
