"""The book's figures, accessible by construction.

`use_style` makes every line differ from the next in colour, dash and marker at once, so that no figure
depends on colour; backgrounds are opaque white, so that it reads the same on a light and on a dark page;
widths and letters are chosen for a telephone. The functions draw on the axes they are given and return
them.
"""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes

from descent.inputs import number
from descent.minimize import Trajectory
from descent.problems import Problem

# After Okabe & Ito (2008), darkened to a contrast of 4.5:1 on white; dashes and markers run with them.
COLOURS = ("#0072B2", "#BF4F00", "#007A5E", "#B0528A", "#000000")
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (8, 2, 2, 2, 2, 2)))
MARKERS = ("o", "s", "^", "D", "X")
GREY = "#595959"

STYLE: dict[Any, Any] = {
    "axes.prop_cycle": cycler(color=COLOURS)
    + cycler(linestyle=DASHES)
    + cycler(marker=MARKERS)
    + cycler(markevery=[(0.02 * i, 0.15) for i in range(len(COLOURS))]),
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "font.size": 11,
    "axes.labelsize": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "legend.fontsize": 10.5,
    "legend.frameon": False,
    "legend.handlelength": 3.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "figure.figsize": (4.7, 3.2),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "svg.hashsalt": "descent",  # the same figure gives the same file
}


def use_style() -> None:
    """Sets the book's style for all figures that follow; in a notebook, figures become SVG."""
    plt.rcParams.update(STYLE)
    try:
        from IPython.core.getipython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def contours(problem: Problem, ax: Axes | None = None, *, lines: int = 12) -> Axes:
    """Contour lines of a plane problem over its window, evenly spaced in the logarithm of the height.

    Heights are measured from the lowest point of the drawn grid. Known minimisers are marked by stars.
    Raises ValueError where the problem has no window.
    """
    if problem.window is None:
        raise ValueError(f"{problem.name} has no window to draw; it is not a problem of the plane")
    ax = ax or plt.gca()
    x, y = (np.linspace(*side, 161) for side in problem.window)
    heights = np.array([[problem.value(np.array([a, b])) for a in x] for b in y])
    heights = heights - heights.min()
    levels = np.geomspace(1e-3 * heights.max(), heights.max(), lines)
    ax.contour(x, y, heights, levels, colors="#A0A0A0", linewidths=0.8)
    if problem.minimisers:
        ax.scatter(*np.transpose(problem.minimisers), marker="*", s=120, color="black", zorder=5)
    ax.set(xlim=problem.window[0], ylim=problem.window[1])
    ax.set(xlabel="first parameter", ylabel="second parameter")
    ax.grid(visible=False)
    return ax


def trajectories(runs: Mapping[str, Any], ax: Axes | None = None, *, mark: int = 40) -> Axes:
    """The ways of runs in the plane, one line and a legend entry each; the first `mark` points carry markers.

    runs: label -> Trajectory, or an array of points of shape (n, 2).
    """
    ax = ax or plt.gca()
    for label, run in runs.items():
        points = np.asarray(run.iterates if isinstance(run, Trajectory) else run)
        every = range(min(mark, len(points)))
        ax.plot(*points.T, label=label, markevery=every, markersize=4, linewidth=1.3)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2)
    return ax


def losses(runs: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """Losses against the step on a logarithmic axis, each line labelled at its end.

    runs: label -> Trajectory, or an array of positive values, one a step.
    """
    ax = ax or plt.gca()
    for label, run in runs.items():
        ax.plot(np.asarray(run.losses if isinstance(run, Trajectory) else run), label=label)
    ax.set(yscale="log", xlabel="step", ylabel="loss")
    return label_ends(ax)


def label_ends(ax: Axes) -> Axes:
    """Writes the label of each line beside its right end, in place of a legend; labels never overlap.

    Call it last: the limits of the axes are frozen.
    """
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = []
    for line in lines:
        ends = to_axes.transform(np.asarray(line.get_xydata(), dtype=float))
        inside = ends[(ends[:, 0] <= 1) & (ends[:, 1] >= 0) & (ends[:, 1] <= 1)]
        wanted.append(inside[-1, 1] if len(inside) else 0.5)
    fontsize = plt.rcParams["legend.fontsize"]
    room = 1.25 * fontsize / 72 * ax.figure.dpi / ax.bbox.height
    for line, height in zip(lines, _apart(wanted, room), strict=True):
        ax.annotate(
            str(line.get_label()),
            (1.02, height),
            xycoords="axes fraction",
            color=line.get_color(),
            fontsize=fontsize,
            va="center",
        )
    return ax


def _apart(wanted: list[float], room: float) -> list[float]:
    """Heights as near as possible to those wanted, in the same order, at least `room` apart."""
    order = np.argsort(wanted, kind="stable")
    shifts = room * np.arange(len(wanted))
    # Least squares under an order: pool neighbours that would collide, and give them their mean.
    blocks: list[list[float]] = []
    for value in np.asarray(wanted, dtype=float)[order] - shifts:
        blocks.append([value])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    placed = np.concatenate([np.full(len(b), np.mean(b)) for b in blocks]) + shifts
    heights = np.empty(len(wanted))
    heights[order] = placed
    return heights.tolist()


def wall(ax: Axes, lr: float, label: str) -> Axes:
    """Hatches the learning rates beyond `lr` and names the line at which they begin."""
    lr = number("lr", lr, above=0)
    right = ax.get_xlim()[1]
    ax.axvspan(lr, right, facecolor="#F2F2F2", edgecolor="#BFBFBF", hatch="///", zorder=0)
    ax.axvline(lr, color=GREY, linewidth=1.5, marker="", linestyle="-")
    ax.set_xlim(right=right)
    ax.annotate(
        label, (lr, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", color=GREY
    )
    return ax
