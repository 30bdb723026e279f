"""Caches are kept for as long as the code that filled them is the same.

jupyter-cache keys a page's outputs by the page's own code. A page calls the library, so the cache gets a
folder named by a hash of what pages can call; another hash is another, empty folder.
"""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

import descent

PAGES_DO_NOT_CALL = {"book", "checks", "grading", "cli.py"}
PROOFS_DO_NOT_CALL = {"book", "explorers", "grading", "cli.py"}


def key(
    constraints: Path,
    without: Collection[str],
    package: Path = Path(descent.__file__).parent,
    also: Iterable[Path] = (),
) -> str:
    """A hash of the pinned versions and of the package's modules and data, 16 hexadecimal digits.

    without: names of rooms (folders or modules at the package's top) that are left out. also: other
    files that count, such as the results that pages show.
    """
    digest = hashlib.sha256(constraints.read_bytes())
    for file in sorted(also):
        digest.update(f"\0{file.name}\0".encode())
        digest.update(file.read_bytes())
    for file in sorted(package.rglob("*")):
        inside = file.relative_to(package)
        if file.suffix in {".py", ".npz", ".json"} and inside.parts[0] not in without:
            digest.update(f"\0{inside.as_posix()}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
