"""`step_decay` and `exponential_decay`: the same factor, at some steps or at all."""

import math

import numpy as np

from descent.checks.catalogue.schedules.asking import calls, jumbled, rates, stateful
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.schedules import SCHEDULES

step_formula = SCHEDULES["step_decay"].formula
exponential_formula = SCHEDULES["exponential_decay"].formula


def _base(rng):
    return float(10 ** rng.uniform(-3, 0))


def _staircase(rng):
    every = int(rng.integers(5, 8))
    return calls(range(2 * every + 1), _base(rng), every, float(rng.uniform(0.1, 0.8)))


def _staircase_jumbled(rng):
    every = int(rng.integers(5, 8))
    steps = jumbled(rng, every, 2 * every - 1)
    return calls(steps, _base(rng), every, float(rng.uniform(0.1, 0.8)))


def _step_loop(step, base_lr, every, factor):
    lr = base_lr
    for k in range(1, step + 1):
        if k % every == 0:
            lr = lr * factor
    return lr


def _step_floor(step, base_lr, every, factor):
    return np.float64(base_lr) * np.power(factor, np.floor(step / every))


def _step_recursive(step, base_lr, every, factor):
    if step < every:
        return base_lr
    return factor * _step_recursive(step - every, base_lr, every, factor)


def _step_divmod(step, base_lr, every, factor):
    drops, _ = divmod(step, every)
    return math.exp(math.log(base_lr) + drops * math.log(factor))


def _step_counted(step, base_lr, every, factor):
    drops = len(range(every, step + 1, every))
    return base_lr * math.prod([factor] * drops)


STEP_DECAY = Exercise(
    name="step_decay",
    title="A staircase",
    section="sec-schedules-decay",
    difficulty=1,
    minutes=7,
    signature="step_decay(step, base_lr, every, factor) -> float",
    reference=step_formula,
    probes=(
        Probe("the first steps, in order", 1.5, _staircase, draws=2, observe=rates),
        Probe("steps in any order", 0.5, _staircase_jumbled, draws=2, observe=rates),
    ),
    hints=(
        "How often has the rate been lowered by step `every - 1`, and how often by step `every`?",
        "The number of drops is how many whole times `every` fits into `step`.",
        "step // every is that number; the rate is base_lr times factor to that power.",
    ),
    right=(_step_loop, _step_floor, _step_recursive, _step_divmod, _step_counted),
    wrong=(
        Wrong(
            "gradual",
            lambda step, base_lr, every, factor: base_lr * factor ** (step / every),
            "Your rate falls a little at each step; step decay keeps it, then lowers it at once.",
            "step / every is a fraction between the drops; step // every stays the same until the next one.",
            "sec-schedules-decay",
            mistake=17,
        ),
        Wrong(
            "lowered after the first step",
            lambda step, base_lr, every, factor: base_lr * factor ** -(-step // every),
            "Your rate is lowered right after step 0 already; the first drop belongs to step `every`.",
            "0 % every is 0 too, so a loop that lowers the rate wherever step % every == 0 begins too early.",
            "sec-schedules-late",
            mistake=46,
        ),
        Wrong(
            "lowered at step 0",
            lambda step, base_lr, every, factor: base_lr * factor ** (step // every + 1),
            "Your first rate is base_lr * factor; the first `every` steps have base_lr itself.",
            "The number of drops by step 0 is 0.",
            "sec-schedules-late",
            mistake=46,
        ),
        Wrong(
            "a step early",
            lambda step, base_lr, every, factor: base_lr * factor ** ((step + 1) // every),
            "Your rate falls one step too early.",
            "Steps count from 0, so `every` of them are 0, …, every - 1, and the drop is at step `every`.",
            "sec-schedules-decay",
        ),
        Wrong(
            "a step late",
            lambda step, base_lr, every, factor: base_lr * factor ** (max(step - 1, 0) // every),
            "Your rate falls one step too late.",
            "Steps count from 0, so step `every` is the first that comes after `every` others.",
            "sec-schedules-decay",
        ),
        Wrong(
            "per epoch for per step",
            lambda step, base_lr, every, factor: base_lr * factor**step,
            "Your rate falls at every step, as if each were a whole period of `every` steps.",
            "A formula that counts epochs falls much too fast when it is asked once a step.",
            "sec-schedules-function",
        ),
        Wrong(
            "restarts every epoch",
            lambda step, base_lr, every, factor: base_lr * factor ** (step % every),
            "Your rate starts again every `every` steps: step % every is what is left over.",
            "step // every counts the periods that are over; step % every is the place within one.",
            "sec-schedules-decay",
        ),
        Wrong(
            "only once",
            lambda step, base_lr, every, factor: base_lr * factor if step >= every else base_lr,
            "Your rate falls once and never again.",
            "It is lowered after every `every` steps: a staircase, not a single step.",
            "sec-schedules-decay",
        ),
        Wrong(
            "divided",
            lambda step, base_lr, every, factor: base_lr / factor ** (step // every),
            "Your rate rises: you divide by the factor.",
            "The factor is below 1, so multiply by it.",
            "sec-schedules-decay",
        ),
        Wrong(
            "drops times factor",
            lambda step, base_lr, every, factor: base_lr * factor * max(step // every, 1 / factor),
            "You multiply the factor by the number of drops; each drop multiplies the rate by the factor.",
            "After two drops the rate is base_lr * factor * factor, so the number of drops is the power.",
            "sec-schedules-decay",
        ),
        *stateful(step_formula),
    ),
)


def _fall_and_back(rng):
    steps = [*range(6), *jumbled(rng, 6, 20)]
    return calls(steps, _base(rng), float(rng.uniform(0.5, 0.95)))


def _exponential_loop(step, base_lr, gamma):
    lr = base_lr
    while step > 0:
        lr, step = lr * gamma, step - 1
    return lr


def _exponential_exp(step, base_lr, gamma):
    return base_lr * math.exp(step * math.log(gamma))


def _exponential_numpy(step, base_lr, gamma):
    return np.power(np.float64(gamma), step) * base_lr


def _exponential_recursive(step, base_lr, gamma):
    return base_lr if step == 0 else gamma * _exponential_recursive(step - 1, base_lr, gamma)


def _exponential_product(step, base_lr, gamma):
    return np.prod([base_lr] + [gamma] * step)


EXPONENTIAL_DECAY = Exercise(
    name="exponential_decay",
    title="The same factor at every step",
    section="sec-schedules-decay",
    difficulty=1,
    minutes=5,
    signature="exponential_decay(step, base_lr, gamma) -> float",
    reference=exponential_formula,
    probes=(
        Probe("steps in order, then in any order", 2.0, _fall_and_back, draws=2, observe=rates),
    ),
    hints=(
        "The rate of step 0 is base_lr. What is that of step 1, and of step 2?",
        "Each step multiplies by gamma once more: how often has it been multiplied by step k?",
        "k times, so the rate is base_lr * gamma**k.",
    ),
    right=(
        _exponential_loop,
        _exponential_exp,
        _exponential_numpy,
        _exponential_recursive,
        _exponential_product,
    ),
    wrong=(
        Wrong(
            "a step early",
            lambda step, base_lr, gamma: base_lr * gamma ** (step + 1),
            "Your first rate is base_lr * gamma; step 0 has base_lr itself.",
            "Steps count from 0, and before step 0 nothing has been multiplied yet.",
            "sec-schedules-late",
        ),
        Wrong(
            "a step late",
            lambda step, base_lr, gamma: base_lr * gamma ** max(step - 1, 0),
            "Your rate falls one step late: step 1 still has that of step 0.",
            "The rate of step k has been multiplied k times, step 1's once.",
            "sec-schedules-late",
        ),
        Wrong(
            "power of e",
            lambda step, base_lr, gamma: base_lr * math.exp(-gamma * step),
            "You take gamma for the rate of an exponential function; here it is the factor of one step.",
            "base_lr * exp(-c * k) is the same curve where gamma = exp(-c).",
            "sec-schedules-decay",
        ),
        Wrong(
            "what is lost",
            lambda step, base_lr, gamma: base_lr * (1 - gamma) ** step,
            "You take gamma for what a step loses; it is what a step keeps.",
            "gamma = 0.9 keeps nine tenths of the rate at each step.",
            "sec-schedules-decay",
        ),
        Wrong(
            "a straight line",
            lambda step, base_lr, gamma: base_lr * max(1 - (1 - gamma) * step, 0.0),
            "Your rate falls along a straight line, by the same amount at each step.",
            "Exponential decay loses the same share at each step, so the amounts become smaller.",
            "sec-schedules-decay",
        ),
        Wrong(
            "one over",
            lambda step, base_lr, gamma: base_lr / (1 + (1 - gamma) * step),
            "Your rate falls like 1/k, which is another schedule.",
            "Exponential decay multiplies by the same gamma at each step.",
            "sec-schedules-decay",
        ),
        Wrong(
            "base to the power",
            lambda step, base_lr, gamma: (base_lr * gamma) ** step,
            "You raise base_lr to the power as well; only gamma is.",
            "base_lr * gamma**step: the power binds tighter than the product.",
            "sec-schedules-decay",
        ),
        Wrong(
            "times the step",
            lambda step, base_lr, gamma: base_lr * gamma * step,
            "You multiply by the step; gamma is multiplied with itself that often.",
            "A power, not a product: at step 0 the rate is base_lr, not 0.",
            "sec-schedules-decay",
        ),
        *stateful(exponential_formula),
    ),
)
