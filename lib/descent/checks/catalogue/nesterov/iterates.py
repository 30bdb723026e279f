"""`lookahead_to_nesterov`: the iterates of one form, turned into those of the other."""

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong
from descent.conventions import lookahead_to_nesterov, nesterov_to_lookahead


def _reference(thetas, velocities, lr, beta):
    return lookahead_to_nesterov(thetas, velocities, lr=lr, beta=beta)


def _states(rng):
    n, d = int(rng.integers(1, 9)), int(rng.integers(2, 5))
    thetas, velocities = rng.normal(size=(n, d)), rng.normal(size=(n, d)) * 3
    return thetas, velocities, float(rng.uniform(0.05, 0.5)), rng.uniform(0.1, 0.9)


def _by_rows(thetas, velocities, lr, beta):
    return np.array([theta - lr * beta * v for theta, v in zip(thetas, velocities, strict=True)])


def _by_elements(thetas, velocities, lr, beta):
    rows, columns = thetas.shape
    out = np.zeros((rows, columns))
    for k in range(rows):
        for i in range(columns):
            out[k, i] = thetas[k, i] - (lr * velocities[k, i]) * beta
    return out


def _copy_in_place(thetas, velocities, lr, beta):
    out = np.array(thetas, dtype=float)
    out -= np.multiply(velocities, lr * beta)
    return out


def _einsum(thetas, velocities, lr, beta):
    return np.einsum("s,skd->kd", np.array([1.0, -lr * beta]), np.stack([thetas, velocities]))


def _lists(thetas, velocities, lr, beta):
    return [
        [float(x) - lr * beta * float(v) for x, v in zip(row, speed, strict=True)]
        for row, speed in zip(thetas, velocities, strict=True)
    ]


def _previous_velocity(thetas, velocities, lr, beta):
    before = np.vstack([np.zeros_like(velocities[:1]), velocities[:-1]])
    return thetas - lr * beta * before


def _differences(thetas, velocities, lr, beta):
    """lr * velocity as the move between two points, which the first point does not have."""
    moves = np.vstack([np.zeros_like(thetas[:1]), np.diff(thetas, axis=0)])
    return thetas + beta * moves


def _last_point(thetas, velocities, lr, beta):
    return thetas[-1] - lr * beta * velocities[-1]


def _in_place(thetas, velocities, lr, beta):
    thetas -= lr * beta * velocities
    return thetas.copy()


ITERATES = Exercise(
    name="lookahead_to_nesterov",
    title="From one form's path to the other's",
    section="sec-nesterov-forms",
    difficulty=1,
    minutes=8,
    signature="lookahead_to_nesterov(thetas (n, d), velocities (n, d), lr, beta) -> (n, d)",
    reference=_reference,
    probes=(Probe("states to convert", 1.5, _states, draws=6),),
    untouched=0.5,
    hints=(
        "The other form keeps its parameters where the gradient is asked for.",
        "For each row: the point ahead of theta, with the velocity of the same row.",
        "thetas - lr * beta * velocities",
    ),
    right=(_by_rows, _by_elements, _copy_in_place, _einsum, _lists),
    wrong=(
        Wrong(
            "the other way",
            lambda thetas, velocities, lr, beta: nesterov_to_lookahead(
                thetas, velocities, lr=lr, beta=beta
            ),
            "You convert the other way: the sign of the velocity is wrong.",
            "The rewritten form lives at the point ahead, and ahead means minus the velocity.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "lr missing",
            lambda thetas, velocities, lr, beta: thetas - beta * velocities,
            "lr is missing: the velocity moves the parameters by lr * velocity.",
            "Only in the classical form does the velocity hold lr already.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "beta missing",
            lambda thetas, velocities, lr, beta: thetas - lr * velocities,
            "beta is missing: the velocity fades before it moves the parameters.",
            "The point ahead is theta - lr * beta * velocity.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "velocity of the step before",
            _previous_velocity,
            "Your rows are off by one: each theta meets the velocity of the row before.",
            "Row k of both arrays is the state after k steps; they belong together.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "moves instead of velocities",
            _differences,
            "You take the velocity from the differences of neighbouring points.",
            "In a run from rest they agree, up to -lr; but the velocities are given, and the first point has no neighbour.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "nothing to do",
            lambda thetas, velocities, lr, beta: np.array(thetas),
            "You return the path as it is; the two forms keep different points.",
            "They agree only where the velocity is zero.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "only the last point",
            _last_point,
            "You return the last point alone; the whole path is wanted.",
            "The result has the shape of thetas.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "path changed in place",
            _in_place,
            "The numbers are right, but the path you were given is changed.",
            "thetas -= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
