"""Every exercise of the book, by name, in the order of the chapters."""

from descent.checks.catalogue import (
    adam,
    adaptive,
    gradient_descent,
    losses,
    momentum,
    nesterov,
    stochastic,
)
from descent.checks.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (losses, gradient_descent, stochastic, momentum, nesterov, adaptive, adam)
    for exercise in module.EXERCISES
}
