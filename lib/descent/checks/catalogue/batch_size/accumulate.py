"""`accumulate`: the gradient of a big batch from those of the small batches that it is made of."""

import math
from functools import reduce

import numpy as np

from descent.batches import accumulate
from descent.checks.exercise import Exercise, Probe, Wrong


def _gradients(rng, sizes, shape):
    return [10 ** rng.uniform(-2, 2) * rng.normal(size=shape) for _ in sizes], sizes


def _short_last(rng):
    """Several batches of one size and a shorter one, last or anywhere."""
    full = int(rng.integers(4, 9))
    sizes = [full] * int(rng.integers(2, 4)) + [int(rng.integers(1, full - 1))]
    if rng.integers(2):
        sizes = [int(size) for size in rng.permutation(sizes)]
    return _gradients(rng, sizes, int(rng.integers(5, 8)))


def _matrices(rng):
    return _gradients(rng, [3, 3, 3], (2, 5))


def _single(rng):
    return _gradients(rng, [int(rng.integers(2, 9))], int(rng.integers(3, 6)))


def _loop(grads, sizes):
    total = np.zeros_like(grads[0])
    for grad, size in zip(grads, sizes, strict=True):
        total += size * grad
    return total / sum(sizes)


def _average(grads, sizes):
    return np.average(grads, axis=0, weights=sizes)


def _weights_first(grads, sizes):
    weights = np.array(sizes) / np.sum(sizes)
    return np.tensordot(weights, np.array(grads), axes=1)


def _running_mean(grads, sizes):
    mean, seen = 0.0, 0
    for grad, size in zip(grads, sizes, strict=True):
        seen += size
        mean = mean + size / seen * (grad - mean)
    return mean


def _repeated(grads, sizes):
    """Each gradient as often as it has examples."""
    return np.mean([g for g, n in zip(grads, sizes, strict=True) for _ in range(n)], axis=0)


def _pairwise(grads, sizes):
    def join(a, b):
        (g, n), (h, m) = a, b
        return (n * g + m * h) / (n + m), n + m

    return reduce(join, zip(grads, sizes, strict=True))[0].tolist()


def _exact_sums(grads, sizes):
    terms = np.array([n * g for g, n in zip(grads, sizes, strict=True)])
    return np.apply_along_axis(math.fsum, 0, terms) / sum(sizes)


def _weighted(weight, divisor):
    """A wrong version: each gradient times weight(n, sizes), the sum over divisor(sizes)."""

    def program(grads, sizes):
        total = sum(weight(n, sizes) * g for g, n in zip(grads, sizes, strict=True))
        return total / divisor(sizes)

    return program


def _running_halves(grads, sizes):
    mean = grads[0]
    for grad in grads[1:]:
        mean = (mean + grad) / 2
    return mean


def _tail_dropped(grads, sizes):
    whole = [g for g, n in zip(grads, sizes, strict=True) if n == max(sizes)]
    return np.mean(whole, axis=0)


def _mean_of_all_elements(grads, sizes):
    return np.mean(accumulate(grads, sizes))


def _vectors_only(grads, sizes):
    return np.dot(sizes, grads) / sum(sizes)


def _squeezed(grads, sizes):
    return np.average(np.squeeze(np.array(grads)), axis=0, weights=sizes)


def _with_count(grads, sizes):
    return accumulate(grads, sizes), sum(sizes)


def _in_place(grads, sizes):
    total = grads[0]
    total *= sizes[0]
    for grad, size in zip(grads[1:], sizes[1:], strict=True):
        total += size * grad
    return total / sum(sizes)


ACCUMULATE = Exercise(
    name="accumulate",
    title="One big batch from small ones",
    section="sec-batch-accumulation",
    difficulty=1,
    minutes=8,
    signature="accumulate(grads, sizes) -> grad",
    reference=accumulate,
    probes=(
        Probe("batches of unequal sizes", 1.0, _short_last, draws=6),
        Probe("gradients that are matrices", 0.5, _matrices, draws=2),
        Probe("a single batch", 0.5, _single, draws=2),
    ),
    untouched=0.5,
    hints=(
        "Each gradient is a mean over its batch. Which sum over single examples was it made from?",
        "size * grad is the sum over the batch. Add these sums up; how many examples do they hold together?",
        "sum(n * g for g, n in zip(grads, sizes)) / sum(sizes)",
    ),
    right=(
        _loop,
        _average,
        _weights_first,
        _running_mean,
        _repeated,
        _pairwise,
        _exact_sums,
    ),
    wrong=(
        Wrong(
            "unequal batches averaged as equal",
            _weighted(lambda n, sizes: 1, len),
            "You take the plain mean of the gradients; the batches are not of one size.",
            "In a plain mean each example of a short batch weighs more than one of a full batch: weigh by the sizes.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "not divided",
            _weighted(lambda n, sizes: n, lambda sizes: 1),
            "You add up size * grad and do not divide by the number of examples.",
            "That is the gradient of the sum; the loss is a mean, so divide by sum(sizes).",
            "sec-batch-accumulation",
        ),
        Wrong(
            "gradients added up",
            _weighted(lambda n, sizes: 1, lambda sizes: 1),
            "You add the gradients up; their mean is wanted.",
            "A library that accumulates adds up what it is given: the division is left to you.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "divided by the number of batches",
            _weighted(lambda n, sizes: n, len),
            "You weigh by the sizes, but divide by the number of batches; divide by the number of examples.",
            "The weights must add up to 1: each is its size over sum(sizes).",
            "sec-batch-accumulation",
        ),
        Wrong(
            "divided twice",
            _weighted(lambda n, sizes: n, lambda sizes: sum(sizes) * len(sizes)),
            "You divide twice: by the number of examples, and by the number of batches.",
            "After the division by sum(sizes) the weights add up to 1 already.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "one size for all",
            _weighted(lambda n, sizes: n, lambda sizes: len(sizes) * max(sizes)),
            "You divide as if every batch were full; the short one holds fewer examples.",
            "len(sizes) * size counts examples that are not there; sum(sizes) counts those that are.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "short batch dropped",
            _tail_dropped,
            "You leave the short batch out.",
            "Its examples belong to the big batch like the others.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "weights upside down",
            _weighted(lambda n, sizes: 1 / n, lambda sizes: sum(1 / n for n in sizes)),
            "You weigh by one over the size: the short batch counts most.",
            "A mean over many examples stands for many examples: weigh by the size.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "last batch only",
            lambda grads, sizes: grads[-1].copy(),
            "You return the last gradient alone: each overwrites the one before.",
            "Accumulating means that the gradients add up until the step is taken.",
            "sec-batch-accumulation",
            twins=("short batch dropped",),
        ),
        Wrong(
            "mean of two, again and again",
            _running_halves,
            "You average with each new gradient half and half: early ones fade away.",
            "In a running mean the k-th batch weighs its size over all sizes so far, not a half.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "mean over everything",
            _mean_of_all_elements,
            "You average over the parameters too; the result must have the shape of one gradient.",
            "The mean runs over the batches alone: axis=0.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "vectors only",
            _vectors_only,
            "Your product works for vectors; the gradient of a layer is a matrix.",
            "np.dot sums over the last axis but one of a stack of matrices; weigh and add the gradients one by one.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "squeezed",
            _squeezed,
            "With a single batch np.squeeze drops the axis that counts batches.",
            "A stack of one gradient has the shape (1, d): leave it so.",
            "sec-losses-shapes",
        ),
        Wrong(
            "with the count",
            _with_count,
            "Return the gradient alone, without the number of examples.",
            "The result is one array, of the shape of each gradient.",
            "sec-batch-accumulation",
        ),
        Wrong(
            "accumulated in place",
            _in_place,
            "The numbers are right, but the first gradient you were given is changed.",
            "total = grads[0] is the same array under another name: begin with zeros, or make a copy.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
