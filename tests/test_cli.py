"""The command line as its users type it: what it prints, and its exit status."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from descent.cli import main
from descent.grading import commands
from descent.grading.commands import trying

SOLUTIONS = Path(__file__).parents[1] / "solutions"
ASSIGNMENT = "02_gradient_descent"


def cell(grade_id, source):
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"nbgrader": {"grade_id": grade_id}},
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("cli") / "course"
    assert main(["new-course", str(root), "--solutions", str(SOLUTIONS)]) == 0
    return root


def test_an_instructors_way(course, capsys):
    assert main(["release", ASSIGNMENT, "--course", str(course)]) == 0
    assert capsys.readouterr().out.endswith(f"release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb\n")
    folder = course / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_bytes(
        (course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_bytes()
    )
    grade = ["grade", ASSIGNMENT, "--course", str(course), "--allow-weak-sandbox", "--jobs", "1"]
    assert main([*grade, "--max-time", "0"]) == 1
    assert "1 submission was not begun" in capsys.readouterr().out
    assert main(grade) == 0
    assert "ada" in capsys.readouterr().out
    assert (course / "feedback" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.html").is_file()
    assert "change" not in capsys.readouterr().out
    feedback = ["feedback", ASSIGNMENT, "--course", str(course), "--disclose", "3"]
    assert main(feedback) == 0
    assert "1 page in" in capsys.readouterr().out
    assert main(["report", "--course", str(course)]) == 0
    assert f"{ASSIGNMENT}.html" in capsys.readouterr().out
    students = course / "students.csv"
    students.write_text("student_id,last_name\nada,Lovelace\nbob,Boole\n")
    assert main(["roster", str(students), "--course", str(course)]) == 0
    assert "2 students (plain), 2 new" in capsys.readouterr().out
    assert main(["export", "--course", str(course), "--format", "canvas"]) == 0
    assert "grades-canvas.csv" in capsys.readouterr().out


def test_a_repaired_check_is_announced_before_it_is_written(course, capsys):
    folder = course / "submitted" / "eve" / ASSIGNMENT
    folder.mkdir(parents=True)
    released = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = json.loads(released.read_text())
    for item in notebook["cells"]:
        if item["metadata"].get("nbgrader", {}).get("grade_id") == "largest_stable_lr":
            item["source"] = "def largest_stable_lr(H):\n    return 2 / np.linalg.eigvalsh(H)[-1]"
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(notebook))
    grade = ["grade", ASSIGNMENT, "--course", str(course), "--allow-weak-sandbox", "--jobs", "1"]
    assert main(grade) == 0
    page = (course / "feedback" / "eve" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:  # as a faulty check left it
        score = book.find_grade("largest_stable_lr_check", ASSIGNMENT, ASSIGNMENT, "eve")
        score.auto_score = 0.5
        said = book.find_comment("largest_stable_lr", ASSIGNMENT, ASSIGNMENT, "eve")
        said.auto_comment = "Too small."
        book.db.commit()
    capsys.readouterr()
    for words, last in ((["--dry-run"], 0.5), ([], 2.0)):
        assert main([*grade, *words]) == 0
        out = capsys.readouterr().out
        assert "1 mark of 1 student changes (the check has changed: 1)" in out
        assert "eve, largest_stable_lr: 0.5 -> 2" in out
        assert "before: Too small." in out
        assert ("The gradebook and the pages are as they were" in out) is bool(words)
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
            score = book.find_grade("largest_stable_lr_check", ASSIGNMENT, ASSIGNMENT, "eve")
            assert score.auto_score == last
    lists = sorted((course / "report").glob(f"{ASSIGNMENT}-changes-*.csv"))
    assert len(lists) == 2  # of both runs: none is written over
    for listed in lists:
        assert (
            '"eve","largest_stable_lr","0.5","2","the check has changed","Too small."'
            in listed.read_text()
        )
    assert main(grade) == 0
    assert "change" not in capsys.readouterr().out
    assert page == (course / "feedback" / "eve" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()
    folder.joinpath(f"{ASSIGNMENT}.ipynb").write_bytes(released.read_bytes())
    assert main([*grade, "--dry-run"]) == 0
    assert "handed in again: 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["release", "02_gradient_decent"], "did you mean '02_gradient_descent'"),
        (["grade", "02_gradient_decent"], "did you mean '02_gradient_descent'"),
        (["grade", "01_losses_and_gradients"], "has no submissions"),
    ],
)
def test_names_that_do_not_exist(course, capsys, words, said):
    assert main([*words, "--course", str(course)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["release"], ["grade"], ["export"]])
def test_a_folder_that_is_no_course(tmp_path, capsys, words):
    assert main([*words, "--course", str(tmp_path)]) == 2
    assert "descent new-course DIR" in capsys.readouterr().err


def test_folders_that_are_in_the_way(course, capsys):
    for words in (["new-course", str(course)], ["sample-class", str(course)]):
        assert main([*words, "--solutions", str(SOLUTIONS)]) == 2
        assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["grade", "--jobs", "0"], ["grade", "--jobs", "x"], ["nonsense"], []]
)
def test_words_that_are_not_understood(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2


def test_check_says_what_fails(tmp_path, capsys):
    notebook = tmp_path / "n.ipynb"
    right = (
        "import numpy as np\ndef largest_stable_lr(H):\n    return 2 / np.linalg.eigvalsh(H)[-1]"
    )
    test = cell("largest_stable_lr_check", "check('largest_stable_lr')")
    for source, status, said in [
        (right, 0, "2 of 2 points"),
        (right.replace("2 /", "1 /"), 1, "0 of 2 points"),
    ]:
        notebook.write_text(json.dumps({"cells": [cell("largest_stable_lr", source), test]}))
        assert main(["check", str(notebook)]) == status
        assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no file"), ("", "empty"), ('{"cells": []}', "no test cells"), ("[", "no notebook")],
)
def test_check_says_what_is_no_notebook(tmp_path, capsys, content, said):
    notebook = tmp_path / "n.ipynb"
    if content is not None:
        notebook.write_text(content)
    assert main(["check", str(notebook)]) == 1
    assert said in capsys.readouterr().out


def test_the_doctor_says_what_there_is(capsys):
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for word in ("sandbox    level", "Landlock", "machine", "python", "compiler", "GPU", "browser"):
        assert word in said


def test_prove_counts_holes(monkeypatch, capsys):
    from descent.checks import EXERCISES

    monkeypatch.setattr(trying, "VARIED", {"x": EXERCISES["predicted_steps"]})
    status = main(["prove"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith((" hole", " holes"))
    assert status == (last != "0 holes")


def test_a_student_needs_numpy_alone():
    source = (
        "import sys, descent.cli; descent.cli.main(['check', 'absent'])\n"
        "print([m for m in ('nbformat', 'nbgrader', 'torch', 'matplotlib', 'jupytext') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == "[]"


def test_help_names_every_command():
    said = subprocess.run(
        [sys.executable, "-m", "descent.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for word in [
        "new-course",
        "release",
        "check",
        "grade",
        "feedback",
        "report",
        "roster",
        "export",
        "prove",
        "doctor",
        "sample-class",
    ]:
        assert word in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "descent: No space left on device."),
        (OSError(errno.EROFS, "Read-only file system", "x.csv"), "descent: x.csv: Read-only file"),
    ],
)
def test_a_full_or_closed_disk_is_said_in_a_sentence(monkeypatch, capsys, error, said):
    monkeypatch.setattr(commands, "export", raising(error))
    assert main(["export"]) == 2
    assert capsys.readouterr().err.startswith(said)


def test_a_library_that_is_not_installed_is_said_with_the_way_to_it(monkeypatch, capsys):
    absent = ModuleNotFoundError("No module named 'nbformat'", name="nbformat")
    monkeypatch.setattr(commands, "export", raising(absent))
    assert main(["export"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("descent: this command needs nbformat, which is not installed.")
    assert ".whl[course]'" in said
    own = ModuleNotFoundError("No module named 'descent.none'", name="descent.none")
    monkeypatch.setattr(commands, "export", raising(own))
    with pytest.raises(ModuleNotFoundError):
        main(["export"])


def test_an_error_of_another_kind_is_not_hidden(monkeypatch):
    monkeypatch.setattr(commands, "export", raising(OSError(errno.ENOEXEC, "odd")))
    with pytest.raises(OSError, match="odd"):
        main(["export"])


def raising(error):
    def command(**_):
        """Write."""
        raise error

    return command


def test_a_proof_without_torch_names_it_and_no_exercise(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["prove"]) == 2
    assert capsys.readouterr().err.startswith("descent: this command needs torch")


@pytest.mark.parametrize("command", ["grade", "feedback"])
def test_a_folder_that_is_no_course_is_left_as_it_was(tmp_path, capsys, command):
    assert main([command, "--course", str(tmp_path)]) == 2
    assert "has no assignment" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
