"""`batchnorm`, written correctly in many ways."""

from collections.abc import Callable

import numpy as np


def _textbook(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = running_mean + momentum * (mean - running_mean)
        running_var = running_var + momentum * (x.var(axis=0, ddof=1) - running_var)
    else:
        mean, var = running_mean, running_var
    return gamma * (x - mean) / np.sqrt(var + eps) + beta, running_mean, running_var


def _affine(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    mean = x.mean(0) if training else running_mean
    var = ((x - mean) ** 2).mean(0) if training else running_var
    scale = gamma / (var + eps) ** 0.5
    y = (x - mean) * scale + beta
    if not training:
        return y, running_mean, running_var
    n = len(x)
    blend = [(running_mean, mean), (running_var, var * n / (n - 1))]
    return [y, *((1 - momentum) * old + momentum * new for old, new in blend)]


def _loop(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    n, d = x.shape
    y, new_mean, new_var = np.empty((n, d)), np.array(running_mean), np.array(running_var)
    for j in range(d):
        if training:
            mean = sum(x[:, j]) / n
            squares = sum((x[:, j] - mean) ** 2)
            var = squares / n
            new_mean[j] = (1 - momentum) * running_mean[j] + momentum * mean
            new_var[j] = (1 - momentum) * running_var[j] + momentum * squares / (n - 1)
        else:
            mean, var = running_mean[j], running_var[j]
        y[:, j] = gamma[j] * (x[:, j] - mean) * (var + eps) ** -0.5 + beta[j]
    return y, new_mean, new_var


def _transposed(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    columns = x.T
    mean, var = running_mean, running_var
    if training:
        mean, var = np.average(columns, axis=1), np.var(columns, axis=1)
        unbiased = np.array([np.cov(column) for column in columns])
        running_mean = momentum * mean + (1 - momentum) * running_mean
        running_var = momentum * unbiased + (1 - momentum) * running_var
    y = ((columns.T - mean) / np.sqrt(var + eps)) * gamma
    return y + beta, running_mean, running_var


def _matrices(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    n = len(x)
    mean, var = running_mean, running_var
    if training:
        ones = np.ones(n)
        mean = ones @ x / n
        centred = x - np.outer(ones, mean)
        var = np.diag(centred.T @ centred) / n
        running_mean = running_mean * (1 - momentum) + mean * momentum
        running_var = running_var * (1 - momentum) + var * n / (n - 1) * momentum
    return (x - mean) @ np.diag(gamma / np.sqrt(var + eps)) + beta, running_mean, running_var


def batchnorm_with(
    *,
    mean: Callable = lambda x: x.mean(0),
    var: Callable = lambda x: x.var(0),
    kept_var: Callable = lambda x: x.var(0, ddof=1),
    keeps: Callable = lambda old, new, momentum: (1 - momentum) * old + momentum * new,
    sd: Callable = lambda var, eps: np.sqrt(var + eps),
    shift: Callable = lambda x_hat, gamma, beta: gamma * x_hat + beta,
) -> Callable:
    """A version with some of its formulas exchanged."""

    def program(x, gamma, beta, running_mean, running_var, momentum, eps, training):
        used_mean, used_var = (mean(x), var(x)) if training else (running_mean, running_var)
        y = shift((x - used_mean) / sd(used_var, eps), gamma, beta)
        if training:
            running_mean = keeps(running_mean, mean(x), momentum)
            running_var = keeps(running_var, kept_var(x), momentum)
        return y, running_mean, running_var

    return program


RIGHT = (_textbook, _affine, _loop, _transposed, _matrices, batchnorm_with())
