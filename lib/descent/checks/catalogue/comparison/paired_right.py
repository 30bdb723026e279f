"""`paired_difference`, written correctly in many ways."""

import math
import statistics

import numpy as np

from descent.validation import mean_interval, t_quantile


def reference(scores_a, scores_b, level):
    """The t-interval of the mean difference."""
    return mean_interval(np.subtract(scores_a, scores_b), level)


def quantile(level, n):
    """By how many standard errors the interval reaches, to either side."""
    return t_quantile((1 + level) / 2, n - 1)


def interval(mean, reach):
    """What is returned."""
    return mean, mean - reach, mean + reach


def _sample_deviation(a, b, level):
    d = a - b
    return interval(d.mean(), quantile(level, len(d)) * d.std(ddof=1) / np.sqrt(len(d)))


def _by_library(a, b, level):
    d = [x - y for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    error = statistics.stdev(d) / math.sqrt(len(d))
    return list(interval(statistics.fmean(d), quantile(level, len(d)) * error))


def _loop(a, b, level):
    n = len(a)
    mean = sum(a[i] - b[i] for i in range(n)) / n
    squares = sum((a[i] - b[i] - mean) ** 2 for i in range(n))
    reach = quantile(level, n) * (squares / (n * (n - 1))) ** 0.5
    return np.array(interval(mean, reach))


def _stacked(a, b, level):
    d = np.diff(np.stack([b, a]), axis=0)[0]
    variance = np.var(d) * len(d) / (len(d) - 1)
    tail = (1 - level) / 2
    reach = t_quantile(1 - tail, len(d) - 1) * np.sqrt(variance / len(d))
    return d.mean(), d.mean() - reach, d.mean() + reach


def _centred(a, b, level):
    mean = np.mean(a) - np.mean(b)
    rest = (a - np.mean(a)) - (b - np.mean(b))
    reach = quantile(level, a.size) * np.linalg.norm(rest) / np.sqrt(a.size * (a.size - 1))
    return mean, mean - reach, mean + reach


RIGHT = (reference, _sample_deviation, _by_library, _loop, _stacked, _centred)
