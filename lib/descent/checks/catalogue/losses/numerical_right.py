"""`numerical_gradient`, written correctly in many ways."""

import numpy as np


def _by_index(f, x, h):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        right, left = x.copy(), x.copy()
        right[i] += h
        left[i] -= h
        gradient[i] = (f(right) - f(left)) / (2 * h)
    return gradient


def _by_directions(f, x, h):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([(f(x + s) - f(x - s)) / 2 / h for s in steps], x.shape)


def _own_copy_restored(f, x, h):
    x = x.astype(np.float64)
    gradient = np.empty_like(x)
    entries = np.nditer(x, flags=["multi_index"])
    for _ in entries:
        i = entries.multi_index
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        gradient[i] = (above - f(x)) / (2 * h)
        x[i] = old
    return gradient


def _mean_of_both_sides(f, x, h):
    x = x + 0.0
    here = f(x)
    flat = []
    for k in range(x.size):
        move = np.zeros(x.size)
        move[k] = h
        move = move.reshape(x.shape)
        forward, backward = (f(x + move) - here) / h, (here - f(x - move)) / h
        flat.append((forward + backward) / 2)
    return np.array(flat).reshape(x.shape)


def _vectorised(f, x, h):
    def slope(k):
        unit = (np.arange(x.size) == k).reshape(x.shape)
        return 0.5 * (f(np.where(unit, x + h, x)) - f(np.where(unit, x - h, x))) / h

    return np.vectorize(slope, otypes=[float])(np.arange(x.size).reshape(x.shape))


def _recursive(f, x, h):
    if np.ndim(x) == 0:
        return (f(x + h) - f(x - h)) / (2 * h)
    rows = []
    for k in range(len(x)):

        def along(row, k=k):
            whole = np.array(x, dtype=float)
            whole[k] = row
            return f(whole)

        rows.append(_recursive(along, x[k], h))
    return rows


RIGHT = (
    _by_index,
    _by_directions,
    _own_copy_restored,
    _mean_of_both_sides,
    _vectorised,
    _recursive,
)
