"""A warm process that forks a child for each submission, and ends children that the checker gives up.

It talks over standard input, a socket. The checker sends b"start" with the child's socket and gets the
number of the child's guard; or b"stop " and that number. The guard waits for the child, ends all that it
left behind, and tells the checker how it ended.
"""

import contextlib
import gc
import os
import signal
import socket
import struct
from collections.abc import Collection
from pathlib import Path

from descent.grading.sandbox import child, ladder, messages, outbox, scratch, seccomp, wire
from descent.grading.sandbox.limits import BROKEN

REQUEST = struct.Struct("5sI")
NUMBER = struct.Struct("I")


def serve(memory: int, seconds: int, root: Path, hidden: Collection[Path]) -> None:
    """Serves until the checker closes its end. root: where children get their folders. hidden: what they never see."""
    control = socket.socket(fileno=os.dup(0))
    _hush()
    outside = os.open(root.parent, os.O_PATH | os.O_CLOEXEC)
    separated = ladder.separate(hidden, root)
    rules = ladder.file_rules(hidden, separated)
    if separated:
        seccomp.prepare()
    gc.collect()
    gc.freeze()  # children need not look through, and so copy, what all of them share
    guards: set[int] = set()
    while True:
        request, given = _asked(control)
        if len(request) < REQUEST.size:
            break
        guards -= _finished(guards)
        word, number = REQUEST.unpack(request)
        if word == b"start":
            guard = os.fork()
            if guard == 0:
                control.close()
                os.close(outside)
                _guard(given[0], memory, seconds, rules, separated, root)
            os.close(given[0])
            guards.add(guard)
            with contextlib.suppress(ConnectionError):
                control.sendall(NUMBER.pack(guard))
        elif number in guards:
            _dismiss(number)
    for guard in guards:
        _dismiss(guard)
    for guard in guards:
        os.waitpid(guard, 0)
    scratch.remove(root)
    with contextlib.suppress(OSError):
        os.rmdir(root.name, dir_fd=outside)  # where it was out of view


def _asked(control: socket.socket) -> tuple[bytes, list[int]]:
    """A request and what came with it; nothing where the checker has gone, be it before it heard an answer."""
    with contextlib.suppress(ConnectionError):
        return socket.recv_fds(control, REQUEST.size, 1)[:2]
    return b"", []


def _finished(guards: set[int]) -> set[int]:
    return {guard for guard in guards if os.waitpid(guard, os.WNOHANG)[0]}


def _dismiss(guard: int) -> None:
    """Has a guard end its child; also one that was stopped, as a child can at level 0."""
    os.kill(guard, signal.SIGTERM)
    os.kill(guard, signal.SIGCONT)


def _guard(
    connection: int,
    memory: int,
    seconds: int,
    rules: ladder.FileRules,
    separated: bool,
    root: Path,
) -> None:
    """Forks the child, outlives it, and says how it ended. Does not return."""
    os.setsid()
    ladder.adopt_orphans()
    ladder.end_with_parent(signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    if separated and not ladder.separate_children(root):
        os._exit(BROKEN)  # its processes could not be found from here, nor be ended
    folder = scratch.of(root, os.getpid())
    folder.mkdir(0o700)
    shared = outbox.memory()
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        os.setsid()
        ladder.end_with_parent(signal.SIGKILL)
        with contextlib.suppress(BaseException):
            _hush()  # a file that all had open would keep its flags from one to the next
            with (
                os.fdopen(connection, "rb") as reader,
                os.fdopen(os.dup(connection), "wb") as writer,
            ):
                out = outbox.Outbox(writer, shared)
                child.begin(reader, out, memory, seconds, rules, separated, folder)
            os._exit(0)
        os._exit(BROKEN)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on the number may belong to another
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if not separated:  # else they have gone with their namespace
        _end_orphans()
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection)) as line:
        line.shutdown(socket.SHUT_RD)  # whoever writes to the child is told, and reads again
    with contextlib.suppress(OSError), os.fdopen(connection, "wb") as writer:
        writer.write(outbox.left(shared))
        wire.send(writer, messages.Ended(status))
    if not separated:
        scratch.remove(folder)
    os._exit(0)


def _hush() -> None:
    """Opens nothing for standard input, output and errors."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


def _end_orphans() -> None:
    """Ends what the child left behind, and what those leave behind."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(OSError):
        while numbers := children.read_text().split():
            for number in numbers:
                os.kill(int(number), signal.SIGKILL)
                os.waitpid(int(number), 0)
