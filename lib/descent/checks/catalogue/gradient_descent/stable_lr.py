"""`largest_stable_lr`: the stability wall."""

import numpy as np

from descent.checks.catalogue.gradient_descent.bowls import hessian
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.stepsize import largest_stable_lr


def _ordinary_hessian(rng):
    return (hessian(rng, int(rng.integers(2, 6))) * rng.uniform(0.1, 20),)


def _diagonal_hessian(rng):
    """Ascending, unsorted, or a multiple of the identity."""
    kind = rng.integers(3)
    diagonal = rng.uniform(0.1, 20, size=4)
    if kind == 0:
        diagonal = np.sort(diagonal)
    return (np.diag(diagonal) if kind < 2 else diagonal[0] * np.eye(4),)


def _singular_hessian(rng):
    """Semi-definite, and singular to the last bit: the last direction is flat."""
    steepest_first = np.sort(rng.uniform(0.1, 20, size=3))[::-1]
    return (np.diag([*steepest_first, 0.0]),)


def _stable_eigvalsh(H):
    return 2 / np.linalg.eigvalsh(H).max()


def _stable_norm(H):
    return 2 / np.linalg.norm(H, ord=2)


def _stable_svd(H):
    return 2.0 / np.linalg.svd(H, compute_uv=False)[0]


def _stable_eig(H):
    values, _ = np.linalg.eig(H)
    return 2 / max(np.real(values))


def _stable_roots(H):
    lower = np.linalg.eigvalsh(-np.array(H))[0]
    return -2 / lower


def _one_over_l(H):
    return 1 / np.linalg.eigvalsh(H)[-1]


def _smallest(H):
    positive = [x for x in np.linalg.eigvalsh(H) if x > 1e-9]
    return 2 / positive[0]


def _trace(H):
    return 2 / np.trace(H)


def _frobenius(H):
    return 2 / np.linalg.norm(H)


def _best_not_largest(H):
    eigenvalues = np.linalg.eigvalsh(H)
    return 2 / (eigenvalues[0] + eigenvalues[-1])


def _largest_diagonal(H):
    return 2 / H.diagonal().max()


def _power_from_first_axis(H):
    P = np.array(H)
    for _ in range(50):  # H to the power 2^50, scaled on the way
        P = P / np.abs(P).max()
        P = P @ P
    v = P[:, 0] / np.linalg.norm(P[:, 0])
    return 2 / (v @ H @ v)


def _through_inverse(H):
    return 2 * np.linalg.eigvalsh(np.linalg.inv(H))[0]


def _symmetrised_in_place(H):
    H += H.T.copy()
    H /= 2
    return 2 / np.linalg.eigvalsh(H)[-1]


STABLE = Exercise(
    name="largest_stable_lr",
    title="The stability wall",
    section="sec-gd-stability",
    difficulty=1,
    minutes=8,
    signature="largest_stable_lr(H (d, d)) -> float",
    reference=largest_stable_lr,
    probes=(
        Probe("random Hessians", 1.0, _ordinary_hessian),
        Probe("diagonal Hessians", 0.25, _diagonal_hessian, draws=6),
        Probe("singular Hessians", 0.5, _singular_hessian),
    ),
    untouched=0.25,
    hints=(
        "Along an eigenvector of H with eigenvalue λ, one step multiplies the error by 1 - lr λ.",
        "All of |1 - lr λ| must be below 1. Which eigenvalue leaves the least room?",
        "2 divided by the largest eigenvalue; np.linalg.eigvalsh gives the eigenvalues in ascending order.",
    ),
    right=(
        _stable_eigvalsh,
        _stable_norm,
        _stable_svd,
        _stable_eig,
        _stable_roots,
    ),
    wrong=(
        Wrong(
            "one over L",
            _one_over_l,
            "This is 1/L; the wall stands at 2/L.",
            "At 1/L the steepest direction is solved in one step; it diverges only when |1 - lr L| > 1, past 2/L.",
            "sec-gd-stability",
        ),
        Wrong(
            "smallest eigenvalue",
            _smallest,
            "You take the smallest eigenvalue; the largest one sets the wall.",
            "The steepest direction is the first to diverge.",
            "sec-gd-stability",
        ),
        Wrong(
            "trace",
            _trace,
            "You take the trace, the sum of all eigenvalues; the largest one alone sets the wall.",
            "The directions do not add up: each follows its own factor 1 - lr λ.",
            "sec-gd-stability",
        ),
        Wrong(
            "Frobenius norm",
            _frobenius,
            "np.linalg.norm(H) is the Frobenius norm; the largest eigenvalue is wanted.",
            "The Frobenius norm is the root of the sum of all squared eigenvalues, so the bound comes out too small.",
            "sec-gd-stability",
        ),
        Wrong(
            "best for the largest",
            _best_not_largest,
            "2/(mu + L) is the fastest learning rate; the largest stable one is 2/L.",
            "At 2/(mu + L) the slowest and the steepest direction shrink alike; beyond it the run still converges, up to 2/L.",
            "sec-gd-rate",
        ),
        Wrong(
            "largest diagonal element",
            _largest_diagonal,
            "You read the diagonal of H; its largest element is an eigenvalue only when H is diagonal.",
            "In a turned valley the largest eigenvalue is larger than every diagonal element.",
            "sec-gd-stability",
        ),
        Wrong(
            "power iteration from an axis",
            _power_from_first_axis,
            "Your iteration starts along an axis and never leaves it when H is diagonal.",
            "Power iteration finds the largest eigenvalue only if its start has a part along that eigenvector.",
            "sec-gd-stability",
        ),
        Wrong(
            "through the inverse",
            _through_inverse,
            "You invert H, which fails when a direction is flat.",
            "A Hessian may have zero eigenvalues; the largest one is there all the same.",
            "sec-gd-stability",
        ),
        Wrong(
            "symmetrised in place",
            _symmetrised_in_place,
            "The number is right, but H itself is changed.",
            "H += … writes into the caller's matrix; make a new one.",
            "sec-gd-aliasing",
        ),
    ),
)
