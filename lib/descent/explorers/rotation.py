"""The rotation explorer: a ravine that turns, under a method that works coordinate by coordinate."""

import numpy as np

from descent.explorers import picture, settings
from descent.explorers.explorer import Explorer
from descent.inputs import lookup, number
from descent.methods import RULES
from descent.minimize import Trajectory, minimize
from descent.problems import quadratic


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
        title = settings.METHODS[method][0]
        words = (
            f"The ravine turned by {degrees:g} degrees, with the path of {title}, learning rate {lr:g}, "
            f"and of gradient descent. To come within 1e-6 of the minimum {title} needs "
            f"{_said(arrival(run))}, gradient descent {_said(arrival(plain))}."
        )
        return picture.figure(words, _map(degrees, run, plain), _angles(method, degrees, lr, plain))


def _map(degrees: float, run: Trajectory, plain: Trajectory) -> str:
    ravine = quadratic(degrees=degrees)
    panel = picture.large_panel(*settings.TURNING_WINDOW)
    way = panel.place(run.iterates)
    return (
        panel.clipped(
            picture.contours(ravine, panel, settings.levels(quadratic())),
            picture.cross(*panel.place(np.zeros((1, 2)))[0]),
            picture.stroke(
                picture.path(panel.place(plain.iterates)), "currentColor", stroke_dasharray="4 3"
            ),
            picture.stroke(picture.path(way)),
            picture.ring(*way[0]),
            spare=0,
        )
        + panel.border()
    )


def _angles(method: str, degrees: float, lr: float, plain: Trajectory) -> str:
    """Steps needed against the angle; where there is no arrival, the line has a gap."""
    angles = np.arange(0, 91, 3)
    arrivals = [arrival(turned(method, angle, lr)) for angle in angles]
    panel = picture.side_panel((0, 90), (0, settings.TURNING_STEPS))
    dots = [point for point in zip(angles, arrivals, strict=True) if point[1] is not None]
    marks = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in panel.place(np.array(dots).reshape(-1, 2)))
    across = panel.place(np.array([[0, arrival(plain)], [90, arrival(plain)]]))
    now = panel.place(np.array([[degrees, 0], [degrees, settings.TURNING_STEPS]]))
    heights = range(0, settings.TURNING_STEPS + 1, 100)
    return (
        panel.rules(heights, map(str, heights))
        + picture.stroke(picture.path(now), "currentColor", stroke_opacity=0.5)
        + picture.stroke(picture.path(across), "currentColor", stroke_dasharray="4 3")
        + f'<path d="{marks}" stroke="{picture.TRACE}" stroke-width="5" stroke-linecap="round"/>'
        + panel.feet("0°", "45°", "90°")
        + panel.title("Steps to 1e-6 at each angle; dashed: gradient descent")
    )


def turned(method: str, degrees: float, lr: float | None = None) -> Trajectory:
    """The run of a method on the ravine turned by `degrees`; gradient descent has its best lr."""
    ravine = quadratic(degrees=degrees)
    rate = 2 / sum(ravine.curvature()) if lr is None else lr
    return minimize(RULES[method], ravine, lr=rate, steps=settings.TURNING_STEPS)


def arrival(run: Trajectory) -> int | None:
    """The first step at which the iterate is within 1e-6 of the minimum, the origin; None if there is none."""
    near = np.flatnonzero(run.distances(np.zeros(2)) < settings.NEAR)
    return int(near[0]) if len(near) else None


def _said(steps: int | None) -> str:
    return f"more than {settings.TURNING_STEPS} steps" if steps is None else f"{steps} steps"
