"""The page that shows how the checkers are proved: exercise by exercise, which test rejects which mistake."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from descent.book import cache
from descent.checks import Exercise
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
What they ask for is folded away under their exercise; their tables are left to `descent prove`.
"""


def proved(exercise: Exercise, folder: Path) -> Proof:
    """The proof of an exercise or variant, computed, or read from `folder` if it is there."""
    file = folder / f"{exercise.label}.json"
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


def _proof(rows: list[dict], **facts) -> Proof:
    sets = ("rejected_by", "named")
    return Proof(rows=[Row(**{**row, **{k: set(row[k]) for k in sets}}) for row in rows], **facts)


def page(proofs: Iterable[Proof], exercises: Mapping[str, Exercise]) -> str:
    """The proofs as a MyST page. exercises: those that they are of, by label."""
    return "\n".join(
        [INTRODUCTION, *(_section(proof, exercises[proof.exercise]) for proof in proofs)]
    )


def _section(proof: Proof, exercise: Exercise) -> str:
    if exercise.variant:
        return _variant(proof, exercise)
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


def _variant(proof: Proof, exercise: Exercise) -> str:
    """What it asks for, folded away."""
    title = f":::{{dropdown}} `{exercise.name}`: {exercise.variant}"
    return "\n".join([title, exercise.statement, "", _counted(proof), ":::", ""])


def _counted(proof: Proof) -> str:
    said = [*proof.holes, *(f"{row.wrong}: {hole}" for row in proof.rows for hole in row.holes)]
    if said:
        return f"**Not proved**: {'; '.join(said)}."
    return (
        f"{len(proof.rows)} wrong versions, all rejected and named; "
        f"{proof.right} right versions, all accepted."
    )
