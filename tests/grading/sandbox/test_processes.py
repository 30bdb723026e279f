import contextlib
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import connection, ladder, messages, processes, wire
from descent.grading.sandbox.connection import ChildGoneError, Watch
from descent.grading.sandbox.limits import Limits
from descent.grading.sandbox.processes import Forked, Spawned

LIMITS = Limits(call=0.5)
SOURCES = [Spawned] + [Forked] * (sys.platform == "linux")


@pytest.fixture(params=SOURCES, ids=lambda source: source.__name__)
def source(request):
    source = request.param()
    yield source
    source.close()


def ready(source):
    child = source.start(LIMITS)
    assert isinstance(child.receive(), messages.Ready)
    return child


def ran(child, text):
    child.send(messages.Run("cell", text))
    return child.receive()


def test_a_child_answers(source):
    child = ready(source)
    assert ran(child, "x = 1") == messages.Ran(None)
    assert ran(child, "1 / 0").failure.error == "ZeroDivisionError"
    child.send(messages.List())
    assert child.receive().names == ["x"]
    child.close()


def test_children_share_nothing(source):
    first, second = ready(source), ready(source)
    ran(first, "x = 1\nimport numpy as np\nnp.x = 1")
    assert ran(second, "import numpy as np\nassert not hasattr(np, 'x')\ny = 1") == messages.Ran(
        None
    )
    second.send(messages.List())
    assert second.receive().names == ["np", "y"]
    first.close()
    second.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no flags there")
def test_a_child_leaves_no_flag_to_the_next(source):
    flags = "import fcntl, os\nfor n in range(3): fcntl.fcntl(n, fcntl.F_SETFL, os.O_APPEND)"
    found = "import fcntl, os\nassert not any(fcntl.fcntl(n, fcntl.F_GETFL) & os.O_APPEND for n in range(3))"
    for text in (flags, found):
        child = ready(source)
        assert ran(child, text) == messages.Ran(None)
        child.close()


def test_children_draw_different_numbers(source):
    draw = "import random, numpy as np\nprint(random.random(), np.random.rand())\nassert 0, random.random()"
    children = [ready(source) for _ in range(2)]
    said = {ran(child, draw).failure.message for child in children}
    assert len(said) == 2
    for child in children:
        child.close()


def test_a_child_that_ends_says_how(source):
    child = ready(source)
    child.send(messages.Run("cell", "import os\nos._exit(3)"))
    with pytest.raises(ChildGoneError) as gone:
        child.receive()
    assert gone.value.failure.kind == "crash"
    child.close()


@pytest.fixture
def watch():
    watch = Watch()
    yield watch
    watch.close()


def ended(child, watch, text, **allowed):
    """Why it ended, when it ran this."""
    watch.add(child)
    child.allow(**({"seconds": 0.3} | allowed))
    child.send(messages.Run("cell", text))
    with pytest.raises(ChildGoneError) as gone:
        child.receive()
    child.close()
    return gone.value.failure


def test_a_child_that_works_too_long_is_ended(source, watch):
    assert ended(ready(source), watch, "while True: pass") == LIMITS.too_long


def test_a_child_that_uses_up_the_submissions_time_is_ended(source, watch):
    child = ready(source)
    used = child.clock.used()
    failure = ended(child, watch, "while True: pass", seconds=60.0, until=used + 0.2)
    assert failure == LIMITS.used_up


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all seconds count")
def test_a_child_that_waits_gets_more_time_but_not_all(source, watch):
    began = time.monotonic()
    assert ended(ready(source), watch, "import time\ntime.sleep(600)") == LIMITS.waited
    assert time.monotonic() - began > 2 * 0.3
    late = ended(ready(source), watch, "import time\ntime.sleep(600)", end=time.monotonic() + 0.2)
    assert late == LIMITS.used_up


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all seconds count")
def test_time_counts_only_while_it_works(source, watch):
    """As on a machine so busy that a child gets a tenth of it: nobody loses a mark."""
    child = ready(source)
    watch.add(child)
    for _ in range(3):
        child.allow(0.3)
        began = child.clock.used()
        child.send(messages.Run("cell", "import time\ntime.sleep(1.0)"))
        assert child.receive() == messages.Ran(None)
        assert child.clock.used() - began < 0.3
    watch.remove(child)
    child.close()


def test_a_clock_shows_what_its_own_child_uses(source):
    idle, busy = ready(source), ready(source)
    before = [child.clock.used() for child in (idle, busy)]
    assert ran(busy, "import time\nwhile time.process_time() < 0.3: pass") == messages.Ran(None)
    if sys.platform == "linux":
        assert busy.clock.used() - before[1] > 0.15
        assert idle.clock.used() - before[0] < 0.1
    for child in (idle, busy):
        child.close()


def test_a_child_that_sends_too_much_is_given_up(source):
    child = ready(source)
    child._reader.left = 1000  # room for one answer of about 600 bytes
    for _ in range(2):
        child.send(messages.Run("cell", "raise ValueError('x' * 2000)"))
    assert child.receive().failure
    with pytest.raises(ChildGoneError) as gone:
        child.receive()
    assert gone.value.failure == LIMITS.too_much(wire.LIMIT)
    child.close()


def test_a_child_that_sends_too_much_in_all_is_given_up(source):
    child = source.start(Limits(output=1500))
    assert isinstance(child.receive(), messages.Ready)

    def said():  # about 600 bytes
        child.allow(20.0)
        return ran(child, "raise ValueError('x' * 2000)")

    assert said().failure
    assert said().failure
    with pytest.raises(ChildGoneError) as gone:
        said()
    assert "in all: return fewer numbers" in gone.value.failure.message
    child.close()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")
def test_nothing_outlives_the_engine():
    """A child that forks children which hide in sessions of their own."""
    mark = f"descent-{os.getpid()}-{time.monotonic_ns()}"
    source = f"""
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b"{mark[-15:]}", 0, 0, 0)
for _ in range(3):
    try:
        if os.fork() == 0:
            os.setsid()
            time.sleep(300)
    except OSError:
        break
predicted_steps = 3
"""
    with Engine(["predicted_steps"], level="public", seed="") as engine:
        (result,) = engine.mark(Submission([Cell("cell", source)]))
        assert result.score == 1
        until = time.monotonic() + 10
        while _named(mark[-15:]) and time.monotonic() < until:
            time.sleep(0.05)
        assert _named(mark[-15:]) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
@pytest.mark.parametrize("deed", ["SIGKILL", "SIGSTOP"])
def test_a_line_that_nobody_ends_is_broken_off(monkeypatch, deed):
    monkeypatch.setenv(ladder.MOST_VARIABLE, "0")  # where a child can do that to its guard
    monkeypatch.setattr(connection, "_GOODBYE", 0.5)
    source, watch = Forked(), Watch()
    child = ready(source)
    watch.add(child)
    child.allow(0.5)
    child.send(messages.Run("cell", _LEAVES.format(deed=deed)))
    with pytest.raises(ChildGoneError) as gone:
        child.receive()
    assert gone.value.failure.kind == "timeout"
    watch.remove(child)
    child.close()
    other = ready(source)
    assert ran(other, "x = 1") == messages.Ran(None)
    other.close()
    watch.close()
    source.close()


_LEAVES = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    time.sleep(20)
    os._exit(0)
os.kill(os.getppid(), signal.{deed})
time.sleep(20)
"""


def _named(name):
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if (
                path.read_text().strip() == name
                and "Z" not in ((path.parent / "stat").read_text().rpartition(")")[2].split()[0])
            ):
                found.append(path.parent.name)
        except OSError:
            pass
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_a_server_that_died_is_started_anew():
    source = Forked()
    ready(source).close()
    os.kill(source._process.pid, signal.SIGKILL)
    source._process.wait()
    child = ready(source)
    assert ran(child, "x = 1") == messages.Ran(None)
    child.close()
    source.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_a_server_that_dies_while_it_gets_ready_is_started_anew():
    source = Forked()
    source.prepare(LIMITS)
    os.kill(source._process.pid, signal.SIGKILL)
    child = ready(source)
    assert ran(child, "x = 1") == messages.Ran(None)
    child.close()
    source.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
@pytest.mark.parametrize("waits", [False, True])
def test_a_server_whose_checker_is_ended_before_it_hears_leaves_no_folder(waits):
    source = Forked()
    source.prepare(LIMITS)
    root, control = source._root, source._control
    ours, theirs = socket.socketpair()
    with ours, theirs:
        socket.send_fds(control, [processes.REQUEST.pack(b"start", 0)], [theirs.fileno()])
        if waits:  # until there is an answer, which it does not read
            select.select([control], [], [], 60)
        control.close()
        source._process.wait(60)
    assert not root.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_a_server_that_could_not_be_started_is_tried_again(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(processes, "_command", lambda *_: [str(tmp_path / "no program")])
    source = Forked()
    source.prepare(LIMITS)
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            source.start(LIMITS)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    child = ready(source)
    assert ran(child, "x = 1") == messages.Ran(None)
    child.close()
    source.close()


@pytest.mark.parametrize("end", ["os._exit(0)", "os.abort()", "while True: pass"])
def test_what_was_answered_before_the_end_is_heard(source, watch, end):
    child = ready(source)
    watch.add(child)
    ran(child, f"import os\ndef f(n):\n    if n < 30: return n\n    {end}")
    child.allow(0.3)
    calls = [messages.Calls("f", 40), *(messages.Call((n,)) for n in range(40))]
    child.write(b"".join(map(wire.frame, calls)))
    assert [child.receive().value for _ in range(30)] == [*range(30)]
    with pytest.raises(ChildGoneError):
        child.receive()
    child.close()


ARRAYS_IN_CYCLES = """
import numpy as np
class Value:
    def __init__(self):
        self.data, self.backward = np.ones(30_000), lambda: self
for _ in range(5_000):
    Value()
"""


def test_what_no_answer_needs_any_longer_is_given_back_in_time(source):
    """Arrays that refer to themselves, as in a graph of values: 1.2 GB in all, a few at a time."""
    child = source.start(Limits(memory=2**28))
    assert isinstance(child.receive(), messages.Ready)
    assert ran(child, ARRAYS_IN_CYCLES) == messages.Ran(None)
    child.close()


FILLS_THE_LINE = """
import os, socket
for descriptor in range(3, 64):
    for size in (2**16, 1):
        try:
            line = socket.socket(fileno=os.dup(descriptor))
            while True: line.send(bytes(size), socket.MSG_DONTWAIT)
        except OSError: pass
os._exit(0)
"""


def test_who_writes_to_a_child_that_is_gone_and_was_not_heard_is_told(source):
    child = ready(source)
    child.send(messages.Run("c", FILLS_THE_LINE))
    told = []

    def write():
        with contextlib.suppress(ChildGoneError):
            while True:
                child.write(bytes(2**16))
        told.append(True)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    writer.join(20)
    assert told
    child.close()
