"""`plot_faults`: which three of eight remarks on an "Adam wins" plot name a fault of the comparison."""

import numpy as np

from descent.checks.calling import kind
from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong

LETTERS = "ABCDEFGH"
FAULTS_OF_THE_PLOT = "BDG"  # one learning rate for all, one seed, the training loss


def _named(arguments, outcome):
    """For each remark whether it is named."""
    value = outcome.value
    if isinstance(value, str):
        value = [letter for letter in value if letter not in ", ;"]
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise UnreadableError(f'Expected letters, such as "ABC", got {kind(outcome.value)}.')
    letters = [letter.strip().upper() for letter in value]
    strange = [letter for letter in letters if len(letter) != 1 or letter not in LETTERS]
    if strange:
        raise UnreadableError(f"Expected letters from A to H, got {strange[0]!r}.")
    return np.array([letter in letters for letter in LETTERS])


def _judged(arguments, named):
    right = np.array([letter in FAULTS_OF_THE_PLOT for letter in LETTERS])
    if np.array_equal(named, right):
        return None
    if named.sum() != right.sum():
        return f"Name three remarks, you name {named.sum()}."
    return f"{(named & right).sum()} of your three are faults of the comparison."


def _harmless(letter, sentence, because, section):
    """The mistake of taking the harmless remark `letter` for a fault, in the place of any right one."""
    return tuple(
        Wrong(
            f"{letter} for {missed}",
            lambda missed=missed: FAULTS_OF_THE_PLOT.replace(missed, letter),
            sentence,
            because,
            section,
        )
        for missed in FAULTS_OF_THE_PLOT
    )


FAULTS = Exercise(
    name="plot_faults",
    title="Three faults of a plot",
    section="sec-comparison-rules",
    difficulty=1,
    minutes=6,
    signature="plot_faults -> three letters",
    reference=lambda: FAULTS_OF_THE_PLOT,
    probes=(
        Probe(
            "three faults are named", 2.0, lambda rng: (), draws=1, judge=_judged, observe=_named
        ),
    ),
    hints=(
        "Ask of each remark: with this changed, could another method win?",
        "A comparison is fair in three ways: each method at its best, judged on new examples, with an interval. And what "
        "all methods share takes no side.",
        "One fault lies in the choice of the learning rate, one in what is drawn upwards, one in the number of runs.",
    ),
    right=(
        lambda: "BDG",
        lambda: "gdb",
        lambda: ["B", "D", "G"],
        lambda: ("d", "b", "g"),
        lambda: "B, D, G",
        lambda: np.array(["B", "G", "D"]).tolist(),
    ),
    wrong=(
        Wrong(
            "all of them",
            lambda: LETTERS,
            "You name all eight; three of them are faults.",
            "What all methods share takes no side, and an axis is not a fault because it is unusual.",
            "sec-comparison-rules",
        ),
        Wrong(
            "none",
            lambda: "",
            "You name none; three of the remarks are faults.",
            "A fault is what, done otherwise, could let another method win.",
            "sec-comparison-rules",
        ),
        *_harmless(
            "A",
            "A is no fault: the same start for all is just what makes runs comparable.",
            "With a start of its own each, a method could win by its start.",
            "sec-comparison-start",
        ),
        *_harmless(
            "C",
            "C is no fault: the same batches for all take no side.",
            "The luck of the batches then cancels in the difference.",
            "sec-comparison-start",
        ),
        *_harmless(
            "E",
            "E is no fault: a logarithmic axis shows losses of very different size side by side.",
            "An axis does not decide who wins.",
            "sec-comparison-rules",
        ),
        *_harmless(
            "F",
            "F is no fault: all four need one gradient a step, so steps are a fair measure of work.",
            "It would be one if a method needed two gradients a step, or much time besides.",
            "sec-comparison-rules",
        ),
        *_harmless(
            "H",
            "H is no fault: curves that are not smoothed show how noisy the runs are.",
            "Smoothing makes a plot prettier, and differences look surer than they are.",
            "sec-comparison-rules",
        ),
    ),
)
