"""Run by test_checkpoints.py in a process of its own: a run that is killed again and again, until it is done.

Kills come at random moments, many of them while the checkpoint is written. Prints what was found.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # the optimisers load it at their first step: once here, not in every child
from torch import nn

from descent.data import Examples, digits
from descent.methods import RULES
from descent.pytorch import Optimizer
from descent.pytorch.models import mlp
from descent.pytorch.training import train
from descent.schedules import cosine

KILLS, EPOCHS, STEPS_PER_EPOCH = 16, 8, 10


def run(weights: Path, checkpoint: Path | None) -> None:
    images, labels = digits()
    examples = Examples(images.astype(np.float32), labels).to("cpu")
    model = nn.Sequential(nn.BatchNorm1d(64), mlp((64, 32, 16)), nn.Dropout(0.3), mlp((16, 10)))
    history = train(
        model,
        Optimizer(model.parameters(), RULES["adam"], lr=1.0),
        examples.take(slice(0, 301)),
        epochs=EPOCHS,
        batch_size=32,
        seed=5,
        schedule=cosine(0.01, EPOCHS * STEPS_PER_EPOCH),
        validation=examples.take(slice(301, 401)),
        checkpoint=checkpoint,
        checkpoint_steps=None if checkpoint is None else 1,
    )
    torch.save({"model": model.state_dict(), "history": history.state_dict()}, weights)


def started(weights: Path, checkpoint: Path | None) -> int:
    """The number of a child that does the run. It starts at once: torch is loaded already."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(weights, checkpoint)
            status = 0
        finally:
            os._exit(status)
    return child


def number_of_file(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    checkpoint, weights, expected = folder / "run.pt", folder / "killed.pt", folder / "whole.pt"
    written, steps = (
        0,
        [],
    )  # how often a file was half-written at death; the last step that was kept
    for _ in range(KILLS):
        before = number_of_file(checkpoint)
        child = started(weights, checkpoint)
        while number_of_file(checkpoint) == before:  # every attempt comes at least one step further
            if os.waitpid(child, os.WNOHANG)[0]:
                raise SystemExit("a run ended before it was killed")
            time.sleep(0.0005)
        time.sleep(rng.uniform(0, 0.01))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        written += (folder / "run.pt.part").exists()
        steps.append(len(torch.load(checkpoint, weights_only=True)["history"]["losses"]))
    assert not weights.exists()
    statuses = [
        os.waitpid(child, 0)[1] for child in (started(weights, checkpoint), started(expected, None))
    ]
    killed, whole = (torch.load(path, weights_only=True) for path in (weights, expected))
    same = [torch.equal(killed["model"][name], value) for name, value in whole["model"].items()]
    print(
        json.dumps(
            {
                "statuses": statuses,
                "steps": steps,
                "cut while writing": written,
                "weights": same,
                "history": killed["history"] == whole["history"],
                "losses": len(whole["history"]["losses"]),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
