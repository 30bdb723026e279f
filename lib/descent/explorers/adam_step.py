"""The Adam explorer: gradient, moments, their corrections and the step, one coordinate, step by step."""

import numpy as np

from descent.explorers import anatomy, picture
from descent.explorers.explorer import Explorer
from descent.inputs import count, lookup, number
from descent.methods import RULES, checked


class AdamStep(Explorer):
    """The anatomy of Adam's step, one coordinate.

    gradients: constant, noisy, spike or alternating. size: what they are multiplied by, in (0, 1e9].
    beta1, beta2 in [0, 1) and eps >= 0: Adam's. corrected: with bias correction. eps_inside: epsilon
    inside the root. step: the step looked at, from 1 to 60.
    Raises TypeError or ValueError that names the argument.
    """

    name = "adam_step"

    def __init__(
        self,
        gradients: str = "constant",
        *,
        size: float = 1.0,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        corrected: bool = True,
        eps_inside: bool = False,
        step: int = 1,
    ):
        lookup("gradients", gradients, anatomy.SEQUENCES)
        if count("step", step, at_least=1) > anatomy.STEPS:
            raise ValueError(f"step must be at most {anatomy.STEPS}, got {step!r}")
        hyper = checked(RULES["adam"], {"beta1": beta1, "beta2": beta2, "eps": eps})
        super().__init__(
            {
                "gradients": gradients,
                "size": number("size", size, above=0, at_most=1e9),
                **hyper,
                "corrected": _flag("corrected", corrected),
                "eps_inside": _flag("eps_inside", eps_inside),
                "step": step,
            }
        )

    def picture(self) -> str:
        """Gradients, roots of second moments and steps as SVG."""
        given = dict(self._state)
        title, unit = anatomy.SEQUENCES[given.pop("gradients")]
        t, size = given.pop("step"), given.pop("size")
        parts = anatomy.anatomy(size * unit, **given)
        now = ", ".join(f"{name} {values[t - 1]:.3g}" for name, values in parts.items())
        words = f"Adam along gradients, {title}, of size {size:g}: at step {t}, in learning rates: {now}."
        v, v_hat = parts["v"] ** 0.5, parts["v_hat"] ** 0.5
        return picture.figure(
            words,
            _panel(
                "Gradient (bars), its mean m̂ (line), m (dashed)",
                0,
                t,
                parts["g"],
                parts["m_hat"],
                parts["m"],
            ),
            _panel("|g| (bars), √v̂ (line), √v (dashed)", 1, t, abs(parts["g"]), v_hat, v),
            _panel("Step in learning rates", 2, t, parts["step"], None, None),
        )


def _panel(
    title: str,
    row: int,
    t: int,
    bars: np.ndarray,
    line: np.ndarray | None,
    dashed: np.ndarray | None,
) -> str:
    """One row of the picture: bars over the steps, and up to two lines."""
    drawn = np.concatenate([values for values in (bars, line, dashed) if values is not None])
    low, high = min(drawn.min(), 0), max(drawn.max(), 0)
    top = row * 108 + 26
    panel = picture.Panel(60, top, picture.WIDTH - 70, 72, (0, anatomy.STEPS + 1), (low, high or 1))
    steps = np.arange(1, anatomy.STEPS + 1)
    feet, heads = panel.place(np.c_[steps, 0 * bars]), panel.place(np.c_[steps, bars])
    stems = "".join(
        f"M{x:.1f} {y0:.1f}V{y1:.1f}" for (x, y0), (_, y1) in zip(feet, heads, strict=True)
    )
    now = feet[t - 1, 0]
    heights = [0.0, *(limit for limit in (low, high) if abs(limit) > 0.2 * (high - low))]
    return (
        panel.rules(heights, (f"{height:.2g}" for height in heights))
        + picture.stroke(f"M{now:.1f} {top}v72", "currentColor", stroke_opacity=0.5)
        + picture.stroke(stems, picture.WATER if line is not None else picture.TRACE)
        + "".join(
            picture.stroke(picture.path(panel.place(np.c_[steps, values])), **style)
            for values, style in ((line, {}), (dashed, {"stroke_dasharray": "4 3"}))
            if values is not None
        )
        + panel.title(title)
    )


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {type(value).__name__}: {value!r}")
    return value
