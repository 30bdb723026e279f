"""What chapter 2 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from pathlib import Path

import numpy as np
import pytest

from descent import minimize
from descent.data import digits
from descent.methods import gradient_descent
from descent.problems import linear_regression, quadratic, smoothness_bound, softmax_regression
from descent.stepsize import backtracking_line_search

PAGE = (Path(__file__).parents[2] / "chapters" / "02_gradient_descent.md").read_text("utf-8")


@pytest.fixture(scope="module")
def digit_problem():
    images, labels = digits()
    order = np.random.default_rng(0).permutation(len(images))[:300]
    X = np.column_stack([images[order] - images[order].mean(0), np.ones(300)])
    return softmax_regression(X, labels[order]), smoothness_bound(X)


def steps_needed(problem, lr, steps):
    near = minimize(gradient_descent, problem, lr=lr, steps=steps).distances(np.zeros(2)) < 1e-6
    return near.argmax() if near.any() else None


@pytest.mark.parametrize("condition", [2, 20, 200])
def test_steps_as_the_theorem_predicts(condition):
    problem = quadratic(condition)
    rate = (condition - 1) / (condition + 1)
    predicted = np.log(1e-6 / np.linalg.norm(problem.start)) / np.log(rate)
    assert steps_needed(problem, 2 / sum(problem.curvature()), 2000) == np.ceil(predicted)


def test_the_toy_takes_155_steps_at_its_best():
    toy = quadratic()
    mu, L = toy.curvature()
    assert (mu, L) == pytest.approx((0.2, 4.0))
    taken = {lr: steps_needed(toy, lr, 400) for lr in (0.45, 0.47, 2 / (mu + L), 0.48, 0.49)}
    assert taken[2 / (mu + L)] == 155 == min(taken.values())
    assert taken[0.49] > 2 * taken[0.45]
    assert steps_needed(toy, 2 / L, 3000) is None
    assert minimize(gradient_descent, toy, lr=0.51, steps=20_000).diverged


@pytest.mark.parametrize("factor", [0.1, 1.0, 1.9, 2.5])
def test_descent_lemma(digit_problem, factor):
    problem, L = digit_problem
    rng = np.random.default_rng(1)
    for scale in (0.0, 0.3, 3.0):
        theta = scale * rng.normal(size=problem.start.shape)
        g = problem.gradient(theta)
        promise = factor / L * (1 - factor / 2) * (g**2).sum()
        assert problem.value(theta - factor / L * g) <= problem.value(theta) - promise + 1e-12


def test_the_lemma_is_tight_on_a_quadratic():
    toy = quadratic()
    _, L = toy.curvature()
    theta = np.array([0.0, 3.0])  # the steepest direction
    g = toy.gradient(theta)
    promised = toy.value(theta) - 0.3 * (1 - 0.3 * L / 2) * (g @ g)
    assert toy.value(theta - 0.3 * g) == pytest.approx(promised)


def test_smallest_gradient_and_convex_rate(digit_problem):
    problem, L = digit_problem
    run = minimize(gradient_descent, problem, lr=1 / L, steps=200)
    n = np.arange(1, 201)
    bound = 2 * L * (run.losses[0] - 0.0) / n  # the loss cannot fall below 0
    assert np.all(np.minimum.accumulate(run.gradient_norms[:-1]) ** 2 <= bound)

    flat = linear_regression(np.diag([1.0, 0.1, 0.0]), np.ones(3))  # convex, one flat direction
    lr = 1 / flat.curvature()[1]
    losses = minimize(gradient_descent, flat, lr=lr, steps=200).losses
    best = flat.minimisers[0]
    assert np.all(losses[1:] - flat.value(best) <= (best @ best) / (2 * lr * n))


def test_backtracking_accepts_what_the_lemma_allows(digit_problem):
    problem, L = digit_problem
    rng = np.random.default_rng(2)
    for c in (0.1, 0.5, 0.9):
        theta = rng.normal(size=problem.start.shape)
        g = problem.gradient(theta)
        allowed = 2 * (1 - c) / L
        assert backtracking_line_search(problem.value, theta, g, -g, allowed, 0.5, c) == allowed
        assert backtracking_line_search(problem.value, theta, g, -g, 1e3, 0.5, c) >= 0.5 * allowed


def test_gradient_bounds_distance_and_loss():
    toy = quadratic(degrees=20)
    mu, _ = toy.curvature()
    for theta in np.random.default_rng(3).normal(size=(20, 2)):
        g = np.linalg.norm(toy.gradient(theta))
        assert np.linalg.norm(theta) <= g / mu
        assert toy.value(theta) <= g**2 / (2 * mu)


def test_zigzag_between_the_best_promise_and_the_wall():
    toy = quadratic()
    _, L = toy.curvature()
    for factor, zigzags in ((0.9, False), (1.1, True), (1.9, True)):
        run = minimize(gradient_descent, toy, lr=factor / L, steps=20)
        across = run.iterates[:, 1]
        assert np.all(across[1:] * across[:-1] < 0) == zigzags
        assert np.all(np.diff(run.losses) < 0)


def test_halving_the_learning_rate_cures_divergence_but_only_delays_overfitting():
    images, labels = digits()
    order = np.random.default_rng(0).permutation(len(images))
    seen, new = order[:80], order[80:]
    X = np.column_stack([images - images[seen].mean(0), np.ones(len(images))])
    y = np.where(labels == 8, 1.0, -1.0)
    training, validation = linear_regression(X[seen], y[seen]), linear_regression(X[new], y[new])
    L = training.curvature()[1]

    def curve(factor, steps):
        run = minimize(gradient_descent, training, lr=factor / L, steps=steps)
        return run.losses, np.array([validation.value(theta) for theta in run.iterates[::5]])

    assert curve(2.1, 100)[0][-1] > 1e3
    assert np.all(np.diff(curve(1.05, 100)[0]) < 0)
    full, half = curve(1, 1000)[1], curve(0.5, 2000)[1]
    assert full.argmin() < half.argmin() < len(half) - 1
    assert half[-1] == pytest.approx(full[-1], rel=1e-3)
    assert full[-1] > 1.2 * full.min()


def test_ascent_raises_the_loss_at_every_learning_rate():
    toy = quadratic()
    for lr in (1e-6, 1e-3, 1.0):
        assert toy.value(toy.start + lr * toy.gradient(toy.start)) > toy.value(toy.start)


def test_chance_of_a_minimum_in_two_dimensions():
    A = np.random.default_rng(4).normal(size=(100_000, 2, 2))
    minimum = np.linalg.eigvalsh(A + A.transpose(0, 2, 1))[:, 0] > 0
    assert minimum.mean() == pytest.approx((2 - 2**0.5) / 4, abs=4 * minimum.std() / 100_000**0.5)


def test_curvature_at_zero_is_a_fifth_of_the_bound_and_falls(digit_problem):
    problem, L = digit_problem

    def sharpness(theta):
        rng = np.random.default_rng(5)
        v = rng.normal(size=theta.shape)
        for _ in range(100):
            v /= np.linalg.norm(v)
            v = (problem.gradient(theta + 1e-4 * v) - problem.gradient(theta - 1e-4 * v)) / 2e-4
        return np.linalg.norm(v)

    trained = minimize(gradient_descent, problem, lr=8 / L, steps=100).final
    assert sharpness(problem.start) == pytest.approx(L / 5, rel=1e-3)
    assert sharpness(trained) < 0.8 * sharpness(problem.start)
