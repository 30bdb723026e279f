"""Run by test_optimizer.py in a process of its own: a run resumed, and steps on fake CUDA tensors.

Fake tensors say which device a real one would be on. They raise where devices mix, and where a
value is asked for, which on a real device would wait for it.
"""

import sys
from pathlib import Path

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from descent.methods import RULES
from descent.pytorch import Optimizer


def resume(folder: Path) -> None:
    before = torch.load(folder / "before.pt", weights_only=True)
    params = [nn.Parameter(value) for value in before["model"]]
    optimizer = Optimizer(params, RULES["adam"])
    optimizer.load_state_dict(before["optimizer"])
    for parameter, grad in zip(params, before["grad"], strict=True):
        parameter.grad = grad
    optimizer.step()
    torch.save([parameter.detach() for parameter in params], folder / "after.pt")


def steps_on_fake_cuda() -> None:
    # without CUDA the method asks for a driver before the fake device can answer; its operator does not
    torch.Tensor.copy_ = lambda self, source: torch.ops.aten.copy_.default(self, source)  # noqa: PLW0108
    with FakeTensorMode(), torch.no_grad():
        for rule in RULES.values():
            params = [
                nn.Parameter(torch.empty(4, 3, device="cuda", dtype=torch.bfloat16)),
                nn.Parameter(torch.empty(5, device="cuda", dtype=torch.float64)),
                nn.Parameter(torch.empty(2, 2)),  # on the CPU, in the same group
            ]
            optimizer = Optimizer(params, rule, lr=0.1)
            for _ in range(2):
                for parameter in params:
                    parameter.grad = torch.empty_like(parameter)
                optimizer.step(lambda: None)
                for parameter, dtype in zip(
                    params, (torch.float32, torch.float64, torch.float32), strict=True
                ):
                    for name in rule.state_names:
                        kept = optimizer.state[parameter][name]
                        assert (kept.device, kept.dtype) == (parameter.device, dtype), (rule, name)
                        if parameter is params[2]:  # as if the model had come from a GPU just now
                            optimizer.state[parameter][name] = kept.new_empty(2, 2, device="cuda")
            assert all(optimizer.state[parameter]["step"] == 2 for parameter in params)
            resumed = Optimizer([torch.empty_like(p, device="cpu") for p in params], rule, lr=0.1)
            resumed.load_state_dict(optimizer.state_dict())
            for state in resumed.state.values():
                assert {state[name].device.type for name in rule.state_names} <= {"cpu"}


if __name__ == "__main__":
    resume(Path(sys.argv[1]))
    steps_on_fake_cuda()
