"""Every exercise of the book, by name, in the order of the chapters."""

from descent.checks.catalogue import (
    adam,
    adaptive,
    batch_size,
    comparison,
    gradient_descent,
    losses,
    momentum,
    nesterov,
    schedules,
    signals,
    stochastic,
)
from descent.checks.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (
        losses,
        gradient_descent,
        stochastic,
        momentum,
        nesterov,
        adaptive,
        adam,
        schedules,
        batch_size,
        signals,
        comparison,
    )
    for exercise in module.EXERCISES
}

# The same with each variant as an exercise of its own, by label.
VARIED: dict[str, Exercise] = {
    one.label: one for exercise in EXERCISES.values() for one in exercise.family
}
