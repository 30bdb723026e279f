"""An instructor's path, whole: release, students' files, collect, grade, manual marks in formgrader, feedback, CSV."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from formgrader import Formgrader
from nbgrader.utils import get_username

from descent.cli import main
from descent.grading.course import Course
from descent.grading.release.making import new_course

SOLUTIONS = Path(__file__).parents[2] / "solutions"
ASSIGNMENT = "02_gradient_descent"
STUDENT = get_username()  # the exchange knows students by their accounts
OTHER, BROKEN = "bob", "cyd"
FIRST = "gradient_descent"
WRITTEN = "why_it_diverges"
SETTINGS = """
c.CourseDirectory.course_id = "opt"
c.Exchange.root = {exchange!r}
c.Exchange.cache = {cache!r}
c.Exchange.assignment_dir = {folder!r}
"""
POLICY = "c.Descent.late_penalty = 0.1\n"
UPHILL = """\
def gradient_descent(grad, theta0, lr, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + lr * grad(path[-1]))
    return np.array(path)
"""
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
SAID = "Good; say what L is."
ESSAY = "The rate is **above** 2/L. <script>document.title = 'stolen'</script><img src=x onerror='document.title=1'>"


def nbgrader(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The instructor's course, with a written question, and the account of a student."""
    root = tmp_path_factory.mktemp("path")
    course = new_course(root / "course", SOLUTIONS, "https://book.example")
    exchange = root / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    student = root / "student"
    student.mkdir()
    for folder in (course.root, student):
        own = {"exchange": str(exchange), "cache": str(root / "cache"), "folder": str(folder)}
        with (folder / "nbgrader_config.py").open("a") as file:
            file.write(
                ("" if folder == course.root else "c = get_config()\n") + SETTINGS.format(**own)
            )
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(POLICY)
    notebook = nbformat.read(course.source(ASSIGNMENT), as_version=4)
    cell = nbformat.v4.new_markdown_cell("*Write here.*", id="written")
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade": True,
        "solution": True,
        "locked": False,
        "task": False,
        "points": 3,
        "grade_id": WRITTEN,
    }
    notebook.cells.append(cell)
    nbformat.write(notebook, course.source(ASSIGNMENT))
    return course, student


def answer(path):
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = {FIRST: UPHILL, WRITTEN: ESSAY}.get(name, cell["source"])
        if name == FIRST:
            picture = {"image/png": PNG, "text/html": "<b>not shown</b>"}
            cell["outputs"] = [{"output_type": "display_data", "data": picture, "metadata": {}}]
    path.write_text(json.dumps(notebook))


@pytest.fixture
def formgrader(folders, chromium):
    opened = Formgrader(folders[0], chromium)
    yield opened
    opened.close()


def table(course: Course, name: str):
    with (course.root / name).open(encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.slow
@pytest.mark.browser
def test_an_instructors_path(folders, request, capsys):
    course, student = folders
    own_course = ["--course", str(course.root)]
    assert main(["release", ASSIGNMENT, *own_course, "--due", "2026-02-01 12:00"]) == 0
    nbgrader(course.root, "release_assignment", ASSIGNMENT)

    nbgrader(student, "fetch_assignment", ASSIGNMENT)
    answer(student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    nbgrader(student, "submit", ASSIGNMENT)
    by_hand = course.root / "submitted" / OTHER / ASSIGNMENT
    by_hand.mkdir(parents=True)
    shutil.copy(course.released(ASSIGNMENT), by_hand)
    (by_hand / "timestamp.txt").write_text("2026-02-02 11:00:00 UTC\n")
    broken = course.root / "submitted" / BROKEN / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text("")
    nbgrader(course.root, "collect", ASSIGNMENT)
    handed_in = course.root / "submitted" / STUDENT / ASSIGNMENT
    assert (handed_in / "timestamp.txt").read_text().endswith(" UTC")
    shutil.copy(by_hand / "timestamp.txt", handed_in)  # a day late, whatever day it is today

    grade = ["grade", ASSIGNMENT, *own_course, "--allow-weak-sandbox", "--jobs", "1"]
    assert main(grade) == 0
    assert "ascent" in capsys.readouterr().out

    formgrader = request.getfixturevalue("formgrader")
    assert formgrader.menu()[ASSIGNMENT] == ["2026-02-01 12:00:00 UTC", "released", "3"]
    page = formgrader.submission(ASSIGNMENT, STUDENT)
    comment = page.locator(f"textarea[id='{FIRST}-comment']")
    assert comment.get_attribute("placeholder").startswith("Your step goes uphill")
    assert "gradient_descent: failed, 0 of 4 points" in page.inner_text("body")
    assert "The rate is above 2/L." in page.inner_text("body")
    assert page.title() == ASSIGNMENT  # nothing that the student wrote has run
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("img").evaluate_all("all => all.map(one => one.naturalWidth)") == [1]
    assert "not shown" not in page.inner_text("body")
    score = page.locator(f"input[id='{WRITTEN}']")
    assert (score.input_value(), score.get_attribute("class")) == (
        "",
        "score tabbable needs_manual_grade",
    )
    formgrader.give(WRITTEN, "2.5", SAID)
    if picture := os.environ.get("DESCENT_PICTURES"):
        page.screenshot(path=f"{picture}/formgrader.png", full_page=True)
    page = formgrader.submission(ASSIGNMENT, BROKEN)
    assert "Not graded. The file is empty." in page.inner_text("body")
    assert formgrader.given(WRITTEN) == ("", "")

    shutil.rmtree(course.root / "journal")  # so that everything is graded anew
    assert main(grade) == 0
    formgrader.submission(ASSIGNMENT, STUDENT)
    assert formgrader.given(WRITTEN) == ("2.5", SAID)
    assert formgrader.refused == []
    formgrader.close()

    assert main(["feedback", ASSIGNMENT, *own_course]) == 0
    nbgrader(course.root, "release_feedback", ASSIGNMENT)
    nbgrader(student, "fetch_feedback", ASSIGNMENT)
    (fetched,) = (student / ASSIGNMENT / "feedback").glob(f"*/{ASSIGNMENT}.html")
    told = fetched.read_text(encoding="utf-8")
    for text in (SAID, "2.5 of 3", "Your step goes uphill", "1 day late"):
        assert text in told
    assert "#sec-gd-" in told

    assert main(["export", *own_course]) == 0
    moodle = {row[0]: row[-1] for row in table(course, "grades-moodle.csv")[1:]}
    assert moodle == {
        STUDENT: "0.8",
        OTHER: "0",
        BROKEN: "0",
    }  # 2.5 by hand, less a tenth of 17 points for a day
    head, *lines = table(course, "grades-questions.csv")
    of_each = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    assert of_each[STUDENT][f"{ASSIGNMENT}: {WRITTEN}"] == "2.5"
    said = {(r[1], r[2]): r[3:] for r in table(course, "grades-comments.csv")[1:]}
    assert said[STUDENT, WRITTEN] == ["2.5", "3", SAID]
    assert said[OTHER, WRITTEN] == ["0", "3", "No response."]
    assert said[STUDENT, FIRST][2].startswith("Your step goes uphill")
