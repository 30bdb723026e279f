"""The distributions are those of torch.nn.init; and signals do keep their size through depth."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from descent.signals import gain, glorot_init, he_init, leaky_relu, orthogonal_init, relu

FANS = [(300, 500), (500, 300), (400, 400)]
fans = st.integers(1, 12)


def rng(seed=0):
    return np.random.default_rng(seed)


def identity(x):
    return x


@pytest.mark.parametrize(("fan_in", "fan_out"), FANS)
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize(
    ("init", "gain", "theirs", "option"),
    [
        (glorot_init, 1.7, "xavier", {"gain": 1.7}),
        (he_init, math.sqrt(2 / 1.36), "kaiming", {"a": 0.6}),  # torch wants Leaky ReLU's slope
        (he_init, math.sqrt(2), "kaiming", {"nonlinearity": "relu"}),
    ],
)
def test_mean_spread_and_bound_are_those_of_torch(
    init, gain, theirs, option, distribution, fan_in, fan_out
):
    n = fan_in * fan_out
    weight = torch.empty(fan_out, fan_in, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    getattr(nn.init, f"{theirs}_{distribution}_")(weight, **option, generator=generator)
    theirs = weight.numpy()
    ours = init(rng(), fan_in, fan_out, gain=gain, distribution=distribution)
    assert (ours.shape, ours.dtype) == ((fan_in, fan_out), np.float64)
    sd = ours.std()
    assert abs(ours.mean()) < 5 * sd / n**0.5
    # the relative sd of a sample sd is at most 1/√(2n), 0.2 %: five of it, for two samples
    assert sd == pytest.approx(theirs.std(), rel=5 * n**-0.5)
    if distribution == "uniform":  # both maxima are within 1e-4 of the bound, almost surely
        assert abs(ours).max() == pytest.approx(abs(theirs).max(), rel=2e-4)
        assert abs(ours).max() / sd == pytest.approx(3**0.5, rel=0.01)
    else:
        kurtosis = (ours**4).mean() / sd**4
        assert kurtosis == pytest.approx(3, abs=5 * (24 / n) ** 0.5)


def test_the_formulas_at_unequal_fans():
    fan_in, fan_out = 20, 180
    uniform = {"distribution": "uniform"}
    assert abs(glorot_init(rng(), fan_in, fan_out)).max() == pytest.approx(
        math.sqrt(6 / 200), rel=0.01
    )
    assert abs(he_init(rng(), fan_in, fan_out, **uniform)).max() == pytest.approx(
        math.sqrt(6 / 20), rel=0.01
    )
    assert he_init(rng(), fan_in, fan_out).std() == pytest.approx(math.sqrt(2 / 20), rel=0.06)


@given(fans, fans, st.floats(0.1, 5), st.integers(0, 2**32))
def test_orthogonal_columns_or_rows(fan_in, fan_out, scale, seed):
    w = orthogonal_init(rng(seed), fan_in, fan_out, gain=scale)
    assert w.shape == (fan_in, fan_out)
    product = w.T @ w if fan_in >= fan_out else w @ w.T
    np.testing.assert_allclose(product, scale**2 * np.eye(min(fan_in, fan_out)), atol=1e-12 * 25)


def test_every_rotation_is_as_likely():
    """Without the signs LAPACK's QR leaves R's diagonal negative, and the first column leans one way."""
    draws = np.array([orthogonal_init(rng(seed), 3, 3) for seed in range(2000)])
    # each entry has mean 0 and variance 1/3: five standard errors
    assert abs(draws.mean(0)).max() < 5 / math.sqrt(3 * 2000)
    np.testing.assert_allclose((draws**2).mean(0), 1 / 3, atol=0.04)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (identity, 1),
        (relu, nn.init.calculate_gain("relu")),
        (leaky_relu, nn.init.calculate_gain("leaky_relu", 0.01)),
        (lambda x: leaky_relu(x, 0.3), nn.init.calculate_gain("leaky_relu", 0.3)),
    ],
)
def test_gain_is_that_of_torch_where_torch_is_exact(activation, expected):
    assert gain(activation) == pytest.approx(expected, rel=1e-12)


def test_gain_of_tanh_is_not_the_rule_of_thumb():
    z = rng().standard_normal(2_000_000)
    assert gain(np.tanh) == pytest.approx(1 / math.sqrt((np.tanh(z) ** 2).mean()), rel=3e-3)
    assert nn.init.calculate_gain("tanh") == pytest.approx(5 / 3)
    assert abs(gain(np.tanh) - 5 / 3) > 0.07


def mean_squares(init, activation, width, depth, seed):
    """The mean square of the signal after each layer, for 16 examples of standard normal features."""
    r, sizes = rng(seed), []
    x = r.standard_normal((16, width))
    for _ in range(depth):
        x = activation(x) @ init(r, width, width)
        sizes.append((x**2).mean())
    return np.array(sizes)


@settings(deadline=None, max_examples=15)
@given(
    st.sampled_from([(he_init, relu), (glorot_init, identity), (orthogonal_init, identity)]),
    st.integers(0, 2**32),
)
def test_the_signal_keeps_its_size_through_depth(pair, seed):
    """The log of the mean square walks: a layer adds a variance of at most 5/width (ReLU), so after 12
    layers of 100 its sd is below √(12·5/100) = 0.77. Half or twice the variance moves it by 12·log 2 = 8."""
    init, activation = pair
    last = mean_squares(init, activation, width=100, depth=12, seed=seed)[-1]
    assert abs(math.log(last)) < 5 * 0.77


@pytest.mark.parametrize(
    ("activation", "init", "factor"),
    [
        (relu, glorot_init, 1 / 2),  # Glorot forgets that ReLU halves the mean square
        (identity, he_init, 2),
        (relu, lambda r, i, o: he_init(r, i, o, gain=2), 2),
        (relu, lambda r, i, o: he_init(r, i, o, distribution="uniform"), 1),
        (lambda x: leaky_relu(x, 0.5), lambda r, i, o: he_init(r, i, o, gain=(2 / 1.25) ** 0.5), 1),
    ],
)
def test_each_layer_multiplies_the_mean_square_by_a_constant(activation, init, factor):
    rates = [np.log(mean_squares(init, activation, 100, 8, seed))[-1] / 8 for seed in range(12)]
    # sd of one rate: √(5/100/8) = 0.08; of the mean of 12: 0.023; and a bias of half a variance, 0.025
    assert np.mean(rates) == pytest.approx(math.log(factor), abs=5 * 0.023 + 0.025)


def test_glorot_keeps_between_signal_and_gradient():
    """Backwards the fans change places: variance · fan_out, and the two factors average to one."""
    w = glorot_init(rng(), 100, 300)
    forward, backward = 100 * w.var(), 300 * w.var()
    assert (forward + backward) / 2 == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize("init", [glorot_init, he_init, orthogonal_init])
def test_the_generator_decides(init):
    np.testing.assert_array_equal(init(rng(4), 3, 5), init(rng(4), 3, 5))
    r = rng(4)
    assert not np.array_equal(init(r, 3, 5), init(r, 3, 5))


@pytest.mark.parametrize("init", [glorot_init, he_init, orthogonal_init])
@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((3, 4, 5), {}, TypeError, "rng must be a numpy Generator, got int"),
        ((rng(), 0, 5), {}, ValueError, "fan_in must be at least 1, got 0"),
        ((rng(), 4, 2.5), {}, TypeError, "fan_out must be a whole number, got float"),
        ((rng(), 4, 5), {"gain": 0}, ValueError, "gain must be a finite number > 0, got 0"),
    ],
)
def test_bad_input_is_named(init, arguments, options, error, message):
    with pytest.raises(error, match=message):
        init(*arguments, **options)


def test_bad_choices_are_named():
    with pytest.raises(ValueError, match=r"unknown distribution 'norml'.*did you mean 'normal'"):
        he_init(rng(), 3, 3, distribution="norml")
    with pytest.raises(ValueError, match=r"E\[activation\(z\)²\] must be a finite number > 0"):
        gain(np.zeros_like)
