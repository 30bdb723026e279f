"""The rotation explorer: a ravine that turns, under a method that works coordinate by coordinate."""

from dataclasses import replace

import numpy as np

from descent.explorers import picture, settings
from descent.explorers.explorer import Explorer
from descent.inputs import lookup, number
from descent.methods import RULES
from descent.minimize import Trajectory, minimize
from descent.problems import quadratic, rotation


class Rotation(Explorer):
    """The ravine turned by an angle: the way of a per-coordinate method beside that of gradient descent.

    method: adam, rmsprop or adagrad, with its default hyper-parameters. degrees: the angle, 0 to 90.
    lr: the method's learning rate > 0 (default: one that suits it). Gradient descent has lr 2/(mu + L).
    Raises TypeError or ValueError that names the argument.
    """

    name = "rotation"

    def __init__(self, method: str = "adam", degrees: float = 0.0, lr: float | None = None):
        lookup("method", method, settings.TURNED)
        rate = settings.TURNED[method] if lr is None else number("lr", lr, above=0)
        super().__init__(
            {
                "method": method,
                "degrees": number("degrees", degrees, at_least=0, at_most=90),
                "lr": rate,
            }
        )

    def picture(self) -> str:
        """Both ways on the turned ravine, and the steps they need at each angle, as SVG."""
        method, degrees, lr = self._state["method"], self._state["degrees"], self._state["lr"]
        run, plain = turned(method, degrees, lr), turned("gradient_descent", degrees)
        along = turned(method, 0, lr).iterates @ rotation(degrees).T
        title = settings.METHODS[method][0]
        words = (
            f"The ravine turned by {degrees:g} degrees, with the path of {title}, learning rate {lr:g}, "
            f"and of gradient descent. To come within 1e-6 of the minimum {title} needs "
            f"{_said(arrival(run))}, gradient descent {_said(arrival(plain))}. The path of {title} is up to "
            f"{apart(run.iterates, along):.2f} away from its path at 0 degrees, turned."
        )
        return picture.figure(
            words, _map(degrees, run, plain, along), _angles(method, degrees, lr, plain)
        )


def _map(degrees: float, run: Trajectory, plain: Trajectory, along: np.ndarray) -> str:
    ravine = quadratic(degrees=degrees)
    panel = picture.large_panel(*settings.TURNING_WINDOW)
    way = panel.place(run.iterates)
    return (
        panel.clipped(
            picture.contours(ravine, panel, settings.levels(quadratic())),
            picture.cross(*panel.place(np.zeros((1, 2)))[0]),
            picture.stroke(
                picture.path(panel.place(plain.iterates)),
                "currentColor",
                stroke_dasharray="4 3",
                stroke_opacity=0.6,
            ),
            picture.stroke(picture.path(panel.place(along)), stroke_opacity=0.35),
            picture.stroke(picture.path(way)),
            picture.ring(*way[0]),
            spare=0,
        )
        + panel.border()
    )


def _angles(method: str, degrees: float, lr: float, plain: Trajectory) -> str:
    """Steps needed against the angle; where there is no arrival, the line has a gap."""
    angles = np.arange(0, 91, 3)
    arrivals = [arrival(turned(method, float(angle), lr)) for angle in angles]
    panel = picture.side_panel((0, 90), (0, settings.TURNING_STEPS))
    dots = [point for point in zip(angles, arrivals, strict=True) if point[1] is not None]
    across = panel.place(np.array([[0, arrival(plain)], [90, arrival(plain)]]))
    now = panel.place(np.array([[degrees, 0], [degrees, settings.TURNING_STEPS]]))
    heights = range(0, settings.TURNING_STEPS + 1, 100)
    return (
        panel.rules(heights, map(str, heights))
        + picture.stroke(picture.path(now), "currentColor", stroke_opacity=0.5)
        + picture.stroke(picture.path(across), "currentColor", stroke_dasharray="4 3")
        + picture.dots(panel.place(np.array(dots).reshape(-1, 2)), 5)
        + panel.feet("0°", "45°", "90°")
        + panel.title("Steps to 1e-6 (dashed: gradient descent)")
    )


def turned(method: str, degrees: float, lr: float | None = None) -> Trajectory:
    """The run of a method on the ravine turned by `degrees`, until it is within 1e-6 of the minimum.

    It takes at most 400 steps. Gradient descent has its best learning rate.
    """
    ravine = quadratic(degrees=degrees)
    rate = 2 / sum(ravine.curvature()) if lr is None else lr
    run = minimize(RULES[method], ravine, lr=rate, steps=settings.TURNING_STEPS)
    near = np.flatnonzero(run.distances(np.zeros(2)) < settings.NEAR)
    last = int(near[0]) + 1 if len(near) else len(run.losses)
    return replace(
        run,
        iterates=run.iterates[:last],
        losses=run.losses[:last],
        gradient_norms=run.gradient_norms[:last],
        step_numbers=run.step_numbers[:last],
    )


def arrival(run: Trajectory) -> int | None:
    """The steps of a run that `turned` has ended within 1e-6 of the minimum, the origin; None if it has not."""
    return run.steps if np.linalg.norm(run.final) < settings.NEAR else None


def apart(points: np.ndarray, others: np.ndarray) -> float:
    """How far points (n, 2) are at most from other points, step by step, as long as both go on."""
    together = min(len(points), len(others))
    return float(np.linalg.norm(points[:together] - others[:together], axis=1).max())


def _said(steps: int | None) -> str:
    return f"more than {settings.TURNING_STEPS} steps" if steps is None else f"{steps} steps"
