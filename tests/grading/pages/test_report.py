import csv
import json
import re

from descent.checks.result import Result, Test
from descent.grading.course import Course
from descent.grading.marking.journal import Mark
from descent.grading.pages import report as reporting
from descent.grading.pages.report import (
    Look,
    Report,
    _mistakes,
    _questions,
    _unmatched,
    counted,
    write,
)
from descent.grading.pages.reportpage import page

EVIL = "<script>alert(1)</script>"


def result(score, state="failed", name="gradient_descent", **more):
    return Result(name, state, 4.0, (Test("t", 4.0, score, score == 4.0),), **more)


def mark(student, *results, **more):
    return Mark(student, "02", "k", results, **more)


MARKS = [
    mark("ada", result(4.0, "passed", seconds=0.1)),
    mark("bob", result(0.0, message="Uphill.", diagnosis="ascent", seconds=0.3)),
    mark("eve", result(0.0, message="Uphill.", diagnosis="ascent", seconds=0.2)),
    mark("joe", result(1.0, message="Got 1.", outcome="x", seconds=5.0)),
    mark("kim", result(1.0, message="Got 2.", outcome="x")),
    mark("lea", result(1.0, message=EVIL, outcome="y")),
    mark("max", result(0.0, "not attempted")),
]


def test_each_question_is_counted():
    (question,) = _questions(MARKS)
    assert (question.full, question.part, question.none, question.blank) == (1, 3, 2, 1)
    assert question.mean == 1.0
    assert (question.seconds, question.slowest) == (0.1, 5.0)


def test_mistakes_are_counted_by_name():
    (mistake,) = _mistakes(MARKS)
    assert (mistake.name, mistake.said, mistake.students) == ("ascent", "Uphill.", ("bob", "eve"))


def test_failures_without_a_name_stand_together_if_their_outcomes_are_equal():
    assert [m.students for m in _unmatched(MARKS)] == [("joe", "kim"), ("lea",)]


def test_what_the_sandbox_noticed_is_to_be_looked_at(monkeypatch):
    monkeypatch.setattr(reporting, "_answers", lambda *_: ({}, []))
    marks = [mark("ada", noted=("tried to use the network",), events=("`import gc`",)), mark("bob")]
    (look,) = reporting._look(None, "02", marks)
    assert look == Look(("ada",), "`import gc`; tried to use the network")


def test_reasons_to_look_are_one_line(monkeypatch):
    monkeypatch.setattr(reporting, "_answers", lambda *_: ({}, []))
    events = ("The check of f names another variant.", "The check of g names another variant.")
    (look,) = reporting._look(None, "02", [mark("ada", events=events)])
    assert look.why == "The check of f names another variant; The check of g names another variant"


def test_of_a_mistake_the_first_who_made_it_is_quoted():
    own = (
        mark(student, result(0.0, diagnosis="the book's", message=f"Yours asks for {form}."))
        for student, form in (("ada", "one"), ("bob", "another"))
    )
    (mistake,) = _mistakes(own)
    assert (mistake.said, mistake.students) == ("Yours asks for one.", ("ada", "bob"))


def report(**changes):
    fields = {
        "assignment": "02",
        "points": 4.0,
        "totals": {m.student: m.score for m in MARKS},
        "left": 0,
        "waiting": 0,
        "ungradable": (),
        "questions": tuple(_questions(MARKS)),
        "mistakes": tuple(_mistakes(MARKS)),
        "unmatched": tuple(_unmatched(MARKS)),
        "look": (Look(("ada", EVIL), EVIL),),
    }
    return Report(**fields | changes)


def test_every_submission_is_in_one_bar():
    bins = counted(report())
    assert bins[0] == ("0–0.4", 3)
    assert bins[-1] == ("3.6–4", 1)
    assert sum(count for _, count in bins) == len(MARKS)


def test_the_page_says_it_all_and_holds_nothing_of_a_student_as_html():
    html = page(report(left=2, waiting=1, ungradable=("zoe",)))
    for text in (
        "7 submissions",
        "Waiting for marks by hand: 1 submission.",
        "Run descent grade",
        "Could not be read: zoe. These count here, and not in the tables below.",
        "of 4 points the mean is 1,",
        "As the grader marked them",
        "Uphill.",
    ):
        assert text in html
    assert "<script" not in html
    assert not re.search(r"https?://|src=|@import", html)
    assert '<li><span>0–0.4</span><span class="bar" style="--share: 1.000">3</span></li>' in html


def test_a_long_list_is_cut_on_the_page():
    html = page(report(look=tuple(Look((f"s{n}",), "why") for n in range(900))))
    assert "and 700 more: the CSV file has all" in html


def test_of_an_empty_class_there_is_a_page():
    assert "None." in page(
        report(points=0.0, totals={}, questions=(), mistakes=(), unmatched=(), look=())
    )


def test_its_tables_hold_all_of_it(tmp_path):
    look = (Look(("Ada L", "bob"), "alike"),)
    made = report(look=look, mistakes=(), unmatched=())
    first, *paths = write(Course(tmp_path), made)
    tables = {p.stem.partition("-")[2]: list(csv.reader(p.open(encoding="utf-8"))) for p in paths}
    assert first.suffix == ".html"
    assert tables["points"][:2] == [["from", "to", "how many"], ["0", "0.4", "3"]]
    assert sum(int(row[2]) for row in tables["points"][1:]) == len(made.totals)
    (question,) = tables["questions"][1:]
    assert question == ["gradient_descent", "4", "1.000", "1", "3", "2", "1", "0.100", "5.000"]
    for said in ("mistakes", "unmatched"):
        assert "what was said to the first" in tables[said][0]
    assert tables["look-at"][1:] == [["Ada L; bob", "alike"]]


def test_who_wrote_a_part_of_what_another_wrote_has_not_the_same_answers(monkeypatch):
    term = "total += weight[{n}] * reading_{n} - offset\n    ".format
    short, other, third = (
        "def f(x):\n    " + "".join(term(n=n) for n in numbers)
        for numbers in (range(20), range(20, 40), range(40, 60))
    )
    wrote = {"ada": [short], "bob": [short, other], "eve": [third], "kim": [third]}
    monkeypatch.setattr(reporting, "_answers", lambda *_: (wrote, []))
    assert list(reporting._look(None, "02", [])) == [
        Look(("eve", "kim"), "The same answers, but for names and comments."),
        Look(("ada", "bob"), "Of what one of them has and few others have, 100% stands in the other, too."),
    ]  # fmt: skip


def test_an_answer_that_lies_in_another_cell_than_its_own_is_held_against_others(tmp_path):
    def put(path, *cells):
        path.parent.mkdir(parents=True, exist_ok=True)
        kinds = {"cell_type": "code", "metadata": {}}
        content = [kinds | {"source": text, "metadata": {"nbgrader": {"grade_id": name}}} for name, text in cells]  # fmt: skip
        path.write_text(json.dumps({"cells": content}))

    course, name = Course(tmp_path), "largest_stable_lr"
    check = (f"{name}_check", f"check('{name}')")
    lines = [f"    t{n} = H[{n}, 0] + {n} * H[0, {n}] - {n}.5\n" for n in range(9)]
    long = "".join(["def {}(H):\n", *lines, "    return t0 * t8\n"]).format
    hidden = [("", long("help_me")), (name, f"{name} = help_me")]
    handed_in = {"ada": [(name, long(name))], "bob": hidden, "eve": [(name, f"{name} = abs")]}
    put(course.source("02"), (name, ""), check)
    for student, cells in handed_in.items():
        put(tmp_path / "submitted" / student / "02" / "02.ipynb", *cells, check)
    look = list(reporting._look(course, "02", [mark(student) for student in handed_in]))
    assert [one.students for one in look] == [("ada", "bob")]
