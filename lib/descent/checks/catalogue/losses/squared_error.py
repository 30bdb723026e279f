"""`mse_loss_and_grad`: a loss and its gradient by hand."""

import numpy as np

from descent.checks.catalogue.losses.squared_error_mistakes import MISTAKES
from descent.checks.catalogue.losses.squared_error_right import RIGHT, reference
from descent.checks.exercise import Exercise, Probe


def _table(rng, n, d, numbers):
    """Data with a last column of ones, and parameters that do not fit them."""
    X = np.column_stack([numbers(size=(n, d - 1)), np.ones(n)])
    return X, numbers(size=n), rng.normal(size=d)


def _ordinary(rng):
    d = int(rng.integers(2, 5))
    return _table(rng, int(rng.integers(d + 2, 12)), d, rng.normal)


def _single(rng):
    """One example, and that in whole numbers."""
    d = int(rng.integers(2, 5))
    X, y, theta = _table(rng, 1, d, lambda size: rng.integers(-5, 6, size=size))
    return X.astype(int), y, theta


MSE = Exercise(
    name="mse_loss_and_grad",
    title="Mean squared error and its gradient",
    section="sec-losses-mse",
    difficulty=2,
    minutes=15,
    signature="mse_loss_and_grad(X (n, d), y (n,), theta (d,)) -> (float, (d,))",
    reference=reference,
    probes=(
        Probe("random data", 1.5, _ordinary),
        Probe("a single example, in whole numbers", 1.0, _single),
    ),
    untouched=0.5,
    hints=(
        "Begin with the residuals X @ theta - y, one number for each example.",
        "The loss is the mean of their squares. By the chain rule each example adds 2 · residual · its row of X "
        "to the gradient, and the mean divides by n.",
        "r = X @ theta - y; the loss is np.mean(r**2), the gradient 2 / len(y) * X.T @ r.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
)
