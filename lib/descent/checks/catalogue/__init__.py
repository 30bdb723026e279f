"""Every exercise of the book, by name, in the order of the chapters."""

from descent.checks.catalogue import gradient_descent, losses, stochastic
from descent.checks.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (losses, gradient_descent, stochastic)
    for exercise in module.EXERCISES
}
