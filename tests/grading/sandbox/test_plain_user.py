"""The sandbox as a user without any rights reaches it: what `descent doctor` says, and a small grading."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import descent

NOBODY = 65534
SCRIPT = """
import json, os, sys
from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import doctor

reaches = "import os\\ntry: open('/etc/passwd'); predicted_steps = 7\\nexcept OSError: pass"
writes = "open('x', 'w').write('x')\\nimport os\\npredicted_steps = 7 if os.listdir() == ['x'] else 0"
with Engine(["predicted_steps"], level="hidden", seed="s") as engine:
    level = engine.sandbox_level()
    marked = [engine.marked(Submission([Cell("1", source)])) for source in (reaches, writes, writes)]
rows = [f"{row.name} {row.found}" for row in doctor.rows(level)]
print(json.dumps([os.geteuid(), level, rows, [r[0].score for r, _ in marked], marked[0][1]]))
"""


@pytest.fixture
def python():
    """A Python that nobody may run, with this one's libraries; the user's own, where that is no root."""
    if os.name != "posix" or os.geteuid() != 0:
        yield [sys.executable], {}
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = Path(tempfile.mkdtemp())
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": folder}
    try:
        for executable in (
            getattr(sys, "_base_executable", sys.executable),
            f"/usr/bin/python{version}",
        ):
            own = folder / "own"
            made = [executable, "-m", "venv", "--without-pip", str(own)]
            os.chown(folder, NOBODY, NOBODY)
            shutil.rmtree(own, ignore_errors=True)
            try:
                done = subprocess.run(made, **who, capture_output=True, check=False)
            except OSError:
                continue
            if done.returncode == 0:
                break
        else:
            pytest.skip(f"no Python {version} that a plain user may run")
        places = f"{Path(np.__file__).parents[1]}\n{Path(descent.__file__).parents[1]}\n"
        (own / f"lib/python{version}/site-packages/here.pth").write_text(places)
        yield [str(own / "bin/python")], who
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="the levels are Linux's")
def test_a_plain_user_gets_what_the_doctor_says(python):
    command, who = python
    environment = {"PATH": os.defpath, "HOME": "/", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "-c", SCRIPT],
        **who,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    user, level, rows, scores, noted = json.loads(done.stdout)
    assert user != 0
    assert f"sandbox level {level} of 3" in rows[0]
    if "yes" in rows[1] and "yes" in rows[2]:
        assert level == 3
    assert noted == ["tried to read /etc/passwd"]
    assert scores[0] == (0 if level >= 2 else 1)
    if level != 1:
        assert scores[1:] == [1, 1]
