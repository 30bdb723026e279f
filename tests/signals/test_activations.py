import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from descent.derivatives import numerical_gradient
from descent.signals import (
    gelu,
    gelu_derivative,
    leaky_relu,
    leaky_relu_derivative,
    prelu,
    prelu_backward,
    relu,
    relu_derivative,
)

X = np.concatenate([np.random.default_rng(0).normal(0, 3, 37), [0.0, -0.0, -1e-300]]).reshape(5, 8)
SLOPE = np.random.default_rng(1).uniform(-0.5, 1.5, 8)

PAIRS = [
    (relu, relu_derivative, functional.relu),
    (leaky_relu, leaky_relu_derivative, functional.leaky_relu),
    (
        lambda x: leaky_relu(x, 0.3),
        lambda x: leaky_relu_derivative(x, 0.3),
        lambda x: functional.leaky_relu(x, 0.3),
    ),
    (gelu, gelu_derivative, functional.gelu),
]


@pytest.mark.parametrize(("activation", "derivative", "theirs"), PAIRS)
def test_values_and_derivatives_are_those_of_torch_also_at_zero(activation, derivative, theirs):
    x = torch.tensor(X, requires_grad=True)
    y = theirs(x)
    (grad,) = torch.autograd.grad(y.sum(), x)
    for ours in (X, torch.tensor(X)):  # on NumPy and on torch
        np.testing.assert_allclose(activation(ours), y.detach(), rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(derivative(ours), grad, rtol=1e-13, atol=1e-15)
        assert type(activation(ours)) is type(derivative(ours)) is type(ours)


@pytest.mark.parametrize(("activation", "derivative", "_"), PAIRS)
def test_the_derivative_is_the_slope(activation, derivative, _):
    x = X[abs(X) > 1e-3]  # the difference quotient must not straddle the kink
    slope = numerical_gradient(lambda x: float(activation(x).sum()), x, 1e-5)
    np.testing.assert_allclose(derivative(x), slope, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("slope", [SLOPE, SLOPE[:1]])
def test_prelu_is_that_of_torch(slope):
    weights = np.random.default_rng(2).normal(size=X.shape)
    x, s = torch.tensor(X, requires_grad=True), torch.tensor(slope, requires_grad=True)
    y = functional.prelu(x, s)
    expected = torch.autograd.grad((y * torch.tensor(weights)).sum(), [x, s])
    for asarray in (np.asarray, torch.tensor):
        np.testing.assert_allclose(prelu(asarray(X), asarray(slope)), y.detach(), rtol=1e-14)
        ours = prelu_backward(asarray(weights), asarray(X), asarray(slope))
        for a, b in zip(ours, expected, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_gelu_keeps_its_digits_far_below_zero():
    """Where 1 + erf is 0 in float64, which torch's value shows, erfc still has fifteen digits."""
    x = np.array([-10.0, -20.0])
    series = [
        -math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (1 - z**-2 + 3 * z**-4 - 15 * z**-6)
        for z in x
    ]
    np.testing.assert_allclose(gelu(x), series, rtol=1e-5)
    assert functional.gelu(torch.tensor(x)).tolist() == [0, 0]


@pytest.mark.parametrize(("activation", "derivative", "_"), PAIRS)
@pytest.mark.parametrize("array", [np.float32([-2, 0, 3]), torch.tensor([-2.0, 0, 3])])
def test_precision_is_kept_and_the_input_untouched(activation, derivative, _, array):
    before = array + 0
    assert activation(array).dtype == derivative(array).dtype == array.dtype
    assert (array == before).all()


@pytest.mark.parametrize(("activation", "derivative", "_"), PAIRS)
def test_a_single_number_is_an_array_of_one(activation, derivative, _):
    for number in (np.float64(-0.7), np.array(-0.7), torch.tensor(-0.7, dtype=torch.float64)):
        assert float(activation(number)) == pytest.approx(activation(np.array([-0.7]))[0])
        assert float(derivative(number)) == pytest.approx(derivative(np.array([-0.7]))[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: relu([1.0]), TypeError, "expected a NumPy array or a torch tensor, got list"),
        (lambda: relu_derivative(np.arange(3)), TypeError, "x must hold floating-point numbers"),
        (lambda: gelu(np.array([np.nan])), ValueError, "x must be finite"),
        (lambda: gelu_derivative(np.arange(3)), TypeError, "x must hold floating-point numbers"),
        (lambda: leaky_relu(X, "0.1"), TypeError, "slope must be a real number"),
        (
            lambda: prelu(X, SLOPE[:3]),
            ValueError,
            r"slope must have shape \(1,\) or that of x's last",
        ),
        (lambda: prelu(np.float64(1), SLOPE[:1]), ValueError, "slope must have shape"),
        (lambda: prelu_backward(X[:2], X, SLOPE), ValueError, r"grad must have x's shape \(5, 8\)"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
