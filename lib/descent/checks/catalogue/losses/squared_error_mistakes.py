"""`mse_loss_and_grad` with one mistake each, and the words for it."""

from collections.abc import Callable

import numpy as np

from descent.checks.catalogue.losses.squared_error_right import reference
from descent.checks.exercise import Wrong


def _version(loss: Callable, gradient: Callable) -> Callable:
    """A wrong version: loss(r) of the residuals r, gradient(X, r)."""

    def mse(X, y, theta):
        r = X @ theta - y
        return loss(r), gradient(X, r)

    return mse


def _mean_square(r):
    return np.mean(r**2)


def _right_gradient(X, r):
    return 2 / len(r) * X.T @ r


def _broadcast(X, y, theta):
    residual = X @ theta.reshape(-1, 1) - y  # (n, n)
    return np.mean(residual**2), 2 / len(y) * X.T @ residual


def _broadcast_summed(X, y, theta):
    loss, gradient = _broadcast(X, y, theta)
    return loss, gradient.sum(axis=1)


def _broadcast_averaged(X, y, theta):
    loss, gradient = _broadcast(X, y, theta)
    return loss, gradient.mean(axis=1)


def _column_gradient(X, y, theta):
    loss, gradient = reference(X, y, theta)
    return loss, gradient[:, None]


def _without_intercept(X, y, theta):
    residual = X[:, :-1] @ theta[:-1] - y
    return np.mean(residual**2), 2 / len(y) * X.T @ residual


def _squeezed(X, y, theta):
    residual = np.squeeze(X @ theta[:, None] - y[:, None])
    return np.mean(residual**2), 2 / len(y) * X.T @ residual


def _whole_residuals(X, y, theta):
    residual = np.zeros_like(y)
    for i in range(len(y)):
        residual[i] = X[i] @ theta - y[i]
    return np.mean(residual**2), 2 / len(y) * X.T @ residual


def _targets_overwritten(X, y, theta):
    loss, gradient = reference(X, y, theta)
    y[:] = (X @ theta - y).astype(y.dtype)
    return loss, gradient


def _gradient_only(X, y, theta):
    return reference(X, y, theta)[1]


MISTAKES = (
    Wrong(
        "no factor X",
        _version(_mean_square, lambda X, r: 2 * np.mean(r)),
        "Your gradient lacks the factor X: it is one number, the mean of 2 · residual.",
        "By the chain rule each residual is multiplied by its row of X, the derivative of X θ.",
        "sec-losses-mse",
        mistake=5,
    ),
    Wrong(
        "no factor X, one number an example",
        _version(_mean_square, lambda X, r: 2 / len(r) * r),
        "Your gradient lacks the factor X: it has one number for each example, not for each parameter.",
        "By the chain rule each residual is multiplied by its row of X, and the rows are added up.",
        "sec-losses-mse",
        mistake=5,
    ),
    Wrong(
        "no factor X, everywhere the same",
        _version(_mean_square, lambda X, r: np.full(X.shape[1], 2 * np.mean(r))),
        "Your gradient lacks the factor X: every parameter gets the mean of 2 · residual.",
        "Only the intercept, whose column holds ones, has that derivative; the others are multiplied by their column.",
        "sec-losses-mse",
        mistake=5,
    ),
    Wrong(
        "sum for mean",
        _version(lambda r: r @ r, lambda X, r: 2 * X.T @ r),
        "You add up over the examples; the mean is wanted, for the loss and for the gradient.",
        "With a sum the right learning rate depends on the number of examples.",
        "sec-losses-mse",
    ),
    Wrong(
        "gradient of the sum",
        _version(_mean_square, lambda X, r: 2 * X.T @ r),
        "Your loss is a mean, but your gradient belongs to the sum: divide it by n.",
        "A constant factor of the loss is a factor of its gradient.",
        "sec-losses-mse",
        mistake=5,
    ),
    Wrong(
        "divided by n twice",
        _version(_mean_square, lambda X, r: 2 * (X.T @ r) / len(r) ** 2),
        "Your gradient is divided by n twice.",
        "The mean brings one factor 1/n.",
        "sec-losses-mse",
    ),
    Wrong(
        "mean over the parameters too",
        _version(_mean_square, lambda X, r: 2 * X.T @ r / X.size),
        "Your gradient is divided by n · d; the mean runs over the n examples alone.",
        "Each parameter has a derivative of its own; X.size counts all elements, len(X) the examples.",
        "sec-losses-mse",
    ),
    Wrong(
        "missing 2",
        _version(_mean_square, lambda X, r: X.T @ r / len(r)),
        "The factor 2 is missing in your gradient: the derivative of r² is 2r.",
        "The gradient without it belongs to half the mean squared error, but your loss is the whole.",
        "sec-losses-mse",
    ),
    Wrong(
        "half the squared error",
        _version(lambda r: np.mean(r**2) / 2, lambda X, r: X.T @ r / len(r)),
        "Your loss has the factor 1/2, and your gradient fits it: another convention, but not the one asked for.",
        "Many books take half the mean squared error, whose gradient has no 2; here the loss is the mean itself.",
        "sec-losses-mse",
    ),
    Wrong(
        "half the loss",
        _version(lambda r: np.mean(r**2) / 2, _right_gradient),
        "Your gradient is right, but your loss has a factor 1/2 that does not fit it.",
        "The gradient of half the loss would have no 2.",
        "sec-losses-mse",
    ),
    Wrong(
        "divided by n - 1",
        _version(lambda r: r @ r / (len(r) - 1), lambda X, r: 2 / (len(r) - 1) * X.T @ r),
        "You divide by n - 1; a mean divides by n.",
        "n - 1 belongs to the estimate of a variance whose mean is estimated too.",
        "sec-losses-mse",
    ),
    Wrong(
        "root of the loss",
        _version(lambda r: np.mean(r**2) ** 0.5, _right_gradient),
        "Your loss is the root of the mean squared error.",
        "The root has another gradient; here no root is taken.",
        "sec-losses-mse",
    ),
    Wrong(
        "absolute error",
        _version(lambda r: np.mean(np.abs(r)), lambda X, r: X.T @ np.where(r > 0, 1, -1) / len(r)),
        "This is the mean absolute error and its gradient; the squared error is wanted.",
        "The absolute error gives every example the same weight, however far off it is.",
        "sec-losses-mse",
    ),
    Wrong(
        "wrong sign",
        _version(_mean_square, lambda X, r: -_right_gradient(X, r)),
        "Your gradient has the wrong sign.",
        "With r = y - X θ the derivative of r by θ is -X: a minus stays in front.",
        "sec-losses-mse",
    ),
    Wrong(
        "broadcast to (n, n)",
        _broadcast,
        "A column (n, 1) minus a row (n,) is a table (n, n): every prediction is compared with every target.",
        "NumPy stretches both to a common shape; keep X @ theta and y in one shape, (n,).",
        "sec-losses-shapes",
        mistake=5,
    ),
    Wrong(
        "broadcast to (n, n), summed",
        _broadcast_summed,
        "A column (n, 1) minus a row (n,) is a table (n, n): every prediction is compared with every target.",
        "Summing the table afterwards gives the right shape, but not the right numbers; keep all in shape (n,).",
        "sec-losses-shapes",
        mistake=5,
    ),
    Wrong(
        "broadcast to (n, n), averaged",
        _broadcast_averaged,
        "A column (n, 1) minus a row (n,) is a table (n, n): every prediction is compared with every target.",
        "Averaging the table afterwards gives the right shape, but not the right numbers; keep all in shape (n,).",
        "sec-losses-shapes",
        mistake=5,
    ),
    Wrong(
        "gradient as a column",
        _column_gradient,
        "Your gradient is a column of shape (d, 1); theta has shape (d,).",
        "theta - lr * gradient would become a table of shape (d, d).",
        "sec-losses-shapes",
    ),
    Wrong(
        "no intercept",
        _without_intercept,
        "Your prediction leaves the last column out: the intercept is missing.",
        "The last column of X holds ones, so that the last parameter is the intercept; it is a parameter like the others.",
        "sec-losses-mse",
        mistake=6,
    ),
    Wrong(
        "squeezed to a scalar",
        _squeezed,
        "With a single example np.squeeze leaves a number where an array of one residual is needed.",
        "squeeze drops every axis of length 1, also the one that counts examples; keep shape (n,) from the start.",
        "sec-losses-shapes",
    ),
    Wrong(
        "whole residuals",
        _whole_residuals,
        "With data of whole numbers your residuals are cut to whole numbers.",
        "np.zeros_like(y) has the type of y; use np.zeros(len(y)), or no loop at all.",
        "sec-losses-wrong",
    ),
    Wrong(
        "targets overwritten",
        _targets_overwritten,
        "The numbers are right, but y is changed.",
        "y -= … and y[:] = … write into the caller's data; make a new array.",
        "sec-losses-wrong",
    ),
    Wrong(
        "gradient alone",
        _gradient_only,
        "You return the gradient alone; the loss comes first.",
        "Return both: loss, gradient.",
        "sec-losses-mse",
    ),
)
