"""Chapter 8: the plan's exercises and mistakes are there, the notebook earns full marks."""

import re
from pathlib import Path

import jupytext
import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.catalogue import schedules
from descent.checks.examination import Examination
from descent.checks.prove import holes, prove
from descent.grading.release.notebooks import release_notebook
from descent.schedules import SCHEDULES

SOURCE = Path(__file__).parents[2] / "solutions" / "08_schedules" / "08_schedules.py"

CALLS = {
    "step_decay": "step_decay(step, base_lr, every, factor)",
    "exponential_decay": "exponential_decay(step, base_lr, gamma)",
    "cosine_with_warmup": "cosine_with_warmup(step, base_lr, warmup_steps, total_steps, final_lr)",
    "one_cycle": "one_cycle(step, max_lr, total_steps, warmup_fraction, start_div, final_div)",
    "scheduled_repaired": "scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch)",
    "predicted_floor_left": "predicted_floor_left",
}

# The plan's mistakes, by the names they have here.
PLANNED = {
    "step_decay": {
        "gradual",
        "lowered at step 0",
        "lowered after the first step",
        "a step early",
        "a step late",
        "restarts every epoch",
        "per epoch for per step",
        "stateful",
    },
    "exponential_decay": {"a step early", "a step late", "stateful"},
    "cosine_with_warmup": {
        "first lr zero",
        "zero for the whole warm-up",
        "off by one at the end",
        "restarts after the end",
        "rises after the end",
        "per epoch for per step",
        "stateful",
    },
    "one_cycle": {
        "starts from zero",
        "off by one at the end",
        "restarts every epoch",
        "goes on after the end",
        "per epoch for per step",
        "stateful",
    },
    "scheduled_repaired": {"set after the epoch", "one epoch early"},
}
NUMBERS = {17, 32, 46}  # of the documents' mistakes


def mark(name, candidate, level="public"):
    return Examination(EXERCISES[name], level, "seed").mark(LocalCandidate(candidate))


def cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def namespace():
    """What the solved notebook defines, each exercise's answer marked on the way."""
    names, scope = [], {}
    for cell in cells(jupytext.read(SOURCE)):
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade", False):
            name = meta["grade_id"].removesuffix("_check")
            assert meta["points"] == EXERCISES[name].points
            assert f'check("{name}", level="hidden").score' in cell.source.split("\n")
            assert mark(name, scope[name], "hidden").score == EXERCISES[name].points
            names.append(name)
        else:
            exec(cell.source, scope)
    assert sorted(names) == sorted(CALLS)
    return scope


def test_every_exercise_is_called_as_planned():
    assert {e.name: e.signature.partition(" -> ")[0] for e in schedules.EXERCISES} == CALLS


@pytest.mark.parametrize("name", PLANNED)
def test_every_planned_mistake_is_known(name):
    assert PLANNED[name] <= {wrong.name for wrong in EXERCISES[name].wrong}


def test_all_numbered_mistakes_occur():
    found = {wrong.mistake for exercise in schedules.EXERCISES for wrong in exercise.wrong}
    assert found == {None, *NUMBERS}


@pytest.mark.parametrize("exercise", schedules.EXERCISES, ids=lambda exercise: exercise.name)
def test_proof_in_short(exercise):
    assert holes([prove(exercise, right_seeds=4, wrong_seeds=1)]) == []


def test_the_statements_numbers(namespace):
    def first(name, steps, *arguments):
        return [float(namespace[name](step, *arguments)) for step in range(steps)]

    said = re.sub(r"\s*\n# ?", " ", SOURCE.read_text("utf-8"))
    assert first("step_decay", 7, 1, 3, 0.5) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert first("exponential_decay", 4, 8, 0.5) == [8, 4, 2, 1]
    assert first("straight_line", 6, 1, 4) == [1, 0.75, 0.5, 0.25, 0, 0]
    for name, arguments in (("cosine_with_warmup", (1, 2, 6, 0)), ("one_cycle", (1, 8, 0.4, 5, 2))):
        rates = first(name, 8 + (name == "one_cycle"), *arguments)
        assert ", ".join(f"{round(rate, 3):g}" for rate in rates) + ", …" in said


def test_the_given_program_reaches_the_student_and_is_named():
    released = release_notebook(SOURCE)
    assert not any(re.search("GIVEN|BEGIN|END", cell.source) for cell in cells(released))
    (given,) = (
        cell.source
        for cell in cells(released)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "scheduled_repaired"
    )
    scope = {"np": np}
    exec(given, scope)
    result = mark("scheduled_repaired", scope["scheduled_repaired"])
    assert result.diagnosis == "set after the epoch"
    assert result.score < result.points
    rates = [4, 2, 1]
    late = scope["scheduled_repaired"](lambda theta: 1.0, [0.0], lambda e: rates[e], 3, 1)
    assert late == -(4 + 4 + 2)  # the first rate twice, the last never


def test_a_chained_schedule_is_named():
    """As torch's schedulers work: each rate from the one before."""
    last = {}

    def chained(step, base_lr, gamma):
        last["lr"] = base_lr if step == 0 else last["lr"] * gamma
        return last["lr"]

    result = mark("exponential_decay", chained)
    assert result.diagnosis == "counts its calls"
    assert "Learning rate of step 20" in result.tests[0].message


def test_a_difference_names_the_step():
    def off_at_three(step, base_lr, gamma):
        return SCHEDULES["exponential_decay"].formula(step, base_lr, gamma) * (1 + (step == 3))

    assert mark("exponential_decay", off_at_three).message.startswith("Learning rate of step 3: e")


def test_predictions_earn_their_point_whatever_they_say():
    assert mark("predicted_floor_left", 0.5).score == 1
    assert mark("predicted_floor_left", -1).score == 0


def test_the_cosine_leaves_a_small_part_of_the_floor():
    """What the notebook's last cell draws, exactly: E[x²] of each step from that of the one before."""

    def mean_square(rate):
        second = 1.0
        for step in range(400):
            lr = rate(step)
            second = (1 - lr) ** 2 * second + lr**2
        return second

    cosine = SCHEDULES["cosine"].formula
    floor = mean_square(lambda step: 0.1)
    assert floor == pytest.approx(0.0526, abs=1e-4)
    assert mean_square(lambda step: cosine(step, 0.1, 400, 0.0)) / floor == pytest.approx(
        0.12, abs=0.01
    )
