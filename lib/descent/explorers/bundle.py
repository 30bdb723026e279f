"""Joins the explorers' ES modules into the one script of the site and the one module of a live notebook.

A file's imports and `export` keywords are dropped; shared files then lie side by side in one function,
and an explorer, whose `export default` becomes its `return`, in a function of its own. No bundler, no node.
"""

import json
import re
from functools import cache
from importlib.resources import files

from descent.explorers import anatomy, heavy_ball, random_network, schedule_parts, settings

SHARED = (
    "rules", "surfaces", "minimize", "heavy_ball", "turning", "contours", "ui", "schedules", "designing", "tradeoff", "propagation",
    "plot", "shell", "stage",
)  # fmt: skip
EXPLORERS = (
    "trajectories", "momentum_phases", "adam_step", "rotation",
    "schedule_designer", "batch_size", "signal_propagation",
)  # fmt: skip


def _read(name: str) -> str:
    return (files("descent.explorers") / name).read_text(encoding="utf-8")


def _plain(name: str) -> str:
    """A module's text without imports and export keywords."""
    text = re.sub(r"^import .*\n", "", _read(f"{name}.js"), flags=re.MULTILINE)
    return re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)


def _explorer(name: str) -> str:
    return f"const {name} = (() => {{\n{_plain(name).replace('export default', 'return')}}})();\n"


def _shared() -> str:
    facts = {
        "trajectories": settings.facts(),
        "momentum_phases": heavy_ball.facts(),
        "adam_step": anatomy.facts(),
        "rotation": settings.turning_facts(),
        "schedule_designer": schedule_parts.facts(),
        "batch_size": settings.batch_facts(),
        "signal_propagation": random_network.facts(),
    }
    return f"const FACTS = {json.dumps(facts, ensure_ascii=False)};\n" + "\n".join(
        _plain(name) for name in SHARED
    )


@cache
def module(name: str) -> str:
    """The explorer `name` as one ES module in anywidget's format: `export default { render }`."""
    return f"{_shared()}\n{_explorer(name)}\nexport default {name};\n"


@cache
def script() -> str:
    """All explorers and their host as one classic script, which also runs from file://.

    Load it with `defer`, or at the end of the body: it brings every `.descent-explorer` of the page to life.
    """
    explorers = "\n".join(_explorer(name) for name in EXPLORERS)
    start = f"start({{ {', '.join(EXPLORERS)} }});"
    return (
        f'(() => {{\n"use strict";\n{_shared()}\n{explorers}\n{_plain("host")}\n{start}\n}})();\n'
    )


@cache
def stylesheet() -> str:
    """The style of all explorers."""
    return _read("explorers.css")
