"""The trajectories explorer: the way of a method over a surface, and the loss along it."""

from typing import Any

import numpy as np

from descent.explorers import picture, settings
from descent.explorers.explorer import Explorer
from descent.inputs import lookup, number, unknown
from descent.methods import RULES, checked
from descent.minimize import minimize
from descent.problems import problem


class Trajectories(Explorer):
    """The iterates of a method on a test surface, to play with.

    surface: quadratic, rosenbrock, himmelblau or beale. method: gradient_descent, momentum, nesterov,
    adagrad, rmsprop or adam. lr: a learning rate > 0 (default: one that suits the pair). start: (x, y)
    within the picture (default: the surface's own). hyper: the method's other hyper-parameters.
    Raises TypeError or ValueError that names the argument, with the nearest name for unknown ones.
    """

    name = "trajectories"

    def __init__(
        self,
        surface: str = "quadratic",
        method: str = "gradient_descent",
        lr: float | None = None,
        start: Any = None,
        **hyper: float,
    ):
        lookup("surface", surface, settings.SURFACES)
        lookup("method", method, settings.METHODS)
        known = ("lr", *settings.METHODS[method][1])
        for name in hyper:
            if name not in known:
                raise TypeError(unknown(f"hyper-parameter of {method}", name, known))
        self._problem = problem(surface)
        self._rule = RULES[method]
        rate = settings.learning_rate(surface, method) if lr is None else number("lr", lr, above=0)
        point = self._problem.start if start is None else self._inside(start)
        super().__init__(
            {
                "surface": surface,
                "method": method,
                "lr": rate,
                "start": point.tolist(),
                **settings.defaults(method),
                **checked(self._rule, hyper),
            }
        )

    def _inside(self, start: Any) -> np.ndarray:
        low, high = np.transpose(settings.frame(self._problem))
        try:
            point = np.array(start, dtype=float)
        except (TypeError, ValueError):
            point = np.array([])
        if point.shape != (2,) or not np.all((low <= point) & (point <= high)):
            raise ValueError(
                f"start must be a point (x, y) with x from {low[0]:g} to {high[0]:g} and "
                f"y from {low[1]:g} to {high[1]:g}, got {start!r}"
            )
        return point

    def picture(self) -> str:
        """The run with the settings given, as SVG. Needs contourpy, which comes with Matplotlib."""
        given = dict(self._state)
        surface, method = given.pop("surface"), given.pop("method")
        title, steps = settings.SURFACES[surface]
        start = np.array(given.pop("start"))
        run = minimize(self._rule, self._problem, steps=steps, start=start, **given)
        words = (
            f"Contours of the {title} surface with the path of {settings.METHODS[method][0]}, "
            f"learning rate {given['lr']:g}, from ({start[0]:g}, {start[1]:g}): after {run.steps} steps "
            + ("it has diverged." if run.diverged else f"the loss is {run.losses[-1]:.2g}.")
        )
        return picture.trajectory(self._problem, run, steps, words)
