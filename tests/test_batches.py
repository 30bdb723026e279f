import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.batches import accumulate, epochs, gradient_variance, minibatches
from descent.problems import linear_regression

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
    ],
)
def test_bad_input_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
