"""Chapter 9: the plan's exercises and mistakes are there, and the notebook says what is true."""

import re
from pathlib import Path

import jupytext
import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.catalogue import batch_size
from descent.checks.examination import Examination
from descent.grading.release.notebooks import release_notebook

SOURCE = Path(__file__).parents[2] / "solutions" / "09_batch_size" / "09_batch_size.py"
CALLS = {
    "accumulate": "accumulate(grads, sizes)",
    "accumulation_repaired": "accumulation_repaired(X (n, d), y (n,), theta (d,), piece)",
    "scale_lr": "scale_lr(lr, batch, base_batch, optimiser)",
    "gradient_noise_scale": "gradient_noise_scale(small (n,), big (n,), small_batch, big_batch)",
    "predicted_critical_batch": "predicted_critical_batch",
}
# The plan's mistakes, by the names they have here.
PLANNED = {
    "accumulate": {"not divided", "unequal batches averaged as equal"},
    "scale_lr": {"linear for Adam"},
    "gradient_noise_scale": {"biased estimate"},
}


def mark(name, candidate, level="public"):
    return Examination(EXERCISES[name], level, "seed").mark(LocalCandidate(candidate))


def test_every_exercise_is_called_as_planned():
    assert {e.name: e.signature.partition(" -> ")[0] for e in batch_size.EXERCISES} == CALLS


@pytest.mark.parametrize("name", PLANNED)
def test_every_planned_mistake_is_known(name):
    assert PLANNED[name] <= {wrong.name for wrong in EXERCISES[name].wrong}


def test_the_documents_mistakes_are_there():
    numbers = {wrong.mistake for exercise in batch_size.EXERCISES for wrong in exercise.wrong}
    assert numbers == {None, 16, 19, 32}


def test_the_given_program_reaches_the_student_and_is_named():
    (given,) = (
        cell.source
        for cell in release_notebook(SOURCE).cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "accumulation_repaired"
    )
    namespace = {"np": np}
    exec(given, namespace)
    result = mark("accumulation_repaired", namespace["accumulation_repaired"])
    assert result.diagnosis == "unequal pieces averaged as equal"
    assert result.score < result.points


def test_the_notebook_shows_the_bug_and_runs_its_prediction(capsys):
    namespace = {}
    given = re.compile(r"^### BEGIN SOLUTION\n.*?^### END SOLUTION\n?", re.MULTILINE | re.DOTALL)
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade"):
            exec(cell.source, namespace)
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "accumulation_repaired":
                program = given.sub("", cell.source)
                exec(re.sub(r"^# ?", "", program, flags=re.MULTILINE), given_names := {"np": np})
                namespace["given"] = given_names["accumulation_repaired"]
    X, y = np.array([[0.0, 1], [1, 1], [2, 1], [3, 1]]), np.array([1.0, 0, 2, 7])
    right, wrong = namespace["accumulation_repaired"], namespace["given"]
    for piece in (2, 3, 4):
        same = np.allclose(wrong(X, y, np.zeros(2), piece), right(X, y, np.zeros(2), piece))
        assert same == (piece != 3)
    assert 40 < namespace["fit"].critical_batch_size < 400
    assert "critical batch size: " in capsys.readouterr().out


def test_worked_numbers_of_the_statements():
    def answer(name, *arguments):
        return EXERCISES[name].reference(*arguments)

    pair = [np.array([1.0, 2.0]), np.array([5.0, 6.0])]
    np.testing.assert_allclose(answer("accumulate", pair, [3, 1]), [2, 3])
    assert answer("scale_lr", 0.1, 256, 64, "momentum") == pytest.approx(0.4)
    assert answer("scale_lr", 0.1, 256, 64, "adam") == pytest.approx(0.2)
    small, big = np.array([5.0, 7.0]), np.array([2.0, 4.0])
    assert answer("gradient_noise_scale", small, big, 1, 4) == pytest.approx(2)


def test_guards_are_asked_for_on_both_sides():
    def clipped(small, big, b, B):
        variance = (small.mean() - big.mean()) / (1 / b - 1 / B)
        return max(variance, 0.0) / ((B * big.mean() - b * small.mean()) / (B - b))

    result = mark("gradient_noise_scale", clipped)
    assert [test.passed for test in result.tests] == [True, False, True]
    assert mark("predicted_critical_batch", 2.5).score == 0
    assert mark("predicted_critical_batch", 64).score == 1
