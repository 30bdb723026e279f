"""What chapter 6 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from pathlib import Path

import numpy as np
import pytest

from descent import minimize
from descent.conventions import VARIANTS
from descent.methods import adadelta, adagrad, gradient_descent, momentum, rmsprop
from descent.minimize import follow
from descent.problems import quadratic, rotation
from descent.stepsize import ema_half_life

PAGE = (Path(__file__).parents[2] / "chapters" / "06_adagrad_rmsprop.md").read_text("utf-8")


def fewest_steps(rule, degrees, **hyper):
    problem, lrs = quadratic(degrees=degrees), np.geomspace(0.1, 20, 60)
    taken = []
    for lr in lrs:
        run = minimize(rule, problem, lr=lr, steps=min(taken, default=400), **hyper)
        near = run.distances(np.zeros(2)) < 1e-6
        taken += [near.argmax()] if near.any() else []
    return min(taken)


@pytest.mark.parametrize(
    ("rule", "hyper", "along", "turned"),
    [
        (adagrad, {"eps": 1e-8}, 13, 228),
        (rmsprop, {"rho": 0.99, "eps": 1e-8}, 7, 151),
    ],
)
def test_fewest_steps_before_and_after_the_turn(rule, hyper, along, turned):
    assert fewest_steps(rule, 0, **hyper) == along
    assert fewest_steps(rule, 45, **hyper) == turned


@pytest.mark.parametrize("degrees", [20, 45])
def test_only_methods_without_division_turn_with_the_axes(degrees):
    Q = rotation(degrees)
    for rule, lr, same in (
        (gradient_descent, 0.4, True),
        (momentum, 0.05, True),
        (adagrad, 0.5, False),
        (rmsprop, 0.1, False),
        (adadelta, 1.0, False),
    ):
        plain = minimize(rule, quadratic(), lr=lr, steps=30).iterates
        turned = minimize(rule, quadratic(degrees=degrees), lr=lr, steps=30).iterates
        assert np.allclose(turned, plain @ Q.T) == same


def test_after_half_a_right_angle_both_denominators_are_nearly_equal():
    problem = quadratic(degrees=45)
    for rule, lr in ((adagrad, 2.8), (rmsprop, 0.27)):
        theta, state = problem.start, rule.init(problem.start)
        for t in range(1, 101):
            theta, state = rule(theta, problem.gradient(theta), state, t, lr=lr)
        first, second = state[0] ** 0.5
        assert first == pytest.approx(second, rel=0.15)


def test_half_life_is_that_of_the_weights():
    assert ema_half_life(0.9) == pytest.approx(6.58, abs=0.005)
    for rho in (0.5, 0.9, 0.99, 0.999):
        assert rho ** ema_half_life(rho) == pytest.approx(0.5)
    assert ema_half_life(0.999) == pytest.approx(0.69 / 0.001, rel=0.01)


def test_adagrad_under_a_constant_gradient_steps_by_one_over_the_root_of_t():
    for size in (1e-3, 50.0):
        way = follow(adagrad, np.zeros(1), np.full((30, 1), size), lr=lambda k: 1.0, eps=0)
        assert -np.diff(way[:, 0]) == pytest.approx(np.arange(1, 31) ** -0.5)


def test_first_step_of_rmsprop_is_longer_for_a_longer_memory():
    for rho in (0.9, 0.99):
        way = follow(rmsprop, np.zeros(1), [np.full(1, -3.0)], lr=lambda k: 1.0, rho=rho, eps=0)
        assert way[1, 0] == pytest.approx((1 - rho) ** -0.5)


def test_first_step_of_adadelta_is_set_by_epsilon():
    for eps in (1e-8, 1e-4):
        way = follow(adadelta, np.zeros(1), [-np.ones(1)], lr=lambda k: 1.0, rho=0.9, eps=eps)
        assert way[1, 0] == pytest.approx((eps / 0.1) ** 0.5, rel=1e-2)


@pytest.mark.parametrize("lr", [0.1, 0.03])
def test_rmsprop_cycles_half_a_learning_rate_from_the_minimum_at_every_curvature(lr):
    problem = quadratic(condition=20, degrees=0)
    last = minimize(rmsprop, problem, lr=lr, rho=0.9, steps=3000).iterates[-2:]
    assert np.abs(last) == pytest.approx(np.full((2, 2), lr / 2), rel=1e-3)
    assert np.all(last[0] * last[1] < 0)


def test_the_longer_the_memory_the_deeper_the_dip_before_the_cycle():
    dips = []
    for rho in (0.9, 0.95, 0.99):
        run = minimize(rmsprop, quadratic(), lr=0.1, rho=rho, steps=4000)
        distances = run.distances(np.zeros(2))
        dips.append(distances.min())
        assert distances[-1] == pytest.approx(0.05 * 2**0.5, rel=1e-3)
    assert dips[0] > 1e6 * dips[1] > 1e12 * dips[2]


def test_the_effective_rate_in_the_cycle_is_the_wall():
    problem = quadratic()
    theta, state, lr = problem.start, rmsprop.init(problem.start), 0.1
    for t in range(1, 3001):
        theta, state = rmsprop(theta, problem.gradient(theta), state, t, lr=lr, rho=0.9)
    curvatures = np.diag(problem.hessian(theta))
    assert lr / state[0] ** 0.5 == pytest.approx(2 / curvatures, rel=1e-3)


def test_epsilon_inside_acts_on_gradients_of_its_root():
    for rule, expected in ((rmsprop, 0.999), (VARIANTS["rmsprop_eps_inside"], 0.0995)):
        theta, _ = rule(np.zeros(1), -np.full(1, 1e-5), (np.full(1, 1e-10),), 1, lr=1.0, eps=1e-8)
        assert theta[0] == pytest.approx(expected, abs=5e-5)


def test_exchanged_factors_leave_a_memory_of_a_sixth_of_a_step():
    assert ema_half_life(0.99) == pytest.approx(69, abs=0.5)
    assert ema_half_life(0.01) == pytest.approx(1 / 6, abs=0.02)
