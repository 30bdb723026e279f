"""Marks given across the process border, and what a submission cannot do there."""

import linecache
import os
import textwrap
import time

import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.examination import Examination
from descent.cli import main
from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine, WeakSandboxError
from descent.grading.marking.programs import programs
from descent.grading.marking.session import Session
from descent.grading.sandbox import messages, processes
from descent.grading.sandbox.connection import Child
from descent.grading.sandbox.limits import Limits
from descent.grading.sandbox.processes import START_VARIABLE

NAMES = ["gradient_descent", "largest_stable_lr", "predicted_steps"]
LIMITS = Limits(call=1.0, submission=20.0)
STABLE = "import numpy as np\ndef largest_stable_lr(H):\n    return 2 / np.linalg.eigvalsh(H)[-1]\n"


@pytest.fixture(scope="module")
def engine():
    with Engine(NAMES, level="public", seed="s", limits=LIMITS) as engine:
        yield engine


def marked(engine, *sources):
    cells = [Cell(f"cell {n}", textwrap.dedent(source)) for n, source in enumerate(sources, 1)]
    return {result.exercise: result for result in engine.mark(Submission(cells))}


@pytest.mark.parametrize("name", ["gradient_descent", "largest_stable_lr"])
def test_marks_are_those_of_the_same_process(engine, name):
    exercise = EXERCISES[name]
    local, versions = Examination(exercise, "public", "s"), programs(exercise)
    for cell in versions.right + versions.wrong:
        namespace = {}
        linecache.cache["cell 1"] = (len(cell), None, cell.splitlines(keepends=True), "cell 1")
        exec(compile(cell, "cell 1", "exec"), namespace)
        assert marked(engine, cell)[name] == local.mark(LocalCandidate(namespace[name]))


def test_a_loop_costs_its_question_only(engine):
    began = time.monotonic()
    results = marked(
        engine, STABLE, "def gradient_descent(*_):\n    while True: pass", "predicted_steps = 3"
    )
    assert time.monotonic() - began < 10
    assert "more than 1 s" in results["gradient_descent"].message
    assert results["gradient_descent"].score == 0
    assert results["largest_stable_lr"].score == 2
    assert results["predicted_steps"].score == 1


def test_threads_that_one_question_leaves_take_no_time_from_the_next():
    leaves = """
import threading, time
def largest_stable_lr(H):
    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
    return 0.0
"""
    alone = """
_own = gradient_descent
def gradient_descent(*arguments):
    assert threading.active_count() == 1
    return _own(*arguments)
"""
    right = programs(EXERCISES["gradient_descent"]).right[0]
    names = ["largest_stable_lr", "gradient_descent"]
    with Engine(names, level="public", seed="s", limits=LIMITS) as engine:
        submission = Submission([Cell("1", leaves), Cell("2", right + alone)])
        assert [result.score for result in engine.mark(submission)] == [0, 4]


def test_a_cell_that_never_ends_costs_its_question_only(engine):
    results = marked(engine, "gradient_descent = 1\nwhile True: pass", STABLE)
    assert results["largest_stable_lr"].score == 2
    assert "more than 1 s" in results["gradient_descent"].message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import os; os._exit(0)", "exit status 0"),
        ("import os; os.abort()", "crashed Python"),
        ("return [0.0] * 10**9", "more memory than the grader gives (2,048 MB)|memory runs out"),
        ("raise SystemExit", "SystemExit"),
        ("return gradient_descent()", "RecursionError"),
        ("return np.zeros(10**8)", "fewer numbers"),
        ("return {}", "Expected numbers, got a dict"),
        ("return theta0.whatever", "AttributeError"),
    ],
)
def test_a_call_that_goes_wrong_costs_its_question_only(engine, body, said):
    source = (
        f"import numpy as np\ndef gradient_descent(grad=0, theta0=0, lr=0, steps=0):\n    {body}"
    )
    results = marked(engine, source, STABLE)
    result = results["gradient_descent"]
    assert result.score == 0
    assert any(word in f"{result!r}" for word in said.split("|")), result
    assert results["largest_stable_lr"].score == 2


def test_what_is_missing_is_said(engine):
    results = marked(
        engine, "def gradient_desent(): pass", "def largest_stable_lr(H)\n    return 1"
    )
    assert "you have `gradient_desent`" in results["gradient_descent"].message
    assert "SyntaxError" in results["largest_stable_lr"].message
    assert results["predicted_steps"].state == "not attempted"


def test_a_stub_is_not_attempted(engine):
    stub = "### \nraise NotImplementedError"
    results = marked(engine, stub, "def gradient_descent(*_):\n    raise NotImplementedError")
    assert {result.state for result in results.values()} == {"not attempted"}


def test_a_definition_before_an_exception_counts(engine):
    assert marked(engine, STABLE + "\n1 / 0")["largest_stable_lr"].score == 2


def test_given_cells_may_use_the_book(engine):
    given = """
    from descent import check, hint, minimize, plots
    from descent.data import digits
    import matplotlib.pyplot as plt
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    plots.contours(3)
    display(fig)
    get_ipython().run_line_magic("matplotlib", "inline")
    check("gradient_descent")
    images, labels = digits()
    predicted_steps = images.shape[0]
    """
    assert marked(engine, given)["predicted_steps"].score == 1


@pytest.mark.parametrize(
    "source",
    [
        "from descent.stepsize import largest_stable_lr",
        "from descent.checks import EXERCISES\ndef largest_stable_lr(H):\n"
        "    return EXERCISES['largest_stable_lr'].reference(H)",
        "import sys, gc\n"
        "found = [f for f in gc.get_objects() if getattr(f, '__name__', '') == 'largest_stable_lr']\n"
        "largest_stable_lr = found[0]",
        "class Same:\n    def __eq__(self, other): return True\n"
        "def largest_stable_lr(H): return Same()",
        "import numpy as np\nnp.allclose = np.isclose = lambda *a, **k: True\n"
        "np.abs = lambda x: np.zeros(1)\ndef largest_stable_lr(H): return 1.0",
        "import os\nfor fd in range(3, 20):\n"
        "    try: os.write(fd, b'\\0\\0\\0\\x40\\0\\0\\0\\0' + b'[\"Ran\", {\"failure\": null}, []]')\n"
        "    except OSError: pass\ndef largest_stable_lr(H): return 1.0",
    ],
)
def test_nothing_is_earned_by_other_means(engine, source):
    results = marked(engine, source, "predicted_steps = 3")
    assert results["largest_stable_lr"].score == 0


def test_the_reference_is_out_of_reach(engine):
    """What a child finds: no module of the package, no file of it, no way to the grader's data."""
    if engine.sandbox_level() < 2:
        pytest.skip("the sandbox of this machine hides no files")
    source = f"""
    import os, sys
    tries = []
    for place in ({str(os.path.dirname(np.__file__))!r}, {os.path.dirname(__file__)!r},
                  {os.path.dirname(__import__("descent").__file__)!r}, "/etc", "/tmp"):
        try:
            os.listdir(place)
            tries.append(place)
        except OSError:
            pass
    readable = len(tries)
    named = [m for m in sys.modules if m.startswith("descent")]
    predicted_steps = 1 + len(named) + (readable != 1)
    try:
        open("/tmp/left_behind", "w")
        predicted_steps = -1
    except OSError:
        pass
    try:
        os.execv("/bin/true", ["true"])
        predicted_steps = -1
    except OSError:
        pass
    assert predicted_steps == 1
    """
    assert marked(engine, source + "\n    predicted_steps = 7")["predicted_steps"].score == 1


def test_function_arguments_are_asked_over_the_wire(engine):
    source = """
    import numpy as np
    def gradient_descent(grad, theta0, lr, steps):
        try:
            grad(object())
        except TypeError:
            pass
        while True:
            grad(theta0)
    """
    result = marked(engine, source)["gradient_descent"]
    assert result.score == 0
    assert result.state == "failed"


def test_a_sandbox_that_is_required_and_not_reached_stops():
    with Engine([], level="public", seed="", sandbox=4) as engine, pytest.raises(WeakSandboxError):
        engine.mark(Submission([])) or engine.sandbox_level()


def test_a_spawned_child_marks_alike(monkeypatch):
    monkeypatch.setenv(START_VARIABLE, "spawn")
    with Engine(NAMES, level="public", seed="s", limits=LIMITS) as engine:
        results = marked(
            engine, STABLE, "def gradient_descent(*_):\n    while True: pass", "predicted_steps = 3"
        )
    assert [results[name].score for name in NAMES] == [0, 2, 1]


def test_the_time_for_a_notebook_is_limited():
    loop = "def {}(*_):\n    while True: pass"
    limits = Limits(call=0.5, submission=1.0)
    with Engine(NAMES, level="public", seed="s", limits=limits) as engine:
        began = time.monotonic()
        results = marked(engine, *(loop.format(name) for name in NAMES))
        assert time.monotonic() - began < 8
    assert all(result.score == 0 for result in results.values())
    assert "used up" in results["predicted_steps"].message


def test_what_is_noticed_does_not_grow_with_the_cells_that_end_their_process(engine):
    cells = [Cell(str(n), "import os\nos._exit(0)") for n in range(60)]
    results, noted = engine.marked(Submission([*cells, Cell("last", "predicted_steps = 3")]))
    assert sum(result.score for result in results) == 1
    assert len(noted) == 20


def test_names_of_a_child_are_looked_through_up_to_a_number(engine, monkeypatch):
    names = [f"gradient_desc_{n}" for n in range(5_000)]
    honest = Child.receive

    def receive(child, *rest):
        message = honest(child, *rest)
        return messages.Listed(names) if isinstance(message, messages.Listed) else message

    monkeypatch.setattr(Child, "receive", receive)
    session = Session(engine, Submission([]))
    session._revive()
    session.close()
    assert session._names == names[:1000]


def test_a_child_that_is_ended_before_it_is_ready_is_started_again(monkeypatch):
    honest, ended = processes.Forked.start, []

    def start(forked, limits):
        child = honest(forked, limits)
        if not ended:
            ended.append(child)
            child._end()
        return child

    monkeypatch.setattr(processes.Forked, "start", start)
    with Engine(NAMES, level="public", seed="s", limits=LIMITS) as engine:
        assert marked(engine, "predicted_steps = -1")["predicted_steps"].score == 0
    assert ended


def test_where_nothing_can_be_started_that_is_said(monkeypatch, capsys):
    monkeypatch.setattr("descent.grading.sandbox.processes._BOOT", "absent.py")
    assert main(["doctor"]) == 2
    assert "no process for students' code could be started" in capsys.readouterr().err
