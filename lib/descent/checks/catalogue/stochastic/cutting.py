"""`minibatches`: an epoch, cut into batches. Random, so what is compared are facts that every right answer shares."""

from typing import Any

import numpy as np

from descent.batches import minibatches
from descent.checks.calling import Outcome, Seeded, kind
from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong


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


def _cut(order, b):
    return [order[start : start + b] for start in range(0, len(order), b)]


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


def _with_replacement(n, batch_size, rng):
    return _cut(rng.integers(n, size=n), batch_size)


def _tail_dropped(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(n // batch_size)]


def _never_shuffled(n, batch_size, rng):
    return _cut(np.arange(n), batch_size)


def _fixed_seed(n, batch_size, rng):
    return _cut(np.random.default_rng(0).permutation(n), batch_size)


def _other_source(n, batch_size, rng):
    return _cut(np.random.default_rng().permutation(n), batch_size)


def _whole_batches(n, batch_size, rng):
    batches = _cut(np.arange(n), batch_size)
    return [batches[k] for k in rng.permutation(len(batches))]


def _overlapping(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[k : k + batch_size + 1] for k in range(0, n, batch_size)]


def _one_lost_each(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[k : k + batch_size - 1] for k in range(0, n, batch_size)]


def _sliding(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[k : k + batch_size] for k in range(-(-n // batch_size))]


def _filled_up(n, batch_size, rng):
    order = rng.permutation(n)
    return _cut(np.concatenate([order, order[: -n % batch_size]]), batch_size)


def _empty_tail(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(n // batch_size + 1)]


def _nearly_equal(n, batch_size, rng):
    return np.array_split(rng.permutation(n), -(-n // batch_size))


def _number_for_size(n, batch_size, rng):
    return np.array_split(rng.permutation(n), batch_size)


def _tail_joined(n, batch_size, rng):
    order = rng.permutation(n)
    return np.split(order, range(batch_size, n - batch_size + 1, batch_size))


def _singles_dropped(n, batch_size, rng):
    return [batch for batch in _cut(rng.permutation(n), batch_size) if len(batch) > 1]


def _from_one(n, batch_size, rng):
    return _cut(rng.permutation(n) + 1, batch_size)


def _not_cut(n, batch_size, rng):
    return rng.permutation(n)


def _as_floats(n, batch_size, rng):
    return _cut(rng.permutation(np.linspace(0, n - 1, n)), batch_size)


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
    right=(
        _split,
        _shuffled_in_place,
        _sorted_by_chance,
        _chosen,
        _fisher_yates,
        _drawn_from_what_is_left,
    ),
    wrong=(
        Wrong(
            "with replacement",
            _with_replacement,
            "You draw with replacement: some indices come twice, and others not at all.",
            "An epoch shows every example once: shuffle all indices, then cut; don't draw each batch anew.",
            "sec-stochastic-replacement",
            mistake=25,
        ),
        Wrong(
            "tail dropped",
            _tail_dropped,
            "The last, shorter batch is missing, and its examples with it.",
            "n // b counts the full batches alone; range(0, n, b) has a start for the rest, too.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "never shuffled",
            _never_shuffled,
            "You cut the indices in their own order: nothing is shuffled.",
            "Data often come sorted; then a batch is no fair sample, and its gradient points the wrong way.",
            "sec-stochastic-batches",
            mistake=25,
        ),
        Wrong(
            "global seed",
            _fixed_seed,
            "You set a seed yourself: every epoch comes out the same, whatever rng is.",
            "np.random.seed(0), or a Generator made inside the function, starts anew with each call; draw from the rng "
            "that is passed.",
            "sec-stochastic-seeds",
        ),
        Wrong(
            "global generator",
            _other_source,
            "You draw from another source than rng: the same Generator gives different batches.",
            "np.random.shuffle and random.shuffle have a hidden state of their own; a run can be repeated only if all "
            "draws come from the rng that is passed.",
            "sec-stochastic-seeds",
        ),
        Wrong(
            "whole batches shuffled",
            _whole_batches,
            "You cut first and shuffle the batches then: the same examples are together in every epoch.",
            "Shuffle the indices, then cut: only then does every epoch have new batches.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "indices repeated",
            _overlapping,
            "Your batches overlap by one: the last index of each is the first of the next.",
            "The end of a slice is not part of it: order[k : k + b] holds b elements.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "indices lost",
            _one_lost_each,
            "Every batch lacks its last index.",
            "The end of a slice is not part of it: order[k : k + b] holds b elements.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "sliding window",
            _sliding,
            "Each of your batches begins one index after the one before, not batch_size after it.",
            "The starts are 0, b, 2b, …: range(0, n, b), or k * b.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "tail filled up",
            _filled_up,
            "You fill the last batch up with indices that were there already.",
            "The last batch is just shorter; counted twice, an example weighs twice.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "empty last batch",
            _empty_tail,
            "Where n is a multiple of batch_size your last batch is empty.",
            "The mean over an empty batch is NaN; there are ceil(n / b) batches, not n // b + 1.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "nearly equal sizes",
            _nearly_equal,
            "Your batches are of nearly equal size; all but the last have batch_size indices.",
            "np.array_split evens the sizes out; np.split at the indices b, 2b, … does not.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "number for size",
            _number_for_size,
            "You make batch_size batches; it is their size, not their number.",
            "np.array_split(order, k) makes k pieces.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "tail joined",
            _tail_joined,
            "You add the rest to the last full batch, which becomes too large.",
            "The rest is a batch of its own.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "batches of one dropped",
            _singles_dropped,
            "You leave out batches that hold a single index.",
            "A batch of one is a batch; with batch_size = 1 (online learning) all of them are.",
            "sec-stochastic-online",
        ),
        Wrong(
            "counted from 1",
            _from_one,
            "Your indices run from 1 to n; in Python they run from 0 to n - 1.",
            "Index n lies beyond the end, and example 0 is never seen.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "not cut",
            _not_cut,
            "You return the shuffled indices in one piece; cut them into batches.",
            "A list of arrays is wanted, each with the indices of one batch.",
            "sec-stochastic-batches",
        ),
        Wrong(
            "floats for indices",
            _as_floats,
            "Your indices are floats, with which NumPy does not index.",
            "np.linspace and np.zeros make floats; np.arange(n) and rng.permutation(n) make whole numbers.",
            "sec-stochastic-batches",
        ),
    ),
)
