"""What has been graded: an append-only file of JSON lines, so that a killed run loses nothing and repeats nothing."""

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from descent.checks.result import Result, Test

PACKAGE = Path(__file__).resolve().parents[1]
_ONLY_SHOWN = ("book", "explorers", "plots.py", "cli.py")  # no mark depends on these


@dataclass(frozen=True)
class Mark:
    """What one submission came to.

    key: the digest of all that the mark depends on. reason: why it is ungradable, or empty. remarks: what
    was put right on the way in. level: of the sandbox. seconds: that it took. events: what the instructor may
    want to look at.
    """

    student: str
    assignment: str
    key: str
    results: tuple[Result, ...]
    reason: str = ""
    remarks: tuple[str, ...] = ()
    level: int = 0
    seconds: float = 0.0
    events: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The marks earned."""
        return float(sum(result.score for result in self.results))

    @property
    def points(self) -> float:
        """The marks that could be earned."""
        return float(sum(result.points for result in self.results))


@cache
def library_digest() -> str:
    """A digest of every line of this package that may touch a mark, of Python's version, and of NumPy's."""
    digest = hashlib.sha256(f"{sys.version}|{np.__version__}".encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in _ONLY_SHOWN:
            digest.update(str(name).encode() + path.read_bytes())
    return digest.hexdigest()


def key(*parts: str) -> str:
    """The digest of these texts, and of the library."""
    return hashlib.sha256(json.dumps([library_digest(), *parts]).encode()).hexdigest()


class Journal:
    """The marks of one assignment, by key; a torn last line, left by a killed run, is passed over."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._marks: dict[str, Mark] = {}
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        self._torn = bool(lines[-1])
        for line in lines:
            try:
                mark = _restored(json.loads(line))
            except (ValueError, TypeError, KeyError):
                continue
            self._marks[mark.key] = mark

    def find(self, key: str) -> Mark | None:
        """The mark with this key, or None."""
        return self._marks.get(key)

    def append(self, mark: Mark) -> None:
        """Writes a mark, and returns when the disk has it."""
        with self._path.open("ab") as file:
            file.write(b"\n" * self._torn + json.dumps(asdict(mark)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._torn = False
        self._marks[mark.key] = mark


def _restored(content: dict) -> Mark:
    results = tuple(
        Result(**{**item, "tests": tuple(Test(**test) for test in item["tests"])})
        for item in content["results"]
    )
    texts = {name: tuple(content[name]) for name in ("remarks", "events")}
    return Mark(**{**content, **texts, "results": results})
