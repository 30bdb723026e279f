"""Which variant of an exercise is a student's: drawn from the name and the course's secret alone."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable

from descent.checks.exercise import Exercise


def chosen(secret: str, student: str, exercise: Exercise) -> str:
    """The name of this student's variant; empty where the exercise has none.

    HMAC-SHA256 of student and exercise under the secret, as a number modulo the number of variants: the
    same on every machine, uniform, and without the secret not to be told from chance (Bellare, Canetti &
    Krawczyk 1996). A name counts as it reads, however its accents are encoded.
    """
    if not exercise.variants:
        return ""
    said = f"variant\0{unicodedata.normalize('NFC', student)}\0{exercise.name}"
    digest = hmac.new(secret.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha256)
    number = int.from_bytes(digest.digest(), "big")
    return exercise.variants[number % len(exercise.variants)].name


def all_chosen(secret: str, student: str, exercises: Iterable[Exercise]) -> dict[str, str]:
    """The student's variants, by the names of the exercises that have any."""
    own = {exercise.name: chosen(secret, student, exercise) for exercise in exercises}
    return {name: variant for name, variant in own.items() if variant}
