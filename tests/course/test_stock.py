"""Stock nbgrader and our grader give the same marks to honest work, under the same seed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from descent.grading.course import Course
from descent.grading.gradebook import writing
from descent.grading.marking import batch
from descent.grading.release.making import new_course, release

SOLUTIONS = Path(__file__).parents[2] / "solutions"
ASSIGNMENT = "02_gradient_descent"
HONEST = ("blank", "copied_test", "partly", "right_3", "wrong_07", "wrong_09")


def scores(course):
    with Gradebook(course.gradebook) as book:
        return {
            (submission.student.id, grade.name): grade.score
            for submission in book.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if submission.student.id in HONEST
        }


def nbgrader(course, *words):
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def course_of_the_honest(made_up, root):
    """A copy of the course with the same secret, and only these students."""
    made = ("release", "submitted", "autograded", "feedback", "journal", "report", "gradebook.db")
    ignored = shutil.ignore_patterns(*made)
    shutil.copytree(made_up.root, root, ignore=ignored)
    for student in HONEST:
        shutil.copytree(made_up.root / "submitted" / student, root / "submitted" / student)
    course = Course(root)
    release(course, ASSIGNMENT)
    return course


@pytest.mark.slow
def test_stock_autograde_gives_the_same_marks(made_up, tmp_path):
    ours = course_of_the_honest(made_up, tmp_path / "ours")
    marks, _ = batch.grade(
        ours, ASSIGNMENT, batch.Options(allow_weak_sandbox=True), lambda *_: None
    )
    writing.write(ours, ASSIGNMENT, marks)

    stock = course_of_the_honest(made_up, tmp_path / "stock")
    for folder in stock.root.glob(f"submitted/*/{ASSIGNMENT}"):  # it stands before no library
        (folder / "numpy.py").write_text("raise SystemExit")
    nbgrader(stock, "autograde", ASSIGNMENT)

    assert len(scores(ours)) == 5 * len(HONEST)
    assert scores(ours) == scores(stock)
    assert 0 < sum(scores(ours).values()) < 14 * len(HONEST)

    nbgrader(stock, "generate_feedback", ASSIGNMENT)
    pages = [page.read_text() for page in stock.root.glob("feedback/*/*/*.html")]
    assert len(pages) == len(HONEST)
    assert "hidden" in stock.source(ASSIGNMENT).read_text()
    assert not [page for page in pages if "HIDDEN" in page]


@pytest.mark.slow
def test_stock_autograde_pays_every_solution_in_full(tmp_path):
    course = new_course(tmp_path / "course", SOLUTIONS)
    for assignment in course.assignments():
        release(course, assignment)
        folder = course.root / "submitted" / "solution" / assignment
        shutil.copytree(course.source(assignment).parent, folder)
        nbgrader(course, "autograde", assignment)
    with Gradebook(course.gradebook) as book:
        for assignment in course.assignments():
            submission = book.find_submission(assignment, "solution")
            assert submission.score == submission.max_score > 0, assignment
