"""What makes the comparison fair: the same budget, start and batches, and a test set used once."""

import json
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from experiments import fair_comparison as fair
from experiments.runner import RESULTS

from descent.data import Examples
from descent.validation import mean_interval


def tune(first, score, trials=fair.TRIALS):
    tried = {}
    for _ in range(trials):
        k = fair.next_exponent(tried, first)
        assert k not in tried
        tried[k] = score(k)
    return tried


@pytest.mark.parametrize("best", range(-90, 0, 7))
@pytest.mark.parametrize("first", {-16, -24, -48})
def test_the_search_ends_at_the_best_rate(best, first):
    tried = {}
    while (k := fair.next_exponent(tried, first)) not in tried:
        tried[k] = -abs(k - best)
    assert abs(max(tried, key=tried.get) - best) <= 1


def test_the_search_goes_on_beyond_its_border():
    assert list(tune(-16, lambda k: k)) == [-16, -24, -8, 0, 8, 16]
    assert list(tune(-16, lambda k: -k)) == [-16, -24, -8, -32, -40, -48]


def test_otherwise_it_halves_the_wider_gap_or_the_better_one():
    assert list(tune(-16, lambda k: -abs(k + 17))) == [-16, -24, -8, -20, -12, -18]
    assert fair.next_exponent({-16: 2, -24: 0, -8: 1}, -16) == -12


def test_rates_are_easy_to_read():
    assert [fair.rate(k) for k in (-48, -24, -16, -4, 0)] == [0.001, 0.0316, 0.1, 0.562, 1.0]


@pytest.fixture
def asked():
    """The rows that the plan asks for, and its findings, where a method's score depends on its rate."""
    rows, scores = [], {}

    def ask(**settings):
        rows.append(settings)
        k = round(fair.PER_DECADE * math.log10(settings["lr"]))
        target = 10 * list(fair.FIRST).index(settings["method"]) - 70
        accuracy = 0.9 - 0.001 * abs(k - target)
        if settings["phase"] == "comparison":
            noise = np.random.default_rng(settings["seed"]).normal(0, 0.02)
            own = np.random.default_rng([settings["seed"], target + 100]).normal(0, 0.001)
            accuracy = scores[settings["method"], settings["seed"]] = accuracy + noise + own
        return {"accuracy": accuracy, "loss": None}

    return rows, scores, fair.plan(ask)


def test_every_method_has_the_same_budget(asked):
    rows, _, findings = asked
    trials = defaultdict(set)
    for row in rows:
        if row["phase"] == "tuning":
            trials[row["method"]].add(row["lr"])
    assert {method: len(rates) for method, rates in trials.items()} == dict.fromkeys(
        fair.FIRST, fair.TRIALS
    )
    for method, tried in findings["trials"].items():
        assert findings["lr"][method] == max(tried, key=lambda trial: trial[1])[0]


def test_the_test_set_is_used_once_with_seeds_that_tuning_did_not_use(asked):
    rows, _, findings = asked
    finals = [row for row in rows if row["phase"] == "comparison"]
    count = Counter((row["method"], row["seed"]) for row in finals)
    assert count == Counter((method, seed) for method in fair.FIRST for seed in fair.SEEDS)
    assert all(row["lr"] == findings["lr"][row["method"]] for row in finals)
    assert {row["seed"] for row in rows if row["phase"] == "tuning"}.isdisjoint(fair.SEEDS)
    assert len(fair.SEEDS) >= 5
    assert {(row["epochs"], row["batch_size"]) for row in rows} == {(10, 128)}


def test_differences_are_paired(asked):
    _, scores, findings = asked
    for method in fair.FIRST:
        own = np.array([scores[method, seed] for seed in fair.SEEDS])
        base = np.array([scores["adam", seed] for seed in fair.SEEDS])
        assert findings["mean"][method] == pytest.approx(mean_interval(own), abs=1e-6)
        if method == "adam":
            assert method not in findings["difference"]
            continue
        found = findings["difference"][method]
        assert found == pytest.approx(mean_interval(own - base, 1 - 0.05 / 6), abs=1e-6)
        assert found[2] - found[1] < findings["mean"][method][2] - findings["mean"][method][1]


def test_the_table_shows_them_all(asked):
    lines = fair.table(asked[2]).splitlines()
    means = [100 * asked[2]["mean"][line.split()[0]][0] for line in lines[-7:]]
    assert means == sorted(means, reverse=True)
    assert {line.split()[0] for line in lines[-7:]} == set(fair.FIRST)
    assert sum("+" in line or "-" in line for line in lines[-7:]) == 6
    assert "5 seeds" in lines[0]


@pytest.fixture
def few_images(monkeypatch):
    rng = np.random.default_rng(0)
    images = torch.as_tensor(rng.random((300, 784), dtype=np.float32))
    labels = torch.as_tensor(rng.integers(10, size=300))
    data = Examples(images, labels)
    monkeypatch.setattr(fair, "images", lambda phase: (data, data.take(slice(0, 100))))
    monkeypatch.setattr(fair, "EXECUTOR", "eager")


def test_all_methods_have_the_same_start_and_the_same_batches(few_images, monkeypatch):
    first, later = {}, {}
    histories, real = [], fair.train
    monkeypatch.setattr(
        fair, "train", lambda *args, **how: histories.append(real(*args, **how)) or histories[-1]
    )
    for method in fair.FIRST:
        for kept, lr in ((first, 1e-9), (later, 1e-2)):
            fair.measure("comparison", method, lr, seed=3, epochs=2, batch_size=50)
            kept[method] = histories[-1].losses
    for method, losses in first.items():  # with a rate of almost nothing they see the same thing
        assert losses == pytest.approx(first["adam"], rel=1e-4), method
    assert len({losses[0] for losses in later.values()}) == 1
    assert len({losses[-1] for losses in later.values()}) >= 6


def test_a_run_is_measured_and_repeatable(few_images):
    settings = {"method": "adam", "lr": 0.01, "epochs": 2, "batch_size": 50}
    found = fair.measure("tuning", seed=1, **settings)
    assert found == fair.measure("tuning", seed=1, **settings)
    assert found["first_losses"] != fair.measure("tuning", seed=2, **settings)["first_losses"]
    assert len(found["epoch_losses"]) == 2
    assert 0 <= found["accuracy"] <= 1


def test_a_run_that_diverges_ends_early(few_images):
    found = fair.measure("tuning", "gradient_descent", 1e6, seed=0, epochs=5, batch_size=50)
    assert found["loss"] is None
    assert found["epoch_losses"] == [None]


def test_tuning_judges_by_images_that_it_did_not_train_on(monkeypatch):
    n = 12_000
    rows = np.arange(n, dtype=np.float32)[:, None]
    training, test = Examples(rows, np.arange(n) % 10), Examples(-rows[:50], np.zeros(50, int))
    monkeypatch.setattr(fair, "load", lambda name: (training, test))
    fitted, judged = fair.images.__wrapped__("tuning")
    assert len(judged.labels) == 10_000
    together = torch.cat([fitted.images, judged.images]).flatten().sort().values
    assert together.tolist() == list(range(n))
    assert judged.labels.bincount().tolist() == [1000] * 10
    whole, tested = fair.images.__wrapped__("comparison")
    assert len(whole.labels) == n
    assert tested.images.tolist() == (-rows[:50]).tolist()


def test_every_method_is_as_good_as_the_benchmark_of_the_data_set():
    """Fashion-MNIST's own list gives networks with two hidden layers about 0.87 to 0.88."""
    findings = json.loads((RESULTS / "fair_comparison.json").read_text())["findings"]
    assert set(findings["mean"]) == set(fair.FIRST)
    assert min(mean for mean, _, _ in findings["mean"].values()) >= 0.87
