"""What a student has: the built wheel in a new environment, NumPy, and a notebook."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from descent.grading.release.notebooks import release_notebook
from descent.grading.sample import ASSIGNMENT, SampleClass
from descent.grading.sandbox.processes import START_VARIABLE

ROOT = Path(__file__).parents[2]


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)


def test_every_pin_takes_every_python_that_is_promised():
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = SpecifierSet(about["requires-python"])
    pythons = [f"3.{m}.{n}" for m in range(9, 15) for n in range(0, 20) if f"3.{m}.{n}" in promised]
    assert {"3.11.0", "3.13.0"} <= set(pythons)
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().split()}
    refused = {
        f"{library.name} {library.version}: {needs}"
        for library in distributions()
        if library.name in pinned and (needs := library.metadata.get("Requires-Python"))
        if not all(python in SpecifierSet(needs) for python in pythons)
    }
    assert not refused


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The folder of commands of a new environment that holds the wheel and NumPy alone."""
    folder = tmp_path_factory.mktemp("install")
    # Built from a copy: a build leaves things behind.
    source = folder / "source"
    shutil.copytree(
        ROOT / "lib", source / "lib", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, source)
    built = run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, source)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", folder / "new", check=True)
    scripts = folder / "new" / ("Scripts" if os.name == "nt" else "bin")
    installed = run(
        scripts / "python", "-m", "pip", "install", "-c", ROOT / "constraints.txt", wheel
    )
    assert installed.returncode == 0, installed.stderr
    return scripts


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """Students' notebooks: right, wrong, one whose loop never ends, one that imports another library."""
    import nbformat

    folder = tmp_path_factory.mktemp("notebooks")
    released = json.loads(
        nbformat.writes(release_notebook(ROOT / f"solutions/{ASSIGNMENT}/{ASSIGNMENT}.py"))
    )
    submissions = SampleClass(released).submissions()
    for student in ("right_1", "wrong_01", "endless_loop"):
        (folder / f"{student}.ipynb").write_bytes(submissions[student][f"{ASSIGNMENT}.ipynb"])
    imports = json.loads((folder / "right_1.ipynb").read_text())
    for cell in imports["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = ["import pip\n", *cell["source"]]
    (folder / "imports.ipynb").write_text(json.dumps(imports))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("start", ["", "spawn"])
def test_a_student_checks_a_notebook(scripts, notebooks, start):
    listed = run(scripts / "python", "-m", "pip", "list", "--format", "json").stdout
    assert {item["name"] for item in json.loads(listed)} <= {
        "descent-book",
        "numpy",
        "pip",
        "setuptools",
    }
    environment = {**os.environ, START_VARIABLE: start}
    environment.pop("PYTHONPATH", None)

    def check(student):
        return run(scripts / "descent", "check", f"{student}.ipynb", cwd=notebooks, env=environment)

    right = check("right_1")
    assert right.returncode == 0, right.stdout + right.stderr
    assert "14 of 14 points" in right.stdout
    wrong = check("wrong_01")
    assert wrong.returncode == 1
    assert "Your step goes uphill" in wrong.stdout
    endless = check("endless_loop")
    assert endless.returncode == 1
    assert "more than 5 s" in endless.stdout
    assert "10 of 14 points" in endless.stdout
    assert "14 of 14 points" in check("imports").stdout
    assert check("absent").returncode == 1
