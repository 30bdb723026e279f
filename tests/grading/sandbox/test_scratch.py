import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import doctor, ladder, messages, scratch
from descent.grading.sandbox.limits import TOO_FULL, Limits
from descent.grading.sandbox.processes import START_VARIABLE


def deep(folder, depth):
    """A folder in a folder in a folder …, made as a child would: by going down."""
    back = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    for _ in range(depth):
        os.mkdir("a" * 100)
        os.chdir("a" * 100)
    Path("file").touch()
    os.fchdir(back)
    os.close(back)


def test_whatever_is_in_a_folder_it_is_removed_and_no_link_is_followed(tmp_path):
    kept, folder = tmp_path / "kept", tmp_path / "folder"
    (kept / "inner").mkdir(parents=True)
    (kept / "file").write_text("kept")
    for name in ("a/b/c", "closed/inner", "x" * 200):
        (folder / name).mkdir(parents=True)
    deep(folder, 300)
    for link, target in (("to_file", kept / "file"), ("to_folder", kept), ("to_none", "absent"), ("up", "..")):  # fmt: skip
        (folder / link).symlink_to(target)
        (folder / "a" / link).symlink_to(target)
    os.link(kept / "file", folder / "a" / "same")
    os.mkfifo(folder / "a" / "pipe")
    (folder / "a" / "odd\udcff\n").touch()
    for closed in ("closed/inner", "closed", "a/b"):
        (folder / closed).chmod(0)
    folder.chmod(0)
    scratch.remove(folder)
    assert os.listdir(tmp_path) == ["kept"]
    assert (kept / "file").read_text() == "kept"
    assert (kept / "inner").is_dir()
    scratch.remove(folder)  # it may have gone already


def test_when_a_folder_is_too_full(tmp_path, monkeypatch):
    assert not scratch.too_full(tmp_path / "absent")
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 2**40)  # a hole takes no room
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert not scratch.too_full(tmp_path)
    monkeypatch.setattr(scratch, "FILES", 4)
    assert not scratch.too_full(tmp_path)
    (tmp_path / "a" / "b" / "c").touch()
    assert scratch.too_full(tmp_path)
    monkeypatch.setattr(scratch, "FILES", 1000)
    monkeypatch.setattr(scratch, "SIZE", 10_000)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(20_000))
    assert scratch.too_full(tmp_path)
    monkeypatch.setattr(scratch, "SIZE", 2**40)
    deep(tmp_path, 60)
    assert scratch.too_full(tmp_path)  # its end cannot be seen


# How children are started, and the level that they may reach.
ENGINES = (("fork", 3), ("fork", 2), ("fork", 1), ("fork", 0), ("spawn", 2))
RIGHT = "\npredicted_steps = 7"


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    if "yes" not in doctor._filter().found:
        pytest.skip("without a filter of system calls what is tried here might do harm")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        place, engines = tmp_path_factory.mktemp("folders"), {}
        patch.setattr(tempfile, "tempdir", str(place))
        for start, most in ENGINES:
            patch.setenv(START_VARIABLE, start)
            patch.setenv(ladder.MOST_VARIABLE, str(most))
            limits = Limits(call=0.5)
            engine = stack.enter_context(
                Engine(["predicted_steps"], level="public", seed="", limits=limits)
            )
            if engine.sandbox_level() == most:
                engines[start, most] = engine
        yield engines
        stack.close()
        assert list(place.iterdir()) == []  # nobody leaves anything


def marked(engine, *sources):
    cells = [Cell(f"cell {n}", source) for n, source in enumerate(sources, 1)]
    return engine.mark(Submission(cells))[0]


HONEST = """
import os, shutil, tempfile
import numpy as np
from pathlib import Path
assert os.listdir() == []
np.savetxt("x.txt", np.eye(3))
assert np.loadtxt("x.txt").sum() == 3
np.savez("x.npz", a=np.arange(5.0))
assert np.load("x.npz")["a"][4] == 4
with open("log", "w") as file: file.write("a")
with open("log", "a") as file: file.write("b")
os.replace("log", "log.txt")
assert Path("log.txt").read_text() == "ab"
os.makedirs("a/b")
os.replace("log.txt", "a/b/log.txt")
shutil.copyfile("x.txt", "a/y.txt")
shutil.rmtree("a")
with tempfile.TemporaryFile() as file: file.write(b"x")
with tempfile.TemporaryDirectory() as folder: Path(folder, "x").touch()
(Path.home() / ".config").mkdir()
assert np.memmap("x.bin", mode="w+", shape=(10,)).sum() == 0
print("x", file=open("never closed", "w"))
"""


@pytest.mark.parametrize(("start", "most"), [e for e in ENGINES if e[1] != 1])
def test_honest_work_may_write_files(engines, start, most):
    if (start, most) not in engines:
        pytest.skip(f"this machine's sandbox does not reach level {most}")
    result = marked(engines[start, most], HONEST + RIGHT)
    assert result.score == 1, result
    assert marked(engines[start, most], HONEST + RIGHT).score == 1  # the next finds none of it


def test_where_files_cannot_be_protected_nothing_is_written(engines):
    result = marked(engines["fork", 1], "open('x', 'w').write('x')" + RIGHT)
    assert result.score == 0
    assert "cannot be written here" in result.message


FILLING = {
    "one file": "with open('x', 'wb') as f:\n    while True: f.write(bytes(10**6))",
    "many files": "for n in range(10**6): open(str(n), 'w').close()",
    "many folders": "import os\nwhile True: os.mkdir('x'); os.chdir('x')",
    "many large files": "for n in range(10**6): open(str(n), 'wb').write(bytes(10**7))",
    "many links to one file": "import os\nopen('x', 'w')\nfor n in range(10**6): os.link('x', str(n))",
}


@pytest.mark.parametrize("what", FILLING)
@pytest.mark.parametrize(("start", "most"), [("fork", 3), ("fork", 2)])
def test_a_full_folder_costs_its_own_cell_only(engines, start, most, what):
    if (start, most) not in engines:
        pytest.skip(f"this machine's sandbox does not reach level {most}")
    engine = engines[start, most]
    filling = FILLING[what] + RIGHT
    result = marked(engine, filling)
    assert result.score == 0, result
    assert TOO_FULL in result.message, result
    assert marked(engine, filling.replace(RIGHT, ""), RIGHT).score == 1
    assert marked(engine, "import os\nassert os.listdir() == []" + RIGHT).score == 1


LEAVING = """
import os
os.umask(0)
os.mkdir("closed", 0o300)
open("closed/x", "w").close()
os.mkdir("nothing", 0)
os.open("runs as its owner", os.O_CREAT | os.O_WRONLY, 0o6777)
with open("sparse", "wb") as file: file.truncate(2**25)
open("\\udcff\\n", "w").close()
for n in range(30):
    os.mkdir("d" * 99)
    os.chdir("d" * 99)
"""


@pytest.mark.parametrize(("start", "most"), [e for e in ENGINES if e[1] != 1])
@pytest.mark.parametrize("end", ["", "\nos._exit(0)", "\nwhile True: pass"])
def test_whatever_is_left_the_next_finds_nothing(engines, start, most, end):
    if (start, most) not in engines:
        pytest.skip(f"this machine's sandbox does not reach level {most}")
    engine = engines[start, most]
    assert marked(engine, LEAVING + end, RIGHT).score == 1
    assert marked(engine, "import os\nassert os.listdir() == []" + RIGHT).score == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_nobody_sees_the_folder_of_another(engines):
    for (_, most), engine in engines.items():
        if most >= 2:
            with engine.child() as other:
                other.allow(5.0)
                other.send(
                    messages.Run(
                        "cell",
                        "import os\nopen('mine', 'w').write('mine')\nraise ValueError(os.getcwd())",
                    )
                )
                place = other.receive().failure.message
                for look in (f"open({place + '/mine'!r})", f"open({place + '/x'!r}, 'w')"):
                    tried = f"try:\n    {look}\nexcept OSError:\n    predicted_steps = 7"
                    assert marked(engine, tried).score == 1
