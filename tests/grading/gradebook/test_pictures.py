"""The pictures that formgrader shows of a student's own run."""

import base64
import struct
import zlib

import pytest

from descent.grading.gradebook.pictures import LARGEST, MOST, PIXELS, ROOM, Pictures


def png(width=2, height=2, extra=0):
    """A PNG file of this size, `extra` bytes longer than it need be."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))  # fmt: skip

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0" * (min(height, 10) * (min(width, 10) + 1))))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"tEXt", b"x" * extra) + data + chunk(b"IEND", b"")


def cell(*pictures, **data):
    said = [base64.b64encode(p).decode() if isinstance(p, bytes) else p for p in pictures]
    outputs = [{"output_type": "display_data", "data": {"image/png": text, **data}} for text in said]  # fmt: skip
    return {"cell_type": "code", "source": "", "outputs": outputs}


def taken(*cells):
    pictures = Pictures()
    outputs = [output for one in cells for output in pictures.of(one)]
    return [base64.b64decode(o["data"]["image/png"]) for o in outputs if "data" in o]


def test_a_picture_is_shown_alone_and_called_the_students():
    said, picture = Pictures().of(
        cell(png(), **{"text/html": "<script>", "image/svg+xml": "<svg>"})
    )
    assert said["text"] == "As handed in, not run again:"
    assert picture == {
        "output_type": "display_data",
        "data": {"image/png": base64.b64encode(png()).decode()},
        "metadata": {},
    }


def test_jupyters_line_breaks_do_no_harm():
    text = base64.encodebytes(png()).decode()
    assert taken(cell(text, text.splitlines(keepends=True))) == [png(), png()]


@pytest.mark.parametrize(
    "said",
    [
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"<svg onload=alert(1)>",
        png(0, 5),
        png(PIXELS, 2),
        png(extra=LARGEST),
        '" onerror="alert(1)',
        "é",
        None,
        7,
        [3, None],
    ],
)
def test_what_is_no_picture_of_a_bearable_size_is_not_shown(said):
    assert taken(cell(said)) == []


@pytest.mark.parametrize(
    "odd", [{"outputs": None}, {"outputs": [None, 3, {"data": 4}]}, {"outputs": "x"}, {}]
)
def test_odd_outputs_do_no_harm(odd):
    assert taken(odd) == []


def test_there_is_room_for_so_much_and_no_more():
    assert len(taken(*[cell(png())] * 50)) == MOST
    large = png(extra=LARGEST - 200)
    assert len(taken(*[cell(large)] * 5)) == ROOM // len(large)
