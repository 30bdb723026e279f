"""`cosine_with_warmup`: a straight rise, half a cosine, and the last rate for ever."""

import math

import numpy as np

from descent.checks.catalogue.schedules.asking import calls, jumbled, rates, stateful
from descent.checks.catalogue.schedules.cosine_variants import VARIANTS
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.schedules import cosine, warmup


def reference(step, base_lr, warmup_steps, total_steps, final_lr):
    """The library's warm-up, joined to its cosine."""
    return warmup(warmup_steps, cosine(base_lr, total_steps - warmup_steps, final_lr))(step)


def _rest(rng, warmup_steps):
    """The arguments after the step."""
    base_lr = float(10 ** rng.uniform(-3, 0))
    total_steps = warmup_steps + int(rng.integers(5, 9))
    return base_lr, warmup_steps, total_steps, base_lr * float(rng.uniform(0.05, 0.3))


def _run(rng):
    base_lr, warmup_steps, total_steps, final_lr = _rest(rng, int(rng.integers(2, 5)))
    return calls(range(total_steps), base_lr, warmup_steps, total_steps, final_lr)


def _past_the_end(rng):
    base_lr, warmup_steps, total_steps, final_lr = _rest(rng, int(rng.integers(2, 5)))
    steps = [
        0,
        total_steps,
        total_steps + 1,
        total_steps + int(rng.integers(2, 5)),
        3 * total_steps,
    ]
    return calls(steps, base_lr, warmup_steps, total_steps, final_lr)


def _no_warmup(rng):
    base_lr, warmup_steps, total_steps, final_lr = _rest(rng, 0)
    return calls([0, total_steps], base_lr, warmup_steps, total_steps, final_lr)


def _in_any_order(rng):
    base_lr, warmup_steps, total_steps, final_lr = _rest(rng, int(rng.integers(6, 9)))
    steps = jumbled(rng, warmup_steps, total_steps)
    return calls(steps, base_lr, warmup_steps, total_steps, final_lr)


def _three_cases(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    if step >= total_steps:
        return final_lr
    angle = math.pi * (step - warmup_steps) / (total_steps - warmup_steps)
    return final_lr + (base_lr - final_lr) * (1 + math.cos(angle)) / 2


def _clipped(step, base_lr, warmup_steps, total_steps, final_lr):
    done = np.clip((step - warmup_steps) / (total_steps - warmup_steps), 0, 1)
    falling = final_lr + (base_lr - final_lr) * np.cos(done * np.pi / 2) ** 2
    return np.where(step < warmup_steps, base_lr * (step + 1) / max(warmup_steps, 1), falling)


def _weighted(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return (step + 1) * (base_lr / warmup_steps)
    step = min(step, total_steps)
    share = 0.5 - 0.5 * math.cos(math.pi * (total_steps - step) / (total_steps - warmup_steps))
    return share * base_lr + (1 - share) * final_lr


def _table(step, base_lr, warmup_steps, total_steps, final_lr):
    rise = [base_lr * k / warmup_steps for k in range(1, warmup_steps + 1)]
    angles = np.linspace(0, np.pi, total_steps - warmup_steps + 1)
    fall = (base_lr + final_lr) / 2 + (base_lr - final_lr) / 2 * np.cos(angles)
    return [*rise, *fall][min(step, total_steps)]


def _complex(step, base_lr, warmup_steps, total_steps, final_lr):
    if warmup_steps > step:
        return np.interp(step, [-1, warmup_steps - 1], [0.0, base_lr])
    turn = min(1.0, (step - warmup_steps) / (total_steps - warmup_steps))
    wave = np.exp(1j * np.pi * turn).real
    return ((1 + wave) * base_lr + (1 - wave) * final_lr) / 2


def _wrong(
    rise=lambda k, W: (k + 1) / W,
    done=lambda k, W, T: (k - W) / (T - W),
    fall=lambda x, base, final: final + (base - final) * (1 + math.cos(math.pi * x)) / 2,
):
    """The schedule with one of its parts replaced."""

    def program(step, base_lr, warmup_steps, total_steps, final_lr):
        if step < warmup_steps:
            return base_lr * rise(step, warmup_steps)
        if step >= total_steps:
            return final_lr
        return fall(done(step, warmup_steps, total_steps), base_lr, final_lr)

    return program


def _restarts(step, base_lr, warmup_steps, total_steps, final_lr):
    return reference(step % total_steps, base_lr, warmup_steps, total_steps, final_lr)


def _rises_again(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    angle = math.pi * (step - warmup_steps) / (total_steps - warmup_steps)
    return final_lr + (base_lr - final_lr) * (1 + math.cos(angle)) / 2


def _always_warms_up(step, base_lr, warmup_steps, total_steps, final_lr):
    rising = base_lr * (step + 1) / warmup_steps
    return (
        rising
        if step < warmup_steps
        else _three_cases(step, base_lr, warmup_steps, total_steps, final_lr)
    )


def _warms_to_the_cosine(step, base_lr, warmup_steps, total_steps, final_lr):
    angle = math.pi * min(step, total_steps) / total_steps
    falling = final_lr + (base_lr - final_lr) * (1 + math.cos(angle)) / 2
    return falling * (step + 1) / warmup_steps if step < warmup_steps else falling


COSINE = Exercise(
    name="cosine_with_warmup",
    title="Warm-up and cosine",
    section="sec-schedules-warmup",
    difficulty=2,
    minutes=14,
    signature="cosine_with_warmup(step, base_lr, warmup_steps, total_steps, final_lr) -> float",
    reference=reference,
    probes=(
        Probe("a run in order", 2.0, _run, draws=2, observe=rates),
        Probe("past the end", 0.5, _past_the_end, draws=2, observe=rates),
        Probe("no warm-up at all", 0.5, _no_warmup, draws=1, observe=rates),
        Probe("steps in any order", 1.0, _in_any_order, draws=2, observe=rates),
    ),
    hints=(
        "There are three parts: the rise, the fall, and what comes after. At which step does each begin?",
        "In the fall, let x = (step - warmup_steps) / (total_steps - warmup_steps). It runs from 0 to 1.",
        "final_lr + (base_lr - final_lr) * (1 + cos(pi * x)) / 2, with x = 1 from total_steps on.",
    ),
    right=(_three_cases, _clipped, _weighted, _table, _complex),
    wrong=(
        Wrong(
            "first lr zero",
            _wrong(rise=lambda k, W: k / W),
            "Your first rate is 0: the gradient of step 0 is computed and thrown away.",
            "Step 0 is the first of the warm-up's steps, so it already has 1/W of the rate: (step + 1) / W.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "zero for the whole warm-up",
            _wrong(rise=lambda k, W: k // W),
            "Your rate is 0 during the whole warm-up: step // warmup_steps is a whole number.",
            "// cuts the fraction off; / keeps it.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "never quite warm",
            _wrong(rise=lambda k, W: (k + 1) / (W + 1)),
            "Your warm-up divides by one too many, so that its last step has less than base_lr.",
            "The warm-up has W steps, and the last of them, W - 1, has the full rate: (W - 1 + 1) / W.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "off by one at the end",
            _wrong(done=lambda k, W, T: (k - W) / (T - W - 1)),
            "Your cosine ends a step early: it reaches final_lr at step total_steps - 1.",
            "Its T - W steps go from x = 0 at step W to x = 1 at step T, the first after the run.",
            "sec-schedules-end",
        ),
        Wrong(
            "cosine a step ahead",
            _wrong(done=lambda k, W, T: (k + 1 - W) / (T - W)),
            "Your cosine is one step ahead: step warmup_steps no longer has base_lr.",
            "At the first step of the fall x is 0.",
            "sec-schedules-end",
        ),
        Wrong(
            "per epoch for per step",
            _wrong(done=lambda k, W, T: (k - W) // (T - W)),
            "Your rate stays at base_lr until the very end: // makes the progress a whole number.",
            "With // the whole run is one epoch; use / so that each step has its own rate.",
            "sec-schedules-function",
        ),
        Wrong(
            "restarts after the end",
            _restarts,
            "Your schedule starts again at total_steps; it is to stay at final_lr.",
            "step % total_steps is 0 at the end; min(step, total_steps) stays there.",
            "sec-schedules-end",
        ),
        Wrong(
            "rises after the end",
            _rises_again,
            "Your rate rises again after total_steps: the cosine goes on.",
            "Past x = 1 the cosine turns upwards. Hold x at 1: a run that goes on a little must not jump.",
            "sec-schedules-end",
        ),
        Wrong(
            "divides by no warm-up",
            _always_warms_up,
            "Your program divides by warmup_steps even where it is 0.",
            "Without a warm-up the rise is never asked for: compute it only where step < warmup_steps.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "warm-up not subtracted",
            _wrong(done=lambda k, W, T: k / T),
            "Your cosine counts from step 0, so it has fallen already when the warm-up ends.",
            "The fall begins at the warm-up's end: subtract warmup_steps from both the step and the total.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "warm-up of a cosine",
            _warms_to_the_cosine,
            "You multiply a rise with a cosine that falls from step 0 on.",
            "The parts come one after the other: the rise leads to base_lr, and then the cosine begins.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "fall too long",
            _wrong(done=lambda k, W, T: (k - W) / T),
            "Your cosine is stretched over total_steps; only total_steps - warmup_steps are left for it.",
            "total_steps counts the warm-up too.",
            "sec-schedules-warmup",
        ),
        Wrong(
            "a whole wave",
            _wrong(
                fall=lambda x, base, final: (
                    final + (base - final) * (1 + math.cos(2 * math.pi * x)) / 2
                )
            ),
            "Your cosine goes down and up again: half a wave is wanted.",
            "cos falls from 1 to -1 between 0 and pi.",
            "sec-schedules-cosine",
        ),
        Wrong(
            "not halved",
            _wrong(
                fall=lambda x, base, final: final + (base - final) * (1 + math.cos(math.pi * x))
            ),
            "Your cosine begins at twice the height: 1 + cos is 2 at its start.",
            "(1 + cos) / 2 runs from 1 to 0.",
            "sec-schedules-cosine",
        ),
        Wrong(
            "falls to zero",
            _wrong(fall=lambda x, base, final: base * (1 + math.cos(math.pi * x)) / 2),
            "Your cosine falls to 0 and then jumps to final_lr.",
            "It falls from base_lr to final_lr: by base_lr - final_lr, and ends at final_lr.",
            "sec-schedules-cosine",
        ),
        Wrong(
            "final rate on top",
            _wrong(fall=lambda x, base, final: final + base * (1 + math.cos(math.pi * x)) / 2),
            "Your cosine begins at base_lr + final_lr.",
            "What falls is the difference, base_lr - final_lr.",
            "sec-schedules-cosine",
        ),
        Wrong(
            "a straight line",
            _wrong(fall=lambda x, base, final: base + (final - base) * x),
            "Your rate falls along a straight line.",
            "Half a cosine is flat at both ends and steep in the middle.",
            "sec-schedules-cosine",
        ),
        *stateful(reference),
    ),
    variants=VARIANTS,
)
