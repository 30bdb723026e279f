"""Stock nbgrader and our grader give the same marks to honest work, under the same seed."""

import shutil
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

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


@pytest.mark.slow
def test_stock_autograde_gives_the_same_marks(made_up, graded, tmp_path):
    stock = Course(tmp_path / "stock")
    shutil.copytree(
        made_up.root, stock.root, ignore=shutil.ignore_patterns("feedback", "submitted")
    )
    (stock.root / "gradebook.db").unlink()
    release(stock, ASSIGNMENT)
    for student in HONEST:
        shutil.copytree(made_up.root / "submitted" / student, stock.root / "submitted" / student)
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
    done = subprocess.run(command, cwd=stock.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    ours, theirs = scores(made_up), scores(stock)
    assert len(ours) == 5 * len(HONEST)
    assert ours == theirs
    assert 0 < sum(ours.values()) < 14 * len(HONEST)
