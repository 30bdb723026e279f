"""Chapter 11: answers with torch, intervals, and what the notebook and the sentences say."""

import re
import statistics
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from descent.checks import EXERCISES
from descent.checks.catalogue import comparison
from descent.validation import t_quantile

CHAPTER = "11_fair_comparison"
SOURCE = Path(__file__).parents[2] / "solutions" / CHAPTER / f"{CHAPTER}.py"


def test_only_the_two_exercises_with_networks_need_torch():
    needing = {exercise.name for exercise in comparison.EXERCISES if exercise.needs}
    assert needing == {"train_step", "comparison_repaired"}


def test_a_step_on_a_network_from_outside_is_named_whatever_that_network_is(mark):
    mine = torch.nn.Linear(3, 4).double()

    def uses_a_global(model, optimizer, X, y):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(mine(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    assert mark("train_step", uses_a_global).diagnosis == "shared network"


def test_a_loss_that_is_a_tensor_with_its_graph_counts_as_a_number(mark):
    def returns_the_tensor(model, optimizer, X, y):
        model.train()
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    assert mark("train_step", returns_the_tensor).state == "passed"


def test_unknown_mistakes_are_rejected_with_the_first_difference(mark):
    def weaker(model, optimizer, X, y):
        model.train()
        optimizer.zero_grad()
        loss = 0.7 * torch.nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    result = mark("train_step", weaker)
    assert result.diagnosis == ""
    assert result.message.startswith("The loss: expected")
    assert "0.7 times the right one" in result.message


def test_intervals_by_scipy_are_right_and_by_another_order_of_steps_are_named(mark):
    def by_scipy(a, b, level):
        result = stats.ttest_rel(a, b)
        interval = result.confidence_interval(level)
        return np.mean(a - b), interval.low, interval.high

    def welch_by_scipy(a, b, level):
        interval = stats.ttest_ind(a, b).confidence_interval(level)
        return np.mean(a) - np.mean(b), interval.low, interval.high

    def normal(a, b, level):
        d = [x - y for x, y in zip(a, b, strict=True)]
        error = statistics.stdev(d) / len(d) ** 0.5
        z = stats.norm.ppf(1 - (1 - level) / 2)
        return statistics.fmean(d), statistics.fmean(d) - z * error, statistics.fmean(d) + z * error

    assert mark("paired_difference", by_scipy, "hidden").state == "passed"
    assert mark("paired_difference", welch_by_scipy).diagnosis == "unpaired"
    assert mark("paired_difference", normal).diagnosis == "z for t"


def test_faults_may_be_given_in_any_order_and_how_many_are_right_is_told(mark):
    assert mark("plot_faults", "G, B and D".replace(" and", ",")).state == "passed"
    assert mark("plot_faults", "ABH").message == "1 of your three are faults of the comparison."
    assert mark("plot_faults", "BD").message == "Name three remarks, you name 2."
    assert "'Z'" in mark("plot_faults", "BDZ").message
    assert "letters" in mark("plot_faults", 3).message


def test_a_test_may_be_of_any_kind_but_must_answer(mark):
    assert "Return True or False" in mark("test_paired_difference", lambda f: 0.3).message


# What the notebook and the sentences say.


def test_the_quantile_that_is_given_is_the_library_s(solved):
    given = solved(CHAPTER).names["t_quantile"]
    for p in (0.75, 0.9, 0.975, 0.995):
        for degrees in (1, 2, 3, 4, 11, 30):
            assert given(p, degrees) == pytest.approx(t_quantile(p, degrees), rel=1e-12)
            assert t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-10)


def test_adam_wins_the_plot_by_its_faults(solved):
    names = solved(CHAPTER).names

    def last(method, lr):
        names["lr"] = lr
        return np.mean(names["run"](method)[-20:])

    at_one_rate = {m: last(m, 0.01) for m in ("gradient descent", "momentum", "Adagrad", "Adam")}
    assert min(at_one_rate, key=at_one_rate.get) == "Adam"
    assert last("momentum", 0.5) < at_one_rate["Adam"]
    text = re.sub(r"\s*\n# ?", " ", SOURCE.read_text())
    assert "- **B** All methods run at the same learning rate." in text
    assert comparison.FAULTS.reference() == "BDG"


def test_numbers_in_the_sentences():
    said = {wrong.name: wrong.because for wrong in EXERCISES["paired_difference"].wrong}
    inside = 2 * stats.t.cdf(1.96, 4) - 1
    assert f"covers the truth in {100 * inside:.0f} of 100 cases" in said["z for t"]
    assert "too short by a tenth" in said["n for n - 1"]
    assert pytest.approx(0.1, abs=0.01) == 1 - 0.8**0.5
