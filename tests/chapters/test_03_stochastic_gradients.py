"""What chapter 3 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from itertools import chain, combinations, product
from pathlib import Path

import numpy as np
import pytest

from descent.batches import epochs, gradient_variance, minibatches

PAGE = (Path(__file__).parents[2] / "chapters" / "03_stochastic_gradients.md").read_text("utf-8")


def walk(lr, steps, runs, seed, x):
    rng, x, squares = np.random.default_rng(seed), np.full(runs, x), []
    for k in range(steps):
        x = x - lr(k) * (x + rng.normal(size=runs))
        squares.append(np.mean(x**2))
    return np.array(squares)


@pytest.mark.parametrize("b", [1, 2, 4, 5])
def test_mean_and_variance_over_all_batches_are_those_of_the_theorems(b):
    g = np.random.default_rng(0).normal(size=(5, 3))
    for replacement, batches in (
        (True, product(range(5), repeat=b)),
        (False, combinations(range(5), b)),
    ):
        means = np.array([g[list(batch)].mean(0) for batch in batches])
        assert means.mean(0) == pytest.approx(g.mean(0))
        squares = ((means - g.mean(0)) ** 2).sum(1)
        assert squares.mean() == pytest.approx(gradient_variance(g, b, replacement), abs=1e-15)


def test_a_hundred_times_the_work_makes_the_gradient_ten_times_as_exact():
    g = np.random.default_rng(0).normal(size=(500, 3))
    one, hundred = gradient_variance(g, 1, True), gradient_variance(g, 100, True)
    assert (one / hundred) ** 0.5 == pytest.approx(10)
    assert gradient_variance(g, 1, False) == pytest.approx(one)
    assert gradient_variance(g[:1], 1, False) == 0


def test_half_of_50_without_replacement_scatters_half_as_much():
    g = np.random.default_rng(0).normal(size=(50, 1))
    ratio = gradient_variance(g, 25, False) / gradient_variance(g, 25, True)
    assert ratio == pytest.approx(25 / 49)
    rng = np.random.default_rng(1)
    batches = rng.permuted(np.tile(g.T, (20_000, 1)), axis=1)[:, :25].mean(1) - g.mean()
    assert np.mean(batches**2) == pytest.approx(gradient_variance(g, 25, False), rel=0.05)


def test_drawing_anew_misses_a_third_of_the_data_and_shuffling_none():
    rng = np.random.default_rng(0)
    missed = 1000 - len(np.unique(np.concatenate(minibatches(1000, 10, rng, replacement=True))))
    assert missed / 1000 == pytest.approx(np.exp(-1), abs=0.04)
    assert len(np.unique(np.concatenate(minibatches(1000, 10, rng)))) == 1000


def test_an_epoch_can_be_resumed_and_differs_from_the_next():
    whole = list(epochs(6, 3, seed=1, number=5))
    (resumed,) = epochs(6, 3, seed=1, number=1, first=3)
    assert np.array_equal(whole[3], resumed)
    orders = {tuple(chain.from_iterable(epoch)) for epoch in whole}
    assert len(orders) == 5


@pytest.mark.parametrize("lr", [0.4, 0.1])
def test_noise_floor(lr):
    squares = walk(lambda k: lr, steps=1500, runs=400, seed=0, x=0.0)[500:]
    assert squares.mean() == pytest.approx(lr / (2 - lr), rel=0.03)


def test_twice_the_batch_does_what_half_the_learning_rate_does():
    floors = [lr * sigma2 / (2 - lr) for lr, sigma2 in ((0.01, 1.0), (0.01, 0.5), (0.005, 1.0))]
    assert floors[1] / floors[0] == pytest.approx(floors[2] / floors[0], rel=0.01)


def test_one_over_k_is_the_running_mean():
    runs, steps = 5, 200
    noise = np.random.default_rng(0).normal(size=(steps, runs))
    x = np.full(runs, 10.0)
    for k in range(steps):
        x = x - (x + noise[k]) / (k + 1)
    assert x == pytest.approx(-noise.mean(0))


def test_falling_too_fast_or_with_too_small_a_scale():
    fast = walk(lambda k: 1 / (k + 2) ** 2, steps=3000, runs=200, seed=0, x=10.0)
    assert fast[-1] == pytest.approx(25, rel=0.05)
    slow = walk(lambda k: 0.3 / (k + 1), steps=3000, runs=400, seed=0, x=10.0)
    assert np.log(slow[2999] / slow[299]) / np.log(10) == pytest.approx(-2 * 0.3, abs=0.05)


def test_shuffling_gains_eightfold_where_drawing_anew_gains_twofold():
    """The exact mean square of x at the end of the epochs: w_j weighs the j-th example from the end."""

    def floors(lr, N=50):
        w = lr * (1 - lr) ** np.arange(N)
        anew, c = np.sum(w**2), -1 / (N - 1)
        shuffled = np.sum(w**2) * (1 - c) + c * np.sum(w) ** 2
        return np.array([anew, shuffled]) / (1 - (1 - lr) ** (2 * N))

    gains = floors(0.01) / floors(0.005)
    assert gains == pytest.approx([2, 8], rel=0.1)
    assert floors(0.01)[0] == pytest.approx(0.01 / 1.99)


def test_the_random_walk_keeps_its_mean_and_spreads_with_the_root():
    rng, x = np.random.default_rng(0), np.full(2000, 5.0)
    for _ in range(1000):
        x = x - 0.01 * 2 * rng.normal(size=2000)
    assert x.mean() == pytest.approx(5, abs=0.06)
    assert x.std() == pytest.approx(2 * 0.01 * 1000**0.5, rel=0.05)
