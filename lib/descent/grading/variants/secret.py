"""The course's secret: a few letters on which hidden cases and variants depend, kept by the instructors alone."""

import hashlib
import os
import re
from pathlib import Path

from descent.grading.course import SEED_FILE, Course, CourseError


def fingerprint(secret: str) -> str:
    """By which two instructors see that they have the same secret; it gives nothing of it away."""
    return hashlib.sha256(f"fingerprint|{secret}".encode()).hexdigest()[:12]


def backup(course: Course, file: Path) -> str:
    """Copies the secret into a new file that only its owner may read; returns the fingerprint.

    Raises CourseError if the file holds something else already, or cannot be written.
    """
    _write(file, course.seed)
    return fingerprint(course.seed)


def restore(course: Course, file: Path) -> str:
    """Copies the secret from such a file into the course; returns the fingerprint.

    Raises CourseError if the file holds no secret, or if the course has another one.
    """
    try:
        secret = file.read_text().strip()
    except (OSError, ValueError) as error:
        raise CourseError(f"{file} cannot be read: {getattr(error, 'strerror', error)}.") from None
    if not re.fullmatch(r"[0-9a-f]{32}", secret):
        raise CourseError(
            f"{file} holds no secret of a course, as `descent secret backup` writes it."
        )
    if not course.root.is_dir():
        raise CourseError(f"{course.root} is no folder; make one with `descent new-course DIR`.")
    _write(course.root / SEED_FILE, secret)
    return fingerprint(secret)


def _write(path: Path, secret: str) -> None:
    """Makes the file; one that is there already must hold the same."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secret + "\n")
    except FileExistsError:
        if path.read_bytes().strip() != secret.encode():
            raise CourseError(
                f"{path} exists and holds something else. A secret is never written over: without it the "
                "marks that rest on it cannot be given again. Name another file, or move this one away."
            ) from None
        path.chmod(0o600)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from None
