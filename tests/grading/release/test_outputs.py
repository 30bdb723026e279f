import copy
import json

import pytest
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import determine_grade
from traitlets.config import Config

from descent.grading.release.outputs import HideTests, ShortenOutputs
from descent.grading.release.stock import configure

STATE = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "task": False}
TEST = {"nbgrader": {**STATE, "grade_id": "f_check", "points": 4}}
PNG = "iVBORw0KGgo="


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(kind="display_data", **data):
    return new_output(kind, data={name.replace("_", "/"): text for name, text in data.items()})


def raised(evalue, *traceback):
    return new_output("error", ename="ValueError", evalue=evalue, traceback=list(traceback))


def shortened(*cells):
    notebook, _ = ShortenOutputs().preprocess(new_notebook(cells=list(cells)), ResourcesDict())
    return notebook


LOUD = {
    "one line": [printed("x" * 5_000_000)],
    "thousands of outputs": [printed("x") for _ in range(1_000)],
    "a page": [shown(text_html="x" * 5_000_000)],
    "no form that is known": [shown(application_json="x" * 5_000_000)],
    "widgets": [new_output("display_data", data={"application/json": {"x": ["x" * 5_000_000]}})],
    "pictures": [shown(image_png="A" * 700_000) for _ in range(30)],
    "metadata": [new_output("display_data", data={}, metadata={"x": "x" * 5_000_000})],
    "a value": [shown("execute_result", text_plain="x" * 5_000_000)],
    "tracebacks": [raised("x" * 5_000_000, *["x" * 100_000] * 50)],
}


@pytest.mark.parametrize("outputs", LOUD.values(), ids=LOUD)
def test_no_output_makes_a_notebook_large(outputs):
    cells = [new_code_cell("x", outputs=copy.deepcopy(outputs)) for _ in range(3)]
    assert len(json.dumps(shortened(*cells))) < 1_000_000


def test_what_is_short_stays_as_it_was():
    outputs = [
        printed("a\n"),
        shown(text_plain="<Figure>", image_png=PNG, text_html="<b>x</b>"),
        raised("no", "line 1\nline 2"),
        shown("execute_result", text_plain="2.5"),
    ]
    cell = new_code_cell("x", outputs=copy.deepcopy(outputs))
    assert shortened(cell).cells[0].outputs == outputs
    assert shortened(new_markdown_cell("x")).cells[0].source == "x"


def test_what_is_no_picture_does_not_pass_for_one():
    cell = new_code_cell("x", outputs=[shown(image_png='"><script>alert(1)</script>')])
    assert shortened(cell).cells[0].outputs[0].data == {}


NOISE = [printed("x" * 1_000_000), *(printed("x") for _ in range(60))]
DECIDING = {
    "a part": ([shown("execute_result", text_plain="2.5")], 2.5),
    "nothing earned": ([shown("execute_result", text_plain="0.0")], 0),
    "an error": ([raised("x", "x" * 10**6), shown("execute_result", text_plain="4.0")], 0),
    "a warning": ([printed("x" * 10**6, "stderr")], 0),
    "silence": ([], 4),
}


@pytest.mark.parametrize(("outputs", "score"), DECIDING.values(), ids=DECIDING)
def test_no_mark_changes(outputs, score):
    loud = [new_code_cell("x", outputs=copy.deepcopy(NOISE)) for _ in range(25)]
    test = new_code_cell("x", metadata=TEST, outputs=copy.deepcopy(NOISE + outputs))
    assert determine_grade(test)[0] == score
    assert determine_grade(shortened(*loud, test).cells[-1])[0] == score


def test_students_see_no_hidden_test_and_no_folder_of_the_server():
    hidden = "check('f', f)\n### BEGIN HIDDEN TESTS\nassert f(3) == 7\n### END HIDDEN TESTS\n1.0"
    frame = "\x1b[32m/srv/course/lib/python3.11/pages.py\x1b[0m in f\n---> 2 assert f(3) == 7"
    test = new_code_cell(hidden, metadata=TEST, outputs=[raised("f(3)", frame)])
    endless = new_code_cell("### BEGIN HIDDEN TESTS\nassert f(3) == 7", metadata=TEST)
    own = new_code_cell("f(1)  # BEGIN HIDDEN TESTS\n1 / 0", outputs=[raised("f(3)", frame)])
    cells = [test, endless, own, new_markdown_cell("x")]
    notebook, _ = HideTests().preprocess(new_notebook(cells=cells), ResourcesDict())
    test, endless, own, _ = notebook.cells
    assert test.source == "check('f', f)\n1.0"
    assert test.outputs[0].traceback == ["ValueError: f(3)"]
    assert endless.source == ""
    assert own.source == "f(1)  # BEGIN HIDDEN TESTS\n1 / 0"
    assert own.outputs[0].traceback == ["pages.py in f\n---> 2 assert f(3) == 7"]


def test_nbgraders_own_commands_use_them():
    config = configure(Config())
    steps = Autograde(config=config).autograde_preprocessors
    assert steps.index(ShortenOutputs) == steps.index(SaveAutoGrades) - 1
    assert GenerateFeedback(config=config).preprocessors[0] is HideTests
