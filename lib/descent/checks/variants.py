"""Variants of an exercise, made from the book's own; and which of them is a student's."""

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from descent.checks.exercise import Exercise, Probe, Variant, Wrong

Program = Callable[..., Any]


def compared(probe: Probe) -> Probe:
    """The probe, without a judge who knows the book's answer: values are compared with the reference's."""
    return replace(probe, judge=None)


@dataclass(frozen=True)
class Change:
    """A variant that says how it differs from the book: what is right and wrong there, it turns into its own.

    program: a program for the book's exercise -> the one that does the same here. Its wrong versions are
    the book's, changed, but for those named in `without`, which are none here; `also` are further ones.
    writes: those that only write into their arguments, where the changed program would hand on copies.
    probe: a kind of case of the book's -> of the variant's. given: the program to be repaired, which takes
    the place of the book's in the notebook; its fault is one of the wrong versions.
    """

    name: str
    statement: str
    hint: str
    program: Callable[[Program], Program]
    without: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    also: tuple[Wrong, ...] = ()
    probe: Callable[[Probe], Probe] = compared
    given: str = ""

    def of(self, book: Exercise) -> Variant:
        """The variant of the book's exercise."""
        reference = self.program(book.reference)

        def writing(program: Program) -> Program:
            def right_but_writes(*arguments: Any) -> Any:
                value = reference(*arguments)
                program(*arguments)
                return value

            return right_but_writes

        def wrong(version: Wrong) -> Wrong:
            make = writing if version.name in self.writes else self.program
            kept = tuple(twin for twin in version.twins if twin not in self.without)
            return replace(version, program=make(version.program), twins=kept)

        return Variant(
            name=self.name,
            statement=self.statement,
            hints=(book.hints[0], f"In the book: {book.hints[-1].removesuffix('.')}.", self.hint),
            reference=reference,
            right=tuple(map(self.program, book.right)),
            wrong=(*(wrong(w) for w in book.wrong if w.name not in self.without), *self.also),
            probes=tuple(map(self.probe, book.probes)),
            given=self.given,
        )


def with_variants(
    exercises: Iterable[Exercise], others: Mapping[str, Sequence[Change | Variant]]
) -> tuple[Exercise, ...]:
    """The exercises, each with the variants that stand under its name, or that the changes there make of it."""

    def variants(book: Exercise) -> tuple[Variant, ...]:
        found = others.get(book.name, ())
        return tuple(one.of(book) if isinstance(one, Change) else one for one in found)

    return tuple(replace(book, variants=book.variants + variants(book)) for book in exercises)


def to_repair(variants: Iterable[Variant], given: Mapping[str, str]) -> tuple[Variant, ...]:
    """Variants of a function, for the bug lab that has it repaired. given: by variant, the program with the fault."""
    return tuple(
        replace(
            variant,
            statement=f"The program below has **another fault** than the one described above. Repaired, it does this.\n\n{variant.statement}",
            given=given[variant.name],
        )
        for variant in variants
    )


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """The change of every member of a tuple, or of a value that is none."""
    if isinstance(value, tuple):
        return tuple(change(np.asarray(part)) for part in value)
    return change(np.asarray(value))


def times(factor: float) -> Callable[[Program], Program]:
    """Makes of a program one that returns `factor` times as much."""
    return lambda program: lambda *arguments: each(program(*arguments), lambda x: factor * x)


def chosen(secret: str, student: str, exercise: str, among: Sequence[str]) -> str:
    """The student's variant of an exercise, one of the names in `among`, which is not empty.

    HMAC-SHA256 of student and exercise under the secret, as a number modulo the number of variants: the
    same on every machine, uniform, and without the secret not to be told from chance (Bellare, Canetti &
    Krawczyk 1996). A name counts as it reads, however its accents are encoded.
    """
    said = f"variant\0{unicodedata.normalize('NFC', student)}\0{exercise}"
    digest = hmac.new(secret.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return among[int.from_bytes(digest.digest(), "big") % len(among)]
