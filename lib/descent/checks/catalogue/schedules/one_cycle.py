"""`one_cycle`: a line up, a line down, and the last rate for ever."""

import math

import numpy as np

from descent.checks.catalogue.schedules.asking import calls, jumbled, rates, stateful
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.schedules import SCHEDULES

formula = SCHEDULES["one_cycle"].formula


def _rest(rng, low, high):
    """The arguments after the step; warmup_fraction * total_steps is p + a fraction in [low, high]."""
    total_steps, p = int(rng.integers(11, 15)), int(rng.integers(3, 6))
    fraction = (p + float(rng.uniform(low, high))) / total_steps
    start_div, final_div = float(rng.uniform(2, 30)), float(rng.uniform(2, 100))
    return float(10 ** rng.uniform(-2, 1)), total_steps, fraction, start_div, final_div


def _run(rng):
    rest = _rest(rng, 0.6, 0.9)
    return calls(range(rest[1]), *rest)


def _past_the_end(rng):
    rest = _rest(rng, 0.6, 0.9)
    total_steps = rest[1]
    return calls([0, total_steps - 1, total_steps, total_steps + 3, 3 * total_steps], *rest)


def _in_any_order(rng):
    rest = _rest(rng, 0.1, 0.4)
    return calls(jumbled(rng, 7, rest[1] - 1), *rest)


def _two_lines(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    start = max_lr / start_div
    final = start / final_div
    peak, end = round(warmup_fraction * total_steps) - 1, total_steps - 1
    if step >= end:
        return final
    if step <= peak:
        return start + (max_lr - start) * step / peak
    return max_lr + (final - max_lr) * (step - peak) / (end - peak)


def _smaller_of_two(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    start, final = max_lr / start_div, max_lr / start_div / final_div
    peak = int(warmup_fraction * total_steps + 0.5) - 1
    left = max(total_steps - 1 - step, 0) / (total_steps - 1 - peak)
    return min(start + (max_lr - start) * step / peak, final + (max_lr - final) * left)


def _table(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    up = round(warmup_fraction * total_steps)
    start = max_lr / start_div
    rise = np.linspace(start, max_lr, up)
    fall = np.linspace(max_lr, start / final_div, total_steps - up + 1)
    return np.concatenate([rise, fall[1:]])[min(step, total_steps - 1)]


def _shares(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    peak = np.rint(warmup_fraction * total_steps) - 1
    rise = 1 / start_div + (1 - 1 / start_div) * step / peak
    past = np.minimum((step - peak) / (total_steps - 1 - peak), 1.0)
    fall = 1 - past + past / (start_div * final_div)
    return max_lr * (rise if step < peak else fall)


def _weighted(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    knots = [0, round(total_steps * warmup_fraction) - 1, total_steps - 1]
    heights = [max_lr / start_div, max_lr, max_lr / (start_div * final_div)]
    if step > knots[2]:
        step = knots[2]
    part = 0 if step < knots[1] else 1
    x = (step - knots[part]) / (knots[part + 1] - knots[part])
    return math.fsum([(1 - x) * heights[part], x * heights[part + 1]])


def _wrong(
    peak=lambda fraction, T: round(fraction * T) - 1,
    end=lambda T: T - 1,
    start=lambda top, start_div, final_div: top / start_div,
    final=lambda top, start_div, final_div: top / start_div / final_div,
    shape=lambda x: x,
    clamp=lambda k, T: k,
):
    """The schedule with one of its parts replaced."""

    def program(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
        low, last = start(max_lr, start_div, final_div), final(max_lr, start_div, final_div)
        top, bottom = peak(warmup_fraction, total_steps), end(total_steps)
        step = clamp(step, total_steps)
        if step <= top:
            return low + (max_lr - low) * shape(step / top)
        return max_lr + (last - max_lr) * shape(min((step - top) / (bottom - top), 1))

    return program


def _goes_on(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    if step < total_steps:
        return formula(step, max_lr, total_steps, warmup_fraction, start_div, final_div)
    peak, end = round(warmup_fraction * total_steps) - 1, total_steps - 1
    last = max_lr / start_div / final_div
    return max_lr + (last - max_lr) * (step - peak) / (end - peak)


ONE_CYCLE = Exercise(
    name="one_cycle",
    title="One cycle",
    section="sec-schedules-one-cycle",
    difficulty=3,
    minutes=14,
    signature="one_cycle(step, max_lr, total_steps, warmup_fraction, start_div, final_div) -> float",
    reference=formula,
    probes=(
        Probe("a run in order", 2.5, _run, draws=2, observe=rates),
        Probe("past the end", 0.5, _past_the_end, draws=2, observe=rates),
        Probe(
            "steps in any order, the peak rounded down", 1.0, _in_any_order, draws=2, observe=rates
        ),
    ),
    hints=(
        "Write down three points first: the step and the rate at the start, at the peak and at the end.",
        "(0, max_lr / start_div), (round(warmup_fraction * total_steps) - 1, max_lr), and "
        "(total_steps - 1, max_lr / start_div / final_div).",
        "np.interp(step, steps, rates) draws the lines between them, and stays at the last rate.",
    ),
    right=(_two_lines, _smaller_of_two, _table, _shares, _weighted),
    wrong=(
        Wrong(
            "peak a step late",
            _wrong(peak=lambda fraction, T: round(fraction * T)),
            "Your peak comes one step late.",
            "The rise takes round(warmup_fraction * total_steps) steps, and step 0 is the first of them.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "cut, not rounded",
            _wrong(peak=lambda fraction, T: int(fraction * T) - 1),
            "Your peak is one step early where the fraction should be rounded up: int() cuts.",
            "round() goes to the nearest whole number.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "always rounded up",
            _wrong(peak=lambda fraction, T: math.ceil(fraction * T) - 1),
            "Your peak is one step late where the fraction should be rounded down.",
            "round() goes to the nearest whole number, ceil() always up.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "peak between the steps",
            _wrong(peak=lambda fraction, T: fraction * T - 1),
            "Your peak lies between two steps, so that no step has max_lr.",
            "Round it to a step. In torch's OneCycleLR, which does not, no step has the rate you asked for.",
            "sec-schedules-torch",
        ),
        Wrong(
            "off by one at the end",
            _wrong(end=lambda T: T),
            "Your line down ends a step late: the last step is total_steps - 1.",
            "total_steps counts from step 0.",
            "sec-schedules-end",
        ),
        Wrong(
            "peak and end a step late",
            _wrong(peak=lambda fraction, T: round(fraction * T), end=lambda T: T),
            "Your peak and your end both come one step late.",
            "Steps count from 0: the rise is over with step round(warmup_fraction * total_steps) - 1, the run with "
            "step total_steps - 1.",
            "sec-schedules-end",
        ),
        Wrong(
            "goes on after the end",
            _goes_on,
            "After the end your rate goes on falling, below zero.",
            "A negative rate climbs uphill. Stay at the last rate: min(step, total_steps - 1).",
            "sec-schedules-end",
        ),
        Wrong(
            "restarts every epoch",
            _wrong(clamp=lambda k, T: k % T),
            "Your cycle starts again after total_steps; there is one cycle, and then the last rate.",
            "step % total_steps goes back to 0; min(step, total_steps - 1) stays at the end.",
            "sec-schedules-end",
        ),
        Wrong(
            "per epoch for per step",
            _wrong(shape=int),
            "Your rate keeps to three values: // makes the progress a whole number.",
            "With // each line is one epoch; use / so that each step has its own rate.",
            "sec-schedules-function",
        ),
        Wrong(
            "starts from zero",
            _wrong(start=lambda top, start_div, final_div: 0.0),
            "Your first rate is 0: the gradient of step 0 is computed and thrown away.",
            "The rise begins at max_lr / start_div.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "final rate from the peak",
            _wrong(final=lambda top, start_div, final_div: top / final_div),
            "Your last rate is max_lr / final_div; final_div divides the first rate.",
            "The last rate is max_lr / start_div / final_div.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "ends where it began",
            _wrong(final=lambda top, start_div, final_div: top / start_div),
            "Your rate ends at the one that it began with.",
            "It falls further, to that divided by final_div.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "ends at zero",
            _wrong(final=lambda top, start_div, final_div: 0.0),
            "Your last rate is 0.",
            "It falls to max_lr / start_div / final_div.",
            "sec-schedules-one-cycle",
        ),
        Wrong(
            "cosines for lines",
            _wrong(shape=lambda x: (1 - math.cos(math.pi * x)) / 2),
            "Your rate follows half cosines, as torch's OneCycleLR does by default; lines are wanted.",
            'Both are in use: torch\'s anneal_strategy="linear" is this one.',
            "sec-schedules-torch",
        ),
        *stateful(formula),
    ),
)
