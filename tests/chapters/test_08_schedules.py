"""What chapter 8 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

import inspect
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from experiments.warmup import FACTORS, FRESH, STEPS, TUNING, WARMUP
from torch.optim import lr_scheduler

from descent.book.rule import labels
from descent.problems import quadratic
from descent.pytorch.transformer import LENGTH, TOKENS, Transformer, learn_to_sort
from descent.schedules import (
    SCHEDULES,
    constant,
    cosine,
    exponential_decay,
    inverse_sqrt,
    join,
    one_cycle,
    one_cycle_momentum,
    polynomial_decay,
    step_decay,
    warmup,
    wsd,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "chapters" / "08_schedules.md").read_text("utf-8")


def expected(schedule, steps, curvatures=(0.2, 4.0), start=(-5.0, -2.0)):
    """The mean squares of the errors after so many steps with noise of variance 1."""
    squares, curvatures = np.square(start), np.array(curvatures)
    for k in range(steps):
        squares = (1 - schedule(k) * curvatures) ** 2 * squares + schedule(k) ** 2
    return squares


def test_every_equation_of_the_schedules_is_on_the_page_once():
    wanted = {label for name in SCHEDULES for label in labels(SCHEDULES[name])}
    assert len(wanted) == len(SCHEDULES) - 1  # a constant needs none
    for label in wanted:
        assert PAGE.count(f"$$ ({label})") == 1


@pytest.mark.parametrize("schedule", [constant(0.1), cosine(0.3, 40), one_cycle(0.4, 40)])
def test_the_mean_square_of_the_error(schedule):
    toy, rng = quadratic(), np.random.default_rng(0)
    walks = np.tile(toy.start, (20_000, 1))
    for k in range(40):
        walks = walks - schedule(k) * (walks * [0.2, 4.0] + rng.normal(size=walks.shape))
    assert (walks**2).mean(0) == pytest.approx(expected(schedule, 40), rel=0.05)


def test_a_small_rate_has_a_low_floor_but_takes_long():
    def start_left(lr):
        return (1 - 0.2 * lr) ** 200

    assert expected(constant(0.05), 10_000)[1] < 0.6 * expected(constant(0.1), 10_000)[1]
    assert start_left(0.05) > 2 * start_left(0.1)


def test_the_staircase_and_the_exponential_meet_at_the_jumps_only():
    stairs, slide = step_decay(0.1, 4, 0.5), exponential_decay(0.1, 0.5**0.25)
    for k in range(40):
        assert (stairs(k) == pytest.approx(slide(k))) == (k % 4 == 0)


def test_the_squares_of_the_inverse_root_grow_as_a_logarithm():
    schedule = inverse_sqrt(1.0, 10)
    rates = np.array([schedule(k) for k in range(100_000)])
    sums = np.cumsum(rates**2)
    assert sums[99_999] - sums[9_999] == pytest.approx(10 * np.log(10), rel=0.01)
    assert rates.sum() > 1_900


def test_no_rate_of_zero_within_the_run_and_two_slips():
    line = polynomial_decay(1.0, total_steps=4)
    assert all(line(k) > 0 for k in range(4))
    assert line(4) == 0
    assert 1 - 3 / (4 - 1) == 0  # dividing by T - 1: step 3 stands still
    assert 1 - 5 / 4 < 0  # without the min: step 5 climbs


def test_a_warmup_is_a_join():
    then = cosine(0.5, 20)
    rise = join(lambda k: 0.5 * (k + 1) / 5, 5, then)
    assert [warmup(5, then)(k) for k in range(30)] == [rise(k) for k in range(30)]
    assert warmup(100, cosine(0.1, total_steps=900))(1000) == 0
    assert warmup(100, cosine(0.1, total_steps=900))(999) > 0


def test_corners_of_one_cycle():
    rate, beta = one_cycle(0.5, 9), one_cycle_momentum(9)
    peak = round(0.3 * 9) - 1
    assert [rate(0), rate(peak), rate(8)] == pytest.approx([0.5 / 25, 0.5, 0.5 / 25 / 1e4])
    assert [beta(0), beta(peak), beta(8)] == pytest.approx([0.95, 0.85, 0.95])
    assert pytest.approx(1) == (1 - 0.95) * 20
    assert (1 - 0.85) * 7 > 1


def test_the_stable_part_of_wsd_does_not_know_the_length():
    short, long = wsd(0.1, 10, 70, 20), wsd(0.1, 10, 310, 80)
    assert [short(k) for k in range(80)] == [long(k) for k in range(80)]


@pytest.mark.parametrize("total_steps", range(8, 41))
def test_torch_s_cycle_has_its_peak_only_where_the_share_is_whole(total_steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = lr_scheduler.OneCycleLR(
        optimizer, 0.5, total_steps, anneal_strategy="linear", cycle_momentum=False
    )
    rates = [optimizer.param_groups[0]["lr"]]
    for _ in range(total_steps - 1):
        optimizer.step()
        scheduler.step()
        rates.append(optimizer.param_groups[0]["lr"])
    whole = 3 * total_steps % 10 == 0
    assert (max(rates) == pytest.approx(0.5, rel=1e-9)) == whole
    assert max(one_cycle(0.5, total_steps)(k) for k in range(total_steps)) == 0.5
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] < 0
    with pytest.raises(ValueError, match="total steps"):
        scheduler.step()


def test_two_schedulers_on_one_optimiser_multiply():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    both = [lr_scheduler.ExponentialLR(optimizer, gamma) for gamma in (0.5, 0.9)]
    optimizer.step()
    for scheduler in both:
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.45)


def test_a_scheduler_stepped_first_skips_the_first_rate():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        scheduler.step()
    assert "skipping the first value" in str(said[0].message)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_plateau_of_torch_asks_for_one_part_in_ten_thousand():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    for score in (1.0, 1 - 0.5e-4):
        scheduler.step(score)
    assert optimizer.param_groups[0]["lr"] < 1


def test_the_loop_that_lowers_at_zero_runs_a_stair_early():
    lr, early = 0.1, []
    for i in range(9):
        early.append(lr)
        if i % 3 == 0:
            lr = lr / 2
    assert early == pytest.approx([0.1 * 0.5 ** -(-i // 3) for i in range(9)])


def test_what_the_page_says_of_warm_up_is_in_the_results():
    findings = json.loads((ROOT / "results/warmup.json").read_text("utf-8"))["findings"]
    gains = {(gain["method"], gain["norm"]): gain for gain in findings["gains"]}
    assert gains["adamw", "post"]["low"] > gains["adamw", "pre"]["mean"] > 0
    assert gains["momentum", "post"]["low"] < 0 < gains["momentum", "post"]["high"]
    arms = {(arm["method"], arm["norm"], arm["warmup_steps"]): arm for arm in findings["arms"]}
    for norm in ("post", "pre"):
        without, having = (arms["adamw", norm, steps] for steps in (0, 20))
        slow = [arm["tried"][0] for arm in (without, having)]
        assert slow[0] == pytest.approx(slow[1], rel=0.15)  # at small rates it does nothing
        assert having["best"] > without["best"]


def test_the_experiment_with_the_transformer_is_as_told():
    weights = sum(weight.numel() for weight in Transformer().parameters())
    assert f"about {round(weights, -3):,} weights" in PAGE
    assert (LENGTH, TOKENS, STEPS, WARMUP) == (8, 16, 200, 20)
    assert (len(FACTORS), len(TUNING), len(FRESH)) == (6, 5, 10)
    assert not set(TUNING) & set(FRESH)
    assert inspect.signature(learn_to_sort).parameters["batch_size"].default == 32
