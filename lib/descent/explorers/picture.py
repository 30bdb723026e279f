"""Static pictures for the explorers: plain SVG that is legible on any ground, with or without a style sheet."""

from collections.abc import Iterable
from html import escape

import numpy as np

from descent.explorers import settings
from descent.minimize import Trajectory
from descent.problems import Problem

WATER, TRACE = "#2a8ea3", "#d9622b"  # both 3:1 or better on white and on the dark ground
MAP_WIDTH, HEIGHT, CURVE_WIDTH, GAP = 432, 324, 250, 38


def _path(points: Iterable[Iterable[float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in np.clip(list(points), -1e4, 1e4))


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _outline(points: np.ndarray) -> str:
    """A closed path in whole tenths of a pixel, from each point to the next: half the size of `_path`."""
    (x, y), *steps = np.diff(np.rint(10 * points).astype(int), axis=0, prepend=[[0, 0]]).tolist()
    return f"M{x} {y}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "Z"


def _contours(surface: Problem, to_pixels) -> str:
    """Nested translucent regions {f <= level}, which deepen towards the minimisers."""
    from contourpy import contour_generator

    x, y, values = settings.grid(surface, 61, 46)
    # two more cells around: one goes on as the edge does, one of high values closes every contour
    x, y = (np.pad(axis, 2, "reflect", reflect_type="odd") for axis in (x, y))
    logs = np.pad(np.log(values + 1e-12), 1, "edge")
    lines = contour_generator(x, y, np.pad(logs, 1, constant_values=1e3)).lines
    paths = []
    for level in settings.levels(surface)[::-1]:
        outline = "".join(_outline(to_pixels(loop)) for loop in lines(np.log(level)))
        paths.append(f'<path d="{outline}"/>')
    return (
        f'<g transform="scale(.1)" fill="{WATER}" fill-opacity=".06" stroke="{WATER}" '
        f'stroke-opacity=".45" stroke-width="8">{"".join(paths)}</g>'
    )


def _map(surface: Problem, run: Trajectory) -> str:
    (left, right), (bottom, top) = settings.frame(surface)

    def to_pixels(points: np.ndarray) -> np.ndarray:
        share = (np.asarray(points) - [left, bottom]) / [right - left, top - bottom]
        return share * [MAP_WIDTH, -HEIGHT] + [0, HEIGHT]

    way = to_pixels(run.iterates)
    crosses = "".join(
        f'<path d="M{x - 5:.1f} {y:.1f}h10m-5 -5v10"/>' for x, y in to_pixels(surface.minimisers)
    )
    start_x, start_y = way[0]
    return (
        '<svg x="0" y="0" width="432" height="324">'
        f"{_contours(surface, to_pixels)}"
        f'<g fill="none" stroke="currentColor" stroke-width="1.75">{crosses}</g>'
        f'<path d="{_path(way)}" fill="none" stroke="{TRACE}" stroke-width="1.75"/>'
        f'<circle cx="{start_x:.1f}" cy="{start_y:.1f}" r="7" fill="none" stroke="{TRACE}" '
        'stroke-width="2.5"/></svg>'
        '<rect x=".5" y=".5" width="431" height="323" rx="6" fill="none" '
        'stroke="currentColor" stroke-opacity=".2"/>'
    )


def _curve(run: Trajectory, steps: int) -> str:
    """Loss against step, with a logarithmic axis."""
    logs = np.log10(np.maximum(run.losses, 1e-300))
    lowest, highest = max(logs.min(), logs[0] - 16), min(logs.max(), logs[0] + 12)
    every = max(1, int(np.ceil((highest - lowest) / 4)))
    low = every * int(np.floor(lowest / every))
    high = max(every * int(np.ceil(highest / every)), low + every)
    left, right, top, bottom = MAP_WIDTH + GAP, MAP_WIDTH + GAP + CURVE_WIDTH - 8, 26, HEIGHT - 20

    def height(exponent):
        return bottom + (exponent - low) / (high - low) * (top - bottom)

    steps = run.steps if run.diverged else steps
    across = left + np.arange(len(logs)) / max(steps, 1) * (right - left)
    powers = range(low, high + 1, every)
    rules = "".join(f'<path d="M{left} {height(k):.1f}H{right}"/>' for k in powers)
    labels = "".join(
        _text(left - 5, height(k) + 4, f'10<tspan dy="-4" font-size="8">{k}</tspan>', "end")
        for k in powers
    )
    return (
        f'<g stroke="currentColor" stroke-opacity=".2">{rules}</g>'
        f'<svg x="{left - 3}" y="{top - 3}" width="{right - left + 6}" height="{bottom - top + 6}" '
        f'viewBox="{left - 3} {top - 3} {right - left + 6} {bottom - top + 6}">'
        f'<path d="{_path(np.c_[across, height(logs)])}" fill="none" stroke="{TRACE}" '
        'stroke-width="1.75"/></svg>'
        '<g fill="currentColor" font-size="11" font-family="sans-serif">'
        f"{labels}{_text(left, bottom + 16, '0')}{_text(right, bottom + 16, str(steps), 'end')}"
        f"{_text((left + right) / 2, 12, 'Loss at each step')}</g>"
    )


def trajectory(surface: Problem, run: Trajectory, steps: int, words: str) -> str:
    """The run on the surface's contours, and its losses beside it. `words` is the text alternative."""
    width = MAP_WIDTH + GAP + CURVE_WIDTH
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" role="img" '
        f'width="{width}" height="{HEIGHT}" style="max-width:100%" aria-label="{escape(words)}">'
        f"{_map(surface, run)}{_curve(run, steps)}</svg>"
    )
