"""Where weights start, so that signals and gradients neither fade nor grow with depth.

All take a numpy Generator and return float64 of shape (fan_in, fan_out), for layers x @ W.
(torch keeps the transpose: `layer.weight.copy_(torch.from_numpy(W.T))` under no_grad.)
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from descent.inputs import count, lookup, number

UNIT_VARIANCE: dict[str, Callable[..., np.ndarray]] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "uniform": lambda rng, shape: rng.uniform(-math.sqrt(3), math.sqrt(3), shape),
}


def gain(activation: Callable[[np.ndarray], Any]) -> float:
    """1/√E[f(z)²] for z ~ N(0, 1): times it, an activation f keeps the mean square of its input.

    1 for the identity, √2 for ReLU, √(2/(1 + slope²)) for Leaky ReLU, about 1.59 for tanh (torch's
    calculate_gain says 5/3 there, a rule of thumb). activation: array -> array, element by element, on
    float64; smooth, or with a kink at 0 alone: then the sum below is as exact as float64 allows.
    Raises ValueError if the activation answers zeros alone. Source: He et al. (2015), section 2.2.
    """
    z = np.linspace(-12, 12, 4801)
    density = np.exp(-(z**2) / 2)
    mean_square = (np.asarray(activation(z)) ** 2 * density).sum() / density.sum()
    return 1 / math.sqrt(number("E[activation(z)²]", mean_square, above=0))  # eq-gain


def glorot_init(
    rng: np.random.Generator,
    fan_in: int,
    fan_out: int,
    *,
    gain: float = 1.0,
    distribution: str = "uniform",
) -> np.ndarray:
    """Weights of mean 0 and standard deviation gain · √(2/(fan_in + fan_out)).

    The compromise between 1/fan_in, which keeps the signal, and 1/fan_out, which keeps the gradient.
    fan_in, fan_out: whole numbers from 1. gain: > 0. distribution: "uniform", with the bound
    gain · √(6/(fan_in + fan_out)), or "normal".
    Raises TypeError or ValueError that names the argument. Source: Glorot & Bengio (2010), equation 16.
    """
    fan_in, fan_out = count("fan_in", fan_in, at_least=1), count("fan_out", fan_out, at_least=1)
    gain = number("gain", gain, above=0)
    sd = gain * math.sqrt(2 / (fan_in + fan_out))  # eq-glorot
    return sd * _draw(rng, distribution, (fan_in, fan_out))


def he_init(
    rng: np.random.Generator,
    fan_in: int,
    fan_out: int,
    *,
    gain: float = math.sqrt(2),
    distribution: str = "normal",
) -> np.ndarray:
    """Weights of mean 0 and standard deviation gain/√fan_in, which keeps the signal.

    fan_in, fan_out: whole numbers from 1. gain: > 0; √2, the default, is for ReLU, which drops half of
    the mean square. distribution: "normal", or "uniform", with the bound gain · √(3/fan_in).
    Raises TypeError or ValueError that names the argument. Source: He et al. (2015), equation 10.
    """
    fan_in, fan_out = count("fan_in", fan_in, at_least=1), count("fan_out", fan_out, at_least=1)
    gain = number("gain", gain, above=0)
    sd = gain / math.sqrt(fan_in)  # eq-he
    return sd * _draw(rng, distribution, (fan_in, fan_out))


def orthogonal_init(
    rng: np.random.Generator, fan_in: int, fan_out: int, *, gain: float = 1.0
) -> np.ndarray:
    """gain times a random matrix whose columns are orthonormal, or its rows, where they are fewer.

    A square one changes no length. All such matrices are equally likely: the signs of R's diagonal make
    the QR decomposition unique. fan_in, fan_out: whole numbers from 1. gain: > 0.
    Raises TypeError or ValueError that names the argument.
    Source: Saxe, McClelland & Ganguli (2014); Mezzadri (2007) for the signs.
    """
    fan_in, fan_out = count("fan_in", fan_in, at_least=1), count("fan_out", fan_out, at_least=1)
    tall = (max(fan_in, fan_out), min(fan_in, fan_out))
    q, r = np.linalg.qr(_draw(rng, "normal", tall))
    q *= number("gain", gain, above=0) * np.sign(np.diag(r))
    return q if fan_in >= fan_out else np.ascontiguousarray(q.T)


def _draw(rng: np.random.Generator, distribution: str, shape: tuple[int, int]) -> np.ndarray:
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator, got {type(rng).__name__}: {rng!r}")
    return lookup("distribution", distribution, UNIT_VARIANCE)(rng, shape)
