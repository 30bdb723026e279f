"""Schedules of the designer: one formula, or one joined to another, behind a warm-up; as flat settings and back."""

import inspect
from collections.abc import Callable
from typing import Any

from descent import schedules
from descent.inputs import unknown
from descent.schedules import SCHEDULES, Schedule

EXAMPLES = {
    "constant": ("constant", schedules.constant(0.1)),
    "step_decay": ("step decay", schedules.step_decay(0.1, every=250, factor=0.5)),
    "multi_step_decay": (
        "multi-step decay",
        schedules.multi_step_decay(0.1, milestones=[500, 750]),
    ),
    "exponential_decay": ("exponential decay", schedules.exponential_decay(0.1, gamma=0.997)),
    "polynomial_decay": ("polynomial decay", schedules.polynomial_decay(0.1, total_steps=900)),
    "cosine": ("cosine", schedules.cosine(0.1, total_steps=900)),
    "warm_restarts": ("warm restarts", schedules.warm_restarts(0.1, period=150, growth=2)),
    "inverse_sqrt": ("inverse square root", schedules.inverse_sqrt(0.1, timescale=100)),
    "one_cycle": ("one-cycle", schedules.one_cycle(0.1, total_steps=900)),
    "wsd": (
        "warm-up, stable, decay",
        schedules.wsd(0.1, warmup_steps=100, stable_steps=500, decay_steps=300),
    ),
    "range_test": ("range test", schedules.range_test(1e-4, 1.0, total_steps=900)),
}  # name: (title, the settings it begins with)

MOMENTUM = schedules.one_cycle_momentum(total_steps=900)  # goes with one_cycle
SHARED = ("total_steps", "warmup_fraction")  # arguments of both

NOTHING = "nothing"  # follows
JOIN = 500

_ENDS: dict[str, Callable[..., int]] = {
    "multi_step_decay": lambda milestones, **_: max(milestones, default=0),
    "wsd": lambda warmup_steps, stable_steps, decay_steps, **_: (
        warmup_steps + stable_steps + decay_steps
    ),
    **dict.fromkeys(
        ["polynomial_decay", "cosine", "one_cycle", "range_test"],
        lambda total_steps, **_: total_steps,
    ),
}  # the step from which a formula stays where it is


def _formula(argument: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Name and arguments of a schedule that is one formula of EXAMPLES."""
    name = value.maker.__name__ if isinstance(value, Schedule) else type(value).__name__
    if name not in EXAMPLES:
        raise ValueError(unknown(f"kind of {argument}", name, EXAMPLES))
    return name, value.arguments


def take_apart(schedule: Schedule) -> dict[str, Any]:
    """The settings of warmup(W, join(first, n, then)), of first alone, or of what lies between.

    warmup: W, 0 without a warm-up. schedule: first's name, its arguments beside it. then: the other's
    name, or "nothing"; join: n; the other's arguments have `then_` before their names.
    Raises ValueError for anything else.
    """
    parts: dict[str, Any] = {"warmup": 0, "then": NOTHING}
    if isinstance(schedule, Schedule) and schedule.maker is SCHEDULES["warmup"]:
        parts["warmup"], schedule = schedule.arguments["steps"], schedule.arguments["then"]
    if isinstance(schedule, Schedule) and schedule.maker is SCHEDULES["join"]:
        parts["then"], later = _formula("schedule", schedule.arguments["then"])
        parts["join"] = schedule.arguments["steps"]
        parts.update({f"then_{name}": value for name, value in later.items()})
        schedule = schedule.arguments["first"]
    parts["schedule"], arguments = _formula("schedule", schedule)
    return parts | arguments


def put_together(parts: dict[str, Any]) -> Schedule:
    """The schedule that `take_apart` would take apart into these settings."""
    whole = _made(parts["schedule"], parts)
    if parts["then"] != NOTHING:
        whole = schedules.join(whole, parts["join"], _made(parts["then"], parts, "then_"))
    return schedules.warmup(parts["warmup"], whole) if parts["warmup"] else whole


def _made(name: str, parts: dict[str, Any], prefix: str = "") -> Schedule:
    known = EXAMPLES[name][1].arguments
    return SCHEDULES[name](**{argument: parts[prefix + argument] for argument in known})


def alone(parts: dict[str, Any]) -> bool:
    """Whether the schedule is one-cycle from first to last, so that a momentum goes with it."""
    return (parts["schedule"], parts["then"], parts["warmup"]) == ("one_cycle", NOTHING, 0)


def sliders(parts: dict[str, Any]) -> int:
    """How many sliders the settings need: one for each number that there is."""
    numbers = [parts[name] for name in parts if name not in ("schedule", "then", "steps", "step")]
    return sum(len(value) if isinstance(value, list) else 1 for value in numbers)


def end(parts: dict[str, Any]) -> int | None:
    """The step from which the schedule stays where it is, if its formula says one."""
    joined = parts["then"] != NOTHING
    name, prefix = (parts["then"], "then_") if joined else (parts["schedule"], "")
    if name not in _ENDS:
        return None
    last = _ENDS[name](**{key: parts[prefix + key] for key in EXAMPLES[name][1].arguments})
    return parts["warmup"] + (parts["join"] if joined else 0) + last


def facts() -> dict[str, Any]:
    """What the JavaScript must know, JSON-ready."""
    return {
        "schedules": {
            name: {
                "title": title,
                "words": (inspect.getdoc(SCHEDULES[name]) or "").splitlines()[0].replace("`", ""),
                "defaults": example.arguments,
            }
            for name, (title, example) in EXAMPLES.items()
        },
        "momentum": {
            name: value for name, value in MOMENTUM.arguments.items() if name not in SHARED
        },
        "nothing": NOTHING,
        "join": JOIN,
    }
