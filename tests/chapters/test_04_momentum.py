"""What chapter 4 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from pathlib import Path

import numpy as np
import pytest

from descent import minimize
from descent.book.rule import labels
from descent.methods import RULES, gradient_descent, momentum, momentum_classical, nesterov
from descent.minimize import follow
from descent.problems import quadratic
from descent.stepsize import best_heavy_ball

PAGE = (Path(__file__).parents[2] / "chapters" / "04_momentum.md").read_text("utf-8")


def rate(beta, s):
    """The size of the larger root of the characteristic polynomial; s = lr times curvature."""
    return abs(np.roots([1, -(1 + beta - s), beta])).max()


def steps(rule, lr, limit, **hyper):
    """(first, for good): when the toy's iterates come within 1e-6."""
    run = minimize(rule, quadratic(), lr=lr, steps=limit, **hyper)
    far = run.distances(np.zeros(2)) >= 1e-6
    assert not far[-1]
    return int(far.argmin()), int(np.flatnonzero(far)[-1]) + 1


def test_every_equation_of_the_rules_is_on_the_page_once():
    wanted = {
        label for name in RULES if name.startswith("momentum") for label in labels(RULES[name])
    }
    wanted |= set(labels(best_heavy_ball))
    assert len(wanted) == 10
    for label in wanted:
        assert PAGE.count(f"$$ ({label})") == 1


def test_roots_in_a_disc():
    rng = np.random.default_rng(0)
    for beta, s, rho in rng.uniform([0, -0.5, 0.05], [1, 4.5, 1], size=(2000, 3)):
        at, below = rho**2 - (1 + beta - s) * rho + beta, rho**2 + (1 + beta - s) * rho + beta
        inside = beta <= rho**2 and at >= 0 and below >= 0
        assert (rate(beta, s) <= rho) == inside


def test_no_lr_and_beta_beat_the_best_heavy_ball():
    rng = np.random.default_rng(1)
    for condition in (2.0, 20.0, 200.0):
        bound = (condition**0.5 - 1) / (condition**0.5 + 1)
        for beta, wall in rng.uniform([0, 0], [1, 1], size=(1000, 2)):
            s = 2 * (1 + beta) * wall
            assert max(rate(beta, s / condition), rate(beta, s)) >= bound
        lr, beta = best_heavy_ball(1.0, condition)
        assert beta == pytest.approx(bound**2)
        for curvature in np.linspace(1, condition, 7):
            assert rate(beta, lr * curvature) == pytest.approx(bound, abs=1e-6)


def test_momentum_of_09_loses_to_gradient_descent_on_the_toy():
    mu, L = quadratic().curvature()
    assert steps(gradient_descent, 2 / (mu + L), 400) == (155, 155)
    for lr in np.linspace(0.02, 0.93, 60):
        assert min(steps(momentum, lr, 1500, beta=0.9)) > 155
    lr, beta = best_heavy_ball(mu, L)
    assert steps(momentum, lr, 400, beta=beta) == (42, 42)


def test_steps_grow_with_the_root_of_the_condition_number():
    needed = {}
    for condition in (20, 2000):
        problem = quadratic(condition)
        lr, beta = best_heavy_ball(*problem.curvature())
        run = minimize(momentum, problem, lr=lr, beta=beta, steps=1000)
        needed[condition] = np.flatnonzero(run.distances(np.zeros(2)) >= 1e-6)[-1] + 1
    assert 8 < needed[2000] / needed[20] < 12.5


def test_an_average_s_lr_flies_off_in_torch_s_form():
    assert minimize(momentum, quadratic(), lr=1.5, beta=0.9, steps=5000).diverged
    assert not minimize(RULES["momentum_ema"], quadratic(), lr=1.5, beta=0.9, steps=5000).diverged


def test_schedules_part_the_forms_and_a_factor_joins_them():
    rates = [0.1, 0.1, 0.01]

    def end(rule):
        return follow(rule, np.zeros(1), np.ones((3, 1)), lr=lambda k: rates[k], beta=0.9)[-1, 0]

    assert end(momentum) == pytest.approx(-0.3171)
    assert end(momentum_classical) == pytest.approx(-0.4710)

    theta, (v,) = np.zeros(1), momentum_classical.init(np.zeros(1))
    for t, lr in enumerate(rates, start=1):
        v = v * lr / rates[max(t - 2, 0)]
        theta, (v,) = momentum_classical(theta, np.ones(1), (v,), t, lr=lr, beta=0.9)
    assert theta[0] == pytest.approx(end(momentum))

    theta, (v,) = np.zeros(1), momentum.init(np.zeros(1))
    for t, lr in enumerate(rates, start=1):
        v = v * rates[max(t - 2, 0)] / lr
        theta, (v,) = momentum(theta, np.ones(1), (v,), t, lr=lr, beta=0.9)
    assert theta[0] == pytest.approx(end(momentum_classical))


def test_under_damped_losses_rise_now_and_then():
    losses = minimize(momentum, quadratic(), lr=0.15, beta=0.9, steps=100).losses
    assert np.any(np.diff(losses) > 0)
    assert losses[-1] < 1e-3


def test_the_heavy_ball_cycles_where_nesterov_arrives():
    def slope(x):
        return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24

    lr, beta = best_heavy_ball(1, 25)
    x, state, path = 3.3, (0.0,), []
    for t in range(1, 301):
        x, state = momentum(x, slope(x), state, t, lr=lr, beta=beta)
        path.append(x)
    assert path[-3:] == pytest.approx(path[-6:-3])
    assert min(abs(np.array(path[-3:]))) > 0.6

    for rule, lr, hyper in ((gradient_descent, 1 / 25, {}), (nesterov, 1 / 25, {"beta": 4 / 6})):
        x, state = 3.3, (0.0,)
        for t in range(1, 1001):
            x, state = rule(x, slope(x), state, t, lr=lr, **hyper)
        assert abs(x) < 1e-12
