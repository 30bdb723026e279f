"""The momentum explorer: what the error of one eigen-mode does, over the plane of (lr times curvature, beta)."""

import numpy as np

from descent.explorers import heavy_ball, picture
from descent.explorers.explorer import Explorer
from descent.inputs import number
from descent.methods import RULES
from descent.minimize import minimize
from descent.problems import Problem

MODE = Problem(
    name="mode",
    value=lambda x: 0.5 * (x * x).sum(),
    gradient=lambda x: x,
    start=np.ones(1),
    minimisers=(np.zeros(1),),
)  # curvature 1: only the product lr * curvature counts


class MomentumPhases(Explorer):
    """The phase diagram of momentum on a quadratic, with a point to move.

    beta: the momentum, from 0 to 0.99. lr: the learning rate times the curvature of the mode, from 0.001 to 4.2.
    Raises TypeError or ValueError that names the argument.
    """

    name = "momentum_phases"

    def __init__(self, beta: float = 0.9, lr: float = 0.2):
        super().__init__(
            {
                "lr": number("lr", lr, at_least=heavy_ball.NEAREST, at_most=heavy_ball.FARTHEST),
                "beta": number("beta", beta, at_least=0, at_most=heavy_ball.STRONGEST),
            }
        )

    def picture(self) -> str:
        """The plane, and the error of the mode at each step, as SVG."""
        a, beta = self._state["lr"], self._state["beta"]
        run = minimize(RULES["momentum"], MODE, lr=a, beta=beta, steps=heavy_ball.STEPS)
        first, second = heavy_ball.eigenvalues(a, beta)
        words = (
            f"Momentum on one eigen-mode, learning rate times curvature {a:g}, beta {beta:g}: "
            f"{heavy_ball.REGIONS[heavy_ball.region(a, beta)]}. In the long run "
            f"a step multiplies the error by {abs(first):.3g}."
        )
        return picture.figure(
            words, _plane(a, beta), _error(run.iterates[:, 0]), _spectrum((first, second), beta)
        )


def _plane(a: float, beta: float) -> str:
    plane = picture.large_panel((0, heavy_ball.FARTHEST), (0, 1))
    roots = np.linspace(0, 1, 41)
    slow, fast = (np.c_[(1 + sign * roots) ** 2, roots**2] for sign in (-1, 1))
    trapezia = [[plane.place(np.array(heavy_ball.level(c)))] for c in heavy_ball.CONTRACTIONS]
    names = {**heavy_ball.PLACES, "lr·λ": (3.9, 0.03), "β": (0.07, 0.95)}
    places = plane.place(np.array(list(names.values())))
    words = (picture.text(x, y, name) for name, (x, y) in zip(names, places, strict=True))
    return (
        plane.clipped(
            picture.regions(trapezia[::-1]),
            picture.stroke(picture.path(plane.place(slow)), "currentColor"),
            picture.stroke(picture.path(plane.place(fast)), "currentColor", stroke_dasharray="5 4"),
            picture.ring(*plane.place(np.array([[a, beta]]))[0]),
            spare=0,
        )
        + plane.border()
        + picture.group(*words)
    )


def _error(errors: np.ndarray) -> str:
    farthest = float(np.clip(np.abs(errors).max(), 1, heavy_ball.HIGHEST))
    curve = picture.side_panel((0, heavy_ball.STEPS), (-farthest, farthest), bottom=138)
    heights = (-farthest, 0, farthest)
    return (
        curve.rules(heights, (f"{height:.2g}" for height in heights))
        + curve.clipped(
            picture.stroke(picture.path(curve.place(np.c_[np.arange(len(errors)), errors])))
        )
        + curve.feet("0", str(heavy_ball.STEPS))
        + curve.title("Error at each step")
    )


def _spectrum(values: tuple[complex, complex], beta: float) -> str:
    ratio = (picture.CURVE_WIDTH - 8) / 130  # one scale on both axes
    plane = picture.side_panel((-1.25 * ratio, 1.25 * ratio), (-1.25, 1.25), 188, 318)
    points = plane.place(np.array([[z.real, z.imag] for z in values]))
    x, y = plane.place(np.zeros((1, 2)))[0]
    unit = plane.height / 2.5
    circles = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * unit:.1f}" fill="none" '
        f'stroke="currentColor" stroke-opacity=".5"{dashes}/>'
        for radius, dashes in ((1, ""), (beta**0.5, ' stroke-dasharray="3 3"'))
    )
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{picture.TRACE}"/>' for x, y in points
    )
    return plane.clipped(circles, dots) + plane.title("Eigenvalues in the complex plane")
