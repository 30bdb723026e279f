"""Seven methods on Fashion-MNIST, compared fairly: same start, same batches, each with its own tuned rate.

1. Tuning. The 60,000 training images are split once into 50,000 and 10,000. Each method gets TRIALS
   runs on the first part, with rates that one rule for all proposes; the rate with the best accuracy
   on the second part wins.
2. Comparison. Each method trains on all 60,000 with its rate, from SEEDS that tuning did not use. A seed
   decides the start and the batches, for all methods alike. Each run looks at the test set once, at its end.
"""

import math
from functools import cache
from typing import Any

import numpy as np
import torch

from descent.data import Examples, load, stratified
from descent.methods import RULES
from descent.pytorch import Optimizer
from descent.pytorch.models import mlp
from descent.pytorch.training import evaluate, train
from descent.schedules import cosine
from descent.validation import mean_interval
from experiments.runner import Ask, Experiment

PER_DECADE = 16  # rates are 10^(k/16), k a whole number
FIRST = {  # k of the rate in the middle of the first three
    "gradient_descent": -16,
    "momentum": -24,
    "nesterov": -24,
    "adagrad": -24,
    "rmsprop": -48,
    "adam": -48,
    "adamw": -48,
}
BASELINE = "adam"  # which the others are compared with, chosen before anything was run
TRIALS, TUNING_SEED, SEEDS = 6, 0, (1, 2, 3, 4, 5)
LENGTH = {"epochs": 10, "batch_size": 128}
LEVEL = 0.95  # of all intervals of differences together
EXECUTOR = "compile"  # faster; "eager" rounds differently, no more


def measure(
    phase: str, method: str, lr: float, seed: int, epochs: int, batch_size: int
) -> dict[str, Any]:
    """One run, for "tuning" or "comparison": its accuracy on images it did not train on, its losses."""
    torch.set_num_threads(1)
    fitted, judged = images(phase)
    model = mlp((784, 128, 64, 10), seed=seed)
    history = train(
        model,
        Optimizer(model.parameters(), RULES[method], lr=lr, executor=EXECUTOR),
        fitted,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        schedule=cosine(lr, epochs * math.ceil(len(fitted.labels) / batch_size)),
        callbacks=[lambda model, history: not math.isfinite(history.losses[-1])],
    )
    found = evaluate(model, judged)
    return {
        "accuracy": round(found["accuracy"], 4),  # of 10,000 images: exact
        "loss": rounded(found["loss"]),
        "first_losses": rounded(np.mean(history.losses[:20])),  # before rounding errors have grown
        "epoch_losses": [rounded(epoch["loss"]) for epoch in history.epochs],
    }


@cache
def images(phase: str) -> tuple[Examples, Examples]:
    """What to train on, and what to judge by."""
    training, test = (examples.to("cpu") for examples in load("fashion-mnist"))
    if phase == "comparison":
        return training, test
    order = torch.from_numpy(stratified(training.labels, np.random.default_rng(0)))
    return training.take(order[10_000:]), training.take(order[:10_000])


def rounded(value: float) -> float | None:
    """Six digits, as JSON can hold them: what is not finite is nothing."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def next_exponent(tried: dict[int, Any], first: int) -> int:
    """Which k to try after those that were, from their scores: the rule that all methods share.

    The first, then those half a decade below and above it. Then, as long as the best is the lowest or the
    highest of all, half a decade beyond it; otherwise half-way to the neighbour that is farther away,
    or to the better one if both are as far.
    """
    half = PER_DECADE // 2
    for k in (first, first - half, first + half):
        if k not in tried:
            return k
    exponents = sorted(tried)
    best = max(exponents, key=tried.__getitem__)
    if best == exponents[0]:
        return best - half
    if best == exponents[-1]:
        return best + half
    at = exponents.index(best)
    neighbours = exponents[at - 1], exponents[at + 1]
    return (best + max(neighbours, key=lambda k: (abs(k - best), tried[k]))) // 2


def rate(k: int) -> float:
    """10^(k/16) to three digits: easy to read, and the same on every machine."""
    return float(f"{10 ** (k / PER_DECADE):.3g}")


def plan(ask: Ask) -> dict[str, Any]:
    """Tunes all methods, then compares them."""
    rates, trials = {}, {}
    for method, first in FIRST.items():
        tried: dict[int, tuple[float, float]] = {}
        for _ in range(TRIALS):
            k = next_exponent(tried, first)
            found = ask(phase="tuning", method=method, lr=rate(k), seed=TUNING_SEED, **LENGTH)
            loss = math.inf if found["loss"] is None else found["loss"]
            tried[k] = (found["accuracy"], -loss)
        rates[method] = rate(max(tried, key=tried.__getitem__))
        trials[method] = [[rate(k), accuracy] for k, (accuracy, _) in sorted(tried.items())]
    accuracies: dict[str, list[float]] = {method: [] for method in rates}
    for seed in SEEDS:
        for method, lr in rates.items():
            found = ask(phase="comparison", method=method, lr=lr, seed=seed, **LENGTH)
            accuracies[method].append(found["accuracy"])
    others = [method for method in rates if method != BASELINE]
    level = 1 - (1 - LEVEL) / len(others)  # Bonferroni: all of them hold together at LEVEL
    return {
        **LENGTH,
        "seeds": list(SEEDS),
        "lr": rates,
        "trials": trials,
        "test_accuracy": accuracies,
        "mean": {method: interval(values, LEVEL) for method, values in accuracies.items()},
        "baseline": BASELINE,
        "level": LEVEL,
        "difference": {
            method: interval(np.subtract(accuracies[method], accuracies[BASELINE]), level)
            for method in others
        },
    }


def interval(values: Any, level: float) -> list[float]:
    """Mean, low and high."""
    return [round(value, 6) for value in mean_interval(np.asarray(values), level)]


def table(findings: dict[str, Any]) -> str:
    """The comparison in percent, the best method first."""
    seeds, level = len(findings["seeds"]), f"{100 * findings['level']:g} %"
    lines = [
        f"Test accuracy in % after {findings['epochs']} epochs, mean of {seeds} seeds with t-intervals "
        f"({level});",
        f"paired differences from {findings['baseline']}, which hold together at {level}.",
        "",
        f"{'method':18}{'lr':>9}   {'accuracy':^22}   {'difference':^24}",
    ]
    for method in sorted(findings["mean"], key=lambda name: -findings["mean"][name][0]):
        mean, low, high = (100 * value for value in findings["mean"][method])
        text = f"{method:18}{findings['lr'][method]:9.3g}   {mean:6.2f} [{low:6.2f}, {high:6.2f}]"
        if method in findings["difference"]:
            mean, low, high = (100 * value for value in findings["difference"][method])
            text += f"   {mean:+6.2f} [{low:+6.2f}, {high:+6.2f}]"
        lines.append(text)
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="fair_comparison",
    about="seven methods on the 60,000 images of Fashion-MNIST, each with its own tuned rate",
    minutes=10,
    measure=measure,
    plan=plan,
    table=table,
    tolerance={"accuracy": 0.015, "loss": 0.05, "first_losses": 0.02, "epoch_losses": 0.1},
    rerun={"phase": "comparison"},
    code=(  # tests hold descent.pytorch.Optimizer to the rules, so it is not in here
        "experiments.fair_comparison:measure",
        "experiments.fair_comparison:images",
        "descent.data:_examples",
        "descent.data:stratified",
        *(f"descent.methods:{method}" for method in FIRST),
        "descent.pytorch.models:mlp",
        "descent.pytorch.models:_seeded",
        "descent.pytorch.training:train",
        "descent.pytorch.training:evaluate",
        "descent.pytorch.training:gradient_step",
        "descent.schedules:cosine",
    ),
)
