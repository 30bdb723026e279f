"""How far to step: bounds and best values on a quadratic, a line search, an average's half-life."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from descent.inputs import floating, number


def largest_stable_lr(H: np.ndarray) -> float:
    """2/L, the learning rate at and beyond which gradient descent on (1/2) thetaᵀ H theta no longer converges.

    H: (d, d) symmetric positive semi-definite, not all zero; L is its largest eigenvalue.
    Raises ValueError where H is not such a matrix. Source: Polyak (1987), section 1.4.
    """
    H = floating("H", np.asarray(H))
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError(f"H must be a symmetric matrix, got shape {H.shape}: {H!r}")
    eigenvalues = np.linalg.eigvalsh(H)
    L = eigenvalues[-1]
    if L <= 0 or eigenvalues[0] < -1e-9 * L:
        raise ValueError(
            f"H must be positive semi-definite and not zero, got eigenvalues {eigenvalues}"
        )
    return float(2 / L)


def best_heavy_ball(mu: float, L: float) -> tuple[float, float]:
    """(lr, beta) with which `momentum` converges fastest on every quadratic with curvatures in [mu, L].

    lr = (2 / (sqrt(L) + sqrt(mu)))^2, beta = ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2; in the
    long run the error shrinks by sqrt(beta) a step. 0 < mu <= L; at mu = L beta is 0.
    Raises ValueError where they are not. Source: Polyak (1964).
    """
    mu = number("mu", mu, above=0)
    L = number("L", L, at_least=mu)
    total = L**0.5 + mu**0.5
    lr = (2 / total) ** 2  # eq-heavy-ball-best-lr
    beta = ((L**0.5 - mu**0.5) / total) ** 2  # eq-heavy-ball-best-beta
    return lr, beta


def ema_half_life(rho: float) -> float:
    """ln 2 / (-ln rho): the steps after which a value weighs half of what it did in a moving average.

    0 < rho < 1 is the factor by which the average fades a step. Raises ValueError where it is not.
    """
    return math.log(2) / -math.log(number("rho", rho, above=0, below=1))  # eq-ema-half-life


def backtracking_line_search(
    f: Callable[[Any], Any],
    theta: Any,
    grad: Any,
    direction: Any,
    lr0: float,
    shrink: float,
    c: float,
) -> float:
    """The first lr of lr0, lr0*shrink, lr0*shrink², … with f(theta + lr d) <= f(theta) + c lr <grad, d>.

    f: theta -> scalar. grad: its gradient at theta. direction: d, of theta's shape, with <grad, d> <= 0.
    lr0 > 0, 0 < shrink < 1, 0 < c < 1.
    Raises ValueError where d is not a descent direction. Source: Armijo (1966).
    """
    lr = number("lr0", lr0, above=0)
    shrink = number("shrink", shrink, above=0, below=1)
    c = number("c", c, above=0, below=1)
    slope = (grad * direction).sum()
    if slope > 0:
        raise ValueError(
            f"direction must be a descent direction: <grad, direction> is {slope:g} > 0"
        )
    start = f(theta)
    while not f(theta + lr * direction) <= start + c * lr * slope:  # eq-armijo
        lr = lr * shrink
        if lr == 0:
            raise ValueError("f does not decrease along direction: is grad its gradient at theta?")
    return lr
