from pathlib import Path

import numpy as np
import pytest

from descent.checks.calling import Failure, LocalCandidate
from descent.grading.sandbox import scratch, wire
from descent.grading.sandbox.limits import BROKEN, THREADS, Limits, last_words

LIMITS = Limits()


def explained(error, message="", level=3):
    return LIMITS.explained(Failure("exception", error, message, "x = y", 3), level)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("MemoryError", ""),
        ("_ArrayMemoryError", "Unable to allocate 7.45 GiB for an array"),
        ("RuntimeError", "[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        ("OSError", "[Errno 12] Cannot allocate memory"),
    ],
)
def test_too_much_memory_is_said_with_how_much_there_is_where_and_why(error, message):
    failure = explained(error, message)
    assert failure.kind == "limit"
    assert failure.message.startswith(
        "This needed more memory than the grader gives (2,048 MB), in line 3: `x = y`. A common cause is"
    )


def test_numpys_own_words_are_known():
    outcome = LocalCandidate(lambda: np.zeros(10**17)).call(())
    assert outcome.failure is not None
    assert "2,048 MB" in LIMITS.explained(outcome.failure, 3).message


@pytest.mark.parametrize(
    "message", ["[Errno 28] No space left on device", "[Errno 27] File too large: 'x'"]
)
def test_a_full_folder_is_said(message):
    said = explained("OSError", message).message
    assert said.startswith("It wrote more than 64 MB, or more than 1,000 files, in line 3")


def test_that_files_cannot_be_written_is_said_where_that_is_so():
    message = "[Errno 1] Operation not permitted: 'x.txt'"
    assert explained("PermissionError", message, level=1).message.startswith(
        "Files cannot be written here"
    )
    assert explained("PermissionError", message, level=2).kind == "exception"


@pytest.mark.parametrize("error", ["ValueError", "OSError", "RuntimeError", "RecursionError"])
def test_other_failures_stay_what_they_are(error):
    assert explained(error, "x") == Failure("exception", error, "x", "x = y", 3)
    refused = Failure("refused", message="MemoryError")
    assert LIMITS.explained(refused, 3) is refused


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "ended the process"),
        (0, "exit status 0"),
        (BROKEN, "Give yours another name"),
        (-9, "as it does when memory runs out"),
        (-11, "endless recursion"),
        (-6, "no more memory"),
        (-24, "processor time"),
        (-7, "signal 7"),
        (-300, "signal 300"),
    ],
)
def test_how_a_process_ended_is_said(status, said):
    assert said in last_words(status)


def test_every_sentence_names_its_number():
    limits = Limits(call=2.5, submission=30.0, output=3 * 2**20)
    assert "more than 2.5 s" in limits.too_long.message
    assert "more than 15 s" in limits.waited.message
    assert "(30 s)" in limits.used_up.message
    assert "more than 3 MB in all: return fewer numbers" in limits.too_much(3 * 2**20).message
    assert "more than 32 MB within one call" in limits.too_much(wire.LIMIT).message
    assert "64 MB" in limits.too_full.message


def test_the_book_says_the_same_numbers():
    text = Path(__file__).parents[3].joinpath("chapters/appendix/instructors.md").read_text()
    text = " ".join(text.split())
    assert (
        f"{LIMITS.call:g} s of processor time for each call and {LIMITS.submission:g} s in all"
        in text
    )
    assert f"{LIMITS.memory >> 20:,} MB of memory" in text
    assert f"{scratch.SIZE >> 20} MB in at most {scratch.FILES:,} files" in text
    assert f"{THREADS} threads at a time" in text
