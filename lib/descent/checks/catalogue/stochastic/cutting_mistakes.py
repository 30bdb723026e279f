"""`minibatches` with one mistake each, and the words for it."""

import numpy as np

from descent.checks.exercise import Wrong


def _cut(order, b):
    return [order[start : start + b] for start in range(0, len(order), b)]


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


MISTAKES = (
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
)
