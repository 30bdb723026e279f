"""Attacks with the means of PyTorch, where a question gives a network and its optimiser."""

import json
import textwrap

import attacks
import pytest

from descent.checks import EXERCISES
from descent.grading import intake
from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import doctor, ladder
from descent.grading.sandbox.limits import Limits

NAMES = (attacks.SPIED, "train_step")
RIGHT = """
import torch
def train_step(model, optimizer, X, y):
    model.train()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()
"""
DISHONEST = {
    "returns nothing": "def train_step(model, optimizer, X, y): pass",
    "a tensor that lies": """
        import torch
        class Liar(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None): return True
        def train_step(model, optimizer, X, y):
            optimizer.step()
            return torch.zeros(()).as_subclass(Liar)
    """,
    "a network of its own": """
        import torch
        def train_step(model, optimizer, X, y):
            model.__class__ = type("Other", (torch.nn.Sequential,), {"parameters": lambda self: iter(())})
            model.state_dict = lambda: {}
            return 0.0
    """,
    "parameters of another kind": """
        import torch
        def train_step(model, optimizer, X, y):
            for p in model.parameters(): p.data = torch.zeros(0)
            return 0.0
    """,
    "parameters on another device": """
        def train_step(model, optimizer, X, y):
            model.to("meta")
            return 0.0
    """,
    "a graph without end": """
        import torch
        def train_step(model, optimizer, X, y):
            x = X.sum().requires_grad_()
            while True: x = x * 1.0
    """,
    "much memory": """
        import torch
        held = []
        def train_step(model, optimizer, X, y):
            while True: held.append(torch.zeros(10**8))
    """,
    "a hook that hangs": """
        import torch
        def train_step(model, optimizer, X, y):
            while True: torch.zeros(10)
    """,
    "many threads": """
        import torch
        torch.set_num_threads(500)
        def train_step(model, optimizer, X, y):
            return float((torch.rand(2000, 2000) @ torch.rand(2000, 2000)).sum())
    """,
    "a crash in its own code": """
        import torch
        def train_step(model, optimizer, X, y):
            return torch.empty(3).as_strided((10**9,), (10**6,)).sum()
    """,
}
# Each calls got() if it reaches what it must not reach on the level given.
SPIES = {
    "a file of the course": (2, "if len(torch.from_file({secret!r}, size=4, dtype=torch.uint8)): got()"),
    "a file by torch.load": (2, "try: torch.load({secret!r}, weights_only=False)\nexcept FileNotFoundError: raise\nexcept PermissionError: raise\nexcept Exception: got()"),
    "a file that it changes": (1, "torch.from_file({secret!r}, shared=True, size=4, dtype=torch.uint8).fill_(0); got()"),
    "a file that it leaves": (1, "torch.save(torch.zeros(3), {scratch!r}); got()"),
    "shared memory": (1, "torch.zeros(1000).share_memory_(); got()"),
    "a process": (1, "import torch.multiprocessing as mp; p = mp.get_context('fork').Process(target=print); p.start(); got()"),
    "a network of processes": (1, "import torch.distributed as d; d.init_process_group('gloo', init_method='tcp://127.0.0.1:0', rank=0, world_size=1); got()"),
    "a library": (1, "torch.ops.load_library({secret!r}); got()"),
    "a compiler": (1, "torch.compile(lambda x: x + 1)(torch.zeros(3)); got()"),
    "the hub": (1, "torch.hub.load('x/y', 'z', trust_repo=True); got()"),
}  # fmt: skip


@pytest.fixture(scope="module", params=[3, 1], ids=lambda level: f"level_{level}")
def engine(request):
    if "yes" not in doctor._filter().found:
        pytest.skip("without a filter of system calls some attacks would do harm here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ladder.MOST_VARIABLE, str(request.param))
        limits = Limits(call=2.0, submission=15.0, memory=2**30)
        with Engine(list(NAMES), level="hidden", seed="s", limits=limits) as engine:
            if engine.sandbox_level() < request.param:
                pytest.skip(f"this machine's sandbox does not reach level {request.param}")
            engine.level_here = request.param
            yield engine


def marked(engine, answer, before=""):
    answers = [("train_step", textwrap.dedent(answer))]
    if not before:
        answers.append((attacks.SPIED, attacks.RIGHT[attacks.SPIED]))
    notebook = intake.parse(json.dumps(attacks.notebook(*answers, before=before)).encode())[0]
    submission = intake.submission(notebook, intake.test_cells(notebook), [])
    return {result.exercise: result for result in engine.mark(submission)}


def test_an_honest_step_is_paid_and_leaves_no_note(engine):
    assert marked(engine, RIGHT)["train_step"].score == EXERCISES["train_step"].points
    cells = [
        Cell("1", RIGHT),
        Cell("2", "import torch\ntorch.save(torch.zeros(3), 'x')\ntorch.load('x')"),
    ]
    results, noted = engine.marked(Submission(cells))
    assert results[1].score == EXERCISES["train_step"].points
    assert noted == ()


@pytest.mark.parametrize("name", DISHONEST)
def test_nothing_is_earned_that_was_not_answered(engine, name):
    results = marked(engine, DISHONEST[name])
    assert results["train_step"].score == 0, results["train_step"]
    assert results[attacks.SPIED].score == EXERCISES[attacks.SPIED].points


@pytest.mark.parametrize("name", SPIES)
def test_nothing_is_reached_that_is_denied(engine, tmp_path, name):
    level, body = SPIES[name]
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    body = body.format(secret=str(secret), scratch=str(tmp_path / "left"))
    tried = textwrap.indent(body, "    ")
    before = (
        f"import torch\n{attacks._GOT}try:\n{tried}\nexcept BaseException as e:\n    print(e)\n"
    )
    result = marked(engine, RIGHT, before)[attacks.SPIED]
    denied = engine.level_here >= level
    assert bool(result.score) != denied, (
        result
    )  # below its level it does see: its silence says something
    assert secret.read_text() == "a secret"
    assert list(tmp_path.iterdir()) == [secret]
