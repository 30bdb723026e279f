"""The formulas: `(step, arguments) -> value` of step 0, 1, …, constant after their end."""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np

from descent.schedules.schedule import schedule


@schedule(source="common practice")
def constant(step: int, base_lr: float) -> float:
    """The same learning rate at every step: lr = base_lr > 0."""
    return base_lr


@schedule(source="common practice")
def step_decay(step: int, base_lr: float, every: int, factor: float) -> float:
    """A staircase: lr = base_lr * factor^⌊k/every⌋.

    base_lr > 0. every: steps from 1, so that step `every` is the first with the lower rate.
    factor: in (0, 1].
    """
    return base_lr * factor ** (step // every)  # eq-step-decay


@schedule(source="He et al. 2016")
def multi_step_decay(
    step: int, base_lr: float, milestones: Sequence[int], factor: float = 0.1
) -> float:
    """A staircase with steps of any length: lr = base_lr * factor^(number of milestones <= k).

    base_lr > 0. milestones: rising steps from 1, each the first with a lower rate. factor: in (0, 1].
    So in torch and optax; Keras's PiecewiseConstantDecay keeps the old rate for one step longer.
    Source: He et al. (2016), section 3.4.
    """
    return base_lr * factor ** bisect_right(milestones, step)  # eq-multi-step-decay


@schedule(source="common practice")
def exponential_decay(step: int, base_lr: float, gamma: float) -> float:
    """The same factor at every step: lr = base_lr * gamma^k.

    base_lr > 0. gamma: in (0, 1]; an epoch of n steps multiplies by gamma^n.
    """
    return base_lr * gamma**step  # eq-exponential-decay


@schedule(source="Chen et al. 2018")
def polynomial_decay(
    step: int, base_lr: float, total_steps: int, power: float = 1.0, final_lr: float = 0.0
) -> float:
    """lr = final + (base - final) * (1 - k/T)^power for k < T, then final; a line where power is 1.

    base_lr, power > 0. total_steps: T, from 1. final_lr >= 0. Source: Chen et al. (2018), section 4.1.
    """
    left = 1 - min(step, total_steps) / total_steps
    return final_lr + (base_lr - final_lr) * left**power  # eq-polynomial-decay


@schedule(source="Loshchilov & Hutter 2017, equation 5")
def cosine(step: int, base_lr: float, total_steps: int, final_lr: float = 0.0) -> float:
    """Half a cosine: lr = final + (base - final) * (1 + cos(πk/T))/2 for k < T, then final.

    base_lr > 0. total_steps: T, from 1. final_lr >= 0.
    torch's CosineAnnealingLR does not stop at T: it rises again, to base_lr at 2T.
    Source: Loshchilov & Hutter (2017), equation 5, without restarts.
    """
    done = min(step, total_steps) / total_steps
    height = (1 + math.cos(math.pi * done)) / 2
    return final_lr + (base_lr - final_lr) * height  # eq-cosine


@schedule(source="Loshchilov & Hutter 2017")
def warm_restarts(
    step: int, base_lr: float, period: int, growth: int = 1, final_lr: float = 0.0
) -> float:
    """`cosine` again and again: over period, period*growth, period*growth², … steps; without an end.

    base_lr > 0. period, growth: whole numbers from 1. final_lr >= 0, approached before each restart.
    The running period is found in whole numbers; torch's, when given the step, takes a rounded
    logarithm, which can miss a restart.
    Source: Loshchilov & Hutter (2017), section 3.
    """
    if growth == 1:
        step = step % period
    while step >= period:
        step, period = step - period, period * growth
    return cosine.formula(step, base_lr, period, final_lr)  # eq-warm-restarts


@schedule(source="Vaswani et al. 2017, equation 3")
def inverse_sqrt(step: int, base_lr: float, timescale: int) -> float:
    """lr = base_lr / sqrt(1 + k/timescale): falls to base_lr/sqrt(2) after `timescale` steps; no end.

    base_lr > 0. timescale: steps from 1. `warmup(W, inverse_sqrt(base_lr, W))` is the Transformer's
    base_lr * min((k+1)/W, sqrt(W/(k+1))), but keeps its peak one step longer and is a step late after.
    Source: Vaswani et al. (2017), equation 3.
    """
    return base_lr / math.sqrt(1 + step / timescale)  # eq-inverse-sqrt


@schedule(source="common practice")
def join(
    step: int, first: Callable[[int], float], steps: int, then: Callable[[int], float]
) -> float:
    """`first` for so many steps, `then` the other, which counts from 0 again.

    first, then: schedules, or any functions step -> float. steps: from 0.
    More than two: `join(a, 100, join(b, 50, c))`.
    """
    return first(step) if step < steps else then(step - steps)  # eq-join


@schedule(source="Goyal et al. 2017, section 2.2")
def warmup(step: int, steps: int, then: Callable[[int], float]) -> float:
    """A straight rise to the start of `then`: lr = then(0) * (k+1)/W for k < W, then(k - W) from there on.

    steps: W, from 0. then: a schedule, or any function step -> float. Step 0 already moves; in optax
    and Keras the rise starts at 0, a step without effect. In torch this is
    LinearLR(start_factor=1/W, total_iters=W - 1) in a SequentialLR with the milestone W.
    Source: Goyal et al. (2017), section 2.2.
    """
    if step < steps:
        return then(0) * ((step + 1) / steps)  # eq-warmup
    return then(step - steps)


@schedule(source="Smith & Topin 2019")
def one_cycle(
    step: int,
    max_lr: float,
    total_steps: int,
    warmup_fraction: float = 0.3,
    start_div: float = 25.0,
    final_div: float = 1e4,
) -> float:
    """A line up and a line down: max/start_div at step 0, max at the peak, max/(start_div*final_div) at the end.

    The peak is step round(warmup_fraction * T) - 1, but not before 0; the end, from which on the rate
    stays, is T - 1.
    max_lr > 0. total_steps: T, from 1. warmup_fraction: in (0, 1). start_div, final_div >= 1.
    torch's OneCycleLR is this with anneal_strategy="linear" (its default is half cosines) wherever
    warmup_fraction * T is whole; elsewhere it does not round, so that no step has the rate max_lr. It
    goes below the last rate at step T and raises after that. optax peaks a step later.
    Source: Smith & Topin (2019).
    """
    corners = _start_peak_end(total_steps, warmup_fraction)
    start = max_lr / start_div
    rates = [start, max_lr, start / final_div]
    return float(np.interp(step, corners, rates))  # eq-one-cycle


@schedule(source="Smith & Topin 2019")
def one_cycle_momentum(
    step: int,
    total_steps: int,
    warmup_fraction: float = 0.3,
    low: float = 0.85,
    high: float = 0.95,
) -> float:
    """The momentum that goes with `one_cycle`: from high to low at its peak, and back to high.

    Not a learning rate but a beta: for what `descent.pytorch.Scheduler` sets besides lr.
    total_steps: from 1. warmup_fraction: in (0, 1). low, high: in [0, 1). Source: Smith & Topin (2019).
    """
    corners = _start_peak_end(total_steps, warmup_fraction)
    return float(np.interp(step, corners, [high, low, high]))  # eq-one-cycle-momentum


def _start_peak_end(total_steps: int, warmup_fraction: float) -> tuple[int, int, int]:
    """The steps between which one-cycle is straight."""
    return 0, max(round(warmup_fraction * total_steps) - 1, 0), total_steps - 1


@schedule(source="Hu et al. 2024")
def wsd(
    step: int,
    base_lr: float,
    warmup_steps: int,
    stable_steps: int,
    decay_steps: int,
    final_lr: float = 0.0,
) -> float:
    """Warm-up, stable, decay: base*(k+1)/W for k < W, base for S steps, a line to final over D, then final.

    base_lr > 0. warmup_steps, stable_steps: W and S, from 0. decay_steps: D, from 1. final_lr >= 0.
    A run can go on from the end of its stable part: its rates don't depend on how long it will be.
    Source: Hu et al. (2024), section 4; the line is that of Hägele et al. (2024).
    """
    if step < warmup_steps:
        return base_lr * ((step + 1) / warmup_steps)
    done = (step - warmup_steps - stable_steps) / decay_steps
    return base_lr + (final_lr - base_lr) * min(max(done, 0), 1)  # eq-wsd


@schedule(source="Smith 2017, section 3.3")
def range_test(step: int, low_lr: float, high_lr: float, total_steps: int) -> float:
    """The same factor up at every step: lr = low * (high/low)^(k/(T-1)) for k < T, then high.

    A short run with it shows which rates a model stands; `read_range_test` reads its losses.
    low_lr, high_lr > 0. total_steps: T, from 1. Source: Smith (2017), section 3.3.
    """
    done = min(step / max(total_steps - 1, 1), 1)
    return low_lr * (high_lr / low_lr) ** done  # eq-range-test
