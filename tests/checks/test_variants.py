import copy
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from descent.checks import EXERCISES, check, hint, variants
from descent.checks.calling import LocalCandidate
from descent.checks.catalogue import VARIED
from descent.checks.catalogue.comparison.changes import REMARKS
from descent.checks.examination import Examination

ROOT = Path(__file__).parents[2]
CHAPTERS = "\n".join(path.read_text("utf-8") for path in (ROOT / "chapters").glob("[0-9]*.md"))
STEP = EXERCISES["momentum_step"]
NAMES = ("one", "two", "three")
GOLDEN = [1, 2, 0, 2, 1, 2, 0, 1, 0, 1, 2, 0]


LABS = [one for one in VARIED.values() if one.variant and one.given]


def chosen(secret, student, exercise):
    return variants.chosen(secret, student, exercise.name, NAMES)


@cache
def examination(label):
    return Examination(VARIED[label], "public", "s")


every = pytest.mark.parametrize(
    "one", [one for one in VARIED.values() if one.variant], ids=lambda one: one.label
)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_but_the_guesses_has_several_variants(name):
    assert (len(EXERCISES[name].variants) >= 2) != name.startswith("predicted_")


def test_nearly_all_points_of_an_assignment_vary():
    most, varying = Counter(), Counter()
    for exercise in EXERCISES.values():
        most[exercise.chapter] += exercise.points
        varying[exercise.chapter] += exercise.points * bool(exercise.variants)
    assert all(varying[chapter] >= 0.85 * most[chapter] for chapter in most)


@every
def test_a_variant_says_its_own_numbers(one):
    for number in re.findall(r"\d+(?:\.\d+)?", one.variant):
        assert number in one.statement
    others = [v.statement for v in EXERCISES[one.name].variants if v.name != one.variant]
    assert one.statement not in others


@every
def test_a_variants_reference_fails_only_as_the_books_does(one):
    def errors(exercise):
        failures = (case.expected.failure for case in examination(exercise.label).cases)
        return {failure.error for failure in failures if failure}

    assert errors(one) <= errors(EXERCISES[one.name])


@pytest.mark.parametrize("name", [n for n in EXERCISES if n.endswith("_repaired")])
def test_every_variant_of_a_bug_lab_has_a_program_of_its_own(name):
    given = [variant.given for variant in EXERCISES[name].variants]
    assert all(given)
    assert len(set(given)) == len(given)


@pytest.mark.parametrize("one", LABS, ids=lambda one: one.label)
def test_the_fault_of_a_given_program_is_one_of_the_named(one):
    names = {"np": np, "copy": copy}
    if one.needs:
        names["torch"] = pytest.importorskip("torch")
    exec(one.given, names)
    for asked in (Examination(one, "hidden", "s"), examination(one.label)):
        result = asked.mark(LocalCandidate(names[one.name]))
        assert result.state == "failed"
        assert result.diagnosis in {w.name for w in EXERCISES[one.name].varied(one.variant).wrong}
        assert not result.diagnosis.startswith(("the book's", "another notebook's"))


def test_the_remarks_on_the_plot_are_the_notebooks():
    text = (ROOT / "solutions/11_fair_comparison/11_fair_comparison.py").read_text("utf-8")
    assert all(f"# - **{letter}** {said}" in text for letter, said in REMARKS.items())


def test_the_choice_is_the_same_everywhere_and_for_ever():
    places = [NAMES.index(chosen("0" * 32, f"student {k}", STEP)) for k in range(12)]
    assert places == GOLDEN


def test_the_choice_is_uniform_over_students():
    count = Counter(chosen("secret", f"student {k}", STEP) for k in range(3000))
    assert set(count) == set(NAMES)
    # 3,000 / 3, give or take five standard deviations of a binomial count.
    assert all(abs(n - 3000 / len(NAMES)) < 5 * (3000 * 2 / 9) ** 0.5 for n in count.values())


def agreement(other_secret, other_exercise=STEP):
    """How often two choices that should have nothing to do with each other agree, of 3,000 students."""
    return sum(
        NAMES.index(chosen("secret", f"{k}", STEP))
        == NAMES.index(chosen(other_secret, f"{k}", other_exercise))
        for k in range(3000)
    )


def test_the_choice_cannot_be_told_without_the_secret():
    for k in range(5):
        assert abs(agreement(f"another secret {k}") - 1000) < 130


def test_what_one_exercise_asks_for_says_nothing_about_the_next():
    assert abs(agreement("secret", EXERCISES["adam_step"]) - 1000) < 130


def test_a_name_counts_as_it_reads():
    for k in range(20):
        composed = f"Zoë {k}"
        apart = unicodedata.normalize("NFD", composed)
        assert composed != apart
        assert chosen("s", composed, STEP) == chosen("s", apart, STEP)


def test_names_of_every_kind_have_a_variant():
    for student in ("", "o'hara; drop table", "学生", "x" * 10_000, "\udce9"):
        assert chosen("s", student, STEP) in NAMES


def test_an_exercise_without_a_name_of_a_variant_is_itself():
    assert STEP.varied("") is STEP
    with pytest.raises(ValueError, match="variant of momentum_step"):
        STEP.varied("no such thing")


@every
def test_a_variant_is_worth_the_same_and_called_the_same(one):
    book = EXERCISES[one.name]
    assert (one.points, one.signature, one.title) == (book.points, book.signature, book.title)


@every
def test_a_variants_words_fit_into_a_notebook(one):
    assert re.fullmatch(r"[\w .,:()-]+", one.variant)
    assert len(one.hints) >= 2
    assert one.statement.count("$$") % 2 == 0
    assert not re.search(r"\\[a-z]*[\x00-\x08\x0b-\x1f]|\t", one.statement)  # a lost backslash


@every
def test_what_is_right_in_the_book_or_in_another_notebook_is_named_as_that(one):
    book = EXERCISES[one.name]
    foreign = {"the book's": book.reference} | {
        f"another notebook's: {v.name}": v.reference for v in book.variants if v.name != one.variant
    }
    for name, program in foreign.items():
        result = examination(one.label).mark(LocalCandidate(program))
        assert (result.diagnosis, result.variant) == (name, one.variant)
        assert result.score == 0
        assert f"your notebook asks for “{one.variant}”" in result.message


@every
def test_every_right_program_of_the_book_fails(one):
    for program in EXERCISES[one.name].right:
        result = examination(one.label).mark(LocalCandidate(program))
        assert (result.diagnosis, result.score) == ("the book's", 0)


@every
def test_the_books_examination_names_no_variant(one):
    result = examination(one.name).mark(LocalCandidate(one.reference))
    assert result.state == "failed"
    assert result.variant == ""


def test_a_notebook_checks_its_own_variant():
    for variant in STEP.variants:
        result = check("momentum_step", variant.reference, variant=variant.name)
        assert (result.state, result.variant) == ("passed", variant.name)
        assert check("momentum_step", variant.reference).state == "failed"
        assert check("momentum_step", STEP.reference, variant=variant.name).score < 3


def test_a_hint_is_that_of_the_variant():
    variant = STEP.variants[0]
    assert hint("momentum_step", 1, variant=variant.name) == variant.hints[0]
    with pytest.raises(ValueError, match="variant of momentum_step"):
        hint("momentum_step", 1, variant="no such thing")


@pytest.mark.parametrize("variant", ["no such thing", 3, None, ["x"]])
def test_a_variant_that_does_not_exist_is_said(variant):
    result = check("momentum_step", STEP.reference, variant=variant)
    if variant is None:
        assert result.state == "passed"  # none is asked for
    else:
        assert result.state == "ungradable"
        assert "momentum_step" in result.message or result.message


@every
def test_a_variants_mistakes_are_told_as_the_books_are(one):
    names = [wrong.name for wrong in one.wrong]
    assert len(set(names)) == len(names)
    for wrong in one.wrong:
        assert f"({wrong.section})=" in CHAPTERS
        for sentence in (wrong.sentence, wrong.because):
            assert sentence.endswith((".", ".)"))
    for text in one.hints:
        assert text.endswith((".", "?"))
