"""`scheduled_repaired`: a run whose schedule was set after the epoch that it belongs to."""

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong


def reference(grad, theta0, schedule, epochs, steps_per_epoch):
    """Gradient descent; every step of epoch e has the learning rate schedule(e)."""
    theta = np.array(theta0, dtype=float)
    for epoch in range(epochs):
        lr = schedule(epoch)
        for _ in range(steps_per_epoch):
            theta = theta - lr * grad(theta)
    return theta


def _bowl(rng):
    """A gradient, a start, and the rates of epochs 0, 1, …, of which no two are alike."""
    curvatures, centre = rng.uniform(0.5, 3, size=3), rng.normal(size=3)
    rates = 0.3 * rng.uniform(0.5, 0.9) ** np.arange(40) * rng.uniform(0.9, 1, size=40)

    def gradient(theta):
        return curvatures * (theta - centre)

    def schedule(epoch):
        return float(rates[min(max(int(epoch), 0), 39)])

    return gradient, rng.normal(size=3), schedule


def _several(rng):
    return *_bowl(rng), int(rng.integers(3, 5)), int(rng.integers(2, 4))


def _no_epoch(rng):
    return *_bowl(rng), 0, 2


def _flat_loop(grad, theta0, schedule, epochs, steps_per_epoch):
    theta = theta0
    for step in range(epochs * steps_per_epoch):
        theta = theta - schedule(step // steps_per_epoch) * grad(theta)
    return theta


def _rates_first(grad, theta0, schedule, epochs, steps_per_epoch):
    theta = theta0.copy()
    for lr in [schedule(e) for e in range(epochs) for _ in range(steps_per_epoch)]:
        theta -= lr * grad(theta)
    return theta


def _set_for_the_next(grad, theta0, schedule, epochs, steps_per_epoch):
    theta, lr = theta0 + 0.0, schedule(0)
    for epoch in range(epochs):
        for _ in range(steps_per_epoch):
            theta = theta - lr * grad(theta)
        lr = schedule(epoch + 1)
    return theta


def _while(grad, theta0, schedule, epochs, steps_per_epoch):
    theta, epoch = np.asarray(theta0), 0
    while epoch < epochs:
        lr, left = schedule(epoch), steps_per_epoch
        while left:
            theta, left = np.subtract(theta, np.multiply(lr, grad(theta))), left - 1
        epoch += 1
    return theta


def _recursive(grad, theta0, schedule, epochs, steps_per_epoch):
    if epochs == 0:
        return theta0
    theta = _recursive(grad, theta0, schedule, epochs - 1, steps_per_epoch)
    for _ in range(steps_per_epoch):
        theta = theta + -schedule(epochs - 1) * grad(theta)
    return theta


def _with(rate):
    """The run whose step number `step` of epoch `epoch` has the rate `rate(schedule, epoch, step)`."""

    def program(grad, theta0, schedule, epochs, steps_per_epoch):
        theta = np.array(theta0, dtype=float)
        for epoch in range(epochs):
            for step in range(steps_per_epoch):
                theta = theta - rate(schedule, epoch, step, steps_per_epoch) * grad(theta)
        return theta

    return program


def _in_place(grad, theta0, schedule, epochs, steps_per_epoch):
    for epoch in range(epochs):
        for _ in range(steps_per_epoch):
            theta0 -= schedule(epoch) * grad(theta0)
    return theta0


def _one_epoch_at_least(grad, theta0, schedule, epochs, steps_per_epoch):
    return reference(grad, theta0, schedule, max(epochs, 1), steps_per_epoch)


REPAIRED = Exercise(
    name="scheduled_repaired",
    title="Spot the bug: a rate that comes too late",
    section="sec-schedules-late",
    difficulty=2,
    minutes=8,
    signature="scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch) -> (d,)",
    reference=reference,
    probes=(
        Probe("runs of several epochs", 2.0, _several, draws=3),
        Probe("no epoch at all", 0.5, _no_epoch, draws=1),
    ),
    untouched=0.5,
    hints=(
        "Write down, for each epoch of a run of three, which rate its steps use.",
        "schedule(1) is asked for when epoch 1 is over, and is used in epoch 2.",
        "Ask for schedule(epoch) at the top of the epoch's loop, before its steps.",
    ),
    right=(_flat_loop, _rates_first, _set_for_the_next, _while, _recursive),
    wrong=(
        Wrong(
            "set after the epoch",
            _with(lambda schedule, e, k, n: schedule(max(e - 1, 0))),
            "Each epoch runs with the rate of the one before: the rate is set after the epoch it belongs to.",
            "The first rate serves twice and the last one never; set it before the epoch's first step.",
            "sec-schedules-late",
        ),
        Wrong(
            "one epoch early",
            _with(lambda schedule, e, k, n: schedule(e + 1)),
            "Each epoch runs with the rate of the next: schedule(0) is never used.",
            "Epochs count from 0, and schedule(0) belongs to the first.",
            "sec-schedules-late",
            mistake=46,
        ),
        Wrong(
            "set after the first step",
            _with(lambda schedule, e, k, n: schedule(max(e - (k == 0), 0))),
            "The first step of each epoch still runs with the rate of the epoch before.",
            "The rate is set within the loop over the steps, after the step; set it before the loop.",
            "sec-schedules-late",
        ),
        Wrong(
            "asked for steps",
            _with(lambda schedule, e, k, n: schedule(e * n + k)),
            "You ask the schedule for the number of the step; it counts epochs.",
            "The same function asked in another unit runs through its rates too fast.",
            "sec-schedules-function",
        ),
        Wrong(
            "asked for the step of the epoch",
            _with(lambda schedule, e, k, n: schedule(k)),
            "You ask the schedule for the place within the epoch, so it starts again in each.",
            "schedule(epoch) is the rate of all steps of that epoch.",
            "sec-schedules-function",
        ),
        Wrong(
            "never set",
            _with(lambda schedule, e, k, n: schedule(0)),
            "All epochs run with the first rate.",
            "Ask the schedule again at the beginning of each epoch.",
            "sec-schedules-late",
        ),
        Wrong(
            "one epoch at least",
            _one_epoch_at_least,
            "Your function runs an epoch even where `epochs` is 0.",
            "Without an epoch the answer is the start.",
            "sec-schedules-late",
        ),
        Wrong(
            "start changed",
            _in_place,
            "The numbers are right, but theta0, which belongs to the caller, is changed.",
            "theta -= … writes into the array that was passed; begin with a copy.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
