import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from descent.checks import check, notebook
from descent.checks.calling import LocalCandidate, Outcome, Question, attempts
from descent.checks.catalogue.comparison.networks import examples, network
from descent.checks.networks import Network, Optimiser, alive, told

RNG = np.random.default_rng(0)
X, Y = examples(RNG, 6)
MODEL = network(RNG, training=False, gradients=lambda shape: RNG.normal(size=shape))
FRESH = replace(MODEL, gradients=(None,) * len(MODEL.parameters), training=True)


def attempt(program, *arguments) -> Outcome:
    (outcome,) = attempts(LocalCandidate(program), [Question(arguments)])
    return outcome


def equal(a: Network, b: Network) -> bool:
    def same(left, right):
        pairs = zip(left, right, strict=True)
        return all(x is y if x is None or y is None else np.array_equal(x, y) for x, y in pairs)

    parts = ("parameters", "statistics", "gradients")
    return all(same(getattr(a, p), getattr(b, p)) for p in parts) and a.training == b.training


@pytest.mark.parametrize("model", [MODEL, FRESH])
def test_a_network_comes_to_life_and_back(model):
    objects = alive((model, Optimiser("Adam", 0.1), X, [(X, Y)], 3))
    live, optimizer, inputs, batches, number = objects
    assert all(p.dtype == torch.float64 for p in live.parameters())
    assert live.training == model.training
    assert isinstance(optimizer, torch.optim.Adam)
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert optimizer.param_groups[0]["params"][0] is next(live.parameters())
    assert isinstance(inputs, torch.Tensor)
    assert isinstance(batches[0][1], torch.Tensor)
    assert number == 3
    back, _, array, ((_, labels),), _ = told(
        (model, Optimiser("Adam", 0.1), X, [(X, Y)], 3), objects
    )
    assert equal(back, model)
    assert np.array_equal(array, X)
    assert labels.dtype == Y.dtype


def test_the_network_computes_what_it_stands_for():
    weight, scale, shift, last, bias = MODEL.parameters
    mean, variance = MODEL.statistics
    hidden = (X @ weight.T - mean) / np.sqrt(variance + 1e-5) * scale + shift
    expected = np.maximum(hidden, 0) @ last.T + bias
    outcome = attempt(lambda model, x: model(x), MODEL, X)
    assert outcome.value == pytest.approx(expected)


def test_arguments_without_a_network_stay_arrays():
    arguments = (X, Y)
    assert alive(arguments) is arguments
    assert told(arguments, arguments) is arguments


def test_what_the_call_made_of_the_network_is_told_and_is_no_offence():
    def changes(model, optimizer, x):
        model.train()
        model(x).sum().backward()
        optimizer.step()

    outcome = attempt(changes, FRESH, Optimiser("SGD", 0.1), X)
    left = outcome.arguments[0]
    assert not outcome.wrote
    assert left.training
    assert not equal(left, FRESH)
    moved = [p - 0.1 * g for p, g in zip(FRESH.parameters, left.gradients, strict=True)]
    assert all(map(np.allclose, left.parameters, moved))
    assert not np.array_equal(left.statistics[0], FRESH.statistics[0])


def test_writing_into_the_examples_is_one():
    outcome = attempt(lambda model, x: x.add_(1).sum(), MODEL, X)
    assert outcome.wrote
    assert np.array_equal(outcome.arguments[1], X + 1)


def test_every_call_gets_a_network_of_its_own():
    def one_more(model, x):
        with torch.no_grad():
            model[0].weight += 1
        return model[0].weight

    first, second = (attempt(one_more, MODEL, X).value for _ in range(2))
    assert np.array_equal(first, second)


def test_a_call_that_fails_leaves_plain_data():
    def fails(model, x):
        raise ValueError("no")

    outcome = attempt(fails, MODEL, X)
    assert outcome.failure.error == "ValueError"
    assert outcome.arguments[0] is MODEL


def test_without_torch_the_check_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(notebook, "find_spec", lambda name: None)
    result = check("train_step", lambda *arguments: 0.0)
    assert (result.state, result.score, result.points) == ("ungradable", 0.0, 3.0)
    assert "pip install torch" in result.message
    assert check("plot_faults", "BDG").state == "passed"


def test_the_checks_are_imported_without_torch():
    program = "import sys, descent.checks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_torch_s_own_generator_is_left_alone():
    before = torch.get_rng_state()
    attempt(lambda model, x: model(x), MODEL, X)
    assert torch.equal(torch.get_rng_state(), before)
