import sys

import pytest

from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import doctor, noticing
from descent.grading.sandbox.limits import Limits


@pytest.fixture(scope="module")
def engine():
    if "yes" not in doctor._filter().found:
        pytest.skip("without a filter of system calls what is tried here might do harm")
    limits = Limits(call=0.5, submission=20.0, memory=2**29)
    with Engine(["predicted_steps"], level="public", seed="", limits=limits) as engine:
        yield engine


def noted(engine, *sources):
    cells = [Cell(f"cell {n}", source) for n, source in enumerate(sources, 1)]
    return engine.marked(Submission(cells))[1]


REACHES = {
    "open('/etc/passwd')": "tried to read /etc/passwd",
    "open('../../etc/passwd'.replace('..', '/..'))": "tried to read /etc/passwd",
    "import numpy as np; np.load('/etc/passwd')": "tried to read /etc/passwd",
    "import pathlib; pathlib.Path('/etc/hosts').read_text()": "tried to read /etc/hosts",
    "open('/etc/new', 'w')": "tried to write /etc/new",
    "import os; os.listdir('/etc')": "tried to list /etc",
    "import os; os.remove('/etc/passwd')": "tried to change /etc/passwd",
    "import os; os.rename('x', '/etc/new')": "tried to change /etc/new",
    "import os; os.symlink('/etc/passwd', 'x')": "tried to change /etc/passwd",
    "import sqlite3; sqlite3.connect('/etc/passwd')": "tried to change /etc/passwd",
    "import os; os.listdir('//etc')": "tried to list /etc",
    "open('/proc/self/environ')": "tried to read /proc/self/environ",
    "import socket; socket.create_connection(('192.0.2.1', 80), 1)": "tried to use the network",
    "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')": "tried to use the network",
    "import subprocess; subprocess.run(['true'])": "tried to start another process or program",
    "import os; os.fork()": "tried to start another process or program",
    "import os; os.system('true')": "tried to start another process or program",
    "import os; os.kill(os.getppid() or 99999, 0)": "tried to send a signal to another process",
    "import resource; resource.setrlimit(1, (2**40, 2**40))": "tried to change its limits",
    "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)": "tried to call C's ptrace",
}


@pytest.mark.parametrize("reach", REACHES)
def test_what_code_reaches_for_is_noted(engine, reach):
    assert noted(engine, reach) == (REACHES[reach],)
    assert noted(engine, f"try:\n    {reach}\nexcept BaseException: pass\nimport os\nos._exit(0)")[0] == REACHES[reach]  # fmt: skip


HONEST = """
import asyncio, dataclasses, decimal, json, locale, logging, os, pickle, platform, random, re, shutil, tempfile
import mimetypes, statistics, sys, threading, time, traceback, typing, unittest, urllib.request, warnings, zoneinfo
import matplotlib.pyplot as plt
import numpy as np
import numpy.fft, numpy.polynomial, numpy.testing
from descent import check
from descent.data import digits
plt.plot([1, 2]); plt.savefig("x.png"); plt.show()
X, y = digits()
np.savetxt("x.txt", X[:3]); np.loadtxt("x.txt"); np.save("x.npy", X); np.load("x.npy")
for path in ("data.csv", "/content/data.csv", "/home/nobody-is-called-so/x.txt", "~/x"):
    try: open(path)
    except OSError: pass
try: open("/home/nobody-is-called-so/x.txt", "w")
except OSError: pass
open("x.txt").read(); os.remove("x.txt"); os.mkdir("a"); os.rename("a", "b"); os.listdir(); shutil.rmtree("b")
with tempfile.TemporaryDirectory() as folder: open(os.path.join(folder, "x"), "w").close()
thread = threading.Thread(target=print); thread.start(); thread.join()
asyncio.run(asyncio.sleep(0))
platform.python_version(); locale.getlocale(); mimetypes.guess_type("x.png"); os.cpu_count(); os.getcwd()
zoneinfo.ZoneInfo("Europe/Berlin") if os.path.exists("/usr/share/zoneinfo/Europe/Berlin") else None
np.testing.assert_allclose(np.linalg.inv(np.eye(3)), np.eye(3))
try: 1 / 0
except ZeroDivisionError: traceback.format_exc()
try: exec("x = (", {})
except SyntaxError: pass
os.kill(os.getpid(), 0)
warnings.warn("x"); logging.warning("x"); print("x", file=sys.stderr)
def gradient_descent(grad, theta0, lr, steps): raise ValueError("x")
raise KeyError
"""


def test_honest_work_leaves_no_note(engine):
    assert noted(engine, HONEST, "predicted_steps = 7", "gradient_descent(1, 2, 3, 4)") == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("while True: pass", "cell 1 was ended: It ran for more than 0.5 s"),
        ("import os\nos._exit(0)", "cell 1 was ended: Your code ended its own process"),
        ("import os\nos.abort()", "cell 1 was ended: Your code crashed Python"),
    ],
)
def test_that_a_process_had_to_be_ended_is_noted(engine, source, said):
    (text,) = noted(engine, source, "predicted_steps = 7")
    assert text.startswith(said)


def test_notes_are_few_and_short_and_cost_nobody_a_mark(engine):
    many = "for n in range(10**4):\n    try: open('/etc/' + 'x' * 200 + str(n), 'w')\n    except OSError: pass"
    each = "for n in range(10**4):\n    try: open(f'/etc/{n}', 'w')\n    except OSError: pass"
    results, texts = engine.marked(
        Submission([Cell("1", many), Cell("2", each), Cell("3", "predicted_steps = 7")])
    )
    assert results[0].score == 1
    assert len(texts) == noticing.MOST
    assert max(map(len, texts)) == noticing.LENGTH


def test_nobody_looks_where_another_machine_would_be_asked(monkeypatch, tmp_path):
    (tmp_path / "mounts").write_text(
        "/dev/sda1 / ext4 rw 0 0\n/etc/auto.net /net autofs rw,fd=6,indirect 0 0\n"
    )
    monkeypatch.setattr(noticing, "MOUNTS", tmp_path / "mounts")
    looked = []
    monkeypatch.setattr(noticing.os.path, "lexists", looked.append)
    for place in ("/net/far/away", "//net/far", "/etc/../net/x"):
        assert noticing.counts(place)
    assert looked == []
    for place in ("/network", "/etc/passwd"):
        noticing.counts(place)
    assert looked == ["/network", "/etc/passwd"]


FORGED = """
import json, os, stat, struct
def frame(n):
    header = json.dumps(["Noted", [str(n) + "x" * 1000, ""], []]).encode()
    return struct.pack(">III", len(header), 0, 0) + header
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b"".join(map(frame, range(30))))
    except OSError: pass
predicted_steps = 7
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no socket")
def test_forged_notes_are_few_and_short_too(engine):
    results, texts = engine.marked(Submission([Cell("1", FORGED)]))
    assert results[0].score == 1
    assert {len(text) for text in texts} == {noticing.LENGTH}
    assert len(texts) == noticing.MOST


def test_code_that_turns_on_the_hook_gains_nothing_and_loses_nothing(engine):
    source = "import os.path, sys\nos.path.abspath = lambda *a: 1 / 0\nopen('x', 'w')"
    results, texts = engine.marked(Submission([Cell("1", source), Cell("2", "predicted_steps = 7")]))  # fmt: skip
    assert (results[0].score, texts) == (1, ())
