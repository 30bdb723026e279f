"""The doors between the rooms: what may import what, and what `import descent` loads."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "matplotlib", "scipy", "nbgrader", "IPython", "ipywidgets", "sphinx", "nbformat"}


def fresh(code: str) -> str:
    """What a new interpreter prints, started away from the repository."""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/", timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def loaded_by(code: str) -> set[str]:
    return set(
        fresh(f"{code}\nimport sys\nprint(*{{m.partition('.')[0] for m in sys.modules}})").split()
    )


@pytest.mark.parametrize(
    "use", ["", "descent.minimize(descent.RULES['adam'], descent.problem('beale'), lr=.1)"]
)
def test_the_core_needs_numpy_alone(use):
    loaded = loaded_by(f"import descent\n{use}")
    assert {"descent", "numpy"} <= loaded
    assert not loaded & HEAVY
    extra = loaded - loaded_by(
        "import numpy, numpy.random, sysconfig; sysconfig.get_path('purelib')"
    )
    assert extra - set(sys.stdlib_module_names) == {"descent"}


def test_the_core_runs_where_nothing_else_is_installed():
    hidden = sorted(HEAVY)
    fresh(
        f"import sys\nsys.modules.update(dict.fromkeys({hidden}))\n"
        "import descent, descent.conventions, descent.data, descent.signals\n"
        "for rule in descent.RULES.values():\n"
        "    descent.minimize(rule, descent.problem('quadratic'), lr=.1, steps=3)\n"
    )


def linted(folder: Path) -> subprocess.CompletedProcess:
    """What import-linter says of the package in `folder`, under this repository's contracts."""
    tool = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [tool, "--no-cache", "--config", ROOT / "pyproject.toml"],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
    )


def test_the_doors_hold():
    run = linted(ROOT / "lib")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        ("inputs", "import descent.methods", "descent.inputs -> descent.methods"),
        ("methods", "import descent.checks", "descent.methods -> descent.checks"),
        ("problems", "import torch", "descent.problems -> torch"),
        ("stray", "", "- descent.stray"),
    ],
)
def test_a_wrong_door_is_noticed(tmp_path, module, text, complaint):
    package = tmp_path / "descent"
    shutil.copytree(ROOT / "lib" / "descent", package, ignore=shutil.ignore_patterns("__pycache__"))
    with (package / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    run = linted(tmp_path)
    assert run.returncode == 1
    assert complaint in run.stdout
