"""`gradient_variance`: how far a mini-batch's gradient lies from the true one."""

import numpy as np

from descent.batches import gradient_variance
from descent.checks.catalogue.stochastic.variance_mistakes import MISTAKES
from descent.checks.catalogue.stochastic.variance_right import RIGHT
from descent.checks.exercise import Exercise, Probe


def _gradients(rng):
    return rng.normal(size=(int(rng.integers(4, 9)), int(rng.integers(2, 5)))) + rng.normal()


def _with(rng):
    g = _gradients(rng)
    return g, int(rng.integers(2, len(g))), True


def _without(rng):
    """1 < b < N: neither factor is 0 or 1."""
    g = _gradients(rng)
    return g, int(rng.integers(2, len(g))), False


def _alone(rng):
    return rng.normal(size=(1, int(rng.integers(2, 5)))), 1, False


def _spread_scale(arguments, index, expected):
    """One example without replacement has variance 0: differences are relative to the size of the gradients."""
    per_example, _, _ = arguments
    return np.where(expected == 0, np.square(per_example).sum(), np.abs(expected))


VARIANCE = Exercise(
    name="gradient_variance",
    title="How noisy is a mini-batch?",
    section="sec-stochastic-variance",
    difficulty=3,
    minutes=15,
    signature="gradient_variance(per_example (N, d), batch_size, replacement) -> float",
    reference=gradient_variance,
    scale=_spread_scale,
    probes=(
        Probe("batches with replacement", 1.0, _with),
        Probe("batches without replacement", 1.0, _without),
        Probe("a single example, without replacement", 0.5, _alone, draws=2),
    ),
    untouched=0.5,
    hints=(
        "First the scatter of single examples: the mean of ‖gᵢ - g‖², where g is the mean of all gᵢ.",
        "A mean of b independent draws has that variance divided by b. Without replacement the draws are not "
        "independent: there is a further factor, 1 for b = 1 and 0 for b = N.",
        "S = per_example.var(axis=0).sum(); with replacement S / b, without S / b * (N - b) / (N - 1), and 0 for N = 1.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
)
