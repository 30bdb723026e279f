import math
import re

import numpy as np
import pytest

from descent.signals import (
    gain,
    gelu,
    gelu_derivative,
    leaky_relu,
    leaky_relu_derivative,
    propagate,
    relu,
    relu_derivative,
)


def _tanh_derivative(x):
    return 1 - np.tanh(x) ** 2


PAIRS = {
    "linear": (lambda x: x, np.ones_like),
    "tanh": (np.tanh, _tanh_derivative),
    "relu": (relu, relu_derivative),
    "leaky relu": (leaky_relu, leaky_relu_derivative),
    "gelu": (gelu, gelu_derivative),
}


@pytest.mark.parametrize(
    ("name", "mean_square"),
    [("linear", 1.0), ("relu", 0.5), ("leaky relu", (1 + 0.01**2) / 2)],
)
@pytest.mark.parametrize("gain_", [0.3, 1.0, 2.7])
def test_piecewise_linear_layers_multiply_by_a_constant(name, mean_square, gain_):
    sizes = propagate(*PAIRS[name], gain=gain_, depth=40)
    factors = (gain_ * math.sqrt(mean_square)) ** np.arange(41)
    np.testing.assert_allclose(sizes.signals, factors, rtol=1e-12)
    np.testing.assert_allclose(sizes.gradients, factors[::-1], rtol=1e-12)


def test_gelu_has_its_closed_forms():
    """By Stein's lemma, for x ~ N(0, s): with c = E[normal density(x)²] = 1/(2π√(1 + 2s))."""
    for s in (0.01, 1.0, 9.0):
        c = 1 / (2 * math.pi * math.sqrt(1 + 2 * s))
        both = 1 / 4 + math.asin(s / (1 + s)) / (2 * math.pi)  # E[Φ(x)²]
        square = s * both + 2 * s**2 / (1 + s) * c
        slope = both + 2 * s / (1 + s) * c + s / (1 + 2 * s) * c
        sizes = propagate(*PAIRS["gelu"], gain=math.sqrt(s), depth=1)
        assert sizes.signals[1] == pytest.approx(math.sqrt(square), rel=1e-12)
        assert sizes.gradients[0] == pytest.approx(math.sqrt(s * slope), rel=1e-12)


@pytest.mark.parametrize("gain_", [0.1, 1.0, 8.0])
def test_tanh_equals_a_far_finer_sum(gain_):
    z = np.linspace(-12, 12, 200_001)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    sizes = propagate(*PAIRS["tanh"], gain=gain_, depth=1)
    wanted = math.sqrt(weights @ np.tanh(gain_ * z) ** 2)
    assert sizes.signals[1] == pytest.approx(wanted, rel=1e-12)
    slope = math.sqrt(weights @ _tanh_derivative(gain_ * z) ** 2)
    assert sizes.gradients[0] == pytest.approx(gain_ * slope, rel=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_one_layer_undoes_the_gain_of_its_activation(name):
    assert propagate(*PAIRS[name], gain=1.0, depth=1).signals[1] == pytest.approx(
        1 / gain(PAIRS[name][0]), rel=1e-12
    )


def _size(x):
    return math.sqrt((x**2).mean())


def _one_network(weights, activation, derivative, a, g):
    """Sizes of activations, and of gradients from layer 0 on, in one network of the book's layers."""
    before, signals, gradients = [], [1.0], [1.0]
    for W in weights:
        before.append(W @ a)
        a = activation(before[-1])
        signals.append(_size(a))
    for W, z in zip(weights[::-1], before[::-1], strict=True):
        g = W.T @ (derivative(z) * g)
        gradients.append(_size(g))
    return signals, gradients[::-1]


def test_wide_networks_do_the_same_on_average():
    rng, n, depth, networks = np.random.default_rng(1), 400, 4, 16
    settings = [(name, gain_) for name in PAIRS for gain_ in (0.7, 1.6)]
    squares = np.zeros((len(settings), 2, depth + 1))
    for _ in range(networks):
        weights = [rng.normal(size=(n, n)) / math.sqrt(n) for _ in range(depth)]
        a, g = (x / _size(x) for x in rng.normal(size=(2, n)))
        for i, (name, gain_) in enumerate(settings):
            scaled = [gain_ * W for W in weights]
            squares[i] += np.array(_one_network(scaled, *PAIRS[name], a, g)) ** 2 / networks
    for (name, gain_), found in zip(settings, np.sqrt(squares), strict=True):
        sizes = propagate(*PAIRS[name], gain=gain_, depth=depth)
        wanted = [sizes.signals, sizes.gradients]
        np.testing.assert_allclose(found, wanted, rtol=0.08, err_msg=f"{name}, gain {gain_}")


def test_squares_that_float64_has_not_are_no_trouble():
    sizes = propagate(*PAIRS["linear"], gain=1e-3, depth=90)
    assert sizes.signals[-1] == pytest.approx(1e-270, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"gain": 0, "depth": 3}, ValueError, "gain must be a finite number > 0, got 0"),
        ({"gain": 1, "depth": 0}, ValueError, "depth must be at least 1, got 0"),
        ({"gain": 1, "depth": 2.5}, TypeError, "depth must be a whole number"),
        ({"gain": 1e-9, "depth": 40}, ValueError, "signal at layer 36 must be a finite number > 0"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        propagate(*PAIRS["linear"], **arguments)
