import contextlib
import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from descent.checks.calling import LARGEST, Failure, NotDataError, Seeded
from descent.checks.functions import Formula
from descent.checks.networks import Network, Optimiser
from descent.grading.sandbox import messages, wire

NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False)
ARRAYS = hnp.arrays(
    st.sampled_from([np.dtype(name) for name in wire.DTYPES]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    elements={"allow_nan": False},
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | ARRAYS | st.just(...),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple),
    max_leaves=10,
)


def round_trip(message, functions=None, function=None):
    return wire.receive(io.BytesIO(wire.frame(message, functions)), function)


def equal(a, b):
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and a == b


@given(VALUES)
def test_a_value_comes_out_as_it_went_in(value):
    assert equal(round_trip(messages.Answer(value)).value, value)


@pytest.mark.parametrize("value", [np.float64(0.1), np.int64(3), np.bool_(True), np.float32(2)])
def test_numpy_scalars_keep_their_type(value):
    assert equal(round_trip(messages.Answer(value)).value, value)


def test_nan_and_infinity_survive():
    value = round_trip(messages.Answer([np.nan, np.inf, np.array([np.nan])])).value
    assert np.isnan(value[0])
    assert value[1] == np.inf
    assert np.isnan(value[2][0])


@pytest.mark.parametrize("writable", [True, False])
def test_arrays_arrive_as_writable_as_they_were(writable):
    array = np.arange(3.0)
    array.flags.writeable = writable
    assert round_trip(messages.Answer(array)).value.flags.writeable == writable


def test_arrays_of_other_forms_are_converted():
    big_endian = np.arange(3, dtype=">i4")
    assert equal(round_trip(messages.Answer(big_endian)).value, np.arange(3, dtype="<i4"))
    assert equal(round_trip(messages.Answer(np.longdouble(2.5))).value, np.float64(2.5))


def test_generators_travel_as_seeds():
    assert round_trip(messages.Call((Seeded(3),)), []).arguments == (Seeded(3),)


def test_records_travel_as_their_fields():
    network = Network((np.ones((2, 3)), np.zeros(2)), (np.zeros(2),), (None, np.ones(1)), True)
    formula = Formula("waves", (np.ones(2), np.zeros(2), np.ones(2)))
    sent = round_trip(messages.Call((network, Optimiser("SGD", 0.1), formula)), []).arguments
    assert equal(list(vars(sent[0]).values()), list(vars(network).values()))
    assert sent[1] == Optimiser("SGD", 0.1)
    assert sent[2](np.ones(2)) == formula(np.ones(2))


def test_a_header_that_comes_again_brings_its_own_numbers():
    first, second = (round_trip(messages.Answer(np.full(2, x))).value for x in (1.0, 2.0))
    first += 1
    assert equal(second, np.full(2, 2.0))


@pytest.mark.parametrize("value", [object(), {"a": 1}, 10**400, {1, 2}, abs, np.array(["a"])])
def test_what_is_no_data_is_not_sent(value):
    stream = io.BytesIO()
    with pytest.raises(NotDataError):
        wire.send(stream, messages.Answer(value))
    assert stream.getvalue() == b""


def test_a_huge_array_is_not_sent():
    with pytest.raises(NotDataError, match="more than 8 MiB"):
        wire.send(io.BytesIO(), messages.Returned(np.zeros(wire.BODY_LIMIT // 8 + 1), b""))
    wide = np.broadcast_to(0.0, (10**6, 10**6))  # of which no copy is made first
    with pytest.raises(NotDataError, match="fewer numbers"):
        wire.send(io.BytesIO(), messages.Returned(wide, b""))
    with pytest.raises(NotDataError, match="fewer numbers"):
        wire.send(io.BytesIO(), messages.Returned(0.0, bytes(wire.BODY_LIMIT + 1)))


@pytest.mark.parametrize("kind", [messages.Answer, lambda value: messages.Ask(0, value)])
def test_questions_and_answers_are_small(kind):
    fits = np.zeros(wire.QUESTION_LIMIT // 8)
    assert round_trip(kind(fits))
    for much in (np.append(fits, 0.0), [fits, fits], ["x" * 9_999] * 200):
        with pytest.raises(NotDataError, match="more than 1 MiB"):
            wire.send(io.BytesIO(), kind(much))


def test_a_large_question_is_refused_also_where_a_child_has_its_own_way_to_send():
    size = wire.QUESTION_LIMIT // 8 + 1
    forged = frame(["Ask", [0, {"array": 0}], [["<f8", [size], True]]], bytes(8 * size))
    with pytest.raises(wire.WireError, match="question"):
        wire.receive(io.BytesIO(forged))


def test_functions_travel_as_numbers():
    functions = []
    message = round_trip(messages.Call((abs, 1.0, max)), functions, lambda n: f"function {n}")
    assert message.arguments == ("function 0", 1.0, "function 1")
    assert functions == [abs, max]


def test_an_array_that_may_not_be_written_lies_in_the_messages_own_bytes():
    fixed, free = np.arange(3.0), np.arange(3.0)
    fixed.flags.writeable = False
    for name in ("", "x", "xy" * 9):  # headers of any length
        _, mine, own = round_trip(messages.Call((name, fixed, free)), []).arguments
        assert type(mine.base) is bytes
        assert mine.flags.aligned
        with pytest.raises(ValueError, match="WRITEABLE"):
            mine.flags.writeable = True
        own[0] = 7.0  # a copy
    odd = np.array([True])
    odd.flags.writeable = False
    _, mine = round_trip(messages.Call((odd, fixed)), []).arguments
    assert mine.flags.aligned
    assert not mine.flags.writeable


def test_a_childs_failure_is_cut_and_never_of_the_checkers_kinds():
    failure = Failure("exception", "E", "m" * 10_000, "line", 3)
    assert round_trip(messages.Ran(failure)).failure.message == "m" * wire.TEXT_LIMIT
    with pytest.raises(wire.WireError):
        round_trip(messages.Ran(Failure("timeout", "E", "m")))


def frame(header, body=b"", tail=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">III", len(text), len(body), len(tail)) + text + body + tail


@pytest.mark.parametrize(
    "content",
    [
        frame(b"not JSON"),
        frame(b"\xff\xfe"),
        frame(["Unknown", {}, []]),
        frame(["Returned", [1], []]),
        frame(["Ready", ["3"], []]),
        frame(["Ready", [True], []]),
        frame(["Listed", [{"list": [1]}], []]),
        frame(["Answer", [{"function": 0}], []]),
        frame(["Answer", [{"array": 0}], []]),
        frame(["Answer", [{"array": -1}], [["<f8", [], True]]], b"12345678"),
        frame(["Answer", [{"pickle": "cos"}], []]),
        frame(["Answer", [{"list": [{"array": 0}] * 2}], [["<f8", [1], True]]], b"12345678"),
        frame(
            ["Answer", [{"list": [{"array": 0}, {"scalar": 0}]}], [["<f8", [1], True]]], b"12345678"
        ),
        frame(["Answer", [{"list": 1, "tuple": 2}], []]),
        frame(["Answer", [1], [["|O", [1], True]]], b"12345678"),
        frame(["Answer", [1], [["<f8", [2], True]]], b"12345678"),
        frame(["Answer", [1], [["<f8", [-1], True]]], b"12345678"),
        frame(["Answer", [1], [["<f8", [0.5], True]]], b"1234"),
        frame(["Answer", [{"array": 0}], [["<f8", [2**40, 0], True]]]),  # rows without numbers
        frame(["Answer", [{"array": 0}], [["|i1", [LARGEST + 1], True]]], bytes(LARGEST + 1)),
        frame(["Answer", [1], []], b"12345678"),
        frame(["Answer", {"value": 1}, []]),
        frame(["Answer", [{"Seeded": [-1, 2]}], []]),
        frame(["Answer", [{"Seeded": ["x"]}], []]),
        frame(["Answer", [{"Optimiser": ["SGD", {"list": []}]}], []]),
        frame(["Answer", [{"Network": [{"tuple": [1]}, {"tuple": []}, {"tuple": []}, True]}], []]),
        frame(b'["Answer", [{"list": ' + b"[" * 100_000),
        frame(["Answer", [1], []], tail=b"more"),
        struct.pack(">III", wire.HEADER_LIMIT + 1, 0, 0),
        struct.pack(">III", 0, wire.BODY_LIMIT + 1, 0),
        struct.pack(">III", 0, wire.BODY_LIMIT, 1),
    ],
)
def test_what_is_no_message_is_refused(content):
    with pytest.raises(wire.WireError):
        wire.receive(io.BytesIO(content))


@pytest.mark.parametrize("length", [0, 3, 8, 20])
def test_a_stream_that_ends_says_so(length):
    with pytest.raises(EOFError):
        wire.receive(io.BytesIO(frame(["Ready", [3], []])[:length]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "list",
                    "tuple",
                    "array",
                    "scalar",
                    "function",
                    "ellipsis",
                    "Seeded",
                    "Network",
                    "x",
                ]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=8,
)
FIELDS = {"Answer": 1, "Returned": 2, "Failed": 2, "Ran": 1, "Ask": 2, "Listed": 1, "Ended": 1}
FIELDS |= {"Calls": 2, "Call": 1, "Left": 1}


@settings(max_examples=300)
@given(st.data())
def test_no_frame_makes_the_checker_raise_anything_else(data):
    name = data.draw(st.sampled_from([*FIELDS, "x"]))
    content = data.draw(JSON | st.tuples(*[JSON] * FIELDS.get(name, 0)))
    forms = data.draw(
        JSON | st.lists(st.tuples(st.sampled_from(wire.DTYPES), JSON, JSON), max_size=2)
    )
    body, tail = data.draw(st.binary(max_size=20)), data.draw(st.binary(max_size=5))
    with contextlib.suppress(wire.WireError):
        wire.receive(io.BytesIO(frame([name, content, forms], body, tail)), [abs].__getitem__)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_checker_raise_anything_else(content):
    with contextlib.suppress(wire.WireError, EOFError):
        wire.receive(io.BytesIO(content))
