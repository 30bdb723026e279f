"""`gradient_variance` with one mistake each, and the words for it."""

from collections.abc import Callable

import numpy as np

from descent.batches import gradient_variance
from descent.checks.exercise import Wrong


def _version(spread: Callable, factor: Callable) -> Callable:
    """A wrong version: spread(g) / b, times factor(N, b) without replacement."""

    def variance(per_example, batch_size, replacement):
        N, b = len(per_example), batch_size
        return spread(per_example) / b * (1 if replacement or N == 1 else factor(N, b))

    return variance


def _trace(g):
    return g.var(axis=0).sum()


def _factor(N, b):
    return (N - b) / (N - 1)


def _one_example(per_example, batch_size, replacement):
    return batch_size * gradient_variance(per_example, batch_size, replacement)


def _over_all(per_example, batch_size, replacement):
    return _one_example(per_example, batch_size, replacement) / len(per_example)


def _sample_variance(per_example, batch_size, replacement):
    """Right without replacement, where N - 1 and (N - b)/N go together."""
    N = len(per_example)
    if N == 1:
        return 0.0
    return (
        per_example.var(axis=0, ddof=1).sum()
        / batch_size
        * (1 if replacement else 1 - batch_size / N)
    )


def _factor_for_both(per_example, batch_size, replacement):
    return gradient_variance(per_example, batch_size, False)


def _factor_swapped(per_example, batch_size, replacement):
    return gradient_variance(per_example, batch_size, not replacement)


def _unguarded(per_example, batch_size, replacement):
    N = len(per_example)
    variance = per_example.var(axis=0).sum() / batch_size
    return variance if replacement else variance * (N - batch_size) / np.float64(N - 1)


def _root(per_example, batch_size, replacement):
    return gradient_variance(per_example, batch_size, replacement) ** 0.5


def _square_of_b(per_example, batch_size, replacement):
    return gradient_variance(per_example, batch_size, replacement) / batch_size


def _root_of_b(per_example, batch_size, replacement):
    return gradient_variance(per_example, batch_size, replacement) * batch_size**0.5


def _per_component(per_example, batch_size, replacement):
    factor = gradient_variance(per_example, batch_size, replacement) / (_trace(per_example) or 1)
    return per_example.var(axis=0) * factor


def _centred_in_place(per_example, batch_size, replacement):
    result = gradient_variance(per_example, batch_size, replacement)
    per_example -= per_example.mean(axis=0)
    return result


MISTAKES = (
    Wrong(
        "one example",
        _one_example,
        "This is the variance of a single example's gradient; the batch averages over b of them.",
        "A mean of b draws scatters with a b-th of the variance.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "N for b",
        _over_all,
        "You divide by the number of all examples; divide by the batch size.",
        "Only the examples in the batch are averaged.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "replacement factor forgotten",
        _version(_trace, lambda N, b: 1),
        "Without replacement the factor (N - b)/(N - 1) is missing.",
        "Draws without replacement are not independent: the batch that holds everything does not scatter at all.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "replacement factor for both",
        _factor_for_both,
        "You use the factor (N - b)/(N - 1) with replacement, too.",
        "With replacement the draws are independent, and the variance is S/b.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "replacement factor swapped",
        _factor_swapped,
        "The factor (N - b)/(N - 1) belongs to drawing without replacement; you have the two cases swapped.",
        "With replacement the draws are independent, and the variance is S/b.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "mean for trace",
        _version(lambda g: g.var(axis=0).mean(), _factor),
        "You average the variances of the components; the trace is their sum.",
        "‖g_batch - g‖² adds up over the components.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "all numbers pooled",
        _version(np.var, _factor),
        "You take the variance of all numbers together; each component has its own mean.",
        "np.var without an axis pools everything; use axis=0 and add the components up.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "one for each component",
        _per_component,
        "You return one variance for each component; the trace, their sum, is wanted.",
        "A single number says how far the batch's gradient lies from the true one: E‖g_batch - g‖².",
        "sec-stochastic-variance",
    ),
    Wrong(
        "whole covariance matrix",
        _version(lambda g: np.cov(g, rowvar=False, bias=True).sum(), _factor),
        "You add up the whole covariance matrix; the trace is its diagonal alone.",
        "The other elements tell how the components move together; ‖g_batch - g‖² does not hold them.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "n - 1",
        _version(lambda g: _trace(g) * len(g) / max(len(g) - 1, 1), _factor),
        "You divide by N - 1; these N examples are the whole population, so divide by N.",
        "ddof=1 estimates the variance of a larger population from a sample.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "n - 1 with replacement",
        _sample_variance,
        "Without replacement your numbers are right; with replacement the variance of one draw divides by N.",
        "(N - b)/N goes with the sample variance, which divides by N - 1; with replacement neither has a place.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "not centred",
        _version(lambda g: np.square(g).sum(axis=1).mean(), lambda N, b: (N - b) / (N - 1)),
        "This is the mean of ‖gᵢ‖²; subtract the mean gradient first.",
        "The variance measures the distance from the mean, not from zero.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "standard deviation",
        _root,
        "You take the root: that is the standard deviation.",
        "The variance falls with 1/b, its root with 1/√b.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "divided by b twice",
        _square_of_b,
        "You divide by b².",
        "The sum of b draws has b times the variance, and their mean that over b²: together 1/b.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "divided by the root of b",
        _root_of_b,
        "You divide by √b; that is how the standard deviation falls.",
        "The variance falls with 1/b.",
        "sec-stochastic-variance",
    ),
    Wrong(
        "integer division",
        _version(_trace, lambda N, b: (N - b) // (N - 1)),
        "Your factor is a whole number: // cuts (N - b)/(N - 1) to 0.",
        "// is division without remainder; use /.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "factor (N - b)/N",
        _version(_trace, lambda N, b: (N - b) / N),
        "Your factor is (N - b)/N; with the population variance it is (N - b)/(N - 1).",
        "(N - b)/N goes with the sample variance, which divides by N - 1; for b = 1 the factor must be 1.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "zero over zero",
        _unguarded,
        "With a single example (N - b)/(N - 1) is 0/0: your result is NaN.",
        "One example always gives the same batch: the variance is 0.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "centred in place",
        _centred_in_place,
        "The number is right, but per_example is changed.",
        "per_example -= … writes into the caller's array; make a new one.",
        "sec-gd-aliasing",
    ),
)
