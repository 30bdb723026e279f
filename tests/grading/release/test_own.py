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
ASSIGNMENT, PLAIN = "04_momentum", "04_guess"
STEP = EXERCISES["momentum_step"]
VARIED = ("momentum_step", "ema_to_classical", "momentum_repaired", "best_heavy_ball")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    shutil.copytree(SOLUTIONS / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    cells = (SOLUTIONS / ASSIGNMENT / f"{ASSIGNMENT}.py").read_text().split("\n# %%")
    guess = root / "solutions" / PLAIN / f"{PLAIN}.py"
    guess.parent.mkdir()
    guess.write_text(
        "\n# %%".join([cells[0], *(c for c in cells if "predicted_momentum_steps" in c)])
    )
    shutil.copy(SOLUTIONS.parent / "nbgrader_config.py", root)
    course = new_course(root / "course", root / "solutions")
    own.release_own(course, ASSIGNMENT, ["ada", "bob"])
    return course


def variant_of(course, student, exercise="momentum_step"):
    known = graded.find(course, ASSIGNMENT)
    assert known is not None
    return known.of(student)[exercise]


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


def test_the_checks_name_the_variants_and_the_guess_is_as_it_was(course):
    checks = {intake.cell_name(cell): cell for cell in cells_of(course)}
    for name in VARIED:
        cell = checks[f"{name}_check"]
        assert cell.source == f'check("{name}", variant="{variant_of(course, "ada", name)}")'
        assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
    guess = checks["predicted_momentum_steps_check"]
    assert guess.source == 'check("predicted_momentum_steps")'


def test_the_bug_lab_holds_the_variants_own_program(course):
    own = EXERCISES["momentum_repaired"].varied(variant_of(course, "ada", "momentum_repaired"))
    sources = {intake.cell_name(cell): cell.source for cell in cells_of(course)}
    assert sources["momentum_repaired"] == own.given
    assert "=" in own.given


def test_nothing_else_of_the_notebook_is_changed(course):
    released = nbformat.read(course.released(ASSIGNMENT), 4).cells
    kept = [cell for cell in cells_of(course) if cell.id in {old.id for old in released}]
    assert [cell.id for cell in kept] == [cell.id for cell in released]
    differ = [a for a, b in zip(kept, released, strict=True) if a.source != b.source]
    expected = {f"{name}_check" for name in VARIED} | {"momentum_repaired"}
    assert {intake.cell_name(cell) for cell in differ} == expected
    assert len(cells_of(course)) == len(released) + len(VARIED) + 1


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
    mine = variant_of(course, "ada", "ema_to_classical")
    names = (f"student {k}" for k in range(20))
    friend = next(n for n in names if variant_of(course, n, "ema_to_classical") != mine)
    damping = float(mine.rpartition(" ")[2])
    right = f"    return lr * (1 - beta) / {1 - damping}"
    notebook = nbformat.read(graded.notebook_of(course, "ada", ASSIGNMENT), 4)
    for cell in notebook.cells:
        if intake.cell_name(cell) == "ema_to_classical":
            cell.source = "def ema_to_classical(lr, beta):\n" + right
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
                if grade.name == "ema_to_classical_check"
            )
            for student in ("ada", friend)
        }
    assert scores["ada"] == EXERCISES["ema_to_classical"].points
    assert scores[friend] < EXERCISES["ema_to_classical"].points
