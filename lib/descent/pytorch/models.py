"""The networks of the experiments. The same seed gives the same weights; logits come out, no softmax."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import nn

from descent.inputs import count, number

HE = 2**0.5  # the gain that keeps the signal's size through ReLU (He et al. 2015)


def mlp(
    sizes: Sequence[int] = (784, 128, 64, 10),
    *,
    seed: int = 0,
    activation: Callable[[], nn.Module] = nn.ReLU,
    gain: float = HE,
) -> nn.Sequential:
    """Linear layers from sizes[0] inputs to sizes[-1] logits, an activation between each two: (n, i) -> (n, o).

    sizes: at least two whole numbers from 1. seed: of the weights, from 0. activation: makes a module.
    gain > 0: the weights of a layer with f inputs have the standard deviation gain/√f, those of the
    last 1/√f; all biases are 0. Raises TypeError or ValueError that names the argument.
    """
    sizes = [count(f"sizes[{i}]", size, at_least=1) for i, size in enumerate(sizes)]
    if len(sizes) < 2:
        raise ValueError(
            f"sizes must be at least two, those of the input and the output, got {sizes}"
        )
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [_empty(nn.Linear, inputs, outputs), activation()]
    return _seeded(nn.Sequential(*layers[:-1]), seed, gain)


def deep_plain(
    depth: int = 20,
    width: int = 64,
    inputs: int = 784,
    classes: int = 10,
    *,
    seed: int = 0,
    activation: Callable[[], nn.Module] = nn.ReLU,
    gain: float = HE,
) -> nn.Sequential:
    """An `mlp` with `depth` hidden layers of `width` units each, and nothing to help the signal through.

    No normalisation and no residual paths: what initialisation alone can do. depth, width, inputs,
    classes: whole numbers from 1; the rest as in `mlp`.
    """
    depth = count("depth", depth, at_least=1)
    sizes = [inputs, *[width] * depth, classes]
    return mlp(sizes, seed=seed, activation=activation, gain=gain)


def cnn(
    side: int = 28, channels: Sequence[int] = (16, 32), classes: int = 10, *, seed: int = 0
) -> nn.Sequential:
    """A small convolutional network: for each of `channels` a 3 x 3 convolution, ReLU, and 2 x 2 maxima.

    (n, side²) or (n, 1, side, side) grey images -> (n, classes) logits. side: a whole number from
    2^len(channels), rounded down at every halving; channels: one whole number from 1 for each layer;
    seed: of the weights, from 0 (He's standard deviations, biases 0).
    Raises TypeError or ValueError that names the argument.
    """
    channels = [count(f"channels[{i}]", c, at_least=1) for i, c in enumerate(channels)]
    side = count("side", side, at_least=2 ** len(channels))
    classes = count("classes", classes, at_least=1)
    layers: list[nn.Module] = [nn.Flatten(), nn.Unflatten(1, (1, side, side))]
    for before, after in pairwise([1, *channels]):
        convolution = _empty(nn.Conv2d, before, after, kernel_size=3, padding=1)
        layers += [convolution, nn.ReLU(), nn.MaxPool2d(2)]
    features = [1, *channels][-1] * (side // 2 ** len(channels)) ** 2
    layers += [nn.Flatten(), _empty(nn.Linear, features, classes)]
    return _seeded(nn.Sequential(*layers), seed, HE)


def _empty(layer: type[nn.Module], *sizes: int, **how: int) -> nn.Module:
    """A layer whose weights are still to be drawn: it asks torch's own generator for nothing."""
    return torch.nn.utils.skip_init(layer, *sizes, **how)


def _seeded(model: nn.Sequential, seed: int, gain: float) -> nn.Sequential:
    """Draws all weights from one generator, on the CPU, so that they are the same on every device."""
    generator = torch.Generator().manual_seed(count("seed", seed))
    gain = number("gain", gain, above=0)
    layers = [layer for layer in model if isinstance(layer, nn.Linear | nn.Conv2d)]
    with torch.no_grad():
        for layer in layers:
            fan_in = layer.weight[0].numel()
            sd = (1 if layer is layers[-1] else gain) / fan_in**0.5
            layer.weight.normal_(0, sd, generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()
    return model
