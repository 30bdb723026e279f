"""`test_paired_difference`: the student's own test, tried on right intervals and on wrong ones."""

import numpy as np

from descent.checks.catalogue.comparison import paired_mistakes
from descent.checks.catalogue.comparison.paired_right import RIGHT, reference
from descent.checks.catalogue.own_tests import accepts, rejects
from descent.checks.exercise import Exercise, Wrong

RIGHT_ONES = RIGHT[1:4]
A = np.array([0.91, 0.95, 0.88, 0.93, 0.90])
B = np.array([0.90, 0.92, 0.88, 0.89, 0.91])
ZERO = np.zeros(5)
OPPOSED = 1 - A + 0.01 * np.arange(5)  # high where A is low


def _close(got, right, rtol=1e-6):
    return bool(np.allclose(got, right, rtol=rtol, atol=0))


def _compares(a=A, b=B, level=0.95, same=_close):
    """A test that compares the result with the right one, by `same`."""
    right = np.array(reference(a, b, level))

    def test(paired_difference):
        return same(np.array(paired_difference(a.copy(), b.copy(), level)), right)

    return test


def _by_hand(paired_difference):
    """Differences 1 to 5: deviation sqrt(2.5), standard error sqrt(0.5), quantile 2.776."""
    a, b = np.array([11.0, 22.0, 33.0, 44.0, 55.0]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    mean, low, high = paired_difference(a, b, 0.95)
    reach = 2.7764451 * np.sqrt(0.5)
    return bool(
        abs(mean - 3) < 1e-9 and abs(low - 3 + reach) < 1e-6 and abs(high - 3 - reach) < 1e-6
    )


def _several_cases(paired_difference):
    rng = np.random.default_rng(3)
    for n, level in ((3, 0.9), (5, 0.95), (8, 0.99)):
        a, b = rng.normal(size=(2, n)) + rng.normal(size=n)
        if not _close(paired_difference(a, b, level), reference(a, b, level)):
            return False
    return True


def _two_pairs(paired_difference):
    """One degree of freedom: the quantile of 0.75 is tan(pi / 4) = 1, the standard error 0.1."""
    result = paired_difference(np.array([0.8, 0.9]), np.array([0.7, 0.6]), 0.5)
    return _close(result, [0.2, 0.1, 0.3])


def _only_the_mean(got, right):
    return _close(got[0], right[0])


def _half_width(tolerance):
    """Compares the half-widths, to a relative `tolerance`."""
    return lambda got, right: _close(got[2] - got[1], right[2] - right[1], tolerance)


def _wide_enough(got, right):
    return bool(got[1] <= right[1] + 1e-9 and got[2] >= right[2] - 1e-9)


def _mean_inside(paired_difference):
    mean, low, high = paired_difference(A, B, 0.95)
    return bool(low < mean < high)


def _many_seeds():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 400)) + 3 * rng.normal(size=400)
    return _compares(a, b, same=_half_width(1e-2))


OWN_TEST = Exercise(
    name="test_paired_difference",
    title="Write the test that fails",
    section="sec-comparison-testing",
    difficulty=3,
    minutes=12,
    signature="test_paired_difference(paired_difference) -> bool",
    reference=_compares(),
    probes=(
        accepts("accepts right intervals", RIGHT_ONES, "function"),
        rejects("an interval without pairs", paired_mistakes.unpaired_n_minus_one, RIGHT_ONES),
        rejects(
            "an interval of the standard deviation", paired_mistakes.deviation_for_error, RIGHT_ONES
        ),
        rejects(
            "an interval whose deviation divides by n",
            paired_mistakes.n_for_n_minus_one,
            RIGHT_ONES,
        ),
        rejects("an interval with the normal quantile", paired_mistakes.normal_for_t, RIGHT_ONES),
    ),
    hints=(
        "All four wrong functions return the right mean. What differs is the width, and some widths differ by little.",
        "Choose few pairs, scores that go up and down together, and compare low and high with numbers that you trust, "
        "to many digits.",
        "Take differences 1, 2, 3, 4, 5: the mean is 3 and the half-width at 0.95 is 2.7764451 * sqrt(0.5). Let both "
        "methods share large ups and downs, such as scores_b = 10, 20, 30, 40, 50.",
    ),
    right=(
        _compares(),
        _by_hand,
        _several_cases,
        _two_pairs,
        _compares(A[:3], B[:3], level=0.8),
    ),
    wrong=(
        Wrong(
            "accepts everything",
            lambda paired_difference: True,
            "Your test accepts every interval, right or wrong.",
            "All of the wrong ones have the right mean, and hold it: compare low and high with numbers that you trust.",
            "sec-comparison-testing",
            twins=("the mean alone", "the mean lies inside"),
        ),
        Wrong(
            "the mean alone",
            _compares(same=_only_the_mean),
            "Your test looks at the mean alone, which all the wrong functions have right.",
            "What they have wrong is the width: compare low and high.",
            "sec-comparison-testing",
            twins=("accepts everything", "the mean lies inside"),
        ),
        Wrong(
            "the mean lies inside",
            _mean_inside,
            "Your test accepts every interval that holds its mean.",
            "So does an interval of any width: compare low and high with numbers that you trust.",
            "sec-comparison-testing",
            twins=("accepts everything", "the mean alone"),
        ),
        Wrong(
            "rejects everything",
            lambda paired_difference: False,
            "Your test rejects functions that are right.",
            "Try it on your own paired_difference first, and compare with np.allclose: right programs round differently.",
            "sec-comparison-testing",
            twins=("equality to the last bit",),
        ),
        Wrong(
            "equality to the last bit",
            _compares(same=np.array_equal),
            "Your test rejects right functions that round differently.",
            "Numbers from another order of operations differ in the last bits: use np.allclose.",
            "sec-comparison-testing",
            twins=("rejects everything",),
        ),
        Wrong(
            "returns nothing",
            lambda paired_difference: None,
            "Your test returns None.",
            "End it with return True or return False.",
            "sec-comparison-testing",
        ),
        Wrong(
            "second scores all alike",
            _compares(A, ZERO),
            "Your test does not see that the pairs are ignored: one of the two rows of scores does not vary.",
            "Let both rows vary, and together: then a difference is much surer than two separate means.",
            "sec-comparison-testing",
        ),
        Wrong(
            "too wide is accepted",
            _compares(A, OPPOSED, same=_wide_enough),
            "Your test accepts intervals that are too wide.",
            "An interval may fail by being too short or too long: compare both ends from both sides.",
            "sec-comparison-testing",
        ),
        Wrong(
            "a wide tolerance",
            _compares(same=_half_width(0.15)),
            "Your test does not see a deviation that divides by n: its tolerance is too wide.",
            "With five pairs n for n - 1 shortens the interval by a tenth; np.allclose's own tolerance is finer.",
            "sec-comparison-testing",
        ),
        Wrong(
            "a wide tolerance at a low level",
            _compares(level=0.5, same=_half_width(0.1)),
            "Your test does not see the normal quantile: at a low level it is close to Student's.",
            "The two differ in the tails: ask for a level of 0.95, with few pairs and a fine tolerance.",
            "sec-comparison-testing",
        ),
        Wrong(
            "so many seeds",
            _many_seeds(),
            "Your test sees neither n for n - 1 nor the normal quantile: it uses too many pairs.",
            "With hundreds of pairs all these agree; take five.",
            "sec-comparison-testing",
        ),
    ),
)
