import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import doctor, ladder, seccomp
from descent.grading.sandbox.processes import START_VARIABLE

PACKAGE = Path(ladder.__file__).parents[2]


def test_the_pieces_around_what_is_hidden(tmp_path):
    for name in ("a/x", "a/b/hidden", "a/b/y", "c"):
        (tmp_path / name).mkdir(parents=True)
    hidden = tmp_path / "a/b/hidden"
    pieces = {p.relative_to(tmp_path).as_posix() for p in ladder._pieces(tmp_path, [hidden])}
    assert pieces == {"a/x", "a/b/y", "c"}
    assert list(ladder._pieces(hidden, [hidden])) == []
    assert list(ladder._pieces(tmp_path / "absent", [hidden])) == []


def test_the_package_is_not_among_what_can_be_read():
    for piece in ladder._readable([PACKAGE]):
        assert not PACKAGE.is_relative_to(piece)
        assert not piece.is_relative_to(PACKAGE)


TRIES = {
    1: {
        "more memory than allowed": "bytearray(3 * 2**30)",
        "files outside of its folder": "open('/var/tmp/left_behind', 'w').write('x')",
        "a change to a folder": "__import__('os').utime('/tmp')",
        "a folder elsewhere": "__import__('os').mkdir('/var/tmp/left_behind')",
        "files that run as their owner": "__import__('os').chmod('.', 0o4777)",
        "another process": "__import__('os').fork()",
        "another program": "__import__('subprocess').run(['/bin/true'])",
        "a signal to its parent": "__import__('os').kill(__import__('os').getppid() or 99999, 0)",
        "a signal to all": "__import__('os').kill(-1, 0)",
        "TCP": "__import__('socket').create_connection(('127.0.0.1', 22), 1)",
        "UDP": "__import__('socket').socket(2, 2).sendto(b'x', ('192.0.2.1', 9))",
        "a socket without a file": "__import__('socket').socket(1).bind('\\0left_behind')",
        "datagrams": "__import__('socket').socketpair(1, 2)",
        "sockets of another family": "__import__('socket').socketpair(30, 1)",
        "a name for a socket": "__import__('socket').socketpair()[0].bind('\\0left_behind')",
        "a socket in a folder": "__import__('socket').socketpair()[0].bind('/var/tmp/left_behind')",
        "another end for a socket": "__import__('socket').socketpair()[0].connect('\\0left_behind')",
        "who opens a file must wait": "__import__('fcntl').fcntl(open(__import__('os').__file__), 1024, 0)",
        "a watch on a folder": "__import__('fcntl').fcntl(__import__('os').open('/usr/lib', 0), 1026, 1)",
        "a file's attributes": "__import__('fcntl').ioctl(open(__import__('os').__file__), 0x80086601, bytes(8))",
        "the room of all pipes": "__import__('fcntl').fcntl(__import__('os').pipe()[0], 1031, 2**20)",
        "to cut a file by its name": "open('x', 'w').close()\n    __import__('os').truncate('x', 0)",
        "memory outside its own": "__import__('os').memfd_create('x')",
        "privileges": "__import__('os').setuid(0) or __import__('os').chroot('/')",
        "its own limits": "__import__('resource').setrlimit(1, (2**40, 2**40))",
    },
    2: {
        "the list of users": "open('/etc/passwd').read()",
        "a folder's names": "__import__('os').listdir('/')",
        "the environment of its parent": "open('/proc/1/environ').read()",
        "files beside its folder": "open('../left_behind', 'w').write('x')",
        "a link out of its folder": "__import__('os').symlink('/etc/passwd', 'x')",
        "a hard link out of it": "__import__('os').link('/etc/passwd', 'x')",
        "a pipe with a name": "__import__('os').mkfifo('x')",
        "a device": "__import__('os').mknod('x', 0o60600, 0x103)",
    },
    3: {
        "other processes": "__import__('os').kill(__import__('os').getppid() or 99999, 0)",
        "whether a file is there": "__import__('os').stat('/etc/passwd')",
        "whether a process is there": "__import__('os').stat('/proc/self')",
        "what else is in the folder of its folder": "__import__('os').stat('../left_behind')",
        "where the reference is": f"__import__('os').stat({str(PACKAGE)!r})",
    },
}


# How children are started, and the level that they may reach; a spawned child gets no namespaces of its own.
ENGINES = (("fork", 3), ("fork", 2), ("fork", 1), ("spawn", 2))


@pytest.fixture(scope="module")
def engines():
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        engines = {}
        for start, most in ENGINES:
            patch.setenv(START_VARIABLE, start)
            patch.setenv(ladder.MOST_VARIABLE, str(most))
            engine = stack.enter_context(Engine(["predicted_steps"], level="public", seed=""))
            engines[start, most] = engine, engine.sandbox_level()
        yield engines


@pytest.mark.parametrize(
    ("start", "most", "level", "what"),
    [
        (start, most, level, what)
        for start, most in ENGINES
        for level, tries in TRIES.items()
        for what in tries
        if level <= most
    ],
)
def test_what_a_level_denies(engines, start, most, level, what):
    engine, reached = engines[start, most]
    if reached < level:
        pytest.skip(f"this machine's sandbox does not reach level {level}")
    source = f"try:\n    {TRIES[level][what]}\nexcept (OSError, MemoryError, ValueError):\n    predicted_steps = 7"
    (result,) = engine.mark(Submission([Cell("cell 1", source)]))
    assert result.score == 1, f"{what}: {result}"


def test_what_an_answer_may_need_is_not_denied(engines):
    source = """
import asyncio, os, signal, tempfile, threading
done = []
thread = threading.Thread(target=done.append, args=(1,))
thread.start()
thread.join()
signal.signal(signal.SIGUSR1, lambda *_: done.append(2))
os.kill(os.getpid(), signal.SIGUSR1)
file = open(os.__file__)
file.read(1)
file.isatty()
asyncio.run(asyncio.sleep(0))
predicted_steps = 7 if done == [1, 2] else done
"""
    for engine, reached in engines.values():
        (result,) = engine.mark(Submission([Cell("cell 1", source)]))
        assert result.score == 1, (reached, result)


CUTS = """
import os, sys
from pathlib import Path
from descent.grading.sandbox import doctor, ladder, seccomp
ladder.landlock_version = lambda: 2  # which knows no rule for it, as the kernels before 6.2
rules, (place, folder) = ladder.file_rules([]), map(Path, sys.argv[1:])
os.chdir(folder)
assert ladder.libc().prctl(38, 1, 0, 0, 0) == 0 and rules.obey(folder) and seccomp.deny(writing=True)
for cut in (
    lambda: os.truncate(place, 0),
    lambda: os.open(place, os.O_RDONLY | os.O_TRUNC),
    lambda: os.open(place, os.O_ACCMODE | os.O_TRUNC),
    lambda: os.open(place, os.O_WRONLY | os.O_TRUNC),
):
    try:
        cut()
    except OSError:
        pass
for _ in range(2):
    with open("own", "w") as own:
        own.write("new")
with open("own", "r+") as own:
    own.truncate(1)
"""


def test_no_file_of_others_is_cut_where_landlock_knows_no_rule_for_it(tmp_path):
    if not ladder.landlock_version() or "yes" not in doctor._filter().found:
        pytest.skip("no Landlock, or no filter of system calls")
    (tmp_path / "place").write_text("of others")
    (tmp_path / "folder").mkdir()
    command = [sys.executable, "-c", CUTS, tmp_path / "place", tmp_path / "folder"]
    subprocess.run(command, check=True)
    assert (tmp_path / "place").read_text() == "of others"
    assert (tmp_path / "folder" / "own").read_text() == "n"


SEEN = """
import subprocess, sys
from descent.grading.marking import worker
from descent.grading.marking.journal import library_digest
from descent.grading.sandbox import ladder
from descent.grading.sandbox.limits import Limits
worker.sandbox_level(worker.Terms(("predicted_steps",), "s", Limits(), 0, library_digest()))
of = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
exec(of, {})
subprocess.run([sys.executable, "-c", of], stdout=sys.stdout)
"""


def test_nobody_looks_into_a_worker_and_what_it_starts_is_as_ever():
    command = [sys.executable, "-u", "-c", SEEN]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["0", "1"]


def test_levels_can_be_kept_down(engines):
    for (_, most), (_, reached) in engines.items():
        assert reached <= most
    assert set(ladder.NAMES) == set(range(4))


@pytest.mark.parametrize("header", ["x86_64-linux-gnu/asm/unistd_64.h", "asm-generic/unistd.h"])
def test_the_numbers_are_the_kernels(header):
    path = Path("/usr/include", header)
    if not path.exists():
        pytest.skip("the kernel's headers are not installed")
    column = int(header.startswith("asm"))
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text()))
    for name, both in seccomp._CALLS.items():
        if name in ("fchmodat2", "memfd_secret"):  # younger than some headers
            continue
        assert numbers.get(name) == (None if both[column] is None else str(both[column])), name
