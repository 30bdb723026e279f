"""What a graded notebook may change in the exercises of chapter 1."""

import numpy as np

from descent.checks.variants import Change


def _extrapolated(r: int) -> Change:
    def program(book):
        def numerical_gradient(f, x, h):
            fine, coarse = np.asarray(book(f, x, h)), np.asarray(book(f, x, r * h))
            return (r**2 * fine - coarse) / (r**2 - 1)

        return numerical_gradient

    return Change(
        name=f"extrapolated from h and {r}h",
        statement=rf"""**Extrapolate**: take the central difference above with $h$, and again with ${r}h$, and combine the two so that the
error of order $h^2$ drops out. With $D_h$ for the vector of central differences with the step $h$:

$$g = \frac{{{r**2}\,D_h - D_{{{r}h}}}}{{{r**2 - 1}}}.$$""",
        hint=f"Take all differences twice, with h and with {r} * h, and return ({r**2} * fine - coarse) / {r**2 - 1}.",
        program=program,
    )


def _lopsided(tau: float) -> Change:
    def program(book):
        def mse_loss_and_grad(X, y, theta):
            root = np.where(X @ theta > y, tau, 1 - tau) ** 0.5
            return book(root[:, None] * X, root * y, theta)

        return mse_loss_and_grad

    return Change(
        name=f"squares weighed {tau:g} above, {1 - tau:.1f} below",
        statement=rf"""**Predictions that are too high cost more**: with the residuals $r = X\theta - y$, a square counts with the weight
$w_i = {tau:g}$ where $r_i > 0$, and with ${1 - tau:.1f}$ elsewhere. The mean still divides by $n$:

$$L(\theta) = \frac1n \sum_i w_i r_i^2, \qquad \nabla L(\theta) = \frac2n \sum_i w_i r_i\, x_i.$$""",
        hint=f"w = np.where(r > 0, {tau:g}, {1 - tau:.1f}); the loss is np.mean(w * r**2), the gradient 2 / len(y) * X.T @ (w * r).",
        program=program,
        without=("whole residuals",),  # weighted data are no whole numbers
        writes=("targets overwritten",),
    )


CHANGES = {
    "numerical_gradient": tuple(map(_extrapolated, (2, 3, 4))),
    "mse_loss_and_grad": tuple(map(_lopsided, (0.7, 0.8, 0.9))),
}
