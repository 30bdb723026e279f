"""Makers: what they check, and what their schedules are as objects."""

import copy
import inspect
import pickle

import numpy as np
import pytest

from descent import schedules
from descent.methods import RULES
from descent.minimize import minimize
from descent.problems import quadratic
from descent.schedules import (
    SCHEDULES,
    Schedule,
    constant,
    cosine,
    join,
    multi_step_decay,
    one_cycle,
    one_cycle_momentum,
    polynomial_decay,
    range_test,
    step_decay,
    warm_restarts,
    warmup,
    wsd,
)
from descent.schedules.schedule import ARGUMENTS

NESTED = warmup(3, join(cosine(0.1, 4), 5, multi_step_decay(0.2, [2, 9])))


def test_a_schedule_is_written_as_the_code_that_makes_it():
    assert repr(constant(1)) == "constant(base_lr=1.0)"
    assert eval(repr(NESTED), vars(schedules)) == NESTED


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_are_equal(twin):
    assert twin(NESTED) == NESTED
    assert [twin(NESTED)(k) for k in range(20)] == [NESTED(k) for k in range(20)]
    assert twin(NESTED) != warmup(3, constant(0.1))


def test_arguments_come_by_place_or_name_with_their_defaults():
    assert cosine(0.1, 5) == cosine(total_steps=5, base_lr=0.1, final_lr=0.0)
    assert cosine(0.1, 5).arguments == {"base_lr": 0.1, "total_steps": 5, "final_lr": 0.0}
    assert str(inspect.signature(step_decay)) == "(base_lr: float, every: int, factor: float)"
    assert multi_step_decay(0.1, iter(np.array([2, 3])))(2) == pytest.approx(0.01)


def test_every_maker_says_what_it_computes_and_where_it_is_from():
    used = set()
    for name, maker in SCHEDULES.items():
        assert getattr(schedules, name) is maker
        assert maker.__name__ == name
        assert maker.__doc__
        assert maker.source
        used |= inspect.signature(maker).parameters.keys()
    assert used == ARGUMENTS.keys()


def test_minimize_takes_a_schedule():
    toy = quadratic(5)
    schedule = warmup(3, cosine(0.2, 10))
    run = minimize(RULES["gradient_descent"], toy, lr=schedule, steps=15)
    theta = toy.start
    for k in range(15):
        theta = theta - schedule(k) * toy.gradient(theta)
    np.testing.assert_allclose(run.final, theta, rtol=1e-13)


@pytest.mark.parametrize("step", [np.int64(3), np.array(3), 3])
def test_whole_numbers_of_any_kind_are_steps(step):
    assert step_decay(1, 3, 0.5)(step) == 0.5


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: constant(1)(-1), ValueError, "step must be at least 0, got -1"),
        (lambda: constant(1)(1.0), TypeError, "step must be a whole number, got float"),
        (lambda: constant(0), ValueError, "base_lr must be a finite number > 0, got 0"),
        (lambda: constant("1"), TypeError, "base_lr must be a real number, got str"),
        (lambda: one_cycle(-1, 5), ValueError, "max_lr must be a finite number > 0"),
        (lambda: range_test(0, 1, 5), ValueError, "low_lr must be a finite number > 0"),
        (lambda: range_test(1, 0, 5), ValueError, "high_lr must be a finite number > 0"),
        (lambda: polynomial_decay(1, 5, 0), ValueError, "power must be a finite number > 0"),
        (lambda: cosine(1, 5, -0.1), ValueError, "final_lr must be a finite number >= 0"),
        (lambda: step_decay(1, 5, 1.1), ValueError, "factor must be .* > 0 and <= 1, got 1.1"),
        (lambda: schedules.exponential_decay(1, 0), ValueError, "gamma must be .* > 0 and <= 1"),
        (lambda: step_decay(1, 0, 0.5), ValueError, "every must be at least 1, got 0"),
        (lambda: warm_restarts(1, 0), ValueError, "period must be at least 1"),
        (lambda: warm_restarts(1, 2, 1.5), TypeError, "growth must be a whole number"),
        (lambda: schedules.inverse_sqrt(1, 0), ValueError, "timescale must be at least 1"),
        (lambda: cosine(1, 0), ValueError, "total_steps must be at least 1"),
        (lambda: wsd(1, 0, 0, 0), ValueError, "decay_steps must be at least 1"),
        (lambda: wsd(1, -1, 0, 1), ValueError, "warmup_steps must be at least 0"),
        (lambda: wsd(1, 0, -1, 1), ValueError, "stable_steps must be at least 0"),
        (lambda: warmup(-1, constant(1)), ValueError, "steps must be at least 0"),
        (lambda: warmup(5, 0.1), TypeError, "then must be a schedule, .* got float: 0.1"),
        (lambda: join(0.1, 5, constant(1)), TypeError, "first must be a schedule"),
        (lambda: one_cycle(1, 5, 1.0), ValueError, "warmup_fraction must be .* > 0 and < 1"),
        (lambda: one_cycle(1, 5, start_div=0.5), ValueError, "start_div must be .* >= 1"),
        (lambda: one_cycle(1, 5, final_div=0.5), ValueError, "final_div must be .* >= 1"),
        (lambda: one_cycle_momentum(5, low=-0.1), ValueError, "low must be .* >= 0 and < 1"),
        (lambda: one_cycle_momentum(5, high=1), ValueError, "high must be .* >= 0 and < 1"),
        (lambda: multi_step_decay(1, [3, 3]), ValueError, r"milestones must rise, got \[3, 3\]"),
        (lambda: multi_step_decay(1, [0, 3]), ValueError, r"milestones\[0\] must be at least 1"),
        (lambda: multi_step_decay(1, 5), TypeError, "milestones must be a list of steps, got int"),
        (lambda: cosine(1), TypeError, "cosine.*missing a required argument: 'total_steps'"),
        (lambda: cosine(1, 2, T_max=3), TypeError, "cosine.*unexpected keyword argument 'T_max'"),
    ],
)
def test_bad_input_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_schedule_is_what_makers_make():
    assert all(isinstance(one, Schedule) for one in (NESTED, NESTED.arguments["then"]))
