"""What holds for every exercise: its words, its sections, and the notebook that asks for it."""

import json
import re
from pathlib import Path

import jupytext
import numpy as np
import pytest

from descent.checks import EXERCISES, sections

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.py"))
ANCHORS = {
    path.stem: set(re.findall(r"^\(([\w-]+)\)=$", path.read_text(), flags=re.MULTILINE))
    for path in (ROOT / "chapters").glob("[0-9]*.md")
}

every = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def cells(source):
    """Metadata and text of the graded cells of a solution notebook in the percent format."""
    for header, text in re.findall(
        r"^# %% nbgrader=(\{[^\n]*\})\n(.*?)(?=^# %%|\Z)", source, flags=re.MULTILINE | re.DOTALL
    ):
        yield json.loads(header), text


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_solution_notebooks_and_exercises_agree(path):
    source = path.read_text()
    checked = {}
    for metadata, text in cells(source):
        if metadata["grade"]:
            name = metadata["grade_id"].removesuffix("_check")
            checked[name] = metadata["points"]
            assert f'check("{name}")' in text
            assert f'check("{name}", level="hidden").score\n### END HIDDEN TESTS' in text
    assert checked == {e.name: e.points for e in EXERCISES.values() if e.chapter == path.stem}
    answers = [metadata["grade_id"] for metadata, _ in cells(source) if metadata["solution"]]
    assert sorted(answers) == sorted(checked)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_solutions_earn_full_marks(path, solved):
    results = solved(path.stem).results
    exercises = [e for e in EXERCISES.values() if e.chapter == path.stem]
    assert len(results) == 2 * len(exercises)  # public and hidden
    assert {result.state for result in results} == {"passed"}


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_cell_ends_in_a_line_that_does_something(path):
    cells = (cell for cell in jupytext.read(path).cells if cell.cell_type == "code")
    assert all(cell.source.split("\n")[-1] for cell in cells)


@every
def test_an_exercise_says_what_it_must(exercise):
    assert 1 <= exercise.difficulty <= 3
    assert 1 <= exercise.minutes <= 30
    assert exercise.title[0].isupper()
    assert 1 <= len(exercise.hints) <= 3
    assert len(exercise.hints) == 3 or exercise.probes[0].judge is not None
    assert len(set(exercise.hints)) == len(exercise.hints)
    assert exercise.call.startswith(exercise.name)
    assert " (" not in exercise.call  # no shapes: it can be written as it stands
    assert exercise.points == round(exercise.points * 4) / 4


@every
def test_a_mistake_is_told_in_whole_sentences(exercise):
    for wrong in exercise.wrong:
        for sentence in (wrong.sentence, wrong.because):
            assert sentence.endswith("."), wrong.name
        assert len(wrong.sentence) < 200, wrong.name
        assert wrong.mistake is None or 1 <= wrong.mistake <= 46


@every
def test_names_are_unique_and_twins_exist(exercise):
    names = [wrong.name for wrong in exercise.wrong]
    assert len(set(names)) == len(names)
    assert all(twin in names for wrong in exercise.wrong for twin in wrong.twins)
    probes = [probe.name for probe in exercise.probes]
    assert len(set(probes)) == len(probes)


@every
def test_sections_exist_in_the_chapters_that_are_written(exercise):
    for section in {exercise.section, *(wrong.section for wrong in exercise.wrong)}:
        chapter = sections.page(section).partition(".")[0]
        assert sections.number(section) == int(chapter[:2])
        if chapter in ANCHORS:
            assert section in ANCHORS[chapter]
        assert section.startswith("sec-")


def test_assignments_fit_into_about_an_hour():
    for chapter in {e.chapter for e in EXERCISES.values()}:
        own = [e for e in EXERCISES.values() if e.chapter == chapter]
        assert 3 <= len(own) <= 10
        assert 30 <= sum(e.minutes for e in own) <= 75


def test_numbers_of_the_statements():
    def answer(name, *arguments):
        return EXERCISES[name].reference(*arguments)

    cubic = answer("numerical_gradient", lambda x: x[0] ** 3 + x[1], [1, 5], 0.1)
    np.testing.assert_allclose(cubic, [3.01, 1])
    X, y, theta = np.array([[1.0, 1], [3, 1]]), np.array([1.0, 1]), np.array([1.0, 0])
    loss, gradient = answer("mse_loss_and_grad", X, y, theta)
    assert loss == 2
    np.testing.assert_array_equal(gradient, [6, 2])
    assert answer("hand_step") == pytest.approx(1.6)
    batches = answer("minibatches", 5, 2, np.random.default_rng(0))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    one = np.array([[2.0]]), np.zeros(1), [[0]], 0.1
    np.testing.assert_allclose(answer("sgd_epoch", np.ones(1), *one), [0.2])
    pair = np.array([[1.0], [3.0]])
    assert answer("gradient_variance", pair, 2, True) == 0.5
    assert answer("gradient_variance", pair, 2, False) == 0
