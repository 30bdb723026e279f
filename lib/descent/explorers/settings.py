"""What the explorers of paths offer: surfaces, methods, and learning rates that suit each pair.

Where Descent knows a number (starts, windows, minimisers, defaults of the rules), it is asked.
"""

from typing import Any

import numpy as np

from descent.methods import RULES
from descent.problems import Problem, problem

SURFACES = {
    "quadratic": ("quadratic ravine", 60),
    "rosenbrock": ("Rosenbrock", 400),
    "himmelblau": ("Himmelblau", 60),
    "beale": ("Beale", 200),
}  # name: (title, steps of a run)

METHODS = {
    "gradient_descent": ("gradient descent", ()),
    "momentum": ("momentum", ("beta",)),
    "nesterov": ("Nesterov", ("beta",)),
    "adagrad": ("Adagrad", ("eps",)),
    "rmsprop": ("RMSprop", ("rho", "eps")),
    "adam": ("Adam", ("beta1", "beta2", "eps")),
}  # name: (title, hyper-parameters with a slider)

LEARNING_RATES = {
    "quadratic": (0.4, 0.05, 0.05, 1.0, 0.1, 0.3),
    "rosenbrock": (0.002, 0.001, 0.001, 1.0, 0.02, 0.1),
    "himmelblau": (0.01, 0.005, 0.005, 0.5, 0.05, 0.2),
    "beale": (0.02, 0.01, 0.01, 0.5, 0.05, 0.2),
}  # surface: one for each method, found by trying

TURNED = {
    "adam": 0.3,
    "rmsprop": 0.3,
    "adagrad": 3.0,
}  # method: its learning rate on a turned ravine
TURNING_STEPS = 400
TURNING_WINDOW = ((-7.6, 7.6), (-5.7, 5.7))  # holds the start at every angle
NEAR = 1e-6

LARGEST_BATCH = 2**20
BATCHES = {
    "min_steps": 500.0,
    "noise_scale": 1000.0,
    "overhead": 5.0,
    "per_example": 0.02,
    "batch_size": 128.0,
}  # what the explorer of batch sizes begins with; times in milliseconds

ASPECT = 4 / 3
LEVELS = 14

Window = tuple[tuple[float, float], tuple[float, float]]  # (left, right), (bottom, top)


def learning_rate(surface: str, method: str) -> float:
    """A learning rate with which `method` gets somewhere on `surface`."""
    return LEARNING_RATES[surface][list(METHODS).index(method)]


def defaults(method: str) -> dict[str, float]:
    """The method's hyper-parameters that have a slider, with the rule's own defaults."""
    return {name: RULES[method].defaults[name] for name in METHODS[method][1]}


def frame(surface: Problem) -> Window:
    """The surface's window, made wider or higher to 4:3, so that both axes have one scale."""
    if surface.window is None:
        raise ValueError(f"{surface.name} has no window to draw")
    (left, right), (bottom, top) = surface.window
    height = max(top - bottom, (right - left) / ASPECT)
    x, y = (left + right) / 2, (bottom + top) / 2
    half_width, half_height = ASPECT * height / 2, height / 2
    return (x - half_width, x + half_width), (y - half_height, y + half_height)


def grid(
    surface: Problem, window: Window, columns: int, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (columns,), y (rows,) over a window and the surface's values (rows, columns)."""
    x, y = (
        np.linspace(low, high, n) for (low, high), n in zip(window, (columns, rows), strict=True)
    )
    return x, y, np.array([[float(surface.value(np.array([a, b]))) for a in x] for b in y])


def levels(surface: Problem) -> np.ndarray:
    """`LEVELS` contour levels, spaced evenly in log f, over the range that the frame shows."""
    highest = grid(surface, frame(surface), 25, 19)[2].max()
    return np.geomspace(highest / 1e4, highest / 1.5, LEVELS)


def facts() -> dict[str, Any]:
    """All of this as JSON-ready values, for the JavaScript."""
    surfaces = {}
    for name, (title, steps) in SURFACES.items():
        known = problem(name)
        surfaces[name] = {
            "title": title,
            "steps": steps,
            "start": known.start.tolist(),
            "frame": frame(known),
            "minimisers": [point.tolist() for point in known.minimisers],
            "levels": levels(known).tolist(),
        }
    return {
        "surfaces": surfaces,
        "methods": {
            name: {"title": title, "defaults": defaults(name)}
            for name, (title, _) in METHODS.items()
        },
        "lr": {
            surface: {method: learning_rate(surface, method) for method in METHODS}
            for surface in SURFACES
        },
    }


def turning_facts() -> dict[str, Any]:
    """What the rotation explorer's JavaScript must know."""
    ravine = problem("quadratic")
    least, greatest = ravine.curvature()
    return {
        "methods": {
            name: {"title": METHODS[name][0], "defaults": {**defaults(name), "lr": lr}}
            for name, lr in TURNED.items()
        },
        "curvatures": [least, greatest],
        "start": ravine.start.tolist(),
        "frame": TURNING_WINDOW,
        "levels": levels(ravine).tolist(),
        "steps": TURNING_STEPS,
        "near": NEAR,
    }


def batch_facts() -> dict[str, Any]:
    """What the batch-size explorer's JavaScript must know."""
    return {"defaults": BATCHES, "largest": LARGEST_BATCH}
