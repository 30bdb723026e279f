"""Runs an experiment row by row, keeps every row that is done, and writes the results with their origin."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from experiments.code import digest

ROOT = Path(__file__).parents[1]
RESULTS, CACHE = ROOT / "results", ROOT / "_build" / "experiments"
LIBRARIES = ("numpy", "torch")


class Ask(Protocol):
    """ask(**settings): the numbers that `measure(**settings)` found, now or in an earlier run."""

    def __call__(self, **settings: Any) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Experiment:
    """What is measured, and which rows are asked for.

    name: of its module and of its results. about: one sentence for who starts it. minutes: about how
        long it takes on one quiet core.
    measure: settings (JSON values, by name) -> numbers (JSON). It depends on its settings alone.
    plan: asks for the rows it wants, in an order that may depend on the numbers, and returns what
        they amount to.
    table: what `plan` returned -> text to print.
    code: what `measure` depends on, as "module" or "module:object". When one of these changes, all rows
        are computed anew, so leave out what can't change them; `plan` costs nothing, and is always run.
    tolerance: how far, relatively, the numbers of these names may be off on another machine; tests compute
        some rows again, and compare these. rerun: settings that such rows must have, so that a run
        that is chaotic is not among them.
    """

    name: str
    about: str
    minutes: float
    measure: Callable[..., dict[str, Any]]
    plan: Callable[[Ask], dict[str, Any]]
    table: Callable[[dict[str, Any]], str]
    code: tuple[str, ...]
    tolerance: Mapping[str, float] = field(default_factory=dict)
    rerun: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Of the code that decides the numbers."""
        return digest(self.code)


def find(name: str) -> Experiment:
    """The experiment of this name."""
    return import_module(f"experiments.{name}").EXPERIMENT


def run(
    experiment: Experiment,
    results: Path = RESULTS,
    cache: Path = CACHE,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Computes the rows that are not in the cache yet; writes results/NAME.json and returns its content."""
    versions = {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
    rows: list[dict[str, Any]] = []

    def ask(**settings: Any) -> dict[str, Any]:
        origin = [experiment.name, experiment.digest, versions, settings]
        key = hashlib.sha256(json.dumps(origin, sort_keys=True).encode()).hexdigest()
        file = cache / experiment.name / f"{key[:32]}.json"
        known = file.exists()
        if known:
            row = json.loads(file.read_text())
        else:
            start = time.perf_counter()
            numbers = experiment.measure(**settings)
            seconds = round(time.perf_counter() - start, 2)
            row = {"settings": settings, "numbers": numbers, "seconds": seconds}
            write(file, row)
        rows.append(row)
        say(line(len(rows), row) + (" (kept from an earlier run)" if known else ""))
        return row["numbers"]

    start = time.perf_counter()
    findings = experiment.plan(ask)
    content = {
        "experiment": experiment.name,
        "command": f"python -m experiments {experiment.name}",
        "code": {"digest": experiment.digest, "of": list(experiment.code)},
        "versions": versions,
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "findings": findings,
        "rows": rows,
    }
    write(results / f"{experiment.name}.json", content)
    say(f"\n{experiment.table(findings)}\n")
    minutes = (time.perf_counter() - start) / 60
    say(
        f"{experiment.name}: {len(rows)} rows, {content['seconds'] / 60:.1f} minutes of work, "
        f"{minutes:.1f} of them now. Written: results/{experiment.name}.json"
    )
    return content


def line(number: int, row: dict[str, Any]) -> str:
    """One row: its settings, and those of its numbers that are single."""
    settings = shown(row["settings"].items())
    numbers = shown((k, v) for k, v in row["numbers"].items() if isinstance(v, int | float))
    return f"{number:4}  {settings}  ->  {numbers}  {row['seconds']:.1f} s"


def shown(items: Iterable[tuple[str, Any]]) -> str:
    """Names with their values, numbers to four digits."""
    return " ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in items)


def write(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON so that a reader finds the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w") as file:
        file.write(json.dumps(content, indent=1, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
