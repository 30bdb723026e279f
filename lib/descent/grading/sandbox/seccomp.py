"""Denies the system calls that no answer needs, by a filter in the kernel; it needs no root, and nothing lifts it again.

No network, no new process or program, no signal to another process, no look into one, no change to its limits
or its share of the machine, none to a file's owner, mode, times or attributes, no watch on files and folders;
where nothing else protects the files, no change to any, and no lock. A file can be cut only by who has opened it
to write: Landlock knows no rule for that before its third version.
"""

import ctypes
import os
import struct
import sys
from functools import cache

from descent.grading.sandbox.libc import libc

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _DENY, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # EPERM; ENOSYS: another way is tried
_LOAD, _AND, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32  # places in what the filter sees
_THREAD = 0x00010000  # clone's flag: within the process
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# The kernel's numbers: of x86_64, of aarch64; None where there is no such call.
_CALLS = {
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "connect": (42, 203), "clone": (56, 220), "fork": (57, None), "vfork": (58, None),
    "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130),
    "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "prctl": (157, 167), "prlimit64": (302, 261), "fcntl": (72, 25), "ioctl": (16, 29),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "sched_setaffinity": (203, 122),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semop": (65, 193), "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "fanotify_init": (300, 262), "syslog": (103, 116), "truncate": (76, 45),
    "io_setup": (206, 0),
    "sync": (162, 81), "syncfs": (306, 267), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "pivot_root": (155, 41), "chroot": (161, 51), "mount": (165, 40), "umount2": (166, 39),
    "unshare": (272, 97), "setns": (308, 268), "perf_event_open": (298, 241),
    "memfd_create": (319, 279), "bpf": (321, 280), "userfaultfd": (323, 282),
    "pidfd_send_signal": (424, 424), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "pidfd_open": (434, 434), "clone3": (435, 435), "openat2": (437, 437),
    "pidfd_getfd": (438, 438), "mount_setattr": (442, 442), "memfd_secret": (447, 447),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "open": (2, None), "openat": (257, 56), "creat": (85, None), "flock": (73, 32),
    "ftruncate": (77, 46), "fallocate": (285, 47), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "link": (86, None), "linkat": (265, 37), "unlink": (87, None), "unlinkat": (263, 35),
    "symlink": (88, None), "symlinkat": (266, 36), "mknod": (133, None), "mknodat": (259, 33),
}  # fmt: skip
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_TO_ITSELF = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_OPENS = {"open": _SECOND, "openat": _THIRD}  # where their flags stand
_BUT = {  # what is denied of calls that are needed: where it stands, and its numbers
    # To outlive its parent, to hide what time it uses, to share a core with nobody: PR_SET_PDEATHSIG,
    # PR_SET_DUMPABLE, PR_SCHED_CORE.
    "prctl": (_FIRST, (1, 4, 62)),
    # Signals to others, when a file is ready: F_SETOWN, F_SETSIG, F_SETOWN_EX; who opens it must wait, is
    # seen: F_SETLEASE, F_NOTIFY; room that all of a user's processes share: F_SETPIPE_SZ.
    "fcntl": (_SECOND, (8, 10, 15, 1024, 1026, 1031)),
}
_LOCKS = (6, 7, 37, 38)  # of fcntl: F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW
# All that is allowed of ioctl: whether it is a terminal, and of what size; how much can be read; FIONBIO and
# the like. Others would change a file's attributes, send signals, or put keys into a terminal.
_ASKED_OF_FILES = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_UNIX, _NOT_A_STREAM = (
    1,
    0b1110,
)  # a family of sockets; bits of a kind of them that is not connected for good
_FIRST_THAT_WRITES = "open"  # from here on the calls write files, or make, move and remove them


def prepare() -> None:
    """Makes the filter of those who will be the first in namespaces of their own, before they are forked."""
    if machine := _machine():
        _program(*machine, True, 1)


def deny(*, writing: bool) -> bool:
    """Puts the filter on this process, for good; False where that cannot be done. writing: whether files may be written."""
    machine = _machine()
    if machine is None:
        return False
    program = _program(*machine, writing, os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    form = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, form, 0, 0) == 0


def _machine() -> tuple[int, int] | None:
    """Its column in the table, and its number; None where there is no filter."""
    return _MACHINES.get(os.uname().machine) if sys.platform == "linux" else None


@cache
def _program(column: int, architecture: int, writing: bool, pid: int) -> bytes:
    """The filter, for the kernel's packet filter machine."""
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, _NUMBER),
    ]
    names = list(_CALLS)
    if writing:
        names = names[: names.index(_FIRST_THAT_WRITES)] + list(_OPENS)
    for name in names:
        number = _CALLS[name][column]
        if number is not None:
            steps += _step(name, number, pid, writing)
    if column == 0:  # x32, the same calls under other numbers
        steps += [(_ANY_BIT, 0, 1, 0x40000000), (_RETURN, 0, 0, _DENY)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _step(name: str, number: int, pid: int, writing: bool) -> list[tuple[int, int, int, int]]:
    """What happens to one call; others pass on to the next step with their number still loaded."""
    if name in _TO_ITSELF:
        return _where(number, _FIRST, [(_EQUAL, pid)], _ALLOW, _DENY)
    if name == "prlimit64":  # 0 is itself
        return _where(number, _FIRST, [(_EQUAL, 0)], _ALLOW, _DENY)
    if name == "clone":
        return _where(number, _FIRST, [(_ANY_BIT, _THREAD)], _ALLOW, _DENY)
    if name == "socketpair":
        return [
            (_EQUAL, 0, 6, number),
            (_LOAD, 0, 0, _FIRST),
            (_EQUAL, 0, 3, _UNIX),
            (_LOAD, 0, 0, _SECOND),
            (_ANY_BIT, 1, 0, _NOT_A_STREAM),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _DENY),
        ]
    if name == "ioctl":
        return _where(number, _SECOND, [(_EQUAL, one) for one in _ASKED_OF_FILES], _ALLOW, _DENY)
    if (
        name in _OPENS and writing
    ):  # O_TRUNC with O_RDONLY, and with the mode that neither reads nor writes
        return [
            (_EQUAL, 0, 6, number),
            (_LOAD, 0, 0, _OPENS[name]),
            (_AND, 0, 0, os.O_TRUNC | os.O_ACCMODE),
            (_EQUAL, 2, 0, os.O_TRUNC),
            (_EQUAL, 1, 0, os.O_TRUNC | os.O_ACCMODE),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _DENY),
        ]
    if name in _OPENS:
        return _where(number, _OPENS[name], [(_ANY_BIT, _WRITES)], _DENY, _ALLOW)
    if name in _BUT:
        argument, values = _BUT[name]
        values += _LOCKS * (name == "fcntl" and not writing)
        return _where(number, argument, [(_EQUAL, value) for value in values], _DENY, _ALLOW)
    answer = _UNKNOWN if name in ("clone3", "openat2") else _DENY  # their flags cannot be seen
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]


def _where(
    number: int, argument: int, tests: list[tuple[int, int]], then: int, otherwise: int
) -> list[tuple[int, int, int, int]]:
    """A step that looks at an argument: `then` where one of the tests holds."""
    return [
        (_EQUAL, 0, len(tests) + 3, number),
        (_LOAD, 0, 0, argument),
        *((test, len(tests) - n, 0, value) for n, (test, value) in enumerate(tests)),
        (_RETURN, 0, 0, otherwise),
        (_RETURN, 0, 0, then),
    ]
