"""The plan's exercises of Part I: names, signatures and mistakes, copied here as plain data."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from descent.checks import EXERCISES, check, sections

ROOT = Path(__file__).parents[2]
# Exercise -> (its call, the planned mistakes by the names that they have here).
PLAN = {
    "01_losses_and_gradients": {
        "predicted_h": ("predicted_h", []),
        "numerical_gradient": (
            "numerical_gradient(f, x, h)",
            ["forward difference", "input mutated", "integer input truncates", "cast to float32"],
        ),
        "mse_loss_and_grad": (
            "mse_loss_and_grad(X (n, d), y (n,), theta (d,))",
            [
                "no factor X",
                "sum for mean",
                "missing 2",
                "half the squared error",
                "broadcast to (n, n)",
                "no intercept",
            ],
        ),
        "hand_step": ("hand_step", []),
    },
    "02_gradient_descent": {
        "predicted_steps": ("predicted_steps", []),
        "gradient_descent": (
            "gradient_descent(grad, theta0, lr, steps)",
            ["ascent", "aliased history", "one step short", "start missing", "start changed"],
        ),
        "largest_stable_lr": (
            "largest_stable_lr(H (d, d))",
            ["one over L", "smallest eigenvalue", "trace"],
        ),
        "backtracking_line_search": (
            "backtracking_line_search(f, theta, grad, direction, lr0, shrink, c)",
            ["wrong slope sign", "never shrinks", "simple decrease"],
        ),
        "descend_until": ("descend_until(grad, theta0, lr, tolerance, max_steps)", []),
    },
    "03_stochastic_gradients": {
        "minibatches": (
            "minibatches(n, batch_size, rng)",
            [
                "with replacement",
                "tail dropped",
                "never shuffled",
                "global seed",
                "indices repeated",
                "indices lost",
            ],
        ),
        "sgd_epoch": (
            "sgd_epoch(theta (d,), X (n, d), y (n,), batches, lr)",
            ["summed, not averaged", "random walk", "full batch each step"],
        ),
        "gradient_variance": (
            "gradient_variance(per_example (N, d), batch_size, replacement)",
            [
                "one example",
                "N for b",
                "replacement factor forgotten",
                "replacement factor for both",
                "mean for trace",
            ],
        ),
        "predicted_floor_ratio": ("predicted_floor_ratio", []),
    },
}
# The documents' mistakes that the plan names for an exercise.
NUMBERS = {
    "mse_loss_and_grad": {5, 6},
    "gradient_descent": {32},
    "sgd_epoch": {1, 15, 30, 31},
}
RESULTS = {
    "numerical_gradient": "like x",
    "mse_loss_and_grad": "(float, (d,))",
    "gradient_descent": "(steps + 1, d)",
    "largest_stable_lr": "float",
    "backtracking_line_search": "float",
    "minibatches": "list of index arrays",
    "sgd_epoch": "theta (d,)",
    "gradient_variance": "float",
}
PLANNED = {name: entry for chapter in PLAN.values() for name, entry in chapter.items()}
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.py"))
ANCHORS = {
    path.stem: set(re.findall(r"^\(([\w-]+)\)=$", path.read_text(), flags=re.MULTILINE))
    for path in (ROOT / "chapters").glob("[0-9]*.md")
}
# sec-losses-… is in chapter 1, and so on: the anchor's first word stands for its chapter.

every = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@pytest.mark.parametrize("chapter", PLAN)
def test_a_chapter_holds_the_planned_exercises_and_no_others(chapter):
    assert {e.name for e in EXERCISES.values() if e.chapter == chapter} == set(PLAN[chapter])


@pytest.mark.parametrize("name", PLANNED)
def test_every_exercise_is_called_as_planned(name):
    assert EXERCISES[name].signature.partition(" -> ")[0] == PLANNED[name][0]
    assert name not in RESULTS or EXERCISES[name].signature.endswith(f" -> {RESULTS[name]}")


@pytest.mark.parametrize("name", PLANNED)
def test_every_planned_mistake_is_there(name):
    assert set(PLANNED[name][1]) <= {wrong.name for wrong in EXERCISES[name].wrong}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_documents_mistakes_are_there(name):
    assert NUMBERS[name] <= {wrong.mistake for wrong in EXERCISES[name].wrong}


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
def test_solutions_earn_full_marks(path, capsys):
    source, results = path.read_text(), []

    def kept(name, *arguments, **options):
        results.append(check(name, namespace, *arguments, **options))
        return results[-1]

    namespace = {"__name__": "notebook"}
    for text in re.split(r"^# %%.*\n", source, flags=re.MULTILINE)[1:]:
        exec(text, namespace)
        namespace["check"] = kept
    exercises = [e for e in EXERCISES.values() if e.chapter == path.stem]
    assert len(results) == 2 * len(exercises)  # public and hidden
    assert {result.state for result in results} == {"passed"}


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
