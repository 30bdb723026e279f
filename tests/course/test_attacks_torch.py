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
    "a giant of one number": """
        import torch
        def train_step(model, optimizer, X, y):
            for p in model.parameters(): p.data = torch.zeros(1, dtype=p.dtype).expand(10**6, 10**6)
            return torch.zeros(1).expand(10**9)
    """,
    "a window behind its memory": """
        import torch
        def train_step(model, optimizer, X, y):
            return torch.zeros(3).storage().data_ptr() and torch.as_strided(torch.zeros(9), (1,), (1,), 8)[0] + float("nan")
    """,
    "a sparse loss": "import torch\ndef train_step(model, optimizer, X, y): return torch.zeros(3).to_sparse()",
    "a quantised loss": "import torch\ndef train_step(model, optimizer, X, y): return torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.qint8)",
    "a loss of nothing": "import torch\ndef train_step(model, optimizer, X, y): return torch.empty((), device='meta')",
    "a complex loss": "import torch\ndef train_step(model, optimizer, X, y): return torch.zeros((), dtype=torch.complex64).conj()",
    "a nested loss": "import torch\ndef train_step(model, optimizer, X, y): return torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])",
    "sparse gradients": """
        import torch
        def train_step(model, optimizer, X, y):
            for p in model.parameters(): p.grad = torch.zeros_like(p).to_sparse()
            return 0.0
    """,
    "gradients of another's": """
        import torch
        def train_step(model, optimizer, X, y):
            type(next(model.parameters())).grad = property(lambda self: None)
            return 0.0
    """,
    "hooks on everything": """
        import torch
        def hook(*a):
            raise SystemExit
        torch.nn.modules.module.register_module_forward_hook(hook)
        def train_step(model, optimizer, X, y):
            for p in model.parameters(): p.register_hook(hook)
            return float(model(X).sum().backward() or 0)
    """,
    "a backward pass of its own": """
        import torch
        class Odd(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x): return x.view_as(x)
            @staticmethod
            def backward(ctx, g): raise SystemExit
        def train_step(model, optimizer, X, y):
            loss = Odd.apply(torch.nn.functional.cross_entropy(model(X), y))
            loss.backward()
            return loss.item()
    """,
    "layers without end": """
        import torch
        def train_step(model, optimizer, X, y):
            model.add_module("again", model)
            return 0.0
    """,
    "parameters without number": """
        import torch
        def train_step(model, optimizer, X, y):
            for n in range(1_000): model.register_parameter(f"p{n}", torch.nn.Parameter(torch.zeros(1)))
            return 0.0
    """,
    "numbers of another kind for all": """
        import torch
        torch.set_default_dtype(torch.float16)
        torch.set_default_device("meta")
        torch.use_deterministic_algorithms(True)
        def train_step(model, optimizer, X, y): return 0.0
    """,
    "no gradients for anybody": """
        import torch
        torch.set_grad_enabled(False)
        torch.inference_mode().__enter__()
        torch.tensor = torch.as_tensor = torch.Tensor.detach = lambda *a, **k: 0.0
        def train_step(model, optimizer, X, y): return 0.0
    """,
    "a mode that answers for all": """
        import torch
        class Odd(torch.overrides.TorchFunctionMode):
            def __torch_function__(self, function, types, args=(), kwargs=None): return torch.zeros(3)
        Odd().__enter__()
        def train_step(model, optimizer, X, y): return 0.0
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
