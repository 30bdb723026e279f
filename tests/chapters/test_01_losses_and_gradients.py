"""What chapter 1 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from pathlib import Path

import numpy as np
import pytest

from descent import minimize
from descent.data import digits
from descent.derivatives import numerical_gradient
from descent.methods import gradient_descent
from descent.problems import linear_regression, softmax_regression

PAGE = (Path(__file__).parents[2] / "chapters" / "01_losses_and_gradients.md").read_text("utf-8")


@pytest.fixture
def line():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 4, size=100)
    return np.column_stack([x, np.ones(100)]), 2 * x + 1 + rng.normal(size=100)


def relative_distance(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


def test_a_mean_keeps_its_stability_bound_when_the_data_are_repeated(line):
    X, y = line
    once = linear_regression(X, y).curvature()
    assert linear_regression(np.tile(X, (10, 1)), np.tile(y, 10)).curvature() == pytest.approx(once)


def test_without_the_factor_the_descent_settles_above_least_squares_and_the_check_says_so(line):
    X, y = line
    problem, theta = linear_regression(X, y), np.zeros(2)
    for _ in range(1000):
        theta = theta - 0.1 * np.mean(2 * (X @ theta - y))
    assert theta[0] == theta[1] == pytest.approx(y.sum() / X.sum())
    assert abs(np.mean(X @ theta - y)) < 1e-12
    assert problem.value(theta) > 1.05 * problem.value(problem.minimisers[0])
    assert np.linalg.norm(problem.gradient(theta)) > 0.1


def test_the_check_tells_right_from_wrong(line):
    X, y = line
    problem, theta = linear_regression(X, y), np.random.default_rng(1).normal(size=2)
    reference = numerical_gradient(problem.value, theta, 1e-5)
    g, r = problem.gradient(theta), X @ theta - y
    assert relative_distance(g, reference) < 1e-10
    for wrong in (g / 2, 100 * g, 100 / 99 * g, np.full(2, np.mean(2 * r)), -g):
        assert relative_distance(wrong, reference) > 4e-3


def test_one_direction_checks_a_gradient_of_650_parameters():
    images, labels = digits()
    model = softmax_regression(np.column_stack([images, np.ones(len(images))]), labels)
    rng = np.random.default_rng(2)
    theta, v = rng.normal(size=(65, 10)), rng.normal(size=(65, 10))
    slope = (model.value(theta + 1e-5 * v) - model.value(theta - 1e-5 * v)) / 2e-5
    assert slope == pytest.approx((model.gradient(theta) * v).sum(), rel=1e-7)


def test_across_a_kink_the_difference_mixes_both_slopes():
    assert numerical_gradient(lambda x: abs(x).sum(), np.array([2e-6]), 1e-5)[0] == pytest.approx(
        0.2
    )


def test_the_step_on_paper():
    two = linear_regression(np.array([[1.0, 1.0], [3.0, 1.0]]), np.array([1.0, 2.0]))
    assert two.value(np.zeros(2)) == 2.5
    assert two.gradient(np.zeros(2)) == pytest.approx([-7, -3])
    assert two.value(np.array([0.7, 0.3])) == pytest.approx(0.08)


@pytest.mark.parametrize("power", [1, 2])
def test_errors_of_the_differences_follow_the_theory(power):
    """Truncation: h f''/2 forward, h² f'''/6 central; half the h, a half or a quarter of the error."""
    h, x = 1e-2, 1.0
    ahead, here, behind = np.exp(x + h), np.exp(x), np.exp(x - h)
    error = (ahead - here) / h - here if power == 1 else (ahead - behind) / (2 * h) - here
    predicted = here * h / 2 if power == 1 else here * h**2 / 6
    assert error == pytest.approx(predicted, rel=0.01)


def test_best_h_minimises_the_bounds():
    u, h = 2.0**-53, np.geomspace(1e-12, 1e-1, 20_001)
    forward, central = h / 2 + 2 * u / h, h**2 / 6 + u / h
    assert h[forward.argmin()] == pytest.approx(2 * u**0.5, rel=2e-3)
    assert h[central.argmin()] == pytest.approx((3 * u) ** (1 / 3), rel=2e-3)


def test_a_table_of_residuals_teaches_the_mean(line):
    X, y = line
    p = X @ np.array([0.7, -0.3])
    table = np.mean((p - y[:, None]) ** 2)
    assert table == pytest.approx(np.mean((p - y.mean()) ** 2) + y.var())
    flat = linear_regression(X, np.full(100, y.mean())).minimisers[0]
    assert flat == pytest.approx([0, y.mean()])


def test_in_place_subtraction_of_the_table_stops(line):
    X, y = line
    theta = np.zeros(2)
    with pytest.raises(ValueError, match="broadcast"):
        theta -= 0.1 * 2 * (X @ theta - y[:, None])


def test_excess_loss_and_normal_equations_on_digits():
    images, labels = digits()
    D, y = np.column_stack([images, np.ones(len(images))]), np.where(labels == 8, 1.0, -1.0)
    problem = linear_regression(D, y)
    best = problem.minimisers[0]
    assert np.abs(D.T @ D @ best - D.T @ y).max() < 1e-9
    assert np.linalg.matrix_rank(D) == 65 - np.sum(images.std(axis=0) == 0) == 62
    run = minimize(gradient_descent, problem, lr=1 / problem.curvature()[1], steps=100)
    excess = np.mean((D @ (run.final - best)) ** 2)
    assert run.losses[-1] - problem.value(best) == pytest.approx(excess)


def test_forming_the_normal_equations_squares_the_condition_number():
    X = np.vander(np.linspace(0, 1, 30), 6)
    assert np.linalg.cond(X.T @ X) == pytest.approx(np.linalg.cond(X) ** 2, rel=1e-4)
