"""`minibatches`, written correctly in many ways."""

import numpy as np


def _split(n, batch_size, rng):
    return np.split(rng.permutation(n), range(batch_size, n, batch_size))


def _shuffled_in_place(n, batch_size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    batches = []
    while len(order):
        batches.append(order[:batch_size])
        order = order[batch_size:]
    return batches


def _sorted_by_chance(n, batch_size, rng):
    order = np.argsort(rng.random(n))
    whole = n // batch_size
    batches = list(order[: whole * batch_size].reshape(whole, batch_size))
    return batches if whole * batch_size == n else [*batches, order[whole * batch_size :]]


def _chosen(n, batch_size, rng):
    order = rng.choice(n, size=n, replace=False)
    return tuple(order[k : min(k + batch_size, n)] for k in range(0, n, batch_size))


def _fisher_yates(n, batch_size, rng):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(rng.integers(i + 1))
        order[i], order[j] = order[j], order[i]
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(-(-n // batch_size))]


def _drawn_from_what_is_left(n, batch_size, rng):
    left = np.arange(n)
    batches = []
    while left.size:
        batch = rng.choice(left, size=min(batch_size, left.size), replace=False)
        left = np.setdiff1d(left, batch)
        batches.append(batch)
    return batches


RIGHT = (
    _split,
    _shuffled_in_place,
    _sorted_by_chance,
    _chosen,
    _fisher_yates,
    _drawn_from_what_is_left,
)
