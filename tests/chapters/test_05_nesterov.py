"""What chapter 5 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from descent import minimize
from descent.book.rule import labels
from descent.methods import RULES, gradient_descent, momentum, nesterov, nesterov_lookahead
from descent.minimize import follow
from descent.problems import Problem, quadratic

PAGE = (Path(__file__).parents[2] / "chapters" / "05_nesterov.md").read_text("utf-8")


def accelerated(problem, lr, steps):
    """Nesterov's method for convex losses: points, points ahead, and bold points."""
    before = theta = ahead = problem.start
    t, points, asked, bold = 1.0, [theta], [], []
    for _ in range(steps):
        asked.append(ahead)
        theta = ahead - lr * problem.gradient(ahead)
        bold.append(t * theta - (t - 1) * before)
        t_next = (1 + (1 + 4 * t**2) ** 0.5) / 2
        ahead = theta + (t - 1) / t_next * (theta - before)
        before, t = theta, t_next
        points.append(theta)
    return np.array(points), np.array(asked), np.array(bold)


def sequence(n):
    t = [1.0]
    while len(t) < n:
        t.append((1 + (1 + 4 * t[-1] ** 2) ** 0.5) / 2)
    return np.array(t)


def hardest(k):
    """Nesterov (2018), section 2.1.2: hard for every method of k gradients; L = 1, 2k + 1 dimensions."""
    n = 2 * k + 1
    A = (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)) / 4
    b = np.eye(n)[0] / 4
    return Problem(
        name="hardest",
        value=lambda x: 0.5 * x @ A @ x - b @ x,
        gradient=lambda x: A @ x - b,
        start=np.zeros(n),
        minimisers=(np.linalg.solve(A, b),),
    )


def test_every_equation_of_the_rules_is_on_the_page_once():
    rules = Path(RULES["nesterov"].__code__.co_filename).read_text("utf-8")
    wanted = set(re.findall(r"# (eq-nesterov[\w-]+)$", rules, re.MULTILINE))
    assert wanted >= {*labels(nesterov), *labels(nesterov_lookahead)}
    assert len(wanted) == 5
    for label in wanted:
        assert PAGE.count(f"$$ ({label})") == 1


def test_modes_and_wall():
    rng = np.random.default_rng(0)
    for beta, s in rng.uniform([0, 0.01], [0.99, 2.5], size=(500, 2)):
        step = np.array([[1 - s, -beta * (1 - s)], [s, beta * (1 - s)]])  # of (x, lr * v)
        roots = np.linalg.eigvals(step)
        assert sorted(abs(roots)) == pytest.approx(
            sorted(abs(np.roots([1, -(1 + beta) * (1 - s), beta * (1 - s)]))), abs=1e-6
        )
        assert (abs(roots).max() < 1) == (s < 2 * (1 + beta) / (1 + 2 * beta))
        if np.iscomplex(roots).any():
            assert abs(roots) == pytest.approx((beta * (1 - s)) ** 0.5)


def test_looking_back_pushes():
    for beta, s in ((0.5, 0.3), (0.9, 0.05), (0.9, 0.2)):
        ahead, back = (
            np.array([[1 - s, -beta * (1 - k * s)], [s, beta * (1 - k * s)]]) for k in (1, -1)
        )
        assert np.linalg.det(ahead) < beta < np.linalg.det(back)
    assert abs(np.linalg.eigvals(back)).max() > 1


def test_the_steepest_mode_is_gone_at_once_at_the_cautious_lr():
    toy = quadratic()
    run = minimize(nesterov_lookahead, toy, lr=1 / toy.curvature()[1], beta=0.9, steps=5)
    assert np.abs(run.iterates[1:, 1]).max() < 1e-15


def test_under_a_schedule_the_forms_part_as_stated():
    rates = [0.1, 0.1, 0.01, 0.01]
    gradients = np.ones((3, 1))
    beta = 0.9
    rewritten = follow(nesterov, np.zeros(1), gradients, lr=lambda k: rates[k], beta=beta)
    theta, v, ahead = 0.0, 0.0, [0.0]
    parted = [0.0]
    for k in range(3):  # look-ahead form: the gradient is 1 everywhere
        v = beta * v + 1
        theta = theta - rates[k] * v
        ahead.append(theta - rates[k + 1] * beta * v)
        parted.append(parted[-1] + (rates[k] - rates[k + 1]) * beta * v)
    assert np.array(ahead) - rewritten[:, 0] == pytest.approx(parted)
    assert parted[2] > 0.1


def test_sequence():
    t = sequence(2001)
    k = np.arange(1, 2002)
    assert np.all(t >= (k + 1) / 2)
    assert t[1:] ** 2 - t[1:] == pytest.approx(t[:-1] ** 2)
    beta = (t[:-1] - 1) / t[1:]
    assert np.all(np.diff(beta) > 0)
    assert (1 - beta[-1]) * 2000 == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("k", [1, 5, 20, 100])
def test_convex_rate_and_lower_bound(k):
    problem = hardest(k)
    best = problem.minimisers[0]
    far, n = best @ best, np.arange(1, 4 * k + 1)
    points, _, _ = accelerated(problem, 1.0, 4 * k)
    gaps = np.array([problem.value(theta) for theta in points[1:]]) - problem.value(best)
    assert np.all(gaps <= 2 * far / (n + 1) ** 2)
    plain = minimize(gradient_descent, problem, lr=1.0, steps=4 * k).losses[1:]
    plain = plain - problem.value(best)
    assert np.all(plain <= far / (2 * n))
    assert min(gaps[k - 1], plain[k - 1]) >= 3 * far / (32 * (k + 1) ** 2)


def test_the_bold_point_is_descent_with_growing_steps():
    problem = hardest(100)
    points, asked, bold = accelerated(problem, 1.0, 50)
    t = sequence(51)
    gradients = np.array([problem.gradient(point) for point in asked])
    np.testing.assert_allclose(bold, -np.cumsum(t[:50, None] * gradients, axis=0), atol=1e-12)
    for k in range(1, 50):
        between = (1 - 1 / t[k]) * points[k] + bold[k - 1] / t[k]
        np.testing.assert_allclose(asked[k], between, atol=1e-12)


def test_gradient_descent_bound_on_the_flat_quadratic():
    flat = replace(quadratic(1e8, smallest=1e-8, dim=60), start=np.ones(60))
    losses = minimize(gradient_descent, flat, lr=1.0, steps=500).losses[1:]
    assert np.all(losses <= 60 / (2 * np.arange(1, 501)))


def test_the_theorem_s_choice_takes_274_steps():
    ravine, root = quadratic(1000, smallest=0.01), 1000**0.5
    beta = (root - 1) / (root + 1)
    run = minimize(nesterov, ravine, lr=0.1, beta=beta, steps=400, start=np.ones(2))
    assert np.flatnonzero(run.distances(np.zeros(2)) > 2**0.5 / 1000)[-1] + 1 == 274


def test_one_learning_rate_of_momentum_is_too_large():
    toy = quadratic()
    assert minimize(nesterov, toy, lr=0.5, beta=0.9, steps=2000).diverged
    assert minimize(momentum, toy, lr=0.5, beta=0.9, steps=2000).losses[-1] < 1e-12
