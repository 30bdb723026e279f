"""Static pictures for the explorers: plain SVG that is legible on any ground, with or without a style sheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import numpy as np

from descent.explorers import settings
from descent.minimize import Trajectory
from descent.problems import Problem

WATER, TRACE = "#2a8ea3", "#d9622b"  # both 3:1 or better on white and on the dark ground
MAP_WIDTH, HEIGHT, CURVE_WIDTH, GAP = 432, 324, 250, 38
WIDTH = MAP_WIDTH + GAP + CURVE_WIDTH


def path(points: np.ndarray) -> str:
    """The d of an SVG path through points in pixels; far-away ones are held within 1e4."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in np.clip(points, -1e4, 1e4))


def text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    """Words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def group(*parts: str) -> str:
    """Parts with the lettering of all pictures."""
    return f'<g fill="currentColor" font-size="11" font-family="sans-serif">{"".join(parts)}</g>'


def stroke(d: str, colour: str = TRACE, **style: object) -> str:
    """A line along a path."""
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="1.75"{extra}/>'


def dots(points: np.ndarray, size: float) -> str:
    """Round dots at points in pixels."""
    marks = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
    return f'<path d="{marks}" stroke="{TRACE}" stroke-width="{size:g}" stroke-linecap="round"/>'


def figure(words: str, *parts: str, **sizes: int) -> str:
    """The whole picture; `words` is its text alternative, `sizes` are what the style sheet needs to know."""
    extra = "".join(f";--{name}:{size}" for name, size in sizes.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'width="{WIDTH}" height="{HEIGHT}" style="max-width:100%{extra}" aria-label="{escape(words)}">'
        f"{''.join(parts)}</svg>"
    )


@dataclass(frozen=True)
class Panel:
    """A rectangle of the picture, in pixels, and the part of the plane that it shows."""

    left: float
    top: float
    width: float
    height: float
    xlim: tuple[float, float]
    ylim: tuple[float, float]

    def place(self, points: np.ndarray) -> np.ndarray:
        """Pixels of points (n, 2)."""
        low, high = np.transpose([self.xlim, self.ylim])
        share = (np.asarray(points, dtype=float) - low) / (high - low)
        return share * [self.width, -self.height] + [self.left, self.top + self.height]

    def clipped(self, *parts: str, spare: float = 3) -> str:
        """Parts, cut off outside the panel."""
        x, y = self.left - spare, self.top - spare
        width, height = self.width + 2 * spare, self.height + 2 * spare
        return (
            f'<svg x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'viewBox="{x:g} {y:g} {width:g} {height:g}">{"".join(parts)}</svg>'
        )

    def border(self) -> str:
        """A thin frame around the panel."""
        return (
            f'<rect x="{self.left + 0.5:g}" y="{self.top + 0.5:g}" width="{self.width - 1:g}" '
            f'height="{self.height - 1:g}" rx="6" fill="none" stroke="currentColor" stroke-opacity=".2"/>'
        )

    def title(self, words: str) -> str:
        """Words above the panel."""
        return group(text(self.left + self.width / 2, self.top - 14, words))

    def rules(self, heights: Iterable[float], labels: Iterable[str]) -> str:
        """Horizontal rules at heights, labelled on the left."""
        ys = [self.place(np.array([[0, h]]))[0, 1] for h in heights]
        lines = "".join(f"M{self.left:g} {y:.1f}h{self.width:g}" for y in ys)
        words = (
            text(self.left - 5, y + 4, label, "end") for y, label in zip(ys, labels, strict=True)
        )
        return f'<path d="{lines}" stroke="currentColor" stroke-opacity=".2"/>{group(*words)}'

    def feet(self, *labels: str) -> str:
        """Labels under both ends, or under both ends and evenly between."""
        places = np.linspace(self.left, self.left + self.width, len(labels))
        anchors = ["start", *["middle"] * (len(labels) - 2), "end"]
        return group(
            *(
                text(x, self.top + self.height + 16, label, anchor)
                for x, label, anchor in zip(places, labels, anchors, strict=True)
            )
        )


def large_panel(xlim: tuple[float, float], ylim: tuple[float, float]) -> Panel:
    """The map's place, on the left."""
    return Panel(0, 0, MAP_WIDTH, HEIGHT, xlim, ylim)


def side_panel(
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    top: float = 26,
    bottom: float = HEIGHT - 20,
) -> Panel:
    """A place on the right, from `top` to `bottom`."""
    return Panel(MAP_WIDTH + GAP, top, CURVE_WIDTH - 8, bottom - top, xlim, ylim)


def _outline(points: np.ndarray) -> str:
    """A closed path in whole tenths of a pixel, from each point to the next: half the size of `path`."""
    (x, y), *steps = np.diff(np.rint(10 * points).astype(int), axis=0, prepend=[[0, 0]]).tolist()
    return f"M{x} {y}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "Z"


def regions(levels: Iterable[Iterable[np.ndarray]]) -> str:
    """Nested translucent regions, each a list of closed loops in pixels, the widest first."""
    paths = "".join(f'<path d="{"".join(map(_outline, loops))}"/>' for loops in levels)
    return (
        f'<g transform="scale(.1)" fill="{WATER}" fill-opacity=".06" stroke="{WATER}" '
        f'stroke-opacity=".45" stroke-width="8">{paths}</g>'
    )


def contours(surface: Problem, panel: Panel, levels: np.ndarray) -> str:
    """The regions {f <= level}, which deepen towards the minimisers."""
    from contourpy import contour_generator

    x, y, values = settings.grid(surface, (panel.xlim, panel.ylim), 61, 46)
    # two more cells around: one goes on as the edge does, one of high values closes every contour
    x, y = (np.pad(axis, 2, "reflect", reflect_type="odd") for axis in (x, y))
    logs = np.pad(np.log(values + 1e-12), 1, "edge")
    lines = contour_generator(x, y, np.pad(logs, 1, constant_values=1e3)).lines
    return regions(
        [panel.place(np.asarray(loop)) for loop in lines(np.log(level))] for level in levels[::-1]
    )


def cross(x: float, y: float) -> str:
    """A minimiser."""
    return stroke(f"M{x - 5:.1f} {y:.1f}h10m-5 -5v10", "currentColor")


def ring(x: float, y: float) -> str:
    """A point that the reader can move."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="none" stroke="{TRACE}" stroke-width="2.5"/>'
    )


def decades(low: float, high: float) -> range:
    """About five exponents of ten, evenly spread, with everything from low to high between them."""
    every = max(1, int(np.ceil((high - low) / 4)))
    first = every * int(np.floor(low / every))
    last = max(every * int(np.ceil(high / every)), first + every)
    return range(first, last + 1, every)


def log_axis(values: np.ndarray) -> tuple[range, np.ndarray]:
    """Exponents for the rules of a logarithmic axis, and log10 of the values (with a floor)."""
    logs = np.log10(np.maximum(values, 1e-300))
    lowest, highest = max(logs.min(), logs[0] - 16), min(logs.max(), logs[0] + 12)
    return decades(lowest, highest), logs


def power(exponent: int) -> str:
    """A power of ten as SVG text."""
    return f'10<tspan dy="-4" font-size="8">{exponent}</tspan>'


def trajectory(surface: Problem, run: Trajectory, steps: int, words: str) -> str:
    """The run on the surface's contours, and its losses beside it. `words` is the text alternative."""
    plane = large_panel(*settings.frame(surface))
    way = plane.place(run.iterates)
    exponents, logs = log_axis(run.losses)
    last = run.steps if run.diverged else steps
    curve = side_panel((0, max(last, 1)), (exponents[0], exponents[-1]))
    return figure(
        words,
        plane.clipped(
            contours(surface, plane, settings.levels(surface)),
            *(cross(*point) for point in plane.place(np.array(surface.minimisers))),
            stroke(path(way)),
            ring(*way[0]),
            spare=0,
        ),
        plane.border(),
        curve.rules(exponents, map(power, exponents)),
        curve.clipped(stroke(path(curve.place(np.c_[np.arange(len(logs)), logs])))),
        curve.feet("0", str(last)),
        curve.title("Loss at each step"),
    )
