"""Stock nbgrader and our grader give the same marks to honest work, under the same seed."""

import shutil
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from descent.grading import batch, gradebook
from descent.grading.course import Course, release

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


def course_of_the_honest(made_up, root):
    """A copy of the course with the same secret, and only these students."""
    ignored = shutil.ignore_patterns("submitted", "feedback", "journal", "gradebook.db", "release")
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
    gradebook.write(ours, ASSIGNMENT, marks)

    stock = course_of_the_honest(made_up, tmp_path / "stock")
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
    done = subprocess.run(command, cwd=stock.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    assert len(scores(ours)) == 5 * len(HONEST)
    assert scores(ours) == scores(stock)
    assert 0 < sum(scores(ours).values()) < 14 * len(HONEST)
