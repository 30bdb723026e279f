"""`gradient_variance`, written correctly in many ways."""

from itertools import product

import numpy as np


def _through_var(per_example, batch_size, replacement):
    N = len(per_example)
    variance = per_example.var(axis=0).sum() / batch_size
    if replacement or N == 1:
        return variance if replacement else 0.0
    return variance * (N - batch_size) / (N - 1)


def _through_cov(per_example, batch_size, replacement):
    N = per_example.shape[0]
    covariance = np.atleast_2d(np.cov(per_example, rowvar=False, bias=True))
    factor = 1 if replacement else (N - batch_size) / (N - 1) if N > 1 else 0
    return float(np.trace(covariance) / batch_size * factor)


def _through_moments(per_example, batch_size, replacement):
    mean_of_squares = np.mean(np.sum(per_example**2, axis=1))
    square_of_mean = np.sum(np.mean(per_example, axis=0) ** 2)
    factor = 1.0
    if not replacement:
        factor -= (batch_size - 1) / max(len(per_example) - 1, 1)
    return max(mean_of_squares - square_of_mean, 0) * factor / batch_size


def _through_pairs(per_example, batch_size, replacement):
    N = len(per_example)
    pairs = sum(np.sum((a - b) ** 2) for a, b in product(per_example, per_example))
    variance = pairs / (2 * N**2) / batch_size
    if not replacement and N > 1:
        variance = variance * (N - batch_size) / (N - 1)
    return np.array(variance)


def _through_sample_variance(per_example, batch_size, replacement):
    N, b = len(per_example), batch_size
    if N < 2:
        return 0
    sample = sum(np.var(column, ddof=1) for column in per_example.T)
    return sample / b * ((N - 1) / N if replacement else 1 - b / N)


RIGHT = (
    _through_var,
    _through_cov,
    _through_moments,
    _through_pairs,
    _through_sample_variance,
)
