import copy
import inspect

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from descent.derivatives import numerical_gradient
from descent.signals import (
    batchnorm,
    batchnorm_backward,
    layernorm,
    layernorm_backward,
    weight_norm,
    weight_norm_backward,
)

RNG = np.random.default_rng(7)
N, D = 6, 4
X = RNG.normal(2, 3, (N, D))
GAMMA, BETA = RNG.normal(size=D), RNG.normal(size=D)
MEAN, VAR = RNG.normal(size=D), RNG.uniform(0.5, 4, D)
UPSTREAM = RNG.normal(size=(N, D))
V, G = RNG.normal(size=(3, D)), RNG.normal(size=D)

libraries = pytest.mark.parametrize("asarray", [np.array, torch.tensor], ids=["numpy", "torch"])
modes = pytest.mark.parametrize("training", [True, False])
scales = pytest.mark.parametrize("eps", [1e-5, 0.3])


def close(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        b = b.detach().numpy() if isinstance(b, torch.Tensor) else b
        assert tuple(a.shape) == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


def torch_gradients(f, *arrays, upstream=UPSTREAM):
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    return torch.autograd.grad(f(*leaves), leaves, torch.tensor(upstream))


def slopes(f, arrays, upstream=UPSTREAM):
    """The gradients of ⟨upstream, f(arrays)⟩ by central differences."""

    def along(i):
        return lambda a: float((upstream * f(*arrays[:i], a, *arrays[i + 1 :])).sum())

    return [numerical_gradient(along(i), array, 1e-5) for i, array in enumerate(arrays)]


def test_the_signature_is_that_of_the_exercises():
    assert list(inspect.signature(batchnorm).parameters) == (
        ["x", "gamma", "beta", "running_mean", "running_var", "momentum", "eps", "training"]
    )


@libraries
@scales
def test_batchnorm_follows_torch_through_training_and_evaluation(asarray, eps):
    theirs = nn.BatchNorm1d(D, eps=eps, momentum=0.3, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(GAMMA))
        theirs.bias.copy_(torch.tensor(BETA))
    gamma, beta = asarray(GAMMA), asarray(BETA)
    mean, var = asarray(np.zeros(D)), asarray(np.ones(D))
    for number, training in enumerate([True, True, False, True, False]):
        x = np.random.default_rng(number).normal(number, 1 + number, (N, D))
        y, mean, var = batchnorm(asarray(x), gamma, beta, mean, var, 0.3, eps, training)
        theirs.train(training)
        close([y, mean, var], [theirs(torch.tensor(x)), theirs.running_mean, theirs.running_var])
        assert type(y) is type(mean) is type(gamma)


def test_batchnorm_in_training_has_mean_beta_and_variance_gamma_squared():
    y, _, _ = batchnorm(X, GAMMA, BETA, MEAN, VAR, 0.1, 1e-12, True)
    np.testing.assert_allclose(y.mean(0), BETA, atol=1e-12)
    np.testing.assert_allclose(y.std(0), abs(GAMMA), rtol=1e-10)


def test_the_running_variance_is_unbiased_and_momentum_is_the_share_of_the_new():
    _, mean, var = batchnorm(X, GAMMA, BETA, MEAN, VAR, 0.2, 1e-5, True)
    np.testing.assert_allclose(mean, 0.8 * MEAN + 0.2 * X.mean(0))
    np.testing.assert_allclose(var, 0.8 * VAR + 0.2 * X.var(0, ddof=1))


@libraries
@modes
@scales
def test_batchnorm_backward(asarray, training, eps):
    ours = batchnorm_backward(
        *map(asarray, (UPSTREAM, X, GAMMA, MEAN, VAR)), eps=eps, training=training
    )

    def theirs(x, gamma, beta):
        mean, var = torch.tensor(MEAN), torch.tensor(VAR)
        return functional.batch_norm(x, mean, var, gamma, beta, training=training, eps=eps)

    close(ours, torch_gradients(theirs, X, GAMMA, BETA))
    by_differences = slopes(
        lambda x, gamma, beta: batchnorm(x, gamma, beta, MEAN, VAR, 0.1, eps, training)[0],
        [X, GAMMA, BETA],
    )
    for a, b in zip(ours, by_differences, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


@libraries
@scales
def test_layernorm_and_its_backward(asarray, eps):
    x, gamma, beta = map(asarray, (X, GAMMA, BETA))
    expected = functional.layer_norm(
        *map(torch.tensor, (X,)), (D,), *map(torch.tensor, (GAMMA, BETA)), eps
    )
    close([layernorm(x, gamma, beta, eps)], [expected])
    ours = layernorm_backward(asarray(UPSTREAM), x, gamma, eps)
    close(
        ours,
        torch_gradients(lambda x, g, b: functional.layer_norm(x, (D,), g, b, eps), X, GAMMA, BETA),
    )
    by_differences = slopes(lambda x, g, b: layernorm(x, g, b, eps), [X, GAMMA, BETA])
    for a, b in zip(ours, by_differences, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


@libraries
def test_weight_norm_and_its_backward(asarray):
    upstream = UPSTREAM[:3]
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, D, bias=False, dtype=torch.float64))
    length, direction = (
        layer.parametrizations.weight.original0,
        layer.parametrizations.weight.original1,
    )
    with torch.no_grad():  # torch keeps W transposed, with the lengths as a column
        length.copy_(torch.tensor(G)[:, None])
        direction.copy_(torch.tensor(V.T))
    close([weight_norm(asarray(V), asarray(G))], [layer.weight.T])
    ours = weight_norm_backward(asarray(upstream), asarray(V), asarray(G))
    grads = torch.autograd.grad(layer.weight, [direction, length], torch.tensor(upstream.T))
    close(ours, [grads[0].T, grads[1][:, 0]])
    for a, b in zip(ours, slopes(weight_norm, [V, G], upstream), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


def test_weight_norm_keeps_length_and_direction_apart():
    w = weight_norm(V, G)
    np.testing.assert_allclose(np.linalg.norm(w, axis=0), abs(G))
    np.testing.assert_allclose(weight_norm(5 * V, G), w)
    grad_v, _ = weight_norm_backward(UPSTREAM[:3], V, G)
    np.testing.assert_allclose((grad_v * V).sum(0), 0, atol=1e-14)  # v only turns


@libraries
def test_float32_stays_and_nothing_is_changed_in_place(asarray):
    x, gamma, beta, mean, var, v = (
        asarray(a.astype(np.float32)) for a in (X, GAMMA, BETA, MEAN, VAR, V)
    )
    arguments = [x, gamma, beta, mean, var, v]
    before = [copy.deepcopy(a) for a in arguments]
    results = [
        *batchnorm(x, gamma, beta, mean, var, 0.1, 1e-5, True),
        *batchnorm(x, gamma, beta, mean, var, 0.1, 1e-5, False),
        *batchnorm_backward(x, x, gamma, mean, var, 1e-5, True),
        layernorm(x, gamma, beta, 1e-5),
        *layernorm_backward(x, x, gamma, 1e-5),
        weight_norm(v, gamma),
        *weight_norm_backward(v, v, gamma),
    ]
    assert {result.dtype for result in results} == {x.dtype}
    for a, b in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(a, b)


def run(**changes):
    arguments = {
        "x": X, "gamma": GAMMA, "beta": BETA, "running_mean": MEAN, "running_var": VAR,
        "momentum": 0.1, "eps": 1e-5, "training": True,
    }  # fmt: skip
    return batchnorm(**arguments | changes)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: run(x=X[0]), ValueError, r"x must have shape \(n, d\).*got \(4,\)"),
        (lambda: run(x=X[:1]), ValueError, "at least 2 rows and a column"),
        (lambda: run(x=X.astype(int)), TypeError, "x must hold floating-point numbers"),
        (lambda: run(gamma=GAMMA[:2]), ValueError, r"gamma must have shape \(4,\).*got \(2,\)"),
        (lambda: run(running_var=VAR[:, None]), ValueError, "running_var must have shape"),
        (lambda: run(momentum=1.5), ValueError, "momentum must be .* <= 1, got 1.5"),
        (lambda: run(eps=0), ValueError, "eps must be .* > 0, got 0"),
        (
            lambda: batchnorm_backward(UPSTREAM[:2], X, GAMMA, MEAN, VAR, 1e-5, True),
            ValueError,
            r"grad must have x's shape \(6, 4\), got \(2, 4\)",
        ),
        (lambda: layernorm(X, GAMMA, BETA[:1], 1e-5), ValueError, "beta must have shape"),
        (lambda: weight_norm(np.zeros((3, 4)), G), ValueError, "v must have no column of zeros"),
        (lambda: weight_norm(V, G[:1]), ValueError, "g must have shape"),
        (lambda: weight_norm_backward(V.T, V, G), ValueError, r"grad must have v's shape \(3, 4\)"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_one_example_is_enough_in_evaluation():
    assert run(x=X[:1], training=False)[0].shape == (1, D)
