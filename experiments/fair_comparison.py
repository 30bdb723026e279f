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

FIRST_RATES = {  # the rate in the middle of the first three
    "gradient_descent": 0.1,
    "momentum": 0.03,
    "nesterov": 0.03,
    "adagrad": 0.03,
    "rmsprop": 0.001,
    "adam": 0.001,
    "adamw": 0.001,
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
        "diverged": history.stopped,
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


def next_rate(tried: dict[float, Any], first: float) -> float:
    """The rate to try after those that were, from their scores: the rule that all methods share.

    Three rates to start with, each √10 times the one before. Then, as long as the best is the highest or the
    lowest of all, √10 times further out; otherwise half-way, on a logarithmic scale, to the
    neighbour that is farther away, or to the better one if both are as far.
    """
    for rate in (first, first / 10**0.5, first * 10**0.5):
        if three_digits(rate) not in tried:
            return three_digits(rate)
    rates = sorted(tried)
    best = max(rates, key=tried.__getitem__)
    if best == rates[0]:
        return three_digits(best / 10**0.5)
    if best == rates[-1]:
        return three_digits(best * 10**0.5)
    at = rates.index(best)
    neighbour = max(
        (rates[at - 1], rates[at + 1]),
        key=lambda rate: (round(abs(math.log10(rate / best)), 2), tried[rate]),
    )
    return three_digits((best * neighbour) ** 0.5)


def three_digits(rate: float) -> float:
    """A rate that is easy to read, and the same on every machine."""
    return float(f"{rate:.3g}")


def plan(ask: Ask) -> dict[str, Any]:
    """Tunes all methods, then compares them."""
    rates, trials = {}, {}
    for method, first in FIRST_RATES.items():
        tried: dict[float, tuple[float, float]] = {}
        for _ in range(TRIALS):
            lr = next_rate(tried, first)
            found = ask(phase="tuning", method=method, lr=lr, seed=TUNING_SEED, **LENGTH)
            loss = math.inf if found["loss"] is None else found["loss"]
            tried[lr] = (found["accuracy"], -loss)
        rates[method] = max(tried, key=tried.__getitem__)
        trials[method] = [[lr, accuracy] for lr, (accuracy, _) in sorted(tried.items())]
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
    code=(
        "experiments.fair_comparison:measure",
        "experiments.fair_comparison:images",
        "descent.data:load",
        "descent.data:stratified",
        *(f"descent.methods:{method}" for method in FIRST_RATES),
        "descent.pytorch.models:mlp",
        "descent.pytorch.models:_seeded",
        "descent.pytorch.optimizer:Optimizer._update",
        "descent.pytorch.training:train",
        "descent.pytorch.training:evaluate",
        "descent.pytorch.training:gradient_step",
        "descent.schedules:cosine",
        "descent.validation:mean_interval",
    ),
)
