"""A rise, then a fall, with any of their parts written otherwise: what the variants of the cosine are made of."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from descent.checks.catalogue.schedules.asking import stateful
from descent.checks.exercise import Wrong

WARMUP, END, COSINE = "sec-schedules-warmup", "sec-schedules-end", "sec-schedules-cosine"


@dataclass(frozen=True)
class Schedule:
    """A rise, then a fall, whose parts are exchanged one by one.

    rise: (k, W) -> a part of base_lr. done: (k, W, T) -> how much of the fall is over. fall: of that, what
    is left of base_lr - final_lr.
    """

    rise: Callable = lambda k, W: (k + 1) / W
    done: Callable = lambda k, W, T: min(1.0, (k - W) / (T - W))
    fall: Callable = lambda x: (1 + math.cos(math.pi * x)) / 2

    def __call__(self, step, base_lr, warmup_steps, total_steps, final_lr):
        """The rate of one step."""
        if step < warmup_steps:
            return base_lr * self.rise(step, warmup_steps)
        left = self.fall(self.done(step, warmup_steps, total_steps))
        return final_lr + (base_lr - final_lr) * left


def right(schedule: Schedule) -> tuple[Callable, ...]:
    """The schedule, written in five ways."""

    def left_over(step, warmup_steps, total_steps):
        return schedule.fall(schedule.done(step, warmup_steps, total_steps))

    def weighted(step, base_lr, warmup_steps, total_steps, final_lr):
        if step < warmup_steps:
            return (step + 1) * (base_lr / warmup_steps)
        share = left_over(step, warmup_steps, total_steps)
        return share * base_lr + (1 - share) * final_lr

    def middle_and_amplitude(step, base_lr, warmup_steps, total_steps, final_lr):
        if warmup_steps > step:
            return np.interp(step, [-1, warmup_steps - 1], [0.0, base_lr])
        wave = 2 * left_over(step, warmup_steps, total_steps) - 1
        return (base_lr + final_lr) / 2 + (base_lr - final_lr) / 2 * wave

    def where(step, base_lr, warmup_steps, total_steps, final_lr):
        share = left_over(max(step, warmup_steps), warmup_steps, total_steps)
        falling = base_lr - (1 - share) * (base_lr - final_lr)
        return np.where(step < warmup_steps, base_lr * (step + 1) / max(warmup_steps, 1), falling)

    def table(step, base_lr, warmup_steps, total_steps, final_lr):
        rates = [base_lr * k / warmup_steps for k in range(1, warmup_steps + 1)]
        for k in range(warmup_steps, step + 1):
            share = left_over(k, warmup_steps, total_steps)
            rates.append(base_lr * share + final_lr * (1 - share))
        return rates[step]

    return schedule, weighted, middle_and_amplitude, where, table


def mistakes(schedule: Schedule) -> tuple[Wrong, ...]:
    """The mistakes that a rise with a fall invites, whatever the fall."""

    def wrong(name, sentence, because, section, **parts):
        return Wrong(name, replace(schedule, **parts), sentence, because, section)

    def always_warms_up(step, base_lr, warmup_steps, total_steps, final_lr):
        rising = base_lr * (step + 1) / warmup_steps
        if step < warmup_steps:
            return rising
        return schedule(step, base_lr, warmup_steps, total_steps, final_lr)

    def to_zero(step, base_lr, warmup_steps, total_steps, final_lr):
        return schedule(step, base_lr, warmup_steps, total_steps, 0.0)

    return (
        wrong(
            "first lr zero",
            "Your first rate is 0: the gradient of step 0 is computed and thrown away.",
            "Step 0 is the first of the warm-up's steps, so it already has 1/W of the rate: (step + 1) / W.",
            WARMUP,
            rise=lambda k, W: k / W,
        ),
        wrong(
            "never quite warm",
            "Your warm-up divides by one too many, so that its last step has less than base_lr.",
            "The warm-up has W steps, and the last of them, W - 1, has the full rate.",
            WARMUP,
            rise=lambda k, W: (k + 1) / (W + 1),
        ),
        wrong(
            "warm-up not subtracted",
            "Your fall counts from step 0, so it is under way already when the warm-up ends.",
            "The fall begins at the warm-up's end: subtract warmup_steps from the step.",
            WARMUP,
            done=lambda k, W, T: schedule.done(k, 0, T),
        ),
        wrong(
            "off by one at the end",
            "Your fall is a step too short: it takes T - W - 1 steps.",
            "Its T - W steps go from x = 0 at step W to x = 1 at step T, the first after the run.",
            END,
            done=lambda k, W, T: schedule.done(k, W, T - 1),
        ),
        wrong(
            "a step ahead",
            "Your fall is one step ahead: step warmup_steps no longer has base_lr.",
            "At the first step of the fall x is 0.",
            END,
            done=lambda k, W, T: schedule.done(k + 1, W, T),
        ),
        wrong(
            "a straight line",
            "Your rate falls along a straight line.",
            "A cosine is asked for, as your notebook has it.",
            COSINE,
            fall=lambda x: 1 - x,
        ),
        wrong(
            "rises after the end",
            "Past total_steps your formula simply goes on.",
            "What comes after the run is said beside the formula.",
            END,
            done=lambda k, W, T: (k - W) / (T - W),
        ),
        Wrong(
            "falls to zero",
            to_zero,
            "Your rate falls to 0; the lowest rate is final_lr.",
            "What falls is the difference, base_lr - final_lr.",
            COSINE,
        ),
        Wrong(
            "divides by no warm-up",
            always_warms_up,
            "Your program divides by warmup_steps even where it is 0.",
            "Without a warm-up the rise is never asked for: compute it only where step < warmup_steps.",
            WARMUP,
        ),
        *stateful(schedule),
    )
