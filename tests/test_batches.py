import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.batches import (
    SCALING,
    BatchTradeoff,
    accumulate,
    epochs,
    fit_batch_tradeoff,
    gradient_noise_scale,
    gradient_variance,
    minibatches,
    scale_lr,
)
from descent.methods import RULES
from descent.problems import linear_regression
from descent.validation import mean_interval

sizes = st.integers(1, 40)


def rng(seed=0):
    return np.random.default_rng(seed)


@given(sizes, sizes, st.integers(0, 2**32))
def test_each_index_comes_once_and_the_last_batch_keeps_the_rest(n, b, seed):
    batches = minibatches(n, b, rng(seed))
    assert sorted(np.concatenate(batches)) == list(range(n))
    assert [len(batch) for batch in batches] == [b] * (n // b) + [n % b] * (n % b > 0)
    assert all(batch.dtype.kind == "i" for batch in batches)


def test_with_replacement_draws_n_indices_some_of_them_twice():
    batches = minibatches(1000, 64, rng(), replacement=True)
    drawn = np.concatenate(batches)
    assert len(drawn) == 1000
    assert drawn.min() >= 0
    assert drawn.max() < 1000
    # 1 - 1/e of the indices come at least once; the sd of that count is about 9.9
    assert len(set(drawn)) == pytest.approx(1000 * (1 - np.exp(-1)), abs=50)


def test_every_order_is_as_likely():
    r = rng(3)
    orders = [tuple(np.concatenate(minibatches(3, 2, r))) for _ in range(6000)]
    counts = [orders.count(order) for order in itertools.permutations(range(3))]
    assert ((np.array(counts) - 1000) ** 2 / 1000).sum() < 25.7  # chi-square, 5 degrees, p = 1e-4


def test_epochs_differ_and_follow_from_their_seed():
    first, second = epochs(20, 6, seed=1, number=2)
    again, _ = epochs(20, 6, seed=1, number=2)
    other, _ = epochs(20, 6, seed=2, number=2)
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(again))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))
    assert not np.array_equal(np.concatenate(first), np.concatenate(other))


@pytest.mark.parametrize("replacement", [False, True])
def test_a_run_that_was_stopped_goes_on_with_its_batches(replacement):
    whole = list(epochs(9, 4, seed=5, number=4, replacement=replacement))
    rest = list(epochs(9, 4, seed=5, number=2, first=2, replacement=replacement))
    for a, b in zip(whole[2:], rest, strict=True):
        np.testing.assert_array_equal(np.concatenate(a), np.concatenate(b))


@given(st.integers(1, 30), st.integers(1, 30))
def test_accumulated_gradients_are_those_of_the_big_batch(n, b):
    r = rng(n)
    X, y, theta = r.normal(size=(n, 3)), r.normal(size=n), r.normal(size=3)
    batches = minibatches(n, b, r)
    grads = [linear_regression(X[i], y[i]).gradient(theta) for i in batches]
    np.testing.assert_allclose(
        accumulate(grads, [len(i) for i in batches]),
        linear_regression(X, y).gradient(theta),
        rtol=1e-12,
        atol=1e-13,
    )


def test_accumulate_serves_tensors():
    torch = pytest.importorskip("torch")
    total = accumulate([torch.tensor([1.0]), torch.tensor([4.0])], [1, 2])
    assert torch.equal(total, torch.tensor([3.0]))


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("b", [1, 2, 3, 4])
def test_variance_equals_that_over_all_batches(b, replacement):
    g = rng(4).normal(size=(4, 3))
    if replacement:
        batches = itertools.product(range(4), repeat=b)
    else:
        batches = itertools.combinations(range(4), b)
    means = np.array([g[list(batch)].mean(0) for batch in batches])
    expected = ((means - g.mean(0)) ** 2).sum(1).mean()
    assert gradient_variance(g, b, replacement) == pytest.approx(expected, rel=1e-12, abs=1e-30)


def test_variance_of_a_single_example_is_zero():
    assert gradient_variance(np.ones((1, 2)), 1, False) == 0
    assert gradient_variance(np.ones((1, 2)), 3, True) == 0


def test_whole_set_without_replacement_does_not_scatter():
    assert gradient_variance(rng().normal(size=(5, 2)), 5, False) == 0


def test_half_of_fifty_without_replacement():
    g = rng().normal(size=(50, 3))
    ratio = gradient_variance(g, 25, False) / gradient_variance(g, 25, True)
    assert ratio == pytest.approx(25 / 49, rel=1e-12)


# learning rates for other batch sizes


def test_rates_grow_with_the_batch_or_with_its_root():
    assert scale_lr(0.1, 256, 64, "momentum") == pytest.approx(0.4)
    assert scale_lr(0.1, 256, 64, "adam") == pytest.approx(0.2)
    assert scale_lr(0.1, 16, 64, "adamw") == pytest.approx(0.05)
    assert SCALING.keys() <= RULES.keys()


def test_one_linearly_scaled_step_goes_as_far_as_the_small_ones_it_replaces():
    grads = rng().normal(size=(8, 3))
    lr = scale_lr(0.1, 8 * 16, 16, "gradient_descent")
    np.testing.assert_allclose(lr * accumulate(grads, [16] * 8), sum(0.1 * g for g in grads))


@pytest.mark.parametrize("name", ["rmsprop", "adam"])
def test_one_root_scaled_step_wanders_as_far_as_the_small_ones_it_replaces(name):
    """Where noise rules: 16 steps along independent gradients, against one along their mean."""
    r, coordinates = rng(1), 20_000
    move, memory = RULES[name], 400
    hyper = {"rho": 0.99} if name == "rmsprop" else {"beta1": 0.0, "beta2": 0.99}

    def wander(size, steps, lr):
        theta = np.zeros(coordinates)
        state = move.init(theta, **hyper)
        for t in range(1, memory + steps + 1):  # the memory fills before anything is measured
            if t == memory + 1:
                theta = np.zeros(coordinates)
            grad = r.normal(size=coordinates) / size**0.5
            theta, state = move(theta, grad, state, t, lr=lr, **hyper)
        return (theta**2).mean() ** 0.5

    small, large = wander(1, 16, 0.1), wander(16, 1, scale_lr(0.1, 16, 1, name))
    assert small == pytest.approx(large, rel=0.03)


# the gradient noise scale


def squared_norms(r, mean, sd, n, parts, size):
    """Of the gradients of `parts` mini-batches each: the mean of their ‖·‖², and ‖·‖² of their mean."""
    grads = mean + sd / size**0.5 * r.normal(size=(n, parts, len(mean)))
    return (grads**2).sum(-1).mean(1), (grads.mean(1) ** 2).sum(-1)


def test_noise_scale_has_no_bias_where_each_squared_norm_alone_has():
    mean, sd = np.full(20, 0.05), 1.0  # ‖G‖² = 0.05, tr(Σ) = 20: a scale of 400
    small, big = squared_norms(rng(2), mean, sd, 20_000, 8, 4)
    found = gradient_noise_scale(small, big, 4, 32)
    assert found.variance == pytest.approx(20, rel=0.01)
    assert found.squared_norm == pytest.approx(0.05, rel=0.1)
    assert found.scale == found.variance / found.squared_norm
    assert found.low < 400 < found.high
    assert found.high / found.low < 1.2
    assert big.mean() > 5 * 0.05


def test_noise_scale_of_a_regression():
    X, y, theta = rng(5).normal(size=(64, 3)), rng(6).normal(size=64), np.array([2.0, -1.0, 0.5])
    per_example = np.array([linear_regression(X[[i]], y[[i]]).gradient(theta) for i in range(64)])
    r = rng(7)
    picked = per_example[r.integers(64, size=(20_000, 4, 2))].mean(2)  # four batches of two
    found = gradient_noise_scale((picked**2).sum(-1).mean(1), (picked.mean(1) ** 2).sum(-1), 2, 8)
    assert found.variance == pytest.approx(gradient_variance(per_example, 1, True), rel=0.03)
    assert found.squared_norm == pytest.approx(
        (linear_regression(X, y).gradient(theta) ** 2).sum(), rel=0.03
    )


@pytest.mark.parametrize(
    ("dimension", "n", "parts", "size", "sd"), [(20, 20, 8, 4, 1.0), (5, 10, 4, 2, 2.0)]
)
def test_the_interval_covers_as_often_as_it_says(dimension, n, parts, size, sd):
    mean, r, repeats = np.full(dimension, dimension**-0.5), rng(8), 400
    found = [
        gradient_noise_scale(*squared_norms(r, mean, sd, n, parts, size), size, parts * size, 0.9)
        for _ in range(repeats)
    ]
    covered = sum(each.low <= dimension * sd**2 <= each.high for each in found)
    assert covered / repeats == pytest.approx(0.9, abs=0.05)  # 3.3 standard errors
    assert all(each.low <= each.scale <= each.high for each in found)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(2, 12), st.floats(0.01, 3), st.floats(0.5, 0.999))
def test_the_interval_holds_the_ratios_that_a_t_test_does_not_reject(seed, n, sd, level):
    small, big = squared_norms(rng(seed), np.full(4, 0.5), sd, n, 3, 2)
    found = gradient_noise_scale(small, big, 2, 6, level)
    variances, squares = (small - big) / (1 / 2 - 1 / 6), (6 * big - 2 * small) / 4

    def kept(ratio):
        _, low, high = mean_interval(variances - ratio * squares, level)
        return low <= 0 <= high

    assert kept(found.low * (1 + 1e-6) + 1e-9) or found.high in (0, np.inf)
    assert found.low == 0 or not kept(found.low * (1 - 1e-6))
    if np.isfinite(found.high):
        assert kept(found.high * (1 - 1e-6)) or found.high == 0
        assert not kept(found.high * (1 + 1e-6) + 1e-9)
    else:
        assert mean_interval(squares, level)[1] <= 0  # or the gradient could be zero


def test_no_gradient_to_be_seen_is_an_infinite_scale():
    found = gradient_noise_scale([1.0, 2.0, 3.0], [0.1, 0.2, 0.3], 1, 10)
    assert found.squared_norm == pytest.approx(0)
    assert found.high == np.inf
    for small in ([1.0, 2.0, 3.0], [1.0, 1.1, 1.2]):  # the second: significantly negative
        found = gradient_noise_scale(small, [0.01, 0.02, 0.03], 1, 10)
        assert found.squared_norm < 0
        assert found.scale == found.high == np.inf


def test_no_noise_is_a_scale_of_zero():
    found = gradient_noise_scale([2.0, 2.0], [2.0, 2.0], 1, 10)
    assert (found.scale, found.low, found.high) == (0, 0, 0)
    found = gradient_noise_scale([1.0, 1.1], [1.9, 2.1], 1, 10)
    assert found.variance < 0
    assert (found.scale, found.low) == (0, 0)


# the critical batch size


@given(st.floats(1, 1e5), st.floats(1, 1e8))
def test_the_fit_finds_what_made_the_numbers(min_steps, min_examples):
    true = BatchTradeoff(min_steps, min_examples)
    critical = true.critical_batch_size
    sizes = [critical * factor for factor in (0.1, 0.5, 2, 10)]
    fit = fit_batch_tradeoff(sizes, [true.steps(size) for size in sizes])
    assert fit.min_steps == pytest.approx(min_steps, rel=1e-9)
    assert fit.min_examples == pytest.approx(min_examples, rel=1e-9)
    assert fit.critical_batch_size == pytest.approx(critical, rel=1e-9)
    assert fit.steps(critical) == pytest.approx(2 * min_steps, rel=1e-9)
    assert critical * fit.steps(critical) == pytest.approx(2 * min_examples, rel=1e-9)
    for size in sizes:  # the form of the source
        steps = true.steps(size)
        product = (steps / min_steps - 1) * (size * steps / min_examples - 1)
        assert product == pytest.approx(1, rel=1e-9)


def test_the_fit_weighs_errors_in_proportion():
    sizes = np.array([8, 32, 128, 512, 2048, 8192])
    r, found = rng(9), []
    for _ in range(300):
        steps = (100 + 50_000 / sizes) * np.exp(0.05 * r.normal(size=6))
        found.append(fit_batch_tradeoff(sizes, steps).critical_batch_size)
    # steps for the smallest batch are 60 times those for the largest: unweighted, they would rule
    assert np.median(found) == pytest.approx(500, rel=0.02)
    assert np.std(np.log(found)) < 0.08


def noise(small=(1.0, 2.0), big=(1.0, 1.5), small_batch=2, big_batch=8, level=0.9):
    return gradient_noise_scale(small, big, small_batch, big_batch, level)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: minibatches(0, 2, rng()), ValueError, "n must be at least 1, got 0"),
        (lambda: minibatches(5.0, 2, rng()), TypeError, "n must be a whole number, got float"),
        (lambda: minibatches(5, 0, rng()), ValueError, "batch_size must be at least 1"),
        (lambda: minibatches(5, 2, 7), TypeError, "rng must be a numpy Generator, got int: 7"),
        (lambda: epochs(5, 2, seed=-1, number=1), ValueError, "seed must be at least 0"),
        (lambda: epochs(5, 2, seed=1, number=0), ValueError, "number must be at least 1"),
        (lambda: epochs(5, 0, seed=1, number=1), ValueError, "batch_size must be at least 1"),
        (lambda: epochs(5, 2, seed=1, number=1, first=-2), ValueError, "first must be at least 0"),
        (lambda: accumulate([], []), ValueError, "at least one, got 0 and 0"),
        (lambda: accumulate([np.ones(2)], [1, 2]), ValueError, "got 1 and 2"),
        (lambda: accumulate([np.ones(2)], [0]), ValueError, r"sizes\[0\] must be at least 1"),
        (lambda: accumulate([np.array([1])], [1]), TypeError, r"grads\[0\] must hold floating"),
        (lambda: accumulate([np.ones(2), np.ones(3)], [1, 1]), ValueError, "one shape, got"),
        (lambda: gradient_variance([[1, 2]], 1, True), TypeError, "per_example must hold floating"),
        (lambda: gradient_variance([1.0], 1, True), ValueError, r"shape \(N, d\)"),
        (lambda: gradient_variance(np.empty((0, 2)), 1, True), ValueError, "N >= 1"),
        (lambda: gradient_variance([[1.0]], 0, True), ValueError, "batch_size must be at least 1"),
        (lambda: gradient_variance([[1.0]], 2, False), ValueError, "at most 1 without replacement"),
        (lambda: scale_lr(0, 2, 1, "adam"), ValueError, "lr must be a finite number > 0"),
        (lambda: scale_lr(1, 0, 1, "adam"), ValueError, "batch_size must be at least 1, got 0"),
        (lambda: scale_lr(1, 1, 0, "adam"), ValueError, "base_batch_size must be at least 1"),
        (lambda: scale_lr(1, 1, 1, "adams"), ValueError, "rule 'adams' .did you mean 'adam"),
        (lambda: noise([1.0], [1.0]), ValueError, r"shape \(n,\) with n >= 2, got \(1,\)"),
        (lambda: noise([1.0, 2.0], [1.0]), ValueError, r"got \(2,\) and \(1,\)"),
        (lambda: noise([1, 2], [1, 2]), TypeError, "small must hold floating-point"),
        (lambda: noise([1.0, 2.0], [1, 2]), TypeError, "big must hold floating-point"),
        (lambda: noise(small_batch=0), ValueError, "small_batch must be at least 1"),
        (lambda: noise(big_batch=2), ValueError, "big_batch must be at least 3, got 2"),
        (lambda: noise(level=1), ValueError, "level must be a finite number > 0 and < 1"),
        (lambda: fit_batch_tradeoff([1, 1], [3, 2]), ValueError, "two different batch sizes"),
        (lambda: fit_batch_tradeoff([1, 2], [3]), ValueError, "as many, .* got 2 and 1"),
        (lambda: fit_batch_tradeoff([0, 2], [3, 2]), ValueError, "batch_sizes must be .* > 0"),
        (lambda: fit_batch_tradeoff([1, 2], [3, -2]), ValueError, "steps must be .* > 0"),
        (lambda: fit_batch_tradeoff([1, 2], [9, 4]), ValueError, "both sides .* -1 as the fewest"),
        (lambda: fit_batch_tradeoff([1, 2], [2, 3]), ValueError, "both sides .* -2 as the fewest"),
    ],
)
def test_bad_input_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_tradeoff_in_examples_and_seconds():
    tradeoff = BatchTradeoff(min_steps=300, min_examples=6e4)
    b = 96
    assert tradeoff.examples(b) == pytest.approx(b * tradeoff.steps(b), rel=1e-12)
    assert tradeoff.examples(tradeoff.critical_batch_size) == 2 * 6e4
    assert tradeoff.seconds(b, 0.01, 2e-4) == tradeoff.steps(b) * (0.01 + 2e-4 * b)


def test_fastest_batch_size_takes_the_least_time():
    tradeoff = BatchTradeoff(min_steps=300, min_examples=6e4)
    sizes = np.geomspace(1, 1e5, 20_001)
    for overhead, per_example in [(0.01, 2e-4), (1e-4, 0.01)]:
        times = [tradeoff.seconds(b, overhead, per_example) for b in sizes]
        fastest = tradeoff.fastest_batch_size(overhead, per_example)
        assert fastest == pytest.approx(sizes[int(np.argmin(times))], rel=1e-3)
