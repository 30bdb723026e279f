"""What a student has: the built wheel in a new environment, NumPy, and a notebook."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from descent.grading import intake
from descent.grading.processes import START_VARIABLE
from descent.grading.sample import SampleClass

ROOT = Path(__file__).parents[2]


def run(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)


@pytest.fixture(scope="module")
def descent(tmp_path_factory):
    """The `descent` command of a new environment that holds the wheel and NumPy alone."""
    folder = tmp_path_factory.mktemp("install")
    # Built from a copy: a build leaves things behind, and other tests read the tree.
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    (source / "lib").symlink_to(ROOT / "lib")
    return folder
