"""Test problems whose value, gradient, minimisers and curvature are known in closed form.

Values and gradients run on NumPy arrays and torch tensors alike; the result has the library, dtype
and device of what went in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.inputs import count, floating, lookup, namespace, number


@dataclass(frozen=True)
class Problem:
    """A function to minimise, and what is known of it.

    value: theta -> scalar. gradient: theta -> array like theta. start: a customary start point.
    minimisers: all known minimisers. hessian: theta -> (d, d), where it is known.
    window: ((left, right), (bottom, top)), the part of the plane worth drawing.
    """

    name: str
    value: Callable[[Any], Any]
    gradient: Callable[[Any], Any]
    start: np.ndarray
    minimisers: tuple[np.ndarray, ...] = ()
    hessian: Callable[[np.ndarray], np.ndarray] | None = None
    window: tuple[tuple[float, float], tuple[float, float]] | None = None

    def curvature(self, theta: np.ndarray | None = None) -> tuple[float, float]:
        """(mu, L): the least and the greatest eigenvalue of the Hessian at `theta`.

        Default: at the first minimiser. Raises ValueError where the Hessian, or the minimiser, is not known.
        """
        if self.hessian is None or (theta is None and not self.minimisers):
            raise ValueError(f"{self.name}: no Hessian or no minimiser is known in closed form")
        point = self.minimisers[0] if theta is None else np.asarray(theta, dtype=float)
        eigenvalues = np.linalg.eigvalsh(self.hessian(point))
        return float(eigenvalues[0]), float(eigenvalues[-1])


def _constant(array: np.ndarray, like: Any) -> Any:
    """A NumPy constant as the same kind of array as `like`: its library, dtype and device."""
    if isinstance(like, np.ndarray):
        return array.astype(like.dtype, copy=False) if like.dtype.kind == "f" else array
    if not like.is_floating_point():
        raise TypeError(f"theta must hold floating-point numbers, got dtype {like.dtype}")
    return namespace(like).asarray(array, dtype=like.dtype, device=like.device)


def rotation(degrees: float) -> np.ndarray:
    """The (2, 2) matrix that turns the plane anticlockwise by `degrees`."""
    angle = np.deg2rad(number("degrees", degrees))
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def quadratic(
    condition: float = 20.0, *, degrees: float = 0.0, smallest: float = 0.2, dim: int = 2
) -> Problem:
    """f(theta) = (1/2) thetaᵀ H theta, eigenvalues spaced geometrically from mu to mu * condition.

    The book's running toy is `quadratic()`: H = diag(0.2, 4), start (-5, -2), minimiser 0.
    condition: the condition number kappa = L/mu >= 1. degrees: the valley is turned by this angle
    in the plane of the first and the last axis. smallest: mu > 0. dim: d >= 2.
    Raises TypeError or ValueError that names the argument.
    """
    condition = number("condition", condition, at_least=1)
    smallest = number("smallest", smallest, above=0)
    dim = count("dim", dim, at_least=2)
    turn = np.eye(dim)
    turn[np.ix_([0, -1], [0, -1])] = rotation(degrees)
    matrix = turn @ np.diag(smallest * np.geomspace(1, condition, dim)) @ turn.T
    matrix = (matrix + matrix.T) / 2

    def value(theta: Any) -> Any:
        H = _constant(matrix, theta)
        return 0.5 * (theta @ (H @ theta))

    def gradient(theta: Any) -> Any:
        return _constant(matrix, theta) @ theta

    start = np.full(dim, -2.0)
    start[0] = -5.0
    return Problem(
        name=f"quadratic, condition {condition:g}",
        value=value,
        gradient=gradient,
        start=turn @ start,
        minimisers=(np.zeros(dim),),
        hessian=lambda theta: matrix.copy(),
        window=((-6.0, 6.0), (-4.0, 4.0)),
    )


def rosenbrock() -> Problem:
    """f(x, y) = (1 - x)² + 100 (y - x²)²: a curved valley; minimiser (1, 1).

    Source: Rosenbrock (1960).
    """

    def value(theta: Any) -> Any:
        x, y = theta[0], theta[1]
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(theta: Any) -> Any:
        x, y = theta[0], theta[1]
        ravine = 200 * (y - x**2)
        return namespace(theta).stack([-2 * (1 - x) - 2 * x * ravine, ravine])

    def hessian(theta: np.ndarray) -> np.ndarray:
        x, y = theta
        return np.array([[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200.0]])

    return Problem(
        name="Rosenbrock",
        value=value,
        gradient=gradient,
        start=np.array([-1.2, 1.0]),
        minimisers=(np.array([1.0, 1.0]),),
        hessian=hessian,
        window=((-2.0, 2.0), (-1.0, 3.0)),
    )


def himmelblau() -> Problem:
    """f(x, y) = (x² + y - 11)² + (x + y² - 7)²: four minimisers, all with value 0.

    Source: Himmelblau (1972).
    """

    def value(theta: Any) -> Any:
        x, y = theta[0], theta[1]
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def gradient(theta: Any) -> Any:
        x, y = theta[0], theta[1]
        a, b = x**2 + y - 11, x + y**2 - 7
        return namespace(theta).stack([4 * x * a + 2 * b, 2 * a + 4 * y * b])

    def hessian(theta: np.ndarray) -> np.ndarray:
        x, y = theta
        mixed = 4 * (x + y)
        return np.array([[12 * x**2 + 4 * y - 42, mixed], [mixed, 12 * y**2 + 4 * x - 26]])

    return Problem(
        name="Himmelblau",
        value=value,
        gradient=gradient,
        start=np.array([0.0, -1.0]),
        minimisers=(
            np.array([3.0, 2.0]),
            np.array([-2.8051180869527448, 3.1313125182505730]),
            np.array([-3.7793102533777469, -3.2831859912861694]),
            np.array([3.5844283403304918, -1.8481265269644035]),
        ),
        hessian=hessian,
        window=((-5.0, 5.0), (-5.0, 5.0)),
    )


def beale() -> Problem:
    """f(x, y) = Σ (c - x (1 - yᵏ))², k = 1, 2, 3, c = 1.5, 2.25, 2.625; minimiser (3, 0.5).

    It has wide plateaus. Source: Beale (1958).
    """
    targets = (1.5, 2.25, 2.625)

    def residuals(x: Any, y: Any) -> list[tuple[int, Any]]:
        return [(k, c - x * (1 - y**k)) for k, c in enumerate(targets, start=1)]

    def value(theta: Any) -> Any:
        return sum(r**2 for _, r in residuals(theta[0], theta[1]))

    def gradient(theta: Any) -> Any:
        x, y = theta[0], theta[1]
        along_x = sum(2 * r * (y**k - 1) for k, r in residuals(x, y))
        along_y = sum(2 * r * x * k * y ** (k - 1) for k, r in residuals(x, y))
        return namespace(theta).stack([along_x, along_y])

    def hessian(theta: np.ndarray) -> np.ndarray:
        x, y = theta
        total = np.zeros((2, 2))
        for k, r in residuals(x, y):
            slope = np.array([y**k - 1, x * k * y ** (k - 1)])
            mixed = k * y ** (k - 1)
            second = x * k * (k - 1) * y ** max(k - 2, 0)
            total += 2 * np.outer(slope, slope) + 2 * r * np.array([[0, mixed], [mixed, second]])
        return total

    return Problem(
        name="Beale",
        value=value,
        gradient=gradient,
        start=np.array([1.0, 1.0]),
        minimisers=(np.array([3.0, 0.5]),),
        hessian=hessian,
        window=((-1.0, 4.5), (-1.5, 2.0)),
    )


def _table(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """The design matrix (n, d) and the targets (n,), checked against each other."""
    X, y = floating("X", np.asarray(X)), np.asarray(y)
    if X.ndim != 2 or y.shape != X.shape[:1] or not X.size:
        raise ValueError(
            f"X must have shape (n, d), n and d at least 1, and y or labels shape (n,), "
            f"got {X.shape} and {y.shape}"
        )
    return X, y


def linear_regression(X: Any, y: Any) -> Problem:
    """f(theta) = mean of (X theta - y)²; gradient (2/n) Xᵀ(X theta - y); Hessian (2/n) XᵀX.

    X: (n, d) floats; y: (n,) floats. Start: zeros. The minimiser is the least-squares solution of
    least norm. Raises TypeError for arrays of anything but floats, ValueError where the shapes do not match or a number is not finite.
    """
    X, y = _table(X, y)
    y = floating("y", y)
    n, d = X.shape

    def value(theta: Any) -> Any:
        residual = _constant(X, theta) @ theta - _constant(y, theta)
        return (residual**2).mean()

    def gradient(theta: Any) -> Any:
        X_, y_ = _constant(X, theta), _constant(y, theta)
        return 2 / n * (X_.T @ (X_ @ theta - y_))

    return Problem(
        name="linear regression",
        value=value,
        gradient=gradient,
        start=np.zeros(d),
        minimisers=(np.linalg.lstsq(X, y, rcond=None)[0],),
        hessian=lambda theta: 2 / n * X.T @ X,
    )


def softmax_regression(X: Any, labels: Any, *, weight_decay: float = 0.0) -> Problem:
    """Mean cross-entropy of a linear classifier, plus (weight_decay/2) ‖theta‖².

    With P = softmax(X theta): f = mean of -log P[i, labels[i]]; gradient
    (1/n) Xᵀ(P - Y) + weight_decay theta, Y the one-hot labels. X: (n, d) floats; labels: (n,) whole
    numbers 0 … c-1; theta: (d, c), start zeros. weight_decay >= 0.
    `smoothness_bound` of this module bounds L.
    Raises TypeError or ValueError that names the argument. Source: Bishop (2006), section 4.3.4.
    """
    X, labels = _table(X, labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers, got dtype {labels.dtype}")
    if labels.min() < 0:
        raise ValueError(f"labels must be 0 or more, got {labels.min()}")
    weight_decay = number("weight_decay", weight_decay, at_least=0)
    n, d = X.shape
    one_hot = np.eye(int(labels.max()) + 1)[labels]

    def log_probabilities(theta: Any) -> Any:
        scores = _constant(X, theta) @ theta
        scores = scores - namespace(theta).amax(scores, 1)[:, None]  # exp cannot overflow
        return scores - namespace(theta).log(namespace(theta).exp(scores).sum(1))[:, None]

    def value(theta: Any) -> Any:
        likelihood = (_constant(one_hot, theta) * log_probabilities(theta)).sum()
        return -likelihood / n + weight_decay / 2 * (theta**2).sum()

    def gradient(theta: Any) -> Any:
        P = namespace(theta).exp(log_probabilities(theta))
        return _constant(X, theta).T @ (P - _constant(one_hot, theta)) / n + weight_decay * theta

    return Problem(
        name="softmax regression",
        value=value,
        gradient=gradient,
        start=np.zeros((d, one_hot.shape[1])),
    )


def smoothness_bound(X: Any, *, weight_decay: float = 0.0) -> float:
    """An upper bound λmax(XᵀX/n)/2 + weight_decay of the smoothness L of `softmax_regression`.

    X: (n, d) floats; weight_decay >= 0. Source: Böhning (1992).
    """
    X = floating("X", np.asarray(X))
    weight_decay = number("weight_decay", weight_decay, at_least=0)
    return float(np.linalg.norm(X, 2) ** 2 / len(X) / 2) + weight_decay


PROBLEMS: dict[str, Callable[..., Problem]] = {
    "quadratic": quadratic,
    "rosenbrock": rosenbrock,
    "himmelblau": himmelblau,
    "beale": beale,
}


def problem(name: str, **options: Any) -> Problem:
    """The test problem of that name; `options` go to its maker.

    Raises ValueError with the nearest name if there is none.
    """
    return lookup("problem", name, PROBLEMS)(**options)
