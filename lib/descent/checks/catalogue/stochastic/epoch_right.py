"""`sgd_epoch`, written correctly in many ways."""

from functools import reduce

import numpy as np

from descent.methods import gradient_descent as rule


def mean_gradient(theta, X, y):
    """Of the mean squared error, over all examples that are given."""
    return 2 / len(y) * X.T @ (X @ theta - y)


def reference(theta, X, y, batches, lr):
    """The book's own steps, one for each batch."""
    for t, batch in enumerate(batches, start=1):
        theta, _ = rule(theta, mean_gradient(theta, X[batch], y[batch]), (), t, lr=lr)
    return theta


def _plain_loop(theta, X, y, batches, lr):
    theta = np.array(theta)
    for batch in batches:
        residual = X[batch] @ theta - y[batch]
        theta -= lr * 2 / len(batch) * X[batch].T @ residual
    return theta


def _example_loop(theta, X, y, batches, lr):
    for batch in batches:
        total = np.zeros(len(theta))
        for i in batch:
            total += 2 * (X[i] @ theta - y[i]) * X[i]
        theta = theta - lr * total / len(batch)
    return theta


def _recursive(theta, X, y, batches, lr):
    if not len(batches):
        return theta
    first, *rest = batches
    rows, targets = np.take(X, first, axis=0), np.take(y, first)
    moved = theta + 2 * lr * np.mean((targets - rows @ theta)[:, None] * rows, axis=0)
    return _recursive(moved, X, y, rest, lr)


def _reduced(theta, X, y, batches, lr):
    return reduce(
        lambda th, b: th - lr * np.einsum("ij,i->j", X[b], X[b] @ th - y[b]) * 2 / b.size,
        batches,
        theta,
    )


def _normal_equations(theta, X, y, batches, lr):
    current = np.copy(theta)
    for batch in batches:
        A, b = X[batch], y[batch]
        H, c = A.T @ A / len(b), A.T @ b / len(b)
        current = current - 2 * lr * (H @ current - c)
    return list(current)


RIGHT = (_plain_loop, _example_loop, _recursive, _reduced, _normal_equations)
