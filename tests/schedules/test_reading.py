"""Reading a range test: exactly on a parabola, roughly with noise."""

import numpy as np
import pytest

from descent.methods import RULES
from descent.minimize import minimize
from descent.problems import quadratic
from descent.schedules import constant, range_test, read_range_test


def test_on_a_parabola_the_loss_is_lowest_at_the_last_stable_rate():
    curvature = 4.0
    lr = range_test(1e-3, 10, 200)
    theta, losses = 1.0, []
    for step in range(200):
        theta = theta - lr(step) * curvature * theta
        losses.append(curvature / 2 * theta**2)
    found = read_range_test(lr, np.array(losses), smoothing=0)
    rates = np.array([lr(step) for step in range(200)])
    assert found.lowest == rates[rates <= 2 / curvature].max()


def test_steepest_is_where_the_curve_is_steepest():
    lr = range_test(1e-4, 1, 81)  # a factor of 10 in 20 steps
    x = np.log10([lr(step) for step in range(81)])
    losses = -np.tanh(3 * (x + 2)) + np.where(x > -1, (x + 1) ** 2, 0)
    found = read_range_test(lr, losses, smoothing=0)
    assert found.steepest == pytest.approx(1e-2)
    assert found.steepest < found.lowest < 1


def test_smoothing_is_the_average_corrected_for_its_start():
    losses = np.array([4.0, 2.0, 3.0, 1.0])
    found = read_range_test(range_test(1e-3, 1, 4), losses, smoothing=0.5)
    assert found.lowest == pytest.approx(1)
    smooth = np.array([4, (4 + 2 * 2) / 3, (4 + 2 * 2 + 4 * 3) / 7, (4 + 4 + 12 + 8 * 1) / 15])
    slopes = np.gradient(smooth, np.log([1e-3, 1e-2, 1e-1, 1]))
    assert found.steepest == pytest.approx([1e-3, 1e-2, 1e-1, 1][slopes.argmin()])


def test_a_run_that_diverged_is_read_up_to_there():
    toy = quadratic(10)
    lr = range_test(1e-3, 1e6, 400)
    run = minimize(RULES["gradient_descent"], toy, lr=lr, steps=400)
    assert run.diverged
    found = read_range_test(lr, run.losses[1:])
    wall = 2 / np.linalg.eigvalsh(toy.hessian(toy.start)).max()
    # too large for a whole run: the steep direction has shrunk, and needs time to grow again
    assert wall < found.lowest < 10 * wall
    with_nan = np.append(run.losses[1:], [np.inf, np.nan, -1e9])
    assert read_range_test(lr, with_nan) == found


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: read_range_test(constant(1), [1.0, 2.0]), ValueError, "must fall at least once"),
        (
            lambda: read_range_test(constant(1), [np.nan, 2.0]),
            ValueError,
            "must fall at least once",
        ),
        (
            lambda: read_range_test(constant(1), [[1.0]]),
            ValueError,
            r"losses must have shape \(n,\)",
        ),
        (
            lambda: read_range_test(constant(1), [2, 1]),
            TypeError,
            "losses must hold floating-point",
        ),
        (lambda: read_range_test(0.1, [2.0, 1.0]), TypeError, "schedule must be a schedule"),
        (
            lambda: read_range_test(constant(1), [2.0, 1.0], smoothing=1),
            ValueError,
            "smoothing must be a finite number >= 0 and < 1",
        ),
    ],
)
def test_bad_input_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
