"""The designer of schedules: any of them, joined behind a warm-up, drawn, and written out as code."""

from typing import Any

import numpy as np

from descent.explorers import picture, schedule_parts
from descent.explorers.explorer import Explorer
from descent.inputs import count
from descent.schedules import SCHEDULES, Schedule, cosine, one_cycle_momentum

DEFAULT = cosine(0.1, total_steps=900)
ASKED, DRAWN = 100_000, 1000  # at most so many steps of a curve


class ScheduleDesigner(Explorer):
    """A learning-rate schedule with a slider for each of its settings, and its code to copy.

    schedule: a formula of descent.schedules, `join(first, steps, then)` of two, or `warmup` in front of
    either. momentum: with a one_cycle alone, the one_cycle_momentum of the same steps (default: its own
    defaults). steps: how many are shown, from 2 (default: a little beyond the end, or 1000).
    step: the one looked at. Raises TypeError or ValueError that names the argument.
    """

    name = "schedule_designer"

    def __init__(
        self,
        schedule: Schedule = DEFAULT,
        *,
        momentum: Schedule | None = None,
        steps: int | None = None,
        step: int = 0,
    ):
        parts = schedule_parts.take_apart(schedule)
        if schedule_parts.alone(parts):
            parts |= _momentum(momentum, parts)
        elif momentum is not None:
            raise ValueError(f"momentum goes with a one_cycle alone, got {momentum!r}")
        end = schedule_parts.end(parts)
        shown = max(100, end + end // 9) if end else 1000
        if steps is not None:
            shown = count("steps", steps, at_least=2)
        if count("step", step) > shown:
            raise ValueError(f"step must be at most {shown}, the steps shown, got {step}")
        listed = {key: list(v) if isinstance(v, tuple) else v for key, v in parts.items()}
        super().__init__({**listed, "steps": shown, "step": step})

    @property
    def schedule(self) -> Schedule:
        """The schedule: as given, or as the reader has left it in a live notebook."""
        return schedule_parts.put_together(self.state)

    @property
    def momentum(self) -> Schedule | None:
        """The momentum that goes with it, where it is a one_cycle alone."""
        state = self.state
        if not schedule_parts.alone(state):
            return None
        return one_cycle_momentum(
            **{name: state[name] for name in schedule_parts.MOMENTUM.arguments}
        )

    def picture(self) -> str:
        """The learning rate, and the momentum of one-cycle, as SVG."""
        lr, beta = schedule_parts.put_together(self._state), self.momentum
        last = self._state["steps"]
        rates = [lr(k) for k in _between(last, ASKED)]
        words = (
            f"The learning rate of {lr!r}: {rates[0]:.3g} at step 0, at most {max(rates):.3g}, "
            f"{rates[-1]:.3g} at step {last}."
        )
        sliders = schedule_parts.sliders(self._state)
        sizes = {"rows": sliders, "pairs": 1 + sliders // 2}
        if beta is None:
            curve = _panel("Learning rate", 26, 274, lr, last, max(rates))
            return picture.figure(words, curve, **sizes, panels=0)
        return picture.figure(
            f"{words} Its momentum is {beta!r}.",
            _panel("Learning rate", 26, 160, lr, last, max(rates)),
            _panel("Momentum β", 232, 68, beta, last, 1.0),
            **sizes,
            panels=1,
        )


def _between(last: int, most: int) -> list[int]:
    """At most so many whole steps from 0 to the last, evenly spread."""
    return np.linspace(0, last, min(last, most) + 1).round().astype(int).tolist()


def _panel(
    name: str, top: float, height: float, schedule: Schedule, last: int, highest: float
) -> str:
    panel = picture.Panel(60, top, picture.WIDTH - 70, height, (0, last), (0, highest))
    points = panel.place(np.array([[k, schedule(k)] for k in _between(last, DRAWN)]))
    heights = (0, highest / 2, highest)
    return (
        panel.rules(heights, (f"{height:.3g}" for height in heights))
        + panel.clipped(picture.stroke(picture.path(points)))
        + panel.feet("0", str(last))
        + panel.title(f"{name} at each step")
    )


def _momentum(momentum: Schedule | None, parts: dict[str, Any]) -> dict[str, Any]:
    """The settings of a one_cycle_momentum that goes with these of a one_cycle."""
    shared = {name: parts[name] for name in schedule_parts.SHARED}
    if momentum is None:
        momentum = one_cycle_momentum(**shared)
    if not isinstance(momentum, Schedule) or momentum.maker is not SCHEDULES["one_cycle_momentum"]:
        raise TypeError(f"momentum must be a one_cycle_momentum, got {momentum!r}")
    if not shared.items() <= momentum.arguments.items():
        raise ValueError(
            f"momentum must have the one_cycle's {' and '.join(shared)} {tuple(shared.values())}, "
            f"got {momentum!r}"
        )
    return momentum.arguments
