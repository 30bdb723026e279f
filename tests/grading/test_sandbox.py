from contextlib import ExitStack
from pathlib import Path

import pytest

from descent.grading import sandbox
from descent.grading.engine import Engine
from descent.grading.intake import Cell, Submission
from descent.grading.processes import START_VARIABLE


def test_the_pieces_around_what_is_hidden(tmp_path):
    for name in ("a/x", "a/b/hidden", "a/b/y", "c"):
        (tmp_path / name).mkdir(parents=True)
    hidden = tmp_path / "a/b/hidden"
    pieces = {p.relative_to(tmp_path).as_posix() for p in sandbox._pieces(tmp_path, hidden)}
    assert pieces == {"a/x", "a/b/y", "c"}
    assert list(sandbox._pieces(hidden, hidden)) == []
    assert list(sandbox._pieces(tmp_path / "absent", hidden)) == []


def test_the_package_is_not_among_what_can_be_read():
    package = Path(sandbox.__file__).parents[1]
    for piece in sandbox._readable(package):
        assert not package.is_relative_to(piece)
        assert not piece.is_relative_to(package)


TRIES = {
    1: {
        "more memory than allowed": "bytearray(3 * 2**30)",
        "files in the working folder": "open('x', 'w').write('x')",
    },
    2: {
        "the list of users": "open('/etc/passwd').read()",
        "a folder's names": "__import__('os').listdir('/')",
        "another program": "__import__('subprocess').run(['/bin/true'])",
        "the environment of its parent": "open('/proc/1/environ').read()",
        "a temporary file": "__import__('tempfile').TemporaryFile()",
        "TCP": "__import__('socket').create_connection(('127.0.0.1', 22), 1)",
    },
    3: {
        "UDP": "__import__('socket').socket(2, 2).sendto(b'x', ('192.0.2.1', 9))",
        "other processes": "__import__('os').kill(__import__('os').getppid() or 99999, 0)",
        "privileges": "__import__('os').setuid(0) or __import__('os').chroot('/')",
    },
}


STARTS = {"fork": 3, "spawn": 2}  # a spawned child gets no namespaces of its own


@pytest.fixture(scope="module")
def engines():
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        engines = {}
        for start in STARTS:
            patch.setenv(START_VARIABLE, start)
            engine = Engine(["predicted_steps"], level="public", seed="")
            engines[start] = stack.enter_context(engine)
        yield engines


@pytest.mark.parametrize(
    ("start", "level", "what"),
    [
        (start, level, what)
        for start, most in STARTS.items()
        for level, tries in TRIES.items()
        for what in tries
        if level <= most
    ],
)
def test_what_a_level_denies(engines, start, level, what):
    if engines[start].sandbox_level() < level:
        pytest.skip(f"this machine's sandbox does not reach level {level}")
    source = (
        f"try:\n    {TRIES[level][what]}\nexcept (OSError, MemoryError):\n    predicted_steps = 7"
    )
    (result,) = engines[start].mark(Submission([Cell("cell 1", source)]))
    assert result.score == 1, f"{what}: {result}"
