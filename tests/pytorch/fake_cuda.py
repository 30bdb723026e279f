"""Run by test_training.py in a process of its own: evaluation on fake CUDA tensors.

They raise where devices mix, and where a value is asked for. Once, at the end, it must be.
"""

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from descent.data import Examples
from descent.pytorch.training import evaluate

nn.Linear.reset_parameters = lambda self: None  # random numbers would need a real device
asked = []
FakeTensor.tolist = lambda self: asked.append(self.device.type) or [[0.0, 0.0]] * len(self)
with FakeTensorMode():
    with torch.device("cuda"):
        model = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 3))
        examples = Examples(torch.empty(25, 6), torch.empty(25, dtype=torch.int64))
    evaluate(model, examples, batch_size=10)
assert asked == ["cuda"], asked
print("waits:", len(asked))
