"""The learning rate as a pure function of the step, and the one schedule that must remember.

Each formula is written as `(step, base_lr, ...) -> float`, with steps counted from 0, and gives the
learning rate *of* that step. Called without the step it checks the other arguments and returns the
schedule, `step -> lr`, which may be asked in any order and stays at its last value past its end:

    lr = warmup(100, cosine(0.1, total_steps=900))
    lr(0), lr(5000)                                   # 0.001, 0.0
    minimize(RULES["adam"], problem("beale"), lr=lr)
    cosine.formula(450, 0.1, 900, 0.0)                # 0.05, the bare equation

Schedulers of torch multiply the previous rate at each step. That gives the same numbers, up to
rounding, as long as they are stepped once a step, in order, and nobody else changes the rate.
"""

from descent.schedules.formulas import (
    constant,
    cosine,
    exponential_decay,
    inverse_sqrt,
    join,
    multi_step_decay,
    one_cycle,
    one_cycle_momentum,
    polynomial_decay,
    range_test,
    step_decay,
    warm_restarts,
    warmup,
    wsd,
)
from descent.schedules.plateau import ReduceOnPlateau
from descent.schedules.reading import RangeTest, read_range_test
from descent.schedules.schedule import SCHEDULES, Schedule

__all__ = [
    "SCHEDULES",
    "RangeTest",
    "ReduceOnPlateau",
    "Schedule",
    "constant",
    "cosine",
    "exponential_decay",
    "inverse_sqrt",
    "join",
    "multi_step_decay",
    "one_cycle",
    "one_cycle_momentum",
    "polynomial_decay",
    "range_test",
    "read_range_test",
    "step_decay",
    "warm_restarts",
    "warmup",
    "wsd",
]
