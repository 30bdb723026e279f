"""A user without any rights: what `descent doctor` says, a small grading, and the whole way to the marks."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

import descent
from descent.grading import intake
from descent.grading.sample import ASSIGNMENT, SampleClass

ROOT = Path(__file__).parents[3]
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


@pytest.fixture(scope="module")
def account():
    """A folder of commands that nobody may run, with this one's libraries, who that is, and a folder of theirs.

    The user's own commands, where that is no root.
    """
    folder = Path(tempfile.mkdtemp())
    try:
        if os.name != "posix" or os.geteuid() != 0:
            yield Path(sys.executable).parent, {}, folder
            return
        os.chown(folder, NOBODY, NOBODY)
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        for executable in (
            getattr(sys, "_base_executable", sys.executable),
            f"/usr/bin/{python}",
        ):
            own = folder / "own"
            made = [executable, "-m", "venv", "--without-pip", str(own)]
            shutil.rmtree(own, ignore_errors=True)
            try:
                done = subprocess.run(made, **who, cwd=folder, capture_output=True, check=False)
            except OSError:
                continue
            if done.returncode == 0:
                break
        else:
            pytest.skip(f"no {python} that a plain user may run")
        places = f"{Path(np.__file__).parents[1]}\n{Path(descent.__file__).parents[1]}\n"
        (own / f"lib/{python}/site-packages/here.pth").write_text(places)
        for library in ("descent-book", "alembic"):  # as pip writes them
            for entry in distribution(library).entry_points.select(group="console_scripts"):
                script = own / "bin" / entry.name
                call = f"import sys\nfrom {entry.module} import {entry.attr}\nsys.exit({entry.attr}())\n"
                script.write_text(f"#!{own}/bin/python\n{call}")
                script.chmod(0o755)
        yield own / "bin", who, folder
    finally:
        shutil.rmtree(folder)


def run(account, *command):
    """Runs a command as that user, by its path: no environment has been activated."""
    commands, who, folder = account
    environment = {"PATH": os.defpath, "HOME": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    name, *words = map(str, command)
    done = subprocess.run(
        [str(commands / name), *words],
        **who,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the levels are Linux's")
def test_a_plain_user_gets_what_the_doctor_says(account):
    done = run(account, "python", "-c", SCRIPT)
    user, level, rows, scores, noted = json.loads(done)
    assert user != 0
    assert f"sandbox level {level} of 3" in rows[0]
    if "yes" in rows[1] and "yes" in rows[2]:
        assert level == 3
    assert noted == ["tried to read /etc/passwd"]
    assert scores[0] == (0 if level >= 2 else 1)
    if level != 1:
        assert scores[1:] == [1, 1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the levels are Linux's")
def test_a_plain_user_grades_a_course(account):
    _, who, folder = account
    clone, course = folder / "clone", folder / "course"
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, clone / "solutions" / ASSIGNMENT)
    shutil.copy(ROOT / "nbgrader_config.py", clone)
    assert " of 3: " in run(account, "descent", "doctor")
    run(account, "descent", "new-course", course, "--solutions", clone / "solutions")
    here = ["--course", course]
    run(account, "descent", "release", *here, "--due", "2026-02-01 23:59")
    released = intake.read(course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    made = SampleClass(released).submissions()
    for student in ("right_1", "wrong_01", "broken_json"):
        place = course / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True)
        (place / f"{ASSIGNMENT}.ipynb").write_bytes(made[student][f"{ASSIGNMENT}.ipynb"])
    said = run(account, "descent", "grade", *here, "--allow-weak-sandbox")
    assert "2 graded (sandbox level" in said
    for command in ("report", "feedback", "export"):
        run(account, "descent", command, *here)
    rows = csv.DictReader((course / "grades.csv").read_text().splitlines())
    assert {row["student_id"]: row["score"] for row in rows} == {
        "right_1": "14.0",
        "wrong_01": "0.0",
        "broken_json": "0.0",
    }
    assert len(list(course.glob(f"feedback/*/*/{ASSIGNMENT}.html"))) == 3
    assert (course / "report" / f"{ASSIGNMENT}.html").is_file()
    if who:
        assert (course / "gradebook.db").stat().st_uid == NOBODY
