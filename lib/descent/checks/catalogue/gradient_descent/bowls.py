"""Random convex quadratics, on which the answers of chapter 2 are tried."""

import numpy as np

from descent.checks.functions import Formula


def hessian(rng: np.random.Generator, d: int) -> np.ndarray:
    """A symmetric positive definite matrix with eigenvalues in [0.2, 4]."""
    axes, _ = np.linalg.qr(rng.normal(size=(d, d)))
    H = axes @ np.diag(rng.uniform(0.2, 4, size=d)) @ axes.T
    return (H + H.T) / 2


def bowl(rng: np.random.Generator, d: int) -> tuple[Formula, Formula, np.ndarray]:
    """A random convex quadratic: its value, its gradient, its minimiser."""
    H, centre = hessian(rng, d), rng.normal(size=d)
    return Formula("bowl", (H, centre)), Formula("gradient of a bowl", (H, centre)), centre
