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
