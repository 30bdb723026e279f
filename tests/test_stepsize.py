import math

import numpy as np
import pytest

from descent.methods import RULES
from descent.minimize import minimize
from descent.problems import problem, quadratic
from descent.stepsize import (
    backtracking_line_search,
    best_heavy_ball,
    ema_half_life,
    largest_stable_lr,
)


def turned(eigenvalues, seed=0):
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))
    H = axes @ np.diag(eigenvalues) @ axes.T
    return (H + H.T) / 2


# the wall


@pytest.mark.parametrize(
    "eigenvalues", [[0.2, 4.0], [4.0, 0.2, 1.0], [0.0, 3.0], [2.0, 2.0], [5.0]]
)
def test_the_wall_stands_at_two_over_the_largest_eigenvalue(eigenvalues):
    assert largest_stable_lr(turned(eigenvalues)) == pytest.approx(2 / max(eigenvalues))
    assert largest_stable_lr(np.diag(eigenvalues)) == pytest.approx(2 / max(eigenvalues))
    assert type(largest_stable_lr(np.diag(eigenvalues))) is float


def test_gradient_descent_converges_before_the_wall_and_not_behind():
    toy = quadratic(20, degrees=30)
    wall = largest_stable_lr(toy.hessian(toy.start))
    before, behind = (
        minimize(RULES["gradient_descent"], toy, lr=factor * wall, steps=2000).losses
        for factor in (0.99, 1.01)
    )
    assert before[-1] < 1e-20
    assert behind[-1] > behind[0]


@pytest.mark.parametrize(
    ("H", "error", "said"),
    [
        (np.ones((2, 3)), ValueError, r"symmetric matrix, got shape \(2, 3\)"),
        (np.ones(3), ValueError, "symmetric matrix"),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), ValueError, "symmetric matrix"),
        (np.zeros((2, 2)), ValueError, "positive semi-definite and not zero"),
        (np.diag([1.0, -1.0]), ValueError, "positive semi-definite"),
        (np.diag([1, 2]), TypeError, "H must hold floating-point numbers"),
        (np.diag([1.0, np.nan]), ValueError, "H must be finite"),
    ],
)
def test_what_is_no_hessian_is_named(H, error, said):
    with pytest.raises(error, match=said):
        largest_stable_lr(H)


# the line search


def search(f, theta, grad, **changes):
    options = {"direction": -grad, "lr0": 1.0, "shrink": 0.5, "c": 0.3} | changes
    return backtracking_line_search(f, theta, grad, **options)


@pytest.mark.parametrize("name", ["quadratic", "rosenbrock", "himmelblau", "beale"])
def test_the_first_lr_that_meets_the_condition(name):
    p = problem(name)
    theta, grad = p.start, p.gradient(p.start)
    lr = search(p.value, theta, grad, lr0=3.0, shrink=0.7)
    tried = [3.0 * 0.7**k for k in range(200)]
    slope = -grad @ grad
    good = [p.value(theta - x * grad) <= p.value(theta) + 0.3 * x * slope for x in tried]
    assert lr == pytest.approx(tried[good.index(True)])


def test_a_good_first_lr_is_taken():
    p = problem("quadratic")
    assert search(p.value, p.start, p.gradient(p.start), lr0=0.01) == 0.01


def test_at_a_minimum_the_first_lr_is_taken():
    p = problem("quadratic")
    assert search(p.value, np.zeros(2), np.zeros(2), lr0=0.7) == 0.7


def test_equality_is_good_enough():
    # f(x) = x²/2 at 1: f(1 - lr) = 1/2 - lr + lr²/2, so with c = 1/2 the bound is met exactly at lr = 1.
    assert search(lambda x: (x**2).sum() / 2, np.ones(1), np.ones(1), c=0.5) == 1.0


def test_serves_tensors():
    torch = pytest.importorskip("torch")
    p = problem("quadratic")
    theta = torch.tensor(p.start)
    assert search(p.value, theta, p.gradient(theta)) == search(
        p.value, p.start, p.gradient(p.start)
    )


def test_directions_that_lead_uphill_are_refused():
    p = problem("quadratic")
    grad = p.gradient(p.start)
    with pytest.raises(ValueError, match="direction must be a descent direction"):
        search(p.value, p.start, grad, direction=grad)


def test_a_gradient_that_is_none_of_f_ends_the_search():
    with pytest.raises(ValueError, match="is grad its gradient at theta"):
        search(lambda x: -x.sum(), np.zeros(1), np.ones(1))


@pytest.mark.parametrize(
    ("name", "value"),
    [("lr0", 0), ("lr0", np.nan), ("shrink", 1.0), ("shrink", 0), ("c", 0.0), ("c", 1), ("c", "a")],
)
def test_numbers_out_of_range_are_named(name, value):
    with pytest.raises((ValueError, TypeError), match=f"{name} must be a"):
        search(lambda x: x.sum(), np.zeros(1), np.ones(1), **{name: value})


# the heavy ball


@pytest.mark.parametrize(("mu", "L"), [(0.2, 4.0), (1.0, 9.0), (1e-3, 1.0)])
def test_both_ends_contract_by_the_root_of_beta(mu, L):
    lr, beta = best_heavy_ball(mu, L)
    for curvature in (mu, (mu * L) ** 0.5, L):
        step = np.array([[1 + beta - lr * curvature, -beta], [1, 0]])
        radius = np.abs(np.linalg.eigvals(step)).max()
        assert radius == pytest.approx(beta**0.5, abs=1e-6)


@pytest.mark.parametrize(("factor", "shift"), [(0.98, 0), (1.02, 0), (1, -0.01), (1, 0.01)])
def test_no_neighbour_is_faster(factor, shift):
    def radius(lr, beta):
        return max(
            np.abs(np.linalg.eigvals([[1 + beta - lr * c, -beta], [1, 0]])).max()
            for c in (0.2, 4.0)
        )

    lr, beta = best_heavy_ball(0.2, 4.0)
    assert radius(lr * factor, beta + shift) > radius(lr, beta) + 1e-4


def test_one_curvature_needs_no_momentum():
    assert best_heavy_ball(4.0, 4.0) == (0.25, 0.0)


@pytest.mark.parametrize(
    ("mu", "L", "named"), [(0, 1, "mu"), (2, 1, "L"), ("a", 1, "mu"), (1, np.inf, "L")]
)
def test_impossible_curvatures_are_named(mu, L, named):
    with pytest.raises((ValueError, TypeError), match=f"{named} must be a"):
        best_heavy_ball(mu, L)


# the half-life


@pytest.mark.parametrize(("rho", "steps"), [(0.5, 1.0), (0.25, 0.5), (0.9, 6.5788), (0.999, 692.8)])
def test_after_the_half_life_a_value_weighs_half(rho, steps):
    assert ema_half_life(rho) == pytest.approx(steps, rel=1e-4)
    assert rho ** ema_half_life(rho) == pytest.approx(0.5)
    assert math.isfinite(ema_half_life(rho))


@pytest.mark.parametrize("rho", [0, 1, -0.5, 2, np.nan, None])
def test_impossible_factors_are_named(rho):
    with pytest.raises((ValueError, TypeError), match="rho must be a"):
        ema_half_life(rho)
