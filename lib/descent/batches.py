"""Mini-batches: how an epoch is cut into them, what their gradients add up to, how they scatter, and
which size and learning rate follow from that.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.inputs import count, floating, lookup, number
from descent.validation import t_quantile


def minibatches(
    n: int, batch_size: int, rng: np.random.Generator, *, replacement: bool = False
) -> list[np.ndarray]:
    """One epoch: n indices in random order, cut into batches of `batch_size`; the last one keeps the rest.

    n, batch_size: whole numbers from 1. rng: a numpy Generator. replacement: draw every index anew, so that
    some come more than once and others not at all; otherwise each of 0 … n-1 comes exactly once.
    Raises TypeError or ValueError that names the argument.
    """
    n, batch_size = count("n", n, at_least=1), count("batch_size", batch_size, at_least=1)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator, got {type(rng).__name__}: {rng!r}")
    order = rng.integers(n, size=n) if replacement else rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def epochs(
    n: int, batch_size: int, *, seed: int, number: int, first: int = 0, replacement: bool = False
) -> Iterator[list[np.ndarray]]:
    """`number` epochs of mini-batches, from epoch `first` on.

    Epoch k depends on `seed` and k alone, so that a run that was stopped goes on with the batches it would
    have had. n, batch_size, number: whole numbers from 1; seed, first: from 0.
    Raises TypeError or ValueError that names the argument, before the first epoch.
    """
    n, batch_size = count("n", n, at_least=1), count("batch_size", batch_size, at_least=1)
    seed, first = count("seed", seed), count("first", first)
    last = first + count("number", number, at_least=1)
    return (
        minibatches(n, batch_size, np.random.default_rng([seed, k]), replacement=replacement)
        for k in range(first, last)
    )


def accumulate(grads: Sequence[Any], sizes: Sequence[int]) -> Any:
    """Σ nᵢ gᵢ / Σ nᵢ: the mean over all examples, from the means gᵢ over batches of nᵢ examples.

    Equal to the gradient of the one big batch, also where the batches are unequal.
    grads: arrays or tensors of one shape. sizes: whole numbers from 1, one for each.
    Raises TypeError or ValueError that names the argument.
    """
    if len(grads) != len(sizes) or not len(grads):
        raise ValueError(
            f"grads and sizes must be as many, and at least one, got {len(grads)} and {len(sizes)}"
        )
    grads = [floating(f"grads[{i}]", grad) for i, grad in enumerate(grads)]
    sizes = [count(f"sizes[{i}]", size, at_least=1) for i, size in enumerate(sizes)]
    shapes = {tuple(grad.shape) for grad in grads}
    if len(shapes) > 1:
        raise ValueError(f"grads must have one shape, got {sorted(shapes)}")
    total = sum(size * grad for size, grad in zip(sizes, grads, strict=True))
    return total / sum(sizes)  # eq-accumulate


def gradient_variance(per_example: Any, batch_size: int, replacement: bool) -> float:
    """The trace of the covariance of a mini-batch's mean gradient: E‖g_batch - g‖².

    With S the mean of ‖gᵢ - g‖² over the N examples it is S/b with replacement, and S/b · (N - b)/(N - 1)
    without: the batch that holds everything does not scatter.
    per_example: (N, d) floats, the gradients gᵢ. batch_size: b from 1; without replacement at most N.
    Raises TypeError or ValueError that names the argument. Source: Cochran (1977), theorem 2.2.
    """
    g = floating("per_example", np.asarray(per_example))
    if g.ndim != 2 or not len(g):
        raise ValueError(f"per_example must have shape (N, d) with N >= 1, got {g.shape}")
    N, b = len(g), count("batch_size", batch_size, at_least=1)
    if not replacement and b > N:
        raise ValueError(f"batch_size must be at most {N} without replacement, got {b}")
    spread = ((g - g.mean(0)) ** 2).sum(1).mean()
    if replacement:
        return float(spread / b)  # eq-batch-variance
    return float(spread / b * (N - b) / max(N - 1, 1))  # eq-batch-variance-without


# How the learning rate grows with the batch: as its size to this power. A step of the first is
# proportional to the gradient; one of the others is divided by the gradient's own size.
SCALING = {
    **dict.fromkeys(["gradient_descent", "momentum", "nesterov"], 1.0),
    **dict.fromkeys(["adagrad", "rmsprop", "adam", "adamw"], 0.5),
}


def scale_lr(lr: float, batch_size: int, base_batch_size: int, rule: str) -> float:
    """The learning rate for another batch size: lr * (b/b0)^p, p = 1 (linear) or 1/2 (square root).

    lr > 0 was tuned at `base_batch_size`; both sizes are whole numbers from 1. rule: a name in SCALING,
    which holds p: 1 for gradient descent and momentum, 1/2 for methods that divide by the root of a
    mean square. Up to the critical batch size it is a start for tuning, not a law; beyond, too large.
    Raises TypeError or ValueError that names the argument.
    Sources: Goyal et al. (2017), linear; Malladi et al. (2022), square root.
    """
    lr = number("lr", lr, above=0)
    ratio = count("batch_size", batch_size, at_least=1) / count(
        "base_batch_size", base_batch_size, at_least=1
    )
    return lr * ratio ** lookup("rule", rule, SCALING)  # eq-scale-lr


@dataclass(frozen=True)
class NoiseScale:
    """A gradient noise scale in examples, with an interval; what was divided: tr(Σ) by ‖G‖²."""

    scale: float
    low: float
    high: float
    variance: float
    squared_norm: float


def gradient_noise_scale(
    small: Any, big: Any, small_batch: int, big_batch: int, level: float = 0.95
) -> NoiseScale:
    """tr(Σ)/‖G‖², the batch size at which the noise of a mini-batch's gradient is as large as the gradient.

    With G the mean gradient and Σ the covariance of single examples, E‖G_b‖² = ‖G‖² + tr(Σ)/b: each
    squared norm alone is too large. Two sizes b < B give, without bias,
    tr(Σ) = (‖G_b‖² - ‖G_B‖²)/(1/b - 1/B) and ‖G‖² = (B ‖G_B‖² - b ‖G_b‖²)/(B - b). Both are averaged over the
    n measurements, *then* divided: an average of ratios is biased, however many there are.

    small, big: (n,) floats, n >= 2: ‖G_b‖² and ‖G_B‖², the pairs independent of each other, at one theta
    or nearby ones. Within a pair the small batch may be part of the big one: with accumulated
    mini-batches take the mean of their squared norms, and the squared norm of their mean.
    small_batch < big_batch: b and B, whole numbers from 1. level: of the interval, in (0, 1).
    The interval is Fieller's, for a ratio of averages of paired values. It ends at inf where ‖G‖² can't
    be told from zero at that level: more measurements or a bigger batch are needed. The scale itself is
    inf where the estimate of ‖G‖² is not positive, and 0 where that of tr(Σ) is not.
    Raises TypeError or ValueError that names the argument.
    Sources: McCandlish et al. (2018), appendix A.1; Fieller (1954).
    """
    small, big = floating("small", np.asarray(small)), floating("big", np.asarray(big))
    if small.ndim != 1 or small.shape != big.shape or len(small) < 2:
        raise ValueError(
            f"small and big must both have shape (n,) with n >= 2, got {small.shape} and {big.shape}"
        )
    b = count("small_batch", small_batch, at_least=1)
    B = count("big_batch", big_batch, at_least=b + 1)
    level = number("level", level, above=0, below=1)
    variances = (small - big) / (1 / b - 1 / B)  # eq-noise-variance
    squares = (B * big - b * small) / (B - b)  # eq-noise-squared-norm
    variance, squared_norm = float(variances.mean()), float(squares.mean())
    scale = max(variance, 0.0) / squared_norm if squared_norm > 0 else math.inf  # eq-noise-scale
    low, high = _fieller(variances, squares, level)
    return NoiseScale(scale, low, high, variance, squared_norm)


def _fieller(above: np.ndarray, below: np.ndarray, level: float) -> tuple[float, float]:
    """The ratios r >= 0 of two means for which the mean of above - r*below is no further from 0 than chance.

    That is a r² - 2 h r + c <= 0. There is no upper end where a <= 0 (the mean below may be 0), nor where
    the mean below is negative, by chance alone: then nothing can be said.
    """
    t = t_quantile((1 + level) / 2, len(above) - 1)
    (va, vab), (_, vb) = np.cov(above, below) * t**2 / len(above)
    a = below.mean() ** 2 - vb
    h = above.mean() * below.mean() - vab
    c = above.mean() ** 2 - va
    root = math.sqrt(max(h**2 - a * c, 0.0))
    if a > 0 and below.mean() > 0:
        return max(float((h - root) / a), 0.0), max(float((h + root) / a), 0.0)
    return (float(c / (h + root)) if c > 0 and h + root > 0 else 0.0), math.inf


@dataclass(frozen=True)
class BatchTradeoff:
    """steps(b) = min_steps + min_examples/b: the fewest steps, and the fewest examples, to a target."""

    min_steps: float
    min_examples: float

    @property
    def critical_batch_size(self) -> float:
        """min_examples/min_steps, where both steps and examples are twice their least."""
        return self.min_examples / self.min_steps  # eq-critical-batch-size

    def steps(self, batch_size: float) -> float:
        """The steps to the target with this batch size."""
        return self.min_steps + self.min_examples / batch_size  # eq-batch-tradeoff

    def examples(self, batch_size: float) -> float:
        """The examples to the target with this batch size: min_examples + min_steps * b."""
        return self.min_examples + self.min_steps * batch_size

    def seconds(self, batch_size: float, overhead: float, per_example: float) -> float:
        """The time to the target on a machine whose step takes overhead + per_example * b seconds."""
        return self.steps(batch_size) * (overhead + per_example * batch_size)  # eq-batch-time

    def fastest_batch_size(self, overhead: float, per_example: float) -> float:
        """Where `seconds` is least: the geometric mean of the critical batch size and overhead/per_example."""
        return math.sqrt(self.critical_batch_size * overhead / per_example)


def fit_batch_tradeoff(batch_sizes: Any, steps: Any) -> BatchTradeoff:
    """Fits steps(b) = S + E/b to the steps that runs with tuned learning rates needed to one target.

    Small batches are on E/b (twice the batch, half the steps), large ones at S (more is wasted); the
    critical batch size E/S parts the two. S and E minimise the sum of squared *relative* errors.
    batch_sizes, steps: (n,) positive numbers, with at least two different batch sizes.
    Raises TypeError or ValueError that names the argument; ValueError too where S or E would not be
    positive: then all sizes lie on one side of the bend, and don't tell where it is.
    Source: McCandlish et al. (2018), equation 2.11, which is this with b S(b) for the examples.
    """
    b = np.array([number("batch_sizes", size, above=0) for size in batch_sizes])
    needed = np.array([number("steps", each, above=0) for each in steps])
    if len(b) != len(needed) or len(set(b)) < 2:
        raise ValueError(
            "batch_sizes and steps must be as many, with at least two different batch sizes, "
            f"got {len(b)} and {len(needed)}"
        )
    relative = np.stack([1 / needed, 1 / (b * needed)], axis=1)
    scale = relative.max(0)  # the columns differ by the batch size, which can be thousands
    least, *_ = np.linalg.lstsq(relative / scale, np.ones(len(b)), rcond=None)
    min_steps, min_examples = (float(each) for each in least / scale)
    if min_steps <= 0 or min_examples <= 0:
        raise ValueError(
            "batch_sizes must lie on both sides of the critical one: the fit has "
            f"{min_steps:g} as the fewest steps and {min_examples:g} as the fewest examples"
        )
    return BatchTradeoff(min_steps, min_examples)
