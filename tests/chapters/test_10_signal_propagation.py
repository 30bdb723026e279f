"""What chapter 10 says in words and formulas, computed. (The numbers on the page come from its own cells.)"""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from descent.methods import adam
from descent.minimize import follow
from descent.signals import (
    batchnorm,
    batchnorm_backward,
    clip_by_global_norm,
    clip_by_value,
    gain,
    gelu,
    gelu_derivative,
    glorot_init,
    he_init,
    leaky_relu,
    leaky_relu_derivative,
    propagate,
    relu,
    relu_derivative,
    weight_norm_backward,
)


def mean_square(x):
    return float(np.mean(np.square(x)))


@pytest.mark.parametrize(("fan_in", "fan_out"), [(400, 100), (100, 400)])
def test_a_layer_multiplies_mean_squares_by_its_fans(fan_in, fan_out):
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.standard_normal((200, fan_in)), axis=1)  # dependent, and of unequal sizes
    W = 0.1 * rng.standard_normal((fan_in, fan_out))
    z, delta = x @ W, rng.standard_normal((200, fan_out))
    assert mean_square(z) / mean_square(x) == pytest.approx(fan_in * 0.01, rel=0.2)
    back = mean_square((delta * relu_derivative(z)) @ W.T)
    assert back == pytest.approx(fan_out * 0.01 * 0.5, rel=0.1)


def test_gains_keep_the_signal_and_those_of_relu_s_kind_keep_the_gradient_too():
    leaky = partial(leaky_relu, slope=0.1), partial(leaky_relu_derivative, slope=0.1)
    for f, slope in ((relu, relu_derivative), leaky):
        sizes = propagate(f, slope, gain=gain(f), depth=30)
        np.testing.assert_allclose(sizes.signals[1:], sizes.signals[1], rtol=1e-3)
        np.testing.assert_allclose(sizes.gradients, 1, rtol=2e-3)
    for f, slope in ((gelu, gelu_derivative), (np.tanh, lambda z: 1 - np.tanh(z) ** 2)):
        assert propagate(f, slope, gain=gain(f), depth=30).gradients[0] > 2
    assert gain(lambda z: z) == pytest.approx(1)
    assert gain(relu) == pytest.approx(2**0.5, rel=1e-3)


def test_what_glorots_and_torchs_starts_keep_under_relu():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((500, 300))
    kept = mean_square(relu(x @ glorot_init(rng, 300, 300))) / mean_square(x)
    assert kept == pytest.approx(1 / 2, rel=0.1)
    torch.manual_seed(0)
    layer = nn.Linear(300, 300)
    weights = layer.weight.detach().numpy()
    assert abs(weights).max() <= 300**-0.5
    assert mean_square(relu(x @ weights.T)) / mean_square(x) == pytest.approx(1 / 6, rel=0.1)


def test_the_scatter_of_hes_start_grows_with_depth_and_shrinks_with_width():
    def scatter(depth, width):
        logs = []
        for seed in range(30):
            rng = np.random.default_rng(seed)
            x = rng.standard_normal((20, width))
            for _ in range(depth):
                x = relu(x @ he_init(rng, width, width))
            logs.append(np.log(mean_square(x)))
        return np.std(logs)

    assert scatter(10, 50) < 0.7 * scatter(40, 50)
    assert scatter(40, 200) < 0.7 * scatter(40, 50)


def test_batch_normalisation_does_not_see_the_size_of_the_weights():
    rng = np.random.default_rng(2)
    x, W = rng.standard_normal((30, 6)), rng.standard_normal((6, 4))
    numbers = np.ones(4), np.zeros(4), np.zeros(4), np.ones(4), 0.1, 1e-12, True
    np.testing.assert_allclose(batchnorm(x @ W, *numbers)[0], batchnorm(x @ (10 * W), *numbers)[0])
    grad = rng.standard_normal((30, 4))

    def gradient(weights):
        back, _, _ = batchnorm_backward(
            grad, x @ weights, np.ones(4), np.zeros(4), np.ones(4), 1e-12, True
        )
        return x.T @ back

    once, ten = gradient(W), gradient(10 * W)
    np.testing.assert_allclose((once * W).sum(0), 0, atol=1e-9)
    np.testing.assert_allclose(ten, once / 10)


def test_the_gradient_of_weight_normalisation_only_lengthens_its_direction():
    rng = np.random.default_rng(3)
    v, g = rng.standard_normal((7, 3)), rng.uniform(0.5, 2, 3)
    for _ in range(5):
        grad_v, _ = weight_norm_backward(rng.standard_normal((7, 3)), v, g)
        np.testing.assert_allclose((v * grad_v).sum(0), 0, atol=1e-12)
        longer = v - 0.3 * grad_v
        assert (np.linalg.norm(longer, axis=0) > np.linalg.norm(v, axis=0)).all()
        v = longer


def test_what_normalisation_removes_from_the_gradient():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((20, 3))
    ones, zeros = np.ones(3), np.zeros(3)
    back = partial(batchnorm_backward, x=x, gamma=ones, running_mean=zeros, running_var=ones)
    x_hat = (x - x.mean(0)) / x.std(0)
    for useless in (np.ones((20, 3)), x_hat):  # moves all alike, stretches all alike
        removed, _, _ = back(useless, eps=1e-12, training=True)
        np.testing.assert_allclose(removed, 0, atol=1e-9)


def test_conventions_of_torchs_batch_normalisation():
    layer = nn.BatchNorm1d(1)
    assert layer.momentum == 0.1
    x = torch.tensor([[1.0], [3.0]])
    layer(x)
    biased, unbiased = 1.0, 2.0  # a factor of 2 at a batch of 2
    assert layer.running_var.item() == pytest.approx(0.9 + 0.1 * unbiased)
    assert layer(x)[1].item() == pytest.approx(1 / biased**0.5, rel=1e-4)


def test_no_constant_learning_rate_serves_plain_and_cliff_but_clipping_does():
    def arrives(w, lr, limit=np.inf):
        for _ in range(1000):
            error = w**30 - 0.5
            if abs(error) < 1e-3:
                return True
            g = error * 30 * w**29
            w = w - lr * g * min(1, limit / abs(g))
            if abs(w) > 1000:
                return False
        return False

    grid = np.geomspace(1e-9, 1, 91)
    assert any(arrives(0.8, lr) for lr in grid)
    assert not any(arrives(0.8, lr) and arrives(1.2, lr) for lr in grid)
    assert any(arrives(0.8, lr, 1) and arrives(1.2, lr, 1) for lr in grid)


def test_only_one_factor_for_all_keeps_the_direction():
    rng = np.random.default_rng(5)
    grads = [scale * rng.standard_normal(5) for scale in (0.1, 1.0, 10.0)]

    def cosine(parts):
        a, b = np.concatenate(grads), np.concatenate(parts)
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    assert cosine(clip_by_global_norm(grads, 1.0)[0]) == pytest.approx(1)
    assert cosine([clip_by_global_norm([g], 1.0)[0][0] for g in grads]) < 0.9
    assert cosine(clip_by_value(grads, 1.0)) < 0.9


def test_adam_does_not_see_a_factor_that_is_always_the_same():
    grads = np.random.default_rng(6).standard_normal((50, 3))
    walk = partial(follow, adam, np.zeros(3), lr=lambda k: 0.1, eps=1e-12)
    np.testing.assert_allclose(walk(grads), walk(1e-3 * grads), rtol=1e-6)


def test_a_residual_path_keeps_the_gradient_and_a_plain_stack_of_torchs_layers_does_not():
    def ratio(path):
        torch.manual_seed(0)
        x = torch.randn(50, 32, requires_grad=True)
        y = x
        for _ in range(16):
            y = (y if path else 0) + torch.relu(nn.Linear(32, 32, bias=False)(y))
        (back,) = torch.autograd.grad(y, x, torch.randn_like(y))
        return float(back.square().mean().sqrt())

    assert ratio(path=False) < 1e-4
    assert ratio(path=True) > 1
