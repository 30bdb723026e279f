"""`batchnorm` with one mistake each, and the words for it."""

import numpy as np

from descent.checks.catalogue.signals.batchnorm_right import batchnorm_with
from descent.checks.exercise import Wrong
from descent.signals import batchnorm

RULE = "sec-signals-batchnorm"
MODES = "sec-signals-modes"


def _in_mode(arguments, training):
    return batchnorm(*[*arguments[:-1], training])


def _updated_in_eval(*arguments):
    y, _, _ = batchnorm(*arguments)
    _, running_mean, running_var = _in_mode(arguments, True)
    return y, running_mean, running_var


def _batch_in_eval(*arguments):
    y, _, _ = _in_mode(arguments, True)
    _, running_mean, running_var = batchnorm(*arguments)
    return y, running_mean, running_var


def _always_training(*arguments):
    return _in_mode(arguments, True)


def _modes_exchanged(*arguments):
    return _in_mode(arguments, not arguments[-1])


def _running_in_training(*arguments):
    _, running_mean, running_var = batchnorm(*arguments)
    y, _, _ = _in_mode(arguments, False)
    return y, running_mean, running_var


def _updated_running_in_training(
    x, gamma, beta, running_mean, running_var, momentum, eps, training
):
    _, running_mean, running_var = batchnorm(
        x, gamma, beta, running_mean, running_var, momentum, eps, training
    )
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, running_mean, running_var


def _never_updated(*arguments):
    return batchnorm(*arguments)[0], *arguments[3:5]


def _in_place(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    y, new_mean, new_var = batchnorm(
        x, gamma, beta, running_mean, running_var, momentum, eps, training
    )
    if training:
        running_mean[:], running_var[:] = new_mean, new_var
    return y, new_mean, new_var


def _rows(x):
    return x.mean(1, keepdims=True)


MISTAKES = (
    Wrong(
        "wrong axis",
        batchnorm_with(
            mean=_rows,
            var=lambda x: x.var(1, keepdims=True),
            kept_var=lambda x: x.var(1, ddof=1, keepdims=True),
        ),
        "You average over the features of each example; average over the examples of each feature.",
        "That is layer normalisation; batch normalisation's mean and variance have shape (d,): axis=0.",
        "sec-signals-layernorm",
    ),
    Wrong(
        "one mean for all",
        batchnorm_with(mean=np.mean, var=np.var, kept_var=lambda x: x.var(ddof=1)),
        "You take one mean and one variance over the whole batch; each feature has its own.",
        "x.mean() runs over everything; x.mean(axis=0) gives one number for each feature.",
        RULE,
    ),
    Wrong(
        "unbiased variance normalises",
        batchnorm_with(var=lambda x: x.var(0, ddof=1)),
        "You normalise by the unbiased variance, divided by n - 1; here the divisor is n.",
        "The variance of this very batch makes its output have variance 1; the unbiased one is for the running average.",
        MODES,
    ),
    Wrong(
        "biased running variance",
        batchnorm_with(kept_var=lambda x: x.var(0)),
        "Your running variance takes in the biased variance, divided by n; there the divisor is n - 1.",
        "The running variance estimates that of all data, and the biased one is too small by (n - 1)/n.",
        MODES,
    ),
    Wrong(
        "the two variances exchanged",
        batchnorm_with(var=lambda x: x.var(0, ddof=1), kept_var=lambda x: x.var(0)),
        "The two variances are exchanged: the one with n normalises, the one with n - 1 is averaged.",
        "np.var divides by n, and by n - 1 with ddof=1.",
        MODES,
    ),
    Wrong(
        "running statistics updated in eval",
        _updated_in_eval,
        "You update the running statistics in evaluation, too.",
        "Then the model changes with what it is asked, and the test set leaks into it.",
        MODES,
    ),
    Wrong(
        "batch statistics in eval",
        _batch_in_eval,
        "In evaluation you normalise by the batch's statistics; the running ones are meant.",
        "An answer must not depend on which other examples happen to be asked with it.",
        MODES,
    ),
    Wrong(
        "training ignored",
        _always_training,
        "You treat evaluation like training: the argument training is not used.",
        "With training=False the running statistics normalise, and stay as they are.",
        MODES,
    ),
    Wrong(
        "modes exchanged",
        _modes_exchanged,
        "Training and evaluation are exchanged.",
        "With training=True the batch's own statistics normalise.",
        MODES,
    ),
    Wrong(
        "momentum convention reversed",
        batchnorm_with(keeps=lambda old, new, momentum: momentum * old + (1 - momentum) * new),
        "Your momentum is the share of the old average; here, as in torch, it is the share of the new batch.",
        "Keras and the optimisers' momentum have it the other way round; 0.1 here is 0.9 there.",
        MODES,
    ),
    Wrong(
        "old share forgotten",
        batchnorm_with(keeps=lambda old, new, momentum: old + momentum * new),
        "Your running statistics grow without bound: the old ones are not multiplied by 1 - momentum.",
        "An average's weights add up to 1.",
        MODES,
    ),
    Wrong(
        "running statistics in training",
        _running_in_training,
        "In training you normalise by the running statistics; the batch's own are meant.",
        "The running ones are for evaluation, when there may be no batch.",
        MODES,
    ),
    Wrong(
        "updated running statistics in training",
        _updated_running_in_training,
        "In training you update the running statistics and normalise by them; the batch's own are meant.",
        "The running ones are for evaluation, when there may be no batch.",
        MODES,
    ),
    Wrong(
        "running statistics not updated",
        _never_updated,
        "You return the running statistics as they came.",
        "In training each batch moves them by the share momentum; without that, evaluation never learns them.",
        MODES,
    ),
    Wrong(
        "batch statistics for running ones",
        batchnorm_with(keeps=lambda old, new, momentum: new),
        "Your running statistics are those of the last batch alone.",
        "running = (1 - momentum) * running + momentum * batch is an average over many batches.",
        MODES,
    ),
    Wrong(
        "epsilon outside the root",
        batchnorm_with(sd=lambda var, eps: np.sqrt(var) + eps),
        "Your epsilon is added to the standard deviation; it belongs under the root, to the variance.",
        "Adam adds its epsilon outside of the root; normalisation layers add it inside.",
        RULE,
    ),
    Wrong(
        "epsilon missing",
        batchnorm_with(sd=lambda var, eps: np.sqrt(var)),
        "Epsilon is missing.",
        "A feature that is the same in all examples has variance 0, and you divide by it.",
        RULE,
    ),
    Wrong(
        "variance for standard deviation",
        batchnorm_with(sd=lambda var, eps: var + eps),
        "You divide by the variance; the root is missing.",
        "The output has variance 1 only if the standard deviation divides.",
        RULE,
    ),
    Wrong(
        "running standard deviation",
        batchnorm_with(kept_var=lambda x: x.std(0, ddof=1)),
        "You average the standard deviation into running_var; it is the variance.",
        "Evaluation takes the root of running_var.",
        MODES,
    ),
    Wrong(
        "mean square for variance",
        batchnorm_with(var=lambda x: (x**2).mean(0)),
        "Your variance is the mean of x²: the mean is not subtracted first.",
        "The variance is the mean of (x - mean)².",
        RULE,
    ),
    Wrong(
        "gamma and beta forgotten",
        batchnorm_with(shift=lambda x_hat, gamma, beta: x_hat),
        "gamma and beta are not used.",
        "They are learned, and let the layer choose another mean and size: gamma * x_hat + beta.",
        RULE,
    ),
    Wrong(
        "shifted before it is scaled",
        batchnorm_with(shift=lambda x_hat, gamma, beta: gamma * (x_hat + beta)),
        "You add beta before you multiply by gamma.",
        "gamma * x_hat + beta: first the size, then the place.",
        RULE,
    ),
    Wrong(
        "running statistics changed in place",
        _in_place,
        "The numbers are right, but the running statistics that were passed are changed.",
        "running_mean *= … writes into the caller's array; here new ones are returned.",
        "sec-gd-aliasing",
        mistake=32,
    ),
)
