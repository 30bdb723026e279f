"""What chapter 11 says in words, computed. (The numbers on the page come from its own cells.)"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from descent.data import Examples
from descent.methods import RULES
from descent.pytorch import Optimizer
from descent.pytorch.models import mlp
from descent.pytorch.training import evaluate, train
from descent.validation import mean_interval, t_quantile

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "chapters" / "11_fair_comparison.md").read_text("utf-8")
METHODS = ("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")


@pytest.fixture(scope="module")
def findings():
    return json.loads((ROOT / "results" / "fair_comparison.json").read_text("utf-8"))["findings"]


def test_gradients_that_are_never_cleared_are_momentum_without_forgetting():
    x = torch.linspace(0, 1, 50, dtype=torch.float64)
    y = 2 * x + 1
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=0.5)
    other, velocity = torch.zeros(2, dtype=torch.float64, requires_grad=True), 0.0
    for _ in range(50):
        mse_loss(theta[0] * x + theta[1], y).backward()
        optimizer.step()
        (g,) = torch.autograd.grad(mse_loss(other[0] * x + other[1], y), other)
        velocity = 1.0 * velocity + g
        other = (other - 0.5 * velocity).detach().requires_grad_()
    assert theta.detach().numpy() == pytest.approx(other.detach().numpy())


def test_equal_seeds_give_all_methods_the_same_start_and_the_same_batches():
    rng = np.random.default_rng(0)
    examples = Examples(
        torch.tensor(rng.random((60, 4)), dtype=torch.float32),
        torch.tensor(rng.integers(3, size=60)),
    )

    def seen(method, seed):
        model = mlp((4, 5, 3), seed=seed)
        start = [p.detach().clone() for p in model.parameters()]
        inputs = []
        model.register_forward_pre_hook(lambda _, given: inputs.append(given[0].clone()))
        train(
            model,
            Optimizer(model.parameters(), RULES[method], lr=0.01),
            examples,
            epochs=2,
            batch_size=16,
            seed=seed,
        )
        return start, inputs

    start, batches = seen("gradient_descent", 1)
    for method in METHODS[1:]:
        other_start, other_batches = seen(method, 1)
        assert all(map(torch.equal, start, other_start))
        assert all(map(torch.equal, batches, other_batches))
    assert not torch.equal(batches[0], seen("adam", 2)[1][0])


def test_the_bootstrap_of_five_covers_too_little_and_student_what_it_says():
    rng = np.random.default_rng(0)
    data = rng.normal(size=(6000, 5))
    picks = rng.integers(5, size=(500, 5))  # the same resamples for all sets: they are independent
    low, high = np.quantile(data[:, picks].mean(2), (0.025, 0.975), axis=1)
    bootstrap = np.mean((low <= 0) & (high >= 0))
    reach = t_quantile(0.975, 4) * data.std(1, ddof=1) / 5**0.5
    assert bootstrap == pytest.approx(0.84, abs=0.02)
    assert np.mean(np.abs(data.mean(1)) <= reach) == pytest.approx(0.944, abs=0.012)


def test_ranges_that_are_measured_in_training_mode_move():
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    examples = Examples(torch.rand(20, 4), torch.arange(20) % 3)
    before = model[1].running_mean.clone()
    evaluate(model, examples)
    assert torch.equal(model[1].running_mean, before)
    assert model.training
    model(examples.images)
    assert not torch.equal(model[1].running_mean, before)


def test_the_known_answer_and_the_unpaired_alternative():
    first = np.array([11.0, 22.0, 33.0, 44.0, 55.0])
    mean, low, high = mean_interval(first - np.arange(10.0, 60.0, 10.0))
    assert mean == 3
    assert high - mean == pytest.approx(mean - low) == pytest.approx(2.776 * 0.5**0.5, abs=1e-3)


def test_the_full_comparison_kept_the_rules_that_the_page_names(findings):
    assert tuple(findings["lr"]) == METHODS
    (budget,) = {len(trials) for trials in findings["trials"].values()}
    for method, trials in findings["trials"].items():
        rates = [rate for rate, _ in trials]
        assert len(set(rates)) == budget
        assert min(rates) < findings["lr"][method] < max(rates)
        best = max(accuracy for _, accuracy in trials)
        assert dict(trials)[findings["lr"][method]] == best
    assert len(findings["seeds"]) >= 5
    assert all(
        len(scores) == len(findings["seeds"]) for scores in findings["test_accuracy"].values()
    )


def test_the_full_comparison_s_intervals_follow_from_its_runs(findings):
    scores = {name: np.array(values) for name, values in findings["test_accuracy"].items()}
    level = 1 - 0.05 / 6
    for name, (mean, low, high) in findings["difference"].items():
        expected = mean_interval(scores[name] - scores[findings["baseline"]], level)
        assert (mean, low, high) == pytest.approx(expected, abs=1e-6)
    for name, interval in findings["mean"].items():
        assert interval == pytest.approx(mean_interval(scores[name]), abs=1e-6)
        assert interval[0] > 0.87  # what the data set's own benchmark lists for such networks


def test_the_page_shows_all_seven_methods_and_the_documents_programs():
    for method in METHODS:
        assert f'"{method}"' in PAGE
    for program in ("ExponentialLR", "StepLR", "zero_grad", "order.split(batch_size)", "mlp("):
        assert program in PAGE
    assert re.search(r"784-128-64-10", PAGE)
