"""Random convex quadratics, on which the answers of chapter 2 are tried."""

from collections.abc import Callable

import numpy as np

CHAPTER = "02_gradient_descent"


def hessian(rng: np.random.Generator, d: int) -> np.ndarray:
    """A symmetric positive definite matrix with eigenvalues in [0.2, 4]."""
    axes, _ = np.linalg.qr(rng.normal(size=(d, d)))
    H = axes @ np.diag(rng.uniform(0.2, 4, size=d)) @ axes.T
    return (H + H.T) / 2


def bowl(rng: np.random.Generator, d: int) -> tuple[Callable, Callable, np.ndarray]:
    """A random convex quadratic: its value, its gradient, its minimiser."""
    H, centre = hessian(rng, d), rng.normal(size=d)

    def value(theta):
        return 0.5 * (theta - centre) @ H @ (theta - centre)

    def gradient(theta):
        return H @ (theta - centre)

    return value, gradient, centre
