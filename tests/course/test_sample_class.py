"""The whole class in one run: who earns what, what they are told, and what attacks come to."""

import csv
import re
import shutil
import stat

import attacks
import pytest
from nbgrader.api import Gradebook

from descent.checks import EXERCISES
from descent.grading import intake
from descent.grading.course import Course
from descent.grading.gradebook import writing
from descent.grading.gradebook.export import FORMATS, export
from descent.grading.marking import batch
from descent.grading.marking.table import table
from descent.grading.pages import feedback, report
from descent.grading.pages.feedback import SIZE_LIMIT

ASSIGNMENT = "02_gradient_descent"
OPTIONS = batch.Options(jobs=2, allow_weak_sandbox=True)
FULL = 14.0
FIRST = "gradient_descent"  # the question that the attacks are made on
ATTACKS = (
    "calls_reference",
    "patches_numpy",
    "reads_files",
    "exits",
    "endless_loop",
    "fills_memory",
    "forges_marks",
    "opens_network",
    "raises_script",
)
UNREADABLE = {"broken_json": "breaks off", "empty": "empty", "only_a_pdf": "There is: homework.pdf"}
PUT_RIGHT = {
    "renamed": "is called",
    "zipped": "was unpacked",
    "old_format": "old format",
    "utf_16": "UTF-16",
    "cut_off": "breaks off",
    "two_copies": "-Copy1.ipynb was marked",
    "last_years": "another version",
    "copied_test": "copy of the cell",
}


def scores(mark):
    return {result.exercise: result.score for result in mark.results}


def test_every_submission_has_a_mark_or_a_reason(made_up, graded):
    assert list(graded) == list(made_up.submissions(ASSIGNMENT))
    assert {student for student, mark in graded.items() if mark.reason} == set(UNREADABLE)
    for student, said in UNREADABLE.items():
        assert said in graded[student].reason
        assert graded[student].score == 0


def test_right_ones_earn_everything(graded):
    students = [s for s in graded if s.startswith("right")]
    assert len(students) == 5
    for student in [*students, "prints_5_mb"]:
        assert graded[student].score == FULL, student
        assert graded[student].remarks == ()


@pytest.mark.parametrize("student", PUT_RIGHT)
def test_what_can_be_put_right_is_and_is_said(graded, student):
    assert graded[student].score == FULL
    assert PUT_RIGHT[student] in " ".join(graded[student].remarks)


def test_what_reaches_too_far_is_said_and_noted(graded):
    for student, what in {"calls_reference": "descent.checks", "opens_network": "socket"}.items():
        assert any(what in event for event in graded[student].events)
        assert any(what in remark for remark in graded[student].remarks)
    assert "tried to use the network" in graded["opens_network"].noted
    honest = [graded[s] for s in graded if s.startswith(("right", "wrong"))]
    assert not any(mark.events or mark.noted for mark in honest)


def test_wrong_ones_are_named(graded):
    named = {r.exercise: set() for r in graded["blank"].results}
    for student, mark in graded.items():
        if student.startswith("wrong"):
            for result in mark.results:
                assert result.state == "failed", (student, result)
                named[result.exercise].add(result.diagnosis)
    for name, found in named.items():
        wrongs = EXERCISES[name].wrong
        names = {wrong.name for wrong in wrongs} | {
            twin for wrong in wrongs for twin in wrong.twins
        }
        assert found <= names
        assert len(found) >= len({wrong.name for wrong in wrongs if not wrong.twins})


def test_who_answers_nothing_earns_nothing(graded):
    assert graded["blank"].score == 0
    assert {r.state for r in graded["blank"].results} == {"not attempted"}
    assert 0 < graded["partly"].score < FULL


@pytest.mark.parametrize("student", ATTACKS)
def test_no_attack_earns_a_point_it_did_not_earn(graded, student):
    assert scores(graded[student])[FIRST] == 0
    assert graded[student].score <= FULL - EXERCISES[FIRST].points


@pytest.mark.parametrize("student", [s for s in ATTACKS if s != "patches_numpy"])
def test_an_attack_costs_its_own_question_only(graded, student):
    assert graded[student].score == FULL - EXERCISES[FIRST].points


def test_a_syntax_error_costs_its_own_question_only(graded):
    mark = graded["syntax_error"]
    assert mark.score == FULL - EXERCISES[FIRST].points
    said = next(r.message for r in mark.results if r.exercise == FIRST)
    assert "SyntaxError" in said
    assert "line 1" in said


def test_everyone_gets_a_page(made_up, graded):
    for student in graded:
        page = made_up.feedback(student, ASSIGNMENT).read_text(encoding="utf-8")
        assert len(page.encode()) <= SIZE_LIMIT
        assert not re.search(r"<script|javascript:| on\w+=", page)
        assert str(made_up.root) not in page
        assert not re.search(r"/(usr|root|home|tmp|lib)/", page)
        assert "https://book.example/chapters/02_gradient_descent.html#sec-gd-" in page or (
            graded[student].score == FULL or graded[student].reason
        )
        assert "BEGIN SOLUTION" not in page


def test_a_second_run_marks_nothing_anew_and_alike(made_up, graded):
    seen = []
    marks, left = batch.grade(made_up, ASSIGNMENT, OPTIONS, lambda *said: seen.append(said))
    assert (seen, left) == ([], 0)
    assert {mark.student: mark for mark in marks} == graded


def test_the_gradebook_has_the_marks_and_the_words(made_up, graded):
    with Gradebook(made_up.gradebook) as book:
        for student, mark in graded.items():
            submission = book.find_submission(ASSIGNMENT, student)
            assert submission.score == mark.score
            assert submission.max_score == FULL
            assert not submission.needs_manual_grade
        comment = book.find_comment(FIRST, ASSIGNMENT, ASSIGNMENT, "wrong_01")
        assert comment.auto_comment.startswith("Your step goes uphill")
        assert "empty" in book.find_comment(FIRST, ASSIGNMENT, ASSIGNMENT, "empty").auto_comment


def test_the_tables(made_up, graded):
    paths = {
        path.name: list(csv.reader(path.open(encoding="utf-8")))
        for path in export(made_up, FORMATS)
    }
    rows = paths["grades.csv"]
    student, score = rows[0].index("student_id"), rows[0].index("score")
    assert {r[student]: float(r[score]) for r in rows[1:]} == {
        s: m.score for s, m in graded.items()
    }
    canvas = paths["grades-canvas.csv"]
    assert canvas[1][-1] == "14"
    assert {row[2]: row[-1] for row in canvas[2:]}["wrong_07"] == f"{graded['wrong_07'].score:g}"
    assert {row[0]: row[-1] for row in paths["grades-moodle.csv"]}["right_1"] == "14"
    questions = {(r[1], r[2]): r[3:] for r in paths["grades-comments.csv"][1:]}
    assert len(questions) == 5 * len(graded)
    assert questions["wrong_01", FIRST][:2] == ["0", "4"]


def test_the_table_says_who_cannot_be_graded(graded):
    text = table(graded.values())
    assert re.search(r"broken_json +ungradable .*JSON breaks off", text)
    assert re.search(r"wrong_01 +0/14 .*ascent", text)
    assert max(map(len, text.splitlines())) < 200


def test_odd_names_of_students_harm_nobody(made_up, tmp_path):
    course = Course(shutil.copytree(made_up.root, tmp_path / "c", ignore=lambda *_: ["submitted"]))
    right = made_up.submissions(ASSIGNMENT)["right_1"]
    for student in attacks.STUDENTS:
        shutil.copytree(right, course.root / "submitted" / student / ASSIGNMENT)
    (course.root / "submitted" / "a b" / ASSIGNMENT / "timestamp.txt").write_text("9" * 99)
    marks, _ = batch.grade(course, ASSIGNMENT, OPTIONS, lambda *_: None)
    named = {name for name in attacks.STUDENTS if name.isprintable() and len(name) <= 128}
    assert {mark.student: mark.score for mark in marks} == dict.fromkeys(named, FULL)
    assert len(course.nameless(ASSIGNMENT)) == len(attacks.STUDENTS) - len(named)
    writing.write(course, ASSIGNMENT, marks)
    feedback.write(course, ASSIGNMENT, marks, disclose=3)
    for mark in marks:
        path = course.feedback(mark.student, ASSIGNMENT)
        assert "<img" not in path.read_text(encoding="utf-8")
    assert table(marks)
    for path in export(course, FORMATS):
        rows = list(csv.reader(path.open(encoding="utf-8")))
        assert len(rows) > len(named)
        assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-(?!\d)", cell)]


def test_the_report_says_how_it_went(made_up, graded):
    marks, left = batch.known(made_up, ASSIGNMENT)
    assert ({mark.student: mark for mark in marks}, left) == (graded, 0)
    made = report.made(made_up, ASSIGNMENT, marks)
    assert made.totals == {student: mark.score for student, mark in graded.items()}
    assert {m.name for m in made.mistakes} >= {"ascent", "squared norm", "one over L"}
    assert all(question.seconds > 0 for question in made.questions)
    looked = {student for look in made.look for student in look.students}
    assert {"calls_reference", "reads_files", "renamed", "right_1"} <= looked
    assert not looked & {"blank", "right_2", "wrong_03"}
    html, *tables = report.write(made_up, made)
    assert len(html.read_bytes()) < 200_000
    assert len(tables) == 5


def test_the_seed_is_secret(made_up):
    assert stat.S_IMODE((made_up.root / "secret_seed").stat().st_mode) == 0o600
    released = made_up.released(ASSIGNMENT).read_text()
    assert made_up.seed not in released
    for word in ("BEGIN SOLUTION", "BEGIN HIDDEN", 'level="hidden"', 'level=\\"hidden'):
        assert word not in released


def test_the_sample_is_made_of_the_students_notebook(made_up):
    tests = intake.test_cells(intake.read(made_up.released(ASSIGNMENT)))
    assert list(tests.values()) == [e for e in tests.values() if e in EXERCISES]
    assert len(tests) == 5
