"""What the step functions of chapters 4 to 7 are tried on: gradients of all sizes, states of every kind."""

import numpy as np

EPSILONS = (1e-8, 1e-2)  # at the larger one its place shows


def shape(rng: np.random.Generator) -> tuple[int, ...]:
    """The shape of theta: a vector or a matrix."""
    return ((5,), (2, 3), (7,), (3, 2))[rng.integers(4)]


def sizes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Positive numbers from 1e-6 to 50, all magnitudes alike."""
    return 10 ** rng.uniform(-6, np.log10(50), size=shape)


def gradient(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient of either sign, from 1e-6 to 50, one element of it exactly zero."""
    g = sizes(rng, shape) * rng.choice([-1.0, 1.0], size=shape)
    g.flat[rng.integers(g.size)] = 0.0
    return g


def direction(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A velocity or a mean of gradients: like a gradient, but nowhere zero."""
    return sizes(rng, shape) * rng.choice([-1.0, 1.0], size=shape)


def learning_rate(rng: np.random.Generator) -> float:
    """Between 1e-3 and 0.1."""
    return float(10 ** rng.uniform(-3, -1))


def epsilon(rng: np.random.Generator) -> float:
    """One of EPSILONS."""
    return EPSILONS[rng.integers(len(EPSILONS))]
