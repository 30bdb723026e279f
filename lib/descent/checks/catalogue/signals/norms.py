"""Batch normalisation with any of its formulas exchanged: what the variants of `batchnorm` are made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from descent.checks.exercise import Wrong

RULE, MODES = "sec-signals-batchnorm", "sec-signals-modes"


@dataclass(frozen=True)
class Norm:
    """Batch normalisation, with any of its formulas exchanged.

    less, kept_less: what is subtracted from n in the divisor of the variance that normalises, and of the one
    that is averaged.
    """

    less: int = 0
    kept_less: int = 1
    keeps: Callable = lambda old, new, momentum: (1 - momentum) * old + momentum * new
    sd: Callable = lambda var, eps: (var + eps) ** 0.5
    shift: Callable = lambda x_hat, gamma, beta: gamma * x_hat + beta

    def __call__(self, x, gamma, beta, running_mean, running_var, momentum, eps, training):
        """Forward, and the running statistics as they are afterwards."""
        mean, var = running_mean, running_var
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0, ddof=self.less)
            kept = x.var(axis=0, ddof=self.kept_less)
            running_mean = self.keeps(running_mean, mean, momentum)
            running_var = self.keeps(running_var, kept, momentum)
        y = self.shift((x - mean) / self.sd(var, eps), gamma, beta)
        return y, running_mean, running_var


def right(norm: Norm) -> tuple[Callable, ...]:
    """The same, written in five ways."""

    def affine(x, gamma, beta, running_mean, running_var, momentum, eps, training):
        mean = x.mean(0) if training else running_mean
        squares = ((x - mean) ** 2).sum(0)
        var = squares / (len(x) - norm.less) if training else running_var
        scale = gamma / norm.sd(var, eps)
        y = x * scale + (beta - mean * scale)
        if training:
            running_mean = running_mean + momentum * (mean - running_mean)
            kept = squares / (len(x) - norm.kept_less)
            running_var = running_var + momentum * (kept - running_var)
        return y, running_mean, running_var

    def feature_by_feature(x, gamma, beta, running_mean, running_var, momentum, eps, training):
        columns = [
            norm(
                x[:, j], gamma[j], beta[j], running_mean[j], running_var[j], momentum, eps, training
            )
            for j in range(x.shape[1])
        ]
        return [np.array(part).T for part in zip(*columns, strict=True)]

    def transposed(x, gamma, beta, running_mean, running_var, momentum, eps, training):
        columns, mean, var = x.T, running_mean, running_var
        if training:
            mean = np.average(columns, axis=1)
            var = np.array([np.cov(column, ddof=norm.less) for column in columns])
            kept = np.array([np.cov(column, ddof=norm.kept_less) for column in columns])
            running_mean = momentum * mean + (1 - momentum) * running_mean
            running_var = momentum * kept + (1 - momentum) * running_var
        y = ((columns.T - mean) / norm.sd(var, eps)) * gamma
        return y + beta, running_mean, running_var

    def matrices(x, gamma, beta, running_mean, running_var, momentum, eps, training):
        n, mean, var = len(x), running_mean, running_var
        if training:
            mean = np.ones(n) @ x / n
            squares = np.einsum("ij,ij->j", x - mean, x - mean)
            var = squares / (n - norm.less)
            running_mean = running_mean * (1 - momentum) + mean * momentum
            kept = squares / (n - norm.kept_less)
            running_var = running_var * (1 - momentum) + kept * momentum
        return (x - mean) @ np.diag(gamma / norm.sd(var, eps)) + beta, running_mean, running_var

    return norm, affine, feature_by_feature, transposed, matrices


def mistakes(norm: Norm) -> tuple[Wrong, ...]:
    """The mistakes that a layer with two modes invites."""

    def wrong(name, sentence, because, section, **parts):
        return Wrong(name, replace(norm, **parts), sentence, because, section)

    def in_mode(mode, x, gamma, beta, running_mean, running_var, momentum, eps, training):
        return norm(x, gamma, beta, running_mean, running_var, momentum, eps, mode)

    def updated_in_eval(*arguments):
        return norm(*arguments)[0], *in_mode(True, *arguments)[1:]

    def batch_in_eval(*arguments):
        return in_mode(True, *arguments)[0], *norm(*arguments)[1:]

    def running_in_training(*arguments):
        return in_mode(False, *arguments)[0], *norm(*arguments)[1:]

    def never_updated(*arguments):
        return norm(*arguments)[0], *arguments[3:5]

    def in_place(x, gamma, beta, running_mean, running_var, *rest):
        y, running_mean[...], running_var[...] = norm(
            x, gamma, beta, running_mean, running_var, *rest
        )
        return y, running_mean, running_var

    return (
        Wrong(
            "running statistics updated in eval",
            updated_in_eval,
            "You update the running statistics in evaluation, too.",
            "Then the model changes with what it is asked, and the test set leaks into it.",
            MODES,
        ),
        Wrong(
            "batch statistics in eval",
            batch_in_eval,
            "In evaluation you normalise by the batch's statistics; the running ones are meant.",
            "An answer must not depend on which other examples happen to be asked with it.",
            MODES,
        ),
        Wrong(
            "training ignored",
            lambda *arguments: in_mode(True, *arguments),
            "You treat evaluation like training: the argument training is not used.",
            "With training=False the running statistics normalise, and stay as they are.",
            MODES,
        ),
        Wrong(
            "running statistics in training",
            running_in_training,
            "In training you normalise by the running statistics; the batch's own are meant.",
            "The running ones are for evaluation, when there may be no batch.",
            MODES,
        ),
        Wrong(
            "running statistics not updated",
            never_updated,
            "You return the running statistics as they came.",
            "In training each batch moves them by the share momentum.",
            MODES,
        ),
        wrong(
            "momentum convention reversed",
            "Your momentum is the share of the old average; here it is the share of the new batch.",
            "Keras and the optimisers' momentum have it the other way round; 0.1 here is 0.9 there.",
            MODES,
            keeps=lambda old, new, momentum: momentum * old + (1 - momentum) * new,
        ),
        wrong(
            "old share forgotten",
            "The old running statistics are not multiplied by 1 - momentum.",
            "An average's weights add up to 1.",
            MODES,
            keeps=lambda old, new, momentum: old + momentum * new,
        ),
        wrong(
            "epsilon missing",
            "Epsilon is missing.",
            "A feature that is the same in all examples has variance 0, and you divide by it.",
            RULE,
            sd=lambda var, eps: var**0.5,
        ),
        wrong(
            "gamma and beta forgotten",
            "gamma and beta are not used.",
            "They are learned, and let the layer choose another mean and size: gamma * x_hat + beta.",
            RULE,
            shift=lambda x_hat, gamma, beta: x_hat,
        ),
        wrong(
            "shifted before it is scaled",
            "You add beta before you multiply by gamma.",
            "gamma * x_hat + beta: first the size, then the place.",
            RULE,
            shift=lambda x_hat, gamma, beta: gamma * (x_hat + beta),
        ),
        Wrong(
            "running statistics changed in place",
            in_place,
            "The numbers are right, but the running statistics that were passed are changed.",
            "running_mean *= … writes into the caller's array; here new ones are returned.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )
