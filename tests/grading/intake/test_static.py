import ast
from pathlib import Path

import jupytext
import pytest

from descent.checks import catalogue
from descent.grading import intake
from descent.grading.intake.static import findings

SOLUTIONS = sorted((Path(__file__).parents[3] / "solutions").glob("*/*.py"))
VERSIONS = sorted(Path(catalogue.__file__).parent.rglob("*.py"))


def what(source):
    return [(finding.line, finding.what) for finding in findings(ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import descent", ["import descent"]),
        ("import descent.methods as m", ["import descent.methods"]),
        ("from descent.methods import adam", ["from descent.methods import adam"]),
        ("from descent import RULES, check", ["from descent import RULES"]),
        ("from torch import optim", ["from torch import optim"]),
        ("import torch.optim.adam", ["import torch.optim.adam"]),
        ("torch.optim.SGD([x], 1)", ["torch.optim"]),
        ("import os, gc", ["import gc"]),
        ("from importlib import util", ["from importlib import util"]),
        ("import ctypes.util", ["import ctypes.util"]),
        ("def f():\n    import inspect", ["import inspect"]),
        ("import socket; import subprocess", ["import socket", "import subprocess"]),
        ("().__class__.__base__.__subclasses__()", ["__subclasses__"]),
        ("sys._getframe(1).f_back.f_locals", ["_getframe", "f_back", "f_locals"]),
        ("exec('x')", ["exec"]),
        ("e = eval\ne('x')", ["eval"]),
        ("compile('x', '', 'exec')", ["compile"]),
        ("__import__('gc')", ["__import__"]),
        ("builtins.exec('x')", ["builtins.exec"]),
        ("open('/etc/passwd')", ["open"]),
        ("os.system('ls')", ["os.system"]),
        ("f.__globals__['x']", ["__globals__"]),
    ],
)
def test_what_reaches_too_far_is_found(source, found):
    assert [name for _, name in what(source)] == found


@pytest.mark.parametrize(
    "source",
    [
        "from descent import check, hint",
        "import numpy as np, math, os, sys, torch, functools, dataclasses",
        "re.compile('x'); torch.compile(f); model.eval(); x.open(1)",
        "eval_loss = 1\ndef compile(x): pass",
        "from torch import nn; nn.functional.relu(x)",
        "from .methods import adam",
        "optim.step()",
    ],
)
def test_what_an_answer_may_hold_is_not(source):
    assert what(source) == []


def test_each_is_said_once_with_its_first_line_and_not_too_many():
    assert what("x = 1\nexec('')\nexec('')\nimport gc") == [(2, "exec"), (4, "import gc")]
    assert len(what("\n".join(f"import descent.m{n}" for n in range(50)))) == 5
    assert all(finding.why.endswith(".") for finding in findings(ast.parse("exec('')\nimport gc")))


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_right_or_wrong_version_is_under_suspicion(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert findings(tree) == []


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_no_solution_is_under_suspicion(path):
    notebook = jupytext.read(path)
    tests = intake.test_cells(notebook)
    taken = intake.submission(notebook, tests, [])
    assert (taken.remarks, taken.events) == ([], [])


def test_it_becomes_a_remark_and_an_event_where_an_answer_stands():
    def cells(*sources):
        return {"cells": [{"cell_type": "code", "source": source} for source in sources]}

    tests = {"f_check": "f"}
    taken = intake.submission(cells("import gc\ndef f(): pass", "import socket"), tests, [])
    assert taken.events == ["Cell 1, line 1: `import gc`"]
    assert taken.remarks[0].startswith("Cell 1, line 1: `import gc`. It looks into")
