"""`minibatches`: an epoch, cut into batches. Random, so what is compared are facts that every right answer shares."""

from typing import Any

import numpy as np

from descent.batches import minibatches
from descent.checks.calling import Outcome, Seeded, kind
from descent.checks.catalogue.stochastic.cutting_mistakes import MISTAKES
from descent.checks.catalogue.stochastic.cutting_right import RIGHT
from descent.checks.exercise import Exercise, Probe, UnreadableError


def _seed(rng):
    return Seeded(int(rng.integers(2**32)))


def _epochs(rng):
    """Three epochs, the last with the Generator of the first; so long that no two fall out alike by chance."""
    b = int(rng.integers(4, 6))
    n = b * int(rng.integers(7, 10)) + 2
    first, second = _seed(rng), _seed(rng)
    return [(n, b, first), (n, b, second), (n, b, first)]


def _even(rng):
    """An epoch of full batches alone, and one of batches of one."""
    b = int(rng.integers(2, 6))
    return [(b * int(rng.integers(1, 6)), b, _seed(rng)), (int(rng.integers(5, 10)), 1, _seed(rng))]


def _indices(epoch: Any) -> list[np.ndarray]:
    """The batches of one epoch, if that is what was returned."""
    if isinstance(epoch, np.ndarray):
        epoch = list(np.atleast_1d(epoch))
    if not isinstance(epoch, list | tuple):
        raise UnreadableError(f"Expected a list of index arrays, got {kind(epoch)}.")
    batches = []
    for batch in epoch:
        if not isinstance(batch, list | tuple | np.ndarray):
            raise UnreadableError("Expected a list of index arrays, got a list of numbers.")
        try:
            array = np.asarray(batch)
        except ValueError:
            array = np.empty((0, 0))
        if array.ndim != 1:
            raise UnreadableError("A batch is an array of indices of shape (b,).")
        if array.size and array.dtype.kind not in "iu":
            raise UnreadableError(f"Indices are whole numbers, got {array.dtype}.")
        batches.append(array.astype(int))
    return batches


def _facts(arguments: tuple, epoch: Any) -> dict[str, Any]:
    n, _, _ = arguments
    batches = _indices(epoch)
    order = np.concatenate([np.empty(0, dtype=int), *batches])
    inside = order[(order >= 0) & (order < n)]
    return {
        "sizes of the batches": np.array([len(batch) for batch in batches]),
        "an index lies outside 0 … n - 1": len(inside) < len(order),
        "an index is missing": len(np.unique(inside)) < n,
        "an index comes twice": len(np.unique(order)) < len(order),
    }


def _two_epochs(calls: list[tuple], outcome: Outcome) -> dict[str, Any]:
    full, ones = map(_facts, calls, outcome.value)
    return full | {f"with batch_size = 1 {name}": fact for name, fact in ones.items()}


def _three_epochs(calls: list[tuple], outcome: Outcome) -> dict[str, Any]:
    first, other, again = ([b.tolist() for b in _indices(epoch)] for epoch in outcome.value)
    order = [i for batch in first for i in batch]
    return {
        **_facts(calls[0], outcome.value[0]),
        "the indices are left in their order": order == sorted(order),
        "another Generator gives another order": first != other,
        "an equal Generator gives an equal order": first == again,
        "the same indices are always together": _together(first) == _together(other),
    }


def _together(batches: list[list[int]]) -> set[frozenset]:
    return {frozenset(batch) for batch in batches}


BATCHES = Exercise(
    name="minibatches",
    title="Cut an epoch into mini-batches",
    section="sec-stochastic-batches",
    difficulty=1,
    minutes=12,
    signature="minibatches(n, batch_size, rng) -> list of index arrays",
    reference=minibatches,
    probes=(
        Probe("epochs with a short last batch", 2.0, _epochs, draws=2, observe=_three_epochs),
        Probe("sizes that come out even", 1.0, _even, draws=2, observe=_two_epochs),
    ),
    hints=(
        "Two steps: put the indices 0 … n - 1 in a random order, then cut that order into pieces.",
        "rng.permutation(n) gives the order. The pieces begin at 0, b, 2b, …; a slice past the end is no error, it is "
        "just shorter.",
        "order = rng.permutation(n); return [order[k : k + batch_size] for k in range(0, n, batch_size)].",
    ),
    right=RIGHT,
    wrong=MISTAKES,
)
