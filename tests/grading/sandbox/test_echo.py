import io

import numpy as np
import pytest

from descent.checks.calling import Seeded
from descent.checks.functions import Formula
from descent.grading.sandbox import echo, messages, wire


def arrived(arguments):
    """The arguments as the other side has them."""
    return wire.receive(
        io.BytesIO(wire.frame(messages.Call(arguments), [])), lambda _: abs
    ).arguments


def read_only(*numbers):
    array = np.array(numbers)
    array.flags.writeable = False
    return array


def test_tells_whether_arguments_were_changed():
    formula = Formula("squares", (np.ones(2), np.ones(2)))
    arguments = (np.ones(2), [1.0, np.zeros(1)], 3, Seeded(1), formula)
    before = echo.of(arguments)
    there = arrived(arguments)
    assert echo.of(there) == before  # made on the other side
    for change in (
        lambda: there[0].fill(2),
        lambda: there[1].append(2),
        lambda: there[1][1].fill(1),
    ):
        change()
        assert echo.of(there) != before
        before = echo.of(there)
    left = echo.left(arguments, before)
    assert left[0].tolist() == [2, 2]
    assert left[1] == [1.0, np.ones(1), 2]
    assert left[2:] == (3, Seeded(1), formula)


def test_nothing_is_said_of_what_cannot_be_changed():
    fixed = arrived(
        (read_only(1.0, 2.0), (read_only(3.0), 1.0), 2, None, ..., "text", Seeded(3), abs)
    )
    assert echo.of(fixed) == b""
    for free in ([1.0], np.ones(2), read_only(1.0), (1.0, [2.0])):
        assert echo.of((*fixed, free)) != b""


def test_what_does_not_fit_counts_as_unchanged():
    sent = (np.ones(2), abs)
    for nothing in (b"", echo.of(([1], 2, 3)), wire.frame(messages.Left(3))):
        assert echo.left(sent, nothing) is sent
    now = echo.left(sent, echo.of((np.zeros(2), None)))
    assert now[0].tolist() == [0, 0]
    assert now[1] is abs


@pytest.mark.parametrize("junk", [b"junk", echo.of(([1],))[:-1], b"\xff" * 100])
def test_junk_is_no_echo(junk):
    with pytest.raises(wire.WireError):
        echo.left((1,), junk)
