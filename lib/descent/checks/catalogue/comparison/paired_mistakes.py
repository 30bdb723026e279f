"""`paired_difference` with one mistake each, and the words for it."""

import statistics

import numpy as np

from descent.checks.catalogue.comparison.paired_right import interval, quantile, reference
from descent.checks.exercise import Wrong
from descent.validation import mean_interval, t_quantile


def _normal_quantile(level):
    """The quantile of the normal distribution, whatever n is."""
    return statistics.NormalDist().inv_cdf((1 + level) / 2)


def with_reach(reach):
    """An interval of another half-width: `reach(differences, level)`."""

    def program(a, b, level):
        d = a - b
        return interval(d.mean(), reach(d, level))

    return program


def _error(d):
    return d.std(ddof=1) / len(d) ** 0.5


def _several(a, b):
    """The standard error for two independent groups."""
    return ((a.var(ddof=1) + b.var(ddof=1)) / len(a)) ** 0.5


def _unpaired(a, b, level):
    """Two groups of n, with 2n - 2 degrees of freedom."""
    reach = t_quantile((1 + level) / 2, 2 * len(a) - 2) * _several(a, b)
    return interval(a.mean() - b.mean(), reach)


def unpaired_n_minus_one(a, b, level):
    """Two groups of n, with the degrees of freedom of one."""
    return interval(a.mean() - b.mean(), quantile(level, len(a)) * _several(a, b))


def _ends_subtracted(a, b, level):
    (mean, low, high), (other, least, most) = mean_interval(a, level), mean_interval(b, level)
    return mean - other, low - most, high - least


def _larger_minus_smaller(a, b, level):
    mean, low, high = reference(a, b, level)
    return (mean, low, high) if mean >= 0 else (-mean, -high, -low)


def _absolute_differences(a, b, level):
    return mean_interval(np.abs(a - b), level)


def _in_place(a, b, level):
    a -= b
    return mean_interval(a, level)


deviation_for_error = with_reach(lambda d, level: quantile(level, len(d)) * d.std(ddof=1))


n_for_n_minus_one = with_reach(lambda d, level: quantile(level, len(d)) * d.std() / len(d) ** 0.5)


normal_for_t = with_reach(lambda d, level: _normal_quantile(level) * _error(d))


MISTAKES = (
    Wrong(
        "unpaired",
        _unpaired,
        "You treat the scores as two separate groups; they are pairs, one for each seed.",
        "What a seed does to both methods cancels in the difference; without pairs it widens the interval.",
        "sec-comparison-interval",
    ),
    Wrong(
        "unpaired, n - 1 degrees of freedom",
        unpaired_n_minus_one,
        "You add the variances of the two groups; they are pairs, one for each seed.",
        "What a seed does to both methods cancels in the difference; without pairs it widens the interval.",
        "sec-comparison-interval",
    ),
    Wrong(
        "ends subtracted",
        _ends_subtracted,
        "You subtract the ends of two intervals, as if both worst cases came together.",
        "Take the differences first, then one interval of their mean.",
        "sec-comparison-interval",
    ),
    Wrong(
        "standard deviation for standard error",
        deviation_for_error,
        "You use the deviation of one difference; the mean of n is surer by the root of n.",
        "The deviation says how seeds differ, the standard error how far the mean may be off.",
        "sec-comparison-interval",
    ),
    Wrong(
        "divided by n",
        with_reach(lambda d, level: quantile(level, len(d)) * d.std(ddof=1) / len(d)),
        "You divide the deviation by n; the standard error divides by the root of n.",
        "Variances add, so the variance of a mean is divided by n, and its deviation by the root.",
        "sec-comparison-interval",
    ),
    Wrong(
        "variance for deviation",
        with_reach(lambda d, level: quantile(level, len(d)) * d.var(ddof=1) / len(d) ** 0.5),
        "You use the variance of the differences; its root, the deviation, is meant.",
        "An interval has the unit of the scores, a variance that of their square.",
        "sec-comparison-interval",
    ),
    Wrong(
        "n for n - 1",
        n_for_n_minus_one,
        "Your deviation divides by n; with the mean taken from the same numbers it is n - 1.",
        "np.std divides by n unless you say ddof=1; with five seeds the interval is too short by a tenth.",
        "sec-comparison-interval",
    ),
    Wrong(
        "z for t",
        normal_for_t,
        "You use the normal quantile; the deviation is itself an estimate, so Student's t is meant.",
        "With five seeds 1.96 covers the truth in 88 of 100 cases, not in 95.",
        "sec-comparison-interval",
    ),
    Wrong(
        "n degrees of freedom",
        with_reach(lambda d, level: t_quantile((1 + level) / 2, len(d)) * _error(d)),
        "You use n degrees of freedom; one is spent on the mean.",
        "There are n - 1 of them.",
        "sec-comparison-interval",
    ),
    Wrong(
        "one tail",
        with_reach(lambda d, level: t_quantile(level, len(d) - 1) * _error(d)),
        "You leave all of 1 - level on one side; half of it belongs to each.",
        "At level 0.95 the quantile of 0.975 is wanted: (1 + level) / 2.",
        "sec-comparison-interval",
    ),
    Wrong(
        "always 95 per cent",
        with_reach(lambda d, level: quantile(0.95, len(d)) * _error(d)),
        "You ignore level: your interval is always that of 0.95.",
        "The quantile is that of (1 + level) / 2.",
        "sec-comparison-interval",
    ),
    Wrong(
        "always five seeds",
        with_reach(lambda d, level: quantile(level, 5) * _error(d)),
        "Your quantile is that of five seeds, whatever their number.",
        "Its degrees of freedom are n - 1.",
        "sec-comparison-interval",
    ),
    Wrong(
        "smallest and largest difference",
        lambda a, b, level: ((a - b).mean(), (a - b).min(), (a - b).max()),
        "You return the range of the differences, not an interval of their mean.",
        "A range grows with every further seed; an interval of the mean becomes shorter.",
        "sec-comparison-interval",
    ),
    Wrong(
        "half-width",
        lambda a, b, level: (
            (a - b).mean(),
            *[quantile(level, len(a)) * _error(a - b)] * 2,
        ),
        "You return the half-width; low and high are asked for.",
        "They are mean - reach and mean + reach.",
        "sec-comparison-interval",
    ),
    Wrong(
        "order",
        lambda a, b, level: tuple(sorted(reference(a, b, level))),
        "You return (low, mean, high); the mean comes first.",
        "The order is (mean, low, high).",
        "sec-comparison-interval",
    ),
    Wrong(
        "b minus a",
        lambda a, b, level: reference(b, a, level),
        "You subtract the wrong way round: scores_a - scores_b is meant.",
        "The result is positive where a is better.",
        "sec-comparison-interval",
    ),
    Wrong(
        "larger minus smaller",
        _larger_minus_smaller,
        "You drop the sign: where a is worse, the mean is negative.",
        "The reader wants to know who wins.",
        "sec-comparison-interval",
    ),
    Wrong(
        "absolute differences",
        _absolute_differences,
        "You take the absolute value of each difference.",
        "Then two equal methods seem to differ: their seeds no longer cancel.",
        "sec-comparison-interval",
    ),
    Wrong(
        "cut off at zero",
        lambda a, b, level: tuple(max(x, 0.0) for x in reference(a, b, level)),
        "You cut your numbers off at zero; a difference may be negative.",
        "An interval that reaches below zero says that a may be the worse one.",
        "sec-comparison-interval",
    ),
    Wrong(
        "in place",
        _in_place,
        "You write the differences into scores_a.",
        "-= changes the array of whoever called; write d = scores_a - scores_b.",
        "sec-gd-aliasing",
    ),
)
