"""Files that others read: written as a whole, and only where they change."""

import contextlib
import os
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """Writes a file; one that is already there is replaced as a whole, or left if it is the same."""
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")  # another may write it, too
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:  # a full disk
        unfinished.unlink(missing_ok=True)
        raise
