"""The same lines on another device: what comes back lies there, and holds the same numbers."""

import numpy as np
import pytest
import torch

from descent import signals

RNG = np.random.default_rng(0)
X, V = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 4))
A, B, MEAN, VAR = RNG.uniform(0.5, 2, (4, 4))
CALLS = {
    "relu": lambda a: signals.relu(a(X)),
    "leaky_relu_derivative": lambda a: signals.leaky_relu_derivative(a(X)),
    "gelu": lambda a: signals.gelu(a(X)),
    "gelu_derivative": lambda a: signals.gelu_derivative(a(X)),
    "prelu": lambda a: signals.prelu(a(X), a(A)),
    "prelu_backward": lambda a: signals.prelu_backward(a(V), a(X), a(A)),
    "batchnorm": lambda a: signals.batchnorm(
        a(X), a(A), a(B), a(MEAN), a(VAR), momentum=0.1, eps=1e-5, training=True
    ),
    "batchnorm_backward": lambda a: signals.batchnorm_backward(
        a(V), a(X), a(A), a(MEAN), a(VAR), eps=1e-5, training=True
    ),
    "layernorm": lambda a: signals.layernorm(a(X), a(A), a(B), eps=1e-5),
    "layernorm_backward": lambda a: signals.layernorm_backward(a(V), a(X), a(A), eps=1e-5),
    "weight_norm": lambda a: signals.weight_norm(a(X), a(A)),
    "weight_norm_backward": lambda a: signals.weight_norm_backward(a(V), a(X), a(A)),
    "clip_by_global_norm": lambda a: signals.clip_by_global_norm([a(X), a(A)], 1.0)[0],
    "clip_by_value": lambda a: signals.clip_by_value([a(X), a(A)], 0.3),
}


def arrays(result):
    return result if isinstance(result, tuple | list) else [result]


def same_on(name, device):
    there = arrays(CALLS[name](lambda array: torch.asarray(array, device=device)))
    for ours, theirs in zip(arrays(CALLS[name](np.asarray)), there, strict=True):
        assert theirs.device.type == device
        np.testing.assert_allclose(theirs.cpu().numpy(), ours, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", CALLS)
def test_torch_equals_numpy(name):
    same_on(name, "cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", CALLS)
def test_cuda_equals_numpy(name):
    same_on(name, "cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("scale", [1e30, 1e-41])
def test_cuda_neither_overflows_nor_underflows(scale):
    grad = torch.full((4,), scale, device="cuda")
    (clipped,), norm = signals.clip_by_global_norm([grad], scale)
    assert norm == pytest.approx(2 * scale, rel=1e-3)
    np.testing.assert_allclose(clipped.cpu().numpy(), scale / 2, rtol=1e-3)
