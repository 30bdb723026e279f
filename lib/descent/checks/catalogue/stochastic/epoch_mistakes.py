"""`sgd_epoch` with one mistake each, and the words for it."""

from collections.abc import Callable

import numpy as np

from descent.checks.catalogue.stochastic.epoch_right import mean_gradient, reference
from descent.checks.exercise import Wrong


def _epoch(gradient: Callable) -> Callable:
    """A wrong version whose step on a batch follows gradient(theta, X, y, batch, batches)."""

    def epoch(theta, X, y, batches, lr):
        for batch in batches:
            theta = theta - lr * gradient(theta, X, y, batch, batches)
        return theta

    return epoch


def _summed(theta, X, y, batch, batches):
    return mean_gradient(theta, X[batch], y[batch]) * len(batch)


def _random_walk(theta, X, y, batch, batches):
    return 2 * np.random.default_rng().normal(size=theta.shape)


def _full_batch(theta, X, y, batch, batches):
    return mean_gradient(theta, X, y)


def _divided_by_all(theta, X, y, batch, batches):
    return _summed(theta, X, y, batch, batches) / len(y)


def _first_size(theta, X, y, batch, batches):
    return _summed(theta, X, y, batch, batches) / len(batches[0])


def _half(theta, X, y, batch, batches):
    return mean_gradient(theta, X[batch], y[batch]) / 2


def _uphill(theta, X, y, batch, batches):
    return -mean_gradient(theta, X[batch], y[batch])


def _masked(theta, X, y, batch, batches):
    mask = np.zeros(len(y), dtype=bool)
    mask[batch] = True
    return mean_gradient(theta, X[mask], y[mask])


def _mean_of_table(theta, X, y, batch, batches):
    return 2 * np.mean(X[batch] * (X[batch] @ theta - y[batch])[:, None])


def _squeezed(theta, X, y, batch, batches):
    rows, targets = np.squeeze(X[batch]), np.squeeze(y[batch])
    return 2 / len(batch) * (rows.T @ (rows @ theta - targets))


def _stale(theta, X, y, batches, lr):
    start = theta
    for batch in batches:
        theta = theta - lr * mean_gradient(start, X[batch], y[batch])
    return theta


def _first_only(theta, X, y, batches, lr):
    for batch in batches:
        theta = theta - lr * mean_gradient(theta, X[batch], y[batch])
        return theta


def _last_only(theta, X, y, batches, lr):
    for batch in batches:
        moved = theta - lr * mean_gradient(theta, X[batch], y[batch])
    return moved


def _one_step(theta, X, y, batches, lr):
    return theta - lr * np.mean([mean_gradient(theta, X[b], y[b]) for b in batches], axis=0)


def _slices(theta, X, y, batches, lr):
    start = 0
    for batch in batches:
        part = slice(start, start + len(batch))
        theta = theta - lr * mean_gradient(theta, X[part], y[part])
        start += len(batch)
    return theta


def _example_by_example(theta, X, y, batches, lr):
    return reference(theta, X, y, [[i] for batch in batches for i in batch], lr)


def _whole_path(theta, X, y, batches, lr):
    path = [theta]
    for batch in batches:
        path.append(path[-1] - lr * mean_gradient(path[-1], X[batch], y[batch]))
    return np.array(path)


def _theta_moved(theta, X, y, batches, lr):
    for batch in batches:
        theta -= lr * mean_gradient(theta, X[batch], y[batch])
    return theta


MISTAKES = (
    Wrong(
        "summed, not averaged",
        _epoch(_summed),
        "You add the gradients of a batch up; take their mean.",
        "With a sum the step grows with the batch, and so does the noise in it.",
        "sec-stochastic-rule",
    ),
    Wrong(
        "random walk",
        _epoch(_random_walk),
        "Your gradient is random noise, which has nothing to do with the data: theta wanders about.",
        "What is random in stochastic gradient descent is the choice of the examples; their gradient is computed.",
        "sec-stochastic-wrong",
        mistake=30,
    ),
    Wrong(
        "full batch each step",
        _epoch(_full_batch),
        "Every step uses all examples; the batch is ignored.",
        "That is batch gradient descent: each step costs as much as the whole epoch.",
        "sec-stochastic-wrong",
        mistake=15,
    ),
    Wrong(
        "divided by all",
        _epoch(_divided_by_all),
        "You divide by the number of all examples; the mean runs over the batch.",
        "Divided by n, the gradient of a small batch is far too small.",
        "sec-stochastic-rule",
    ),
    Wrong(
        "one size for all",
        _epoch(_first_size),
        "You divide every batch by the size of the first; the last one is smaller.",
        "Each mean divides by the size of its own batch, len(batch).",
        "sec-stochastic-rule",
    ),
    Wrong(
        "missing 2",
        _epoch(_half),
        "The factor 2 is missing: the gradient is that of the mean squared error of chapter 1.",
        "The derivative of r² is 2r.",
        "sec-losses-mse",
    ),
    Wrong(
        "ascent",
        _epoch(_uphill),
        "You go uphill: the gradient is subtracted, not added.",
        "With r = y - X θ the gradient has a minus of its own.",
        "sec-gd-rule",
    ),
    Wrong(
        "stale gradient",
        _stale,
        "You take all gradients at the theta with which the epoch began.",
        "Each batch is a step of its own: compute its gradient where the step before it has led.",
        "sec-stochastic-rule",
        mistake=9,
    ),
    Wrong(
        "first batch only",
        _first_only,
        "Your function returns after the first batch.",
        "Move the return out of the loop, to its left edge.",
        "sec-stochastic-rule",
    ),
    Wrong(
        "last batch only",
        _last_only,
        "Only the step of the last batch counts: each begins again at the same theta.",
        "Give the new value the name theta, so that the next step goes on from it.",
        "sec-stochastic-rule",
    ),
    Wrong(
        "one step for the epoch",
        _one_step,
        "You average the gradients of all batches and take a single step.",
        "That is batch gradient descent again; an epoch takes one step for each batch.",
        "sec-stochastic-rule",
        mistake=1,
    ),
    Wrong(
        "slices for indices",
        _slices,
        "You take the rows of X in their order; a batch holds the indices of its rows.",
        "X[batch] picks the rows; slices throw the shuffling away.",
        "sec-stochastic-batches",
        mistake=31,
    ),
    Wrong(
        "example by example",
        _example_by_example,
        "You step after every single example; a batch makes one step.",
        "The gradient of a batch is the mean over its examples, all at the same theta.",
        "sec-stochastic-online",
    ),
    Wrong(
        "repeats lost",
        _epoch(_masked),
        "An example that is in a batch twice counts once.",
        "A mask, a set and np.unique forget how often; with replacement an example may well come twice.",
        "sec-stochastic-replacement",
    ),
    Wrong(
        "mean over everything",
        _epoch(_mean_of_table),
        "You average over the parameters too, and give all of them the same gradient.",
        "The mean runs over the examples of the batch alone: axis=0.",
        "sec-stochastic-rule",
    ),
    Wrong(
        "squeezed",
        _epoch(_squeezed),
        "With a batch of one example np.squeeze drops the axis that counts examples.",
        "X[batch] has the shape (b, d), also where b is 1; leave it so.",
        "sec-losses-shapes",
    ),
    Wrong(
        "whole path",
        _whole_path,
        "You return theta after every batch; only the last is wanted.",
        "sgd_epoch returns where the epoch ends, an array of theta's shape.",
        "sec-stochastic-rule",
    ),
    Wrong(
        "theta moved",
        _theta_moved,
        "The result is right, but the theta that was passed is changed.",
        "theta -= … writes into the caller's array; theta = theta - … makes a new one.",
        "sec-gd-aliasing",
        mistake=32,
    ),
)
