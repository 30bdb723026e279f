import io

import pytest

from descent.grading.sandbox import outbox
from descent.grading.sandbox.outbox import Outbox

ANSWER = b"answer " * 10


class Line(io.BytesIO):
    """Where bytes arrive when they are flushed."""

    arrived = b""

    def flush(self):
        self.arrived = self.getvalue()


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(outbox, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def line():
    return Line()


def test_answers_wait_and_go_out_together(clock, line):
    shared = outbox.memory()
    box = Outbox(line, shared)
    for _ in range(3):
        box.answer(ANSWER)
    assert line.arrived == b""
    assert outbox.left(shared) == 3 * ANSWER  # for the guard, if the process ends here
    box.release()
    assert line.arrived == 3 * ANSWER
    assert outbox.left(shared) == b""


def test_an_answer_that_took_long_goes_out_at_once_and_with_it_all_before(clock, line):
    box = Outbox(line, outbox.memory())
    box.answer(b"first ")
    clock[0] += 1.0
    box.answer(b"second")
    assert line.arrived == b"first second"


def test_whatever_else_is_sent_comes_behind_what_waits(clock, line):
    box = Outbox(line, outbox.memory())
    box.answer(b"answer, ")
    box.write(b"question")
    box.flush()
    assert line.arrived == b"answer, question"


def test_nothing_waits_without_memory_or_room(clock, line):
    Outbox(line).answer(ANSWER)
    assert line.arrived == ANSWER
    shared = outbox.memory()
    box = Outbox(line, shared)
    box.answer(b"small")
    box.answer(b"x" * len(shared))
    assert line.arrived == ANSWER + b"small" + b"x" * len(shared)
    while line.arrived[-1:] == b"x":
        box.answer(ANSWER)
    assert line.arrived.endswith(ANSWER)
    assert len(outbox.left(shared)) <= len(shared)


def test_no_count_in_the_memory_makes_it_larger():
    shared = outbox.memory()
    shared[:4] = b"\xff" * 4
    assert len(outbox.left(shared)) == len(shared) - 4
