"""`accumulation_repaired`: a gradient that is too large for the memory, taken in pieces."""

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong


def gradient(X, y, theta):
    """Of the mean squared error."""
    return 2 / len(y) * X.T @ (X @ theta - y)


def _reference(X, y, theta, piece):
    return gradient(X, y, theta)


def _problem(rng, n, piece):
    d = int(rng.integers(2, 5))
    return rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d), piece


def _short_last(rng):
    piece = int(rng.integers(4, 7))
    return _problem(rng, 2 * piece + int(rng.integers(1, piece - 1)), piece)


def _larger_than_all(rng):
    n = int(rng.integers(3, 6))
    return _problem(rng, n, n + int(rng.integers(1, 5)))


def _pieces(X, y, theta, piece):
    """The gradients of the pieces and their sizes."""
    for start in range(0, len(y), piece):
        rows = slice(start, start + piece)
        yield gradient(X[rows], y[rows], theta), len(y[rows])


def _weighted(X, y, theta, piece):
    total = np.zeros(len(theta))
    for start in range(0, len(y), piece):
        A, c = X[start : start + piece], y[start : start + piece]
        total = total + len(c) * (2 / len(c) * A.T @ (A @ theta - c))
    return total / len(y)


def _sums_divided_at_the_end(X, y, theta, piece):
    total = 0
    for start in range(0, len(y), piece):
        A, c = X[start : start + piece], y[start : start + piece]
        total = total + A.T @ (A @ theta - c)
    return 2 * total / len(y)


def _parts_of_the_whole(X, y, theta, piece):
    parts = [size / len(y) * grad for grad, size in _pieces(X, y, theta, piece)]
    return np.sum(parts, axis=0)


def _average(X, y, theta, piece):
    grads, sizes = zip(*_pieces(X, y, theta, piece), strict=True)
    return list(np.average(grads, axis=0, weights=sizes))


def _steps_of_a_piece(X, y, theta, piece):
    """Every piece over the full size, the sum over the number of full sizes, which is no whole number."""
    total = np.zeros_like(theta)
    for grad, size in _pieces(X, y, theta, piece):
        total += grad * size / piece
    return total / (len(y) / piece)


def _moments(X, y, theta, piece):
    H, c = 0, 0
    for start in range(0, len(y), piece):
        A = X[start : start + piece]
        H, c = H + A.T @ A, c + A.T @ y[start : start + piece]
    return 2 * (H @ theta - c) / y.size


def _combined(weight, divisor):
    """A wrong version: each piece's gradient times weight(size, piece), the sum over divisor(n, piece, count)."""

    def program(X, y, theta, piece):
        parts = [weight(size, piece) * grad for grad, size in _pieces(X, y, theta, piece)]
        return sum(parts) / divisor(len(y), piece, len(parts))

    return program


def _tail_dropped(X, y, theta, piece):
    whole = [grad for grad, size in _pieces(X, y, theta, piece) if size == piece]
    return np.mean(whole, axis=0)


def _last_only(X, y, theta, piece):
    *_, (grad, _) = _pieces(X, y, theta, piece)
    return grad


def _split_evenly(X, y, theta, piece):
    """Right wherever there is a piece at all: np.array_split needs at least one."""
    count = len(y) // piece
    parts = zip(np.array_split(X, count), np.array_split(y, count), strict=True)
    return sum(len(c) * gradient(A, c, theta) for A, c in parts) / len(y)


REPAIRED = Exercise(
    name="accumulation_repaired",
    title="Spot the bug: a batch in pieces",
    section="sec-batch-accumulation",
    difficulty=2,
    minutes=10,
    signature="accumulation_repaired(X (n, d), y (n,), theta (d,), piece) -> (d,)",
    reference=_reference,
    probes=(
        Probe("a last piece that is shorter", 1.5, _short_last),
        Probe("a piece that would hold more than there is", 0.5, _larger_than_all, draws=2),
    ),
    hints=(
        "Run it with a piece that divides n, and with one that does not. Where do the results differ?",
        "Write down what the given program returns for n = 3 and piece = 2: what does the third example weigh?",
        "Multiply each piece's gradient by its own size, len(c), and divide the sum by len(y).",
    ),
    right=(
        _weighted,
        _sums_divided_at_the_end,
        _parts_of_the_whole,
        _average,
        _steps_of_a_piece,
        _moments,
    ),
    wrong=(
        Wrong(
            "unequal pieces averaged as equal",
            _combined(lambda size, piece: 1, lambda n, piece, count: count),
            "The last piece is shorter, and weighs as much as a full one.",
            "Each of its examples counts more than the others: weigh each piece by its size.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "pieces added up",
            _combined(lambda size, piece: 1, lambda n, piece, count: 1),
            "You add the gradients of the pieces up, and do not divide at all.",
            "With one piece that is right; with k pieces it is about k times too large.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "not divided",
            _combined(lambda size, piece: size, lambda n, piece, count: 1),
            "You weigh by the sizes, but do not divide by the number of examples.",
            "That is the gradient of the sum; the loss is a mean.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "sums weighed by their sizes",
            _combined(lambda size, piece: size**2, lambda n, piece, count: n),
            "You multiply sums by their sizes: A.T @ (A @ theta - c) adds up its rows already.",
            "Weigh a mean by its size, or add the sums as they are; divide by len(y) at the end.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "divided by the number of pieces",
            _combined(lambda size, piece: size, lambda n, piece, count: count),
            "You weigh by the sizes, but divide by the number of pieces; divide by the number of examples.",
            "The weights must add up to 1: each is its size over len(y).",
            "sec-batch-accumulation",
        ),
        Wrong(
            "short piece taken for a full one",
            _combined(lambda size, piece: size / piece, lambda n, piece, count: count),
            "You divide as if the last piece were full.",
            "count * piece is more than there are examples: divide by len(y).",
            "sec-batch-accumulation",
        ),
        Wrong(
            "whole pieces counted",
            _combined(lambda size, piece: size / piece, lambda n, piece, count: n // piece),
            "You divide by the number of whole pieces, and the rest is not counted.",
            "// cuts the rest off, and is 0 where the piece is larger than the data.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "short piece dropped",
            _tail_dropped,
            "You leave the short piece out.",
            "Its examples belong to the batch like the others.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "last piece only",
            _last_only,
            "You return the gradient of the last piece alone.",
            "Accumulating means that the gradients add up until the step is taken.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "missing 2",
            lambda X, y, theta, piece: gradient(X, y, theta) / 2,
            "The factor 2 has got lost: the gradient is that of the mean squared error of chapter 1.",
            "The derivative of r² is 2r.",
            "sec-losses-mse",
        ),
        Wrong(
            "uphill",
            lambda X, y, theta, piece: -gradient(X, y, theta),
            "Your gradient has the wrong sign.",
            "With r = y - X θ the gradient has a minus of its own.",
            "sec-losses-mse",
        ),
        Wrong(
            "no piece at all",
            _split_evenly,
            "Your pieces are n // piece in number: none, where the piece is larger than the data.",
            "Then the one piece holds everything: step through range(0, len(y), piece).",
            "sec-batch-accumulation",
        ),
    ),
)
