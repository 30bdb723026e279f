"""`sgd_epoch`: one pass of mini-batch gradient descent."""

from typing import Any

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.catalogue.stochastic.epoch_mistakes import MISTAKES
from descent.checks.catalogue.stochastic.epoch_right import RIGHT, reference
from descent.checks.exercise import Exercise, Probe


def _data(rng, batches):
    n, d = 12, int(rng.integers(2, 5))
    X = np.column_stack([rng.normal(size=(n, d - 1)), np.ones(n)])
    arguments = rng.normal(size=d), X, rng.normal(size=n), batches, float(rng.uniform(0.02, 0.1))
    return [arguments, arguments]


def _several(rng):
    """Batches of three or four, and a last one of two, over some of the examples in random order."""
    b = int(rng.integers(3, 5))
    order = rng.permutation(12)[: 2 * b + 2]
    return _data(rng, [order[:b], order[b : 2 * b], order[2 * b :]])


def _one_twice(rng):
    i, j, k = rng.permutation(12)[:3]
    return _data(rng, [np.array([i, j, k, j])])


def _one_example(rng):
    return _data(rng, [rng.integers(12, size=1)])


def _repeatable(calls: list[tuple], outcome: Outcome) -> dict[str, Any]:
    """Whether two equal calls agree, and on what; where they don't, no number of theirs means anything."""
    first, second = outcome.value
    agree = bool(np.array_equal(first, second)) or not np.isfinite(first).all()
    return {
        "equal calls give equal results": agree,
        "the new theta": first if agree else np.full(np.shape(calls[0][0]), np.nan),
    }


EPOCH = Exercise(
    name="sgd_epoch",
    title="One epoch of stochastic gradient descent",
    section="sec-stochastic-rule",
    difficulty=2,
    minutes=15,
    signature="sgd_epoch(theta (d,), X (n, d), y (n,), batches, lr) -> theta (d,)",
    reference=reference,
    probes=(
        Probe("several batches", 2.0, _several, observe=_repeatable),
        Probe("a batch that holds an example twice", 0.5, _one_twice, draws=2, observe=_repeatable),
        Probe("a batch of one example", 0.5, _one_example, draws=2, observe=_repeatable),
    ),
    untouched=1.0,
    hints=(
        "For each batch: take its rows of X and its elements of y, and make one step of gradient descent with them.",
        "X[batch] and y[batch] are the data of the batch. The gradient is a mean over the batch: divide by its own size.",
        "for batch in batches: r = X[batch] @ theta - y[batch]; "
        "theta = theta - lr * 2 / len(batch) * X[batch].T @ r.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
)
