import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum

from descent.checks import EXERCISES
from descent.grading import intake
from descent.grading.course import CourseError
from descent.grading.release import own
from descent.grading.release.making import new_course
from descent.grading.variants import graded

SOLUTIONS = Path(__file__).parents[3] / "solutions"
ASSIGNMENT, PLAIN = "04_momentum", "02_gradient_descent"
STEP = EXERCISES["momentum_step"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    for name in (ASSIGNMENT, PLAIN):
        shutil.copytree(SOLUTIONS / name, root / "solutions" / name)
    shutil.copy(SOLUTIONS.parent / "nbgrader_config.py", root)
    course = new_course(root / "course", root / "solutions")
    own.release_own(course, ASSIGNMENT, ["ada", "bob"])
    return course


def variant_of(course, student):
    known = graded.find(course, ASSIGNMENT)
    assert known is not None
    return known.of(student)["momentum_step"]


def cells_of(course, student="ada"):
    notebook = nbformat.read(graded.notebook_of(course, student, ASSIGNMENT), 4)
    nbformat.validate(notebook)
    return notebook.cells


def test_the_statement_stands_right_above_the_answer(course):
    variant = STEP.varied(variant_of(course, "ada"))
    cells = cells_of(course)
    place = [intake.cell_name(cell) for cell in cells].index("momentum_step")
    assert variant.statement in cells[place - 1].source
    assert f'hint("momentum_step", 1, variant="{variant.variant}")' in cells[place - 1].source
    assert "made for `ada`" in cells[1].source


def test_the_check_names_the_variant_and_the_others_are_as_they_were(course):
    variant = variant_of(course, "ada")
    checks = {intake.cell_name(cell): cell for cell in cells_of(course)}
    cell = checks["momentum_step_check"]
    assert cell.source == f'check("momentum_step", variant="{variant}")'
    assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
    assert checks["momentum_repaired_check"].source == 'check("momentum_repaired")'


def test_nothing_else_of_the_notebook_is_changed(course):
    released = nbformat.read(course.released(ASSIGNMENT), 4).cells
    kept = [cell for cell in cells_of(course) if cell.id in {old.id for old in released}]
    assert [cell.id for cell in kept] == [cell.id for cell in released]
    differ = [a.source for a, b in zip(kept, released, strict=True) if a.source != b.source]
    assert len(differ) == 1
    assert len(cells_of(course)) == len(released) + 2


def test_the_notebook_is_the_same_whenever_it_is_made(course):
    path = graded.notebook_of(course, "ada", ASSIGNMENT)
    before = path.read_bytes()
    path.unlink()
    own.release_own(course, ASSIGNMENT, ["ada"])
    assert path.read_bytes() == before


def test_no_secret_and_no_solution_is_in_it(course):
    text = graded.notebook_of(course, "ada", ASSIGNMENT).read_text()
    assert course.seed not in text
    assert "BEGIN" not in text
    assert "HIDDEN" not in text


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\nb", "\udce9"])
def test_a_name_that_is_no_folders_is_refused_before_anything_is_written(course, name):
    with pytest.raises(CourseError, match="no student can be called"):
        own.release_own(course, ASSIGNMENT, ["carol", name])
    assert not graded.notebook_of(course, "carol", ASSIGNMENT).exists()


def test_an_assignment_without_variants_is_refused(course):
    with pytest.raises(CourseError, match=f"none of the exercises of {PLAIN}"):
        own.release_own(course, PLAIN, ["ada"])


def autograde(course):
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_stock_autograde_marks_by_the_variant_too(course):
    """Right for ada's notebook, handed in by ada, and by somebody who was asked for something else."""
    mine = variant_of(course, "ada")
    names = (f"student {k}" for k in range(20))
    friend = next(n for n in names if variant_of(course, n) != mine)
    right = {
        "velocity holds the damped rate": "    v = beta * velocity + (1 - beta) * lr * grad\n    return theta - v, v",
        "mean of two velocities": "    v = beta * velocity + grad\n    return theta - lr * (velocity + v) / 2, v",
        "half gradient, half velocity": "    v = beta * velocity + grad\n    return theta - lr * (grad + v) / 2, v",
    }[mine]
    notebook = nbformat.read(graded.notebook_of(course, "ada", ASSIGNMENT), 4)
    for cell in notebook.cells:
        if intake.cell_name(cell) == "momentum_step":
            cell.source = "def momentum_step(theta, grad, velocity, lr, beta):\n" + right
    for student in ("ada", friend):
        path = course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    autograde(course)
    with Gradebook(course.gradebook) as book:
        scores = {
            student: next(
                grade.score
                for grade in book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
                if grade.name == "momentum_step_check"
            )
            for student in ("ada", friend)
        }
    assert scores["ada"] == STEP.points
    assert scores[friend] < STEP.points
