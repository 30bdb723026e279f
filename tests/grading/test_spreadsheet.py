import csv

import pytest

from descent.grading import spreadsheet


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "=HYPERLINK(1);x"],
)
def test_no_text_becomes_a_formula(text, tmp_path):
    path = spreadsheet.write(tmp_path / "t.csv", [[text, f"a;{text}"]])
    ((first, second),) = csv.reader(path.open(encoding="utf-8", newline=""))
    assert first == f"'{text}"
    assert second == f"a;{text}"
    assert f'"a;{text}"' in path.read_bytes().decode()  # in quotes, so that no ";" ends the cell


@pytest.mark.parametrize("cell", ["-1", "-2.5", "-1e-3", 3, -2.5, "", "Lovelace, Ada", "O'Hara"])
def test_numbers_and_words_stay(cell):
    assert spreadsheet.harmless(cell) == cell


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("between", ",;\t")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tables_are_read_as_others_write_them(tmp_path, encoding, between, end):
    path = tmp_path / "t.csv"
    lines = [f"ä{between}b", "", f'"1{between}1"{between}2', between]
    path.write_bytes(end.join(lines).encode(encoding))
    assert list(spreadsheet.read(path)) == [(1, ["ä", "b"]), (3, [f"1{between}1", "2"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'a\n"b', "line 2: unexpected end"),
        (b"PK\x03\x04", "save it as CSV"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_table_is_said(tmp_path, content, said):
    path = tmp_path / "t.csv"
    if content:
        path.write_bytes(content)
    with pytest.raises(spreadsheet.TableError, match=said):
        list(spreadsheet.read(path))
