"""Every exercise of the book, by name, in the order of the chapters."""

from descent.checks.catalogue import gradient_descent
from descent.checks.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for module in (gradient_descent,) for exercise in module.EXERCISES
}
