import os
import re

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.exchange import ExchangeFactory
from traitlets.config import Config

from descent.grading.release.collect import CollectFiles
from descent.grading.release.stock import ForgetDuplicates, configure, harmless_markdown


def cell(grade_id):
    state = {"grade": True, "solution": False, "locked": True, "task": False, "grade_id": grade_id}
    return new_code_cell("x", metadata={"nbgrader": {"schema_version": 3, "points": 1, **state}})


def test_a_copied_cell_becomes_an_ordinary_one():
    notebook = new_notebook(cells=[cell("a"), cell("b"), cell("a")])
    notebook, _ = ForgetDuplicates().preprocess(notebook, {})
    assert ["nbgrader" in item.metadata for item in notebook.cells] == [False, True, True]


def test_our_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DESCENT_SEED", "before")
    monkeypatch.setenv("PATH", "before")
    (tmp_path / "secret_seed").write_text("the secret\n")
    config = configure(Config(), tmp_path)
    assert os.environ["DESCENT_SEED"] == "the secret"
    assert os.environ["PATH"].endswith(f"{os.pathsep}before")
    assert config.CourseDirectory.root == str(tmp_path)
    assert config.OverwriteCells.add_missing_cells
    assert ExchangeFactory(config=config).collect is CollectFiles


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)>",
        "\n<div\nonclick=alert(1)>\nx</div>",
        "# <b onclick=x>T</b>",
        "[x](javascript:alert(1))",
        "[x]( JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        '![a" onerror=alert(1)](x)',
        "$$<script>alert(1)</script>$$",
        "\\begin{x}<script>alert(1)</script>\\end{x}",
        "```<script>\n<script>\n```",
        "![x](attachment:absent.png) <script>",
        "| <script> |\n|-|\n| <script> |",
        "[" * 3000 + "<script>",
    ],
)
def test_no_text_of_a_student_is_obeyed_in_formgrader(text):
    for tag in BeautifulSoup(harmless_markdown(text), "html.parser").find_all(True):
        assert tag.name not in ("script", "div", "b")
        assert not [name for name in tag.attrs if name.startswith("on")]
        for name in ("href", "src"):
            assert not re.match(r"\s*(javascript|data|vbscript):", tag.get(name, ""), re.I)


def test_what_a_text_says_is_kept():
    html = harmless_markdown("**b** [x](https://ok.example) $a<b$ `c<d`\n\n| a |\n|-|\n| 1 |")
    for part in ("<strong>b</strong>", 'href="https://ok.example"', "$a&lt;b$", "c&lt;d", "<td>1"):
        assert part in html


def test_what_formgrader_shows_is_harmless():
    outputs = [new_output("display_data", data={"text/html": "<script>alert(2)</script>"})]
    cells = [new_markdown_cell("<script>alert(1)</script>"), new_code_cell("1", outputs=outputs)]
    html, _ = HTMLExporter(config=configure(Config())).from_notebook_node(new_notebook(cells=cells))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
