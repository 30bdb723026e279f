"""`paired_difference`: by how much one method beats another, and how sure that is."""

import numpy as np

from descent.checks.catalogue.comparison.paired_mistakes import MISTAKES
from descent.checks.catalogue.comparison.paired_right import RIGHT, reference
from descent.checks.exercise import Exercise, Probe


def _level(rng):
    return float(rng.uniform(0.8, 0.99))


def _seeds(rng):
    """Accuracies in which the seeds differ more than the methods do."""
    n = int(rng.integers(3, 12))
    seeds = 0.9 + 0.02 * rng.normal(size=n)
    a = seeds + 0.004 + 0.004 * rng.normal(size=n)
    b = seeds + 0.004 * rng.normal(size=n)
    return a, b, _level(rng)


def _always_behind(rng):
    """Scores that are lower by the same amount with every seed."""
    b = (
        rng.integers(50, 100, size=int(rng.integers(3, 8))) / 128
    )  # exact, and so are the differences
    return b - 3 / 128, b, _level(rng)


def _scale(arguments, index, expected):
    """Relative to the largest difference: an end of the interval may be near zero."""
    a, b, _ = arguments
    return np.abs(a - b).max()


PAIRED = Exercise(
    name="paired_difference",
    title="By how much, and how sure",
    section="sec-comparison-interval",
    difficulty=2,
    minutes=10,
    signature="paired_difference(scores_a (n,), scores_b (n,), level) -> (mean, low, high)",
    reference=reference,
    probes=(
        Probe("seeds that differ more than methods", 2.0, _seeds),
        Probe("behind by the same amount with every seed", 0.5, _always_behind, draws=2),
    ),
    untouched=0.5,
    scale=_scale,
    hints=(
        "Equal seeds belong together: what is left of a seed's luck in scores_a - scores_b?",
        "Take the n differences; then the interval of their mean: the standard error is their sample deviation "
        "(ddof=1) over the root of n. How many degrees of freedom has it?",
        "d = scores_a - scores_b; reach = t_quantile((1 + level) / 2, n - 1) * d.std(ddof=1) / n**0.5; return d.mean(), "
        "d.mean() - reach, d.mean() + reach.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
)
