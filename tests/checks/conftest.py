"""The solution notebooks, run once for all tests; what students are given to repair; and how an answer is marked."""

import contextlib
import importlib
import io
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from descent.checks import EXERCISES, Result, check
from descent.checks.calling import LocalCandidate
from descent.checks.examination import Examination
from descent.grading.release.notebooks import release_notebook

SOLUTIONS = Path(__file__).parents[2] / "solutions"


@pytest.fixture(autouse=True, scope="module")
def clean_canvas():
    """Exercise notebooks draw: their figures are closed after them, and their style is put back."""
    with mpl.rc_context():
        yield
    plt.close("all")


@dataclass
class Solved:
    """What a solution notebook defines, what its checks came to, and what it printed."""

    names: dict[str, Any]
    results: list[Result] = field(default_factory=list)
    printed: io.StringIO = field(default_factory=io.StringIO)


@pytest.fixture(scope="session")
def solved():
    """Runs a chapter's solution notebook, hidden tests too."""

    @cache
    def run(chapter):
        one = Solved({"__name__": "notebook"})

        def kept(name, *arguments, **options):
            one.results.append(check(name, one.names, *arguments, **options))
            return one.results[-1]

        source = (SOLUTIONS / chapter / f"{chapter}.py").read_text("utf-8")
        with contextlib.redirect_stdout(one.printed):
            for cell in re.split(r"^# %%.*\n", source, flags=re.MULTILINE)[1:]:
                exec(cell, one.names)
                one.names["check"] = kept
        return one

    return run


@pytest.fixture(scope="session")
def given():
    """The program to be repaired that a student finds under an exercise's name."""

    def run(name):
        chapter, library = EXERCISES[name].chapter, EXERCISES[name].needs.partition(".")[0]
        released = release_notebook(SOLUTIONS / chapter / f"{chapter}.py")
        cells = [cell for cell in released.cells if cell.cell_type == "code"]
        assert not any(re.search("GIVEN|BEGIN|END", cell.source) for cell in cells)
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
        source = cells[ids.index(name)].source
        assert "NotImplementedError" not in source
        names = {"np": np} | ({library: importlib.import_module(library)} if library else {})
        exec(source, names)
        return names[name]

    return run


@pytest.fixture(scope="session")
def mark():
    """Marks an answer as `check` does, but under a seed of the tests."""

    def run(name, candidate, level="public"):
        return Examination(EXERCISES[name], level, "seed").mark(LocalCandidate(candidate))

    return run
