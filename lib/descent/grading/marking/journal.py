"""What has been graded: an append-only file of JSON lines, so that a killed run loses nothing and repeats nothing."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from descent.checks.result import Result, Test

PACKAGE = Path(__file__).resolve().parents[2]
_ONLY_SHOWN = (  # no mark depends on these
    *("book", "explorers", "plots.py", "cli.py"),
    *("grading/pages", "grading/gradebook", "grading/spreadsheet.py"),
    *("grading/sandbox/doctor.py", "grading/marking/progress.py", "grading/marking/table.py"),
)
_DIGEST, _END = b', "digest": "', b'"}'
_SECONDS = 1.0  # between two times that the disk is waited for


@dataclass(frozen=True)
class Mark:
    """What one submission came to.

    key: the digest of all that the mark depends on. reason: why it is ungradable, or empty. remarks: what
    was put right on the way in. level: of the sandbox. seconds: that it took. events: what the instructor
    may want to look at in the notebook. file: the digest of what was handed in, to the byte. noted: what the
    sandbox noticed when it ran, for the instructor, too.
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
    file: str = ""
    noted: tuple[str, ...] = ()

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
    """A digest of every line of this package that may touch a mark, and of the versions of what it runs on."""
    digest = hashlib.sha256("|".join([sys.version, *map(_version, ("numpy", "torch"))]).encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if not any(map(name.is_relative_to, _ONLY_SHOWN)):
            digest.update(str(name).encode() + path.read_bytes())
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def key(*parts: str) -> str:
    """The digest of these texts, and of the library."""
    return hashlib.sha256(json.dumps([library_digest(), *parts]).encode()).hexdigest()


class Journal:
    """The marks of one assignment, by key; a torn last line, left by a killed run, is passed over.

    A mark is with the system as soon as it is appended, and on the disk within a second, or when `sync`
    returns: no killed run loses it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._marks: dict[str, Mark] = {}
        self._files: dict[str, Mark] = {}
        for mark in read(path):
            self._note(mark)
        self._file = path.open("a+b", buffering=0)
        size = self._file.seek(0, os.SEEK_END)
        self._torn = size > 0 and os.pread(self._file.fileno(), 1, size - 1) != b"\n"
        self._synced = time.monotonic()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *args: object) -> None:
        self.sync()
        self._file.close()

    def find(self, key: str) -> Mark | None:
        """The mark with this key, or None."""
        return self._marks.get(key)

    def find_file(self, file: str) -> Mark | None:
        """The mark of what was handed in with this digest, or None."""
        return self._files.get(file)

    def append(self, mark: Mark) -> None:
        """Writes a mark."""
        line = b"\n" * self._torn + _sealed(json.dumps(mark, default=vars)) + b"\n"
        self._torn = self._file.write(line) < len(line)  # as where the disk is full
        self._note(mark)
        if time.monotonic() - self._synced > _SECONDS:
            self.sync()

    def sync(self) -> None:
        """Returns when the disk has all marks."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def _note(self, mark: Mark) -> None:
        self._marks[mark.key] = mark
        if mark.file:
            self._files[mark.file] = mark


def read(path: Path) -> Iterator[Mark]:
    """The marks in a journal's file, in order; lines that are not as they were written are passed over."""
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        content, _, digest = line.rpartition(_DIGEST)
        if digest != _digest(content) + _END:
            continue
        try:
            yield _restored(json.loads(content + b"}"))
        except (ValueError, TypeError, KeyError, RecursionError):  # of a version with other fields
            continue


def _sealed(text: str) -> bytes:
    """A JSON object as a line whose last field is a digest of all that stands before it."""
    content = text.removesuffix("}").encode()
    return content + _DIGEST + _digest(content) + _END


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:16].encode()


def _restored(content: dict) -> Mark:
    results = tuple(
        Result(**{**item, "tests": tuple(Test(**test) for test in item["tests"])})
        for item in content["results"]
    )
    texts = {
        name: tuple(content[name]) for name in ("remarks", "events", "noted") if name in content
    }
    return Mark(**{**content, "results": results, **texts})
