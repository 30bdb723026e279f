"""Bounds and best values on a quadratic, against runs that know nothing of the formulas."""

import numpy as np
import pytest

from descent import RULES
from descent.stepsize import best_heavy_ball, ema_half_life, largest_stable_lr


def spectral_radius(lr, beta, curvature):
    """The factor by which momentum shrinks the error along one eigenvector, in the long run."""
    step = np.array([[1 - lr * curvature, -lr * beta], [curvature, beta]])  # of (theta, v)
    return np.abs(np.linalg.eigvals(step)).max()


def worst(lr, beta, mu, L):
    return max(spectral_radius(lr, beta, curvature) for curvature in (mu, L))


@pytest.mark.parametrize(("mu", "L"), [(0.2, 4.0), (1.0, 1.5), (0.01, 100.0)])
def test_best_heavy_ball_shrinks_by_root_beta_and_nothing_near_it_is_faster(mu, L):
    lr, beta = best_heavy_ball(mu, L)
    best = worst(lr, beta, mu, L)
    # Both ends are critically damped, where rounding of size 1e-16 moves eigenvalues by its root.
    assert best == pytest.approx(beta**0.5, abs=1e-6)
    near = [
        worst(lr * a, beta * b, mu, L)
        for a in np.linspace(0.9, 1.1, 9)
        for b in np.linspace(0.9, 1.1, 9)
    ]
    assert min(near) > best - 1e-6


def test_one_step_of_the_best_heavy_ball_solves_a_round_bowl():
    lr, beta = best_heavy_ball(3.0, 3.0)
    theta = np.array([1.0, -2.0])
    theta, _ = RULES["momentum"](theta, 3.0 * theta, (np.zeros(2),), 1, lr=lr, beta=beta)
    assert beta == 0
    assert theta == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("mu", "L", "name"), [(0, 1, "mu"), (-1, 1, "mu"), (2, 1, "L")])
def test_curvatures_out_of_order_are_refused(mu, L, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        best_heavy_ball(mu, L)


@pytest.mark.parametrize("rho", [0.3, 0.9, 0.999])
def test_half_life_halves_a_weight(rho):
    assert rho ** ema_half_life(rho) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("rho", [0, 1, -0.5, float("nan")])
def test_half_life_needs_an_average_that_fades(rho):
    with pytest.raises(ValueError, match=r"^rho must be"):
        ema_half_life(rho)


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_largest_stable_lr_is_a_wall(factor):
    H = np.array([[2.0, 1.0], [1.0, 3.0]])
    theta, lr = np.array([1.0, 1.0]), factor * largest_stable_lr(H)
    for t in range(1, 2001):
        theta, _ = RULES["gradient_descent"](theta, H @ theta, (), t, lr=lr)
    assert (np.linalg.norm(theta) < 1e-6) == (factor < 1)
