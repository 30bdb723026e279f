"""One random network for the explorer of signals, from numbers that JavaScript draws in the same way."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from descent.signals import (
    Propagation,
    gelu,
    gelu_derivative,
    leaky_relu,
    leaky_relu_derivative,
    relu,
    relu_derivative,
)

Function = Callable[[np.ndarray], Any]

ACTIVATIONS: dict[str, tuple[str, Function, Function]] = {
    "linear": ("linear", lambda x: x, np.ones_like),
    "tanh": ("tanh", np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": ("ReLU", relu, relu_derivative),
    "leaky_relu": ("leaky ReLU", leaky_relu, leaky_relu_derivative),
    "gelu": ("GELU", gelu, gelu_derivative),
}  # name: (title, f, its derivative)

MARKS = {"small": 0.5, "Glorot": 1.0, "He": math.sqrt(2), "too large": 2.5}  # gains with a name
GAINS = (0.25, 4.0)
DEEPEST, WIDTHS = 100, (8, 128)


def normals(seed: int, layer: int, n: int) -> np.ndarray:
    """n numbers from N(0, 1), the same for the same seed and layer: hashes of their places, by Box and Muller.

    The hash is the last step of MurmurHash3 (Appleby 2011), over places as far apart as in SplitMix
    (Steele, Lea & Flood 2014).
    """
    places = np.arange(2 * n, dtype=np.uint32) + np.uint32(2 * WIDTHS[1] ** 2 * layer)
    h = places * np.uint32(0x9E3779B9) ^ np.uint32(seed)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    radius, angle = ((h ^ (h >> np.uint32(16))) + 0.5).reshape(n, 2).T / 2**32
    return np.sqrt(-2 * np.log(radius)) * np.cos(2 * math.pi * angle)


def simulate(name: str, *, gain: float, depth: int, width: int, seed: int) -> Propagation:
    """What `descent.signals.propagate` says of great width, in one network of this width."""
    _, activation, derivative = ACTIVATIONS[name]
    a, g = (_unit(normals(seed, layer, width)) for layer in (0, DEEPEST + 1))
    weights = [
        gain / math.sqrt(width) * normals(seed, layer, width**2).reshape(width, width)
        for layer in range(1, depth + 1)
    ]
    slopes, signals, gradients = [], [1.0], [1.0]
    for W in weights:
        z = W @ a
        a, slope = activation(z), derivative(z)
        slopes.append(slope)
        signals.append(_size(a))
    for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
        g = W.T @ (slope * g)
        gradients.append(_size(g))
    return Propagation(np.array(signals), np.array(gradients[::-1]))


def _size(x: np.ndarray) -> float:
    return math.sqrt((x**2).mean())


def _unit(x: np.ndarray) -> np.ndarray:
    return x / _size(x)


def facts() -> dict[str, Any]:
    """What the JavaScript must know, JSON-ready."""
    return {
        "activations": {name: {"title": title} for name, (title, *_) in ACTIVATIONS.items()},
        "marks": MARKS,
        "gains": GAINS,
        "deepest": DEEPEST,
        "widths": WIDTHS,
    }
