"""What a submission may use, and what its student is told where that was not enough."""

import errno
import os
from dataclasses import dataclass, replace

from descent.checks.calling import Failure
from descent.grading.sandbox.scratch import TOO_FULL

PATIENCE = (
    6  # seconds on the clock for each second of processor time: a busy machine costs nobody a mark
)
THREADS = 200  # at a time: all processes of the machine share one store of numbers for them
BROKEN = 70  # exit status of a child that can no longer serve

_NO_MEMORY = ("MemoryError", "_ArrayMemoryError")  # Python's, NumPy's
_TORCHS_NO_MEMORY = "DefaultCPUAllocator"
_NO_ROOM = os.strerror(errno.ENOMEM)  # where C asks for it
_FULL = tuple(map(os.strerror, (errno.ENOSPC, errno.EFBIG)))
_REFUSED = f"{os.strerror(errno.EPERM)}: "  # followed by a file's name
_ENDINGS = {  # by signal; Windows has no names for them
    9: "The system ended the process that it ran in, as it does when memory runs out.",
    24: "The system ended the process that it ran in: it used too much processor time.",
    11: "Your code crashed Python itself (signal 11): endless recursion does that, and so do calls into C.",
    6: "Your code crashed Python itself (signal 6): libraries in C do that when they get no more memory.",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    call, submission: seconds of processor time for one call or cell, and in all; of time on the clock
    `PATIENCE` times that. memory: bytes. output: bytes that it sends to the checker.
    """

    call: float = 5.0
    submission: float = 60.0
    memory: int = 2 * 2**30
    output: int = 256 * 2**20

    def explained(self, failure: Failure, level: int) -> Failure:
        """The failure; where an exception means that a limit was reached, in words that say so.

        level: of the sandbox.
        """
        if failure.kind != "exception":
            return failure
        place = f", in line {failure.line_number}: `{failure.line}`" if failure.line else ""
        of_the_system = failure.error == "OSError" and _NO_ROOM in failure.message
        if failure.error in _NO_MEMORY or _TORCHS_NO_MEMORY in failure.message or of_the_system:
            said = (
                f"This needed more memory than the grader gives ({self.memory >> 20:,} MB){place}. A common "
                "cause is a list that grows in a loop without end, or an array with a dimension too many."
            )
        elif failure.error == "OSError" and any(text in failure.message for text in _FULL):
            said = f"{TOO_FULL}{place}: that is all that the grader has room for."
        elif level == 1 and _REFUSED in failure.message:
            said = f"Files cannot be written here{place}: this machine cannot keep them apart from others."
        else:
            return failure
        return replace(failure, kind="limit", error="", message=said)

    @property
    def too_long(self) -> Failure:
        """A call or a cell had its time."""
        return Failure(
            "timeout", message=f"It ran for more than {self.call:g} s: does a loop never end?"
        )

    @property
    def waited(self) -> Failure:
        """A call or a cell did nothing, for long."""
        seconds = f"{PATIENCE * self.call:g} s"
        said = f"It waited for more than {seconds}: nothing that it could wait for will come."
        return Failure("timeout", message=said)

    @property
    def used_up(self) -> Failure:
        """The notebook had its time."""
        seconds = f"{self.submission:g} s"
        said = f"Its share of the time for the whole notebook ({seconds}) was used up."
        return Failure("timeout", message=said)

    @property
    def too_many(self) -> Failure:
        """It has more threads than it may."""
        said = f"It started more than {THREADS} threads: an answer needs none."
        return Failure("crash", message=said)

    @property
    def too_full(self) -> Failure:
        """Its folder holds more than it may."""
        return Failure("crash", message=f"{TOO_FULL}: that is all that the grader has room for.")

    def too_much(self, most: float) -> Failure:
        """It sent more than so many bytes: within one call, or all that it may."""
        size = f"{most / 2**20:,.0f} MB{' in all' if most == self.output else ' within one call'}"
        said = f"What your code returned and asked came to more than {size}: return fewer numbers."
        return Failure("crash", message=said)


def last_words(status: int | None) -> str:
    """How a child ended. status: its exit status, or minus the signal; None where it is not known."""
    if status is None:
        return "Your code ended the process that it ran in."
    if status == BROKEN:
        return (
            "Its results could no longer be read: does your notebook change Python's or NumPy's own functions "
            "(`all`, `np.array`, …)? Give yours another name."
        )
    if status >= 0:
        return f"Your code ended its own process (exit status {status})."
    return _ENDINGS.get(-status, f"Your code crashed Python itself (signal {-status}).")
