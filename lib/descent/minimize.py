"""Walks a rule over a problem, or along given gradients, and keeps the whole way."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.inputs import count, floating, is_finite, namespace, number
from descent.methods import Rule, checked
from descent.problems import Problem


@dataclass(frozen=True)
class Trajectory:
    """The way of one run, start included.

    iterates: (n + 1, *shape of theta). losses, gradient_norms: (n + 1,), both at the iterates.
    step_numbers: (n + 1,) ints, the steps after which they stood there: 0, every, 2 every, … and
    the last one.
    stopped: why the run ended: "steps" (all steps taken), "gradient" or "loss" (a tolerance was
    met), or "diverged" (the next point, its loss or its gradient's norm was not finite; the last
    finite one is kept).
    """

    iterates: Any
    losses: Any
    gradient_norms: Any
    stopped: str
    step_numbers: np.ndarray

    @property
    def steps(self) -> int:
        """The number of steps taken."""
        return int(self.step_numbers[-1])

    @property
    def final(self) -> Any:
        """The last iterate."""
        return self.iterates[-1]

    @property
    def diverged(self) -> bool:
        """Whether the run left the finite numbers."""
        return self.stopped == "diverged"

    def distances(self, point: Any) -> Any:
        """Euclidean distances of the iterates from `point`, an array like theta: (n + 1,)."""
        offsets = self.iterates - point
        return (offsets.reshape(len(offsets), -1) ** 2).sum(-1) ** 0.5


def minimize(
    rule: Rule,
    problem: Problem,
    *,
    lr: float | Callable[[int], float],
    steps: int = 1000,
    start: Any = None,
    gradient_tolerance: float = 0.0,
    loss_tolerance: float = -math.inf,
    every: int = 1,
    **hyper: float,
) -> Trajectory:
    """Runs `rule` on `problem` from `start` and returns the trajectory.

    lr: a learning rate > 0, or a schedule k -> lr of step k = 0, 1, … . steps: at most so many.
    start: a floating NumPy array or torch tensor (default: the problem's own).
    every: keep the start, each so-manieth step and the last one; a long run then holds no more.
    gradient_tolerance: stop where ‖gradient‖₂ <= this. loss_tolerance: stop where loss <= this.
    hyper: the rule's other hyper-parameters.
    A run that leaves the finite numbers ends with `stopped == "diverged"`; no NaN is ever recorded.
    Raises TypeError or ValueError that names the argument.
    """
    if not hasattr(rule, "state_names"):
        raise TypeError(
            f"rule must be a rule of descent.RULES, such as RULES['adam'], got {rule!r}"
        )
    if not isinstance(problem, Problem):
        raise TypeError(f"problem must be a Problem, such as problem('quadratic'), got {problem!r}")
    theta = floating("start", problem.start if start is None else start)
    if theta.shape != problem.start.shape:
        raise ValueError(
            f"start must have shape {problem.start.shape} for {problem.name}, got {theta.shape}"
        )
    steps = count("steps", steps)
    every = count("every", every, at_least=1)
    schedule = lr if callable(lr) else None
    rate = 0.0 if callable(lr) else number("lr", lr, above=0)
    gradient_tolerance = number("gradient_tolerance", gradient_tolerance, at_least=0)
    if loss_tolerance != -math.inf:
        loss_tolerance = number("loss_tolerance", loss_tolerance)
    hyper = checked(rule, hyper)

    state = rule.init(theta, **hyper)
    records: list[tuple] = []  # step number, iterate, loss, gradient norm
    last: tuple | None = None
    stopped = "steps"
    with np.errstate(all="ignore"):  # divergence is reported below
        for t in range(1, steps + 2):
            loss, grad = problem.value(theta), problem.gradient(theta)
            norm = (grad**2).sum() ** 0.5
            if not (is_finite(theta) and is_finite(loss) and is_finite(norm)):
                stopped = "diverged"
                break
            last = (t - 1, theta, loss, norm)
            if (t - 1) % every == 0:
                records.append(last)
            if norm <= gradient_tolerance:
                stopped = "gradient"
                break
            if loss <= loss_tolerance:
                stopped = "loss"
                break
            if t > steps:
                break
            if schedule is not None:
                rate = number(f"lr({t - 1})", schedule(t - 1), at_least=0)
            query = rule.query(theta, state, t, lr=rate, **hyper)
            if query is not theta:
                grad = problem.gradient(query)
            theta, state = rule(theta, grad, state, t, lr=rate, **hyper)
    if last is None:
        raise ValueError(f"start must have a finite loss and gradient on {problem.name}")
    if records[-1] is not last:
        records.append(last)
    numbers, *columns = zip(*records, strict=True)
    points, losses, norms = map(namespace(theta).stack, columns)
    return Trajectory(points, losses, norms, stopped, np.array(numbers))


def follow(
    rule: Rule, start: Any, gradients: Iterable[Any], *, lr: Callable[[int], float], **hyper: float
) -> Any:
    """Walks `rule` along given gradients, so that two rules can be compared on the same ones.

    start: an array; gradients: n arrays of its shape; lr: a schedule k -> lr of step k = 0, 1, …
    Returns the n + 1 positions, start included. Raises TypeError or ValueError as `checked` does.
    """
    hyper = checked(rule, hyper)
    theta, state = start, rule.init(start, **hyper)
    positions = [theta]
    for t, grad in enumerate(gradients, start=1):
        theta, state = rule(theta, grad, state, t, lr=lr(t - 1), **hyper)
        positions.append(theta)
    return namespace(start).stack(positions)
