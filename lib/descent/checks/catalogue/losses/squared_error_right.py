"""`mse_loss_and_grad`, written correctly in many ways."""

import numpy as np

from descent.problems import linear_regression


def reference(X, y, theta):
    """The book's own."""
    regression = linear_regression(np.asarray(X, dtype=float), np.asarray(y, dtype=float))
    return regression.value(theta), regression.gradient(theta)


def _with_matmul(X, y, theta):
    n = len(y)
    residual = X @ theta - y
    return residual @ residual / n, 2 / n * X.T @ residual


def _with_means(X, y, theta):
    error = y - np.dot(X, theta)
    return np.mean(error**2), np.mean(-2 * error[:, None] * X, axis=0)


def _with_loops(X, y, theta):
    n, d = X.shape
    loss, gradient = 0.0, [0.0] * d
    for i in range(n):
        miss = sum(X[i, j] * theta[j] for j in range(d)) - y[i]
        loss += miss**2 / n
        for j in range(d):
            gradient[j] += 2 * miss * X[i, j] / n
    return loss, gradient


def _with_columns(X, y, theta):
    n = X.shape[0]
    residual = X.dot(theta.reshape(-1, 1)) - y.reshape(-1, 1)
    loss = (residual.T @ residual)[0, 0] / n
    return loss, (2 * (X.T @ residual) / n).ravel()


def _with_einsum(X, y, theta):
    residual = np.einsum("ij,j->i", X, theta) - y
    return [np.average(np.square(residual)), np.einsum("i,ij->j", residual, X) * 2 / len(X)]


def _with_norm(X, y, theta):
    residual = X @ theta - y
    return np.linalg.norm(residual) ** 2 / y.size, (residual @ X) / (y.size / 2)


RIGHT = (_with_matmul, _with_means, _with_loops, _with_columns, _with_einsum, _with_norm)
