"""The explorer of batch sizes: steps, examples and time to a target."""

from collections.abc import Callable

import numpy as np

from descent.batches import BatchTradeoff
from descent.explorers import picture, settings
from descent.explorers.explorer import Explorer
from descent.inputs import number

DEFAULT = BatchTradeoff(
    settings.BATCHES["min_steps"],
    settings.BATCHES["min_steps"] * settings.BATCHES["noise_scale"],
)
LIMITS = (0.0, float(np.log10(settings.LARGEST_BATCH)))


class BatchSize(Explorer):
    """What a batch size costs in steps, examples and time until a target is reached.

    tradeoff: the law steps(b) = S + E/b, such as `fit_batch_tradeoff` returns. overhead, per_example: a
    step takes overhead + per_example * b milliseconds, both > 0. batch_size: from 1 to 2^20.
    Raises TypeError or ValueError that names the argument.
    """

    name = "batch_size"

    def __init__(
        self,
        tradeoff: BatchTradeoff = DEFAULT,
        *,
        overhead: float = settings.BATCHES["overhead"],
        per_example: float = settings.BATCHES["per_example"],
        batch_size: float = settings.BATCHES["batch_size"],
    ):
        if not isinstance(tradeoff, BatchTradeoff):
            raise TypeError(
                f"tradeoff must be a BatchTradeoff, got {type(tradeoff).__name__}: {tradeoff!r}"
            )
        super().__init__(
            {
                "min_steps": number("min_steps", tradeoff.min_steps, above=0),
                "noise_scale": number("noise_scale", tradeoff.critical_batch_size, above=0),
                "overhead": number("overhead", overhead, above=0),
                "per_example": number("per_example", per_example, above=0),
                "batch_size": number(
                    "batch_size", batch_size, at_least=1, at_most=settings.LARGEST_BATCH
                ),
            }
        )

    def picture(self) -> str:
        """Steps, examples and time against the batch size, as SVG."""
        given = self._state
        b, noise_scale = given["batch_size"], given["noise_scale"]
        tradeoff = BatchTradeoff(given["min_steps"], given["min_steps"] * noise_scale)
        machine = given["overhead"] / 1000, given["per_example"] / 1000
        fastest = tradeoff.fastest_batch_size(*machine)
        words = (
            f"Steps, examples and time to a target against the batch size, noise scale {noise_scale:.3g}. "
            f"Batch size {b:.3g}: {tradeoff.steps(b):.3g} steps, {tradeoff.examples(b):.3g} examples, "
            f"{tradeoff.seconds(b, *machine):.3g} seconds. Fastest: batch size {fastest:.3g}, "
            f"{tradeoff.seconds(fastest, *machine):.3g} seconds."
        )
        panels = (
            (
                "Steps to the target (line: noise scale)",
                (50, 26, 382, 274),
                tradeoff.steps,
                noise_scale,
            ),
            ("Examples to the target", (500, 26, 212, 110), tradeoff.examples, noise_scale),
            (
                "Seconds to the target (line: fastest)",
                (500, 190, 212, 110),
                lambda size: tradeoff.seconds(size, *machine),
                fastest,
            ),
        )
        return picture.figure(words, *(_curve(*panel, b) for panel in panels))


def _curve(
    title: str,
    place: tuple[float, float, float, float],
    of: Callable[[float], float],
    marked: float,
    b: float,
) -> str:
    """One quantity over all batch sizes, both logarithmic, a vertical line at one and a ring at another."""
    sizes = np.linspace(*LIMITS, 101)
    logs = np.log10([of(10**size) for size in sizes])
    heights = picture.decades(logs.min(), logs.max())
    panel = picture.Panel(*place, LIMITS, (heights[0], heights[-1]))
    across = panel.place(
        np.array([[np.log10(marked), height] for height in heights[:: len(heights) - 1]])
    )
    return (
        panel.rules(heights, map(picture.power, heights))
        + panel.clipped(
            picture.stroke(picture.path(across), "currentColor", stroke_opacity=0.5),
            picture.stroke(picture.path(panel.place(np.c_[sizes, logs]))),
            picture.ring(*panel.place(np.array([[np.log10(b), np.log10(of(b))]]))[0]),
        )
        + panel.feet("1", "batch size", str(settings.LARGEST_BATCH))
        + panel.title(title)
    )
