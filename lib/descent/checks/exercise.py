"""What an exercise is: its statement's facts, the cases that try a candidate, and its right and wrong versions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from descent.checks import sections
from descent.checks.calling import Outcome
from descent.inputs import lookup

Judge = Callable[[Any, Any], str | None]
Scale = Callable[[Any, int, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Probe:
    """One kind of case, worth `points`.

    draw: rng -> the arguments of one call, or a list of them for several calls, whose values make a tuple.
    draws: cases at the public level (hidden: five times as many).
    judge: (arguments, value) -> a sentence on what is wrong, or None; without a judge the value is
    compared with the reference's. observe: (arguments, outcome) -> facts that take the value's place,
    such as where a function argument was asked; they are judged, compared and diagnosed like a value.
    A dict of facts has them named in what is said. Where the value is not even readable, `observe` raises
    `UnreadableError` with a sentence. For a random function the facts are what does not depend on how
    the Generator was used. raises: the error that is right in these cases, in the place of a value.
    first: like `judge`, but says what these cases show to be wrong with the first probe's.
    """

    name: str
    points: float
    draw: Callable[[np.random.Generator], tuple | list[tuple]]
    draws: int = 4
    judge: Judge | None = None
    observe: Callable[[Any, Outcome], Any] | None = None
    raises: str = ""
    first: Judge | None = None


class UnreadableError(Exception):
    """Raised by an `observe` for a value whose facts cannot be told; its text says so to the student."""


@dataclass(frozen=True)
class Wrong:
    """A misconception: a program that makes a typical mistake, and the words for it.

    sentence: names the mistake to who made it. because: explains it in one sentence. section: the anchor
    in the book that teaches it. mistake: its number among the documents' mistakes, if it is one of them.
    twins: names of wrong versions whose numbers cannot be told from these.
    """

    name: str
    program: Callable[..., Any]
    sentence: str
    because: str
    section: str
    mistake: int | None = None
    twins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variant:
    """Another method than the book's, or other numbers, which one student's notebook asks for.

    name: as `check` is given it. statement: what is asked for, in Markdown, with its equation; it stands
    above the answer. given: a program to be repaired, in the place of the book's, or nothing. The rest
    takes the place of the exercise's own; without probes, these stay.
    """

    name: str
    statement: str
    hints: tuple[str, ...]
    reference: Callable[..., Any]
    right: tuple[Callable[..., Any], ...]
    wrong: tuple[Wrong, ...]
    probes: tuple[Probe, ...] = ()
    given: str = ""


@dataclass(frozen=True)
class Exercise:
    """One function (or value) that a student writes.

    section: the anchor in the book that teaches it, in the chapter that asks for it. signature: how it is
    called, with shapes. untouched: the points for leaving the arguments as they were. scale: (arguments,
    number of the result, expected) -> the magnitudes to which its differences are relative (default: the
    largest in each row of `expected`). The first probe carries the exercise: the others earn nothing while
    it fails. needs: the library beside NumPy that its programs import ("torch", or "torch.optim" where they
    use its optimisers), or nothing. variants: what a graded notebook may ask for in its place. variant: the
    name of the one that this is; empty for the book's own. statement: what that one asks for, in Markdown.
    given: the program that it has repaired in the place of the book's, or nothing.
    """

    name: str
    title: str
    section: str
    difficulty: int
    minutes: int
    signature: str
    reference: Callable[..., Any]
    probes: tuple[Probe, ...]
    hints: tuple[str, ...]
    right: tuple[Callable[..., Any], ...]
    wrong: tuple[Wrong, ...]
    untouched: float = 0.0
    scale: Scale | None = None
    needs: str = ""
    variants: tuple[Variant, ...] = ()
    variant: str = ""
    statement: str = ""
    given: str = ""

    def varied(self, name: str) -> "Exercise":
        """The exercise as its variant `name` asks for it; with an empty name, as the book does.

        What is right for the book, or in another student's notebook, is among its wrong versions.
        Raises ValueError for a variant that it does not have.
        """
        if not name:
            return self
        own = lookup(f"variant of {self.name}", name, {v.name: v for v in self.variants})

        def foreign(name: str, program: Callable[..., Any], whose: str) -> Wrong:
            return Wrong(
                name,
                program,
                f"This is {whose} form; your notebook asks for “{own.name}”.",
                "Above the answer it says what is yours: read it once more, word by word.",
                self.section,
            )

        others = [
            foreign(f"another notebook's: {v.name}", v.reference, "another notebook's")
            for v in self.variants
            if v is not own
        ]
        return replace(
            self,
            variant=own.name,
            statement=own.statement,
            given=own.given,
            variants=(),
            hints=own.hints,
            reference=own.reference,
            probes=own.probes or self.probes,
            right=own.right,
            wrong=(foreign("the book's", self.reference, "the book's"), *others, *own.wrong),
        )

    @property
    def family(self) -> tuple["Exercise", ...]:
        """The exercise, and all its variants as exercises."""
        return self, *(self.varied(variant.name) for variant in self.variants)

    @property
    def label(self) -> str:
        """Its name, and that of the variant that it is."""
        return f"{self.name} ({self.variant})" if self.variant else self.name

    @property
    def chapter(self) -> str:
        """The folder name of the chapter, and of the assignment, that it belongs to."""
        return sections.chapter(self.section)

    @property
    def points(self) -> float:
        """The most that can be earned."""
        return sum(probe.points for probe in self.probes) + self.untouched

    @property
    def call(self) -> str:
        """The call without shapes and result, e.g. `f(x, h)`."""
        return re.sub(r" \([^()]*\)", "", self.signature.partition(" -> ")[0])
