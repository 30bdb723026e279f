"""`gradient_noise_scale`: the batch size at which noise and gradient are of one size, from two batch sizes."""

import math

import numpy as np

from descent.batches import gradient_noise_scale
from descent.checks.exercise import Exercise, Probe, Wrong


def _reference(small, big, small_batch, big_batch):
    return gradient_noise_scale(small, big, small_batch, big_batch).scale


def _measured(rng, variance, squared_norm, spread=0.6):
    """Measurements whose single estimates scatter about the two by the part `spread`."""
    n = int(rng.integers(5, 9))
    b = int(rng.integers(1, 9))
    B = b * int(rng.integers(3, 12))
    v = variance * (1 + spread * rng.uniform(-1, 1, size=n))
    q = squared_norm * (1 + spread * rng.uniform(-1, 1, size=n))
    return q + v / b, q + v / B, b, B


def _positive(rng):
    squared_norm = 10 ** rng.uniform(-2, 1)
    return _measured(rng, squared_norm * 10 ** rng.uniform(0.3, 2), squared_norm)


def _not_positive(rng):
    """The variance below zero; then the squared norm."""
    size = 10 ** rng.uniform(-1, 1)
    return [_measured(rng, -0.2 * size, size), _measured(rng, 400 * size, -size, spread=0.1)]


def _parts(small, big, b, B):
    """(tr Σ, ‖G‖²) of each measurement."""
    return (small - big) / (1 / b - 1 / B), (B * big - b * small) / (B - b)


def _ratio(variance, squared_norm):
    """Right for the two averages, whatever their sign."""
    return max(float(variance), 0.0) / float(squared_norm) if squared_norm > 0 else math.inf


def _by_the_formula(small, big, small_batch, big_batch):
    b, B = small_batch, big_batch
    variance = (np.mean(small) - np.mean(big)) / (1 / b - 1 / B)
    squared_norm = (B * np.mean(big) - b * np.mean(small)) / (B - b)
    if squared_norm <= 0:
        return float("inf")
    return max(variance, 0) / squared_norm


def _by_sums(small, big, small_batch, big_batch):
    variance, squared_norm = _parts(small, big, small_batch, big_batch)
    return _ratio(variance.sum(), squared_norm.sum())


def _by_a_line(small, big, small_batch, big_batch):
    """E‖G_b‖² is a straight line in 1/b: its slope and its intercept."""
    x = [1 / small_batch, 1 / big_batch]
    slope, intercept = np.polyfit(x, [small.mean(), big.mean()], 1)
    return np.inf if intercept <= 0 else np.maximum(slope, 0) / intercept


def _by_two_equations(small, big, small_batch, big_batch):
    A = np.array([[1, 1 / small_batch], [1, 1 / big_batch]])
    squared_norm, variance = np.linalg.solve(A, [np.mean(small), np.mean(big)])
    return _ratio(variance, squared_norm)


def _by_a_correction(small, big, small_batch, big_batch):
    """Take the noise of the big batch away from its squared norm."""
    k = big_batch / small_batch
    noise = (small.mean() - big.mean()) / (k - 1)  # of the big batch
    signal = big.mean() - noise
    return np.array(max(noise, 0) * big_batch / signal if signal > 0 else np.inf)


def _loop(small, big, small_batch, big_batch):
    variance = squared_norm = 0.0
    for s, g in zip(small, big, strict=True):
        variance += small_batch * big_batch * (s - g) / (big_batch - small_batch)
        squared_norm += (big_batch * g - small_batch * s) / (big_batch - small_batch)
    return _ratio(variance, squared_norm)


def _version(estimate):
    """A wrong version: estimate(mean of small, mean of big, b, B) -> (tr Σ, ‖G‖²)."""

    def program(small, big, small_batch, big_batch):
        return _ratio(*estimate(small.mean(), big.mean(), small_batch, big_batch))

    return program


def _variance(s, g, b, B):
    return (s - g) / (1 / b - 1 / B)


def _squared_norm(s, g, b, B):
    return (B * g - b * s) / (B - b)


def _average_of_ratios(small, big, small_batch, big_batch):
    pairs = zip(*_parts(small, big, small_batch, big_batch), strict=True)
    return np.mean([_ratio(*pair) for pair in pairs])


def _first_only(small, big, small_batch, big_batch):
    return _reference(small[[0, 0]], big[[0, 0]], small_batch, big_batch)


def _unguarded(small, big, small_batch, big_batch):
    variance, squared_norm = _parts(small, big, small_batch, big_batch)
    return variance.mean() / squared_norm.mean()


def _zero_for_infinite(small, big, small_batch, big_batch):
    return max(_unguarded(small, big, small_batch, big_batch), 0.0)


def _in_place(small, big, small_batch, big_batch):
    scale = _reference(small, big, small_batch, big_batch)
    small -= big
    return scale


NOISE_SCALE = Exercise(
    name="gradient_noise_scale",
    title="How large a batch is worth it?",
    section="sec-batch-noise-scale",
    difficulty=3,
    minutes=20,
    signature="gradient_noise_scale(small (n,), big (n,), small_batch, big_batch) -> float",
    reference=_reference,
    probes=(
        Probe("noisy measurements", 2.0, _positive),
        Probe("estimates that are not positive", 0.5, _not_positive, draws=2),
    ),
    untouched=0.5,
    hints=(
        "On average ‖G_b‖² is ‖G‖² + tr(Σ)/b. You have it for two batch sizes: two equations, two unknowns.",
        "Subtract the equations to get tr(Σ); multiply them by b and B and subtract to get ‖G‖². Take means over the "
        "measurements first, and divide last.",
        "variance = (small.mean() - big.mean()) / (1/b - 1/B); squared = (B * big.mean() - b * small.mean()) / (B - b); "
        "return max(variance, 0) / squared, or np.inf if squared <= 0.",
    ),
    right=(
        _by_the_formula,
        _by_sums,
        _by_a_line,
        _by_two_equations,
        _by_a_correction,
        _loop,
    ),
    wrong=(
        Wrong(
            "biased estimate",
            _version(lambda s, g, b, B: (_variance(s, g, b, B), g)),
            "You take ‖G_B‖² for ‖G‖²; it is too large by tr(Σ)/B, so your scale is too small.",
            "A noisy gradient is longer than the true one; on average your scale stays below B, whatever the truth is.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "biased by the small batch",
            _version(lambda s, g, b, B: (_variance(s, g, b, B), s)),
            "You take the squared norm of the small batch for ‖G‖²; most of it may be noise.",
            "It is too large by tr(Σ)/b. Both batch sizes together give ‖G‖² without bias.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "average of ratios",
            _average_of_ratios,
            "You divide in each measurement and average the ratios; average first, and divide then.",
            "A ratio of noisy numbers is biased, and averaging ratios keeps the bias.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "average of ratios, of any sign",
            lambda *arguments: np.mean(_variance(*arguments) / _squared_norm(*arguments)),
            "You divide in each measurement and average the ratios, of whatever sign; average first, and divide then.",
            "A ratio of noisy numbers is biased, and averaging ratios keeps the bias. Then mind the two estimates' signs.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "first measurement only",
            _first_only,
            "You use the first measurement alone.",
            "A single pair is very noisy; take the means over all n.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "difference not divided",
            _version(lambda s, g, b, B: (s - g, _squared_norm(s, g, b, B))),
            "You take ‖G_b‖² - ‖G_B‖² for tr(Σ); it must be divided by 1/b - 1/B.",
            "The difference of the two is tr(Σ)·(1/b - 1/B).",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "divided by B - b",
            _version(lambda s, g, b, B: ((s - g) / (B - b), _squared_norm(s, g, b, B))),
            "You divide the difference by B - b; it is 1/b - 1/B.",
            "The noise falls with one over the batch size, so the difference of the reciprocals counts.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "sign",
            _version(lambda s, g, b, B: (-_variance(s, g, b, B), _squared_norm(s, g, b, B))),
            "Your tr(Σ) has the wrong sign.",
            "The small batch is the noisier one: (small - big) goes with 1/b - 1/B, both positive.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "weights swapped",
            _version(lambda s, g, b, B: (_variance(s, g, b, B), (B * s - b * g) / (B - b))),
            "In ‖G‖² you multiply the small batch's square by B; each goes with its own batch size.",
            "b·‖G_b‖² = b·‖G‖² + tr(Σ), likewise for B: in the difference the noise cancels.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "upside down",
            _version(lambda s, g, b, B: (_squared_norm(s, g, b, B), _variance(s, g, b, B))),
            "Your ratio is upside down: the noise stands above.",
            "More noise makes larger batches worth it, so the scale grows with tr(Σ).",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "in units of the big batch",
            _version(lambda s, g, b, B: (_variance(s, g, b, B) / B, _squared_norm(s, g, b, B))),
            "You divide by the big batch size: this counts big batches, not examples.",
            "tr(Σ) is the spread of single examples.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "root",
            lambda *arguments: math.sqrt(_reference(*arguments)),
            "You take the root of the ratio.",
            "A batch size at which tr(Σ)/b is ‖G‖²: both are squares, and b is their plain ratio.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "norms squared again",
            lambda small, big, b, B: _reference(small**2, big**2, b, B),
            "You square the measurements; they are squared norms already.",
            "small and big hold ‖G_b‖² and ‖G_B‖².",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "negative",
            _unguarded,
            "Your scale can be negative, where by chance an estimate is not positive.",
            "Where tr(Σ) comes out below 0, no noise was seen: 0. Where ‖G‖² does, no gradient was: infinity.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "zero for infinite",
            _zero_for_infinite,
            "Where the estimate of ‖G‖² is not positive you return 0; the scale is infinite there.",
            "No gradient is to be seen under the noise, so a larger batch is wanted, not a smaller one.",
            "sec-batch-noise-scale",
        ),
        Wrong(
            "changed in place",
            _in_place,
            "The number is right, but the measurements you were given are changed.",
            "small -= big writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
