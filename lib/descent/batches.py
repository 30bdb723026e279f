"""Mini-batches: how an epoch is cut into them, what their gradients add up to, and how they scatter."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from descent.inputs import count, floating


def minibatches(
    n: int, batch_size: int, rng: np.random.Generator, *, replacement: bool = False
) -> list[np.ndarray]:
    """One epoch: n indices in random order, cut into batches of `batch_size`; the last one keeps the rest.

    n, batch_size: whole numbers from 1. rng: a numpy Generator. replacement: draw every index anew, so that
    some come more than once and others not at all; otherwise each of 0 … n-1 comes exactly once.
    Raises TypeError or ValueError that names the argument.
    """
    n, batch_size = count("n", n, at_least=1), count("batch_size", batch_size, at_least=1)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator, got {type(rng).__name__}: {rng!r}")
    order = rng.integers(n, size=n) if replacement else rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def epochs(
    n: int, batch_size: int, *, seed: int, number: int, first: int = 0, replacement: bool = False
) -> Iterator[list[np.ndarray]]:
    """`number` epochs of mini-batches, from epoch `first` on.

    Epoch k depends on `seed` and k alone, so that a run that was stopped goes on with the batches it would
    have had. n, batch_size, number: whole numbers from 1; seed, first: from 0.
    Raises TypeError or ValueError that names the argument, before the first epoch.
    """
    n, batch_size = count("n", n, at_least=1), count("batch_size", batch_size, at_least=1)
    seed, first = count("seed", seed), count("first", first)
    last = first + count("number", number, at_least=1)
    return (
        minibatches(n, batch_size, np.random.default_rng([seed, k]), replacement=replacement)
        for k in range(first, last)
    )


def accumulate(grads: Sequence[Any], sizes: Sequence[int]) -> Any:
    """Σ nᵢ gᵢ / Σ nᵢ: the mean over all examples, from the means gᵢ over batches of nᵢ examples.

    Equal to the gradient of the one big batch, also where the batches are unequal.
    grads: arrays or tensors of one shape. sizes: whole numbers from 1, one for each.
    Raises TypeError or ValueError that names the argument.
    """
    if len(grads) != len(sizes) or not len(grads):
        raise ValueError(
            f"grads and sizes must be as many, and at least one, got {len(grads)} and {len(sizes)}"
        )
    grads = [floating(f"grads[{i}]", grad) for i, grad in enumerate(grads)]
    sizes = [count(f"sizes[{i}]", size, at_least=1) for i, size in enumerate(sizes)]
    shapes = {tuple(grad.shape) for grad in grads}
    if len(shapes) > 1:
        raise ValueError(f"grads must have one shape, got {sorted(shapes)}")
    total = sum(size * grad for size, grad in zip(sizes, grads, strict=True))
    return total / sum(sizes)  # eq-accumulate


def gradient_variance(per_example: Any, batch_size: int, replacement: bool) -> float:
    """The trace of the covariance of a mini-batch's mean gradient: E‖g_batch - g‖².

    With S the mean of ‖gᵢ - g‖² over the N examples it is S/b with replacement, and S/b · (N - b)/(N - 1)
    without: the batch that holds everything does not scatter.
    per_example: (N, d) floats, the gradients gᵢ. batch_size: b from 1; without replacement at most N.
    Raises TypeError or ValueError that names the argument. Source: Cochran (1977), theorem 2.2.
    """
    g = floating("per_example", np.asarray(per_example))
    if g.ndim != 2 or not len(g):
        raise ValueError(f"per_example must have shape (N, d) with N >= 1, got {g.shape}")
    N, b = len(g), count("batch_size", batch_size, at_least=1)
    if not replacement and b > N:
        raise ValueError(f"batch_size must be at most {N} without replacement, got {b}")
    spread = ((g - g.mean(0)) ** 2).sum(1).mean()
    if replacement:
        return float(spread / b)  # eq-batch-variance
    return float(spread / b * (N - b) / max(N - 1, 1))  # eq-batch-variance-without
