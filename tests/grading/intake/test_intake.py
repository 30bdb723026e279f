import io
import json
import os
import socket
import tracemalloc
import zipfile

import pytest

from descent.grading import intake
from descent.grading.intake import UnreadableError, cells, finding, reading, zips

TESTS = {"f_check": "f"}


def cell(source, grade_id=None, **more):
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, **more}


def taken_in(*items, **metadata):
    return intake.submission({"cells": list(items), "metadata": metadata}, TESTS, [], "now")


# Cells


def test_given_answer_and_added_cells_run_and_tests_do_not():
    taken = taken_in(
        cell("import numpy"),
        {"cell_type": "markdown", "source": "text", "metadata": {}},
        cell("def f(): pass", "f"),
        cell("raise SystemExit", "f_check"),
        cell("x = 1"),
    )
    assert [c.source for c in taken.cells] == ["import numpy", "def f(): pass", "x = 1"]
    assert taken.remarks == []


def test_a_copied_cell_is_said_and_a_copied_test_not_run():
    taken = taken_in(cell("def f(): 1", "f"), cell("t", "f_check"), cell("t", "f_check"))
    assert [c.source for c in taken.cells] == ["def f(): 1"]
    assert taken.remarks == ["Cell 3 is a copy of the cell 'f_check'."]


def test_an_answer_is_found_by_id_then_by_name():
    by_id = taken_in(cell("def g(): 1", "f"), cell("def f(): 2"))
    assert by_id.defines("f").source == "def g(): 1"
    by_name = taken_in(cell("def f(): 1"), cell("f = 2"), cell("x = f"))
    assert by_name.defines("f").source == "f = 2"
    broken = taken_in(cell("def f(:\n  1"))
    assert broken.defines("f").source == "def f(:\n  1"
    assert taken_in(cell("x = 1")).defines("f") is None


def test_an_answer_in_a_text_cell_is_read_and_said():
    text = cell("def f(): 1", "f") | {"cell_type": "markdown"}
    taken = taken_in(text)
    assert taken.defines("f").source == "def f(): 1"
    assert "text cell" in taken.remarks[0]


def test_an_answer_in_a_test_cell_is_said_and_not_run():
    taken = taken_in(cell("def f(): 1", "f_check"))
    assert taken.cells == []
    assert "test cell" in taken.remarks[0]


@pytest.mark.parametrize(
    "item",
    [
        None,
        3,
        {},
        {"cell_type": "code"},
        {"cell_type": ["code"], "metadata": {"nbgrader": {"grade_id": "f"}}},
        cell(3),
        cell([1, "x"]),
        cell("x", 5),
        cell("x", ["f"]),
        cell("x") | {"metadata": 1},
        cell("x") | {"metadata": {"nbgrader": []}},
        cell("'\ud800'"),
        cell("\0"),
        cell("(" * 100_000),
        cell("-" * 100_000 + "1"),
    ],
)
def test_odd_cells_stop_nothing(item):
    taken = taken_in(item)
    assert isinstance(taken.cells, list)
    json.dumps(taken.remarks).encode()


def test_a_source_in_lines_is_joined():
    assert taken_in(cell(["a = 1\n", "b = 2"])).cells[0].source == "a = 1\nb = 2"


def test_what_is_too_much_is_left_out_and_said(monkeypatch):
    taken = taken_in(cell("#" * (cells.LENGTH_LIMIT + 1)), cell("x = 1"))
    assert [c.name for c in taken.cells] == ["cell 2"]
    assert "too long" in taken.remarks[0]
    monkeypatch.setattr(cells, "TEXT_LIMIT", 10)
    assert len(taken_in(cell("x = 1"), cell("y = 2"), cell("z = 3")).cells) == 2
    monkeypatch.setattr(cells, "CELLS_LIMIT", 1)
    taken = taken_in(cell("x = 1"), cell("y = 2"))
    assert len(taken.cells) == 1
    assert "more than 1 cells" in taken.remarks[0]


def test_remarks_are_few_and_can_be_printed():
    taken = taken_in(*(cell(f"!echo \x1b[31m\u202e{n}") for n in range(1000)))
    assert len(taken.remarks) == cells.REMARKS_LIMIT + 1
    assert taken.remarks[-1].endswith("960 more of the kind.")
    assert all(remark.isprintable() for remark in taken.remarks)


@pytest.mark.parametrize(
    ("exercise", "said"), [("comparison_repaired", False), ("adam_step", True)]
)
def test_torchs_optimisers_are_remarked_on_only_where_the_answer_is_to_be_one(exercise, said):
    answer = cell("optimizer = torch.optim.SGD(model.parameters(), lr=1)", exercise)
    tests = {f"{exercise}_check": exercise}
    submission = intake.submission({"cells": [answer]}, tests, [])
    assert any("torch.optim" in remark for remark in submission.remarks) == said
    assert bool(submission.events) == said


def test_another_version_is_said():
    assert taken_in(cell("x"), **{cells.VERSION: "now"}).remarks == []
    assert taken_in(cell("x")).remarks == []
    assert "another version" in taken_in(cell("x"), **{cells.VERSION: "old"}).remarks[0]
    assert intake.version({"cells": [], "metadata": {cells.VERSION: 3}}) == ""
    assert intake.version({"cells": [], "metadata": []}) == ""


# Magics


def test_magics_become_comments_and_are_said():
    source = "%matplotlib inline\nif True:\n    !pip install x\nx = 5 % 3\nx?\ny = 1"
    text, taken_out = intake.cells.neutralised(source)
    assert [n for n, _ in taken_out] == [1, 3, 5]
    namespace = {}
    exec(text, namespace)
    assert (namespace["x"], namespace["y"]) == (2, 1)
    assert taken_in(cell(source)).remarks[0] == "Cell 1, line 1: `%matplotlib inline` is not run."


def test_a_shell_line_goes_on_after_a_backslash():
    text, taken_out = cells.neutralised("!pip install \\\n  x \\\n  y\nz = 1")
    exec(text, namespace := {})
    assert namespace["z"] == 1
    assert len(taken_out) == 1


def test_what_a_measured_line_does_is_done():
    text, taken_out = cells.neutralised("%time x = 2\nfiles = !ls\n%timeit x")
    exec(text, namespace := {})
    assert namespace["x"] == 2
    assert [n for n, _ in taken_out] == [2, 3]


@pytest.mark.parametrize("before", ["", "\n", " \n\n"])
def test_a_cell_for_another_language_is_no_python(before):
    text, taken_out = cells.neutralised(f"{before}%%bash\nrm -rf x\nx = 1")
    exec(text, namespace := {})
    assert "x" not in namespace
    assert taken_out == [(before.count("\n") + 1, "%%bash")]
    assert cells.neutralised("\u2003") == ("\u2003", [])
    text, _ = cells.neutralised("%%time\nx = 1")
    exec(text, namespace)
    assert namespace["x"] == 1


def test_what_is_python_stays_as_it_is():
    source = 's = """\n%not a magic\n!nor this\n"""'
    assert cells.neutralised(source) == (source, [])


def test_the_digest_depends_on_what_runs():
    same = (
        taken_in(cell("def f(): 1", "f")),
        taken_in(cell("def f(): 1", "f"), cell("other", "f_check")),
    )
    assert same[0].digest == same[1].digest
    assert same[0].digest != taken_in(cell("def f(): 2", "f")).digest


# Reading


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\0" * 100, "empty"),
        (b'{"cells": [', "breaks off in line 1"),
        (b'{"cells": [9' + b"9" * 9000 + b"]}", "breaks off"),
        (b"\xff\xfe\x00", "no notebook"),
        (b"[1]", "no list of cells"),
        (b'"x"', "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b"[" * 100_000, "nested without end"),
        (b'{"cells":' * 100_000, "nested without end"),
        (b"\n<!DOCTYPE html><p>Log in", "web page"),
        (b"%PDF-1.7 ...", "only called so"),
        (b'{"cells": [{},\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n]}', "git conflict"),
        (b"import numpy as np\n", "breaks off in line 1"),
    ],
)
def test_what_is_no_notebook_is_said(tmp_path, content, said):
    path = tmp_path / "n.ipynb"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=said):
        intake.read(path)


WHOLE = b'{"metadata": {},\n "cells": [{"source": "a"},\n {"source": "b"}],\n "nbformat": 4}'


@pytest.mark.parametrize("kept", range(len(WHOLE) - 1))
def test_of_a_file_that_breaks_off_the_whole_cells_are_read(kept):
    first, second = (WHOLE.index(b"}", WHOLE.index(name)) + 1 for name in (b'"a"', b'"b"'))
    cells = [{"source": "a"}, {"source": "b"}][: (kept >= first) + (kept >= second)]
    if not cells:
        with pytest.raises(UnreadableError, match=r"empty|breaks off"):
            intake.parse(WHOLE[:kept])
        return
    notebook, (said,) = intake.parse(WHOLE[:kept])
    assert notebook["cells"] == cells
    assert said.startswith(f"The file breaks off: of its cells the first {len(cells)} were read")


def test_no_more_of_them_than_are_run():
    notebook, _ = intake.parse(b'{"cells": [' + b"1," * 10**7)
    assert len(notebook["cells"]) == cells.CELLS_LIMIT + 1


def test_a_file_that_goes_on_behind_the_notebook_is_read():
    whole = {"metadata": {}, "cells": [{"source": "a"}, {"source": "b"}], "nbformat": 4}
    assert intake.parse(WHOLE + bytes(4096)) == (whole, [])
    for more in (b"\nx", WHOLE, b" }"):
        notebook, (said,) = intake.parse(WHOLE + more)
        assert notebook == whole
        assert said.startswith("There is more in the file behind the notebook's end")


def test_what_is_said_of_a_file_is_one_line(tmp_path):
    (tmp_path / "my\nhomework.ipynb").write_bytes(WHOLE)
    found = intake.find(tmp_path, "02_a")
    assert found.remarks == ["The file is called my�homework.ipynb; it should be 02_a.ipynb."]


def test_a_file_of_very_many_parts_is_refused():
    with pytest.raises(UnreadableError, match="clear the outputs"):
        intake.parse(b"[" + b"{}," * (reading.OBJECTS_LIMIT + 1) + b"{}]")
    with pytest.raises(intake.UnreadableError, match="more than 200000 parts"):
        intake.parse(b"[" + b"[[]]," * (reading.LISTS_LIMIT // 2) + b"0]")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(encoding):
    text = json.dumps({"cells": [cell("# größer")]}, ensure_ascii=False)
    notebook, remarks = intake.parse(text.encode(encoding))
    assert notebook["cells"][0]["source"] == "# größer"
    assert bool(remarks) != encoding.startswith("utf-8")


def test_latin_1_is_read_and_said():
    text = json.dumps({"cells": [cell("# größer")]}, ensure_ascii=False)
    notebook, remarks = intake.parse(text.encode("latin-1"))
    assert notebook["cells"][0]["source"] == "# größer"
    assert "not in UTF-8" in remarks[0]


def test_an_old_format_is_read_and_said():
    old = {
        "nbformat": 3,
        "worksheets": [
            {"cells": [{"cell_type": "code", "input": ["a = 1\n", "b"], "language": "python"}]},
            {"cells": 3},
            None,
            {"cells": [None, cell("def f(): 1", "f")]},
        ],
    }
    notebook, remarks = intake.parse(json.dumps(old).encode())
    taken = intake.submission(notebook, TESTS, remarks)
    assert [c.source for c in taken.cells] == ["a = 1\nb", "def f(): 1"]
    assert "old format" in taken.remarks[0]


def test_of_a_key_that_stands_twice_the_last_counts():
    notebook, remarks = intake.parse(b'{"cells": [1], "cells": []}')
    assert notebook["cells"] == []
    assert "stand twice" in remarks[0]
    assert intake.parse(b'{"cells": [], "x": {"y": 1, "y": 2}}')[1] == []


# Finding


def written(path, content=b'{"cells": []}', age=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1e9 - age, 1e9 - age))
    return path


def zipped(members, **more):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **more)
    return buffer.getvalue()


def found(folder):
    return intake.find(folder, "02_a")


def test_the_right_name_needs_no_remark(tmp_path):
    written(tmp_path / "02_a.ipynb", b"right")
    written(tmp_path / "timestamp.txt")
    written(tmp_path / "data.csv")
    assert found(tmp_path) == intake.Found("02_a.ipynb", b"right", [])


def test_what_nbgrader_put_beside_it_is_not_what_the_student_handed_in(tmp_path):
    for name in ("timestamp.txt", "submission_secret.txt", "notes.txt"):
        written(tmp_path / name)
    with pytest.raises(intake.UnreadableError, match=r"02_a\.ipynb\. There is: notes\.txt\.$"):
        found(tmp_path)


def test_a_renamed_one_deep_in_folders_is_found_and_said(tmp_path):
    written(tmp_path / "my" / "folder" / "b.ipynb", b"b")
    taken = found(tmp_path)
    assert taken.content == b"b"
    assert taken.remarks == ["The file is called b.ipynb; it should be 02_a.ipynb."]


def test_the_newest_copy_is_taken_and_said(tmp_path):
    written(tmp_path / "02_a.ipynb", b"old", age=100)
    written(tmp_path / "02_a-Copy1.ipynb", b"new")
    written(tmp_path / "02a (2).ipynb", b"older", age=200)
    taken = found(tmp_path)
    assert taken.content == b"new"
    assert "02_a-Copy1.ipynb was marked, 02_a.ipynb, 02a (2).ipynb not" in taken.remarks[1]
    assert "Of several copies the newest is taken" in taken.remarks[1]


def test_the_right_name_wins_where_the_times_are_the_same(tmp_path):
    written(tmp_path / "02_a-Copy1.ipynb", b"copy")
    written(tmp_path / "02_a.ipynb", b"right", age=1)
    written(tmp_path / "02_a-Copy2.ipynb", b"old", age=100)
    taken = found(tmp_path)
    assert taken.content == b"right"
    assert "none is the newest, and the name decided" in taken.remarks[0]


def test_the_assignments_name_comes_before_the_time(tmp_path):
    written(tmp_path / "02_a.ipynb", b"right", age=100)
    written(tmp_path / "scratch.ipynb", b"scratch")
    taken = found(tmp_path)
    assert taken.content == b"right"
    assert "scratch.ipynb not. Of several" in taken.remarks[0]
    assert "those with the assignment's name first" in taken.remarks[0]


def test_an_empty_copy_is_passed_over(tmp_path):
    written(tmp_path / "02_a.ipynb", b"")
    written(tmp_path / "02_a (1).ipynb", b"filled", age=100)
    assert found(tmp_path).content == b"filled"


def test_copies_that_programs_keep_are_not_seen(tmp_path):
    written(tmp_path / "02_a.ipynb", b"right", age=100)
    written(tmp_path / ".ipynb_checkpoints" / "02_a-checkpoint.ipynb")
    written(tmp_path / "__MACOSX" / "02_a.ipynb")
    written(tmp_path / "._02_a.ipynb")
    assert found(tmp_path) == intake.Found("02_a.ipynb", b"right", [])


def test_what_is_there_instead_is_said(tmp_path):
    written(tmp_path / "homework.pdf")
    written(tmp_path / "all.rar")
    with pytest.raises(
        UnreadableError, match=r"expected 02_a\.ipynb.*all\.rar, homework\.pdf"
    ) as e:
        found(tmp_path)
    assert "all.rar was not unpacked" in str(e.value)
    with pytest.raises(UnreadableError, match="no notebook here"):
        found(tmp_path / "absent")


def test_a_folder_is_told_from_a_notebook(tmp_path):
    with pytest.raises(UnreadableError, match="is a folder: name the notebook in it"):
        intake.contents(tmp_path)


def test_links_are_not_followed(tmp_path):
    secret = written(tmp_path / "secret.ipynb", b"secret")
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "02_a.ipynb").symlink_to(secret)
    (folder / "deep").symlink_to(tmp_path)
    with pytest.raises(UnreadableError, match=r"02_a\.ipynb is a link"):
        found(folder)
    with pytest.raises(UnreadableError, match="is a link"):
        intake.contents(folder / "02_a.ipynb")
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(UnreadableError, match="is a link"):
        found(link)


def test_a_link_of_ones_own_is_followed(tmp_path):
    written(tmp_path / "own.ipynb")
    (tmp_path / "link.ipynb").symlink_to("own.ipynb")
    assert intake.read(tmp_path / "link.ipynb") == {"cells": []}


def test_a_link_to_itself_and_what_is_no_file_stop_nothing(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "02_a.ipynb")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.ipynb"))
        with pytest.raises(UnreadableError) as error:
            found(tmp_path)
    for said in ("loop is a link", "02_a.ipynb is no ordinary", "s.ipynb is no ordinary"):
        assert said in str(error.value)
    with pytest.raises(UnreadableError, match="no ordinary file"):
        intake.contents(tmp_path / "02_a.ipynb")


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "02_a.ipynb"
    path.touch()
    os.truncate(path, zips.SIZE_LIMIT + 1)
    with pytest.raises(UnreadableError, match="clear the outputs"):
        found(tmp_path)


def test_a_file_that_cannot_be_opened_is_said_without_its_folder(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    written(tmp_path / "02_a.ipynb")
    monkeypatch.setattr(finding, "contents", denied)
    with pytest.raises(UnreadableError) as error:
        found(tmp_path)
    assert "02_a.ipynb cannot be opened (Permission denied)" in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_many_files_and_deep_folders_are_left(tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "FILES_LIMIT", 10)
    for n in range(20):
        written(tmp_path / f"{n:02d}.ipynb")
    assert "more than 10 files" in found(tmp_path).remarks[0]
    deep = tmp_path / "one" / "/".join("x" * 20)
    written(deep / "02_a.ipynb")
    with pytest.raises(UnreadableError, match="so deep"):
        found(tmp_path / "one")


def test_names_are_made_fit_to_be_shown(tmp_path):
    written(tmp_path / "02_a \x1b[31m\u202e`x`.ipynb")
    (remark,) = found(tmp_path).remarks
    assert remark.isprintable()
    written(tmp_path / os.fsdecode(b"\xff.ipynb"))
    assert all(remark.encode() for remark in found(tmp_path).remarks)


# Zip files


@pytest.mark.parametrize("name", ["my.zip", "02_a.ipynb"])
def test_a_notebook_in_a_zip_file_is_read_and_said(tmp_path, name):
    written(tmp_path / name, zipped({"x/02_a.ipynb": b"right", "__MACOSX/._02_a.ipynb": b"no"}))
    taken = found(tmp_path)
    assert taken.content == b"right"
    assert taken.remarks == [f"{name} was unpacked; hand in the notebook itself next time."]


def test_all_remarks_come_together(tmp_path):
    written(tmp_path / "x.zip", zipped({"b.ipynb": b'{"cells": [], "metadata": {}}'}))
    taken = intake.take_in(found(tmp_path), TESTS)
    assert [remark.split()[0] for remark in taken.remarks] == ["x.zip", "The"]
    written(tmp_path / "x.zip", zipped({"b.ipynb": b""}))
    with pytest.raises(UnreadableError, match=r"is empty.*was unpacked.*is called"):
        intake.take_in(found(tmp_path), TESTS)


def test_the_newest_counts_within_zip_files_too(tmp_path):
    written(tmp_path / "02_a.ipynb", b"old")
    written(tmp_path / "a.zip", zipped({"02_a.ipynb": b"new"}))
    assert found(tmp_path).content == b"new"


def test_many_zip_files_are_not_held_in_memory_together(tmp_path):
    content = zipped({"02_a.ipynb": b"{}", "x": os.urandom(10**6)})
    for n in range(40):
        written(tmp_path / f"{n}.zip", content)
    tracemalloc.start()
    found(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 2 * zips.SIZE_LIMIT  # one is read at a time
    tracemalloc.stop()


def test_nothing_is_written_whatever_the_members_are_called(tmp_path):
    folder = tmp_path / "folder"
    written(folder / "a.zip", zipped({"../../02_a.ipynb": b"a", "/etc/02_a.ipynb": b"b"}))
    assert found(folder).content in (b"a", b"b")
    assert list(tmp_path.rglob("*")) == [folder, folder / "a.zip"]


def test_a_zip_file_in_a_zip_file_stays_closed(tmp_path):
    written(tmp_path / "a.zip", zipped({"b.zip": zipped({"02_a.ipynb": b"x"})}))
    with pytest.raises(UnreadableError, match="within it was not opened"):
        found(tmp_path)


def test_bombs_do_not_go_off(tmp_path, monkeypatch):
    written(tmp_path / "a" / "a.zip", zipped({"02_a.ipynb": b"0" * 30_000_000}))
    with pytest.raises(UnreadableError, match="far larger"):
        found(tmp_path / "a")
    written(tmp_path / "b" / "a.zip", zipped({"02_a.ipynb": b"0" * 5_000_000}))
    with pytest.raises(UnreadableError, match="far larger"):
        found(tmp_path / "b")
    monkeypatch.setattr(zips, "MEMBERS_LIMIT", 10)
    written(tmp_path / "c" / "a.zip", zipped({f"{n}.ipynb": b"" for n in range(11)}))
    with pytest.raises(UnreadableError, match="more than 10 files"):
        found(tmp_path / "c")


def test_a_member_that_lies_about_its_size_is_cut_short(tmp_path):
    honest = zipped({"02_a.ipynb": os.urandom(5_000) + b"0" * 25_000_000})
    size = (25_005_000).to_bytes(4, "little")
    lying = honest.replace(size, (100_000).to_bytes(4, "little"))
    assert lying != honest
    written(tmp_path / "a.zip", lying)
    with pytest.raises(UnreadableError, match=r"damaged|far larger"):
        found(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 and no more", "no complete zip"),
        (zipped({"02_a.ipynb": b"x" * 99})[:-30], "no complete zip"),
        (zipped({"a.txt": b"x"}), "no notebook in it"),
        (zipped({"02_a.ipynb": b"x"}, compress_type=zipfile.ZIP_LZMA), "in a way"),
        (zipped({"02_a.ipynb": b"abcdefgh" * 9}).replace(b"\x4b\x4c", b"\x00\x00", 1), "damaged"),
    ],
)
def test_a_zip_file_that_cannot_be_read_is_said(tmp_path, content, said):
    written(tmp_path / "a.zip", content)
    with pytest.raises(UnreadableError, match=said):
        found(tmp_path)


def test_a_locked_zip_file_is_said(tmp_path):
    content = bytearray(zipped({"02_a.ipynb": b"x"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    written(tmp_path / "a.zip", bytes(content))
    with pytest.raises(UnreadableError, match="password"):
        found(tmp_path)
