"""The page that shows how the checkers are proved: exercise by exercise, which test rejects which mistake."""

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from descent.book import cache
from descent.checks import EXERCISES, Exercise
from descent.checks.catalogue import VARIED
from descent.checks.prove import Proof, Row, prove

INTRODUCTION = """\
(proof)=
# How the checkers are proved

A checker is worth something only if it refuses what is wrong. So every exercise comes with wrong versions,
one for each mistake that people really make, and with right ones, written in different ways. The build of
this page ran them all: a dot marks the tests that reject a wrong version under every seed. Beside it stands
the sentence with which its author is told. `descent prove` prints the same table, and fails on a hole.

Where marks count, a notebook may ask for a variant of an exercise: the same task with another method than
this book's. Each variant has right and wrong versions of its own, and the book's answer is one of the wrong.
What they ask for is folded away under their exercise; to try them all is left to `descent prove`.
"""


def page(folder: Path) -> str:
    """The page as MyST: the book's exercises proved, their variants told.

    folder: where proofs are kept. Those that are not there are computed, several at a time. From the
    last: the tests, which may run beside this, begin with the first and keep theirs there, too.
    """
    spawn = multiprocessing.get_context("spawn")  # whoever builds may have threads
    missing = [name for name in reversed(EXERCISES) if not _file(folder, name).exists()]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool:
        for kept in [pool.submit(_keep, name, folder) for name in missing]:
            kept.result()
    sections = [
        variant(exercise) if exercise.variant else section(proved(exercise, folder), exercise)
        for exercise in VARIED.values()
    ]
    return "\n".join([INTRODUCTION, *sections])


def _keep(name: str, folder: Path) -> None:
    proved(EXERCISES[name], folder)


def proved(exercise: Exercise, folder: Path) -> Proof:
    """The proof of an exercise or variant, computed, or read from `folder` if it is there."""
    file = _file(folder, exercise.label)
    if not file.exists():
        proof = prove(exercise)
        plain = {**vars(proof), "rows": [vars(row) for row in proof.rows]}
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}.part")
        unfinished.write_text(json.dumps(plain, default=sorted), encoding="utf-8")
        unfinished.replace(file)
    return _proof(**json.loads(file.read_text(encoding="utf-8")))


def proofs(root: Path) -> Path:
    """The folder for the proofs of a book: one for each state of what they depend on.

    root: the folder of `_config.yml`.
    """
    key = cache.key(root / "constraints.txt", cache.PROOFS_DO_NOT_CALL)
    return root / "_build" / "cache" / "proofs" / key


def _file(folder: Path, label: str) -> Path:
    return folder / f"{label}.json"


def _proof(rows: list[dict], **facts) -> Proof:
    sets = ("rejected_by", "named")
    return Proof(rows=[Row(**{**row, **{k: set(row[k]) for k in sets}}) for row in rows], **facts)


def section(proof: Proof, exercise: Exercise) -> str:
    """One exercise: its tests, and which of them reject which wrong version."""
    numbers = range(1, len(proof.tests) + 1)
    wrong = {version.name: version for version in exercise.wrong}
    lines = [
        f"## {exercise.title}",
        "",
        f"`{exercise.signature}`: {_counted(proof)}",
        "",
        "The tests: "
        + "; ".join(f"({n}) {test}" for n, test in zip(numbers, proof.tests, strict=True))
        + ".",
        "",
        ":::{dropdown} Mistake by mistake",
        ":class-container: mistakes",
        "",
        "| wrong version | " + " | ".join(f"({n})" for n in numbers) + " | its author is told |",
        "|:--|" + ":-:|" * len(proof.tests) + ":--|",
    ]
    for row in proof.rows:
        marks = ["●" if test in row.rejected_by else "" for test in proof.tests]
        told = "; ".join(row.holes) or wrong[row.wrong].sentence
        lines.append(f"| {row.wrong} | {' | '.join(marks)} | {told.replace('|', chr(92) + '|')} |")
    return "\n".join([*lines, ":::", ""])


def variant(exercise: Exercise) -> str:
    """What a variant asks for, folded away."""
    title = f":::{{dropdown}} `{exercise.name}`: {exercise.variant}"
    wrong, right = len(exercise.wrong), len(exercise.right)
    tried = f"`descent prove` tries {wrong} wrong and {right} right versions of it."
    return "\n".join([title, exercise.statement, "", tried, ":::", ""])


def _counted(proof: Proof) -> str:
    said = [*proof.holes, *(f"{row.wrong}: {hole}" for row in proof.rows for hole in row.holes)]
    if said:
        return f"**Not proved**: {'; '.join(said)}."
    return (
        f"{len(proof.rows)} wrong versions, all rejected and named; "
        f"{proof.right} right versions, all accepted."
    )
