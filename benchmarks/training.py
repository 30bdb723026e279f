"""What is timed: an epoch of the book's training loop, and of the same loop written out."""

from collections.abc import Callable

import torch
from torch.nn.functional import cross_entropy

from benchmarks.steps import optimizers
from descent.data import Examples
from descent.pytorch.models import mlp
from descent.pytorch.training import train

BATCHES, BATCH_SIZE = 50, 64


def epochs(method: str) -> dict[str, Callable[[], object]]:
    """An epoch of the MLP on 50 batches of 64: `train` with each optimiser, and a loop without it."""
    n = BATCHES * BATCH_SIZE
    examples = Examples(torch.rand(n, 784), torch.randint(10, (n,)))
    made = {}
    for name, make in optimizers(method).items():
        model = mlp()
        optimizer = make(model.parameters())

        def epoch(model: torch.nn.Module = model, optimizer: torch.optim.Optimizer = optimizer):
            return train(model, optimizer, examples, epochs=1, batch_size=BATCH_SIZE)

        made[name] = epoch
    made["written out, torch default"] = written_out(method, examples)
    return made


def written_out(method: str, examples: Examples) -> Callable[[], None]:
    """The least that trains: no history, no seeds, no checks."""
    model = mlp()
    optimizer = optimizers(method)["torch default"](model.parameters())

    def epoch() -> None:
        for batch in torch.randperm(len(examples.labels)).split(BATCH_SIZE):
            optimizer.zero_grad()
            cross_entropy(model(examples.images[batch]), examples.labels[batch]).backward()
            optimizer.step()

    return epoch
