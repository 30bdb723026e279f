"""What the site and the tests cost: page weights, build times, the suite and what is slowest in it."""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]


def weights(site: Path) -> list[tuple[str, int, int]]:
    """Of each page with all that it loads: its name, its bytes, and its bytes as gzip sends them."""
    zipped: dict[Path, int] = {}
    rows = []
    for page in sorted(site.rglob("*.html")):
        if "_static" in page.parts:
            continue
        files = {page, *loaded(page)}
        for file in files - zipped.keys():
            zipped[file] = len(gzip.compress(file.read_bytes(), 6))
        name = page.relative_to(site).as_posix()
        rows.append((name, sum(f.stat().st_size for f in files), sum(zipped[f] for f in files)))
    return sorted(rows, key=lambda row: -row[1])


def loaded(page: Path) -> set[Path]:
    """The files of the site that a page loads at once: scripts, styles and pictures."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    tags = soup.select("script[src], link[rel=stylesheet][href], img[src]")
    addresses = [urlsplit(tag.get("src") or tag.get("href")) for tag in tags]
    files = {(page.parent / unquote(a.path)).resolve() for a in addresses if not a.scheme}
    return {file for file in files if file.is_file()}


def build_times() -> list[tuple[str, float]]:
    """Seconds of a build from nothing, of one where nothing changed, and of one for one page."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "book"
        left_out = shutil.ignore_patterns(
            ".git", "_build", ".venv", "exercises", "__pycache__", ".*_cache"
        )
        shutil.copytree(ROOT, copy, ignore=left_out)
        environment = os.environ | {"PYTHONPATH": str(copy / "lib")}

        def build() -> float:
            start = time.perf_counter()
            command = [sys.executable, "-m", "descent.book", "build"]
            subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
            return time.perf_counter() - start

        def changed(old: str, new: str) -> float:
            page = copy / "chapters" / "05_nesterov.md"
            page.write_text(page.read_text("utf-8").replace(old, new, 1), "utf-8")
            return build()

        return [
            ("from nothing", build()),
            ("nothing changed", build()),
            ("a word of one page", changed("\n## ", "\nA sentence more.\n\n## ")),
            (
                "code of one page",
                changed("\nplots.use_style()\n", "\nplots.use_style()  # again\n"),
            ),
        ]


def suite() -> str:
    """What pytest says of the whole suite: the slowest tests and the time of all."""
    options = ["-q", "-n", "2", "--dist", "loadfile", "--durations=15"]
    command = [sys.executable, "-m", "pytest", *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # as `make test` has it
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    begin = next(i for i, line in enumerate(lines) if "slowest" in line)
    return "\n".join(line for line in lines[begin:] if not line.startswith("SKIPPED"))


def main() -> None:
    print("Builds, in seconds:")
    for what, seconds in build_times():
        print(f"  {what:<20} {seconds:6.1f}")
    print("Pages with all that they load, in KB (gzip):")
    for name, plain, zipped in weights(ROOT / "_build" / "html"):
        print(f"  {name:<50} {plain / 1e3:7.0f} ({zipped / 1e3:.0f})")
    print("The suite, with two workers:")
    print(suite())
