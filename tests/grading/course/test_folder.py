import shutil
import stat
from pathlib import Path

import pytest

from descent.grading.course import LONGEST, Course, CourseError
from descent.grading.release import making
from descent.grading.release.making import new_course

SOLUTION = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "largest_stable_lr"}
def largest_stable_lr(H):
    ### BEGIN SOLUTION
    return 2 / max(H)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "largest_stable_lr_check"}
check("largest_stable_lr")
### BEGIN HIDDEN TESTS
check("largest_stable_lr", level="hidden").score
### END HIDDEN TESTS
"""


@pytest.fixture
def solutions(tmp_path):
    file = tmp_path / "solutions" / "02_small" / "02_small.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOLUTION)
    shutil.copy(Path(__file__).parents[3] / "nbgrader_config.py", tmp_path)
    return file.parents[1]


def test_a_new_course_has_what_nbgrader_wants_and_a_secret(tmp_path, solutions):
    course = new_course(tmp_path / "c", solutions, "https://book.example/")
    assert course.assignments() == ["02_small"]
    assert course.source("02_small").is_file()
    assert (course.root / "nbgrader_config.py").is_file()
    assert course.book == "https://book.example"
    assert len(course.seed) >= 32
    assert stat.S_IMODE((course.root / "secret_seed").stat().st_mode) == 0o600
    assert new_course(tmp_path / "d", solutions).seed != course.seed
    assert Course(tmp_path / "d").book == ""


def test_what_cannot_be_made_is_said(tmp_path, solutions):
    with pytest.raises(CourseError, match="holds no solution notebooks"):
        new_course(tmp_path / "c", tmp_path / "absent")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(CourseError, match="is not empty"):
        new_course(tmp_path / "full", solutions)


def test_a_folder_that_is_no_course_is_said(tmp_path):
    with pytest.raises(CourseError, match="has no assignment"):
        Course(tmp_path).assignments()
    with pytest.raises(CourseError, match="new-course"):
        Course(tmp_path).seed  # noqa: B018


def test_a_course_whose_secret_is_lost_is_told_from_no_course(tmp_path, solutions):
    course = new_course(tmp_path / "c", solutions)
    (course.root / "secret_seed").unlink()
    with pytest.raises(CourseError, match=r"secret is lost.*descent secret restore FILE"):
        course.seed  # noqa: B018


def test_a_course_that_can_be_no_folder_is_said(tmp_path, solutions):
    (tmp_path / "file").touch()
    for root, said in (("file", "is not empty"), ("file/x", "cannot be made: Not a directory")):
        with pytest.raises(CourseError, match=said):
            new_course(tmp_path / root, solutions)
    assert (tmp_path / "file").is_file()


def test_assignments_that_nobody_has_handed_in_are_said(tmp_path, solutions):
    course = new_course(tmp_path / "c", solutions)
    for names in ([], ["02_small"]):
        with pytest.raises(CourseError, match=r"has no submissions.*nbgrader collect"):
            course.handed_in(names)
    (course.root / "source" / "03").mkdir()
    (course.root / "source" / "03" / "03.ipynb").touch()
    (course.root / "submitted" / "ada" / "03").mkdir(parents=True)
    assert course.handed_in([]) == ["03"]
    with pytest.raises(CourseError, match="02_small has no submissions"):
        course.handed_in(["03", "02_small"])


def test_assignments_are_chosen_by_name(tmp_path, solutions):
    course = new_course(tmp_path / "c", solutions)
    assert course.chosen([]) == course.chosen(["02_small"]) == ["02_small"]
    with pytest.raises(CourseError, match="did you mean '02_small'"):
        course.chosen(["02_smal"])


def test_submissions_are_folders_by_student(tmp_path):
    for student in ("eve", "ada"):
        (tmp_path / "submitted" / student / "02").mkdir(parents=True)
    (tmp_path / "submitted" / "ada" / "03").mkdir()
    (tmp_path / "submitted" / "bob").mkdir()
    assert list(Course(tmp_path).submissions("02")) == ["ada", "eve"]


def test_names_that_no_gradebook_holds_are_told_apart(tmp_path):
    for student in ("x" * LONGEST, "y" * (LONGEST + 1), "a\u202eb"):
        (tmp_path / "submitted" / student / "02").mkdir(parents=True)
    course = Course(tmp_path)
    assert list(course.submissions("02")) == ["x" * LONGEST]
    assert course.nameless("02") == [r"'a\u202eb'", repr("y" * (LONGEST + 1))]


def test_a_course_that_is_stopped_while_it_is_made_leaves_nothing(tmp_path, solutions, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "copy", stopped)
        with pytest.raises(KeyboardInterrupt):
            new_course(tmp_path / "opt", solutions)
    assert not (tmp_path / "opt").exists()
    new_course(tmp_path / "opt", solutions)


def test_what_lies_under_nearly_an_assignments_name_is_found(tmp_path):
    course = Course(tmp_path)
    for name in ("02_gradient_descent", "03_momentum"):
        course.source(name).parent.mkdir(parents=True)
        course.source(name).touch()
    for place in (
        "ada/02_gradient_descent",
        "bob/02_Gradient_Descent",
        "cyd/02_gradient_descent.ipynb",
        "dan/02-gradient-descent (1).zip",
        "eve/03_momentun",
        "fay/notes",
    ):
        (tmp_path / "submitted" / place).mkdir(parents=True)
    (tmp_path / "submitted" / "02_gradient_descent.ipynb").touch()
    entries = course.entries()
    assert entries["02_gradient_descent"] == ["ada"]
    assert sorted(course.misplaced("02_gradient_descent", entries)) == [
        "bob/02_Gradient_Descent",
        "cyd/02_gradient_descent.ipynb",
        "dan/02-gradient-descent (1).zip",
    ]
    assert course.misplaced("03_momentum", entries) == ["eve/03_momentun"]
