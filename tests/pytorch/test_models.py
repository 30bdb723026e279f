"""The networks: their sizes, what they give, and that a seed decides their weights."""

import pytest
import torch
from torch import nn

from descent.pytorch.models import cnn, deep_plain, mlp

MODELS = {"mlp": mlp, "deep_plain": deep_plain, "cnn": cnn}


def images(n, pixels=784):
    return torch.rand(n, pixels, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_logits_come_out(make):
    logits = make()(images(200))
    assert logits.shape == (200, 10)
    assert logits.min() < 0  # a softmax's are not
    assert not torch.allclose(logits.exp().sum(1), torch.ones(200), atol=0.1)


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_seed_decides_the_weights(make):
    before = torch.random.get_rng_state()
    first, second, other = make(seed=3), make(seed=3), make(seed=4)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.rand(5)  # what torch's own generator does is nothing to them
    for p, q, r in zip(*(model.parameters() for model in (first, second, other)), strict=True):
        assert torch.equal(p, q)
        assert p.requires_grad
        assert p.ndim == 1 or not torch.equal(p, r)


def test_sizes_are_arguments():
    shapes = [tuple(p.shape) for p in mlp((7, 5, 3)).parameters()]
    assert shapes == [(5, 7), (5,), (3, 5), (3,)]
    assert sum(p.numel() for p in mlp().parameters()) == 784 * 128 + 128 * 64 + 64 * 10 + 202
    assert [type(layer) for layer in mlp((7, 3))] == [nn.Linear]
    deep = deep_plain(depth=4, width=6, inputs=9, classes=2)
    assert [tuple(p.shape) for p in deep.parameters() if p.ndim == 2] == [
        (6, 9), *[(6, 6)] * 3, (2, 6)
    ]  # fmt: skip
    assert cnn(side=9, channels=(2, 4, 6), classes=3)(images(5, 81)).shape == (5, 3)
    assert cnn(channels=())(images(2)).shape == (2, 10)


def test_a_convolution_takes_rows_of_pixels_and_pictures():
    model, rows = cnn(), images(3)
    assert torch.equal(model(rows), model(rows.reshape(3, 1, 28, 28)))
    turned = rows.reshape(3, 28, 28).mT.reshape(3, 784)
    assert not torch.allclose(model(rows), model(turned))


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_weights_have_he_s_scale_and_biases_are_zero(make):
    layers = [layer for layer in make() if hasattr(layer, "weight")]
    for layer in layers:
        fan_in = layer.weight[0].numel()
        expected = ((1 if layer is layers[-1] else 2) / fan_in) ** 0.5
        error = 5 / (2 * layer.weight.numel()) ** 0.5  # five standard errors of a deviation
        assert layer.weight.std().item() == pytest.approx(expected, rel=error)
        assert layer.weight.mean().abs() < 5 * expected / layer.weight.numel() ** 0.5
        assert not layer.bias.any()


def test_he_keeps_the_signal_through_depth_and_a_small_gain_does_not():
    signals = [deep_plain(depth=30, gain=gain)(images(500)).std() for gain in (2**0.5, 1.0)]
    assert signals[0] > 0.05
    assert signals[1] < signals[0] / 1000


def test_the_activation_is_an_argument():
    layers = mlp((3, 4, 4, 2), activation=nn.Tanh)
    assert [type(layer).__name__ for layer in layers] == [
        "Linear",
        "Tanh",
        "Linear",
        "Tanh",
        "Linear",
    ]


def test_no_layer_of_a_deep_net_is_another_one():
    assert len({id(layer) for layer in deep_plain(depth=5)}) == 11


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: mlp((3,)), ValueError, "sizes must be at least two"),
        (lambda: mlp((3, 0, 2)), ValueError, r"sizes\[1\] must be at least 1, got 0"),
        (lambda: mlp((3, 2.5, 2)), TypeError, r"sizes\[1\] must be a whole number"),
        (lambda: mlp(seed=-1), ValueError, "seed must be at least 0"),
        (lambda: mlp(gain=0), ValueError, "gain must be a finite number > 0"),
        (lambda: deep_plain(depth=0), ValueError, "depth must be at least 1"),
        (lambda: deep_plain(width=0), ValueError, r"sizes\[1\] must be at least 1"),
        (lambda: cnn(side=3), ValueError, "side must be at least 4, got 3"),
        (lambda: cnn(channels=(4, 0)), ValueError, r"channels\[1\] must be at least 1"),
        (lambda: cnn(classes=0), ValueError, "classes must be at least 1"),
    ],
)
def test_bad_arguments_are_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
