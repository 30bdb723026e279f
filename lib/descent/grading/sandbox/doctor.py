"""What this machine offers, what it lacks, and how to get it."""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from descent.grading.sandbox import ladder, machine
from descent.grading.sandbox.limits import Limits

_SEPARATES = """
import sys
from pathlib import Path
from descent.grading.sandbox import ladder
sys.exit(not ladder.separate([], Path(sys.argv[1])))
"""
_PROFILE = "/etc/apparmor.d/descent"
_WITHOUT = "Without them level 2 can be reached: no files, no network."


@dataclass(frozen=True)
class Row:
    """One line of the report. advice: lines that say what to do."""

    name: str
    found: str
    advice: tuple[str, ...] = ()


def rows(level: int) -> Iterator[Row]:
    """The report. level: of the sandbox, as a child reached it."""
    yield Row("sandbox", f"level {level} of 3: {ladder.NAMES[level]}", _on_level(level))
    if sys.platform == "linux":
        yield _namespaces()
        yield _landlock()
        yield _filter()
    yield _processors()
    yield Row("python", f"{platform.python_version()} on {platform.system()} {platform.release()}")
    for library in ("numpy", "torch", "nbgrader"):
        yield _library(library)
    yield _commands()
    yield _compiler()
    yield _gpu()
    yield _browser()


def _on_level(level: int) -> tuple[str, ...]:
    if level >= 2:
        return ()
    return (
        "students' code can read files here: `descent grade` asks for --allow-weak-sandbox.",
        *(() if sys.platform == "linux" else ("Grade on Linux, or in a virtual machine with it.",)),
    )


def _namespaces(proc: Path = Path("/proc/sys")) -> Row:
    """Whether this user may make namespaces; if not, the usual reasons and their cure."""
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as root:
        probe = [sys.executable, "-c", _SEPARATES, root]
        if not subprocess.run(probe, env=one_thread, check=False).returncode:
            return Row("", "namespaces: yes")
    row = _no_namespaces(proc)
    if ladder.landlock_version():
        row = replace(row, advice=(*row.advice, _WITHOUT))
    return row


def _no_namespaces(proc: Path) -> Row:
    if _setting(proc / "kernel/apparmor_restrict_unprivileged_userns") == "1":
        python = Path(sys.executable).resolve()
        return Row(
            "",
            "namespaces: AppArmor forbids them to plain users (Ubuntu 23.10 and later)",
            (
                f"to allow them to this Python, write into {_PROFILE}:",
                "  abi <abi/4.0>,",
                f"  profile descent {python} flags=(unconfined) {{ userns, }}",
                f"then: sudo apparmor_parser -r {_PROFILE}",
            ),
        )
    for name, bad in (("kernel.unprivileged_userns_clone", "0"), ("user.max_user_namespaces", "0")):
        if _setting(proc / name.replace(".", "/")) == bad:
            better = "1" if name.startswith("kernel") else "15000"
            cure = f"to allow them: sudo sysctl {name}={better}"
            return Row("", f"namespaces: forbidden to plain users ({name} is {bad})", (cure,))
    return Row(
        "",
        "namespaces: not allowed here",
        (
            "in a container, the container's own seccomp profile forbids them: start it with one that",
            "allows unshare and mount (docker run --security-opt seccomp=FILE), or grade outside of it.",
        ),
    )


def _landlock() -> Row:
    abi = ladder.landlock_version()
    if abi:
        return Row("", f"Landlock: yes (version {abi})")
    return Row(
        "",
        f"Landlock: no (Linux {platform.release()})",
        (
            "needs Linux 5.13 or later, with `landlock` in the list lsm= of the boot parameters",
            "(cat /sys/kernel/security/lsm shows the list); in a container also the host's leave.",
        ),
    )


def _filter(proc: Path = Path("/proc/self/status")) -> Row:
    has = platform.machine() in ("x86_64", "aarch64") and "\nSeccomp_filters:" in proc.read_text()
    said = "yes" if has else "no: without it, students' code may use the network below level 3"
    return Row("", f"filter of system calls: {said}")


def _setting(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _processors() -> Row:
    count, free = machine.processors(), machine.free_memory()
    noun = "processor" if count == 1 else "processors"
    found = f"{count} {noun}, so `descent grade` marks {count} at a time"
    if free is None:
        return Row("machine", found)
    need, most = count * Limits().memory, free // Limits().memory
    found += f"; {free / 2**30:.1f} GiB of memory free"
    if free >= need:
        return Row("machine", found)
    jobs = f"a submission may use {Limits().memory / 2**30:g} GiB: --jobs {max(1, most)} is safe whatever comes"
    return Row("machine", found, (jobs,))


def _library(name: str) -> Row:
    try:
        return Row(name, version(name))
    except PackageNotFoundError:
        extra = {"nbgrader": "course", "torch": "torch"}.get(name)
        wheel = "pip install './descent_book-….whl[{}]', or in a clone of the book: make setup"
        advice = wheel.format(extra) if extra else f"pip install {name}"
        return Row(name, "not installed", (advice,))


def _commands() -> Row:
    """Whether plain `nbgrader` finds the programs that it calls; `descent` finds them itself."""
    if shutil.which("alembic") and shutil.which("nbgrader"):
        return Row("", "its commands are on PATH")
    scripts = sysconfig.get_path("scripts")
    return Row(
        "",
        "its commands are not on PATH; `descent` finds them all the same",
        (f"for plain nbgrader: export PATH={scripts}:$PATH",),
    )


def _compiler() -> Row:
    names = [name for name in (os.environ.get("CXX"), "g++", "clang++") if name]
    found = next(filter(None, map(shutil.which, names)), None)
    if found:
        return Row("compiler", found)
    return Row(
        "compiler",
        'not found; the rules run all the same, without executor="compile"',
        ("apt install g++, or set CXX",),
    )


def _gpu() -> Row:
    try:
        import torch
    except ImportError:
        return Row("GPU", "not looked for, without torch")
    if torch.cuda.is_available():
        return Row(
            "GPU", ", ".join(map(torch.cuda.get_device_name, range(torch.cuda.device_count())))
        )
    if torch.backends.mps.is_available():
        return Row("GPU", "Apple, through Metal")
    built = "" if torch.version.cuda else " (this torch is built for processors only)"
    return Row("GPU", f"none{built}; nothing in the course needs one")


def _browser() -> Row:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found:
        return Row("browser", found)
    return Row("browser", "no Chromium found; only the tests of the site need one")
