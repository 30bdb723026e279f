"""How the sizes of signals and gradients change from layer to layer of a wide random network."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.inputs import count, number

# Midpoints and weights: E[f(z)] for z ~ N(0, 1) is the sum of WEIGHTS * f(NODES). No node lies on a kink at 0.
NODES = (np.arange(-9 * 32, 9 * 32) + 0.5) / 32
WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()


@dataclass(frozen=True)
class Propagation:
    """Root mean squares at layer 0, the input, to the last: of the activations, of the loss's gradients for them.

    signals, gradients: (depth + 1,). The input's signal and the last layer's gradient are 1.
    """

    signals: np.ndarray
    gradients: np.ndarray


def propagate(
    activation: Callable[[np.ndarray], Any],
    derivative: Callable[[np.ndarray], Any],
    *,
    gain: float,
    depth: int,
) -> Propagation:
    """What layers a ← f(W a) do to the sizes of activations and gradients, in the limit of great width.

    All layers are equally wide, n, without biases; the weights are random, of mean 0 and standard deviation
    gain/√n. Then W a is Gaussian: with s the root mean square of the last layer's a, z ~ N(0, 1),
    forward s² ← E[f(gain s z)²], and backward r² ← gain² E[f'(gain s z)²] r², from layer to layer.
    activation, derivative: f and f', array -> array, element by element, on float64; smooth, or with a kink
    at 0 alone. The integrals are sums that are exact to rounding for piecewise linear f, and for tanh as
    long as gain * s is at most 8. gain: > 0. depth: whole number from 1.
    Raises TypeError or ValueError that names the argument; ValueError too where a size is too large or
    too small for float64. Source: Poole et al. (2016), equation 3; Schoenholz et al. (2017), equation 7.
    """
    gain, depth = number("gain", gain, above=0), count("depth", depth, at_least=1)
    signals, factors = [1.0], []
    for layer in range(1, depth + 1):
        inputs = gain * signals[-1] * NODES
        signals.append(_root_mean_square(f"signal at layer {layer}", activation(inputs)))
        factors.append(gain * _root_mean_square(f"slope at layer {layer}", derivative(inputs)))
    gradients = np.cumprod([1.0, *factors[::-1]])[::-1]
    return Propagation(np.array(signals), gradients)


def _root_mean_square(name: str, values: Any) -> float:
    values = np.asarray(values)
    largest = number(name, np.abs(values).max(), above=0)  # whose square may be too large or small
    return largest * math.sqrt(WEIGHTS @ (values / largest) ** 2)
