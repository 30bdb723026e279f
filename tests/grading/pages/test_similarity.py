import random

import pytest

from descent.grading.pages.similarity import alike

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
    assert (set(group.students), group.share) == ({"ada", "bob"}, 1.0)


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
