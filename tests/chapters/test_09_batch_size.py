"""What chapter 9 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from descent import batches
from descent.batches import BatchTradeoff, accumulate, gradient_variance, scale_lr
from descent.book.rule import labels

PAGE = (Path(__file__).parents[2] / "chapters" / "09_batch_size.md").read_text("utf-8")


def rng(seed=0):
    return np.random.default_rng(seed)


def test_every_equation_of_the_functions_is_on_the_page_once():
    functions = (
        batches.accumulate,
        batches.scale_lr,
        batches.gradient_noise_scale,
        batches.BatchTradeoff,
    )
    wanted = [label for function in functions for label in labels(function)]
    assert len(wanted) == 8
    for label in wanted:
        assert PAGE.count(f"$$ ({label})") == 1


def test_a_plain_mean_is_right_until_a_piece_is_shorter():
    examples = rng().normal(size=(10, 3))
    for cuts, right in (([5], True), ([4, 8], False)):
        parts = np.split(examples, cuts)
        means = [part.mean(0) for part in parts]
        assert np.allclose(np.mean(means, axis=0), examples.mean(0)) == right
        np.testing.assert_allclose(accumulate(means, list(map(len, parts))), examples.mean(0))


def step_of_the_theorem():
    """A quadratic's G and H, the gradients of four examples, and the theorem's numbers."""
    A, each = rng(1).normal(size=(3, 3)), rng(2).normal(size=(4, 3)) + 0.7
    H, G = A @ A.T, each.mean(0)
    Sigma = np.cov(each.T, bias=True)
    curvature = G @ H @ G
    return G, H, each, G @ G / curvature, np.trace(H @ Sigma) / curvature


@pytest.mark.parametrize("b", [1, 2, 4])
def test_the_best_step_and_its_decrease_over_all_batches(b):
    G, H, each, longest, noise = step_of_the_theorem()
    drawn = np.array([each[list(batch)].mean(0) for batch in product(range(4), repeat=b)])

    def decrease(lr):
        return np.mean(lr * drawn @ G - lr**2 / 2 * np.einsum("ni,ij,nj->n", drawn, H, drawn))

    best = longest / (1 + noise / b)
    assert decrease(best) == pytest.approx(longest * (G @ G) / 2 / (1 + noise / b))
    assert decrease(best) > max(decrease(0.99 * best), decrease(1.01 * best))


def test_below_the_noise_scale_all_is_in_proportion_and_above_nothing_moves():
    def factor(b, noise=1000):
        return 1 / (1 + noise / b)

    assert factor(2) / factor(1) == pytest.approx(2, rel=1e-2)
    assert factor(2e6) / factor(1e6) == pytest.approx(1, rel=1e-2)


def test_with_equal_curvatures_the_noise_scale_is_variance_over_square():
    G, _, each, *_ = step_of_the_theorem()
    H = 3 * np.eye(3)
    theorem = np.trace(H @ np.cov(each.T, bias=True)) / (G @ H @ G)
    assert theorem == pytest.approx(gradient_variance(each, 1, True) / (G @ G))


def test_stretches_of_a_run_add_up_to_the_same_form():
    stretches = [BatchTradeoff(5, 100), BatchTradeoff(20, 9000), BatchTradeoff(3, 30_000)]
    whole = BatchTradeoff(28, 39_100)
    for b in (1, 30, 4000):
        assert sum(each.steps(b) for each in stretches) == pytest.approx(whole.steps(b))
    criticals = [each.critical_batch_size for each in stretches]
    assert min(criticals) < whole.critical_batch_size < max(criticals)
    b = whole.critical_batch_size
    assert whole.steps(b) == pytest.approx(2 * 28)
    assert whole.examples(b) == pytest.approx(2 * 39_100)


def normalised_best(b, coordinates=4000, draws=20):
    """The best rate, on a bowl, of steps that are divided by the root of the gradient's mean square."""
    G, sd = np.full(coordinates, 0.01), 1.0
    noise = rng(3).normal(size=(draws, coordinates))
    grads = G + sd / b**0.5 * np.concatenate([noise, -noise])  # so that its mean is exactly 0
    steps = grads / np.sqrt(G**2 + sd**2 / b)
    return np.mean(steps @ G) / np.mean(np.sum(steps**2, axis=1))


def test_where_noise_rules_normalised_steps_want_the_root():
    """Their random part keeps its size, their useful part grows with the root of the batch."""
    rates = {b: normalised_best(b) for b in (1, 16, 256)}
    for b in (16, 256):
        assert rates[b] / rates[1] == pytest.approx(scale_lr(1, b, 1, "adam"), rel=0.05)
    beyond = [normalised_best(b) for b in (10**6, 4 * 10**6)]
    assert beyond[1] / beyond[0] == pytest.approx(1, rel=0.05)


def test_linear_scaling_keeps_the_noise_floor():
    def floor(lr, b, sigma2=1.0, curvature=1.0):
        return lr * sigma2 / b / (curvature * (2 - lr * curvature))

    assert floor(scale_lr(1e-3, 8, 1, "momentum"), 8) == pytest.approx(floor(1e-3, 1), rel=0.01)
    assert floor(1e-3, 2) == pytest.approx(floor(0.5e-3, 1), rel=0.01)


def test_the_plain_noise_scale_stays_below_the_larger_batch():
    for truth in (1, 100, 1e6):
        plain = truth / (1 + truth / 64)  # ‖G‖² is 1
        assert plain < min(truth, 64)
    assert plain > 63


def test_the_fastest_batch_size_and_half_of_the_throughput():
    fit, machine = BatchTradeoff(10, 1000), (2e-5, 3e-7)
    fastest = fit.fastest_batch_size(*machine)
    assert fastest == pytest.approx((100 * 2e-5 / 3e-7) ** 0.5)
    assert fit.seconds(fastest, *machine) < min(
        fit.seconds(factor * fastest, *machine) for factor in (0.98, 1.02)
    )
    half = 2e-5 / 3e-7
    assert half / (2e-5 + 3e-7 * half) == pytest.approx(0.5 / 3e-7)
    terms = (10 * 2e-5, 1000 * 3e-7, 10 * 3e-7 * 64, 1000 * 2e-5 / 64)
    assert fit.seconds(64, *machine) == pytest.approx(sum(terms))
