"""Marks that count, end to end: release, two students with different variants, grades, feedback."""

import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from descent.checks import EXERCISES
from descent.checks.catalogue.held import BOUNDS
from descent.cli import main
from descent.grading.course import Course, CourseError
from descent.grading.marking import batch
from descent.grading.pages import feedback
from descent.grading.release import own
from descent.grading.release.making import new_course
from descent.grading.variants import graded

SOLUTIONS = Path(__file__).parents[3] / "solutions"
ASSIGNMENT = "04_momentum"
STEP = EXERCISES["momentum_step"]
HEAD = "def momentum_step(theta, grad, velocity, lr, beta):\n    "
ANSWERS = {
    "": "velocity = beta * velocity + grad\n    return theta - lr * velocity, velocity",
    "velocity holds the damped rate": (
        "velocity = beta * velocity + (1 - beta) * lr * grad\n    return theta - velocity, velocity"
    ),
    "mean of two velocities": (
        "new = beta * velocity + grad\n    return theta - lr * (velocity + new) / 2, new"
    ),
    "half gradient, half velocity": (
        "velocity = beta * velocity + grad\n    return theta - lr * (grad + velocity) / 2, velocity"
    ),
} | {
    f"gradients held within {bound:g}": (
        f"velocity = beta * velocity + np.clip(grad, -{bound:g}, {bound:g})\n"
        "    return theta - lr * velocity, velocity"
    )
    for bound in BOUNDS
}
OPTIONS = batch.Options(jobs=1, allow_weak_sandbox=True)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course whose secret is known, and whose students have one variant each."""
    root = tmp_path_factory.mktemp("graded")
    shutil.copytree(SOLUTIONS / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    shutil.copy(SOLUTIONS.parent / "nbgrader_config.py", root)
    course = new_course(root / "course", root / "solutions")
    (course.root / "secret_seed").write_text("0" * 32 + "\n")
    own.release_own(course, ASSIGNMENT, ["ada", *(f"student {k}" for k in range(6))])
    return course


@pytest.fixture
def course(released, tmp_path):
    shutil.copytree(released.root, tmp_path / "course")
    return Course(tmp_path / "course")


def variant_of(course, student):
    known = graded.find(course, ASSIGNMENT)
    assert known is not None
    return known.of(student)["momentum_step"]


def other_student(course, than):
    """A student who is asked for something else."""
    others = (f"student {k}" for k in range(6))
    return next(s for s in others if variant_of(course, s) != variant_of(course, than))


def hand_in(course, student, answer, whose=None):
    """Hands in the own notebook, or that of another, with an answer to the first exercise."""
    notebook = nbformat.read(graded.notebook_of(course, whose or student, ASSIGNMENT), 4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "momentum_step":
            cell.source = HEAD + answer
    path = course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def grade(course):
    marks, left = batch.grade(course, ASSIGNMENT, OPTIONS, lambda *_: None)
    assert left == 0
    return {mark.student: mark for mark in marks}


def step(mark):
    return next(result for result in mark.results if result.exercise == "momentum_step")


def test_two_students_are_marked_by_what_their_notebooks_ask_for(course):
    ada, bob = "ada", other_student(course, "ada")
    for student in (ada, bob):
        hand_in(course, student, ANSWERS[variant_of(course, student)])
    for student, mark in grade(course).items():
        assert (step(mark).state, step(mark).score) == ("passed", STEP.points)
        assert step(mark).variant == variant_of(course, student)
        assert mark.events == ()


def test_the_answer_of_another_students_notebook_is_named_as_that(course):
    ada, bob = "ada", other_student(course, "ada")
    hand_in(course, ada, ANSWERS[variant_of(course, bob)])
    hand_in(course, bob, ANSWERS[variant_of(course, ada)])
    marks = grade(course)
    for student, friend in ((ada, bob), (bob, ada)):
        result = step(marks[student])
        assert result.diagnosis == f"another notebook's: {variant_of(course, friend)}"
        assert result.score < STEP.points
        page = feedback.page(marks[student])
        assert "This is another notebook&#x27;s form; your notebook asks for" in page
        assert f"variant “{variant_of(course, student)}”" in page


def test_the_books_answer_is_named_as_that(course):
    hand_in(course, "ada", ANSWERS[""])
    mark = grade(course)["ada"]
    assert step(mark).diagnosis == "the book's"
    said = f"This is the book&#x27;s form; your notebook asks for “{variant_of(course, 'ada')}”."
    assert said in feedback.page(mark)


def test_a_friends_whole_notebook_is_marked_by_the_own_variant_and_told_of(course):
    friend = other_student(course, "ada")
    hand_in(course, "ada", ANSWERS[variant_of(course, friend)], whose=friend)
    mark = grade(course)["ada"]
    assert step(mark).diagnosis == f"another notebook's: {variant_of(course, friend)}"
    (event,) = [said for said in mark.events if "momentum_step" in said]
    assert variant_of(course, friend) in event
    assert variant_of(course, "ada") in event
    assert event in mark.remarks


def test_whoever_is_in_no_roster_has_a_variant_too(course):
    name = "Zoë O'Hara, 学生"
    hand_in(course, name, ANSWERS[variant_of(course, name)], whose="ada")
    assert step(grade(course)[name]).state == "passed"


def test_the_key_of_a_mark_holds_the_variant(course, monkeypatch):
    hand_in(course, "ada", ANSWERS[variant_of(course, "ada")])
    first = grade(course)["ada"]
    assert grade(course)["ada"] == first
    other = next(v.name for v in STEP.variants if v.name != variant_of(course, "ada"))
    monkeypatch.setattr(graded.Graded, "of", lambda *_: {"momentum_step": other})
    again = grade(course)["ada"]
    assert first.key != again.key
    assert first.file != again.file
    assert (step(again).variant, step(again).state) == (other, "failed")


def made_plain(course):
    (course.root / graded.FILE).unlink()
    shutil.rmtree(course.root / graded.FOLDER)


def test_a_plain_assignment_has_no_variants(course):
    hand_in(course, "ada", ANSWERS[""])
    made_plain(course)
    mark = grade(course)["ada"]
    assert (step(mark).state, step(mark).variant) == ("passed", "")
    assert "names the variant" in mark.events[0]  # a notebook of another course


def test_a_course_that_was_copied_without_its_list_is_told_of(course, capsys):
    words = ["grade", "--course", str(course.root), "--jobs", "1", "--allow-weak-sandbox"]
    for student in ("ada", "bob"):
        hand_in(course, student, ANSWERS[variant_of(course, student)], whose="ada")
    plain = course.root / "submitted" / "eve" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    plain.parent.mkdir(parents=True)
    shutil.copy(course.released(ASSIGNMENT), plain)
    kept = (course.root / graded.FILE).read_bytes()
    made_plain(course)
    for runs in ([["--dry-run"]], [["--shard", "1/2"], ["--shard", "2/2"]], [[]]):
        assert [main([*words, *more]) for more in runs] == [0] * len(runs)
        said = [line for line in capsys.readouterr().out.splitlines() if graded.FILE in line]
        assert sum(int(line.split()[0]) for line in said) == 2
        assert "variants, but this course has none for 04_momentum: the book's own was" in said[0]
    (course.root / graded.FILE).write_bytes(kept)
    assert main(words) == 0
    said = capsys.readouterr().out
    assert graded.FILE not in said
    assert "marks of 2 students change" in said


def test_one_forged_notebook_is_told_of_and_stops_nothing(course, capsys):
    hand_in(course, "eve", ANSWERS[""], whose="ada")
    made_plain(course)
    assert main(["grade", "--course", str(course.root), "--jobs", "1", "--allow-weak-sandbox"]) == 0
    assert "1 notebook names variants, but" in capsys.readouterr().out
    assert step(grade(course)["eve"]).state == "passed"


def test_students_who_are_called_otherwise_than_their_notebooks_are_told_of(course, capsys):
    words = ["grade", "--course", str(course.root), "--jobs", "1", "--allow-weak-sandbox"]
    said = (
        "1 notebook names other variants of 04_momentum than those of the student, which are what"
    )
    hand_in(course, "ada", ANSWERS[variant_of(course, "ada")])
    assert main(words) == 0
    assert "other variants" not in capsys.readouterr().out
    folder = course.root / "submitted" / "ada"
    others = (f"Ada L. {n}" for n in range(99))
    folder = folder.rename(
        folder.with_name(
            next(n for n in others if variant_of(course, n) != variant_of(course, "ada"))
        )
    )
    assert main(words) == 0
    assert said in capsys.readouterr().out
    folder.rename(folder.with_name("ada"))
    assert main(words) == 0
    assert "other variants" not in capsys.readouterr().out


def test_under_another_secret_nothing_is_graded(course):
    hand_in(course, "ada", ANSWERS[""])
    (course.root / "secret_seed").write_text("1" * 32)
    with pytest.raises(CourseError, match="released under another secret"):
        grade(course)
    with pytest.raises(CourseError, match="released under another secret"):
        own.release_own(course, ASSIGNMENT, ["ada"])


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"04_momentum": 5}', '{"04_momentum": {}}', "\xff"]
)
def test_a_damaged_list_of_assignments_is_said(course, content):
    (course.root / "variants.json").write_text(content, encoding="latin-1")
    with pytest.raises(CourseError, match=r"variants\.json is damaged"):
        graded.find(course, ASSIGNMENT)


def test_a_lost_list_of_assignments_is_said_and_can_be_made_anew(course):
    file = course.root / "variants.json"
    before, student = file.read_text(), course.root / "submitted" / "ada" / ASSIGNMENT
    student.mkdir(parents=True)
    file.unlink()
    with pytest.raises(CourseError, match="descent release --graded 04_momentum"):
        batch.grade(course, ASSIGNMENT, OPTIONS, lambda *_: None)
    own.release_own(course, ASSIGNMENT, ["ada"])
    assert file.read_text() == before
    made_plain(course)
    assert graded.find(course, ASSIGNMENT) is None


def test_a_later_version_of_the_book_gives_nobody_another_variant(course, monkeypatch):
    mine = variant_of(course, "ada")
    more = replace(STEP.variants[0], name="new")
    for variants in ((more, *STEP.variants), (*STEP.variants[::-1], more)):
        monkeypatch.setitem(EXERCISES, STEP.name, replace(STEP, variants=variants))
        assert variant_of(course, "ada") == mine
    text = (course.root / graded.FILE).read_text()
    (course.root / graded.FILE).write_text(text.replace(mine, "gone"))
    with pytest.raises(CourseError, match=r"does not have: .*momentum_step \(gone\)"):
        graded.find(course, ASSIGNMENT)


def test_what_was_handed_out_plain_is_not_made_graded(course):
    hand_in(course, "ada", ANSWERS[""])
    made_plain(course)
    with pytest.raises(CourseError, match="has submissions already"):
        own.release_own(course, ASSIGNMENT, ["ada"])
    assert not (course.root / graded.FILE).exists()


def test_more_students_may_come_later_and_the_others_notebooks_stay(course):
    before = graded.notebook_of(course, "ada", ASSIGNMENT).read_bytes()
    hand_in(course, "ada", ANSWERS[""])
    own.release_own(course, ASSIGNMENT, ["ada", "late"])
    assert graded.notebook_of(course, "ada", ASSIGNMENT).read_bytes() == before
    assert graded.notebook_of(course, "late", ASSIGNMENT).exists()


def test_the_commands(course, capsys):
    root = ["--course", str(course.root)]
    assert main(["release", ASSIGNMENT, *root]) == 2
    assert "was released with variants" in capsys.readouterr().err
    assert main(["release", ASSIGNMENT, "--student", "ada", *root]) == 2
    assert "--graded" in capsys.readouterr().err
    assert main(["release", "--graded", *root]) == 2
    assert "name the assignments" in capsys.readouterr().err
    assert main(["release", "--graded", ASSIGNMENT, *root]) == 2
    assert "no roster yet" in capsys.readouterr().err
    assert main(["release", "--graded", ASSIGNMENT, "--student", "ada", *root]) == 0
    said = capsys.readouterr().out
    assert f"1 × {variant_of(course, 'ada')}" in said
    assert "10 of 11 points vary" in said


def test_a_students_own_check_knows_the_variant_without_the_secret(course, tmp_path, capsys):
    hand_in(course, "ada", ANSWERS[variant_of(course, "ada")])
    path = course.root / "submitted" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    alone = shutil.copy(path, tmp_path / "mine.ipynb")
    main(["check", str(alone)])
    assert "momentum_step: passed, 3 of 3 points" in capsys.readouterr().out
    hand_in(course, "ada", ANSWERS[""])
    main(["check", str(path)])
    assert "This is the book's form" in capsys.readouterr().out


def test_a_notebook_that_names_no_known_variant_is_checked_all_the_same(course, tmp_path, capsys):
    text = graded.notebook_of(course, "ada", ASSIGNMENT).read_text()
    path = tmp_path / "mine.ipynb"
    path.write_text(text.replace(variant_of(course, "ada"), "no such thing"))
    assert main(["check", str(path)]) == 1
    assert "not attempted" in capsys.readouterr().out
