"""Chapter 8: what the notebook says, and schedules that remember."""

import re
from pathlib import Path

import pytest

from descent.schedules import SCHEDULES

SOURCE = Path(__file__).parents[2] / "solutions" / "08_schedules" / "08_schedules.py"


def test_the_statements_numbers(solved):
    names = solved("08_schedules").names

    def first(name, steps, *arguments):
        return [float(names[name](step, *arguments)) for step in range(steps)]

    said = re.sub(r"\s*\n# ?", " ", SOURCE.read_text("utf-8"))
    assert first("step_decay", 7, 1, 3, 0.5) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert first("exponential_decay", 4, 8, 0.5) == [8, 4, 2, 1]
    assert first("straight_line", 6, 1, 4) == [1, 0.75, 0.5, 0.25, 0, 0]
    for name, arguments in (("cosine_with_warmup", (1, 2, 6, 0)), ("one_cycle", (1, 8, 0.4, 5, 2))):
        rates = first(name, 8 + (name == "one_cycle"), *arguments)
        assert ", ".join(f"{round(rate, 3):g}" for rate in rates) + ", …" in said


def test_the_given_program_takes_the_first_rate_twice_and_the_last_never(given):
    rates = [4, 2, 1]
    late = given("scheduled_repaired")(lambda theta: 1.0, [0.0], lambda e: rates[e], 3, 1)
    assert late == -(4 + 4 + 2)


def test_a_chained_schedule_is_named(mark):
    """As torch's schedulers work: each rate from the one before."""
    last = {}

    def chained(step, base_lr, gamma):
        last["lr"] = base_lr if step == 0 else last["lr"] * gamma
        return last["lr"]

    result = mark("exponential_decay", chained)
    assert result.diagnosis == "counts its calls"
    assert "Learning rate of step 20" in result.tests[0].message


def test_a_difference_names_the_step(mark):
    def off_at_three(step, base_lr, gamma):
        return SCHEDULES["exponential_decay"].formula(step, base_lr, gamma) * (1 + (step == 3))

    assert mark("exponential_decay", off_at_three).message.startswith("Learning rate of step 3: e")


def test_predictions_earn_their_point_whatever_they_say(mark):
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
