"""Which variant of an exercise is a student's: drawn from the name and the course's secret alone."""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence


def chosen(secret: str, student: str, exercise: str, among: Sequence[str]) -> str:
    """The student's variant of an exercise, one of the names in `among`, which is not empty.

    HMAC-SHA256 of student and exercise under the secret, as a number modulo the number of variants: the
    same on every machine, uniform, and without the secret not to be told from chance (Bellare, Canetti &
    Krawczyk 1996). A name counts as it reads, however its accents are encoded.
    """
    said = f"variant\0{unicodedata.normalize('NFC', student)}\0{exercise}"
    digest = hmac.new(secret.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return among[int.from_bytes(digest.digest(), "big") % len(among)]
