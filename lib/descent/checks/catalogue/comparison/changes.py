"""What a graded notebook may change in the exercises of chapter 11."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.comparison.paired_right import reference
from descent.checks.catalogue.comparison.plot_faults import FAULTS, LETTERS
from descent.checks.catalogue.own_tests import of_changed
from descent.checks.exercise import Probe, Wrong
from descent.checks.variants import Change, times


def _standardised(mean: float, sd: float) -> Change:
    def program(book):
        def train_step(model, optimizer, X, y):
            return book(model, optimizer, (X - mean) / sd, y)

        return train_step

    return Change(
        name=f"inputs less {mean:g}, over {sd:g}",
        statement=rf"""The inputs `X` come **as they are stored**: the network is to see $(X - {mean:g}) / {sd:g}$, in place of `X`.""",
        hint=f"Begin with X = (X - {mean:g}) / {sd:g}.",
        program=program,
    )


def _all_standardised(mean: float, sd: float) -> Change:
    def program(book):
        def comparison_repaired(model, rates, batches, X_valid, y_valid):
            ready = [((X - mean) / sd, y) for X, y in batches]
            return book(model, rates, ready, (X_valid - mean) / sd, y_valid)

        return comparison_repaired

    return Change(
        name=f"inputs less {mean:g}, over {sd:g}",
        statement=rf"""The program below has **other faults** than those described above, two as well. And all inputs, those of the batches and
`X_valid`, come as they are stored: the network is to see $(X - {mean:g}) / {sd:g}$ in their place. That part is right.""",
        hint="Within the loop: a deep copy, not a copy of the outside alone; and evaluation mode before the measurement.",
        program=program,
        given=f"""\
def comparison_repaired(model, rates, batches, X_valid, y_valid):
    cross_entropy = torch.nn.functional.cross_entropy
    losses = []
    for lr in rates:
        network = copy.copy(model)
        optimizer = torch.optim.SGD(network.parameters(), lr=lr)
        network.train()
        for X, y in batches:
            optimizer.zero_grad()
            cross_entropy(network((X - {mean:g}) / {sd:g}), y).backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(cross_entropy(network((X_valid - {mean:g}) / {sd:g}), y_valid).item())
    return losses""",
    )


def _among(m: int) -> Change:
    def program(book):
        def paired_difference(scores_a, scores_b, level):
            return book(scores_a, scores_b, 1 - (1 - level) / m)

        return paired_difference

    return Change(
        name=f"one of {m} comparisons",
        statement=rf"""The interval is **one of {m} that are read together**, and `level` is the chance that all {m} hold the truth at once. By
Bonferroni's rule the chance to fail is shared out among them: in place of `level` each interval has the level

$$1 - \frac{{1 - \text{{level}}}}{{{m}}}.$$""",
        hint=f"Begin with level = 1 - (1 - level) / {m}.",
        program=program,
    )


UNITS = {"per cent": 100, "parts per thousand": 1000}


def _in_units(unit: str) -> Change:
    factor = UNITS[unit]
    others = [times(other)(reference) for other in (1, *UNITS.values()) if other != factor]
    return Change(
        name=f"a test of intervals in {unit}",
        statement=rf"""The functions on which your test is tried give their results **in {unit}**: scores are fractions as above, and all three
results are {factor} times as large as there. So a function that leaves them as fractions is a wrong one here.""",
        hint=f"Multiply the numbers that your test trusts by {factor}.",
        program=lambda book: lambda paired_difference: book(times(1 / factor)(paired_difference)),
        probe=of_changed(
            times(factor),
            at="rejects an interval without pairs",
            otherwise=others,
            what="returns another unit",
        ),
    )


REMARKS = {
    "A": "All methods start from the same weights.",
    "B": "All methods run at the same learning rate.",
    "C": "All methods see the same batches, in the same order.",
    "D": "Each method is run with one seed.",
    "E": "The loss axis is logarithmic.",
    "F": "The curves are drawn against steps, not against seconds.",
    "G": "The loss is that of the training images.",
    "H": "The curves are not smoothed.",
}


def _relabelled(order: str) -> Change:
    """order: the new letters of the remarks A, B, …"""
    there = str.maketrans(LETTERS, order)
    remarks = sorted(f"- **{letter.translate(there)}** {said}" for letter, said in REMARKS.items())

    def program(book):
        return lambda: "".join(book()).upper().translate(there)

    def probe(book: Probe) -> Probe:
        facts = book.observe
        assert facts, "the letters are read"

        def observe(arguments, outcome):
            named = np.asarray(facts(arguments, outcome))
            return named[[LETTERS.index(letter) for letter in order]]

        return replace(book, observe=observe)

    def reworded(wrong: Wrong) -> Wrong:
        sentence = wrong.sentence[0].translate(there) + wrong.sentence[1:]
        return replace(wrong, program=program(wrong.program), sentence=sentence)

    of_a_letter = [wrong for wrong in FAULTS.wrong if " for " in wrong.name]
    return Change(
        name=f"letters {order}",
        statement="**The remarks have other letters**:\n\n" + "\n".join(remarks),
        hint="Find the three among these remarks, and give their letters as they stand here.",
        program=program,
        without=tuple(wrong.name for wrong in of_a_letter),
        also=tuple(map(reworded, of_a_letter)),
        probe=probe,
    )


CHANGES = {
    "train_step": (_standardised(0.1, 0.3), _standardised(0.3, 0.4), _standardised(0.5, 0.25)),
    "comparison_repaired": (
        _all_standardised(0.1, 0.3),
        _all_standardised(0.3, 0.4),
        _all_standardised(0.5, 0.25),
    ),
    "paired_difference": tuple(map(_among, (3, 5, 7))),
    "test_paired_difference": tuple(map(_in_units, UNITS)),
    "plot_faults": tuple(map(_relabelled, ("FCEHBADG", "GEBADHFC", "EADHGCBF"))),
}
