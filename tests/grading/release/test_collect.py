import json
import logging
import os
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from descent.grading.release.collect import CollectFiles
from descent.grading.release.stock import configure

ASSIGNMENT = "02_gradient_descent"
TIME = "2026-02-01 12:00:00 UTC"


@pytest.fixture
def exchange(tmp_path):
    """The folder of an exchange into which students write."""
    inbound = tmp_path / "exchange" / "opt" / "inbound"
    inbound.mkdir(parents=True)
    return inbound


def hand_in(exchange, student, when=TIME):
    folder = exchange / f"{student}+{ASSIGNMENT}+{when}+random"
    folder.mkdir()
    (folder / "timestamp.txt").write_text(TIME)
    return folder


def collected(exchange, caplog, name=f"{ASSIGNMENT}.ipynb"):
    """What there is of each student, and what was said."""
    root = exchange.parents[2] / "course"
    root.mkdir(exist_ok=True)
    config = configure(Config(), root)
    config.CourseDirectory.course_id = "opt"
    config.CourseDirectory.max_dir_size = 10  # kilobytes
    config.Exchange.root = str(exchange.parents[1])
    config.CollectFiles.check_owner = False
    collect = CollectFiles(coursedir=CourseDirectory(config=config), config=config)
    collect.coursedir.assignment_id, collect.inbound_path = ASSIGNMENT, str(exchange)
    collect.src_records = [collect._path_to_record(str(path)) for path in exchange.iterdir()]
    with caplog.at_level(logging.WARNING, logger=collect.log.name):
        collect.copy_files()
    found = {}
    for folder in root.glob(f"submitted/*/{ASSIGNMENT}"):
        assert not any(path.is_symlink() for path in folder.rglob("*"))
        path = folder / name
        found[folder.parent.name] = path.read_text() if path.exists() else None
    return found, caplog.text


def test_files_are_collected_as_they_are(exchange, caplog):
    folder = hand_in(exchange, "ada")
    (folder / f"{ASSIGNMENT}.ipynb").write_text("{}")
    os.utime(folder / f"{ASSIGNMENT}.ipynb", (1e9, 1e9))
    (folder / "inner").mkdir()
    (folder / "inner" / "more.ipynb").write_text("{}")
    found, said = collected(exchange, caplog)
    assert found == {"ada": "{}"}
    assert "left behind" not in said
    own = exchange.parents[2] / "course" / "submitted" / "ada" / ASSIGNMENT
    assert (own / f"{ASSIGNMENT}.ipynb").stat().st_mtime == 1e9
    assert (own / "timestamp.txt").read_text() == TIME
    assert (own / "inner" / "more.ipynb").exists()


def test_no_link_reaches_a_file_of_the_instructor(exchange, caplog, tmp_path):
    secret = tmp_path / "solution.ipynb"
    secret.write_text(json.dumps({"cells": ["the solution"]}))
    (hand_in(exchange, "file") / f"{ASSIGNMENT}.ipynb").symlink_to(secret)
    (hand_in(exchange, "zeros") / f"{ASSIGNMENT}.ipynb").symlink_to("/dev/zero")
    (hand_in(exchange, "folder") / "all").symlink_to(tmp_path)
    os.mkfifo(hand_in(exchange, "pipe") / f"{ASSIGNMENT}.ipynb")
    (exchange / f"whole+{ASSIGNMENT}+{TIME}+random").symlink_to(tmp_path)
    found, said = collected(exchange, caplog)
    assert found == dict.fromkeys(("file", "zeros", "folder", "pipe", "whole"))
    assert said.count("left behind") == 5
    texts = [p.read_text() for p in Path(tmp_path / "course").rglob("*.ipynb") if p.is_file()]
    assert not any("the solution" in text for text in texts)


def test_one_that_cannot_be_collected_stops_nobody(exchange, caplog):
    (hand_in(exchange, "ada") / f"{ASSIGNMENT}.ipynb").write_text("{}")
    (hand_in(exchange, "large") / f"{ASSIGNMENT}.ipynb").write_text("x" * 20_000)
    (hand_in(exchange, "odd", "at noon") / f"{ASSIGNMENT}.ipynb").write_text("{}")
    found, said = collected(exchange, caplog)
    assert found == {"ada": "{}", "large": None, "odd": "{}"}
    assert "too large" in said


def test_whatever_else_was_handed_in_is_collected_but_for_modules(exchange, caplog):
    folder = hand_in(exchange, "ada")
    collected_ones = ("work.zip", "WORK.ZIP", "work.rar", f"{ASSIGNMENT}.ipynb.txt", "submission_secret.txt")  # fmt: skip
    for name in (*collected_ones, "numpy.py", "torch.so"):
        (folder / name).write_text("x")
    (folder / "numpy").mkdir()
    (folder / "numpy" / "__init__.py").write_text("x")
    _, said = collected(exchange, caplog)
    own = exchange.parents[2] / "course" / "submitted" / "ada" / ASSIGNMENT
    there = {path.name for path in own.rglob("*") if path.is_file()}
    assert there == {*collected_ones, "timestamp.txt"}
    assert said.count("is a Python module, and was left behind") == 3
