"""What chapter 7 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from pathlib import Path

import numpy as np
import pytest

from descent import minimize
from descent.checks.catalogue import EXERCISES
from descent.conventions import VARIANTS
from descent.methods import RULES, adam, adamw, amsgrad
from descent.minimize import follow
from descent.problems import Problem, linear_regression, quadratic

PAGE = (Path(__file__).parents[2] / "chapters" / "07_adam.md").read_text("utf-8")


def positions(rule, gradients, lr=1.0, **hyper):
    gradients = np.asarray(gradients, dtype=float)
    return follow(rule, np.zeros_like(gradients[0]), gradients, lr=lambda k: lr, **hyper)


def test_first_step_is_the_sign_whatever_the_betas():
    g = np.array([[3.0, -1e-3, 50.0]])
    for beta1, beta2 in ((0.9, 0.999), (0.3, 0.5), (0.0, 0.99)):
        step = positions(adam, g, beta1=beta1, beta2=beta2, eps=0)[1]
        assert step == pytest.approx(-np.sign(g[0]))


def test_weights_of_the_average_sum_to_one_minus_beta_to_the_t():
    rng = np.random.default_rng(0)
    g, m = rng.normal(size=12), 0.0
    for t in range(1, 13):
        m = 0.9 * m + 0.1 * g[t - 1]
        weights = 0.1 * 0.9 ** np.arange(t)[::-1]
        assert m == pytest.approx(weights @ g[:t])
        assert weights.sum() == pytest.approx(1 - 0.9**t)


def test_under_a_constant_gradient_every_step_is_one_learning_rate():
    path = positions(adam, np.full((50, 1), 1e-4), lr=0.1, eps=0)
    assert np.diff(path[:, 0]) == pytest.approx(-0.1)


def test_no_step_is_longer_than_the_bound_which_is_attained():
    bound = 0.1 / np.sqrt(0.001 * (1 - 0.9**2 / 0.999))
    assert bound == pytest.approx(7.27, abs=0.005)
    noise = np.random.default_rng(0).standard_cauchy(size=(8000, 1))
    growing = (0.999 / 0.9) ** np.arange(400.0)[:, None]  # where Cauchy-Schwarz is an equality
    late = np.concatenate([np.zeros((8000, 1)), growing])
    for gradients in (noise, growing, late):
        steps = np.abs(np.diff(positions(adam, gradients, eps=1e-30)[:, 0]))
        assert steps.max() <= bound
    assert steps[-1] == pytest.approx(bound, rel=1e-3)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_the_unit_of_the_loss_does_not_matter(factor):
    toy = quadratic()
    other = Problem(
        "scaled", lambda x: factor * toy.value(x), lambda x: factor * toy.gradient(x), toy.start
    )
    for rule in (adam, amsgrad):
        a = minimize(rule, toy, lr=0.3, steps=50, eps=0).iterates
        b = minimize(rule, other, lr=0.3, steps=50, eps=0).iterates
        assert b == pytest.approx(a, rel=1e-9)


def test_where_epsilon_stands():
    g = np.array([[1e-5]])
    outside = -positions(adam, g, eps=1e-8)[1, 0]
    assert outside == pytest.approx(0.999, abs=5e-5)
    before = -positions(VARIANTS["adam_eps_before"], g, eps=1e-8)[1, 0]
    assert before == pytest.approx(-positions(adam, g, eps=1e-8 / np.sqrt(0.001))[1, 0])
    inside = EXERCISES["adam_step"].wrong[2]
    assert inside.name == "epsilon inside the root"
    zero = np.zeros(1)
    theta, _, _ = inside.program(zero, g[0], zero, zero, 1, 1.0, 0.9, 0.999, 1e-8)
    assert -theta[0] == pytest.approx(0.0995, abs=5e-5)


def test_stored_corrected_moments_and_one_plus_root():
    wrong = {each.name: each.program for each in EXERCISES["adam_step"].wrong}

    def end(program, scale=1.0):
        theta, m, v = np.ones(1), np.zeros(1), np.zeros(1)
        with np.errstate(over="ignore"):
            for t in range(1, 1001):
                theta, m, v = program(theta, 2 * scale * theta, m, v, t, 0.01, 0.9, 0.999, 1e-8)
        return theta[0]

    assert end(wrong["corrected moments stored"]) == pytest.approx(0.9871, abs=5e-5)
    assert abs(end(EXERCISES["adam_step"].reference)) < 1e-15
    assert abs(end(EXERCISES["adam_step"].reference, 1e-3)) < 1e-5
    assert end(wrong["one plus the root"], 1e-3) > 0.97


def test_for_gradient_descent_l2_and_decay_are_the_same_and_adam_l2_ignores_its_strength():
    theta, g, lr, decay = np.array([1.0, -3.0]), np.array([0.2, 5.0]), 0.1, 0.3
    assert theta - lr * (g + decay * theta) == pytest.approx((1 - lr * decay) * theta - lr * g)
    l2 = VARIANTS["adam_l2"]
    paths = [
        follow(l2, np.ones(1), np.zeros((50, 1)), lr=lambda k: 0.01, weight_decay=wd, eps=0)
        for wd in (1e-1, 1e-6)
    ]
    assert paths[0] == pytest.approx(paths[1])
    ours = follow(adamw, np.ones(1), np.zeros((50, 1)), lr=lambda k: 0.01, weight_decay=0.1)
    assert ours[-1, 0] == pytest.approx((1 - 1e-3) ** 50)


def test_rare_large_gradients_lead_adam_to_the_worst_point_and_amsgrad_to_the_best():
    def end(rule, beta2):
        x, state = np.zeros(1), rule.init(np.zeros(1))
        for t in range(1, 101 * 300 + 1):
            g = np.array([1010.0 if t % 101 == 1 else -10.0])
            x, state = rule(x, g, state, t, lr=t**-0.5, beta2=beta2)
            x = np.minimum(np.maximum(x, -1), 1)
        return x[0]

    assert end(adam, 0.99) > 0.9
    assert end(amsgrad, 0.99) < -0.9


LARGE = {"adagrad": 3.0, "adadelta": 10.0}


def line():
    """The documents' linear regression: 100 points on y = 2x + 1 with noise of deviation 0.5."""
    rng = np.random.default_rng(0)
    x = rng.random(100)
    y = 2 * x + 1 + 0.5 * rng.normal(size=100)
    return linear_regression(np.column_stack([x, np.ones(100)]), y)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_reaches_least_squares_under_a_cosine_schedule(name):
    lr = LARGE.get(name, 0.3)
    hyper = {"weight_decay": 0.0} if "weight_decay" in RULES[name].hyper_names else {}
    run = minimize(
        RULES[name],
        line(),
        lr=lambda k: lr / 2 * (1 + np.cos(np.pi * k / 1000)),
        steps=1000,
        **hyper,
    )
    assert run.distances(line().minimisers[0])[-1] < 1e-6


def test_the_table_of_test_styles_is_of_today():
    """Pages are executed anew when the library changes, but not when the catalogue does.

    When this fails, change the cell of the table too (a blank will do), so that it is computed again.
    """
    assert len(EXERCISES["adam_step"].wrong) == 32
    assert len(EXERCISES["adam_step"].right) >= 5
