"""Takes a process's rights away, as far as the machine allows, without root.

A ladder; each level holds those below it:
3  namespaces of its own (user, mount, network, IPC, processes): no other process in sight, no file but Python's own
2  Landlock: no file can be read but Python's own, none written but in a folder of its own, nothing executed
1  limits on memory, processor time, file size, open files; no new privileges; a filter of system calls:
   no network, no new process, no signal to another; where there is no Landlock, no file can be written
0  nothing but the clock
"""

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from descent.grading.sandbox import scratch, seccomp, view
from descent.grading.sandbox.libc import libc

NAMES = {
    3: "own namespaces, no files, no network",
    2: "no files, no network",
    1: "limits of memory and time",
    0: "a time limit only",
}
MOST_VARIABLE = "DESCENT_SANDBOX_AT_MOST"  # a level; for tests, which must see the lower ones too

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x00020000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_WRITE, _READ, _LIST = 1 << 1, 1 << 2, 1 << 3
_OWN = sum(
    1 << bit for bit in (1, 2, 3, 4, 5, 7, 8, 13, 14)
)  # all but links, sockets, devices, programs
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_CAPSET = {"x86_64": 126, "aarch64": 91}
_RANDOM, _NULL = Path("/dev/urandom"), Path(os.devnull)


def _most() -> int:
    return int(os.environ.get(MOST_VARIABLE, max(NAMES)))


def landlock_version() -> int:
    """The kernel's Landlock ABI, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, libc().syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1)))


def _pieces(path: Path, hidden: Collection[Path]) -> Iterator[Path]:
    """`path` without `hidden`: itself, or the pieces around what is hidden."""
    if path in hidden or not path.exists():
        return
    if any(folder.is_relative_to(path) for folder in hidden):
        for child in path.iterdir():
            yield from _pieces(child, hidden)
    else:
        yield path


def _libraries() -> set[Path]:
    """Folders of Python's own files, and of the shared libraries that they may load, as they are named."""
    import numpy as np

    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths |= {str(Path(np.__file__).parents[1]), "/lib", "/lib64", "/usr/lib", "/usr/lib64"}
    return {Path(path) for path in paths}


def _readable(hidden: Iterable[Path]) -> set[Path]:
    """Python's own files, and the shared libraries that they may load, but not what is hidden."""
    folders = {folder.resolve() for folder in hidden}
    pieces = {p for path in _libraries() for p in _pieces(path.resolve(), folders)}
    return pieces | {_RANDOM}


@dataclass(frozen=True)
class FileRules:
    """What Landlock is to deny (form, rights), nothing where there is none; and what is allowed: each path's rights.

    hidden: folders within these that cannot be read all the same.
    """

    form: bytes
    rights: int
    allowed: dict[Path, int]
    hidden: tuple[Path, ...] = ()

    def obey(self, folder: Path) -> bool:
        """Binds this process to them for good, with all rights to files in `folder`; False where that cannot be done."""
        if not self.form:
            return False
        kernel = libc()
        ruleset = kernel.syscall(
            _LANDLOCK_CREATE, self.form, ctypes.c_size_t(len(self.form)), ctypes.c_uint32(0)
        )
        if ruleset < 0:
            return False
        for path, access in (self.allowed | {folder: _OWN & self.rights}).items():
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = struct.pack("=Qi", access, place)
            kernel.syscall(_LANDLOCK_ADD, ruleset, 1, rule, ctypes.c_uint32(0))
            os.close(place)
        bound = kernel.syscall(_LANDLOCK_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0
        os.close(ruleset)
        return bound


def file_rules(hidden: Iterable[Path], separated: bool = False) -> FileRules:
    """Rules under which Python's files can be read, but none in the folders `hidden`, whose names can be listed.

    Made once, by the parent of those who will obey them. separated: whether that parent is, by `separate`: then
    these are out of view, and a few rules are enough; each costs every child some microseconds.
    """
    hidden = tuple(hidden)
    readable = _readable(() if separated else hidden)
    allowed = {path.resolve(): _LIST for path in _libraries() if path.is_dir()}  # as imports do
    allowed |= {path: _READ | (_LIST if path.is_dir() else 0) for path in readable}
    allowed[_NULL] = _READ | _WRITE
    version = landlock_version()
    if version == 0 or _most() < 2:
        return FileRules(b"", 0, allowed, hidden)
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    network = 0b11 if version >= 4 else 0
    scopes = 0b11 if version >= 6 else 0  # abstract sockets and signals
    return FileRules(struct.pack("QQQ", rights, network, scopes), rights, allowed, hidden)


def separate(hidden: Iterable[Path], root: Path) -> bool:
    """Puts this process into namespaces of its own, where only Python's files are in view, but no folder of `hidden`.

    False where that is not allowed, or where those that it forks could not be put into further ones at `root`.
    """
    return (
        _enter_namespaces()
        and _allows_children(root)
        and view.narrow({*_libraries(), _RANDOM, _NULL}, hidden, root)
    )


def _enter_namespaces() -> bool:
    """User, mount and network namespaces."""
    if sys.platform != "linux" or _most() < 3:
        return False
    user, group = os.geteuid(), os.getegid()
    if libc().unshare(_NEWUSER | _NEWNS | _NEWNET) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError:
        return False
    return True


def _allows_children(root: Path) -> bool:
    """Whether a forked process may go where children are to go: tried by one."""
    child = os.fork()
    if child == 0:
        os._exit(not separate_children(root))
    return os.waitpid(child, 0)[1] == 0


def separate_children(root: Path) -> bool:
    """Puts the children that this process will fork into process and IPC namespaces of their own.

    At `root` they find a file system of their own, in memory, which ends with them.
    """
    kernel, flags = libc(), _NOSUID | _NODEV | _NOEXEC
    size = f"size={scratch.SIZE},nr_inodes={scratch.FILES},mode=700".encode()
    if kernel.unshare(_NEWPID | _NEWIPC | _NEWNS) != 0:
        return False
    return kernel.mount(b"tmpfs", os.fsencode(root), b"tmpfs", flags, size) == 0


def adopt_orphans() -> None:
    """Makes this process the parent of whatever its children leave behind."""
    if sys.platform == "linux":
        libc().prctl(_PR_SET_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(sign: int) -> None:
    """Asks the kernel for this signal when the parent dies."""
    if sys.platform == "linux":
        libc().prctl(_PR_SET_PDEATHSIG, sign, 0, 0, 0)


def keep_out() -> None:
    """Lets no other process of this user look into this one's memory, environment and open files.

    Where nothing hides /proc, on level 1, a child could take what workers say to each other through a pipe.
    """
    if sys.platform == "linux":
        libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def lock_down(memory: int, seconds: int, rules: FileRules, separated: bool, folder: Path) -> int:
    """Takes this process's rights away for good, and returns the level reached.

    memory: bytes of address space. seconds: of processor time. rules: from `file_rules`.
    separated: whether it is in namespaces of its own. folder: the only one where it may write.
    """
    try:
        import resource
    except ImportError:  # Windows
        return 0
    if _most() < 1:
        return 0
    limits = {"AS": memory, "CPU": seconds, "FSIZE": scratch.SIZE, "NOFILE": 64, "CORE": 0}
    limits["SIGPENDING"] = (
        128  # timers among them, of which all of a user's processes share one store
    )
    limited = all(_limit(resource, name, limit) for name, limit in limits.items())
    if sys.platform != "linux":
        _limit(resource, "NPROC", 0)
        _limit(resource, "FSIZE", 0)
        return 1
    kernel = libc()
    if not limited or kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return 0
    nothing = struct.pack("6I", *[0] * 6)
    number = _CAPSET.get(os.uname().machine)
    if number is None or kernel.syscall(number, struct.pack("Ii", 0x20080522, 0), nothing) != 0:
        separated = False
    hidden = rules.obey(folder)
    if not hidden:
        _limit(resource, "FSIZE", 0)
    filtered = seccomp.deny(writing=hidden)
    if not filtered:
        _limit(resource, "NPROC", 0)  # which denies threads too, and does not bind root
    if not (hidden and (separated or filtered)):
        return 1
    return 3 if separated else 2


def _limit(resource: ModuleType, name: str, limit: int) -> bool:
    """Sets a limit for good; False where the system has it and refuses."""
    kind = getattr(resource, f"RLIMIT_{name}", None)
    if kind is None:
        return True
    _, hard = resource.getrlimit(kind)
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    try:
        resource.setrlimit(kind, (most, most))
    except (ValueError, OSError):
        return False
    return True
