"""`numerical_gradient`: a gradient from values alone."""

import numpy as np

from descent.checks.catalogue.losses.numerical_mistakes import MISTAKES
from descent.checks.catalogue.losses.numerical_right import RIGHT
from descent.checks.exercise import Exercise, Probe
from descent.checks.functions import Formula
from descent.derivatives import numerical_gradient


def _waves(rng: np.random.Generator, shape: tuple[int, ...]) -> Formula:
    """A function of all elements together, so far from quadratic that h matters."""
    a, b, c = rng.normal(size=shape), rng.uniform(0.5, 2, size=shape), rng.normal(size=shape)
    return Formula("waves", (a, b, c))


def _quadratic(rng: np.random.Generator, shape: tuple[int, ...]) -> Formula:
    return Formula("squares", (rng.uniform(0.5, 2, size=shape), rng.normal(size=shape)))


def _vectors(rng):
    """Here h is so large that its size, and the side it is taken to, show in the numbers."""
    d = int(rng.integers(2, 5))
    return _waves(rng, (d,)), rng.normal(size=d), rng.uniform(0.05, 0.4)


def _matrices(rng):
    """Here h is so small that single precision shows."""
    shape = ((2, 3), (3, 2), (1, 4), (2, 1, 2))[rng.integers(4)]
    return _quadratic(rng, shape), rng.normal(size=shape), 10 ** rng.uniform(-3, -2)


def _whole_numbers(rng):
    d = int(rng.integers(2, 5))
    return _quadratic(rng, (d,)), rng.integers(-3, 4, size=d), 10 ** rng.uniform(-3, -2)


NUMERICAL = Exercise(
    name="numerical_gradient",
    title="A gradient from values alone",
    section="sec-losses-numerical",
    difficulty=2,
    minutes=15,
    signature="numerical_gradient(f, x, h) -> like x",
    reference=numerical_gradient,
    probes=(
        Probe("functions of a vector", 1.5, _vectors),
        Probe("functions of a matrix or a larger array", 0.5, _matrices, draws=3),
        Probe("an x of whole numbers", 0.5, _whole_numbers, draws=2),
    ),
    untouched=0.5,
    hints=(
        "One element at a time: move it by h to either side, keep all others where they are.",
        "For each index i: two copies of x as floats, one with x[i] + h, one with x[i] - h. "
        "np.ndindex(x.shape) walks over all indices of an array of any shape.",
        "right = np.array(x, dtype=float); right[i] += h; left likewise with -= h; "
        "gradient[i] = (f(right) - f(left)) / (2 * h).",
    ),
    right=RIGHT,
    wrong=MISTAKES,
)
