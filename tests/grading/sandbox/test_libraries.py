"""What students' code finds of torch: nothing, all, or all but the optimisers."""

import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.examination import Examination
from descent.grading.intake import Cell, Submission
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import ladder, messages, processes
from descent.grading.sandbox.libraries import NUMPY, TORCH, TORCH_OPTIM
from descent.grading.sandbox.processes import Forked, Limits

pytest.importorskip("torch")

STEP = """
import torch
def train_step(model, optimizer, X, y):
    model.train()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(X), y)
    loss.backward()
    {step}
    return loss.item()
"""
OPTIMISES = """
import torch
p = torch.zeros(1, requires_grad=True)
p.grad = torch.ones(1)
{step}
"""
STEPS = (
    "torch.optim.Adam([p]).step()",
    "torch.optim.SGD([p], lr=0.1).step()",
    "from torch.optim.sgd import sgd\nsgd([p], [p.grad], [None], weight_decay=0, momentum=0, lr=0.1, "
    "dampening=0, nesterov=False, maximize=False)",
    "from torch.optim._functional import adam\nadam()",
    "torch.ops.aten._fused_adam_()",
    "torch._fused_sgd_([p.detach()], [p.grad], [], weight_decay=0, momentum=0, lr=0.1, dampening=0, "
    "nesterov=False, maximize=False, is_first_step=True)",
)


@pytest.fixture(scope="module")
def engine():
    with Engine(["train_step"], level="public", seed="s") as engine:
        yield engine


@pytest.fixture(scope="module")
def ran():
    """Runs a source in a child that has this library."""
    servers = {library: Forked(library) for library in (NUMPY, TORCH, TORCH_OPTIM)}

    def ran(library, source):
        child = servers[library].start(Limits())
        assert isinstance(child.receive(), messages.Ready)
        child.send(messages.Run("cell", source))
        failure = child.receive().failure
        child.close()
        return failure

    yield ran
    for server in servers.values():
        server.close()


def test_marks_with_torch_are_those_of_the_same_process(engine):
    exercise = EXERCISES["train_step"]
    local = Examination(exercise, "public", "s")
    for step, state in (("optimizer.step()", "passed"), ("pass", "failed")):
        source = STEP.format(step=step)
        namespace = {}
        exec(source, namespace)
        (result,) = engine.mark(Submission([Cell("cell 1", source)]))
        assert result == local.mark(LocalCandidate(namespace["train_step"]))
        assert result.state == state


def test_children_draw_different_numbers(engine):
    draw = "import torch\nraise ValueError(torch.rand(1).item())"
    said = {
        engine.mark(Submission([Cell("cell 1", f"{draw}\ntrain_step = 1", "train_step")]))[
            0
        ].message
        for _ in range(2)
    }
    assert len(said) == 2


@pytest.mark.parametrize("step", STEPS)
def test_where_a_rule_is_asked_for_no_optimiser_takes_a_step(ran, step):
    said = ran(TORCH, OPTIMISES.format(step=step))
    assert said.error == "RuntimeError"
    assert "the rule is what you are asked to write" in said.message


def test_where_an_optimiser_is_given_it_takes_steps(ran):
    source = OPTIMISES.format(step=f"{STEPS[0]}\n{STEPS[1]}\nassert p.item() != 0")
    assert ran(TORCH_OPTIM, source) is None


def test_where_numpy_is_asked_for_torch_can_be_imported_and_no_more(ran):
    source = "try:\n    import torch\nexcept ImportError:\n    pass\nfrom torch import nn\nx = 1"
    assert ran(NUMPY, source) is None
    said = ran(NUMPY, "import torch\ntorch.optim.Adam([])")
    assert "torch.optim.Adam belongs to torch, which is not there" in said.message


def test_memory_comes_on_top_of_what_torch_takes(ran):
    source = "import numpy as np\nx = np.empty({} * 2**27)"  # so many GiB
    assert ran(TORCH, source.format(1)) is None
    assert ran(TORCH, source.format(3)).error.endswith("MemoryError")


def test_a_server_is_replaced_after_many_children(monkeypatch):
    monkeypatch.setattr(processes, "_CHILDREN", 2)
    forked = Forked(NUMPY)
    try:
        servers = []
        for _ in range(5):
            child = forked.start(Limits())
            assert isinstance(child.receive(), messages.Ready)
            servers.append(forked._process.pid)
            child.close()
    finally:
        forked.close()
    assert servers[0] == servers[1] != servers[2] == servers[3] != servers[4]
    assert np.unique(servers).size == 3


@pytest.mark.parametrize("level", [3, 2])
def test_without_its_stub_torch_is_still_not_there(level, monkeypatch):
    monkeypatch.setenv(ladder.MOST_VARIABLE, str(level))
    source = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "stub" not in getattr(type(f), "__module__", "")]
import torch.optim
"""
    others = "import importlib.metadata, pip\nassert importlib.metadata.version('numpy')"
    for library, errors in (
        (NUMPY, {"ModuleNotFoundError", "PermissionError"}),
        (TORCH_OPTIM, {""}),
    ):
        forked = Forked(library)
        try:
            child = forked.start(Limits())
            if child.receive().level < level:
                pytest.skip(f"this machine's sandbox does not reach level {level}")
            child.send(messages.Run("other libraries are", others))
            assert child.receive() == messages.Ran(None)
            assert child.noted == {}
            child.send(messages.Run("cell", source))
            failure = child.receive().failure
            assert (failure.error if failure else "") in errors
            assert bool(child.noted) == (library == NUMPY)
            child.close()
        finally:
            forked.close()
