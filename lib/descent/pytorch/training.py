"""Training a model and measuring it: one loop for all experiments of the book."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from descent import batches
from descent.data import Examples
from descent.inputs import count
from descent.pytorch.checkpoints import Checkpoint, Generators, Part, settings
from descent.pytorch.schedulers import Scheduler
from descent.schedules.schedule import askable

Measure = Callable[[Tensor, Tensor], Tensor]


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """The share of the labels (…) whose logits (…, classes) are the largest."""
    return (logits.argmax(-1) == labels).float().mean()


METRICS: Mapping[str, Measure] = {"accuracy": accuracy}


@dataclass
class History:
    """What a run has measured.

    losses: of every batch, in order, before its step (where the rule wants its gradient).
    epochs: a dict for each: "step", the number of steps by then; "lr", of the last of them; "loss",
        the mean over the epoch's examples; and, of the validation examples after it,
        "validation_loss" and the metrics, such as "validation_accuracy".
    stopped: whether a callback ended the run.
    """

    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    stopped: bool = False

    def state_dict(self) -> dict[str, Any]:
        """A copy of all of it."""
        return dataclasses.asdict(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Becomes what `state_dict` was taken of."""
        vars(self).update(state_dict)


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    examples: Examples,
    *,
    epochs: int,
    batch_size: int = 128,
    seed: int = 0,
    schedule: Callable[[int], float] | None = None,
    loss: Measure = cross_entropy,
    metrics: Mapping[str, Measure] = METRICS,
    validation: Examples | None = None,
    callbacks: Sequence[Callable[[nn.Module, History], Any]] = (),
    checkpoint: str | Path | None = None,
    checkpoint_steps: int | None = None,
    progress: bool = False,
) -> History:
    """Trains the model until it has gone through the examples `epochs` times.

    optimizer: a descent.pytorch.Optimizer or any of torch's, with parameters of the model.
    examples: n >= 1 images and labels. Where they are elsewhere, they are copied, once, to the model's
        device.
    epochs, batch_size: whole numbers from 1. Every epoch has an order of its own, cut into batches;
        the last one keeps the rest.
    schedule: step 0, 1, … -> lr, as those of descent.schedules. Default: the optimiser's own rate.
    loss, metrics: (outputs, labels) -> mean over a batch. The metrics are for `validation`, on which
        the model is evaluated after every epoch.
    callbacks: called after every epoch with the model and the history; if one returns something
        true, the run ends.
    checkpoint: a file that keeps the run: written after every epoch, and every `checkpoint_steps`
        steps if given. If it is there already, the run goes on from it; on the CPU it comes to the
        weights of a run that was never stopped, bit for bit. Killing the process does no harm,
        even while it writes. What callbacks remember is not kept.
    progress: whether a bar is shown.

    seed: from 0. It decides the batches, the same on every device, and the random numbers of the
    model, such as dropout's; torch's own generators are put back afterwards. The same seed and start
    give the same history on the same CPU with as many threads. On a GPU some kernels add up in
    the order in which their threads arrive: two runs then differ in the last digits, and the
    difference grows, unless torch.use_deterministic_algorithms(True) forbids such kernels.

    The host waits for the device once an epoch and for checkpoints, never at a step. The model is
    left in train mode. Raises TypeError or ValueError that names the argument, also for a checkpoint
    of another model or setting; nothing is changed then.
    """
    _check(model, optimizer, schedule, checkpoint, checkpoint_steps)
    epochs, seed = count("epochs", epochs, at_least=1), count("seed", seed)
    batch_size = count("batch_size", batch_size, at_least=1)
    examples = _beside(model, "examples", examples)
    if validation is not None:
        validation = _beside(model, "validation", validation)
    device, n = examples.images.device, len(examples.labels)
    steps = math.ceil(n / batch_size)  # of an epoch
    file = None
    if checkpoint is not None:
        common = settings(model, optimizer, examples, schedule, batch_size=batch_size, seed=seed)
        file = Checkpoint(checkpoint, common)

    history, scheduler = History(), None
    parts: dict[str, Part] = {"model": model, "optimizer": optimizer, "history": history}
    with _random_numbers(seed, device) as parts["generators"]:
        if schedule is not None:
            parts["scheduler"] = scheduler = Scheduler(optimizer, schedule)
        if file:
            file.load(parts)
        model.train()
        bar = tqdm(total=epochs * steps, initial=len(history.losses), disable=not progress)
        while len(history.epochs) < epochs and not history.stopped:
            epoch = len(history.epochs)
            (cut,) = batches.epochs(n, batch_size, seed=seed, number=1, first=epoch)
            order = torch.from_numpy(np.concatenate(cut)).to(device).split(batch_size)
            done = len(history.losses) - epoch * steps
            for start in range(done, steps, checkpoint_steps or steps):
                losses = []  # on the device: numbers are asked for once, at the end
                for batch in order[start : start + (checkpoint_steps or steps)]:
                    losses.append(gradient_step(model, optimizer, loss, *examples.take(batch)))
                    if scheduler:
                        scheduler.step()
                    bar.update()
                history.losses += torch.stack(losses).tolist()
                if file and checkpoint_steps:
                    file.save(parts)

            step = len(history.losses)
            summary = {
                "step": step,
                "lr": float(schedule(step - 1) if schedule else optimizer.param_groups[0]["lr"]),
                "loss": float(np.average(history.losses[-steps:], weights=[*map(len, cut)])),
            }
            if validation is not None:
                found = evaluate(model, validation, loss=loss, metrics=metrics)
                summary |= {f"validation_{name}": value for name, value in found.items()}
            history.epochs.append(summary)
            bar.set_description(f"loss {summary['loss']:.4f}")
            for callback in callbacks:
                history.stopped |= bool(callback(model, history))
            if file:
                file.save(parts)
        bar.close()
    return history


def gradient_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Measure,
    inputs: Tensor,
    labels: Tensor,
) -> Tensor:
    """One step on one batch. Returns the loss before it, on the device."""

    def closure() -> Tensor:  # the optimiser calls it where its rule wants the gradient
        optimizer.zero_grad()
        value = loss(model(inputs), labels)
        value.backward()
        return value

    # torch's stubs say that losses are floats
    return optimizer.step(closure).detach()  # pyright: ignore[reportCallIssue, reportArgumentType]


def evaluate(
    model: nn.Module,
    examples: Examples,
    *,
    loss: Measure = cross_entropy,
    metrics: Mapping[str, Measure] = METRICS,
    batch_size: int = 1000,
) -> dict[str, float]:
    """The mean "loss" and metrics of the model over all examples, in eval mode, without gradients.

    loss, metrics: (outputs, labels) -> mean over a batch. Each module goes back to the mode it was
    in; no random numbers are used up. Raises TypeError or ValueError that names the argument.
    """
    batch_size = count("batch_size", batch_size, at_least=1)
    examples = _beside(model, "examples", examples)
    measures = {"loss": loss, **metrics}
    rows, sizes = [], []
    with eval_mode(model), torch.no_grad():
        for inputs, labels in zip(*(part.split(batch_size) for part in examples), strict=True):
            outputs = model(inputs)
            rows.append(torch.stack([of(outputs, labels) for of in measures.values()]))
            sizes.append(len(labels))
    means = np.average(torch.stack(rows).tolist(), axis=0, weights=sizes)
    return dict(zip(measures, means.tolist(), strict=True))


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Inside, dropout and batch normalisation behave as in use; afterwards each module as before."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def _random_numbers(seed: int, device: torch.device) -> Iterator[Generators]:
    """Inside, torch's generators start from `seed`; afterwards they stand where they stood."""
    generators = Generators(device)
    before = generators.state_dict()
    torch.manual_seed(seed)
    try:
        yield generators
    finally:
        generators.load_state_dict(before)


def _check(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: Any,
    checkpoint: Any,
    checkpoint_steps: Any,
) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer must be a torch.optim.Optimizer, got {type(optimizer).__name__}"
        )
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in held for p in model.parameters()):
        raise ValueError("optimizer must hold parameters of the model, got those of another one")
    if schedule is not None:
        askable("schedule", schedule)
    if checkpoint_steps is not None:
        count("checkpoint_steps", checkpoint_steps, at_least=1)
        if checkpoint is None:
            raise ValueError(
                "checkpoint must name a file where checkpoint_steps is given, got None"
            )


def _beside(model: nn.Module, name: str, examples: Examples) -> Examples:
    """The examples as tensors on the model's device, checked."""
    inputs, labels = examples = Examples(*examples)
    if len(inputs) != len(labels) or not len(labels):
        raise ValueError(
            f"{name} must be as many images as labels, and at least one, "
            f"got {len(inputs)} and {len(labels)}"
        )
    parameter = next(model.parameters())
    examples = examples.to(parameter.device)
    if examples.images.is_floating_point() and examples.images.dtype != parameter.dtype:
        raise TypeError(
            f"{name}.images must be {parameter.dtype}, as the model, got {examples.images.dtype}"
        )
    return examples
