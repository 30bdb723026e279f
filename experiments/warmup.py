"""With and without warm-up: a tiny Transformer learns to sort, at each arm's own tuned learning rate.

An arm is a method, a place of the layer norms, and a warm-up of 20 steps or none, always followed by half
a cosine to zero at step 200. Its learning rate is the one with the lowest mean loss over five seeds, and
then the arms are compared at ten seeds that took no part in the choice.
"""

import math
from typing import Any

import torch

from descent.methods import RULES
from descent.pytorch.transformer import learn_to_sort
from descent.schedules import cosine, warmup
from descent.validation import mean_interval
from experiments.runner import Ask, Experiment

STEPS, WARMUP = 200, 20
HYPER = {"adamw": {"weight_decay": 0.01}, "momentum": {"beta": 0.9}}
LOWEST = {("adamw", "post"): 0.001, ("adamw", "pre"): 0.002, ("momentum", "post"): 0.01}
FACTORS = [1, 2, 4, 8, 16, 32]  # of the lowest rate: the rates that each arm tries
TUNING, FRESH = range(100, 105), range(10)
DIVERGED = 10.0  # stands for a loss that is not finite; guessing costs log(16) = 2.77


def measure(method: str, norm: str, warmup_steps: int, lr: float, seed: int) -> dict[str, Any]:
    """The loss of one run on new sequences, in nats a token; None where it is not finite."""
    torch.set_num_threads(1)
    schedule = warmup(warmup_steps, cosine(lr, STEPS - warmup_steps))
    hyper = HYPER[method]
    _, loss = learn_to_sort(RULES[method], schedule, steps=STEPS, seed=seed, norm=norm, **hyper)
    return {"loss": loss if math.isfinite(loss) else None}


def tuned(ask: Ask, method: str, norm: str, warmup_steps: int) -> dict[str, Any]:
    """An arm: the rates that it tried, with their mean losses, the best, and its losses at fresh seeds."""

    def losses(lr: float, seeds: range) -> list[float]:
        runs = (
            ask(method=method, norm=norm, warmup_steps=warmup_steps, lr=lr, seed=seed)["loss"]
            for seed in seeds
        )
        return [DIVERGED if loss is None else loss for loss in runs]

    lrs = [LOWEST[method, norm] * factor for factor in FACTORS]
    tried = [sum(losses(lr, TUNING)) / len(TUNING) for lr in lrs]
    best = lrs[tried.index(min(tried))]
    arm = {"method": method, "norm": norm, "warmup_steps": warmup_steps}
    return arm | {"lrs": lrs, "tried": tried, "best": best, "losses": losses(best, FRESH)}


def plan(ask: Ask) -> dict[str, Any]:
    """All arms, and what warm-up gains: the difference of the pairs that share method, norm and seed."""
    arms, gains = [], []
    for method, norm in LOWEST:
        without, having = (tuned(ask, method, norm, steps) for steps in (0, WARMUP))
        pairs = zip(without["losses"], having["losses"], strict=True)
        mean, low, high = mean_interval([a - b for a, b in pairs])
        gains.append({"method": method, "norm": norm, "mean": mean, "low": low, "high": high})
        arms += [without, having]
    return {"arms": arms, "gains": gains}


def table(findings: dict[str, Any]) -> str:
    """Loss of each arm at its best rate, and what warm-up gains, with paired 95 % intervals."""
    lines = ["method    norm  warm-up      lr    loss"]
    for arm in findings["arms"]:
        loss = sum(arm["losses"]) / len(arm["losses"])
        lines.append(
            f"{arm['method']:9} {arm['norm']:5} {arm['warmup_steps']:7} {arm['best']:7.3f} {loss:7.3f}"
        )
    for gain in findings["gains"]:
        lines.append(
            f"{gain['method']}, {gain['norm']}: warm-up lowers the loss by {gain['mean']:.3f} "
            f"[{gain['low']:.3f}, {gain['high']:.3f}]"
        )
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="warmup",
    about="a tiny Transformer learns to sort, with and without warm-up",
    minutes=6,
    measure=measure,
    plan=plan,
    table=table,
    code=(
        "experiments.warmup:measure",
        "descent.pytorch.transformer",
        "descent.methods:adamw",
        "descent.methods:momentum",
        "descent.schedules:cosine",
        "descent.schedules:warmup",
    ),
    tolerance={"loss": 0.02},
    rerun={"method": "adamw", "norm": "post", "lr": 0.001},  # at large rates rounding is magnified
)
