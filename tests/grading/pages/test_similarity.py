import random
from collections import Counter
from itertools import combinations

import pytest

from descent.grading.pages.similarity import LEAST, MOST, RARE, SHARE, Alike, alike, pairs

RIGHT = """\
def momentum_step(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr * velocity, velocity
"""
COPIED = """\
def momentum_step(theta, grad, velocity, lr, beta):
    # first blend, because the old speed {word}
    blended = [beta * old + new for old, new in zip(velocity.tolist(), grad.tolist())]
    shifted = []
    for place, speed in enumerate(blended):
        shifted.append(theta[place] - lr * speed if speed > 0 else theta[place] + lr * abs(speed))
    return np.asarray(shifted), np.asarray(blended)
"""


def own(seed):
    """An answer that nobody else has: a long sum of terms in an order of its own."""
    rng = random.Random(seed)
    terms = [f"{rng.choice('abcd')}{rng.randint(1, 99)} * x ** {n}" for n in range(30)]
    rng.shuffle(terms)
    return f"def f(x):\n    return {' + '.join(terms)}\n"


def test_equal_but_for_names_and_comments_is_one_group():
    renamed = (
        RIGHT.replace("velocity", "v").replace("theta", "w").replace("    v =", "    # so\n    v =")
    )
    (group,) = alike({"ada": [RIGHT], "bob": [renamed], "eve": [own(1)]})
    assert (set(group.students), group.share) == ({"ada", "bob"}, None)


def test_what_few_share_makes_a_pair_and_what_all_share_does_not():
    everybody = {f"s{n}": [RIGHT, own(n)] for n in range(30)}
    assert alike(everybody) == []
    everybody["ada"] = [RIGHT, COPIED.replace("{word}", "counts")]
    everybody["bob"] = [RIGHT, COPIED.replace("{word}", "matters").replace("abs(speed)", "-speed")]
    (pair,) = alike(everybody)
    assert set(pair.students) == {"ada", "bob"}
    assert 0.5 < pair.share < 1


def test_what_everybody_was_given_counts_for_nothing():
    assert alike({"ada": [COPIED], "bob": [COPIED]}, given=[COPIED]) == []
    assert alike({"ada": ["x = 1"], "bob": ["x = 1"]}) == []  # too short to say anything


@pytest.mark.parametrize("source", ["def f(:\n" * 40, "'''" + "x y " * 60, "\0" * 90, "\\" * 90])
def test_code_that_is_no_python_does_no_harm(source):
    alike({"ada": [source], "bob": [source], "eve": [RIGHT]})


def all_pairs(written):
    """What `pairs` is to find, every two held against each other."""
    held_by = Counter(run for runs in written.values() for run in runs)
    limit = min(RARE, max(2, len(written) // 10))
    rare = {name: {run for run in runs if held_by[run] <= limit} for name, runs in written.items()}
    found = []
    for a, b in combinations(written, 2):
        shared = len(rare[a] & rare[b])
        if shared >= LEAST and shared / min(len(rare[a]), len(rare[b])) >= SHARE:
            found.append((-round(shared / min(len(rare[a]), len(rare[b])), 2), a, b))
    return [Alike((a, b), -less) for less, a, b in sorted(found)[:MOST]]


@pytest.mark.parametrize("seed", range(20))
def test_the_pairs_are_those_of_a_comparison_of_all_with_all(seed):
    rng = random.Random(seed)

    def some(count):
        return [rng.getrandbits(64) for _ in range(count)]

    texts = [some(60) for _ in range(rng.randint(1, 12))]
    common = some(50)

    def runs():
        """Pieces of a few texts that many know, something that all write, and something of one's own."""
        known = [run for text in rng.sample(texts, min(2, len(texts))) for run in text]
        own = some(rng.randint(0, 30))
        return frozenset(rng.sample(known, rng.randint(0, len(known))) + common[:20] + own)

    written = {f"s{n:02}": runs() for n in rng.sample(range(90), rng.choice([0, 1, 2, 15, 90]))}
    assert pairs(written) == all_pairs(written)


def test_pairs_are_found_in_such_classes():
    text = frozenset(range(100))
    assert pairs({"ada": text, "bob": text | {200}, "eve": frozenset(range(300, 400))}) == [
        Alike(("ada", "bob"), 1.0)
    ]
