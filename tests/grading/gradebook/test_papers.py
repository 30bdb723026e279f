"""What formgrader shows of a submission."""

import json

import nbformat
import pytest

from descent.checks.result import Result, Test
from descent.grading.course import Course
from descent.grading.gradebook.papers import Shelf
from descent.grading.marking.journal import Mark

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
FLAGS = {"schema_version": 3, "task": False}


def cell(kind, name, source, **flags):
    own = {"nbgrader": {**FLAGS, "grade": False, "solution": False, "locked": False, **flags}}
    own["nbgrader"]["grade_id"] = name
    return {"cell_type": kind, "metadata": own, "source": source}


def added(source, kind="code"):
    return {
        "cell_type": kind,
        "metadata": {},
        "source": source,
        "outputs": [{"output_type": "display_data", "data": {"text/html": "<script>"}}],
    }


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


ANSWER = cell("code", "f", "def f(): ...", solution=True)
CHECK = cell("code", "f_check", "check('f', level='hidden')", grade=True, locked=True, points=4)
ESSAY = cell("markdown", "essay", "*Write here.*", grade=True, solution=True, points=3)


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path)
    for path in (course.source("02"), course.released("02")):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook(ANSWER, CHECK, ESSAY)))
    return course


def hand_in(course, *cells):
    path = course.root / "submitted" / "ada" / "02" / "02.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(*cells)))


def mark(**more):
    result = Result("f", "failed", 4.0, (Test("t", 4.0, 1.0, False),), "Uphill.")
    return Mark("ada", "02", "k", (result,), **more)


def shown(course, **more):
    paper = Shelf(course, "02").paper(mark(**more))
    paper.save()
    saved = nbformat.read(course.root / "autograded" / "ada" / "02" / "02.ipynb", as_version=4)
    nbformat.validate(saved)
    return paper, saved.cells


def test_answers_stand_in_their_order_with_the_graders_words_and_no_output_of_the_students(course):
    own = {**ANSWER, "source": "def f(): return helper()"}
    forged = {**CHECK, "source": "4.0", "outputs": [{"output_type": "stream", "text": "4"}]}
    hand_in(course, added("def helper(): return 1"), own, own, forged)
    _, cells = shown(course)
    assert [c.source for c in cells] == [
        "def helper(): return 1",
        "def f(): return helper()",
        "def f(): return helper()",  # the copy, an ordinary cell
        "check('f', level='hidden')",
        "*Write here.*",
    ]
    assert ["nbgrader" in c.metadata for c in cells] == [False, True, False, True, True]
    outputs = [c.get("outputs") for c in cells]
    assert outputs[0] == outputs[1] == []
    assert outputs[3][0].text.startswith("f: failed, 1 of 4 points\nUphill.")


def test_of_a_file_that_cannot_be_read_the_reason_is_shown(course):
    hand_in(course)
    _, cells = shown(course, reason="The file is empty.")
    assert cells[0].source == "**Not graded.** The file is empty."
    assert [c.source for c in cells[1:]] == ["def f(): ...", "check('f', level='hidden')", "*Write here.*"]  # fmt: skip


def test_what_the_student_is_told_of_the_file_stands_above_the_answers(course):
    hand_in(course, ANSWER, CHECK, ESSAY)
    _, cells = shown(course, remarks=("The file breaks off.", *["Copied."] * 30))
    said = cells[0].source.splitlines()
    assert said[:3] == ["**About the file**", "", "- The file breaks off."]
    assert len(said) == 2 + 20
    assert cells[1].source == "def f(): ..."


def test_written_answers_are_told_from_blank_ones_and_from_those_already_seen(course):
    hand_in(course, ANSWER, CHECK, ESSAY)
    paper, _ = shown(course)
    assert (paper.written, paper.new) == ({"essay": ""}, {"f", "essay"})
    hand_in(course, ANSWER, CHECK, {**ESSAY, "source": "Because.\n"})
    paper, _ = shown(course)
    assert (paper.written, paper.new) == ({"essay": "Because."}, {"essay"})
    paper, _ = shown(course)
    assert paper.new == frozenset()


def test_it_is_made_anew_for_another_mark_file_or_form_only(course):
    hand_in(course, ANSWER)
    assert not Shelf(course, "02").has(mark())
    shown(course)
    assert Shelf(course, "02").has(mark())
    assert not Shelf(course, "02").has(mark(file="other"))
    assert not Shelf(course, "02").handed_in_again(mark())
    course.source("02").write_text(json.dumps(notebook(ANSWER, CHECK)))
    assert not Shelf(course, "02").has(mark())
    hand_in(course, {**ANSWER, "source": "def f(): return 2"})
    assert Shelf(course, "02").handed_in_again(mark())


def test_what_stock_nbgrader_has_put_in_its_place_is_written_over(course):
    hand_in(course, ANSWER)
    shown(course)
    path = course.root / "autograded" / "ada" / "02" / "02.ipynb"
    path.write_text(json.dumps(notebook(CHECK)))
    path.chmod(0o444)  # as nbgrader leaves it
    assert not Shelf(course, "02").has(mark())
    paper, _ = shown(course)
    assert (Shelf(course, "02").has(mark()), path.read_bytes()) == (True, paper.content)


@pytest.mark.parametrize("source", ["\ud800", "x" * 200_000, "\0"])
def test_odd_cells_can_be_shown(course, source):
    hand_in(course, {**ANSWER, "source": source}, added(source, "raw"), added(source, "nonsense"))
    _, cells = shown(course)
    assert all(len(c.source) < 51_000 for c in cells)


def test_a_huge_number_of_cells_is_cut(course):
    hand_in(course, *[added(f"x = {n}") for n in range(3000)])
    _, cells = shown(course)
    assert len(cells) == 500 + 3


def test_pictures_of_answers_and_added_cells_are_shown_and_those_of_locked_cells_are_not(course):
    picture = {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}}
    hand_in(course, *({**c, "outputs": [picture]} for c in (ANSWER, CHECK, added("plot()"), ESSAY)))
    _, cells = shown(course)
    seen = [[o.output_type for o in c.get("outputs", [])] for c in cells]
    own = ["stream", "display_data"]
    assert seen == [own, ["stream"], own, []]
    assert Shelf(course, "02").has(mark())
