"""A run that is killed at any moment, and begun again, leaves the gradebook that it would have left."""

import json
import multiprocessing
import random
import shutil
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from descent import cli
from descent.grading.course import Course
from descent.grading.marking import journal
from descent.grading.release.making import new_course, release

ASSIGNMENT = "02_gradient_descent"
STUDENTS = 24
KILLS = 20
SOLUTIONS = Path(__file__).parents[2] / "solutions"
ANSWERS = (
    "import numpy as np\ndef largest_stable_lr(H):\n    return 2 / np.linalg.eigvalsh(H)[-1]",
    "def largest_stable_lr(H):\n    return 1 / max(abs(H).sum(axis=0))",
    "def gradient_descent(grad, theta0, lr, steps):\n    return theta0 * lr",
    "predicted_steps = {number}",
    "def largest_stable_lr(H)\n    return 1",
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="runs are forked, to be quick")


def shorten(path):
    """Leaves two quick exercises in the instructor's notebook."""
    notebook = json.loads(path.read_text())
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_check")
        in ("largest_stable_lr", "predicted_steps")
    ]
    path.write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    made = new_course(tmp_path_factory.mktemp("killed") / "course", SOLUTIONS)
    shorten(made.source(ASSIGNMENT))
    release(made, ASSIGNMENT)
    for number in range(STUDENTS):
        cells = [
            {"cell_type": "code", "source": text.format(number=number), "metadata": {}}
            for text in ANSWERS[number % 3 :: 2]
        ]
        path = made.root / "submitted" / f"s{number:02d}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": cells}) if number else "{")
    return made


def run(root):
    sys.stdout = sys.stderr = Path(root, "said").open("a")  # noqa: SIM115 the process ends at once
    sys.exit(
        cli.main(
            ["grade", "--course", str(root), "--jobs", "2", "--allow-weak-sandbox", ASSIGNMENT]
        )
    )


def begun(course):
    process = multiprocessing.get_context("fork").Process(target=run, args=(course.root,))
    process.start()
    return process


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait(process, path, count):
    """Until the journal has so many marks, or the run is over."""
    while process.is_alive() and lines(path) < count:
        time.sleep(0.002)


def below(pid):
    """All processes that descend from this one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *below(child)]
    return found


def left(course):
    """What the instructor and the students have in the end."""
    with Gradebook(course.gradebook) as book:
        grades = {
            (submission.student_id, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for submission in book.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
        comments = {
            (submission.student_id, comment.name): comment.auto_comment
            for submission in book.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            for comment in notebook.comments
        }
    marks = {mark.student: mark.results for mark in journal.read(course.journal(ASSIGNMENT))}
    pages = {
        path.parent.parent.name: path.read_text()
        for path in (course.root / "feedback").rglob("*.html")
    }
    return grades, comments, marks, pages


@pytest.fixture(scope="module")
def undisturbed(course, tmp_path_factory):
    copy = Course(tmp_path_factory.mktemp("undisturbed") / "course")
    shutil.copytree(course.root, copy.root)
    began = time.monotonic()
    process = begun(copy)
    process.join()
    assert process.exitcode == 0, (copy.root / "said").read_text()
    return left(copy), time.monotonic() - began


def test_twenty_kills_change_nothing(course, undisturbed):
    wanted, seconds = undisturbed
    rng = random.Random(0)
    path, ends = course.journal(ASSIGNMENT), []
    for _ in range(KILLS):
        process, more = begun(course), rng.randrange(3)
        wait(process, path, lines(path) + more)
        process.join(rng.uniform(0, 0.03 if more else 0.3 * seconds))
        ends.append((process.is_alive(), lines(path)))
        process.kill()
        process.join()
        if path.exists() and rng.random() < 0.5:  # as if the power had failed, too
            content = path.read_bytes()
            path.write_bytes(content[: max(0, len(content) - rng.randrange(3000))])
    assert len({marks for alive, marks in ends if alive}) > 5  # they were killed at their work
    process = begun(course)
    process.join()
    assert process.exitcode == 0, (course.root / "said").read_text()
    assert left(course) == wanted
    assert len(wanted[2]) == len(wanted[3]) == STUDENTS


def test_a_killed_run_leaves_no_process(course, tmp_path):
    copy = Course(tmp_path / "course")
    shutil.copytree(course.root, copy.root)
    shutil.rmtree(copy.root / "journal", ignore_errors=True)
    process = begun(copy)
    deadline = time.monotonic() + 60
    while len(below(process.pid)) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    family = below(process.pid)
    assert len(family) >= 4
    process.kill()
    process.join()
    while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in family if Path(f"/proc/{pid}").exists()]
