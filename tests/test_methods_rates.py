"""Rates that are proved, measured."""

import numpy as np
import pytest

from descent.methods import RULES
from descent.minimize import minimize
from descent.problems import linear_regression, quadratic


def contraction(name, problem, *, steps, start=None, **hyper):
    """The factor by which the distance to the minimiser shrinks in a step, over the second half."""
    run = minimize(RULES[name], problem, steps=steps, start=start, **hyper)
    assert run.stopped == "steps"
    far, near = run.distances(problem.minimisers[0])[[steps // 2, -1]]
    return (near / far) ** (1 / (steps - steps // 2))


@pytest.mark.parametrize("kappa", [1.5, 20.0, 300.0])
def test_gradient_descent_at_its_best_lr(kappa):
    problem = quadratic(kappa, degrees=30)
    mu, L = problem.curvature()
    rate = contraction("gradient_descent", problem, steps=100, lr=2 / (mu + L))
    assert rate == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_gradient_descent_shrinks_each_eigenvector_by_its_own_factor(share):
    problem = quadratic(10)
    mu, L = problem.curvature()
    lr = share * 2 / L
    for value, start in ((mu, [1.0, 0.0]), (L, [0.0, 1.0])):
        rate = contraction("gradient_descent", problem, steps=20, start=np.array(start), lr=lr)
        assert rate == pytest.approx(abs(1 - lr * value), rel=1e-9)


def test_gradient_descent_turns_at_the_wall():
    problem = quadratic(20)
    wall = 2 / problem.curvature()[1]
    assert contraction("gradient_descent", problem, steps=200, lr=0.999 * wall) < 1
    assert contraction("gradient_descent", problem, steps=2000, lr=1.001 * wall) > 1


@pytest.mark.parametrize("name", ["momentum", "momentum_classical", "momentum_ema"])
def test_heavy_ball_turns_at_its_wall(name):
    problem, beta = quadratic(20), 0.8
    wall = 2 * (1 + beta) / problem.curvature()[1]
    if name == "momentum_ema":
        wall /= 1 - beta
    for share, grows in ((0.99, False), (1.01, True)):
        rate = contraction(name, problem, steps=1000, lr=share * wall, beta=beta)
        assert (rate > 1) == grows


def test_heavy_ball_at_its_best():
    kappa = 50.0
    problem = quadratic(kappa)
    mu, L = problem.curvature()
    lr, beta = (2 / (mu**0.5 + L**0.5)) ** 2, ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    rate = contraction("momentum", problem, steps=1000, lr=lr, beta=beta)
    assert rate == pytest.approx(beta**0.5, rel=2e-3)  # the double root adds a factor t
    assert rate < (kappa - 1) / (kappa + 1)


def test_heavy_ball_never_beats_the_root_of_beta():
    problem = quadratic(20)
    rates = [
        contraction("momentum", problem, steps=1000, lr=lr, beta=0.9)
        for lr in np.geomspace(0.05, 0.9, 12)
    ]
    assert min(rates) > 0.9**0.5 * 0.995


@pytest.mark.parametrize("kappa", [5.0, 100.0, 1000.0])
def test_nesterov_keeps_its_bound(kappa):
    """Nesterov (2018), theorem 2.2.3: f - f* <= (1 - 1/√κ)^k (f₀ - f* + μ/2 ‖θ₀ - θ*‖²)."""
    problem = quadratic(kappa, degrees=20)
    mu, L = problem.curvature()
    beta = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    run = minimize(RULES["nesterov_lookahead"], problem, lr=1 / L, beta=beta, steps=300)
    first = run.losses[0] + mu / 2 * (run.iterates[0] ** 2).sum()
    k = np.arange(run.steps + 1)
    assert (run.losses <= (1 - kappa**-0.5) ** k * first * (1 + 1e-12)).all()


def test_both_forms_of_nesterov_are_one_method():
    problem, hyper = quadratic(50), {"lr": 0.2, "beta": 0.9}
    ahead = RULES["nesterov_lookahead"]
    theta, state = problem.start, ahead.init(problem.start)
    asked = []
    for t in range(1, 101):
        query = ahead.query(theta, state, t, **hyper)
        asked.append(query)
        theta, state = ahead(theta, problem.gradient(query), state, t, **hyper)
    rewritten = minimize(RULES["nesterov"], problem, steps=99, **hyper)
    np.testing.assert_allclose(rewritten.iterates, asked, rtol=1e-10, atol=1e-12)


# Steps of adaptive rules do not scale with the gradient; those of the last two shrink or start tiny.
FIRST_LR = {
    **dict.fromkeys(["rmsprop", "rmsprop_centered", "rmsprop_momentum"], 3.0),
    **dict.fromkeys(["adam", "adamw", "amsgrad"], 3.0),
    **dict.fromkeys(["adagrad", "adadelta"], 10.0),
}


@pytest.mark.parametrize("name", RULES)
def test_every_rule_reaches_least_squares(name):
    """A straight line with its intercept; lr falls by a factor 1e8, evenly on the log scale."""
    rng, steps = np.random.default_rng(0), 4000
    x = 2 * rng.random(100)
    line = linear_regression(np.stack([x, np.ones(100)], axis=1), 3 * x + 4 + rng.normal(size=100))
    first = FIRST_LR.get(name, 0.3)
    run = minimize(
        RULES[name],
        line,
        lr=lambda step: first * 10 ** (-8 * step / steps),
        steps=steps,
        **({"weight_decay": 0.0} if name == "adamw" else {}),  # decay has another minimum
    )
    assert run.distances(line.minimisers[0])[-1] < 1e-6
    assert run.losses[0] > 10 * run.losses[-1]
