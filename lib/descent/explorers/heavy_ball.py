"""Momentum on one eigen-mode of a quadratic, in closed form.

With curvature lambda and a = lr * lambda the error obeys x_{k+1} = (1 + beta - a) x_k - beta x_{k-1}. The
eigenvalues z of its companion matrix [[1 + beta - a, -beta], [1, 0]] solve z^2 - (1 + beta - a) z + beta = 0.
Source: Polyak (1964); the picture follows Goh (2017).
"""

import cmath
import math
from typing import Any

NEAREST = 0.001  # a
FARTHEST = 4.2  # a, a little beyond what any beta < 1 allows
STRONGEST = 0.99  # beta
STEPS = 60
HIGHEST = 5.0  # the largest error that is drawn
CONTRACTIONS = (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

REGIONS = {
    "monotone": "monotone: two positive eigenvalues, no overshoot",
    "critical": "critically damped: a double eigenvalue, the fastest way without swinging",
    "oscillating": "oscillating: a complex pair of size √β, however large the step",
    "alternating": "alternating: the sign changes at every step",
    "unstable": "unstable: lr·λ is not below 2(1 + β)",
}

PLACES = {
    "monotone": (0.46, 0.07),
    "oscillating": (1.72, 0.72),
    "alternating": (2.12, 0.1),
    "unstable": (3.5, 0.3),
}  # where in the plane (a, beta) the names stand


def eigenvalues(a: float, beta: float) -> tuple[complex, complex]:
    """Both eigenvalues, the larger in size (or the one above the real axis) first."""
    trace = 1 + beta - a
    root = cmath.sqrt(trace * trace - 4 * beta)
    first = (trace + (-root if trace < 0 and root.imag == 0 else root)) / 2
    # their product is beta: no digits are lost
    return first, beta / first if first else 0j


def contraction(a: float, beta: float) -> float:
    """The spectral radius: the factor by which the error shrinks a step, in the long run."""
    return abs(eigenvalues(a, beta)[0])


def region(a: float, beta: float) -> str:
    """The name in `REGIONS` of what the error does at (a, beta); critical means to a part in a million."""
    if a >= 2 * (1 + beta):
        return "unstable"
    slow, fast = (1 - math.sqrt(beta)) ** 2, (1 + math.sqrt(beta)) ** 2
    if math.isclose(a, slow, rel_tol=1e-6):
        return "critical"
    return "monotone" if a < slow else "oscillating" if a < fast else "alternating"


def level(rate: float) -> list[list[float]]:
    """The corners (a, beta) of the region that contracts by `rate` in (0, 1] or faster: a trapezium.

    Jury's conditions for z = rate * w: beta <= rate^2 and
    (1 - rate)(1 - beta/rate) <= a <= (1 + rate)(1 + beta/rate).
    """
    return [
        [1 - rate, 0.0],
        [1 + rate, 0.0],
        [(1 + rate) ** 2, rate**2],
        [(1 - rate) ** 2, rate**2],
    ]


def facts() -> dict[str, Any]:
    """What the JavaScript must know, JSON-ready."""
    return {
        "nearest": NEAREST,
        "farthest": FARTHEST,
        "strongest": STRONGEST,
        "steps": STEPS,
        "highest": HIGHEST,
        "regions": REGIONS,
        "places": PLACES,
        "levels": [level(rate) for rate in CONTRACTIONS],
        "contractions": CONTRACTIONS,
    }
